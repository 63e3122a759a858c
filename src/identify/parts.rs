//! How many episodes a file holds, before anyone was asked what they are.

use super::release_name::ReadingKind;
use super::subject;
use crate::player::Media;

/// In how many parts `media` is shown, going by its name alone: as many as it names episodes, and 1 when in doubt.
#[must_use]
pub fn parts_named(media: &Media) -> usize {
    let (_, readings) = subject::readings(media);
    let likeliest =
        readings.first().filter(|reading| reading.kind == ReadingKind::Episode && reading.certain);
    likeliest.map_or(1, |reading| reading.episodes.len().max(reading.absolute.len()).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::Location;

    #[test]
    fn a_name_has_as_many_parts_as_it_names_episodes() {
        for (name, parts) in [
            ("/tv/Example Show/Season 01/Example Show S01E01E02.mkv", 2),
            ("/tv/Example Show/Season 01/Example.Show.S01E01-E03.1080p.WEB.x264.mkv", 3),
            ("/tv/Example Show/Season 01/Example Show S01E02.mkv", 1),
            ("/tv/Example Show (2011)/Example.Show.2x05.mkv", 1),
            ("/films/Example Film (1999)/Example Film (1999).mkv", 1),
            ("/films/2012.mkv", 1),
            ("/films/.mkv", 1),
        ] {
            let media = Media::at(Location::File(name.into()));
            assert_eq!(parts_named(&media), parts, "{name}");
        }
        assert_eq!(parts_named(&Media::at(Location::Unknown)), 1);
    }
}

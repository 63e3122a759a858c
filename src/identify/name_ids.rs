//! Explicit ids in file and folder names, as Plex, Jellyfin, Emby, Kodi and Radarr write them.

use std::path::Path;

use super::clue::{Clue, Id, Target, evidence};
use super::identity::EvidenceKind;
use super::subject;
use crate::player::{Location, Media};

/// How many components of a path are looked at: the file, a season, a series, and one above.
const MAX_COMPONENTS: usize = 4;

/// The ids in the name of `media`: of a file in its path, else in the last part of its address or in its title. The
/// nearest first, in one name TMDB's before the others'.
pub(crate) fn of(media: &Media) -> Vec<Clue> {
    // A page's address and title may have a bare IMDb id in them and be of a trailer.
    let in_brackets = |name: &str| in_component(name, Named::Media);
    match &media.location {
        Location::File(path) => in_path(path),
        Location::Url(url) => subject::last_segment(url).map(|name| in_brackets(&name)).unwrap_or_default(),
        Location::Unknown => media.title.as_deref().map(in_brackets).unwrap_or_default(),
    }
}

/// What it is that has a name.
#[derive(Debug, Clone, Copy)]
enum Named {
    /// The file, or a folder so many levels above it.
    OnDisk(usize),
    /// What a player shows.
    Media,
}

fn in_path(path: &Path) -> Vec<Clue> {
    let components = path.iter().rev().take(MAX_COMPONENTS).map(|name| name.to_string_lossy());
    components.enumerate().flat_map(|(above, name)| in_component(&name, Named::OnDisk(above))).collect()
}

fn in_component(name: &str, named: Named) -> Vec<Clue> {
    let (above, place) = match named {
        Named::OnDisk(0) => (0, "the file's name"),
        Named::OnDisk(1) => (1, "the folder's name"),
        Named::OnDisk(above) => (above, "the name of a folder above"),
        Named::Media => (0, "the name"),
    };
    let mut found: Vec<Clue> = Vec::new();
    let mut keep = |id: Id, written: &str| {
        // The last one of a kind wins, as in Kodi.
        found.retain(|clue: &Clue| clue.id.rank() != id.rank());
        let evidence = evidence(EvidenceKind::NameId, format!("{written} in {place}"));
        found.push(Clue { id, target: Target::Unsaid, numbers: None, above, evidence });
    };
    let on_disk = matches!(named, Named::OnDisk(_));
    for word in name.split(|char: char| !char.is_ascii_alphanumeric()).filter(|_| on_disk) {
        if let Some(id) = Id::imdb(word).filter(|_| word.len() <= 10) {
            keep(id, word);
        }
    }
    for (content, written) in brackets(name) {
        if let Some(id) = attribute(content) {
            keep(id, written);
        }
    }
    found.sort_by_key(|clue| clue.id.rank());
    found
}

/// What is in brackets, without and with them. Brackets in brackets count on their own.
fn brackets(name: &str) -> impl Iterator<Item = (&str, &str)> {
    name.match_indices(['[', '{', '(']).filter_map(|(start, open)| {
        let close = match open {
            "[" => ']',
            "{" => '}',
            _ => ')',
        };
        let rest = &name[start + 1..];
        let end = rest.find(['[', ']', '{', '}', '(', ')'])?;
        rest[end..].starts_with(close).then(|| (&rest[..end], &name[start..start + end + 2]))
    })
}

/// `tmdb-603`, `imdbid=tt0133093`, `tvdb-81189`. A value of another catalogue's shape is no id.
fn attribute(content: &str) -> Option<Id> {
    let (key, value) = content.split_once(['-', '='])?;
    let key = key.trim().to_ascii_lowercase();
    match key.as_str() {
        "tmdb" | "tmdbid" => Some(Id::Tmdb(Id::number(value)?)),
        "imdb" | "imdbid" => Id::imdb(value),
        "tvdb" | "tvdbid" => Some(Id::Tvdb(Id::number(value)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(path: &str) -> Vec<(Id, usize)> {
        in_path(Path::new(path)).into_iter().map(|clue| (clue.id, clue.above)).collect()
    }

    #[test]
    fn every_known_form_is_an_id() {
        let imdb = || Id::Imdb("tt0133093".into());
        for (name, id) in [
            // Plex.
            ("M (1999) {tmdb-603}.mkv", Id::Tmdb(603)),
            ("M (1999) {imdb-tt0133093}.mkv", imdb()),
            ("S {tvdb-81189}.mkv", Id::Tvdb(81189)),
            ("M (1999) {edition-Director's Cut} {tmdb-603}.mkv", Id::Tmdb(603)),
            // Jellyfin and Emby.
            ("M (1999) [tmdbid-603].mkv", Id::Tmdb(603)),
            ("M (1999) [tmdbid=603].mkv", Id::Tmdb(603)),
            ("M (1999) [tmdb=603].mkv", Id::Tmdb(603)),
            ("M (1999) (tmdb=603).mkv", Id::Tmdb(603)),
            ("M (1999) {tmdbid-603}.mkv", Id::Tmdb(603)),
            ("M (1999) [imdbid-tt0133093].mkv", imdb()),
            ("M (1999) [imdb=tt0133093].mkv", imdb()),
            ("S [tvdbid=81189].mkv", Id::Tvdb(81189)),
            ("S [tvdb-81189].mkv", Id::Tvdb(81189)),
            ("M.1999.tt0133093.1080p.mkv", imdb()),
            ("tt0133093.mkv", imdb()),
            ("M tt0133093_1080p.mkv", imdb()),
            // Kodi: any case, spaces, the last one.
            ("M (1999) [TMDBID = 603 ].mkv", Id::Tmdb(603)),
            ("M (1999) { Tmdb - 603 }.mkv", Id::Tmdb(603)),
            ("M {tmdb-1} {tmdb-2}.mkv", Id::Tmdb(2)),
            ("M [tmdbid=1] {tmdb-2}.mkv", Id::Tmdb(2)),
            ("M [TT0133093].mkv", imdb()),
            ("M [imdb=tt0068646][imdb=tt0133093].mkv", imdb()),
            // Radarr.
            ("M (1999) [tmdb-603].mkv", Id::Tmdb(603)),
            ("M (1999) [tt0133093].mkv", imdb()),
            ("M (1999) {tmdb-603}[Bluray-1080p][x264]-GRP.mkv", Id::Tmdb(603)),
            // A number like a year is a number all the same.
            ("M (1999) {tmdb-2020}.mkv", Id::Tmdb(2020)),
            ("M [[tmdb-603]].mkv", Id::Tmdb(603)),
            ("M [x {tmdb-603} y].mkv", Id::Tmdb(603)),
            ("{tmdb-603}", Id::Tmdb(603)),
        ] {
            assert_eq!(ids(name), [(id.clone(), 0)], "{name}");
            // The same on a folder.
            assert_eq!(ids(&format!("/v/{name}/x.mkv")), [(id, 1)], "{name}");
        }
    }

    #[test]
    fn what_only_looks_like_an_id_is_none() {
        for name in [
            "M [imdbid1=tt0133093x].mkv",
            "M [imdbid1=603].mkv",
            "M {tmdb-tt0133093x}.mkv",
            "M {tmdb-}.mkv",
            "M {tmdb-0}.mkv",
            "M {tmdb-603.mkv",
            "M [tmdb-603}.mkv",
            "M (tmdb-603].mkv",
            "M {xtmdb-603}.mkv",
            "M {tmdbs-603}.mkv",
            "M {tmdbidid-603}.mkv",
            "M {imdb-603}.mkv",
            "M {imdb-nm0000206}.mkv",
            "M {tvdb-tt01x}.mkv",
            "M {tmdb-99999999999999999999}.mkv",
            "M {tmdb--603}.mkv",
            "M {tmdb-+603}.mkv",
            "M {tmdb-6 03}.mkv",
            "M {tmdb-603-2}.mkv",
            "M {tmdb-603a}.mkv",
            "M {tmdb-٦٠٣}.mkv",
            "M {tmdb 603}.mkv",
            "M {tmdb603}.mkv",
            "M {603}.mkv",
            "M [2020].mkv",
            "M {edition-603}.mkv",
            "M [x264-603].mkv",
            "M [anidb-603].mkv",
            "M tt123.mkv",
            "M tt00000000133093.mkv",
            "Mtt0133093.mkv",
            "M tt0133093a.mkv",
            "M tmdb-603.mkv",
            "M tmdb=603.mkv",
        ] {
            assert_eq!(ids(name), [], "{name}");
        }
    }

    #[test]
    fn ids_of_several_catalogues_in_one_name_are_all_kept() {
        assert_eq!(
            ids("M (1999) {tvdb-169} [imdbid-tt0133093] {tmdb-603}.mkv"),
            [(Id::Tmdb(603), 0), (Id::Imdb("tt0133093".into()), 0), (Id::Tvdb(169), 0)]
        );
    }

    #[test]
    fn the_nearest_name_comes_first_and_tmdb_before_the_others() {
        assert_eq!(
            ids("/tv/S {tvdb-5} {tmdb-6}/Season 1/S S01E01 [tmdbid-7].mkv"),
            [(Id::Tmdb(7), 0), (Id::Tmdb(6), 2), (Id::Tvdb(5), 2)]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_name_is_too_strange(name in ".{0,200}", marks in "[\\[\\](){}=a-z0-9 -]{0,80}") {
            ids(&name);
            ids(&marks);
        }
    }
}

//! `.plexmatch` files: what a user has told Plex of a series, by <https://support.plex.tv/articles/plexmatch/>.
//!
//! Lines of `hint: value`; names in any case, `#` before comments. A file holds for its folder and those below, and
//! what is nearer overrides. What the page leaves open is taken as the programs that write such files do:
//! `ep: 03: name`, with a season (`S01E03`), as a range (`S01E03-E04`) or a special (`SP01`), and names below the
//! folder with `/`.

use unicode_normalization::UnicodeNormalization;

use super::clue::Id;
use super::{episode_ref, foreign_text};

/// The hints of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PlexMatch {
    pub(crate) title: Option<String>,
    pub(crate) year: Option<u16>,
    pub(crate) season: Option<u32>,
    /// The series' ids, TMDB's first. Several of one catalogue when it contradicts itself.
    pub(crate) ids: Vec<Id>,
    files: Vec<File>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    season: Option<u32>,
    episodes: Vec<u32>,
    name: String,
}

/// How much of such a file is read, in bytes: some list a thousand episodes.
pub(crate) const MAX_PLEXMATCH: usize = 256 * 1024;
/// How many files one may list.
const MAX_FILES: usize = 4096;
/// How many ids are kept of one.
const MAX_IDS: usize = 4;

/// Reads such a file. Lines that are no hint are left out, as a hint's value that makes no sense.
pub(crate) fn read(bytes: &[u8]) -> PlexMatch {
    let text = foreign_text::decode(&bytes[..bytes.len().min(MAX_PLEXMATCH)]);
    let mut found = PlexMatch::default();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some((hint, value)) = line.split_once(':') {
            found.take(&hint.trim().to_ascii_lowercase(), value.trim());
        }
    }
    found.ids.sort_by_key(Id::rank);
    found
}

impl PlexMatch {
    /// Season and episodes of the file that lies at `name` from this file's folder on.
    pub(crate) fn numbers_of(&self, name: &str) -> Option<(Option<u32>, &[u32])> {
        let name: String = name.nfc().collect();
        let file = self.files.iter().rev().find(|file| file.name == name)?;
        Some((file.season.or(self.season), &file.episodes))
    }

    fn take(&mut self, hint: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        match hint {
            "title" | "show" => self.title = Some(foreign_text::cut(value).to_owned()),
            "year" => self.year = value.parse().ok().or(self.year),
            "season" => self.season = value.parse().ok().or(self.season),
            "tmdbid" => self.keep(Id::number(value).map(Id::Tmdb)),
            "tvdbid" => self.keep(Id::number(value).map(Id::Tvdb)),
            "imdbid" => self.keep(Id::imdb(value)),
            "guid" => self.keep(guid(value)),
            "ep" | "episode" if self.files.len() < MAX_FILES => {
                let Some((reference, name)) = value.split_once(':') else { return };
                if let Some((season, episodes)) = episode_ref::read(reference) {
                    let name = name.trim().trim_start_matches("./").nfc().collect();
                    self.files.push(File { season, episodes, name });
                }
            }
            _ => {}
        }
    }

    fn keep(&mut self, id: Option<Id>) {
        if let Some(id) = id.filter(|id| !self.ids.contains(id) && self.ids.len() < MAX_IDS) {
            self.ids.push(id);
        }
    }
}

/// The id in a GUID of Plex's, also of its older agents. Its own, `plex://…`, are of no use to anyone else.
fn guid(text: &str) -> Option<Id> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.trim().to_ascii_lowercase();
    let value = rest.split(['?', '/', '#']).next()?;
    match scheme.strip_prefix("com.plexapp.agents.").unwrap_or(&scheme) {
        "tmdb" | "themoviedb" => Id::number(value).map(Id::Tmdb),
        "imdb" => Id::imdb(value),
        "tvdb" | "thetvdb" => Id::number(value).map(Id::Tvdb),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_hints_are_read() {
        let text = "\u{feff}# Told by hand\r\n  Title :  Breaking Bad \r\nYEAR: 2008\r\n\tseason: 2\r\ntvdbid: 81189\r\n\
                    tmdbid: 1396\r\nImdbId: tt0903747\r\n\r\n# ep: 99: no.mkv\r\nep: 3: The Third.mkv\r\n\
                    Episode: S03E04-E05: Season 3/Four: and five.mkv\r\nep: SP01: ./Extra.mkv\r\n";
        let found = read(text.as_bytes());
        assert_eq!(
            (found.title.as_deref(), found.year, found.season),
            (Some("Breaking Bad"), Some(2008), Some(2))
        );
        assert_eq!(found.ids, [Id::Tmdb(1396), Id::Imdb("tt0903747".into()), Id::Tvdb(81189)]);
        assert_eq!(found.numbers_of("The Third.mkv"), Some((Some(2), &[3][..])));
        assert_eq!(found.numbers_of("Season 3/Four: and five.mkv"), Some((Some(3), &[4, 5][..])));
        assert_eq!(found.numbers_of("Extra.mkv"), Some((Some(0), &[1][..])));
        assert_eq!(found.numbers_of("no.mkv"), None);
        assert_eq!(read(b"show: Other Name").title.as_deref(), Some("Other Name"));
    }

    #[test]
    fn the_ids_in_guids_are_read() {
        for (text, id) in [
            ("tmdb://1396", Some(Id::Tmdb(1396))),
            ("imdb://tt0903747", Some(Id::Imdb("tt0903747".into()))),
            ("tvdb://81189", Some(Id::Tvdb(81189))),
            ("com.plexapp.agents.themoviedb://1396?lang=en", Some(Id::Tmdb(1396))),
            ("com.plexapp.agents.imdb://tt0903747?lang=en", Some(Id::Imdb("tt0903747".into()))),
            ("com.plexapp.agents.thetvdb://81189/2/8?lang=en", Some(Id::Tvdb(81189))),
            ("plex://show/5d9c086c02391c001f58656a", None),
            ("com.plexapp.agents.hama://anidb-1", None),
            ("local://123", None),
            ("tmdb://", None),
            ("1396", None),
        ] {
            assert_eq!(
                read(format!("guid: {text}").as_bytes()).ids,
                id.into_iter().collect::<Vec<_>>(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let text = "no hint\n: x\ntitle:\nyear: soon\nseason: -1\ntmdbid: tt1\nimdbid: 603\ntvdbid: 0\nep: 1\nep: x: a.mkv\nunknown: 1";
        assert_eq!(read(text.as_bytes()), PlexMatch::default());
        assert_eq!(read(&[0, 159, 146, 150, b':', 0xFF]), PlexMatch::default());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            read(&bytes);
        }

        #[test]
        fn no_line_is_too_strange(text in "((ep|guid|season|tmdbid|# )[:]? ?[-S0-9Ex:/ ]{0,12}\n){0,8}") {
            let found = read(text.as_bytes());
            proptest::prop_assert!(found.ids.len() <= MAX_IDS);
        }
    }
}

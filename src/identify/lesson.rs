//! Rules that say of more than one file what the user has said of one.

use std::path::Path;

use super::identity::Identity;
use super::release_name::{self, Reading, ReadingKind, is_disc_folder};
use super::rules::{Rule, RuleKind};
use super::{subject, titles};
use crate::player::{Location, Media};

/// How like its series a folder's name must be for the folder to be the series' own.
const OWN: f64 = 0.8;

/// Rules that might say that `media` is `identity`, called `label`; the one that reaches furthest comes first. Which of
/// them do say it must be tried. A path below `home` is written with `~/`.
#[must_use]
pub fn lessons(media: &Media, identity: &Identity, label: &str, home: Option<&Path>) -> Vec<Rule> {
    let mut readings = subject::readings(media).1;
    // What is said to be a series is read as one, if that can be done at all.
    let is_series = matches!(identity, Identity::Episodes { .. });
    let episode = readings.iter().position(|reading| is_series && reading.kind == ReadingKind::Episode);
    let reading = (!readings.is_empty()).then(|| readings.swap_remove(episode.unwrap_or(0)));
    let conditions = Conditions { media, reading: reading.as_ref(), label, home };
    match identity {
        Identity::Movie { tmdb } => {
            let rule = Rule { tmdb: tmdb.0, kind: RuleKind::Movie, ..EMPTY };
            conditions.of_this_alone().map(|condition| condition.put(rule)).into_iter().collect()
        }
        Identity::Episodes { tmdb, season, episodes } => {
            let rule = Rule { tmdb: tmdb.0, kind: RuleKind::Series, ..EMPTY };
            conditions.of_episodes(&rule, *season, episodes)
        }
    }
}

/// The kind and the number are put in for every rule.
const EMPTY: Rule = Rule {
    path: None,
    regex: None,
    title: None,
    tmdb: 0,
    kind: RuleKind::Movie,
    season: None,
    episode: None,
    episode_offset: None,
};

/// What a rule fits.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Path(String),
    Regex(String),
    Title(String),
}

impl Condition {
    fn put(self, rule: Rule) -> Rule {
        match self {
            Self::Path(path) => Rule { path: Some(path), ..rule },
            Self::Regex(regex) => Rule { regex: Some(regex), ..rule },
            Self::Title(title) => Rule { title: Some(title), ..rule },
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Conditions<'a> {
    media: &'a Media,
    reading: Option<&'a Reading>,
    label: &'a str,
    home: Option<&'a Path>,
}

impl Conditions<'_> {
    fn of_episodes(&self, rule: &Rule, season: u32, episodes: &[u32]) -> Vec<Rule> {
        let numbers = self.reading.map_or(&[][..], Reading::numbers);
        let offset = offset(numbers, episodes);
        let named_season = self.reading.and_then(|reading| reading.season);
        let mut rules = Vec::new();
        let mut add = |condition: Condition, season: Option<u32>, offset: Option<i32>| {
            let rule = Rule { season, episode_offset: offset.filter(|&by| by != 0), ..rule.clone() };
            rules.push(condition.put(rule));
        };
        let folders = self.folders();
        if let Some(offset) = offset {
            if let Some(condition) = folders.series.or_else(|| self.title()) {
                if offset == 0 {
                    add(condition.clone(), None, None);
                }
                // A season said for all its files would overrule those that their names have.
                if named_season.is_none() {
                    add(condition, Some(season), Some(offset));
                }
            }
            if let Some(condition) = folders.season {
                add(condition, Some(season), Some(offset));
            }
        }
        if let (Some(condition), [episode]) = (self.of_this_alone(), episodes) {
            rules.push(condition.put(Rule { season: Some(season), episode: Some(*episode), ..rule.clone() }));
        } else if let (Some(condition), Some(offset)) = (self.of_this_alone(), offset) {
            let offset = Some(offset).filter(|&by| by != 0);
            let rule = Rule { season: Some(season), episode_offset: offset, ..rule.clone() };
            rules.push(condition.put(rule));
        }
        rules
    }

    /// The file, the address or the title itself.
    fn of_this_alone(&self) -> Option<Condition> {
        match &self.media.location {
            Location::File(path) => {
                let disc = path.ancestors().skip(1).take_while(|folder| is_named(folder, is_disc_folder));
                let whole = disc.last().and_then(Path::parent);
                whole.map_or_else(|| self.glob(path, ""), |folder| self.glob(folder, "/**"))
            }
            Location::Url(url) => Some(Condition::Regex(address(url))),
            Location::Unknown => {
                let title = self.media.title.as_deref().map(str::trim).filter(|title| !title.is_empty())?;
                Some(Condition::Title(title.to_owned()))
            }
        }
    }

    fn title(&self) -> Option<Condition> {
        Some(Condition::Title(self.reading?.title.clone()))
    }

    /// The folders that are the series' and the season's own.
    fn folders(&self) -> Folders {
        let Some(parent) = self.media.location.path().and_then(Path::parent) else {
            return Folders { series: None, season: None };
        };
        let season = Some(parent).filter(|folder| is_named(folder, is_season_folder));
        let series = match season {
            Some(season) => season.parent(),
            None => Some(parent),
        };
        Folders {
            series: series
                .filter(|folder| self.is_of_series(folder))
                .and_then(|folder| self.glob(folder, "/**")),
            season: season.and_then(|folder| self.glob(folder, "/**")),
        }
    }

    fn is_of_series(&self, folder: &Path) -> bool {
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return false };
        let read = release_name::read(name).into_iter().next();
        // The folder of a season's release is not that of the next season.
        if read.as_ref().is_some_and(|read| read.kind == ReadingKind::Episode || read.season.is_some()) {
            return false;
        }
        let plain = without_brackets(name);
        let names = [Some(plain.as_str()), read.as_ref().map(|read| read.title.as_str())];
        let titles = [Some(without_brackets(self.label)), self.reading.map(|reading| reading.title.clone())];
        names
            .iter()
            .flatten()
            .any(|name| titles.iter().flatten().any(|title| titles::likeness(name, title) >= OWN))
    }

    /// A glob for `path`, which may hold any character, with `end` behind it.
    fn glob(&self, path: &Path, end: &str) -> Option<Condition> {
        let escaped = |text: &str| {
            let parts: Vec<String> = text.split('\\').map(globset::escape).collect();
            parts.join("\\\\")
        };
        let below_home = self.home.filter(|home| home.to_str().is_some());
        let below_home = below_home.and_then(|home| path.strip_prefix(home).ok());
        let glob = match below_home.filter(|rest| !rest.as_os_str().is_empty()) {
            Some(rest) => format!("~/{}{end}", escaped(rest.to_str()?)),
            None => format!("{}{end}", escaped(path.to_str()?)),
        };
        // A rule for everything would be no rule for a series.
        (path.is_absolute() && path.parent().is_some()).then_some(Condition::Path(glob))
    }
}

struct Folders {
    series: Option<Condition>,
    season: Option<Condition>,
}

/// What is to be added to each of `numbers` to make `episodes` of them, if that is the same for all.
fn offset(numbers: &[u32], episodes: &[u32]) -> Option<i32> {
    let by = |(number, episode): (&u32, &u32)| i32::try_from(i64::from(*episode) - i64::from(*number)).ok();
    let first = by((numbers.first()?, episodes.first()?))?;
    let same =
        numbers.len() == episodes.len() && numbers.iter().zip(episodes).all(|pair| by(pair) == Some(first));
    same.then_some(first)
}

fn is_named(folder: &Path, is: fn(&str) -> bool) -> bool {
    folder.file_name().and_then(|name| name.to_str()).is_some_and(is)
}

/// `Season 01`, `S2`, `Staffel 3`, `Specials`.
fn is_season_folder(name: &str) -> bool {
    const WORDS: [&str; 9] =
        ["season", "series", "staffel", "saison", "temporada", "stagione", "seizoen", "sezon", "book"];
    let name = name.trim().to_lowercase();
    if name == "specials" {
        return true;
    }
    let digits = name.trim_start_matches(|char: char| !char.is_ascii_digit());
    let word = name.strip_suffix(digits).unwrap_or_default().trim_end_matches([' ', '.', '_', '-']);
    let counted = !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    counted && (word == "s" || WORDS.contains(&word))
}

/// A name without what stands in brackets at its end: a year, an id.
fn without_brackets(name: &str) -> String {
    let mut name = name.trim();
    while let Some(open) = name.rfind(['(', '[', '{']).filter(|&at| at > 0 && name.ends_with([')', ']', '}']))
    {
        name = name[..open].trim_end();
    }
    name.to_owned()
}

/// An expression for an address without what may open it: user, password, query.
fn address(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = plain.split_once("://").unwrap_or(("", plain));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    match host.rsplit_once('@') {
        Some((_, host)) => format!("{}(?:[?#]|$)", regex::escape(&format!("@{host}/{path}"))),
        None => format!("^{}(?:[?#]|$)", regex::escape(&format!("{scheme}://{host}/{path}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::{MovieId, SeriesId};

    fn taught(path: &str, season: u32, episodes: &[u32], label: &str) -> Vec<String> {
        let identity = Identity::Episodes { tmdb: SeriesId(7), season, episodes: episodes.to_vec() };
        let media = Media::at(Location::File(path.into()));
        lessons(&media, &identity, label, Some(Path::new("/home/me"))).iter().map(shown).collect()
    }

    fn shown(rule: &Rule) -> String {
        let Rule { path, regex, title, season, episode, episode_offset, .. } = rule;
        let condition = path.as_ref().or(regex.as_ref()).or(title.as_ref()).unwrap();
        let number = |name: &str, number: Option<i64>| {
            number.map(|number| format!(" {name}{number}")).unwrap_or_default()
        };
        let (season, episode) = (season.map(i64::from), episode.map(i64::from));
        let offset = episode_offset.map(i64::from);
        format!("{condition}{}{}{}", number("s", season), number("e", episode), number("+", offset))
    }

    #[test]
    fn a_series_goes_by_its_folder() {
        let path = "/home/me/Videos/Harbour Lights (2014)/Season 2/Harbour.Lights.S02E05.mkv";
        assert_eq!(
            taught(path, 2, &[5], "Harbour Lights")[..2],
            ["~/Videos/Harbour Lights (2014)/**", "~/Videos/Harbour Lights (2014)/Season 2/** s2"]
        );
    }

    #[test]
    fn without_a_folder_of_its_own_it_goes_by_its_title() {
        assert_eq!(
            taught("/srv/in/Harbour.Lights.S02E05.1080p.mkv", 2, &[5], "Harbour Lights"),
            ["Harbour Lights", "/srv/in/Harbour.Lights.S02E05.1080p.mkv s2 e5"]
        );
    }

    #[test]
    fn numbers_that_the_name_counts_otherwise_are_moved() {
        let path = "/srv/Tidal Song/Season 2/Tidal Song S02E13.mkv";
        assert_eq!(taught(path, 2, &[1], "Tidal Song")[0], "/srv/Tidal Song/Season 2/** s2 +-12");
        assert_eq!(offset(&[13, 14], &[1, 2]), Some(-12));
        assert_eq!(offset(&[13, 14], &[1, 3]), None);
        assert_eq!(offset(&[], &[1]), None);
    }

    #[test]
    fn characters_that_mean_something_in_a_glob_are_taken_as_they_are() {
        let movie = Identity::Movie { tmdb: MovieId(7) };
        let path = "/srv/[x] {y}*?/a\\b.mkv";
        let media = Media::at(Location::File(path.into()));
        let rules = lessons(&media, &movie, "X", None);
        let compiled = super::super::Rules::compile(&rules, None).unwrap();
        assert!(compiled.answer(&media, None).is_some(), "{rules:?}");
        let other = Media::at(Location::File("/srv/x y/a/b.mkv".into()));
        assert!(compiled.answer(&other, None).is_none());
    }

    #[test]
    fn an_address_goes_without_what_may_open_it() {
        let movie = Identity::Movie { tmdb: MovieId(7) };
        let url = "https://me:pass@media.example.org/v/a+b.mkv?token=secret";
        let media = Media::at(Location::Url(url.into()));
        let rules = lessons(&media, &movie, "X", None);
        let shown = format!("{rules:?}");
        assert!(!shown.contains("pass") && !shown.contains("secret"), "{shown}");
        let compiled = super::super::Rules::compile(&rules, None).unwrap();
        assert!(compiled.answer(&media, None).is_some(), "{rules:?}");
    }

    #[test]
    fn a_disc_is_taken_as_a_whole() {
        let movie = Identity::Movie { tmdb: MovieId(7) };
        let media = Media::at(Location::File("/srv/The Quiet Mill/BDMV/STREAM/00001.m2ts".into()));
        assert_eq!(lessons(&media, &movie, "X", None)[0].path.as_deref(), Some("/srv/The Quiet Mill/**"));
    }

    #[test]
    fn season_folders_are_known_by_their_words() {
        for name in ["Season 01", "season.2", "S03", "Staffel 1", "Specials", "Series 4"] {
            assert!(is_season_folder(name), "{name}");
        }
        for name in ["Seasons", "Season", "24", "Harbour Lights S01", "S"] {
            assert!(!is_season_folder(name), "{name}");
        }
    }
}

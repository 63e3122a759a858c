//! The remap rules: what certain names really are.
//!
//! `remap_rules.toml` has `[[rules]]`, each with `match` (at least `path`, an expression for the whole path, or `title`, as it
//! was read from the name; also `season`, `episode` and `year`), `type` (`"episode"` or `"movie"`), `id` (`trakt_id`,
//! `trakt_slug` or `title`, the latter two with `{…}` for what is known of the file), `season`, `episode` and `episode_delta`.
//! A number may be a range, `"1:12"`, both ends included. The first rule that fits counts. It came in 2022; the first form had
//! no `episode` to set and a text for `trakt_id`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::{ForeignError, Trouble};
use super::foreign;
use crate::identify::RuleKind;

/// Nobody writes more than this by hand, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// One remap rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemapRule {
    /// The file that it is in.
    pub file: PathBuf,
    /// Which one it is there, from 1.
    pub number: usize,
    /// A Python expression for the whole path.
    pub path: Option<String>,
    /// The title, exactly.
    pub title: Option<String>,
    /// Only of this year.
    pub year: Option<u32>,
    /// Only of these seasons.
    pub seasons: Option<Span>,
    /// Only these episodes.
    pub episodes: Option<Span>,
    /// Movie or series.
    pub kind: RuleKind,
    /// What it becomes.
    pub becomes: Becomes,
    /// The season that it becomes.
    pub season: Option<u32>,
    /// The episodes that it becomes.
    pub episode: Option<Span>,
    /// Added to the number of the episode.
    pub episode_delta: i32,
}

/// A number or a range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: u32,
    /// The last, not before the first.
    pub last: u32,
}

/// What a rule says that something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Becomes {
    /// What has this title.
    Title(String),
    /// What Trakt has under this number or slug.
    Trakt(String),
}

/// What is in one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemapRules {
    /// The rules, the first that fits counting.
    pub rules: Vec<RemapRule>,
    /// What cannot even be read.
    pub troubles: Vec<Trouble>,
}

/// Reads the rules at `path`; `None` when there is no such file.
///
/// # Errors
/// When it is no TOML or its `rules` are no list, or it cannot be read.
pub fn remap_rules(path: &Path) -> Result<Option<RemapRules>, ForeignError> {
    let wrong = |why: String| ForeignError { path: path.into(), why };
    let Some(text) = foreign::text(path, MAX_BYTES)? else { return Ok(None) };
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| wrong(format!("it is no TOML: {}", error.message())))?;
    let all = match table.get("rules") {
        None => return Ok(Some(RemapRules::default())),
        Some(toml::Value::Array(all)) => all,
        Some(_) => return Err(wrong("its `rules` are no list".into())),
    };
    let mut found = RemapRules::default();
    for (number, value) in (1..).zip(all) {
        match read(path, number, value) {
            Ok(rule) => found.rules.push(rule),
            Err(why) => {
                let hint =
                    Some("trakt-scrobbler has not used it either: see `trakts remap checkfile`".into());
                found.troubles.push(Trouble {
                    file: path.into(),
                    entry: format!("rule {number}"),
                    why,
                    hint,
                });
            }
        }
    }
    Ok(Some(found))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    r#match: RawMatch,
    r#type: RawKind,
    id: RawId,
    season: Option<u32>,
    episode: Option<RawSpan>,
    #[serde(default)]
    episode_delta: i32,
}

#[derive(Deserialize)]
struct RawMatch {
    path: Option<String>,
    title: Option<String>,
    year: Option<u32>,
    season: Option<RawSpan>,
    episode: Option<RawSpan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    Episode,
    Movie,
}

#[derive(Deserialize)]
struct RawId {
    trakt_id: Option<RawNumber>,
    trakt_slug: Option<String>,
    title: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawNumber {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawSpan {
    Number(u32),
    Text(String),
}

impl RawSpan {
    fn span(self) -> Result<Span, String> {
        let text = match self {
            Self::Number(number) => return Ok(Span { first: number, last: number }),
            Self::Text(text) => text,
        };
        let (first, last) = text.split_once(':').unwrap_or((&text, &text));
        let numbers = first.parse::<u32>().ok().zip(last.parse::<u32>().ok());
        numbers
            .filter(|(first, last)| first <= last)
            .map(|(first, last)| Span { first, last })
            .ok_or_else(|| "it has a range that is none: write it as \"1:12\"".to_owned())
    }
}

fn read(path: &Path, number: usize, value: &toml::Value) -> Result<RemapRule, String> {
    let raw: RawRule = value.clone().try_into().map_err(|error: toml::de::Error| {
        let message = error.message().replace(char::is_control, " ");
        if message.contains("untagged") { "a number in it is none".to_owned() } else { message }
    })?;
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (match_path, title) = (filled(raw.r#match.path), filled(raw.r#match.title));
    if match_path.is_none() && title.is_none() {
        return Err("it fits nothing: its `match` has neither `path` nor `title`".into());
    }
    let becomes = match (raw.id.trakt_id, filled(raw.id.trakt_slug), filled(raw.id.title)) {
        (Some(RawNumber::Number(id)), _, _) => Becomes::Trakt(id.to_string()),
        (Some(RawNumber::Text(id)), _, _) | (None, Some(id), _) => Becomes::Trakt(id),
        (None, None, Some(title)) => Becomes::Title(title),
        (None, None, None) => return Err("its `id` has neither `trakt_id`, `trakt_slug` nor `title`".into()),
    };
    Ok(RemapRule {
        file: path.into(),
        number,
        path: match_path,
        title,
        year: raw.r#match.year,
        seasons: raw.r#match.season.map(RawSpan::span).transpose()?,
        episodes: raw.r#match.episode.map(RawSpan::span).transpose()?,
        kind: match raw.r#type {
            RawKind::Episode => RuleKind::Series,
            RawKind::Movie => RuleKind::Movie,
        },
        becomes,
        season: raw.season,
        episode: raw.episode.map(RawSpan::span).transpose()?,
        episode_delta: raw.episode_delta,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("remap_rules.toml");
        let text = r#"
[[rules]]
match = { path = '.*/A Show/.*', season = 2, episode = "13:24" }
type = "episode"
id = { title = "Another Show" }
season = 1
episode_delta = -12

[[rules]]
match = { title = "x" }
type = "movie"
id = { trakt_id = 7, title = "not this" }

[[rules]]
match = { year = 1999 }
type = "movie"
id = { trakt_slug = "x" }

[[rules]]
match = { title = "x", episode = "9:3" }
type = "episode"
id = { trakt_slug = "x" }

[[rules]]
match = { title = "x" }
type = "film"
id = { title = "x" }

[[rules]]
match = { title = "x" }
type = "movie"
id = { title = "x" }
what = 1
"#;
        std::fs::write(&path, text).unwrap();
        let RemapRules { rules, troubles } = remap_rules(&path).unwrap().unwrap();
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0].episodes, Some(Span { first: 13, last: 24 }));
        assert_eq!((rules[0].season, rules[0].episode_delta), (Some(1), -12));
        assert_eq!(rules[1].becomes, Becomes::Trakt("7".into()));
        let entries: Vec<_> = troubles.iter().map(|trouble| trouble.entry.as_str()).collect();
        assert_eq!(entries, ["rule 3", "rule 4", "rule 5", "rule 6"]);
        for (trouble, why) in troubles.iter().zip(["fits nothing", "range", "film", "what"]) {
            assert!(trouble.why.contains(why), "{trouble:?}");
        }
        std::fs::write(&path, "rules = 3").unwrap();
        assert!(remap_rules(&path).is_err());
        std::fs::write(&path, "rules = [").unwrap();
        assert!(remap_rules(&path).is_err());
    }
}

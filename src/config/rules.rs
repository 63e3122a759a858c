//! What the user says certain files are.

use serde::{Deserialize, Serialize};

/// One of `[[rules]]`. Everything it names must fit: `path`, `regex` and `title`, at least one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleEntry {
    /// A glob of the path; may begin with `~/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A regular expression for the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// The title that the player shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The number on TMDB.
    pub tmdb: u64,
    /// Whether that is a movie or a series.
    pub kind: RuleEntryKind,
    /// The season, where the name does not say it or says it wrongly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<u32>,
    /// The episode, for a rule that fits one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// What is added to the episode number in the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_offset: Option<i32>,
}

/// What a rule's number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleEntryKind {
    /// A movie.
    Movie,
    /// A series.
    Series,
}

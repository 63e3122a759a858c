//! What a name is taken to say.

use serde::Serialize;

use super::snag::Snag;

/// What a name is taken to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// Whether it names a movie or an episode.
    pub kind: ReadingKind,
    /// The movie's or the series' title; never empty.
    pub title: String,
    /// Other forms of the title, the likeliest first: with or without a year or country, the halves of `a aka b`, each
    /// script of a title in two, the folder's. At most six, and none is the title.
    pub other_titles: Vec<String>,
    /// The year in the name.
    pub year: Option<u16>,
    /// The season; 0 holds the specials, and a year may count as one.
    pub season: Option<u32>,
    /// The episodes within the season, in order. Without a season the series has none, or it is its first.
    pub episodes: Vec<u32>,
    /// Numbers that run through the whole series, in order.
    pub absolute: Vec<u32>,
    /// The day that an episode goes by.
    pub date: Option<jiff::civil::Date>,
    /// `Part 2` of a movie, or of an episode that goes by its day.
    pub part: Option<u32>,
    /// The country in the name, as two capital letters (ISO 3166-1).
    pub country: Option<String>,
    /// What stands behind the numbers: perhaps the episode's own title.
    pub episode_title: Option<String>,
    /// Whether the numbers are beyond doubt (`S01E02`), not a bare number that may be part of a title.
    pub certain: bool,
    /// Why the numbers are not to be relied upon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snag: Option<Snag>,
    /// Whether something besides the title is there, so that it is the name of a video and not any text.
    pub marked: bool,
    /// How much it is to be believed, 0 to 1.
    pub score: f64,
    /// What it rests on, for people.
    pub evidence: Vec<String>,
}

impl Reading {
    /// One of `title` and nothing else.
    #[must_use]
    pub fn new(kind: ReadingKind, title: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            other_titles: Vec::new(),
            year: None,
            season: None,
            episodes: Vec::new(),
            absolute: Vec::new(),
            date: None,
            part: None,
            country: None,
            episode_title: None,
            certain: false,
            snag: None,
            marked: false,
            score: 0.5,
            evidence: Vec::new(),
        }
    }

    /// The season's numbers, or else those that run through the series.
    #[must_use]
    pub fn numbers(&self) -> &[u32] {
        if self.episodes.is_empty() { &self.absolute } else { &self.episodes }
    }
}

/// The two kinds of thing a name can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingKind {
    /// A movie.
    Movie,
    /// One or more episodes of a series.
    Episode,
}

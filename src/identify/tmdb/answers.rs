//! What is kept of TMDB's answers: numbers, dates, and the titles that they are judged by.

use serde::{Deserialize, Serialize};

use crate::identify::titles;

/// One work that a search or a look-up by another catalogue's id found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hit {
    pub(crate) id: u64,
    #[serde(alias = "name")]
    pub(crate) title: String,
    #[serde(alias = "original_name", default)]
    pub(crate) original_title: Option<String>,
    #[serde(alias = "first_air_date", default)]
    pub(crate) release_date: Option<String>,
    #[serde(default)]
    pub(crate) origin_country: Vec<String>,
    #[serde(default)]
    pub(crate) popularity: f64,
}

/// One page of a search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Page {
    #[serde(default)]
    pub(crate) results: Vec<Hit>,
    #[serde(default)]
    pub(crate) total_pages: u32,
}

/// What another catalogue's id is here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Found {
    #[serde(default)]
    pub(crate) movie_results: Vec<Hit>,
    #[serde(default)]
    pub(crate) tv_results: Vec<Hit>,
    #[serde(default)]
    pub(crate) tv_episode_results: Vec<FoundEpisode>,
}

/// An episode found by another catalogue's id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FoundEpisode {
    pub(crate) show_id: u64,
    pub(crate) season_number: u32,
    pub(crate) episode_number: u32,
}

/// A movie or a series in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) id: u64,
    #[serde(alias = "name")]
    pub(crate) title: String,
    #[serde(alias = "original_name", default)]
    pub(crate) original_title: Option<String>,
    #[serde(alias = "first_air_date", default)]
    pub(crate) release_date: Option<String>,
    /// A movie's, in minutes.
    #[serde(default)]
    pub(crate) runtime: Option<u32>,
    #[serde(default)]
    pub(crate) seasons: Vec<Season>,
}

/// One season of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Season {
    pub(crate) season_number: u32,
    #[serde(default)]
    pub(crate) episode_count: u32,
}

/// One episode that exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EpisodeDetails {
    #[serde(default)]
    pub(crate) air_date: Option<String>,
    /// In minutes.
    #[serde(default)]
    pub(crate) runtime: Option<u32>,
}

/// Other titles of a work; TMDB names the list differently for movies and series.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct OtherTitles {
    #[serde(alias = "results", default)]
    pub(crate) titles: Vec<OtherTitle>,
}

/// One other title.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OtherTitle {
    pub(crate) title: String,
}

impl Hit {
    /// How alike `title` and the nearer of its two titles are, 0 to 1.
    pub(crate) fn likeness(&self, title: &str) -> f64 {
        likeness(&self.title, self.original_title.as_deref(), title)
    }

    pub(crate) fn year(&self) -> Option<u16> {
        year(self.release_date.as_deref())
    }
}

impl Details {
    /// How alike `title` and the nearer of its two titles are, 0 to 1.
    pub(crate) fn likeness(&self, title: &str) -> f64 {
        likeness(&self.title, self.original_title.as_deref(), title)
    }

    pub(crate) fn year(&self) -> Option<u16> {
        year(self.release_date.as_deref())
    }
}

impl EpisodeDetails {
    pub(crate) fn year(&self) -> Option<u16> {
        year(self.air_date.as_deref())
    }
}

fn likeness(own: &str, original: Option<&str>, title: &str) -> f64 {
    titles::likeness(own, title).max(original.map_or(0.0, |original| titles::likeness(original, title)))
}

/// The year of `2008-01-20`; dates may be empty.
fn year(date: Option<&str>) -> Option<u16> {
    date?.get(..4)?.parse().ok()
}

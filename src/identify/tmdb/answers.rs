//! What is kept of TMDB's answers: numbers, dates, and the titles that they are judged by.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

/// One work that a search or a look-up by another catalogue's id found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hit {
    pub(crate) id: u64,
    #[serde(alias = "name", default, deserialize_with = "or_default")]
    pub(crate) title: String,
    #[serde(alias = "original_name", default)]
    pub(crate) original_title: Option<String>,
    #[serde(alias = "first_air_date", default)]
    pub(crate) release_date: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) origin_country: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) popularity: f64,
}

/// One page of a search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Page {
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "WholeDetails")]
pub(crate) struct Details {
    pub(crate) id: u64,
    pub(crate) title: String,
    pub(crate) original_title: Option<String>,
    pub(crate) release_date: Option<String>,
    /// Other titles and translations, each once.
    pub(crate) other_titles: Vec<String>,
    pub(crate) origin_country: Vec<String>,
    /// A movie's, in minutes.
    pub(crate) runtime: Option<u32>,
    /// What a series' episodes last, in minutes; often empty.
    pub(crate) episode_run_time: Vec<u32>,
    pub(crate) seasons: Vec<Season>,
    /// Other orders of a series' episodes.
    pub(crate) groups: Vec<Group>,
}

/// As TMDB gives them, or as they were kept.
#[derive(Debug, Deserialize)]
struct WholeDetails {
    id: u64,
    #[serde(alias = "name", default, deserialize_with = "or_default")]
    title: String,
    #[serde(alias = "original_name", default)]
    original_title: Option<String>,
    #[serde(alias = "first_air_date", default)]
    release_date: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    origin_country: Vec<String>,
    #[serde(default)]
    runtime: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    episode_run_time: Vec<u32>,
    #[serde(default, deserialize_with = "or_default")]
    seasons: Vec<Season>,
    #[serde(default, deserialize_with = "or_default")]
    alternative_titles: OtherTitles,
    #[serde(default, deserialize_with = "or_default")]
    translations: Translations,
    #[serde(default, deserialize_with = "or_default")]
    episode_groups: Groups,
    #[serde(default)]
    other_titles: Vec<String>,
    #[serde(default)]
    groups: Vec<Group>,
}

/// One season of a series.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Season {
    pub(crate) season_number: u32,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) episode_count: u32,
    #[serde(default)]
    pub(crate) air_date: Option<String>,
    /// `Season 2`, or a name of its own.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) name: String,
}

/// The episodes of one season.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeasonTable {
    pub(crate) episodes: Vec<EpisodeFacts>,
}

/// One episode that exists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EpisodeFacts {
    pub(crate) episode_number: u32,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) air_date: Option<String>,
    /// In minutes.
    #[serde(default)]
    pub(crate) runtime: Option<u32>,
}

/// One other order of a series' episodes, made by TMDB's users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) id: String,
    #[serde(rename = "type", default)]
    pub(crate) kind: u32,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) episode_count: u32,
}

/// Such an order in full.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupOrder {
    #[serde(rename = "groups")]
    pub(crate) parts: Vec<GroupPart>,
}

/// One season of such an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupPart {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) order: u32,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) episodes: Vec<GroupEpisode>,
}

/// Where one episode of such an order is in the series' own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupEpisode {
    pub(crate) season_number: u32,
    pub(crate) episode_number: u32,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) order: u32,
}

/// Other titles of a work; TMDB names the list differently for movies and series.
#[derive(Debug, Default, Deserialize)]
struct OtherTitles {
    #[serde(alias = "results", default)]
    titles: Vec<OtherTitle>,
}

#[derive(Debug, Deserialize)]
struct OtherTitle {
    #[serde(default, deserialize_with = "or_default")]
    title: String,
}

#[derive(Debug, Default, Deserialize)]
struct Translations {
    #[serde(default)]
    translations: Vec<Translation>,
}

#[derive(Debug, Deserialize)]
struct Translation {
    #[serde(default, deserialize_with = "or_default")]
    data: TranslatedTitle,
}

#[derive(Debug, Default, Deserialize)]
struct TranslatedTitle {
    #[serde(alias = "name", default, deserialize_with = "or_default")]
    title: String,
}

#[derive(Debug, Default, Deserialize)]
struct Groups {
    #[serde(default)]
    results: Vec<Group>,
}

impl From<WholeDetails> for Details {
    fn from(whole: WholeDetails) -> Self {
        let mut other_titles = whole.other_titles;
        let named = whole.alternative_titles.titles.into_iter().map(|other| other.title);
        let translated = whole.translations.translations.into_iter().map(|other| other.data.title);
        for title in named.chain(translated).filter(|title| !title.trim().is_empty()) {
            if title != whole.title && !other_titles.contains(&title) {
                other_titles.push(title);
            }
        }
        let mut groups = whole.groups;
        groups.extend(whole.episode_groups.results);
        Self {
            id: whole.id,
            title: whole.title,
            original_title: whole.original_title,
            release_date: whole.release_date,
            other_titles,
            origin_country: whole.origin_country,
            runtime: whole.runtime,
            episode_run_time: whole.episode_run_time,
            seasons: whole.seasons,
            groups,
        }
    }
}

impl Hit {
    pub(crate) fn year(&self) -> Option<u16> {
        year(self.release_date.as_deref())
    }
}

impl Details {
    pub(crate) fn year(&self) -> Option<u16> {
        year(self.release_date.as_deref())
    }
}

impl Season {
    pub(crate) fn year(&self) -> Option<u16> {
        year(self.air_date.as_deref())
    }

    pub(crate) fn date(&self) -> Option<Date> {
        date(self.air_date.as_deref())
    }
}

impl EpisodeFacts {
    pub(crate) fn year(&self) -> Option<u16> {
        year(self.air_date.as_deref())
    }

    pub(crate) fn date(&self) -> Option<Date> {
        date(self.air_date.as_deref())
    }
}

/// The year of `2008-01-20`; dates may be empty.
fn year(date: Option<&str>) -> Option<u16> {
    date?.get(..4)?.parse().ok()
}

fn date(date: Option<&str>) -> Option<Date> {
    date?.parse().ok()
}

/// What is missing or `null` is as good as empty.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_empty_values_spoil_nothing() {
        let text = r#"{"id": 7, "name": "Harbour", "first_air_date": "", "origin_country": null, "episode_run_time": null,
            "seasons": [{"season_number": 1, "episode_count": null, "air_date": null}],
            "alternative_titles": {"results": [{"title": "Hafen"}, {"title": ""}]},
            "translations": {"translations": [{"data": {"name": "Port"}}, {"data": {"name": ""}}, {"data": null}]},
            "episode_groups": {"results": [{"id": "abc", "type": 2, "episode_count": 9, "group_count": 1}]}}"#;
        let details: Details = serde_json::from_str(text).expect("details");
        assert_eq!(details.other_titles, ["Hafen", "Port"]);
        assert_eq!((details.year(), details.seasons[0].episode_count), (None, 0));
        let kept = serde_json::to_string(&details).expect("JSON");
        assert_eq!(serde_json::from_str::<Details>(&kept).expect("details"), details);
    }
}

//! The works that the stand-in has, read once from `tests/support/catalogue/`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::episodes::Season;
use super::words::words;

/// Everything there is.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) movies: Vec<Work>,
    pub(super) series: Vec<Work>,
    pub(super) groups: Vec<Group>,
    pub(super) foreign_episodes: Vec<ForeignEpisode>,
}

/// A movie or a series.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) id: u64,
    /// In English, or as it is known there.
    pub(super) title: String,
    original: Option<String>,
    /// Of the original, two letters.
    pub(super) language: String,
    /// Of the first release or episode, `YYYY-MM-DD`.
    pub(super) date: Option<String>,
    /// Years of releases elsewhere.
    releases: Vec<u16>,
    /// In minutes; a series' is its usual episode's.
    pub(super) runtime: Option<u32>,
    pub(super) popularity: f64,
    pub(super) country: Vec<String>,
    /// Further titles, perhaps with the country in front: `DE|Der Pate`.
    pub(super) aka: Vec<String>,
    /// Titles by language.
    pub(super) translations: BTreeMap<String, String>,
    pub(super) imdb: Option<String>,
    pub(super) tvdb: Option<u64>,
    /// A series' standing.
    pub(super) status: String,
    pub(super) seasons: Vec<Season>,
    /// The words of all its titles, for searches.
    pub(super) names: Vec<Vec<String>>,
}

/// Another order of a series' episodes.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) series: u64,
    pub(super) name: String,
    /// 1 original air date, 2 absolute, 3 DVD, 4 digital, 5 story arc, 6 production, 7 TV.
    pub(super) kind: u8,
    /// By name, with each episode's season and number.
    pub(super) parts: Vec<(String, Vec<(u32, u32)>)>,
}

/// Another catalogue's id of an episode.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForeignEpisode {
    pub(super) source: String,
    pub(super) id: String,
    pub(super) series: u64,
    pub(super) season: u32,
    pub(super) episode: u32,
}

/// The catalogue.
///
/// # Panics
/// When its files are not written as they should be.
pub(super) fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let names: BTreeMap<String, Vec<String>> =
            read("episodes", include_str!("../../catalogue/episodes.toml"));
        let orders: Orders = read("orders", include_str!("../../catalogue/orders.toml"));
        let movies: Written = read("movies", include_str!("../../catalogue/movies.toml"));
        let series: Written = read("series", include_str!("../../catalogue/series.toml"));
        let mut next_id = 60_000;
        let mut works = |written: Written| -> Vec<Work> {
            written.works.into_iter().map(|work| work.whole(&names, &mut next_id)).collect()
        };
        let (movies, series) = (works(movies), works(series));
        let groups = orders.groups.into_iter().map(|group| group.whole(&series)).collect();
        Catalogue { movies, series, groups, foreign_episodes: orders.foreign_episodes }
    })
}

impl Work {
    /// Its title where it comes from.
    pub(super) fn original(&self) -> &str {
        self.original.as_deref().unwrap_or(&self.title)
    }

    /// Its title for people of a language: the translation if there is one.
    pub(super) fn title_in(&self, language: &str) -> &str {
        match self.translations.get(language) {
            Some(title) => title,
            None if language == self.language => self.original(),
            None => &self.title,
        }
    }

    /// Of the first release or episode.
    pub(super) fn year(&self) -> Option<u16> {
        self.date.as_ref()?.get(..4)?.parse().ok()
    }

    /// Of every release.
    pub(super) fn release_years(&self) -> impl Iterator<Item = u16> {
        self.year().into_iter().chain(self.releases.iter().copied())
    }

    /// Whether any episode was first shown in `year`.
    pub(super) fn aired_in(&self, year: u16) -> bool {
        let year = year.to_string();
        self.seasons
            .iter()
            .flat_map(|season| &season.episodes)
            .any(|episode| episode.date.as_ref().is_some_and(|date| date.starts_with(&year)))
    }
}

fn read<T: DeserializeOwned>(name: &str, text: &str) -> T {
    toml::from_str(text).unwrap_or_else(|error| panic!("{name}.toml: {error}"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    works: Vec<WrittenWork>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWork {
    id: u64,
    title: String,
    original: Option<String>,
    #[serde(default = "english")]
    lang: String,
    date: Option<String>,
    #[serde(default)]
    releases: Vec<u16>,
    min: Option<u32>,
    pop: f64,
    country: Option<String>,
    #[serde(default)]
    aka: Vec<String>,
    #[serde(default)]
    tr: BTreeMap<String, String>,
    imdb: Option<String>,
    tvdb: Option<u64>,
    #[serde(default = "ended")]
    status: String,
    #[serde(default)]
    seasons: String,
    #[serde(default)]
    named: BTreeMap<String, String>,
}

fn english() -> String {
    "en".to_owned()
}

fn ended() -> String {
    "Ended".to_owned()
}

impl WrittenWork {
    fn whole(self, names: &BTreeMap<String, Vec<String>>, next_id: &mut u64) -> Work {
        let seasons: Vec<Season> = self
            .seasons
            .split_whitespace()
            .map(|spec| {
                let number = spec.split(':').next().unwrap_or_default();
                let names =
                    names.get(&format!("{}/{number}", self.id)).map(Vec::as_slice).unwrap_or_default();
                let name = self.named.get(number).map(String::as_str);
                Season::read(spec, name, names, self.min, next_id)
            })
            .collect();
        let titles = [Some(&self.title), self.original.as_ref()].into_iter().flatten();
        let further =
            self.aka.iter().map(|title| title.split_once('|').map_or(title.as_str(), |(_, title)| title));
        let names = titles.map(String::as_str).chain(further).chain(self.tr.values().map(String::as_str));
        Work {
            names: names.map(words).collect(),
            id: self.id,
            title: self.title,
            original: self.original,
            language: self.lang,
            date: self.date,
            releases: self.releases,
            runtime: self.min,
            popularity: self.pop,
            country: self.country.into_iter().collect(),
            aka: self.aka,
            translations: self.tr,
            imdb: self.imdb,
            tvdb: self.tvdb,
            status: self.status,
            seasons,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Orders {
    groups: Vec<WrittenGroup>,
    foreign_episodes: Vec<ForeignEpisode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenGroup {
    id: String,
    series: u64,
    name: String,
    #[serde(rename = "type")]
    kind: u8,
    /// `Saga: 1x1-61 2x1-16`, or `Absolute: *` for all but the specials.
    parts: Vec<String>,
}

impl WrittenGroup {
    fn whole(self, series: &[Work]) -> Group {
        let work = series.iter().find(|work| work.id == self.series);
        let work = work.unwrap_or_else(|| panic!("no series {} for {}", self.series, self.name));
        let parts = self.parts.iter().map(|part| places(part, work)).collect();
        Group { id: self.id, series: self.series, name: self.name, kind: self.kind, parts }
    }
}

fn places(part: &str, series: &Work) -> (String, Vec<(u32, u32)>) {
    let (name, ranges) = part.rsplit_once(": ").unwrap_or_else(|| panic!("no episodes: {part}"));
    let whole = |text: &str| text.parse::<u32>().unwrap_or_else(|_| panic!("no number in {part}"));
    let range = |range: &str| -> Vec<(u32, u32)> {
        if range == "*" {
            let seasons = series.seasons.iter().filter(|season| season.number > 0);
            return seasons
                .flat_map(|season| season.episodes.iter().map(|episode| (season.number, episode.number)))
                .collect();
        }
        let (season, numbers) = range.split_once('x').unwrap_or_else(|| panic!("no range in {part}"));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        (whole(first)..=whole(last)).map(|number| (whole(season), number)).collect()
    };
    (name.to_owned(), ranges.split_whitespace().flat_map(range).collect())
}

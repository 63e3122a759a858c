//! What a release name or a path says of its content, without asking anyone.
//!
//! A name is read by its marks: season and episode numbers, a year, words such as `1080p` or `x264` that no title
//! has. What stands before the first of them is the title. Folders fill in what the file's own name leaves out.

mod component;
mod numbers;
mod words;

use component::Component;
pub(crate) use words::{country, is_disc_folder};

use serde::Serialize;

use super::titles;

/// What a name is taken to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// Whether it names a movie or an episode.
    pub kind: ReadingKind,
    /// The movie's or the series' title; never empty.
    pub title: String,
    /// Other forms of the title, the likeliest first: with or without a year or country, the halves of `a aka b`, each
    /// script of a title in two.
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

/// How many bytes of a name are looked at.
const MAX_NAME: usize = 4096;
/// How many folders above the file are looked at.
const MAX_FOLDERS: usize = 3;

/// Reads a release name, a path or a player's title: up to four readings, the best first. None when there is no title
/// in it.
#[must_use]
pub fn read(name: &str) -> Vec<Reading> {
    let name = tail(words::without_owner(name));
    let mut parts = name.rsplit('/').filter(|part| !part.trim().is_empty());
    let Some(file) = parts.next() else { return Vec::new() };
    let file = component::read(words::without_extension(file));
    let folders: Vec<Component> = parts.take(MAX_FOLDERS).map(component::read).collect();
    combine(file, &folders).into_iter().collect()
}

/// The end of a name that is too long, from a character's beginning on.
fn tail(name: &str) -> &str {
    let mut from = name.len().saturating_sub(MAX_NAME);
    while !name.is_char_boundary(from) {
        from += 1;
    }
    &name[from..]
}

fn combine(mut file: Component, folders: &[Component]) -> Option<Reading> {
    let season_folder = folders.first().filter(|folder| folder.is_season());
    if let Some(folder) = season_folder {
        if !file.certain && !file.dated {
            file.take_leading_number();
        }
        if file.season.is_none() && !file.episodes.is_empty() {
            file.season = folder.season;
            file.certain = file.fits_season_folder();
        }
    }
    let is_episode = !file.episodes.is_empty() || file.dated;
    // `Film.S01E01` is a series of that name; `film.mkv` is no name at all.
    let named = file.marked || file.certain;
    let nameless = |title: &str| words::is_of_disc(title) || (!named && words::says_nothing(title));
    let mut title = file.title.take().filter(|title| !nameless(title));
    let mut year = file.year;
    let mut marked = file.marked || is_episode;
    if is_episode {
        let above = folders.iter().find(|folder| !folder.is_season() || folder.title.is_some());
        // `01 - Pilot` in a season folder: its own words are the episode's title.
        if (title.is_none() || file.numbered_first)
            && let Some(title_above) = above.and_then(|folder| folder.title.clone())
            && !words::says_nothing(&title_above)
        {
            title = Some(title_above);
            year = above.and_then(|folder| folder.year).or(year);
        }
    } else if let Some(folder) = folders.iter().find(|folder| !is_disc_folder(folder.raw.as_str())) {
        // A shortened name goes by its folder's; a name of its own, such as an extra's, does not.
        let shortened = title.as_deref().is_none_or(|own| {
            file.marked || folder.title.as_deref().is_some_and(|folder| is_part_of(own, folder))
        });
        let bare = title.is_none() || (year.is_none() && folder.year.is_some() && shortened);
        let named = folder.title.as_deref().is_some_and(|title| !words::says_nothing(title));
        if bare && named && folder.episodes.is_empty() && folder.season.is_none() {
            title = folder.title.clone();
            year = folder.year;
            marked |= folder.marked;
        }
    }
    let kind = if is_episode { ReadingKind::Episode } else { ReadingKind::Movie };
    let season = if is_episode { file.season } else { None };
    let runs = season.is_none() && !file.certain;
    let (episodes, absolute) = if runs { (Vec::new(), file.episodes) } else { (file.episodes, Vec::new()) };
    Some(Reading {
        year,
        season,
        episodes,
        absolute,
        certain: file.certain,
        marked,
        ..Reading::new(kind, title?)
    })
}

/// Whether one title is the other or its beginning.
fn is_part_of(own: &str, folder: &str) -> bool {
    let (own, folder) = (titles::normal(own), titles::normal(folder));
    own.starts_with(&folder) || folder.starts_with(&own)
}

#[cfg(test)]
mod tests;

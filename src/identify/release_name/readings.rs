//! What a name may mean, each way of reading it with how much it is to be believed.

use super::bare::split_compact;
use super::combine::{self, Whole};
use super::numbers::Form;
use super::reading::{Reading, ReadingKind};
use super::variants::{self, Titles};

/// How many readings are given back.
const MOST_READINGS: usize = 4;

/// Reads a release name, a path or a player's title: up to four readings, the best first. None when there is no title
/// in it.
#[must_use]
pub fn read(name: &str) -> Vec<Reading> {
    let Some(whole) = combine::read(name) else { return Vec::new() };
    let Some(first) = first(&whole) else { return Vec::new() };
    let mut readings = vec![first];
    others(&whole, &mut readings);
    readings.truncate(MOST_READINGS);
    for Reading { title, other_titles, .. } in &mut readings {
        other_titles.retain(|other| !other.eq_ignore_ascii_case(title));
    }
    for index in 1..readings.len() {
        let most = readings[index - 1].score;
        readings[index].score = readings[index].score.min(most);
    }
    readings
}

fn first(whole: &Whole) -> Option<Reading> {
    let titles = whole.titles.as_ref()?;
    let kind = if whole.episode { ReadingKind::Episode } else { ReadingKind::Movie };
    let mut reading = reading(kind, titles, whole);
    if whole.episode {
        reading.season = whole.season;
        reading.episodes.clone_from(&whole.episodes);
        reading.absolute.clone_from(&whole.absolute);
        reading.date = whole.date;
        reading.certain = whole.certain;
        reading.snag = whole.snag;
        reading.episode_title =
            whole.behind.clone().filter(|behind| !behind.eq_ignore_ascii_case(&reading.title));
    }
    reading.part = whole.part;
    reading.score = score(whole);
    reading.evidence.clone_from(&whole.evidence);
    if let Some(year) = whole.year {
        reading.evidence.push(format!("the year {year}"));
    }
    if let Some(folder) = &whole.folder_titles {
        variants::add(&reading.title, &mut reading.other_titles, folder.main.clone());
    }
    Some(reading)
}

fn reading(kind: ReadingKind, titles: &Titles, whole: &Whole) -> Reading {
    let mut reading = Reading::new(kind, titles.main.clone());
    reading.other_titles.clone_from(&titles.others);
    reading.year = whole.year;
    reading.country = whole.country.map(str::to_owned);
    reading.marked = whole.marked;
    reading
}

fn score(whole: &Whole) -> f64 {
    let form = match whole.form {
        _ if !whole.episode => match (whole.year, whole.released) {
            (Some(_), true) => 0.95,
            (Some(_), false) => 0.85,
            (None, true) => 0.75,
            (None, false) => 0.45,
        },
        _ if whole.certain => 0.95,
        None => 0.9,
        Some(Form::Full) => 0.95,
        Some(Form::Episode) => 0.85,
        Some(Form::Apart) if whole.grouped => 0.85,
        Some(Form::Of | Form::Apart) => 0.75,
        Some(Form::Compact | Form::Bare) => 0.6,
        Some(Form::Part | Form::Leading) => 0.55,
        Some(Form::Season) => 0.5,
    };
    if whole.titled_behind { form * 0.6 } else { form }
}

/// The other ways to read the same name.
fn others(whole: &Whole, readings: &mut Vec<Reading>) {
    let Some(first) = readings.first().cloned() else { return };
    if first.snag.is_some_and(|snag| !snag.leaves_numbers()) {
        return;
    }
    let mut add = |reading: Reading| {
        let same = |other: &Reading| {
            other.kind == reading.kind
                && other.title == reading.title
                && other.season == reading.season
                && other.episodes == reading.episodes
                && other.absolute == reading.absolute
                && other.year == reading.year
        };
        if !reading.title.is_empty() && !readings.iter().any(same) {
            readings.push(reading);
        }
    };
    if whole.episode {
        if let [number] = whole.absolute[..]
            && whole.season.is_none()
            && !whole.grouped
            && let Some((season, episodes)) = split_compact(&number.to_string())
        {
            let mut split = Reading {
                season: Some(season),
                episodes,
                absolute: Vec::new(),
                score: 0.45,
                ..first.clone()
            };
            split.evidence = vec![format!("{number} as season and episode")];
            add(split);
        }
        if whole.form == Some(Form::Compact)
            && let (Some(season), [episode]) = (whole.season, &whole.episodes[..])
        {
            let number = season * 100 + episode;
            let mut running = Reading {
                season: None,
                episodes: Vec::new(),
                absolute: vec![number],
                certain: false,
                score: 0.5,
                ..first.clone()
            };
            running.evidence = vec![format!("{number} as a number that runs through the series")];
            add(running);
        } else if whole.season.is_some() && !whole.absolute.is_empty() && whole.form != Some(Form::Full) {
            let mut running =
                Reading { season: None, episodes: Vec::new(), certain: false, score: 0.4, ..first.clone() };
            running.evidence = vec![String::from("the number as one that runs through the series")];
            add(running);
        }
        if let Some(folder) = whole.folder_titles.as_ref() {
            let mut by_folder = Reading {
                title: folder.main.clone(),
                other_titles: folder.others.clone(),
                score: 0.4,
                ..first.clone()
            };
            variants::add(&by_folder.title, &mut by_folder.other_titles, first.title);
            by_folder.evidence.push(String::from("the title from a folder above"));
            add(by_folder);
        }
        if !whole.certain
            && !matches!(whole.form, Some(Form::Full | Form::Season))
            && let Some(titles) = whole.whole.as_ref()
        {
            let mut movie = reading(ReadingKind::Movie, titles, whole);
            movie.part =
                if whole.form == Some(Form::Part) { whole.episodes.first().copied() } else { whole.part };
            movie.score = if whole.grouped { 0.2 } else { 0.35 };
            movie.evidence = vec![String::from("the number as part of a movie's title")];
            add(movie);
        }
        return;
    }
    // A movie whose name has a number may be an episode.
    let mut episode = Reading { kind: ReadingKind::Episode, part: None, score: 0.3, ..first.clone() };
    if let Some(part) = whole.part {
        episode.episodes = vec![part];
        episode.title = before_number(&first.title).unwrap_or(&first.title).to_owned();
        episode.score = if whole.year.is_some() { 0.25 } else { 0.4 };
        episode.evidence = vec![format!("part {part} as an episode")];
        add(episode);
    } else if let Some((title, number)) = last_number(&first.title) {
        episode.title = title.to_owned();
        episode.absolute = vec![number];
        episode.other_titles = Vec::new();
        episode.score = if whole.year.is_some() { 0.15 } else { 0.3 };
        episode.evidence = vec![format!("{number} as an episode's number")];
        if let Some((season, episodes)) = split_compact(&number.to_string()).filter(|_| whole.year.is_none())
        {
            let mut split =
                Reading { season: Some(season), episodes, absolute: Vec::new(), ..episode.clone() };
            split.evidence = vec![format!("{number} as season and episode")];
            add(split);
        }
        add(episode);
    }
    if let Some(year) = whole.year
        && let Some(with_year) = first.other_titles.iter().find(|title| {
            let year = year.to_string();
            title.ends_with(&year) || title.starts_with(&year)
        })
    {
        let mut titled = Reading {
            title: with_year.clone(),
            other_titles: vec![first.title.clone()],
            year: None,
            score: 0.2,
            ..first.clone()
        };
        titled.evidence = vec![format!("{year} as part of the title")];
        add(titled);
    }
}

/// `Title Part 2`, `Title Episode 4 Name`: what stands before the number's word.
fn before_number(title: &str) -> Option<&str> {
    let lower = title.to_ascii_lowercase();
    let at = [" part ", " pt ", " teil ", " parte ", " partie "].iter().find_map(|word| lower.find(word))?;
    Some(title[..at].trim_end_matches([' ', '-', ':', ','])).filter(|title| !title.is_empty())
}

/// `Title 12`, `Title Episode 2`: the title and the number it ends with.
fn last_number(title: &str) -> Option<(&str, u32)> {
    let (rest, last) = title.rsplit_once(' ')?;
    let rest = rest.trim_end_matches([' ', '-', ':', ',']);
    let word = rest.rsplit(' ').next().unwrap_or("");
    let said = word.eq_ignore_ascii_case("episode");
    let roman = if said { super::numbers::spelled(&last.to_lowercase()) } else { None };
    let number = super::words::digits(last).filter(|_| last.len() <= 4).or(roman)?;
    let title = if said { rest.get(..rest.len() - word.len())?.trim_end() } else { rest };
    (!title.is_empty() && number > 0 && super::years::plausible(last).is_none()).then_some((title, number))
}

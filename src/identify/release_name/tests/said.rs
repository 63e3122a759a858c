//! Readings as short texts, so that tables of names stay readable.

use std::fmt::Write as _;

use crate::identify::release_name::{Reading, ReadingKind, numbers_alone, read};

/// Asserts what the first reading of each name says: `Title (year) [country] | s1 e2,3 #45 day part 2`, with `movie`
/// in place of numbers for a movie.
pub(super) fn check(rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(name, expected)| said(name) != *expected)
        .map(|(name, expected)| format!("{name}\n  reads as {}\n  and not  {expected}", said(name)))
        .collect();
    assert!(wrong.is_empty(), "{} of {} are read wrongly:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

pub(super) fn said(name: &str) -> String {
    match (read(name).first(), numbers_alone(name)) {
        (Some(reading), _) => text(reading),
        (None, Some(alone)) => {
            let mut text = String::from("no title |");
            numbers(&mut text, alone.season, &alone.episodes, &alone.absolute);
            if let Some(date) = alone.date {
                let _ = write!(text, " {date}");
            }
            text
        }
        (None, None) => String::from("nothing"),
    }
}

pub(super) fn text(reading: &Reading) -> String {
    let mut text = reading.title.clone();
    if let Some(year) = reading.year {
        let _ = write!(text, " ({year})");
    }
    if let Some(country) = &reading.country {
        let _ = write!(text, " [{country}]");
    }
    text.push_str(if reading.kind == ReadingKind::Movie { " | movie" } else { " |" });
    numbers(&mut text, reading.season, &reading.episodes, &reading.absolute);
    if let Some(date) = reading.date {
        let _ = write!(text, " {date}");
    }
    if let Some(part) = reading.part {
        let _ = write!(text, " part {part}");
    }
    text
}

fn numbers(text: &mut String, season: Option<u32>, episodes: &[u32], absolute: &[u32]) {
    let list = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    if let Some(season) = season {
        let _ = write!(text, " s{season}");
    }
    if !episodes.is_empty() {
        let _ = write!(text, " e{}", list(episodes));
    }
    if !absolute.is_empty() {
        let _ = write!(text, " #{}", list(absolute));
    }
}

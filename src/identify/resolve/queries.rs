//! What is asked for a reading: its titles in every form it may have, and nothing that is private.

use std::path::Path;

use crate::identify::release_name::{self, Reading, ReadingKind, country};
use crate::identify::titles;

/// How many titles of one reading are searched.
const TITLES: usize = 5;
/// How many other words are tried when its titles find nothing.
const REWORDINGS: usize = 4;

/// What a title loses that leaves out some of the name's words: they may tell one work of a series from another.
const LEFT_OUT: f64 = 0.12;

/// One way to understand a reading's title.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant {
    pub(crate) title: String,
    /// The year, unless it is taken to be part of the title.
    pub(crate) year: Option<u16>,
    /// The country, unless it is taken to be part of the title.
    pub(crate) country: Option<String>,
    /// What it loses for not being the likeliest.
    pub(crate) loss: f64,
    /// It leaves out some of the name's words.
    pub(crate) partial: bool,
}

/// The ways to understand the title of `reading`, the likeliest first. The title of the likeliest reading of a name may be
/// a folder's; that of the others only if the folder is named like a video's.
pub(crate) fn variants(reading: &Reading, likeliest: bool, path: Option<&Path>) -> Vec<Variant> {
    let mut found: Vec<Variant> = Vec::new();
    let mut add = |title: &str, year: Option<u16>, country: Option<&str>, loss: f64| {
        let known = found.iter().any(|known| known.title == title && known.year == year);
        if !title.trim().is_empty() && !known {
            let partial = leaves_out(title, &reading.title) && with_country(&reading.title).is_none();
            let country = country.map(str::to_owned);
            found.push(Variant { title: title.to_owned(), year, country, loss, partial });
        }
    };
    let own_country = country_of(reading).or_else(|| country_of_folder(reading, path));
    let own_country = own_country.as_deref();
    if may_be_asked(reading, &reading.title, likeliest, path) {
        let with_part = reading
            .part
            .filter(|part| reading.kind == ReadingKind::Movie && !has_number(&reading.title, *part));
        if let Some(part) = with_part {
            add(&format!("{} Part {part}", reading.title), reading.year, own_country, 0.0);
        }
        // A part of a movie that is not cut in parts is no whole movie.
        let loss = if with_part.is_some() { 0.1 } else { 0.0 };
        add(&reading.title, reading.year, own_country, loss);
        if let Some((title, country)) = with_country(&reading.title) {
            add(title, reading.year, Some(country.as_str()), loss);
        }
    }
    for title in &reading.other_titles {
        if !may_be_asked(reading, title, false, path) {
            continue;
        }
        let year_in_title = reading.year.is_some_and(|year| has_number(title, year.into()));
        let country_in_title = own_country.is_some_and(|_| with_country(title).is_some());
        let year = reading.year.filter(|_| !year_in_title || has_two_numbers(title));
        let loss = if leaves_out(title, &reading.title) { LEFT_OUT } else { 0.01 };
        add(title, year, own_country.filter(|_| !country_in_title), loss);
        if let (None, Some((title, country))) = (own_country, with_country(title)) {
            add(title, year, Some(country.as_str()), 0.01);
        }
    }
    if let (Some(year), ReadingKind::Movie) = (reading.year, reading.kind)
        && may_be_asked(reading, &reading.title, likeliest, path)
    {
        // The year may be the title's own: `Wonder Woman 1984`.
        add(&format!("{} {year}", reading.title), None, own_country, 0.01);
    }
    found.truncate(TITLES);
    found
}

/// Other words to search a title with, for TMDB's search knows neither `and` for `&` nor 5 for V.
pub(crate) fn rewordings(title: &str) -> Vec<String> {
    let words: Vec<&str> = title.split_whitespace().collect();
    let each = |change: &dyn Fn(&str) -> Option<String>| -> String {
        words
            .iter()
            .map(|word| change(word).unwrap_or_else(|| (*word).to_owned()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut found = vec![
        each(&|word| word.eq_ignore_ascii_case("and").then(|| "&".to_owned())),
        each(&|word| matches!(word, "&" | "+").then(|| "and".to_owned())),
        elided(&words),
        spelt_with_umlauts(title),
        each(&|word| in_roman(word).map(str::to_owned)),
    ];
    if let Some((last, rest)) = words.split_last().filter(|(last, _)| is_number(last)) {
        let counter = rest.last().is_some_and(|word| {
            let word = word.trim_end_matches('.').to_lowercase();
            matches!(word.as_str(), "part" | "chapter" | "vol" | "volume" | "episode" | "teil")
        });
        let rest = if counter { &rest[..rest.len() - 1] } else { rest };
        if last.chars().count() <= 8 {
            found.push(rest.join(" ").trim_end_matches([':', '-', ' ']).to_owned());
        }
    }
    if let Some((head, tail)) = title.split_once(" - ").or_else(|| title.split_once(": ")) {
        found.push(head.trim().to_owned());
        found.push(tail.trim().to_owned());
    }
    if words.len() > 2 {
        // Its first word may be spelt otherwise: `Spiderman`.
        found.push(words[1..].join(" "));
    }
    let mut known = vec![title.to_owned()];
    found.retain(|other| {
        let new = !other.is_empty() && !known.contains(other);
        known.push(other.clone());
        new
    });
    found.truncate(REWORDINGS);
    found
}

/// `Schindler s List` and `Destin d Amelie` with the apostrophes that file names lose.
fn elided(words: &[&str]) -> String {
    let mut joined = String::new();
    for (index, word) in words.iter().enumerate() {
        let behind = index > 0 && matches!(*word, "s" | "S");
        let before = index > 0 && matches!(words[index - 1], "d" | "l" | "D" | "L" | "qu");
        if index > 0 {
            joined.push(if behind || before { '\'' } else { ' ' });
        }
        joined.push_str(word);
    }
    joined
}

fn spelt_with_umlauts(title: &str) -> String {
    let umlauts = [("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("Ae", "Ä"), ("Oe", "Ö"), ("Ue", "Ü")];
    umlauts.iter().fold(title.to_owned(), |title, (spelt, umlaut)| title.replace(spelt, umlaut))
}

fn in_roman(word: &str) -> Option<&'static str> {
    let number: usize = word.parse().ok()?;
    ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"].get(number.checked_sub(1)?).copied()
}

fn is_number(word: &str) -> bool {
    let normal = titles::normal(&format!("part {word}"));
    normal.rsplit(' ').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A running number under a title that ends in its season: the same title without it.
pub(crate) fn season_of_title(reading: &Reading) -> Option<Reading> {
    if reading.kind != ReadingKind::Episode || reading.season.is_some() || reading.numbers().is_empty() {
        return None;
    }
    let words: Vec<&str> = reading.title.split_whitespace().collect();
    let (last, rest) = words.split_last()?;
    let lower = last.to_lowercase();
    let before = rest.last().map(|word| word.to_lowercase()).unwrap_or_default();
    let ordinal = |word: &str| -> Option<u32> {
        let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end))?;
        digits.parse().ok().filter(|number| (1..40).contains(number))
    };
    let plain = |word: &str| -> Option<u32> {
        let normal = titles::normal(&format!("part {word}"));
        normal.strip_prefix("part ")?.parse().ok().filter(|number| (1..40).contains(number))
    };
    let (season, rest) = if let (Some(season), "season" | "series") = (ordinal(&before), lower.as_str()) {
        (season, &rest[..rest.len() - 1])
    } else if matches!(before.as_str(), "season" | "series" | "part" | "cour" | "staffel" | "saison") {
        (plain(&lower)?, &rest[..rest.len() - 1])
    } else if let Some(season) = lower.strip_prefix('s').and_then(|number| number.parse().ok()) {
        (season, rest)
    } else {
        // `Show II`, and `Show 2`
        (plain(&lower).filter(|&season| season > 1 && season < 10)?, rest)
    };
    if rest.is_empty() || season == 0 {
        return None;
    }
    let mut other = reading.clone();
    other.title = rest.join(" ").trim_end_matches([':', '-', ' ']).to_owned();
    other.other_titles = Vec::new();
    other.season = Some(season);
    other.episodes = reading.numbers().to_vec();
    other.absolute = Vec::new();
    other.certain = true;
    (!other.title.is_empty()).then_some(other)
}

/// Whether a title may leave the machine: it is in the file's own name, or in a folder's that is named like a video's
/// or a series'. Any other folder may be somebody's name.
fn may_be_asked(reading: &Reading, title: &str, main: bool, path: Option<&Path>) -> bool {
    let Some(path) = path else { return true };
    let name =
        |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let wanted = titles::normal(title).replace(' ', "");
    let holds = |name: &str| titles::normal(name).replace(' ', "").contains(&wanted);
    if holds(&name(path)) {
        return true;
    }
    let mut below_is_season = false;
    for folder in path.ancestors().skip(1).take(5) {
        let folder = name(folder);
        if holds(&folder) {
            let marked = release_name::read(&folder).iter().any(|reading| reading.marked);
            return marked || below_is_season || (main && reading.kind == ReadingKind::Episode);
        }
        below_is_season = is_season_folder(&folder);
    }
    // It is put together of several names.
    main
}

/// `Season 2`, `S02`, `Specials`, `Staffel 2`.
pub(crate) fn is_season_folder(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    let rest = ["season", "series", "staffel", "saison", "temporada", "stagione", "сезон", "part", "s"]
        .iter()
        .find_map(|word| lower.strip_prefix(word));
    matches!(lower.as_str(), "specials" | "special" | "extras")
        || rest.is_some_and(|rest| {
            let rest = rest.trim_start_matches([' ', '.', '_', '-']);
            rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        })
}

/// The country that the name says, be it only in one form of its title.
fn country_of(reading: &Reading) -> Option<String> {
    let own = titles::normal(&reading.title);
    let of_other = |title: &String| {
        let (rest, country) = with_country(title)?;
        (titles::normal(rest) == own).then_some(country)
    };
    reading.country.clone().or_else(|| reading.other_titles.iter().find_map(of_other))
}

/// The country in the name of a folder that goes by the same title.
fn country_of_folder(reading: &Reading, path: Option<&Path>) -> Option<String> {
    let own = titles::normal(&reading.title);
    path?.ancestors().skip(1).take(3).find_map(|folder| {
        let name = folder.file_name()?.to_string_lossy();
        let name = name.split(['{', '[']).next().unwrap_or_default().trim_end();
        let (rest, country) = with_country(name)?;
        (titles::normal(rest) == own).then_some(country)
    })
}

/// `The Office US` as the title without its country, and the country.
fn with_country(title: &str) -> Option<(&str, String)> {
    let (rest, last) = title.trim_end_matches(')').rsplit_once([' ', '('])?;
    let rest = rest.trim_end_matches([' ', '(']);
    let small = title.chars().all(|char| !char.is_uppercase());
    let last = if small { last.to_uppercase() } else { last.to_owned() };
    Some((rest, country(&last)?.to_string())).filter(|(rest, _)| !rest.is_empty())
}

/// Whether `part` is only the beginning or the end of the title `whole`.
fn leaves_out(part: &str, whole: &str) -> bool {
    let (part, whole) = (titles::normal(part), titles::normal(whole));
    part != whole
        && (whole.strip_prefix(&part).is_some_and(|rest| rest.starts_with(' '))
            || whole.strip_suffix(&part).is_some_and(|rest| rest.ends_with(' ')))
}

fn has_number(title: &str, number: u32) -> bool {
    let number = number.to_string();
    titles::normal(title).split(' ').any(|word| word == number)
}

fn has_two_numbers(title: &str) -> bool {
    let years = titles::normal(title);
    years.split(' ').filter(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit())).count()
        > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn movie(title: &str, year: Option<u16>) -> Reading {
        Reading { year, marked: true, ..Reading::new(ReadingKind::Movie, title) }
    }

    fn titles_of(reading: &Reading, path: Option<&str>) -> Vec<String> {
        variants(reading, true, path.map(Path::new)).into_iter().map(|variant| variant.title).collect()
    }

    #[test]
    fn a_year_and_a_part_may_belong_to_the_title() {
        assert_eq!(titles_of(&movie("Harbour", Some(1984)), None), ["Harbour", "Harbour 1984"]);
        let part = Reading { part: Some(2), ..movie("Harbour", None) };
        assert_eq!(titles_of(&part, None), ["Harbour Part 2", "Harbour"]);
    }

    #[test]
    fn a_folder_that_may_be_a_persons_is_kept_here() {
        let reading = Reading {
            other_titles: vec!["Anna Example".to_owned(), "Harbour Lights Uncut".to_owned()],
            ..movie("Harbour Lights", None)
        };
        let path = "/srv/Anna Example/Harbour Lights Uncut.mkv";
        assert_eq!(titles_of(&reading, Some(path)), ["Harbour Lights", "Harbour Lights Uncut"]);
        let unnamed = movie("Anna Example", None);
        assert_eq!(titles_of(&unnamed, Some("/srv/Anna Example/video.mkv")), Vec::<String>::new());
        let episode = Reading { marked: true, ..Reading::new(ReadingKind::Episode, "Anna Example") };
        let path = Path::new("/srv/Anna Example/Harbour S01E02.mkv");
        assert_eq!(variants(&episode, false, Some(path)), []);
        let named = movie("Harbour Lights", Some(2004));
        assert_eq!(
            titles_of(&named, Some("/srv/Harbour Lights (2004)/video.mkv")),
            ["Harbour Lights", "Harbour Lights 2004"]
        );
    }

    #[test]
    fn a_folder_may_say_the_country() {
        let reading = Reading { certain: true, ..Reading::new(ReadingKind::Episode, "Harbour") };
        let path = Path::new("/v/Harbour (UK)/Season 1/Harbour - S01E02.mkv");
        assert_eq!(variants(&reading, true, Some(path))[0].country.as_deref(), Some("GB"));
    }

    #[test]
    fn other_words_find_what_the_search_does_not() {
        assert_eq!(rewordings("Salt and Smoke"), ["Salt & Smoke", "and Smoke"]);
        assert_eq!(rewordings("Salt & Smoke"), ["Salt and Smoke", "& Smoke"]);
        assert_eq!(rewordings("Harbour V"), ["Harbour"]);
        assert_eq!(rewordings("Harbour 2"), ["Harbour II", "Harbour"]);
        assert_eq!(rewordings("Keeper s Tower"), ["Keeper's Tower", "s Tower"]);
        assert_eq!(rewordings("Die Haefen"), ["Die Häfen"]);
        assert_eq!(rewordings("Harbour"), Vec::<String>::new());
    }

    #[test]
    fn a_title_may_end_in_its_season() {
        for (title, found) in [
            ("Umi no Hi 2nd Season", Some(("Umi no Hi", 2))),
            ("Umi no Hi Season 3", Some(("Umi no Hi", 3))),
            ("Umi no Hi S2", Some(("Umi no Hi", 2))),
            ("Umi no Hi II", Some(("Umi no Hi", 2))),
            ("Umi no Hi Part 2", Some(("Umi no Hi", 2))),
            ("Umi no Hi", None),
            ("Season 2", None),
        ] {
            let reading = Reading { absolute: vec![5], ..Reading::new(ReadingKind::Episode, title) };
            let other = season_of_title(&reading);
            let other = other.as_ref().map(|other| (other.title.as_str(), other.season.unwrap_or(0)));
            assert_eq!(other, found, "{title}");
        }
    }
}

//! What a user may type to say what a viewing is: a candidate's number, an id in any form, an address.

use std::ops::RangeInclusive;

use crate::identify::{MovieId, SeriesId, TitleWord};

/// The user's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) target: Target,
    pub(crate) season: Option<u32>,
    /// In order.
    pub(crate) episodes: Vec<u32>,
}

/// What the answer points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A bare number: of a candidate, or on TMDB where the rest says which kind.
    Number(u64),
    /// A title.
    Title(TitleWord),
}

/// An episode, or several in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Episodes(pub(crate) RangeInclusive<u32>);

/// One file does not hold more.
const MAX_IN_ROW: u32 = 200;

/// Reads a season's number.
pub(crate) fn season(text: &str) -> Result<u32, String> {
    small(text).ok_or_else(|| "write a number, such as 2; 0 are the specials".to_owned())
}

/// Reads `3` or `3-5`.
pub(crate) fn episodes(text: &str) -> Result<Episodes, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (small(first.trim()), small(last.trim())) {
        (Some(first), Some(last)) if first <= last && last - first < MAX_IN_ROW => Ok(Episodes(first..=last)),
        _ => Err("write a number, such as 3, or several: 3,4 or 3-5".to_owned()),
    }
}

/// What can be typed.
pub(crate) const FORMS: &str = "a candidate's number, movie/603, tv/1396 (and s01e02), an address of themoviedb.org or imdb.com, \
     tt0133093, tvdb:81189";

/// How many episodes a range may have.
const MAX_RANGE: u32 = 100;

/// Reads `text`. `None` when it says nothing that could be meant.
pub(crate) fn read(text: &str) -> Option<Answer> {
    let text = text.trim().trim_start_matches(['{', '[']).trim_end_matches(['}', ']']);
    let mut parts = text.split_whitespace();
    let (title, numbers) = (parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let mut answer = title_of(title)?;
    if let Some(numbers) = numbers {
        let (season, episodes) = counted(numbers)?;
        answer = Answer { season: Some(season), episodes, ..answer };
    }
    Some(answer)
}

fn title_of(text: &str) -> Option<Answer> {
    if let Some(number) = number(text) {
        return Some(bare(Target::Number(number)));
    }
    let lower = text.to_ascii_lowercase();
    if let Some(id) = imdb(&lower) {
        return Some(title(TitleWord::Imdb(id)));
    }
    if let Some(answer) = named(&lower) {
        return Some(answer);
    }
    let address = lower.split_once("://").map_or(lower.as_str(), |(_, address)| address);
    let (host, path) = address.split_once('/')?;
    let host = host.trim_start_matches("www.").trim_start_matches("m.");
    match host {
        "themoviedb.org" => page(path),
        "imdb.com" => path.split(['/', '?', '#']).find_map(imdb).map(|id| title(TitleWord::Imdb(id))),
        "thetvdb.com" => tvdb_page(path).map(|id| title(TitleWord::Tvdb(id))),
        _ => page(address),
    }
}

/// `tmdb:603`, `imdb-tt0133093`, `tvdbid=81189`, `MV_603`.
fn named(text: &str) -> Option<Answer> {
    let (name, id) = text.split_once([':', '=', '-', '_'])?;
    match name {
        "tmdb" | "tmdbid" | "themoviedb" => match number(id) {
            Some(number) => Some(title(TitleWord::Tmdb(number))),
            None => page(id),
        },
        "imdb" | "imdbid" => imdb(id).map(|id| title(TitleWord::Imdb(id))),
        "tvdb" | "tvdbid" | "thetvdb" => number(id).map(|id| title(TitleWord::Tvdb(id))),
        "mv" | "movie" => number(id).map(|id| title(TitleWord::Movie(MovieId(id)))),
        "tv" | "series" | "show" => number(id).map(|id| title(TitleWord::Series(SeriesId(id)))),
        _ => None,
    }
}

/// `movie/603-the-matrix`, `tv/1396/season/2/episode/3`, `tv/1396/2/3`, `tv/1396/s02e03`.
fn page(path: &str) -> Option<Answer> {
    let path = path.split(['?', '#']).next()?;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (kind, id, rest) = match parts.as_slice() {
        [kind, id, rest @ ..] => (*kind, leading_number(id)?, rest),
        _ => return None,
    };
    if kind == "movie" {
        return Some(title(TitleWord::Movie(MovieId(id))));
    }
    if !["tv", "series", "show"].contains(&kind) {
        return None;
    }
    let answer = title(TitleWord::Series(SeriesId(id)));
    let (season, episodes) = match rest {
        [] => return Some(answer),
        ["season", season] => (small(season)?, Vec::new()),
        ["season", season, "episode", episode, ..] => (small(season)?, vec![small(episode)?]),
        // A page about the series: its cast, its seasons.
        [word, ..] if counted(word).is_none() && small(word).is_none() => return Some(answer),
        [numbers] => match counted(numbers) {
            Some(counted) => counted,
            None => (small(numbers)?, Vec::new()),
        },
        [season, episode] => (small(season)?, vec![small(episode)?]),
        _ => return None,
    };
    Some(Answer { season: Some(season), episodes, ..answer })
}

fn tvdb_page(path: &str) -> Option<u64> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let by_query =
        query.split('&').find_map(|pair| pair.strip_prefix("id=").or(pair.strip_prefix("seriesid=")));
    number(
        by_query.or_else(|| path.split(['?', '#']).next()?.split('/').find(|part| number(part).is_some()))?,
    )
}

/// `s02e03`, `s2e3e4`, `s02e03-e05`, `2x03`.
fn counted(text: &str) -> Option<(u32, Vec<u32>)> {
    let text = text.to_ascii_lowercase();
    let (season, episodes) = match text.strip_prefix('s') {
        Some(rest) => rest.split_once('e')?,
        None => text.split_once('x')?,
    };
    let mut found = Vec::new();
    for part in episodes.replace("-e", "-").split(['e', ',']).filter(|part| !part.is_empty()) {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (small(first)?, small(last)?),
            None => (small(part)?, small(part)?),
        };
        if last < first || last - first >= MAX_RANGE {
            return None;
        }
        found.extend(first..=last);
    }
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then_some((small(season)?, found))
}

fn imdb(text: &str) -> Option<String> {
    let digits = text.strip_prefix("tt")?;
    let plain = (7..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.to_owned())
}

fn leading_number(text: &str) -> Option<u64> {
    number(text.split('-').next()?)
}

fn number(text: &str) -> Option<u64> {
    let plain = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number| plain && number > 0)
}

fn small(text: &str) -> Option<u32> {
    let plain = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn bare(target: Target) -> Answer {
    Answer { target, season: None, episodes: Vec::new() }
}

fn title(word: TitleWord) -> Answer {
    bare(Target::Title(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let Some(Answer { target, season, episodes }) = read(text) else { return "nothing".to_owned() };
        let target = match target {
            Target::Number(number) => format!("#{number}"),
            Target::Title(TitleWord::Movie(MovieId(id))) => format!("movie {id}"),
            Target::Title(TitleWord::Series(SeriesId(id))) => format!("series {id}"),
            Target::Title(TitleWord::Tmdb(id)) => format!("tmdb {id}"),
            Target::Title(TitleWord::Imdb(id)) => format!("imdb {id}"),
            Target::Title(TitleWord::Tvdb(id)) => format!("tvdb {id}"),
        };
        match season {
            Some(season) => format!("{target} {season} {episodes:?}"),
            None => target,
        }
    }

    #[test]
    fn every_form_of_an_id_is_understood() {
        for (text, meant) in [
            ("2", "#2"),
            (" 2 s01e05", "#2 1 [5]"),
            ("movie/603", "movie 603"),
            ("movie:603", "movie 603"),
            ("MV_603", "movie 603"),
            ("tv/1396", "series 1396"),
            ("TV_1396", "series 1396"),
            ("tv/1396 S02E03", "series 1396 2 [3]"),
            ("tv/1396 2x03", "series 1396 2 [3]"),
            ("tv/1396/2/3", "series 1396 2 [3]"),
            ("tv/1396/s02e03e04", "series 1396 2 [3, 4]"),
            ("tv/1396 s02e03-e05", "series 1396 2 [3, 4, 5]"),
            ("tv/1396 s02e03-05", "series 1396 2 [3, 4, 5]"),
            ("tv/1396 2x03-05", "series 1396 2 [3, 4, 5]"),
            ("tv/1396 s02e03,e05", "series 1396 2 [3, 5]"),
            ("tv/1396/season/2", "series 1396 2 []"),
            ("tmdb:603", "tmdb 603"),
            ("{tmdb-603}", "tmdb 603"),
            ("[tmdbid=603]", "tmdb 603"),
            ("tmdb:movie/603", "movie 603"),
            ("https://www.themoviedb.org/movie/603-the-matrix?language=de", "movie 603"),
            ("themoviedb.org/tv/1396-breaking-bad/season/2/episode/3", "series 1396 2 [3]"),
            ("https://www.themoviedb.org/tv/1396-breaking-bad/cast", "series 1396"),
            ("tt0133093", "imdb tt0133093"),
            ("imdb:tt0133093", "imdb tt0133093"),
            ("https://m.imdb.com/title/tt0133093/?ref_=x", "imdb tt0133093"),
            ("tvdb:81189", "tvdb 81189"),
            ("{tvdb-81189}", "tvdb 81189"),
            ("https://thetvdb.com/?tab=series&id=81189", "tvdb 81189"),
            ("https://thetvdb.com/dereferrer/series/81189", "tvdb 81189"),
        ] {
            assert_eq!(shown(text), meant, "{text}");
        }
    }

    #[test]
    fn episodes_can_be_a_range() {
        assert_eq!(episodes("3"), Ok(Episodes(3..=3)));
        assert_eq!(episodes("3-5"), Ok(Episodes(3..=5)));
        for wrong in ["", "x", "5-3", "1-99999", "-3", "1-2-3"] {
            assert!(episodes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for text in [
            "",
            "The Matrix",
            "tt12",
            "0",
            "movie/",
            "movie/x",
            "person/287",
            "99999999999999",
            "tv/1396 1 2",
            "tv/1396 s02e05-e03",
            "tv/1396 s02e03-",
            "tv/1396 s02e1-e99999",
            "https://example.org/movie/603",
            "tmdb:",
            "s01e02",
        ] {
            assert_eq!(shown(text), "nothing", "{text}");
        }
    }
}

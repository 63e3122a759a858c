//! What tags say, the player's or those in the file's own header: an id, or a series with season and episode.

use std::collections::BTreeMap;

use super::clue::{Clue, Id, Target, evidence};
use super::episode_ref;
use super::identity::EvidenceKind;
use super::release_name::{Reading, ReadingKind};

/// How many ids of one catalogue are looked at: a file has a series, a season and an episode.
const MAX_IDS: usize = 3;

/// The player's tags, and of the file's own those that it does not tell.
pub(crate) fn together(
    told: &BTreeMap<String, String>,
    own: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut tags = own;
    tags.extend(told.iter().map(|(name, value)| (name.clone(), value.clone())));
    tags
}

/// The ids in tags, TMDB's first.
pub(crate) fn ids(tags: &BTreeMap<String, String>) -> Vec<Clue> {
    let numbers = numbers(tags);
    let tag = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
    let mut found = Vec::new();
    let mut keep = |id: Id, target: Target, says: String| {
        let numbers = numbers.clone().filter(|_| matches!(target, Target::Series | Target::Episode));
        let evidence = evidence(EvidenceKind::Player, format!("{says} in the container's tags"));
        found.push(Clue { id, target, numbers, above: 0, evidence });
    };
    match (typed(tag("tmdb"), "movie/"), typed(tag("tmdb"), "tv/")) {
        (Some(movie), None) => keep(Id::Tmdb(movie), Target::Movie, format!("TMDB movie/{movie}")),
        (None, Some(series)) => keep(Id::Tmdb(series), Target::Series, format!("TMDB tv/{series}")),
        _ => {}
    }
    let mut imdb: Vec<Id> = Vec::new();
    for id in pieces(tag("imdb")).filter_map(Id::imdb) {
        if !imdb.contains(&id) {
            imdb.push(id);
        }
    }
    match imdb.as_slice() {
        [id] => keep(id.clone(), Target::Unsaid, id.to_string()),
        // The series' and the episode's, which is the more exact and comes last. Never two films'.
        several if several.len() <= MAX_IDS => {
            several.iter().rev().for_each(|id| keep(id.clone(), Target::Episode, id.to_string()));
        }
        _ => {}
    }
    if let Some(series) =
        typed(tag("tvdb2"), "series/").or_else(|| only(pieces(tag("tvdb")).filter_map(Id::number)))
    {
        keep(Id::Tvdb(series), Target::Series, format!("TVDB series/{series}"));
    }
    if let Some(episode) = typed(tag("tvdb2"), "episodes/") {
        keep(Id::Tvdb(episode), Target::Episode, format!("TVDB episodes/{episode}"));
    }
    found
}

/// What tags say in words: the show with season and episode, as MP4 has it; or the title and year of what is said to be
/// a film. A title alone is anything.
pub(crate) fn reading(tags: &BTreeMap<String, String>) -> Option<Reading> {
    let text = |name: &str| tags.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    if let (Some(title), Some((season, episodes))) = (text("show"), numbers(tags)) {
        return Some(Reading {
            season: Some(season),
            episodes,
            certain: true,
            marked: true,
            ..Reading::new(ReadingKind::Episode, title)
        });
    }
    let year = text("date").and_then(|date| date.get(..4)?.parse().ok());
    match (text("media_type"), text("title"), year) {
        (Some(FILM), Some(title), Some(year)) => {
            Some(Reading { year: Some(year), marked: true, ..Reading::new(ReadingKind::Movie, title) })
        }
        _ => None,
    }
}

/// What iTunes numbers films with.
const FILM: &str = "9";

fn numbers(tags: &BTreeMap<String, String>) -> Option<(u32, Vec<u32>)> {
    let tag = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
    let number = |name: &str| only(pieces(tag(name)).filter_map(|value| value.parse::<u32>().ok()));
    // Empty MP4 atoms read as 0.
    let episode = number("episode_sort").filter(|&episode| episode > 0);
    let id = episode_ref::read(tag("episode_id"));
    let (season, id) = id.unzip();
    let season = number("season_number").or(season.flatten())?;
    match (episode, id) {
        (Some(episode), _) => Some((season, vec![episode])),
        // `102` may be episode 2 of season 1.
        (None, Some(episodes)) if episodes.iter().all(|&episode| (1..100).contains(&episode)) => {
            Some((season, episodes))
        }
        _ => None,
    }
}

/// The one number behind `kind` in the pieces of `text`.
fn typed(text: &str, kind: &str) -> Option<u64> {
    only(pieces(text).filter_map(|piece| {
        let (its, number) = piece.split_at_checked(kind.len())?;
        Id::number(number).filter(|_| its.eq_ignore_ascii_case(kind))
    }))
}

/// mpv joins what several levels of a Matroska file say of one tag.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(" / ").flat_map(|piece| piece.split([';', ','])).map(str::trim)
}

/// The one value there is; two different ones are none.
fn only<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tags = &'static [(&'static str, &'static str)];

    fn map(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
        tags.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn found(tags: &[(&str, &str)]) -> Vec<(String, Target)> {
        ids(&map(tags)).into_iter().map(|clue| (clue.id.to_string(), clue.target)).collect()
    }

    #[test]
    fn every_form_of_an_id_is_read() {
        let cases: [(Tags, &[(&str, Target)]); 14] = [
            (&[("tmdb", "movie/603")], &[("TMDB 603", Target::Movie)]),
            (&[("tmdb", "Movie/603 ")], &[("TMDB 603", Target::Movie)]),
            (&[("tmdb", "tv/1396 / tv/1396")], &[("TMDB 1396", Target::Series)]),
            (&[("tmdb", "tv/1396, tv/1396")], &[("TMDB 1396", Target::Series)]),
            (&[("tmdb", "603")], &[]),
            (&[("tmdb", "movie/603 / movie/604")], &[]),
            (&[("tmdb", "movie/603 / tv/603")], &[]),
            (&[("tmdb", "person/6384")], &[]),
            (&[("imdb", "tt0133093")], &[("IMDb tt0133093", Target::Unsaid)]),
            (
                &[("imdb", "tt0903747 / tt0959621")],
                &[("IMDb tt0959621", Target::Episode), ("IMDb tt0903747", Target::Episode)],
            ),
            (&[("imdb", "tt0000001 / tt0000002 / tt0000003 / tt0000004")], &[]),
            (&[("tvdb", "81189")], &[("TVDB 81189", Target::Series)]),
            (
                &[("tvdb2", "series/81189 / episodes/349232")],
                &[("TVDB 81189", Target::Series), ("TVDB 349232", Target::Episode)],
            ),
            (&[("tvdb2", "movies/169")], &[]),
        ];
        for (tags, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|&(id, target)| (id.to_owned(), target)).collect();
            assert_eq!(found(tags), expected, "{tags:?}");
        }
    }

    #[test]
    fn words_are_read_when_they_name_one_thing() {
        let read = |tags: &[(&str, &str)]| {
            reading(&map(tags)).map(|found| (found.title, found.season, found.episodes, found.year))
        };
        let show = ("show", " Breaking Bad ");
        let episode = |season, episodes: &[u32]| {
            Some(("Breaking Bad".to_owned(), Some(season), episodes.to_vec(), None))
        };
        for (tags, expected) in [
            (vec![show, ("season_number", "2"), ("episode_sort", "7")], episode(2, &[7])),
            (vec![show, ("season_number", "2 / 2"), ("episode_sort", "7")], episode(2, &[7])),
            (vec![show, ("season_number", "0"), ("episode_sort", "1")], episode(0, &[1])),
            (vec![show, ("episode_id", "S02E07")], episode(2, &[7])),
            (
                vec![show, ("season_number", "2"), ("episode_sort", "0"), ("episode_id", "7")],
                episode(2, &[7]),
            ),
            (vec![show, ("season_number", "2"), ("episode_id", "207")], None),
            (vec![show, ("season_number", "2"), ("episode_sort", "0")], None),
            (vec![show, ("season_number", "1 / 2"), ("episode_sort", "7")], None),
            (vec![show, ("episode_sort", "7")], None),
            (vec![("season_number", "2"), ("episode_sort", "7")], None),
            (vec![("show", " "), ("season_number", "2"), ("episode_sort", "7")], None),
            (
                vec![("media_type", "9"), ("title", "The Matrix"), ("date", "1999-03-31")],
                Some(("The Matrix".to_owned(), None, Vec::new(), Some(1999))),
            ),
            (vec![("media_type", "9"), ("title", "The Matrix")], None),
            (vec![("title", "The Matrix"), ("date", "1999")], None),
            (vec![("media_type", "9"), ("title", "The Matrix"), ("date", "éé")], None),
        ] {
            assert_eq!(read(&tags), expected, "{tags:?}");
        }
    }
}

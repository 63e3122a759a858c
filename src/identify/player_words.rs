//! What the player says besides the place: container tags that name an id or an episode.

use std::collections::BTreeMap;

use super::clue::{Clue, Id, Target, evidence};
use super::identity::EvidenceKind;
use super::release_name::{Reading, ReadingKind};

/// The ids in container tags, TMDB's first.
pub(crate) fn ids(tags: &BTreeMap<String, String>) -> Vec<Clue> {
    let numbers = numbers(tags);
    let tag = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
    let mut found = Vec::new();
    let mut keep = |id: Id, target: Target, says: String| {
        let numbers = numbers.clone().filter(|_| target == Target::Series);
        let evidence = evidence(EvidenceKind::Player, format!("{says} in the container's tags"));
        found.push(Clue { id, target, numbers, above: 0, evidence });
    };
    let typed =
        |text: &str, word: &str| only(pieces(text).filter_map(|piece| Id::number(piece.strip_prefix(word)?)));
    match (typed(tag("tmdb"), "movie/"), typed(tag("tmdb"), "tv/")) {
        (Some(movie), None) => keep(Id::Tmdb(movie), Target::Movie, format!("TMDB movie/{movie}")),
        (None, Some(series)) => keep(Id::Tmdb(series), Target::Series, format!("TMDB tv/{series}")),
        _ => {}
    }
    if let Some(Id::Imdb(id)) = only(pieces(tag("imdb")).filter_map(Id::imdb)) {
        let says = format!("IMDb {id}");
        keep(Id::Imdb(id), Target::Unsaid, says);
    }
    if let Some(series) =
        typed(tag("tvdb2"), "series/").or_else(|| only(pieces(tag("tvdb")).filter_map(Id::number)))
    {
        keep(Id::Tvdb(series), Target::Series, format!("TVDB series/{series}"));
    } else if let Some(episode) = typed(tag("tvdb2"), "episodes/") {
        keep(Id::Tvdb(episode), Target::Episode, format!("TVDB episodes/{episode}"));
    }
    found
}

/// What tags such as MP4's say in words: the show with season and episode.
pub(crate) fn reading(tags: &BTreeMap<String, String>) -> Option<Reading> {
    let title = tags.get("show").map(|show| show.trim()).filter(|show| !show.is_empty())?;
    let (season, episodes) = numbers(tags)?;
    Some(Reading {
        season: Some(season),
        episodes,
        certain: true,
        marked: true,
        ..Reading::new(ReadingKind::Episode, title)
    })
}

fn numbers(tags: &BTreeMap<String, String>) -> Option<(u32, Vec<u32>)> {
    let number = |name: &str| tags.get(name).and_then(|value| value.trim().parse::<u32>().ok());
    // Empty MP4 atoms read as 0.
    let episode = number("episode_sort").filter(|&episode| episode > 0)?;
    Some((number("season_number")?, vec![episode]))
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

//! What the real service would refuse: missing headers, bodies that name nothing, numbers out of range.

use serde_json::{Map, Value};

use super::items::Item;
use super::running::CLIENT_ID;
use crate::http::Request;
use crate::stand_in::Answer;

/// A refusal. As with the real service, hardly any has a body.
pub(super) type Refused = Answer;

/// The headers that every call to the API must have (section 1.1).
pub(super) fn headers(request: &Request) -> Result<(), Refused> {
    let header = |name: &str| request.headers.get(name).map(String::as_str).unwrap_or_default();
    if header("user-agent").is_empty() || header("trakt-api-key") != CLIENT_ID {
        return Err(Answer::bare(403));
    }
    if header("trakt-api-version") != "2" || !header("content-type").starts_with("application/json") {
        return Err(Answer::bare(412));
    }
    Ok(())
}

pub(super) fn body_of(request: &Request) -> Result<Map<String, Value>, Refused> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(Answer::bare(400)),
    }
}

/// Only these fields are known.
pub(super) fn only(body: &Map<String, Value>, known: &[&str]) -> Result<(), Refused> {
    if body.keys().all(|key| known.contains(&key.as_str())) { Ok(()) } else { Err(Answer::bare(422)) }
}

pub(super) fn progress(body: &Map<String, Value>) -> Result<f64, Refused> {
    let progress = body.get("progress").and_then(Value::as_f64);
    progress.filter(|progress| (0.0..=100.0).contains(progress)).ok_or_else(|| Answer::bare(422))
}

/// What a scrobble is of: a movie, an episode by its own number, or one by its series and numbers (section 3.1). The number
/// of a series is not that of an episode: an unrelated one would be found, or none.
pub(super) fn item(body: &Map<String, Value>, renumbered: bool) -> Result<Item, Refused> {
    let id = |of: &str, key: &str| body.get(of)?.get("ids")?.get(key)?.as_u64();
    let unknown = || Answer::bare(404);
    if body.contains_key("movie") {
        if let Some(trakt) = id("movie", "trakt") {
            return Item::title_by_trakt(trakt).and_then(Item::movie).ok_or_else(unknown);
        }
        return id("movie", "tmdb").and_then(Item::movie).ok_or_else(unknown);
    }
    let Some(episode) = body.get("episode").and_then(Value::as_object) else { return Err(Answer::bare(422)) };
    if episode.contains_key("ids") {
        let known = id("episode", "trakt").filter(|_| !renumbered);
        return known.and_then(Item::episode_by_trakt).ok_or_else(unknown);
    }
    let show = id("show", "tmdb").or_else(|| id("show", "trakt").and_then(Item::title_by_trakt));
    let number = |key: &str| episode.get(key).and_then(Value::as_u64);
    let found = match (show, number("season"), number("number"), number("number_abs")) {
        (Some(show), Some(season), Some(number), None) => Item::episode(show, season, number),
        (Some(show), None, None, Some(number)) => Item::absolute(show, number),
        _ => return Err(Answer::bare(422)),
    };
    found.ok_or_else(unknown)
}

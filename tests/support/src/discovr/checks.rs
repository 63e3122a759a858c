//! What the real service would refuse: bodies with unknown fields, numbers out of range, times in the future.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::http::Request;
use crate::stand_in::now;

/// An error as the service might put it.
#[derive(Debug)]
pub(super) struct No(pub(super) u16, pub(super) &'static str, pub(super) String);

pub(super) fn no<T>(status: u16, code: &'static str, message: impl Into<String>) -> Result<T, No> {
    Err(No(status, code, message.into()))
}

pub(super) fn body_of(request: &Request) -> Result<Map<String, Value>, No> {
    let json = request.headers.get("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) if json => Ok(body),
        _ => no(415, "VALIDATION", "a JSON object is wanted"),
    }
}

pub(super) fn only(body: &Map<String, Value>, known: &[&str]) -> Result<(), No> {
    match body.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => no(422, "VALIDATION", format!("unknown field {unknown}")),
        None => Ok(()),
    }
}

pub(super) fn is_media_id(id: &str) -> bool {
    id.strip_prefix("MV_")
        .or_else(|| id.strip_prefix("TV_"))
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn media_id(body: &Map<String, Value>) -> Result<String, No> {
    match body.get("mediaId").and_then(Value::as_str) {
        Some(id) if is_media_id(id) => Ok(id.to_owned()),
        _ => no(422, "VALIDATION", "mediaId must match ^(MV|TV)_\\d+$"),
    }
}

pub(super) fn numbers(body: &Map<String, Value>, id: &str) -> Result<(Option<u64>, Option<u64>), No> {
    let number = |key: &str| match body.get(key) {
        None => Ok(None),
        Some(value) => match value.as_u64().filter(|&number| number >= 1) {
            Some(number) => Ok(Some(number)),
            None => no(422, "VALIDATION", format!("{key} must be an integer of at least 1")),
        },
    };
    let numbers = (number("season")?, number("episode")?);
    if id.starts_with("MV_") && numbers != (None, None) {
        return no(422, "VALIDATION", "a movie has no season or episode");
    }
    Ok(numbers)
}

/// Season and episode of a call on one work. Without an episode it would be about the whole season; no scrobbler means
/// that.
pub(super) fn named_in(query: &BTreeMap<String, String>, id: &str) -> Result<(Option<u64>, Option<u64>), No> {
    if !is_media_id(id) {
        return no(422, "VALIDATION", "mediaId must match ^(MV|TV)_\\d+$");
    }
    if let Some(unknown) = query.keys().find(|key| !["season", "episode"].contains(&key.as_str())) {
        return no(422, "VALIDATION", format!("unknown parameter {unknown}"));
    }
    let number =
        |key: &str| query.get(key).and_then(|text| text.parse::<u64>().ok()).filter(|&number| number >= 1);
    match (id.starts_with("MV_"), query.is_empty(), number("season"), number("episode")) {
        (true, true, _, _) => Ok((None, None)),
        (true, false, _, _) => no(422, "VALIDATION", "a movie has no season or episode"),
        (false, _, Some(season), Some(episode)) => Ok((Some(season), Some(episode))),
        _ => no(422, "VALIDATION", "season and episode are required here, integers of at least 1"),
    }
}

pub(super) fn percent(body: &Map<String, Value>) -> Result<f64, No> {
    match body.get("progress").and_then(Value::as_f64) {
        Some(progress) if (0.0..=100.0).contains(&progress) => Ok(progress),
        _ => no(422, "VALIDATION", "progress must be a number from 0 to 100"),
    }
}

pub(super) fn date(body: &Map<String, Value>) -> Result<Option<Timestamp>, No> {
    let Some(value) = body.get("updatedAt") else { return Ok(None) };
    let date =
        value.as_str().filter(|text| text.ends_with('Z')).and_then(|text| text.parse::<Timestamp>().ok());
    let soon = now().saturating_add(SignedDuration::from_mins(5)).unwrap_or(Timestamp::MAX);
    match date {
        Some(date) if date <= soon => Ok(Some(date)),
        _ => no(422, "VALIDATION", "updatedAt must be an ISO date-time in UTC that is not in the future"),
    }
}

//! What holds for whatever any service answers, and how a case is read as an answer.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use secrecy::zeroize::Zeroizing;

use super::Outcome;
use super::api::{Answer, RawAnswer, times};
use crate::promises::Bytes;

/// The longest reason that is shown, in characters: the service's own words and ours.
const MAX_WHY: usize = 350;
/// The longest text of a sign-in that is taken over, in characters.
const MAX_TEXT: usize = 200;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Reads `bytes` as an HTTP answer: its status, a line for each header, an empty line, the body. Of the headers those that are
/// `heard` mean something.
pub(crate) fn raw(bytes: &[u8], heard: &[&'static str]) -> RawAnswer {
    let mut bytes = Bytes::new(bytes);
    let status = text(bytes.until(b'\n')).trim().parse().unwrap_or(200);
    let mut map = HeaderMap::new();
    loop {
        let line = bytes.until(b'\n');
        let Some((name, value)) = text(line).split_once(':') else { break };
        let name = HeaderName::from_bytes(name.as_bytes()).ok();
        map.extend(name.zip(HeaderValue::from_str(value.trim()).ok()));
    }
    let (retry_after, date) = times(&map, now());
    assert!(retry_after.is_none_or(|wait| wait <= DAY), "a wait of {retry_after:?}");
    assert!(date.is_none() || map.contains_key(header::DATE), "a clock from nowhere");
    let value = |name| map.get(name)?.to_str().ok().map(str::to_owned);
    let headers = heard.iter().filter_map(|&name| Some((name, value(name)?))).collect();
    RawAnswer { status, body: Zeroizing::new(bytes.rest().to_vec()), headers, retry_after, date }
}

/// The answer as one that holds no secret.
pub(crate) fn read(raw: RawAnswer) -> Answer {
    let answer = raw.read();
    assert!(
        answer.body.as_ref().is_none_or(|body| body.is_object() || body.is_array()),
        "no object and no list"
    );
    answer
}

/// What is said of an outcome is a short line without secrets.
pub(crate) fn is_fit_to_be_shown(outcome: &Outcome) {
    let why = match outcome {
        Outcome::TryLater { why, .. }
        | Outcome::Unsure { why, .. }
        | Outcome::Refused { why }
        | Outcome::SignInNeeded { why } => why,
        Outcome::Delivered(receipt) => &receipt.proof,
        Outcome::NotThere | Outcome::ProfileUnknown { .. } => return,
    };
    is_a_line(why);
}

/// Words for people, with the service's own in them.
pub(crate) fn is_a_line(why: &str) {
    assert!(!why.contains(char::is_control), "{why:?} is no line");
    assert!(why.chars().count() <= MAX_WHY, "{why:?} is long");
    for secret in ["rt_", "eyJ", "dvc_"] {
        for (at, _) in why.match_indices(secret) {
            let before = why[..at].chars().next_back();
            let is_within = before.is_some_and(|c| c.is_alphanumeric() || "_-.".contains(c));
            assert!(is_within, "a token is told: {why}");
        }
    }
}

pub(crate) fn is_a_name(text: &str) {
    assert!(!text.contains(char::is_control) && text.chars().count() <= MAX_TEXT, "{text:?} is no name");
}

/// The instant of the cases, and others near it.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap_or_default()
}

pub(crate) fn now() -> Timestamp {
    at(600)
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

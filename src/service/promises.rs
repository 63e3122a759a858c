//! What holds for whatever any service answers, and how a case is read as an answer.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use secrecy::zeroize::Zeroizing;

use super::Outcome;
use super::api::{Answer, NoAnswer, RawAnswer, times};
use super::repeat::Repeat;
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

/// What an answer means for a delivery, by a service's `outcome`: a call which adds something is never repeated unless it was
/// refused, and what was asked for is waited for (`wait`). `is_theirs`: the body is one that the service gives. The service looks at its own refusals and at what its user must
/// mend.
pub(crate) fn of_a_delivery(
    answer: &Answer,
    is_theirs: bool,
    wait: Option<Duration>,
    outcome: impl Fn(&Result<Answer, NoAnswer>, Repeat) -> Outcome,
    own: impl Fn(&Answer, &Outcome),
) {
    let status = answer.status;
    let was_refused = (300..500).contains(&status) && status != 408;
    let was_taken = (200..300).contains(&status) && is_theirs;
    for repeat in [Repeat::Adds, Repeat::Harmless] {
        let outcome = outcome(&Ok(answer.clone()), repeat);
        match &outcome {
            Outcome::Delivered(_) => assert!(was_taken, "{status} is no receipt"),
            Outcome::Unsure { after, .. } => {
                assert!(!was_taken && !was_refused && repeat == Repeat::Adds, "{status} is clear");
                assert_eq!(*after, wait, "as long as was asked for");
            }
            Outcome::TryLater { after, .. } => {
                assert!(was_refused || !was_taken && repeat == Repeat::Harmless, "{status} may be done");
                assert_eq!(*after, wait, "as long as was asked for");
            }
            Outcome::Refused { .. } | Outcome::SignInNeeded { .. } => {
                assert!((400..500).contains(&status), "{status} is no refusal");
                assert!(![401, 408, 429].contains(&status), "{status} is for now");
            }
            other @ (Outcome::NotThere | Outcome::ProfileUnknown { .. }) => {
                panic!("{other:?} does not follow from one answer")
            }
        }
        own(answer, &outcome);
        is_fit_to_be_shown(&outcome);
    }
    // A call without an answer is no better known than one with an unclear one.
    let lost = outcome(&Err(NoAnswer::Lost("it broke off".into())), Repeat::Adds);
    assert!(matches!(lost, Outcome::Unsure { .. }), "{lost:?}");
}

/// What is said of an outcome is a short line without secrets.
fn is_fit_to_be_shown(outcome: &Outcome) {
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

//! What an answer means (Discovr reference, sections 10, 12 and 13). Pure.

use std::time::Duration;

use serde_json::Value;

use super::api::{Answer, NoAnswer};
use crate::service::{Outcome, Receipt, Trouble};

/// Whether a call can be repeated without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It overwrites (playback) or only reads.
    Harmless,
    /// It adds an entry each time (history).
    Adds,
}

/// How refresh tokens, session tokens and device codes begin.
const SECRETS: [&str; 3] = ["rt_", "eyJ", "dvc_"];
/// The longest message of a service that is shown.
const MAX_MESSAGE: usize = 200;

/// What the answer to a call means for its delivery. A 401 was dealt with before.
pub(crate) fn outcome(answer: &Result<Answer, NoAnswer>, repeat: Repeat) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::NotSent(why)) => return later(Trouble::Service, None, why.clone()),
        Err(NoAnswer::Lost(why)) => return unclear(repeat, Trouble::Service, None, why.clone()),
    };
    let (said, after) = (message(answer), answer.retry_after);
    match answer.status {
        200..=299 if answer.body.is_some() => {
            Outcome::Delivered(Receipt { proof: format!("answered {}", answer.status) })
        }
        // A captive portal, perhaps; or a body that was cut.
        200..=299 => {
            let why = format!("answered {} without Discovr's JSON", answer.status);
            unclear(repeat, Trouble::Either, after, why)
        }
        300..=399 => later(
            Trouble::Service,
            after,
            format!("answered with a redirect ({}): is discovr.api_url right?", answer.status),
        ),
        401 | 403 => later(Trouble::Either, after, format!("refused the session{said} ({})", answer.status)),
        408 => unclear(repeat, Trouble::Either, after, "gave up waiting (408)".into()),
        429 => later(Trouble::Service, after, "asks for fewer calls (429)".into()),
        // Not Discovr's words: a proxy's page, or a service that is only starting.
        400..=499 if answer.body.is_none() => {
            later(Trouble::Delivery, after, format!("answered {} without Discovr's JSON", answer.status))
        }
        400..=499 => Outcome::Refused { why: format!("Discovr said no ({}){said}", answer.status) },
        status => unclear(repeat, Trouble::Either, after, format!("failed ({status}){said}")),
    }
}

/// Whether the answer to a look into a title's history says that there is none, and not that there is no such call: a
/// changed path, or a proxy's, must not pass for an empty history.
pub(crate) fn says_there_is_none(answer: &Answer) -> bool {
    let said = message(answer).to_lowercase();
    answer.status == 404
        && answer.body.is_some()
        && !["route", "endpoint", "cannot get"].iter().any(|word| said.contains(word))
}

/// The error code of an answer, wherever it stands.
pub(crate) fn code(answer: &Answer) -> Option<&str> {
    let body = answer.body.as_ref()?;
    [body.get("code"), body.pointer("/error/code"), body.get("error")]
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
}

fn later(trouble: Trouble, after: Option<Duration>, why: String) -> Outcome {
    Outcome::TryLater { trouble, after, why }
}

fn unclear(repeat: Repeat, trouble: Trouble, after: Option<Duration>, why: String) -> Outcome {
    match repeat {
        Repeat::Harmless => later(trouble, after, why),
        Repeat::Adds => Outcome::Unsure { after, why },
    }
}

/// `: CODE message`, bounded and free of control characters and tokens.
pub(crate) fn message(answer: &Answer) -> String {
    let text = answer.body.as_ref().and_then(|body| {
        [body.get("message"), body.pointer("/error/message"), body.get("error_description")]
            .into_iter()
            .flatten()
            .find_map(Value::as_str)
    });
    let words: Vec<&str> = [code(answer), text].into_iter().flatten().collect();
    if words.is_empty() {
        return String::new();
    }
    let clean = words.join(" ").chars().filter(|c| !c.is_control()).collect::<String>();
    format!(": {}", without_tokens(&clean).chars().take(MAX_MESSAGE).collect::<String>())
}

/// A service that repeats what it was sent must not put it into the log, the journal or onto the screen.
fn without_tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| !is_of_a_token(c)) {
        if SECRETS.iter().any(|begins| piece.starts_with(begins)) {
            clean.push('…');
            clean.extend(piece.chars().last().filter(|&c| !is_of_a_token(c)));
        } else {
            clean.push_str(piece);
        }
    }
    clean
}

fn is_of_a_token(c: char) -> bool {
    c.is_alphanumeric() || "_-.".contains(c)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: Option<Value>) -> Result<Answer, NoAnswer> {
        Ok(Answer { status, body, retry_after: None, date: None })
    }

    fn word(outcome: &Outcome) -> &'static str {
        match outcome {
            Outcome::Delivered(_) => "delivered",
            Outcome::NotThere => "not there",
            Outcome::TryLater { trouble: Trouble::Service, .. } => "service later",
            Outcome::TryLater { trouble: Trouble::Either, .. } => "either later",
            Outcome::TryLater { trouble: Trouble::Delivery, .. } => "later",
            Outcome::SignInNeeded { .. } => "sign in",
            Outcome::ProfileUnknown { .. } => "unknown profile",
            Outcome::Unsure { .. } => "unsure",
            Outcome::Refused { .. } => "refused",
        }
    }

    #[test]
    fn each_answer_means_this_for_history_and_that_for_playback() {
        let object = || Some(json!({"message": "x"}));
        for (answer, history, playback) in [
            (answer(200, object()), "delivered", "delivered"),
            (answer(201, object()), "delivered", "delivered"),
            (answer(200, None), "unsure", "either later"),
            (answer(302, None), "service later", "service later"),
            (answer(400, object()), "refused", "refused"),
            (answer(403, object()), "either later", "either later"),
            (answer(404, object()), "refused", "refused"),
            (answer(404, None), "later", "later"),
            (answer(422, object()), "refused", "refused"),
            (answer(429, None), "service later", "service later"),
            (answer(500, object()), "unsure", "either later"),
            (answer(503, None), "unsure", "either later"),
            (Err(NoAnswer::NotSent("refused".into())), "service later", "service later"),
            (Err(NoAnswer::Lost("reset".into())), "unsure", "service later"),
        ] {
            assert_eq!(word(&outcome(&answer, Repeat::Adds)), history, "history: {answer:?}");
            assert_eq!(word(&outcome(&answer, Repeat::Harmless)), playback, "playback: {answer:?}");
        }
    }

    #[test]
    fn no_such_call_is_not_no_history() {
        for (status, body, none) in [
            (404, Some(json!({"code": "NOT_FOUND", "message": "no such title"})), true),
            (404, Some(json!({"code": "X17"})), true),
            (404, Some(json!({})), true),
            (404, Some(json!({"code": "ROUTE_NOT_FOUND"})), false),
            (
                404,
                Some(json!({"message": "Route GET:/profile/history/MV_1 not found", "error": "Not Found"})),
                false,
            ),
            (404, Some(json!({"error": {"message": "Cannot GET /profile/history/MV_1"}})), false),
            (404, None, false),
            (410, Some(json!({})), false),
        ] {
            let answer = Answer { status, body, retry_after: None, date: None };
            assert_eq!(says_there_is_none(&answer), none, "{answer:?}");
        }
    }

    #[test]
    fn a_wait_that_is_asked_for_is_passed_on() {
        let wait = Some(Duration::from_secs(40));
        for status in [302, 403, 404, 429, 500, 503] {
            for repeat in [Repeat::Adds, Repeat::Harmless] {
                let asked = Answer { status, body: None, retry_after: wait, date: None };
                let (Outcome::TryLater { after, .. } | Outcome::Unsure { after, .. }) =
                    outcome(&Ok(asked), repeat)
                else {
                    panic!("{status}: neither later nor unsure")
                };
                assert_eq!(after, wait, "{status}");
            }
        }
    }

    #[test]
    fn a_refusal_gives_the_services_reason_without_control_characters() {
        for body in [
            json!({"code": "NOT_FOUND", "message": "no such \u{1b}[31mtitle"}),
            json!({"error": {"code": "NOT_FOUND", "message": "no such \u{1b}[31mtitle"}}),
            json!({"error": "NOT_FOUND", "error_description": "no such \u{1b}[31mtitle"}),
        ] {
            let refused = outcome(&answer(404, Some(body)), Repeat::Adds);
            let why = "Discovr said no (404): NOT_FOUND no such [31mtitle".to_owned();
            assert_eq!(refused, Outcome::Refused { why });
        }
    }

    #[test]
    fn a_token_that_the_service_repeats_is_left_out() {
        for (said, shown) in [
            ("the token rt_0a1b is unknown", "the token … is unknown"),
            ("token=rt_0a1b", "token=…"),
            ("'rt_0a1b', \"eyJh.eyJz.s-_g\"", "'…', \"…\""),
            ("no code /auth/device-codes/dvc_9f2k/poll", "no code /auth/device-codes/…/poll"),
            ("start_time is wrong", "start_time is wrong"),
        ] {
            let refused = outcome(&answer(400, Some(json!({ "message": said }))), Repeat::Adds);
            assert_eq!(refused, Outcome::Refused { why: format!("Discovr said no (400): {shown}") });
        }
    }
}

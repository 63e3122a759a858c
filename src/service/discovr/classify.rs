//! What an answer means (Discovr reference, sections 10, 12 and 13). Pure.

use crate::service::api::{Answer, NoAnswer};
use crate::service::repeat::Repeat;
use crate::service::words::message;
use crate::service::{Outcome, Receipt, Trouble};

/// What the answer to a call means for its delivery. A 401 was dealt with before.
pub(crate) fn outcome(answer: &Result<Answer, NoAnswer>, repeat: Repeat) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::NotSent(why)) => return Outcome::later(Trouble::Service, None, why.clone()),
        Err(NoAnswer::Lost(why)) => return repeat.unclear(Trouble::Service, None, why.clone()),
    };
    let (said, after) = (message(answer), answer.retry_after);
    match answer.status {
        200..=299 if answer.object().is_some() => {
            Outcome::Delivered(Receipt { proof: format!("answered {}", answer.status) })
        }
        // A captive portal, perhaps; or a body that was cut.
        200..=299 => {
            let why = format!("answered {} without Discovr's JSON", answer.status);
            repeat.unclear(Trouble::Either, after, why)
        }
        300..=399 => Outcome::later(
            Trouble::Service,
            after,
            format!("answered with a redirect ({}): is discovr.api_url right?", answer.status),
        ),
        401 | 403 => {
            Outcome::later(Trouble::Either, after, format!("refused the session{said} ({})", answer.status))
        }
        408 => repeat.unclear(Trouble::Either, after, "gave up waiting (408)".into()),
        429 => Outcome::later(Trouble::Service, after, "asks for fewer calls (429)"),
        // Not Discovr's words: a proxy's page, or a service that is only starting.
        400..=499 if answer.object().is_none() => Outcome::later(
            Trouble::Delivery,
            after,
            format!("answered {} without Discovr's JSON", answer.status),
        ),
        400..=499 => Outcome::Refused { why: format!("Discovr said no ({}){said}", answer.status) },
        status => repeat.unclear(Trouble::Either, after, format!("failed ({status}){said}")),
    }
}

/// Whether the answer to a look into a title's history says that there is none, and not that there is no such call: a
/// changed path, or a proxy's, must not pass for an empty history.
pub(crate) fn says_there_is_none(answer: &Answer) -> bool {
    let said = message(answer).to_lowercase();
    answer.status == 404
        && answer.object().is_some()
        && !["route", "endpoint", "cannot get"].iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn answer(status: u16, body: Option<Value>) -> Result<Answer, NoAnswer> {
        Ok(Answer { status, body, ..Answer::default() })
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
            assert_eq!(outcome(&answer, Repeat::Adds).word(), history, "history: {answer:?}");
            assert_eq!(outcome(&answer, Repeat::Harmless).word(), playback, "playback: {answer:?}");
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
            let answer = Answer { status, body, ..Answer::default() };
            assert_eq!(says_there_is_none(&answer), none, "{answer:?}");
        }
    }

    #[test]
    fn a_wait_that_is_asked_for_is_passed_on() {
        let wait = Some(Duration::from_secs(40));
        for status in [302, 403, 404, 429, 500, 503] {
            for repeat in [Repeat::Adds, Repeat::Harmless] {
                let asked = Answer { status, retry_after: wait, ..Answer::default() };
                let (Outcome::TryLater { after, .. } | Outcome::Unsure { after, .. }) =
                    outcome(&Ok(asked), repeat)
                else {
                    panic!("{status}: neither later nor unsure")
                };
                assert_eq!(after, wait, "{status}");
            }
        }
    }
}

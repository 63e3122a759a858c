//! What an answer means (Trakt reference, sections 1.2, 3.4 and 7). Pure.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::api::{LIMIT, UPGRADE};
use crate::service::api::{Answer, NoAnswer};
use crate::service::repeat::Repeat;
use crate::service::words::{message, shown};
use crate::service::{Outcome, Receipt, Trouble};

/// How long an overloaded service is left alone when it does not say.
const OVERLOADED: Duration = Duration::from_secs(30);

/// The longest address that is shown, in bytes.
const MAX_ADDRESS: usize = 150;

/// What the answer to a call means for its delivery. A 401 was dealt with before.
pub(super) fn outcome(answer: &Result<Answer, NoAnswer>, repeat: Repeat) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::NotSent(why)) => return Outcome::later(Trouble::Service, None, why),
        Err(NoAnswer::Lost(why)) => return repeat.unclear(Trouble::Service, None, why.clone()),
    };
    let (said, after, status) = (message(answer), answer.retry_after, answer.status);
    match status {
        200..=299 if answer.body.is_some() => {
            Outcome::Delivered(Receipt { proof: format!("answered {status}") })
        }
        // A captive portal, perhaps; or a body that was cut.
        200..=299 => {
            repeat.unclear(Trouble::Either, after, format!("answered {status} without Trakt's JSON"))
        }
        300..=399 => Outcome::later(
            Trouble::Service,
            after,
            format!("answered with a redirect ({status}): is trakt.api_url right?"),
        ),
        401 => Outcome::later(Trouble::Either, after, format!("refused the sign-in{said} (401)")),
        403 => account(format!(
            "Trakt does not accept the application (403){said}: check trakt.client_id. An application needs an active \
             Trakt VIP membership of the one who made it"
        )),
        420 => account(format!("the account is over a limit (420){}{}", limit(answer), upgrade(answer))),
        423 => account("the account is locked or deactivated (423): write to Trakt's support".into()),
        426 => account(format!("Trakt wants a VIP membership for this (426){}", upgrade(answer))),
        408 => repeat.unclear(Trouble::Either, after, "gave up waiting (408)".into()),
        429 => Outcome::later(Trouble::Service, after, "asks for fewer calls (429)"),
        // Not Trakt's words: a proxy's page.
        400..=499 if answer.body.is_none() && !answer.is_empty => {
            Outcome::later(Trouble::Delivery, after, format!("answered {status} without Trakt's JSON"))
        }
        404 => Outcome::Refused { why: format!("Trakt does not know this title (404){said}") },
        400..=499 => Outcome::Refused { why: format!("Trakt said no ({status}){said}") },
        502..=504 => {
            repeat.unclear(Trouble::Either, after.or(Some(OVERLOADED)), format!("is overloaded ({status})"))
        }
        status => repeat.unclear(Trouble::Either, after, format!("failed ({status}){said}")),
    }
}

/// When the play was made that stands in the way of another one (section 3.4).
pub(super) fn watched_at(answer: &Answer) -> Option<Timestamp> {
    answer.object()?.get("watched_at")?.as_str()?.parse().ok()
}

/// Whether Trakt says that it does not know what a call was about. A proxy's page is not its word.
pub(super) fn is_unknown(answer: &Result<Answer, NoAnswer>) -> bool {
    answer.as_ref().is_ok_and(|answer| answer.status == 404 && (answer.body.is_some() || answer.is_empty))
}

/// The user must do something about the account; everything waits until then.
fn account(why: String) -> Outcome {
    Outcome::SignInNeeded { why }
}

fn limit(answer: &Answer) -> String {
    match answer.header(LIMIT).and_then(|limit| limit.parse::<u64>().ok()) {
        Some(limit) => format!(": {limit} are allowed"),
        None => String::new(),
    }
}

fn upgrade(answer: &Answer) -> String {
    match answer.header(UPGRADE).and_then(|address| Url::parse(address).ok()) {
        Some(address) if address.scheme() == "https" && address.as_str().len() <= MAX_ADDRESS => {
            format!(": see {}", shown(address.as_str()))
        }
        _ => String::new(),
    }
}

/// What of an addition to the history was not found, if that can be read.
pub(super) fn not_found(answer: &Answer) -> bool {
    let lists = answer.body.as_ref().and_then(|body| body.get("not_found")).and_then(Value::as_object);
    lists.is_some_and(|lists| lists.values().any(|list| list.as_array().is_some_and(|list| !list.is_empty())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_answer_means_this_for_a_play_and_that_for_a_position() {
        let json = || Some(json!({"action": "scrobble"}));
        for (status, body, empty, play, position) in [
            (200, json(), false, "delivered", "delivered"),
            (201, json(), false, "delivered", "delivered"),
            (201, None, true, "unsure", "either later"),
            (200, None, false, "unsure", "either later"),
            (302, None, true, "service later", "service later"),
            (400, json(), false, "refused", "refused"),
            (403, None, true, "user", "user"),
            (404, None, true, "refused", "refused"),
            (404, None, false, "later", "later"),
            (409, json(), false, "refused", "refused"),
            (409, None, true, "refused", "refused"),
            (420, None, true, "user", "user"),
            (422, json(), false, "refused", "refused"),
            (423, None, true, "user", "user"),
            (426, None, true, "user", "user"),
            (429, None, true, "service later", "service later"),
            (500, None, true, "unsure", "either later"),
            (503, None, false, "unsure", "either later"),
            (520, None, false, "unsure", "either later"),
        ] {
            let answer = Ok(Answer { status, body, is_empty: empty, ..Answer::default() });
            assert_eq!(outcome(&answer, Repeat::Adds).word(), play, "a play: {answer:?}");
            assert_eq!(outcome(&answer, Repeat::Harmless).word(), position, "a position: {answer:?}");
        }
        for (lost, play, position) in [
            (NoAnswer::NotSent("refused".into()), "service later", "service later"),
            (NoAnswer::Lost("reset".into()), "unsure", "service later"),
        ] {
            assert_eq!(outcome(&Err(lost.clone()), Repeat::Adds).word(), play);
            assert_eq!(outcome(&Err(lost), Repeat::Harmless).word(), position);
        }
    }

    #[test]
    fn the_time_of_the_play_that_is_there_is_read_if_it_is_one() {
        for (body, read) in [
            (json!({"watched_at": "2026-03-01T21:14:05.000Z"}), true),
            (json!({"watched_at": "yesterday, play 7"}), false),
            (json!({"watched_at": 7}), false),
            (json!([]), false),
        ] {
            let answer = Answer { status: 409, body: Some(body), ..Answer::default() };
            assert_eq!(watched_at(&answer).is_some(), read, "{answer:?}");
        }
    }

    #[test]
    fn the_way_out_of_a_limit_is_shown_only_when_it_is_a_web_address() {
        for (address, shown) in [
            ("https://trakt.tv/vip", ": see https://trakt.tv/vip"),
            ("javascript:alert(1)", ""),
            ("nonsense", ""),
        ] {
            let headers = vec![(UPGRADE, address.to_owned())];
            let answer = Ok(Answer { status: 426, headers, ..Answer::default() });
            let why = format!("Trakt wants a VIP membership for this (426){shown}");
            assert_eq!(outcome(&answer, Repeat::Adds), Outcome::SignInNeeded { why });
        }
    }

    #[test]
    fn what_was_not_found_is_seen_in_any_of_the_lists() {
        for (body, seen) in [
            (json!({"added": {"movies": 1}, "not_found": {"movies": [], "shows": []}}), false),
            (json!({"not_found": {"movies": [{"ids": {"tmdb": 1}}]}}), true),
            (json!({"not_found": {"episodes": [{}], "movies": []}}), true),
            (json!({"added": {"movies": 1}}), false),
        ] {
            let answer = Answer { status: 201, body: Some(body), ..Answer::default() };
            assert_eq!(not_found(&answer), seen, "{answer:?}");
        }
    }
}

//! What holds for whatever Discovr answers.

use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::classify::{outcome, says_there_is_none};
use super::entries::{Entry, Finding, find_wrong};
use super::media_id::MediaId;
use super::picture;
use super::session::minted;
use super::signin::{SignIn, device_code, profile};
use crate::clock::Clock;
use crate::identify::{MovieId, SeriesId, Work};
use crate::journal::Sibling;
use crate::service::Outcome;
use crate::service::Polled;
use crate::service::api::{Answer, RawAnswer};
use crate::service::promises::{self, at, is_a_name, now, text};
use crate::service::words::code;

/// Reads `bytes` as an HTTP answer.
pub(crate) fn answer(bytes: &[u8]) {
    let raw = || promises::raw(bytes, &[]);
    of_a_session(&raw());
    of_a_sign_in(&raw());
    let answer = promises::read(raw());
    of_history(&answer);
    of_a_delivery(&answer);
}

/// The picture of a sign-in as it is sent. What is in its pixels is read with a limit, and not here.
pub(crate) fn picture(bytes: &[u8]) {
    let link = picture::link(text(bytes));
    assert!(
        link.is_none_or(|link| matches!(link.scheme(), "http" | "https") && link.has_host()),
        "no address"
    );
}

fn of_a_delivery(answer: &Answer) {
    assert!(code(answer).is_none() || answer.body.is_some(), "a code from nowhere");
    let wait = answer.retry_after;
    promises::of_a_delivery(
        answer,
        answer.object().is_some(),
        wait,
        outcome,
        |answer, outcome| match outcome {
            Outcome::Refused { .. } => {
                assert!(answer.status != 403, "403 is for now");
                assert!(answer.body.is_some(), "not Discovr's words");
            }
            Outcome::SignInNeeded { .. } => panic!("{outcome:?} does not follow from one answer"),
            Outcome::Delivered(_)
            | Outcome::NotThere
            | Outcome::TryLater { .. }
            | Outcome::ProfileUnknown { .. }
            | Outcome::Unsure { .. } => {}
        },
    );
}

/// Which entries an answer has, and that an entry is taken away only when nothing else goes with it.
fn of_history(answer: &Answer) {
    if says_there_is_none(answer) {
        assert!(answer.status == 404 && answer.body.is_some(), "{} is no empty history", answer.status);
    }
    let items = answer.body.as_ref().and_then(|body| body.get("items")).and_then(Value::as_array);
    let Some(items) = items else { return };
    let works =
        [Work::Movie { tmdb: MovieId(603) }, Work::Episode { tmdb: SeriesId(1396), season: 1, episode: 2 }];
    let sibling = |seconds, wrong| Sibling { at: at(seconds), wrong, receipt: None };
    for id in works.into_iter().filter_map(|work| MediaId::of(work).ok()) {
        let of_work: Vec<(&Value, Entry)> =
            items.iter().filter_map(|item| Some((item, Entry::of(item, id)?))).collect();
        let entries: Vec<Entry> = of_work.iter().map(|(_, entry)| entry.clone()).collect();
        for (_, entry) in &of_work {
            assert!(!(entry.is_at(at(0)) && entry.is_before(at(0))), "at two times");
            assert!(entry.is_at(at(0)) || !entry.is_completed_at(at(0)), "completed at another time");
        }
        for siblings in [vec![], vec![sibling(60, true)], vec![sibling(60, true), sibling(120, false)]] {
            match find_wrong(&entries, at(0), &siblings) {
                Finding::Gone => {
                    assert!(!entries.iter().any(|entry| entry.is_completed_at(at(0))), "it is there");
                }
                Finding::AmongOthers => assert!(!entries.is_empty(), "there are no others"),
                Finding::Alone => {
                    assert!(siblings.iter().all(|sibling| sibling.wrong), "a right one would go");
                    assert!(entries.len() <= 1 + siblings.len(), "more would go than are wrong");
                    for (item, entry) in &of_work {
                        let is_wrong = siblings.iter().any(|sibling| entry.is_at(sibling.at));
                        assert!(entry.is_at(at(0)) || is_wrong, "somebody else's would go");
                        let count = item.get("watched_count").and_then(Value::as_f64);
                        assert!(count.is_none_or(|count| count <= 1.0), "others that are folded in would go");
                    }
                }
            }
        }
    }
}

/// A session that is used can be carried by a header, and is renewed in time.
fn of_a_session(answer: &RawAnswer) {
    let Some(session) = minted(answer, now().as_second()) else { return };
    let bearer = format!("Bearer {}", session.token.expose_secret());
    assert!(HeaderValue::from_str(&bearer).is_ok() && bearer.len() > 7, "no header can carry it");
    assert!(!session.is_good(i64::MAX), "a session without end");
}

fn of_a_sign_in(answer: &RawAnswer) {
    if let Some((code, _)) = device_code(answer) {
        is_a_name(&code.user_code);
        assert!(code.life <= Duration::from_secs(3600), "a code for {:?}", code.life);
    }
    let sign_in = SignIn::new(nobody(), Clock::system());
    match sign_in.read_poll(answer) {
        Polled::Approved(grant) => {
            let token = grant.refresh_token.expose_secret();
            assert!(HeaderValue::from_str(token).is_ok() && !token.contains(' '), "no token");
            grant.public_id.iter().for_each(|id| is_a_name(id));
        }
        Polled::Unclear { why } => assert!(!why.contains(char::is_control), "{why:?} is no line"),
        Polled::Slower(_) => panic!("it did not say so"),
        Polled::Pending | Polled::Over { .. } => {}
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let listed = body.get("profiles").and_then(Value::as_array).into_iter().flatten();
    for profile in listed.filter_map(profile) {
        is_a_name(&profile.id);
        is_a_name(&profile.name);
        assert!(!profile.id.is_empty(), "no id");
    }
}

/// An address that is never called.
fn nobody() -> Url {
    Url::parse("https://discovr.invalid").expect("it is an address")
}

//! Every way to fail at every call that the daemon makes while something is watched.

use std::time::Duration;

use discovr_scrobbler_support::discovr::{Fault, PROFILE};
use discovr_scrobbler_support::http::{Reply, Server};

use crate::scene::*;
use crate::stage::{Scenario, Stage, all_hold};
use crate::troubles::{self, Trouble};

const MAKE: &str = "POST /profile/history";
const LOOK: &str = "GET /profile/history";
const POSITION: &str = "PATCH /profile/playback";
const SESSION: &str = "POST /auth/session-token";

#[test]
fn an_entry_that_is_being_made_is_made_once() {
    table("the making of an entry", MAKE, |_| true, |_| {});
}

#[test]
fn an_entry_that_is_being_looked_for_is_made_once() {
    // Whether it was there or not: the first answer is lost.
    table(
        "the look whether an entry was made",
        LOOK,
        |trouble| !trouble.done,
        |stage| {
            stage.discovr.fail(MAKE, Fault::HangupAfter, 1);
        },
    );
}

#[test]
fn a_missing_entry_that_is_being_looked_for_is_made_once() {
    table(
        "the look whether an entry is missing",
        LOOK,
        |trouble| trouble.done,
        |stage| {
            stage.discovr.fail(MAKE, Fault::Hangup, 1);
        },
    );
}

#[test]
fn a_position_that_cannot_be_told_keeps_no_entry_from_being_made() {
    table("the telling of a position", POSITION, |_| true, |_| {});
}

#[test]
fn a_session_that_cannot_be_had_makes_no_difference() {
    table("the beginning of a session", SESSION, not_signed_out, |stage| {
        // So short that each call needs a new one.
        stage.discovr.sessions_live(Duration::from_secs(100));
    });
}

#[test]
fn a_service_that_fails_with_every_call_gets_one_entry() {
    table("every call", "", not_signed_out, |_| {});
}

/// A 401 where a session begins is the service's word that the sign-in is over: then it is the user's turn, as the tests in
/// `service.rs` show.
fn not_signed_out(trouble: &Trouble) -> bool {
    trouble.fault != Fault::Status(401)
}

/// Scenarios for `call` and each trouble that is `chosen`.
fn table(words: &'static str, call: &'static str, chosen: fn(&Trouble) -> bool, before: fn(&Stage)) {
    let scenarios = troubles::all("").into_iter().enumerate().filter(|(_, trouble)| chosen(trouble));
    let scenarios = scenarios.map(|(row, trouble)| {
        Scenario::new(format!("{words} {}", trouble.words), move || fails(call, row, before))
    });
    all_hold(words, scenarios.collect());
}

async fn fails(call: &'static str, row: usize, before: fn(&Stage)) {
    let elsewhere = Server::start(|_| Box::pin(async { Reply::Hangup })).await;
    let trouble = troubles::all(&elsewhere.url()).swap_remove(row);
    let mut stage = Stage::set().await;
    before(&stage);
    stage.discovr.fail(call, trouble.fault, trouble.times);
    let watched = stage.watch().await;
    stage
        .discovr
        .wait_for("the position", LIMIT, |discovr| discovr.playback(PROFILE).contains_key("TV_1396"))
        .await;
    stage.ends_with(&[watched]).await;
    assert!(stage.discovr.has_failed(), "no call has failed: this shows nothing");
    assert_eq!(elsewhere.connections(), 0, "a token went to another host");
}

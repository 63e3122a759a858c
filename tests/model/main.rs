//! The delivery of history, model-checked: the real plan (`service::plan`) and the real statements of the journal, beside
//! a model of the services, through everything that can happen, breadth first.
//!
//! A state is the content of the journal (times relative to now, in steps of 5 s), what each worker is doing, what each
//! service has, and what a perfect observer knows of it. What may happen next: every answer; answers that are lost, of
//! calls that were done, were not, are done late or are shown late; questions that fail; calls that take 30 s; the death
//! of a worker before, in and after a call; a new start; what the user may want; and time. How long the program waits is
//! left out, as the user may cut any wait short: pauses with jitter are one step of time, others at most four.
//!
//! In every state: at most one entry per viewing and service; what is done is there; nothing is sent that is not marked
//! on disk; nothing is sent again without two answers that it is not there, the second at least 20 s after the attempt
//! ended; what happens to one service leaves the other's rows alone. And from every state on, once a service answers, all that
//! waits for it comes to its end, whether or not the other one ever does anything again.
//!
//! What is assumed of a service, each with a test that shows what happens without it:
//!
//! - A write is done and shown at most 20 s after its call ended, or never.
//! - One write makes one entry.
//! - What it says is done is done. What it puts off (a refused session, 429, an answer that is not its own) is not done.
//! - It shows the instant of an entry at most 2 s off.
//! - What it has shown it goes on to show.
//!
//! And of the machine: the wall clock is not put forward between an attempt and the questions about it, and one daemon
//! at a time works off the journal. SQLite keeps all of a transaction or nothing of it.
//!
//! With one viewing and one service there is nothing new at some depth. The larger scopes end at a depth of their own, or at
//! `DISCOVR_SCROBBLER_MODEL_DEPTH`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, in a helper too")]

mod explore;
mod moves;
mod real;
mod rows;
mod state;

use discovr_scrobbler_support::report;
use explore::explore;
use state::{Broken, Scope};

/// One service, one viewing, everything that can happen.
const ALONE: Scope = Scope {
    services: 1,
    viewings: 1,
    positions: false,
    live: false,
    depth: None,
    all_errors: true,
    profile_denied: false,
    user: true,
    late: 4,
    drifts: &[0],
    broken: None,
};

/// The variable that names another depth for the scopes that are too large to be explored to their end each time.
const DEPTH: &str = "DISCOVR_SCROBBLER_MODEL_DEPTH";

fn holds(name: &str, scope: Scope) {
    let asked = std::env::var(DEPTH).ok().map(|depth| depth.parse().expect("a depth is a number"));
    let scope = Scope { depth: scope.depth.map(|depth| asked.unwrap_or(depth)), ..scope };
    match explore(scope) {
        Ok(explored) => report::held("model", name, &explored.figures()),
        Err(counterexample) => panic!("{name}: {counterexample}"),
    }
}

/// The checker finds what follows when an assumption does not hold.
fn breaks(scope: Scope, rule: &str) {
    match explore(scope) {
        Ok(explored) => panic!("nothing is found without the assumption: {explored:?}"),
        Err(found) => {
            assert!(found.rule.contains(rule), "{found}");
        }
    }
}

#[test]
fn one_viewing_arrives_exactly_once_whatever_happens() {
    holds("one viewing, one service", ALONE);
}

#[test]
fn two_viewings_of_one_movie_are_never_taken_for_each_other() {
    let two = Scope {
        viewings: 2,
        all_errors: false,
        user: false,
        drifts: &[-2_000, 2_000],
        depth: Some(13),
        ..ALONE
    };
    holds("two viewings, one service", two);
}

#[test]
fn one_service_is_never_in_the_way_of_another() {
    let two = Scope { services: 2, all_errors: false, user: false, ..ALONE };
    holds("one viewing, two services, nothing late", Scope { late: 0, depth: Some(12), ..two });
    holds("one viewing, two services", Scope { depth: Some(8), ..two });
}

#[test]
fn a_profile_that_is_denied_for_a_while_makes_nobody_forget_to_ask() {
    let denied = Scope { viewings: 2, all_errors: false, profile_denied: true, depth: Some(10), ..ALONE };
    holds("two viewings, a profile denied", denied);
}

#[test]
fn a_position_beside_the_history_changes_nothing() {
    let both = Scope { positions: true, all_errors: false, depth: Some(10), ..ALONE };
    holds("a position and a history entry", both);
}

#[test]
fn an_entry_that_waits_for_its_end_arrives_exactly_once_whenever_that_comes() {
    let live = Scope { live: true, all_errors: false, ..ALONE };
    holds("one viewing that is told live", Scope { depth: Some(8), ..live });
    let unaided = Scope { user: false, late: 0, depth: Some(13), ..live };
    holds("one viewing that is told live, nothing late", unaided);
}

#[test]
fn without_a_limit_for_late_writes_there_are_two() {
    breaks(Scope { late: 5, ..ALONE }, "twice");
}

#[test]
fn without_one_entry_per_write_there_are_two() {
    breaks(Scope { broken: Some(Broken::WritesTwice), ..ALONE }, "twice");
}

#[test]
fn without_a_true_yes_it_is_lost() {
    breaks(Scope { broken: Some(Broken::SaysDone), ..ALONE }, "not there");
}

#[test]
fn without_a_true_no_there_are_two() {
    breaks(Scope { broken: Some(Broken::SaysNo), ..ALONE }, "twice");
}

#[test]
fn without_the_instant_there_are_two() {
    breaks(Scope { drifts: &[2_001], ..ALONE }, "twice");
}

#[test]
fn without_a_lasting_history_there_are_two() {
    breaks(Scope { broken: Some(Broken::Forgets), ..ALONE }, "twice");
}

#[test]
fn with_a_clock_that_is_put_forward_there_are_two() {
    breaks(Scope { broken: Some(Broken::ClockForward), ..ALONE }, "twice");
}

#[test]
fn with_a_second_daemon_there_are_two() {
    let two = Scope { all_errors: false, user: false, broken: Some(Broken::SecondDaemon), ..ALONE };
    breaks(two, "twice");
}

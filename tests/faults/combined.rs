//! Troubles that come together, and viewings that come together.

use std::time::Duration;

use discovr_scrobbler_support::discovr::Fault;

use crate::stage::{Scenario, Stage, all_hold};

const MAKE: &str = "POST /profile/history";
const LOOK: &str = "GET /profile/history";

#[test]
fn troubles_that_come_together_cost_nothing() {
    all_hold(
        "troubles together",
        vec![
            Scenario::new("an answer is lost, and then the service is down", || async {
                let mut stage = Stage::set().await;
                stage.discovr.fail(MAKE, Fault::HangupAfter, 1);
                let watched = stage.watch().await;
                stage.called(MAKE, 0).await;
                stage.discovr.go_down();
                tokio::time::sleep(Duration::from_secs(15)).await;
                stage.discovr.come_up().await;
                stage.ends_with(&[watched]).await;
            }),
            Scenario::new(
                "an entry is made and answered with 500, and then folded with an older one",
                || async {
                    let mut stage = Stage::set().await;
                    let first = stage.watch().await;
                    stage.called(MAKE, 0).await;
                    stage.discovr.folds();
                    stage.discovr.fail(MAKE, Fault::StatusAfter(500), 1);
                    let second = stage.watch_again().await;
                    stage.called(MAKE, 1).await;
                    stage.ends_with(&[first, second]).await;
                },
            ),
            Scenario::new("the daemon is killed with a call under way whose entry is shown late", || async {
                let mut stage = Stage::set().await;
                stage.discovr.show_after(Duration::from_secs(12));
                stage.discovr.fail(MAKE, Fault::StallAfter(Duration::from_secs(60)), 1);
                let watched = stage.watch().await;
                stage.called(MAKE, 0).await;
                stage.kill();
                stage.start_again();
                stage.ends_with(&[watched]).await;
                assert_eq!(stage.discovr.calls_to(MAKE).len(), 1);
            }),
            Scenario::new("the daemon is killed with a call under way that is done only later", || async {
                let mut stage = Stage::set().await;
                stage.discovr.fail(MAKE, Fault::StallThenLate(Duration::from_secs(12)), 1);
                let watched = stage.watch().await;
                stage.called(MAKE, 0).await;
                stage.kill();
                stage.start_again();
                stage.ends_with(&[watched]).await;
            }),
            Scenario::new("the daemon is killed while it asks whether the entry was made", || async {
                let mut stage = Stage::set().await;
                stage.discovr.fail(MAKE, Fault::HangupAfter, 1);
                stage.discovr.fail(LOOK, Fault::Stall(Duration::from_secs(60)), 1);
                let watched = stage.watch().await;
                stage.called(LOOK, 0).await;
                stage.kill();
                stage.start_again();
                stage.ends_with(&[watched]).await;
            }),
            Scenario::new(
                "nothing that comes in is read for longer than is waited for, and all of it then",
                || async {
                    let mut stage = Stage::set().await;
                    stage.discovr.is_deaf(true);
                    let watched = stage.watch().await;
                    tokio::time::sleep(Duration::from_secs(45)).await;
                    stage.discovr.is_deaf(false);
                    stage.ends_with(&[watched]).await;
                },
            ),
            Scenario::new("the service is down while the daemon is killed and started", || async {
                let mut stage = Stage::set().await;
                stage.discovr.go_down();
                let watched = stage.watch().await;
                stage.kill();
                stage.start_again();
                stage.discovr.come_up().await;
                stage.ends_with(&[watched]).await;
            }),
        ],
    );
}

#[test]
fn what_is_watched_again_is_told_again_and_no_more_than_that() {
    let rows: [(&str, Fault, bool, bool); 6] = [
        ("all answers are lost", Fault::HangupAfter, false, false),
        ("nothing is made at first", Fault::Hangup, false, false),
        (
            "the entries are made twelve seconds late",
            Fault::HangupThenLate(Duration::from_secs(12)),
            false,
            false,
        ),
        ("both wait for a service that is down and then loses its answers", Fault::HangupAfter, true, false),
        (
            "both wait for a service that is down, then loses its answers and folds",
            Fault::HangupAfter,
            true,
            true,
        ),
        ("both wait for a service that is down, then hangs up and folds", Fault::Hangup, true, true),
    ];
    let scenarios = rows.map(|(words, fault, down, folds)| {
        Scenario::new(format!("watched twice: {words}"), move || async move {
            let mut stage = Stage::set().await;
            if folds {
                stage.discovr.folds();
            }
            stage.discovr.fail(MAKE, fault, 2);
            if down {
                stage.discovr.go_down();
            }
            let first = stage.watch().await;
            let second = stage.watch_again().await;
            if down {
                stage.discovr.come_up().await;
            }
            stage.called(MAKE, 0).await;
            stage.ends_with(&[first, second]).await;
        })
    });
    all_hold("watched again", scenarios.into());
}

#[test]
fn two_episodes_in_one_file_are_two_entries_under_all_troubles() {
    let rows: [(&str, Fault); 6] = [
        ("all answers are lost", Fault::HangupAfter),
        ("nothing is made at first", Fault::Hangup),
        ("everything is made and answered with 500", Fault::StatusAfter(500)),
        ("the service wants fewer calls", Fault::TooMany(Some("3".into()))),
        ("nothing is answered", Fault::StallAfter(Duration::from_secs(40))),
        ("the entries are made twelve seconds late", Fault::HangupThenLate(Duration::from_secs(12))),
    ];
    let scenarios = rows.map(|(words, fault)| {
        Scenario::new(format!("two episodes: {words}"), move || async move {
            let mut stage = Stage::set().await;
            stage.discovr.fail(MAKE, fault, 2);
            let watched = stage.watch_two_episodes().await;
            stage.ends_with(&watched).await;
        })
    });
    all_hold("two episodes in one file", scenarios.into());
}

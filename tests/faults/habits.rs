//! Services that answer, but keep and show things in their own way: what was made is recognised all the same.

use std::time::Duration;

use discovr_scrobbler_support::discovr::{Entry, Fault, PROFILE, Precision};
use discovr_scrobbler_support::wait::patiently_every;
use jiff::SignedDuration;

use crate::scene::*;
use crate::stage::{Scenario, Stage, all_hold};

const MAKE: &str = "POST /profile/history";

#[test]
fn what_was_made_is_recognised_however_it_is_kept_and_shown() {
    all_hold(
        "habits of a service",
        vec![
            Scenario::new("times are clipped to the second, and the answer is lost", || {
                lost_with(|stage| stage.discovr.keeps_times(Precision::Clipped))
            }),
            Scenario::new("times are rounded to the second, and the answer is lost", || {
                lost_with(|stage| stage.discovr.keeps_times(Precision::Rounded))
            }),
            Scenario::new("an entry is shown only twelve seconds later, and the answer is lost", || {
                lost_with(|stage| stage.discovr.show_after(Duration::from_secs(12)))
            }),
            Scenario::new("a page shows one entry, and the answer is lost", || {
                lost_with(|stage| stage.discovr.shows_at_most(1))
            }),
            Scenario::new("each session is over with its first call, and the answer is lost", || {
                lost_with(|stage| stage.discovr.sessions_live(Duration::from_secs(100)))
            }),
            Scenario::new("all sessions end in the middle", || async {
                let mut stage = Stage::set().await;
                let (watched, ()) = tokio::join!(stage.watch(), async {
                    stage.called("PATCH", 0).await;
                    stage.discovr.ends_sessions();
                });
                stage.ends_with(&[watched]).await;
            }),
            Scenario::new("an earlier viewing is folded with this one, and the answer is lost", || {
                among(-100_000, true)
            }),
            Scenario::new("an earlier viewing is shown besides this one, and the answer is lost", || {
                among(-100_000, false)
            }),
            Scenario::new("a later viewing hides this one on the next page, and the answer is lost", || {
                among(200, false)
            }),
            Scenario::new(
                "a later viewing is folded with this one, and the answer is lost: the user decides",
                undecidable,
            ),
            Scenario::new("a later viewing is folded, and this one is not made", || not_made_among(200)),
        ],
    );
}

/// The answer to the call that makes the entry is lost.
async fn lost_with(habit: fn(&Stage)) {
    let mut stage = Stage::set().await;
    habit(&stage);
    stage.discovr.fail(MAKE, Fault::HangupAfter, 1);
    let watched = stage.watch().await;
    stage.ends_with(&[watched]).await;
    assert_eq!(stage.discovr.calls_to(MAKE).len(), 1);
}

/// The same with an entry that another program makes for the same episode, watched so many seconds after it.
async fn among(seconds: i64, folds: bool) {
    with_another(seconds, folds, Fault::HangupAfter).await;
}

/// The call that would make the entry fails, in a folded history with such an entry of another program.
async fn not_made_among(seconds: i64) {
    with_another(seconds, true, Fault::Hangup).await;
}

/// Two viewings are shown as one, with the time of the other: no program can tell what is among them.
async fn undecidable() {
    let (mut stage, both) = watched_with_another(200, true, Fault::HangupAfter).await;
    let row = patiently_every(Duration::from_secs(1), "the refusal", LIMIT, || {
        waiting_history(&stage.home).into_iter().find(|row| row["status"] == "refused")
    })
    .await;
    assert!(row["last_error"].as_str().is_some_and(|why| why.contains("queue drop")), "{row}");
    assert_eq!(stage.home.run(&["queue", "drop", &row["id"].to_string()]).code, Some(0));
    stage.ends_with(&both).await;
}

async fn with_another(seconds: i64, folds: bool, fault: Fault) {
    let (mut stage, both) = watched_with_another(seconds, folds, fault).await;
    stage.ends_with(&both).await;
}

async fn watched_with_another(seconds: i64, folds: bool, fault: Fault) -> (Stage, [Watched; 2]) {
    let mut stage = Stage::set().await;
    if folds {
        stage.discovr.folds();
    }
    stage.discovr.shows_at_most(1);
    stage.discovr.go_down();
    let watched = stage.watch().await;
    let other = Watched::the_episode(
        watched
            .completed_at
            .seen
            .checked_add(SignedDuration::from_secs(seconds))
            .expect("it is not the end of time"),
    );
    stage.discovr.has_already(
        PROFILE,
        Entry {
            media_id: other.media_id.clone(),
            season: Some(1),
            episode: Some(2),
            progress: 100.0,
            updated_at: other.completed_at.seen,
            created_at: now(),
        },
    );
    stage.discovr.fail(MAKE, fault, 1);
    stage.discovr.come_up().await;
    stage.called(MAKE, 0).await;
    (stage, [watched, other])
}

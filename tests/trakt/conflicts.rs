//! What is there already: when Trakt's 409 is the receipt, and when it speaks of another viewing.

use discovr_scrobbler::journal::{Delivery, LiveWord, Sibling};
use discovr_scrobbler::service::Outcome;
use discovr_scrobbler_support::trakt::Fault;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::desk::*;

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn a_play_of_the_same_sitting_is_the_receipt_and_nothing_is_told_again() {
    let mut desk = Desk::new().await;
    // Completed nine minutes ago; another program told its stop five minutes ago.
    let play = desk.stand_in.was_told_live(603, None, ago(5));
    let proof = proof(desk.deliver(&stopped(MOVIE, 97.0)).await);
    assert!(proof.starts_with("there already (409), watched at "), "{proof}");
    assert!(proof.ends_with(&format!(", play {play}")), "{proof}");
    assert_eq!(desk.stand_in.plays().len(), 1);
}

#[tokio::test]
async fn one_that_counts_a_work_as_watched_a_little_earlier_told_the_same_sitting() {
    let mut desk = Desk::new().await;
    desk.stand_in.was_told_live(603, None, ago(12));
    assert!(is_there(&desk.deliver(&stopped(MOVIE, 97.0)).await));
    assert_eq!(desk.stand_in.plays().len(), 1);
}

#[tokio::test]
async fn a_play_of_an_earlier_viewing_is_not_ours_and_this_one_is_added_with_its_own_time() {
    let mut desk = Desk::new().await;
    desk.stand_in.was_told_live(1396, Some((1, 2)), ago(40));
    let again = stopped(EPISODE, 97.0);
    let outcome = desk.deliver(&again).await;
    assert!(matches!(outcome, Outcome::TryLater { .. }), "{outcome:?}");
    assert!(is_there(&desk.deliver(&attempted(&again)).await));
    assert_eq!(desk.stand_in.plays().len(), 2);
    assert_eq!(desk.stand_in.plays()[1].watched_at, again.content.at());
    assert_eq!(desk.stand_in.calls_to("POST /scrobble").len(), 1);
}

#[tokio::test]
async fn a_play_that_another_viewing_of_this_user_has_is_not_ours_however_near_it_is() {
    let mut desk = Desk::new().await;
    let play = desk.stand_in.was_told_live(1396, Some((1, 2)), ago(10));
    let receipt = Some(format!("answered 201, play {play}"));
    let sibling = Sibling { at: ago(11), wrong: false, receipt };
    let again = Delivery { siblings: vec![sibling], ..stopped(EPISODE, 97.0) };
    let outcome = desk.deliver(&again).await;
    assert!(matches!(outcome, Outcome::TryLater { .. }), "{outcome:?}");
    assert!(is_there(&desk.deliver(&attempted(&again)).await));
    assert_eq!(desk.stand_in.plays().len(), 2);
}

#[tokio::test]
async fn the_time_that_trakt_tells_is_enough_where_the_history_cannot_be_read() {
    let mut desk = Desk::new().await;
    desk.stand_in.was_told_live(603, None, ago(5));
    desk.stand_in.fail("GET /sync/history", Fault::Status(500), 1);
    let proof = proof(desk.deliver(&stopped(MOVIE, 97.0)).await);
    assert!(proof.contains("watched at") && !proof.contains("play"), "{proof}");
}

#[tokio::test]
async fn a_conflict_that_does_not_say_when_is_cleared_up_by_the_history() {
    let there = Fault::Answer(409, "{}".into());
    let mut desk = Desk::new().await;
    desk.stand_in.fail("POST /scrobble/stop", there.clone(), 1);
    let viewing = stopped(MOVIE, 97.0);
    let first = desk.deliver(&viewing).await;
    assert!(matches!(first, Outcome::Unsure { .. }), "{first:?}");
    assert_eq!(desk.verify(&attempted(&viewing)).await, Outcome::NotThere);
    let play = desk.stand_in.was_told_live(603, None, ago(2));
    desk.stand_in.fail("POST /scrobble/stop", there, 1);
    assert!(proof(desk.deliver(&viewing).await).ends_with(&format!(", play {play}")));
}

#[tokio::test]
async fn a_conflict_is_no_play_while_something_plays() {
    let mut desk = Desk::new().await;
    let body = json!({"watched_at": now().to_string(), "expires_at": now().to_string()}).to_string();
    for (said, call) in [
        (LiveWord::Playing, "POST /scrobble/start"),
        (LiveWord::Paused, "POST /scrobble/pause"),
        (LiveWord::Stopped, "POST /scrobble/stop"),
    ] {
        desk.stand_in.fail(call, Fault::Answer(409, body.clone()), 1);
        let proof = proof(desk.deliver(&word(MOVIE, said, 20.0)).await);
        assert!(proof.starts_with("not told live"), "{proof}");
    }
}

#[tokio::test]
async fn an_addition_in_conflict_is_there_unless_the_play_is_of_an_earlier_viewing() {
    let mut desk = Desk::new().await;
    for (theirs, there) in [
        (at(), true),
        (at() + SignedDuration::from_mins(20), true),
        (at() - SignedDuration::from_hours(1), false),
    ] {
        let body = json!({"watched_at": format!("{theirs:.3}")}).to_string();
        desk.stand_in.fail("POST /sync/history", Fault::Answer(409, body), 1);
        let outcome = desk.deliver(&watched(MOVIE)).await;
        assert_eq!(is_there(&outcome), there, "{theirs}: {outcome:?}");
        assert!(there || matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    }
}

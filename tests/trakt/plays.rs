//! One play for one viewing: by a stop, or with its own time, and never both.

use discovr_scrobbler::journal::{Delivery, Live, Sibling};
use discovr_scrobbler::service::Outcome;
use discovr_scrobbler_support::trakt::Fault;
use jiff::SignedDuration;
use serde_json::json;
use tokio::task::JoinSet;

use crate::desk::*;

#[tokio::test]
async fn what_has_just_been_watched_becomes_a_play_by_a_stop_alone() {
    let mut desk = Desk::new().await;
    let proof = proof(desk.deliver(&stopped(EPISODE, 93.0)).await);
    assert!(proof.contains("play 7000000001"), "{proof}");
    assert_eq!(desk.stand_in.plays().len(), 1);
    assert_eq!(desk.stand_in.plays()[0].episode, Some((1, 2)));
    assert_eq!(desk.stand_in.calls().len(), 1);
    assert_eq!(desk.stand_in.calls()[0].body["progress"], json!(93.0));
}

#[tokio::test]
async fn a_play_is_meant_by_more_than_eighty_percent() {
    let mut desk = Desk::new().await;
    assert!(is_there(&desk.deliver(&stopped(MOVIE, 80.0)).await));
    assert_eq!(desk.stand_in.plays().len(), 1);
    assert!(desk.stand_in.calls()[0].body["progress"].as_f64().unwrap() > 80.0);
}

#[tokio::test]
async fn what_was_watched_long_ago_is_added_with_its_own_time() {
    let mut desk = Desk::new().await;
    let late = stopped(MOVIE, 95.0);
    // A stop is told for a minute, but Trakt would date it itself.
    let until = now().saturating_add(SignedDuration::from_secs(35)).unwrap();
    let late = Delivery { live: late.live.map(|live| Live { until, ..live }), ..late };
    for delivery in [watched(EPISODE), late] {
        assert!(is_there(&desk.deliver(&delivery).await));
    }
    assert_eq!(desk.instants()[0], at());
    assert_eq!(desk.stand_in.plays()[0].episode, Some((1, 2)));
    assert_eq!(desk.stand_in.calls_to("POST /scrobble"), []);
    assert_eq!(desk.stand_in.calls_to("POST /sync/history").len(), 2);
}

#[tokio::test]
async fn a_stop_that_was_certainly_not_heard_is_made_up_for_in_the_history() {
    let mut desk = Desk::new().await;
    desk.stand_in.go_down();
    let viewing = stopped(MOVIE, 95.0);
    assert!(matches!(desk.deliver(&viewing).await, Outcome::TryLater { .. }));
    desk.stand_in.come_up().await;
    let again = attempted(&viewing);
    assert!(is_there(&desk.deliver(&again).await));
    assert_eq!(desk.instants(), [again.content.at()]);
    assert_eq!(desk.stand_in.calls_to("POST /scrobble"), []);
}

#[tokio::test]
async fn a_stop_that_is_taken_for_a_pause_is_made_up_for_in_the_history() {
    let mut desk = Desk::new().await;
    desk.stand_in.fail(
        "POST /scrobble/stop",
        Fault::Answer(201, json!({"action": "pause", "id": 0}).to_string()),
        1,
    );
    let viewing = stopped(MOVIE, 95.0);
    assert!(matches!(desk.deliver(&viewing).await, Outcome::TryLater { .. }));
    assert!(is_there(&desk.deliver(&attempted(&viewing)).await));
    assert_eq!(desk.stand_in.plays().len(), 1);
}

#[tokio::test]
async fn every_unclear_answer_is_cleared_up_by_the_history_and_nothing_is_told_twice() {
    let faults = [
        (Fault::HangupAfter, true),
        (Fault::HalfAnswer, true),
        (Fault::Garbage, true),
        (Fault::StatusAfter(500), true),
        (Fault::StatusAfter(503), true),
        (Fault::StatusAfter(204), true),
        (Fault::ResetAfter, true),
        (Fault::Hangup, false),
        (Fault::Status(500), false),
        (Fault::Proxy(502), false),
        (Fault::Noise, false),
    ];
    let mut cases = JoinSet::new();
    for (fault, made) in faults {
        for (call, viewing) in
            [("POST /scrobble/stop", stopped(EPISODE, 92.0)), ("POST /sync/history", watched(EPISODE))]
        {
            cases.spawn(is_cleared_up(call, fault.clone(), viewing, made));
        }
    }
    while let Some(case) = cases.join_next().await {
        case.expect("it is cleared up");
    }
}

/// `made`: whether the call makes a play although it fails.
async fn is_cleared_up(call: &str, fault: Fault, viewing: Delivery, made: bool) {
    let mut desk = Desk::new().await;
    desk.stand_in.fail(call, fault.clone(), 1);
    let first = desk.deliver(&viewing).await;
    assert!(matches!(first, Outcome::Unsure { .. }), "{call}, {fault:?}: {first:?}");
    let asked = desk.verify(&attempted(&viewing)).await;
    assert_eq!(is_there(&asked), made, "{call}, {fault:?}: {asked:?}");
    if !made {
        assert_eq!(asked, Outcome::NotThere);
        assert!(is_there(&desk.deliver(&attempted(&viewing)).await));
    }
    assert_eq!(desk.stand_in.plays().len(), 1, "{call}, {fault:?}");
}

#[tokio::test]
async fn a_play_of_another_time_or_another_episode_is_not_taken_for_ours() {
    let mut desk = Desk::new().await;
    let hour = SignedDuration::from_hours(1);
    desk.stand_in.has_already(1396, Some((1, 2)), at() + hour);
    desk.stand_in.has_already(1396, Some((1, 2)), at() - hour);
    desk.stand_in.has_already(1396, Some((1, 3)), at());
    desk.stand_in.has_already(1396, None, at());
    let unsure = attempted(&watched(EPISODE));
    assert_eq!(desk.verify(&unsure).await, Outcome::NotThere);
    desk.stand_in.has_already(1396, Some((1, 2)), at() + SignedDuration::from_secs(1));
    assert!(is_there(&desk.verify(&unsure).await));
}

#[tokio::test]
async fn a_question_without_a_clear_answer_leaves_it_open() {
    let mut desk = Desk::new().await;
    let unsure = attempted(&watched(MOVIE));
    for call in ["GET /search", "GET /sync/history"] {
        for fault in [
            Fault::Status(500),
            Fault::Status(404),
            Fault::Hangup,
            Fault::Garbage,
            Fault::TooMany(Some("7".into())),
            Fault::Answer(200, "{}".into()),
        ] {
            // What was found is remembered.
            desk = desk.restarted();
            desk.stand_in.fail(call, fault.clone(), 1);
            let asked = desk.verify(&unsure).await;
            assert!(matches!(asked, Outcome::TryLater { .. }), "{call}, {fault:?}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn a_long_history_is_read_to_its_end() {
    let mut desk = Desk::new().await;
    for second in 0..250 {
        desk.stand_in.has_already(1396, Some((1, 3)), at() + SignedDuration::from_millis(second));
    }
    desk.stand_in.has_already(1396, Some((1, 2)), at());
    assert!(is_there(&desk.verify(&attempted(&watched(EPISODE))).await));
    assert_eq!(desk.stand_in.calls_to("GET /sync/history").len(), 3);
}

#[tokio::test]
async fn what_is_not_found_is_a_refusal_that_can_be_mended() {
    let mut desk = Desk::new().await;
    let special = discovr_scrobbler::identify::Work::Episode {
        tmdb: discovr_scrobbler::identify::SeriesId(1396),
        season: 40,
        episode: 2,
    };
    let outcome = desk.deliver(&watched(special)).await;
    assert_eq!(outcome, Outcome::Refused { why: "Trakt does not know this title".into() });
}

#[tokio::test]
async fn an_addition_that_added_nothing_is_not_taken_for_one() {
    let mut desk = Desk::new().await;
    let nothing = r#"{"added":{"movies":0,"episodes":0},"not_found":{"movies":[],"shows":[]}}"#;
    desk.stand_in.fail("POST /sync/history", Fault::Answer(201, nothing.into()), 2);
    let first = desk.deliver(&watched(EPISODE)).await;
    assert!(matches!(first, Outcome::Unsure { .. }), "{first:?}");
    assert_eq!(desk.verify(&attempted(&watched(EPISODE))).await, Outcome::NotThere);
    // It was asked for twice.
    let again = Delivery { times_not_there: 1, ..attempted(&watched(EPISODE)) };
    let second = desk.deliver(&again).await;
    assert_eq!(second, Outcome::Refused { why: "Trakt does not know this title".into() });
    assert_eq!(desk.stand_in.plays(), []);
}

#[tokio::test]
async fn a_stop_that_a_renewal_of_the_sign_in_held_up_is_recognised() {
    let mut desk = Desk::new().await;
    let viewing = stopped(EPISODE, 95.0);
    let until = viewing.live.expect("it is told live").until;
    let play = desk.stand_in.was_told_live(1396, Some((1, 2)), until + SignedDuration::from_secs(110));
    let proof = proof(desk.verify(&attempted(&viewing)).await);
    assert!(proof.contains(&format!("play {play}")), "{proof}");
}

#[tokio::test]
async fn a_stop_that_a_crash_interrupted_is_found_however_long_the_program_was_away() {
    let mut desk = Desk::new().await;
    let viewing = stopped(MOVIE, 95.0);
    assert!(is_there(&desk.deliver(&viewing).await));
    // It was found as being sent, and was given up at the next start.
    let next_day = now() + SignedDuration::from_hours(20);
    let unsure = Delivery { last_attempt_at: Some(next_day), attempts: 1, ..viewing };
    let proof = proof(desk.verify(&unsure).await);
    assert!(proof.contains("play 7000000001"), "{proof}");
}

#[tokio::test]
async fn an_answer_that_was_waited_for_long_is_recognised() {
    let mut desk = Desk::new().await;
    let viewing = stopped(EPISODE, 95.0);
    assert!(is_there(&desk.deliver(&viewing).await));
    let given_up = now() + SignedDuration::from_secs(45);
    let unsure = Delivery { last_attempt_at: Some(given_up), attempts: 1, ..viewing };
    assert!(is_there(&desk.verify(&unsure).await));
}

#[tokio::test]
async fn the_plays_of_other_viewings_are_never_taken_for_this_one() {
    let mut desk = Desk::new().await;
    let viewing = stopped(EPISODE, 95.0);
    let completed = viewing.content.at();
    let near = desk.stand_in.was_told_live(1396, Some((1, 2)), now() - SignedDuration::from_secs(3));
    desk.stand_in.has_already(1396, Some((1, 2)), completed + SignedDuration::from_secs(1));
    // An earlier viewing, before this one was watched to its end.
    desk.stand_in.was_told_live(1396, Some((1, 2)), completed - SignedDuration::from_secs(20));
    let sibling = |at, receipt: Option<String>| Sibling { at, wrong: false, receipt };
    let told = sibling(completed - SignedDuration::from_hours(1), Some(format!("answered 201, play {near}")));
    let added = sibling(completed + SignedDuration::from_secs(1), Some("answered 201".into()));
    let unsure = Delivery { siblings: vec![told, added], ..attempted(&viewing) };
    assert_eq!(desk.verify(&unsure).await, Outcome::NotThere);
    let own = desk.stand_in.was_told_live(1396, Some((1, 2)), now());
    let proof = proof(desk.verify(&unsure).await);
    assert!(proof.contains(&format!("play {own}")), "{proof}");
}

#[tokio::test]
async fn of_several_plays_the_nearest_is_taken() {
    let mut desk = Desk::new().await;
    let viewing = stopped(MOVIE, 95.0);
    desk.stand_in.was_told_live(603, None, now() + SignedDuration::from_secs(50));
    let own = desk.stand_in.was_told_live(603, None, now());
    desk.stand_in.was_told_live(603, None, now() + SignedDuration::from_secs(70));
    let proof = proof(desk.verify(&attempted(&viewing)).await);
    assert!(proof.contains(&format!("play {own}")), "{proof}");
}

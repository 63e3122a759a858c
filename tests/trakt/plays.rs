//! One play for one viewing: by a stop, or with its own time, and never both.

use std::time::Duration;

use discovr_scrobbler::journal::{Content, Delivery, Live};
use discovr_scrobbler::service::Outcome;
use discovr_scrobbler_support::trakt::Fault;
use jiff::SignedDuration;
use serde_json::json;

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
    let late = Delivery { live: late.live.map(|live| Live { until: now(), ..live }), ..late };
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
async fn a_second_stop_within_the_hour_is_a_conflict_that_proves_the_play() {
    let mut desk = Desk::new().await;
    assert!(is_there(&desk.deliver(&stopped(MOVIE, 95.0)).await));
    let proof = proof(desk.deliver(&stopped(MOVIE, 97.0)).await);
    assert!(proof.starts_with("there already, watched at "), "{proof}");
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
    for (fault, made) in faults {
        for (call, viewing) in
            [("POST /scrobble/stop", stopped(EPISODE, 92.0)), ("POST /sync/history", watched(EPISODE))]
        {
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
    }
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
async fn exactly_one_play_is_taken_back_and_the_others_stay() {
    let mut desk = Desk::new().await;
    let later = at() + SignedDuration::from_hours(5);
    desk.stand_in.has_already(1396, Some((1, 2)), at());
    desk.stand_in.has_already(1396, Some((1, 2)), later);
    let wrong = delivery(Content::Retraction { work: EPISODE, at: at() });
    assert!(is_there(&desk.deliver(&wrong).await));
    assert_eq!(desk.instants(), [later]);
}

#[tokio::test]
async fn a_play_that_is_not_shown_yet_is_looked_for_again_before_it_counts_as_gone() {
    let mut desk = Desk::new().await;
    desk.stand_in.show_after(Duration::from_secs(3600));
    desk.stand_in.has_already(603, None, at());
    let wrong = delivery(Content::Retraction { work: MOVIE, at: at() });
    assert!(matches!(desk.deliver(&wrong).await, Outcome::TryLater { .. }));
    let long_ago = Delivery { last_attempt_at: Some(at()), ..wrong };
    assert!(proof(desk.deliver(&long_ago).await).contains("not in the history"));
}

#[tokio::test]
async fn the_place_in_a_wrong_title_is_removed() {
    let mut desk = Desk::new().await;
    let paused = word(MOVIE, discovr_scrobbler::journal::LiveWord::Paused, 40.0);
    assert!(is_there(&desk.deliver(&paused).await));
    let clearing = delivery(Content::Clearing { work: MOVIE, at: now() });
    assert_eq!(proof(desk.deliver(&clearing).await), "the place is removed");
    assert_eq!(proof(desk.deliver(&clearing).await), "there was none");
}

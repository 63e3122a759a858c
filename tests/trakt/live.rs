//! What happens in the player, told while it happens.

use discovr_scrobbler::journal::{Delivery, Live, LiveWord};
use discovr_scrobbler::service::Outcome;
use discovr_scrobbler_support::trakt::Fault;
use serde_json::json;

use crate::desk::*;

#[tokio::test]
async fn play_pause_and_stop_are_told_with_the_true_progress() {
    let mut desk = Desk::new().await;
    for (said, percent, path, action) in [
        (LiveWord::Playing, 2.5, "/scrobble/start", "start"),
        (LiveWord::Paused, 31.25, "/scrobble/pause", "pause"),
        (LiveWord::Playing, 31.25, "/scrobble/start", "start"),
        (LiveWord::Stopped, 60.0, "/scrobble/stop", "pause"),
    ] {
        let outcome = desk.deliver(&word(MOVIE, said, percent)).await;
        assert!(is_there(&outcome), "{said:?}: {outcome:?}");
        let call = desk.stand_in.calls().pop().expect("a call");
        assert_eq!((call.path.as_str(), &call.body["progress"]), (path, &json!(percent)));
        assert_eq!(call.body["movie"], json!({"ids": {"tmdb": 603}}));
        assert_eq!(desk.stand_in.watching().expect("it watches").0, action);
    }
    assert_eq!(desk.instants(), []);
}

#[tokio::test]
async fn an_episode_is_named_by_its_series_and_then_by_the_number_that_trakt_gave_it() {
    let mut desk = Desk::new().await;
    assert!(is_there(&desk.deliver(&word(EPISODE, LiveWord::Playing, 5.0)).await));
    assert!(is_there(&desk.deliver(&word(EPISODE, LiveWord::Paused, 9.0)).await));
    let calls = desk.stand_in.calls();
    assert_eq!(calls[0].body["show"], json!({"ids": {"tmdb": 1396}}));
    assert_eq!(calls[0].body["episode"], json!({"season": 1, "number": 2}));
    assert!(calls[1].body["episode"]["ids"]["trakt"].is_u64(), "{:?}", calls[1]);
}

#[tokio::test]
async fn an_episode_whose_number_is_not_known_any_more_is_told_by_series_and_numbers_again() {
    let mut desk = Desk::new().await;
    assert!(is_there(&desk.deliver(&word(EPISODE, LiveWord::Playing, 5.0)).await));
    desk.stand_in.renumbers();
    assert!(is_there(&desk.deliver(&word(EPISODE, LiveWord::Paused, 9.0)).await));
    let calls = desk.stand_in.calls();
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), [201, 404, 201]);
    assert_eq!(calls[2].body["episode"], json!({"season": 1, "number": 2}));
}

#[tokio::test]
async fn what_is_late_is_dropped_and_not_told_at_all() {
    let mut desk = Desk::new().await;
    let fresh = word(MOVIE, LiveWord::Playing, 5.0);
    let late = Delivery { live: fresh.live.map(|live| Live { until: now(), ..live }), ..fresh.clone() };
    let never_live = Delivery { live: None, ..fresh };
    for delivery in [late, never_live] {
        assert_eq!(proof(desk.deliver(&delivery).await), "too late to be told live");
    }
    assert_eq!(desk.stand_in.calls(), []);
}

#[tokio::test]
async fn a_stop_never_makes_a_play_of_what_was_not_watched() {
    let mut desk = Desk::new().await;
    for percent in [79.0, 79.999, 80.0, 81.0, 99.9, 100.0] {
        assert!(is_there(&desk.deliver(&word(MOVIE, LiveWord::Stopped, percent)).await), "{percent}");
        assert_eq!(desk.stand_in.watching().expect("it watches").0, "pause", "{percent}");
    }
    assert_eq!(desk.instants(), []);
    assert!(desk.stand_in.calls().iter().all(|call| call.status == 201));
}

#[tokio::test]
async fn a_stop_in_the_first_percent_would_be_refused_and_is_not_sent() {
    let mut desk = Desk::new().await;
    assert!(is_there(&desk.deliver(&word(MOVIE, LiveWord::Stopped, 0.4)).await));
    assert_eq!(desk.stand_in.calls(), []);
}

#[tokio::test]
async fn a_title_that_trakt_does_not_know_stands_in_nobodys_way_while_it_plays() {
    let mut desk = Desk::new().await;
    let unknown =
        discovr_scrobbler::identify::Work::Movie { tmdb: discovr_scrobbler::identify::MovieId(999_999) };
    assert!(proof(desk.deliver(&word(unknown, LiveWord::Playing, 5.0)).await).contains("not told live"));
    let Outcome::Refused { why } = desk.deliver(&watched(unknown)).await else { panic!("it is not refused") };
    assert!(why.contains("does not know this title"), "{why}");
}

#[tokio::test]
async fn a_word_that_could_not_be_said_is_said_again_while_it_is_new() {
    let mut desk = Desk::new().await;
    desk.stand_in.fail("POST /scrobble", Fault::Status(500), 1);
    let playing = word(MOVIE, LiveWord::Playing, 5.0);
    assert!(matches!(desk.deliver(&playing).await, Outcome::TryLater { .. }));
    assert!(is_there(&desk.deliver(&attempted(&playing)).await));
}

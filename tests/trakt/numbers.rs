//! By which numbers an episode is named.

use discovr_scrobbler::identify::{SeriesId, Work};
use discovr_scrobbler::journal::{Delivery, LiveWord};
use discovr_scrobbler::service::Outcome;
use serde_json::{Value, json};

use crate::desk::*;

/// An episode of a series that Trakt divides otherwise: it has no such season.
const RUNNING: Work = Work::Episode { tmdb: SeriesId(1396), season: 20, episode: 4 };

fn running(delivery: Delivery) -> Delivery {
    Delivery { absolute: Some(73), ..delivery }
}

#[tokio::test]
async fn what_trakt_does_not_know_by_season_and_number_is_named_by_its_number_in_the_series() {
    let mut desk = Desk::new().await;
    assert!(is_there(&desk.deliver(&running(word(RUNNING, LiveWord::Playing, 5.0))).await));
    let calls = desk.stand_in.calls();
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), [404, 201]);
    assert_eq!(calls[1].body["show"], json!({"ids": {"tmdb": 1396}}));
    assert_eq!(calls[1].body["episode"], json!({"number_abs": 73}));
    // Then by the number that Trakt gave it, at once.
    assert!(is_there(&desk.deliver(&running(stopped(RUNNING, 95.0))).await));
    assert_eq!(desk.stand_in.calls().len(), 3);
    assert_eq!(desk.stand_in.plays()[0].episode, Some((2, 13)));
}

#[tokio::test]
async fn an_episode_that_is_known_by_season_and_number_is_never_named_otherwise() {
    let mut desk = Desk::new().await;
    assert!(is_there(&desk.deliver(&running(word(EPISODE, LiveWord::Playing, 5.0))).await));
    assert!(is_there(&desk.deliver(&running(watched(EPISODE))).await));
    assert!(desk.stand_in.calls().iter().all(|call| call.status < 300));
    assert_eq!(desk.stand_in.plays()[0].episode, Some((1, 2)));
}

#[tokio::test]
async fn a_later_addition_uses_the_number_that_trakt_told_live() {
    let mut desk = Desk::new().await;
    assert!(is_there(&desk.deliver(&running(word(RUNNING, LiveWord::Playing, 5.0))).await));
    let viewing = running(watched(RUNNING));
    assert!(is_there(&desk.deliver(&viewing).await));
    assert_eq!((desk.stand_in.plays().len(), desk.stand_in.plays()[0].episode), (1, Some((2, 13))));
    assert_eq!(desk.instants(), [at()]);
    // The play is recognised, though Trakt numbers it otherwise.
    assert!(is_there(&desk.verify(&attempted(&viewing)).await));
}

#[tokio::test]
async fn an_addition_of_what_trakt_numbers_otherwise_is_refused_with_what_to_do() {
    let mut desk = Desk::new().await;
    let Outcome::Refused { why } = desk.deliver(&running(watched(RUNNING))).await else {
        panic!("it is not refused")
    };
    assert!(why.contains("number 73 of the series"), "{why}");
    assert_eq!(desk.instants(), []);
}

#[tokio::test]
async fn the_number_of_a_series_is_never_given_as_that_of_an_episode() {
    let mut desk = Desk::new().await;
    for work in [EPISODE, RUNNING] {
        for said in [LiveWord::Playing, LiveWord::Paused, LiveWord::Stopped] {
            desk.deliver(&running(word(work, said, 30.0))).await;
        }
        desk.deliver(&running(stopped(work, 90.0))).await;
        desk.deliver(&running(watched(work))).await;
    }
    let calls = desk.stand_in.calls();
    assert!(calls.len() >= 10);
    for call in calls {
        let episodes = [call.body.get("episode"), call.body.pointer("/episodes/0")];
        for ids in episodes.into_iter().flatten().filter_map(|episode| episode.get("ids")) {
            let ids = ids.as_object().expect("numbers");
            assert_eq!(ids.keys().collect::<Vec<_>>(), ["trakt"], "{call:?}");
            assert_ne!(ids["trakt"], json!(1396), "{call:?}");
        }
        assert!(
            call.body.pointer("/shows/0/seasons").is_some_and(Value::is_array)
                || call.body["shows"].is_null()
        );
    }
}

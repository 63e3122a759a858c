//! Taking back: one play, and the place in a title.

use std::time::Duration;

use discovr_scrobbler::journal::{Content, Delivery, LiveWord, Sibling};
use discovr_scrobbler::service::Outcome;
use jiff::SignedDuration;

use crate::desk::*;

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
    let paused = word(MOVIE, LiveWord::Paused, 40.0);
    assert!(is_there(&desk.deliver(&paused).await));
    let clearing = delivery(Content::Clearing { work: MOVIE, at: now() });
    assert_eq!(proof(desk.deliver(&clearing).await), "the place is removed");
    assert_eq!(proof(desk.deliver(&clearing).await), "there was none");
}

#[tokio::test]
async fn the_play_of_a_stop_is_taken_back_by_its_number_however_late_the_stop_was() {
    let mut desk = Desk::new().await;
    let night_after = at() + SignedDuration::from_hours(9);
    let play = desk.stand_in.was_told_live(1396, Some((1, 2)), night_after);
    desk.stand_in.has_already(1396, Some((1, 2)), at());
    let receipt = Some(format!("answered 201, play {play}"));
    let wrong = Delivery { receipt, ..delivery(Content::Retraction { work: EPISODE, at: at() }) };
    assert_eq!(desk.verify(&attempted(&wrong)).await, Outcome::NotThere);
    assert!(is_there(&desk.deliver(&wrong).await));
    assert_eq!(desk.instants(), [at()]);
    let long_ago = Delivery { last_attempt_at: Some(at()), ..wrong };
    assert!(proof(desk.verify(&long_ago).await).contains("not in the history any more"));
}

#[tokio::test]
async fn a_play_that_was_there_already_is_taken_back_by_the_time_that_trakt_told() {
    let mut desk = Desk::new().await;
    let theirs = at() + SignedDuration::from_mins(12);
    desk.stand_in.was_told_live(603, None, theirs);
    let receipt = Some(format!("there already (409), watched at {theirs:.3}"));
    let wrong = Delivery { receipt, ..delivery(Content::Retraction { work: MOVIE, at: at() }) };
    assert!(is_there(&desk.deliver(&wrong).await));
    assert_eq!(desk.instants(), []);
}

#[tokio::test]
async fn a_play_that_another_viewing_has_too_stays_unless_that_one_is_wrong_as_well() {
    for (wrong, left) in [(false, 1), (true, 0)] {
        let mut desk = Desk::new().await;
        let play = desk.stand_in.was_told_live(603, None, at());
        let receipt = || Some(format!("answered 201, play {play}"));
        let sibling = Sibling { at: at() - SignedDuration::from_mins(3), wrong, receipt: receipt() };
        let retraction = delivery(Content::Retraction { work: MOVIE, at: at() });
        let retraction = Delivery { receipt: receipt(), siblings: vec![sibling], ..retraction };
        assert!(is_there(&desk.deliver(&retraction).await));
        assert_eq!(desk.instants().len(), left);
    }
}

#[tokio::test]
async fn the_places_in_other_titles_stay() {
    let mut desk = Desk::new().await;
    let other = discovr_scrobbler::identify::Work::Episode {
        tmdb: discovr_scrobbler::identify::SeriesId(7),
        season: 1,
        episode: 2,
    };
    for work in [other, EPISODE] {
        assert!(is_there(&desk.deliver(&word(work, LiveWord::Paused, 40.0)).await));
    }
    let clearing = delivery(Content::Clearing { work: EPISODE, at: now() });
    assert_eq!(proof(desk.deliver(&clearing).await), "the place is removed");
    let clearing = delivery(Content::Clearing { work: other, at: now() });
    assert_eq!(proof(desk.deliver(&clearing).await), "the place is removed");
}

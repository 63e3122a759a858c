//! Limits, and what is the matter with an account.

use std::time::Duration;

use discovr_scrobbler::service::{Outcome, Trouble};
use discovr_scrobbler_support::trakt::Fault;

use crate::desk::*;

#[tokio::test]
async fn too_many_writes_are_waited_for_as_long_as_trakt_asks() {
    let mut desk = Desk::new().await;
    desk.stand_in.limits_writes(1, Duration::from_secs(600));
    assert!(is_there(&desk.deliver(&watched(MOVIE)).await));
    let outcome = desk.deliver(&watched(EPISODE)).await;
    let Outcome::TryLater { trouble: Trouble::Service, after, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(after, Some(Duration::from_secs(600)));
    assert_eq!(desk.stand_in.plays().len(), 1);
}

#[tokio::test]
async fn an_account_that_trakt_stops_waits_for_its_user_and_says_why() {
    for (status, why) in [(403, "application"), (420, "over a limit"), (423, "locked"), (426, "VIP")] {
        let mut desk = Desk::new().await;
        desk.stand_in.fail("", Fault::Status(status), 10);
        let outcome = desk.deliver(&watched(MOVIE)).await;
        let Outcome::SignInNeeded { why: said } = &outcome else { panic!("{status}: {outcome:?}") };
        assert!(said.contains(why), "{status}: {said}");
        let outcome = desk.verify(&attempted(&watched(MOVIE))).await;
        assert!(matches!(outcome, Outcome::SignInNeeded { .. }), "{status}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_redirect_takes_no_token_along() {
    let mut desk = Desk::new().await;
    let elsewhere = discovr_scrobbler_support::trakt::Trakt::start().await;
    desk.stand_in.fail("POST /sync/history", Fault::RedirectTo(307, elsewhere.url()), 1);
    let outcome = desk.deliver(&watched(MOVIE)).await;
    assert!(matches!(outcome, Outcome::TryLater { trouble: Trouble::Service, .. }), "{outcome:?}");
    assert_eq!(elsewhere.calls(), []);
}

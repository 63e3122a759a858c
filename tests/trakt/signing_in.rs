//! The tokens: with a code, renewed in time, and never lost between the service and the disk.

use std::time::Duration;

use discovr_scrobbler::clock::Clock;
use discovr_scrobbler::service::trakt::{OAuth, Renewing, Tokens, Trakt};
use discovr_scrobbler::service::{Outcome, Polled, Requested, Service};
use discovr_scrobbler_support::trakt::{Fault, Plan, Trakt as StandIn};
use secrecy::SecretString;

use crate::desk::*;

fn oauth(stand_in: &StandIn) -> OAuth {
    OAuth::new(stand_in.url().parse().expect("an address"), application(), Clock::system())
}

#[tokio::test]
async fn a_code_is_pending_until_it_is_approved_and_gives_tokens_that_work() {
    let stand_in = StandIn::start().await;
    let mut oauth = oauth(&stand_in);
    let Requested::Code(code) = oauth.request().await else { panic!("no code") };
    assert!(code.user_code.starts_with("A1B2C"));
    assert_eq!(code.link.as_ref().map(url::Url::path), Some("/activate"));
    assert_eq!((code.life, code.interval), (Duration::from_secs(600), Duration::from_secs(1)));
    assert!(matches!(oauth.poll(&code).await, Polled::Pending));
    let Polled::Approved(tokens) = oauth.poll(&code).await else { panic!("not approved") };
    let drawer = Drawer::default();
    let mut trakt = client(&stand_in, &drawer);
    assert!(matches!(trakt.greet(None).await, Err(Outcome::SignInNeeded { .. })));
    let drawer = Drawer::with(secrecy::ExposeSecret::expose_secret(&tokens.to_text()));
    assert!(client(&stand_in, &drawer).greet(None).await.is_ok());
}

#[tokio::test]
async fn every_status_of_a_poll_means_what_the_reference_says_whatever_the_body() {
    for (status, expected) in [
        (400, "pending"),
        (404, "over"),
        (409, "over"),
        (410, "over"),
        (418, "over"),
        (429, "slower"),
        (500, "unclear"),
    ] {
        let stand_in = StandIn::start().await;
        stand_in.plans(&[Plan::Answered(status)]);
        let mut oauth = oauth(&stand_in);
        let Requested::Code(code) = oauth.request().await else { panic!("no code") };
        let said = match oauth.poll(&code).await {
            Polled::Pending => "pending",
            Polled::Approved(_) => "approved",
            Polled::Over { .. } => "over",
            Polled::Slower(Some(_)) => "slower",
            Polled::Slower(None) => "slower, nobody knows by how much",
            Polled::Unclear { .. } => "unclear",
        };
        assert_eq!(said, expected, "{status}");
    }
}

#[tokio::test]
async fn an_application_that_is_not_accepted_gets_no_code() {
    let stand_in = StandIn::start().await;
    let mut wrong = application();
    wrong.client_id = "nobody".into();
    let mut oauth = OAuth::new(stand_in.url().parse().expect("an address"), wrong, Clock::system());
    assert!(matches!(oauth.request().await, Requested::Refused { .. }));
}

#[tokio::test]
async fn tokens_past_half_their_life_are_renewed_once_and_kept_before_they_are_used() {
    let mut desk = Desk::new().await;
    desk.stand_in.tokens_live(Duration::ZERO);
    let drawer = Drawer::with(&desk.stand_in.signed_in());
    desk.stand_in.tokens_live(Duration::from_secs(3600));
    desk.trakt = client(&desk.stand_in, &drawer);
    let before = drawer.text();
    assert!(is_there(&desk.deliver(&watched(MOVIE)).await));
    assert!(is_there(&desk.deliver(&watched(EPISODE)).await));
    assert_eq!(desk.stand_in.calls_to("POST /oauth/token").len(), 1);
    assert_ne!(drawer.text(), before);
    let kept = Tokens::from_text(&SecretString::from(drawer.text())).expect("a pair");
    assert!(kept.ends() > now().as_second());
    // The program is started anew with what was kept.
    let mut desk = Desk { drawer, ..desk }.restarted();
    assert!(is_there(&desk.deliver(&watched(MOVIE)).await));
    assert_eq!(desk.stand_in.calls_to("POST /oauth/token").len(), 1);
}

#[tokio::test]
async fn new_tokens_that_cannot_be_kept_are_not_used_and_not_lost() {
    let mut desk = Desk::new().await;
    desk.stand_in.ends_access();
    desk.drawer.is_stuck(true);
    for _ in 0..2 {
        let outcome = desk.deliver(&watched(MOVIE)).await;
        let Outcome::TryLater { why, .. } = outcome else { panic!("{outcome:?}") };
        assert!(why.contains("cannot be kept") && why.contains("the disk is full"), "{why}");
    }
    assert_eq!(desk.stand_in.plays(), []);
    desk.drawer.is_stuck(false);
    assert!(is_there(&desk.deliver(&watched(MOVIE)).await));
    assert_eq!(desk.stand_in.calls_to("POST /oauth/token").len(), 1);
}

#[tokio::test]
async fn an_access_token_that_is_refused_is_renewed_once() {
    let mut desk = Desk::new().await;
    desk.stand_in.ends_access();
    assert!(is_there(&desk.deliver(&watched(MOVIE)).await));
    assert_eq!(desk.stand_in.calls_to("POST /oauth/token").len(), 1);
    assert_eq!(desk.stand_in.plays().len(), 1);
}

#[tokio::test]
async fn a_renewal_that_was_lost_on_its_way_is_tried_once_more() {
    for (fault, signed_in) in [(Fault::Hangup, true), (Fault::Status(500), true), (Fault::HangupAfter, false)]
    {
        let mut desk = Desk::new().await;
        desk.stand_in.ends_access();
        desk.stand_in.fail("POST /oauth/token", fault.clone(), 1);
        let outcome = desk.deliver(&watched(MOVIE)).await;
        assert_eq!(is_there(&outcome), signed_in, "{fault:?}: {outcome:?}");
        if !signed_in {
            assert!(matches!(outcome, Outcome::SignInNeeded { .. }), "{outcome:?}");
        }
        assert_eq!(desk.stand_in.calls_to("POST /oauth/token").len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_renewal_that_fails_early_leaves_the_old_tokens_in_use() {
    let mut desk = Desk::new().await;
    // Half of their life has passed, and they are still good.
    let aged = desk.drawer.text().replace("\"expires_in\":604800", "\"expires_in\":1");
    assert_ne!(aged, desk.drawer.text());
    let aged = aged.replace("\"expires_in\":1", "\"expires_in\":2000");
    let text: serde_json::Value = serde_json::from_str(&aged).expect("JSON");
    let began = text["created_at"].as_i64().expect("a number");
    let aged = aged.replace(&began.to_string(), &(began - 1500).to_string());
    desk.drawer = Drawer::with(&aged);
    let mut desk = desk.restarted();
    desk.stand_in.fail("POST /oauth/token", Fault::Status(503), 100);
    for work in [MOVIE, EPISODE] {
        assert!(is_there(&desk.deliver(&watched(work)).await));
    }
    // Twice at the first delivery, as an answer may have been lost; then it rests.
    assert_eq!(desk.stand_in.calls_to("POST /oauth/token").len(), 2);
}

#[tokio::test]
async fn a_sign_in_that_has_ended_asks_for_a_new_one_and_shows_no_secret() {
    let mut desk = Desk::new().await;
    desk.stand_in.forgets_everyone();
    let outcome = desk.deliver(&watched(MOVIE)).await;
    let Outcome::SignInNeeded { why } = &outcome else { panic!("{outcome:?}") };
    assert!(why.contains("discovr-scrobbler login trakt"), "{why}");
    let shown = format!("{outcome:?} {:?}", desk.trakt);
    for secret in desk.stand_in.secrets() {
        assert!(!shown.contains(&secret), "{shown}");
    }
}

#[tokio::test]
async fn a_sign_in_can_be_revoked() {
    let stand_in = StandIn::start().await;
    let text = SecretString::from(stand_in.signed_in());
    let tokens = Tokens::from_text(&text).expect("a pair");
    oauth(&stand_in).revoke(&tokens).await.expect("it is revoked");
    assert_eq!(stand_in.sign_ins(), 0);
}

#[tokio::test]
async fn a_renewal_that_nobody_waits_for_any_more_is_made_and_kept_and_used_by_the_next() {
    let (stand_in, renewing) = (StandIn::start().await, Renewing::default());
    let drawer = Drawer::with(&stand_in.signed_in());
    let before = drawer.text();
    let service = || {
        let url = || stand_in.url().parse().expect("an address");
        let keeper = drawer.keeper().renewed_in(renewing.clone());
        Trakt::new(url(), url(), application(), keeper, Clock::system())
    };
    stand_in.ends_access();
    stand_in.fail("POST /oauth/token", Fault::Trickle(Duration::from_millis(10)), 1);
    // A worker is ended, or another takes its place, in the middle of a renewal.
    let mut first = service();
    let is_asked = || !stand_in.calls_to("POST /oauth/token").is_empty();
    tokio::select! {
        met = first.greet(None) => panic!("nobody answered yet: {met:?}"),
        () = stand_in.wait_until("the renewal is under way", Duration::from_secs(180), is_asked) => {}
    }
    drop(first);
    let mut second = service();
    assert!(is_there(&second.deliver(&watched(MOVIE)).await));
    renewing.over().await;
    assert_ne!(drawer.text(), before);
    assert_eq!(stand_in.calls_to("POST /oauth/token").len(), 1);
}

#[tokio::test]
async fn new_tokens_that_cannot_be_kept_outlive_the_worker_unless_the_user_signs_in_anew() {
    for signs_in_anew in [false, true] {
        let (stand_in, renewing) = (StandIn::start().await, Renewing::default());
        let drawer = Drawer::with(&stand_in.signed_in());
        let service = || {
            let url = || stand_in.url().parse().expect("an address");
            let keeper = drawer.keeper().renewed_in(renewing.clone());
            Trakt::new(url(), url(), application(), keeper, Clock::system())
        };
        stand_in.ends_access();
        drawer.is_stuck(true);
        let outcome = service().deliver(&watched(MOVIE)).await;
        assert!(matches!(outcome, Outcome::TryLater { .. }), "{outcome:?}");
        drawer.is_stuck(false);
        let anew = stand_in.signed_in();
        if signs_in_anew {
            drawer.put(&anew);
        }
        assert!(is_there(&service().deliver(&watched(MOVIE)).await));
        assert_eq!(drawer.text() == anew, signs_in_anew);
        assert_eq!(stand_in.calls_to("POST /oauth/token").len(), 1);
    }
}

//! Every way in which asking for a code, and whether it was approved, can go.

use std::time::Duration;

use discovr_scrobbler::clock::Clock;
use discovr_scrobbler::service::discovr::{Grant, NoAccess, SignIn};
use discovr_scrobbler::service::{
    Approval, DeviceCode, Pace, Polled, Progress, Requested, wait_for_approval,
};
use discovr_scrobbler_support::discovr::{Discovr, Fault, OTHER_PROFILE, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::sign_in::{CLIENT_ID, Plan, Verdict, link_of, picture_of, token};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

const QUICK: Pace = Pace { every: Duration::from_millis(10), slower: Duration::from_millis(5) };
const POLL: &str = "POST /auth/device-codes/";

fn sign_in(discovr: &Discovr) -> SignIn {
    SignIn::new(discovr.url().parse().unwrap(), Clock::system())
}

async fn code(sign_in: &mut SignIn) -> DeviceCode {
    match sign_in.request(CLIENT_ID).await {
        Requested::Code(code) => code,
        other => panic!("{other:?}"),
    }
}

/// Waits for the approval of a new code, and says how that ended and what was told on the way.
async fn waited(discovr: &Discovr) -> (Approval<Grant>, Vec<Progress>) {
    let mut sign_in = sign_in(discovr);
    let code = code(&mut sign_in).await;
    let mut told = Vec::new();
    let approval = wait_for_approval(
        async || sign_in.poll(&code).await,
        &code,
        QUICK,
        |progress| told.push(progress.clone()),
    )
    .await;
    (approval, told)
}

async fn is_approved(discovr: &Discovr) -> Vec<Progress> {
    match waited(discovr).await {
        (Approval::Given(grant), told) => {
            assert_eq!(grant.refresh_token.expose_secret(), token(1));
            assert_eq!(grant.public_id.as_deref(), Some("pub_0001"));
            told
        }
        (other, told) => panic!("{other:?} after {told:?}"),
    }
}

fn unclear(told: &[Progress]) -> String {
    match told {
        [Progress::Unclear { why }, ..] => why.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_code_comes_with_the_link_that_its_picture_holds() {
    let discovr = Discovr::start().await;
    let code = code(&mut sign_in(&discovr)).await;
    assert_eq!(code.user_code, "4071");
    assert_eq!(code.link.unwrap().as_str(), link_of("4071"));
    assert_eq!(code.life, Duration::from_secs(600));
}

#[tokio::test]
async fn a_code_may_be_letters_and_digits_or_a_bare_number() {
    for (given, shown) in
        [(json!("WDJB-MJHT"), "WDJB-MJHT"), (json!(4071), "4071"), (json!("\u{1b}[2J1"), "[2J1")]
    {
        let discovr = Discovr::start().await;
        discovr.plans(&[Plan { user_code: given, ..Plan::new(0, Verdict::Approved) }]);
        assert_eq!(code(&mut sign_in(&discovr)).await.user_code, shown);
    }
}

#[tokio::test]
async fn without_a_picture_there_is_a_code_and_no_link() {
    let discovr = Discovr::start().await;
    discovr.gives_no_picture();
    assert_eq!(code(&mut sign_in(&discovr)).await.link, None);
}

#[tokio::test]
async fn only_a_web_address_is_taken_for_a_link() {
    for text in ["file:///etc/passwd", "javascript:alert(1)", "4071", "https://"] {
        let discovr = Discovr::start().await;
        discovr.shows_instead(&picture_of(text));
        assert_eq!(code(&mut sign_in(&discovr)).await.link, None, "{text}");
    }
}

#[tokio::test]
async fn a_client_id_that_is_not_known_is_refused_in_the_services_words() {
    let discovr = Discovr::start().await;
    match sign_in(&discovr).request("somebody-else").await {
        Requested::Refused { why } => assert!(why.contains("UNKNOWN_CLIENT"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_service_in_trouble_gives_no_code_and_says_nothing_of_the_client_id() {
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::TooMany(None),
        Fault::Hangup,
        Fault::HalfAnswer,
        Fault::Garbage,
        Fault::Redirect,
    ] {
        let discovr = Discovr::start().await;
        discovr.fail("POST /auth/device-codes", fault.clone(), 1);
        match sign_in(&discovr).request(CLIENT_ID).await {
            Requested::Later { .. } => {}
            other => panic!("{fault:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn it_waits_until_the_code_is_approved() {
    let discovr = Discovr::start().await;
    discovr.plans(&[Plan::new(3, Verdict::Approved)]);
    assert_eq!(is_approved(&discovr).await, [Progress::Waiting]);
    assert_eq!(discovr.calls_to(POLL).len(), 4);
}

#[tokio::test]
async fn a_code_that_is_denied_or_not_known_is_over() {
    let discovr = Discovr::start().await;
    discovr.plans(&[Plan::new(1, Verdict::Over)]);
    assert!(matches!(waited(&discovr).await, (Approval::Over { .. }, told) if told == [Progress::Waiting]));
}

#[tokio::test]
async fn an_approval_is_given_once() {
    let discovr = Discovr::start().await;
    let mut sign_in = sign_in(&discovr);
    let code = code(&mut sign_in).await;
    assert!(matches!(sign_in.poll(&code).await, Polled::Approved(_)));
    assert!(matches!(sign_in.poll(&code).await, Polled::Over { .. }));
}

#[tokio::test]
async fn an_approval_whose_answer_is_lost_is_over_and_not_waited_for_in_vain() {
    for fault in [Fault::HangupAfter, Fault::HalfAnswer, Fault::Garbage, Fault::StatusAfter(500)] {
        let discovr = Discovr::start().await;
        discovr.fail(POLL, fault.clone(), 1);
        let (approval, told) = waited(&discovr).await;
        assert!(matches!(approval, Approval::Over { .. }), "{fault:?}: {approval:?}");
        assert!(!unclear(&told).is_empty());
    }
}

#[tokio::test]
async fn a_code_that_nobody_approves_ends_with_its_life() {
    let discovr = Discovr::start().await;
    discovr.plans(&[Plan::new(0, Verdict::Pending)]);
    discovr.codes_live(Duration::from_millis(100));
    assert!(matches!(waited(&discovr).await, (Approval::TimedOut, _)));
}

#[tokio::test]
async fn trouble_of_every_kind_means_still_waiting() {
    for (fault, says) in [
        (Fault::Status(500), "500"),
        (Fault::Status(502), "502"),
        (Fault::Status(403), "403"),
        (Fault::Hangup, "answer was lost"),
        (Fault::Garbage, "without Discovr's JSON"),
        (Fault::Redirect, "redirect"),
    ] {
        let discovr = Discovr::start().await;
        // Some of these are answers that were given and lost: what is lost here is a "not yet".
        discovr.plans(&[Plan::new(2, Verdict::Approved)]);
        discovr.fail(POLL, fault.clone(), 2);
        let told = is_approved(&discovr).await;
        assert!(unclear(&told).contains(says), "{fault:?}: {told:?}");
        assert!(told.len() <= 2, "the same trouble is told once: {told:?}");
    }
}

#[tokio::test]
async fn a_service_that_is_away_for_a_while_means_still_waiting() {
    let mut discovr = Discovr::start().await;
    let mut sign_in = sign_in(&discovr);
    let code = code(&mut sign_in).await;
    discovr.go_down();
    let (gone, came_back) = tokio::sync::oneshot::channel();
    let mut gone = Some(gone);
    let waiting = wait_for_approval(
        async || sign_in.poll(&code).await,
        &code,
        QUICK,
        |progress| {
            assert!(matches!(progress, Progress::Unclear { .. }), "{progress:?}");
            if let Some(gone) = gone.take() {
                gone.send(()).unwrap();
            }
        },
    );
    let (approval, ()) = tokio::join!(waiting, async {
        came_back.await.unwrap();
        discovr.come_up().await;
    });
    assert!(matches!(approval, Approval::Given(_)), "{approval:?}");
}

#[tokio::test]
async fn a_service_that_wants_to_be_asked_less_often_is() {
    for after in [None, Some("0".to_owned())] {
        let discovr = Discovr::start().await;
        discovr.fail(POLL, Fault::TooMany(after), 1);
        assert_eq!(is_approved(&discovr).await, [Progress::Slower]);
    }
    // Longer than the code is good for: it is asked once more at its end, not before.
    let discovr = Discovr::start().await;
    discovr.codes_live(Duration::from_millis(200));
    discovr.fail(POLL, Fault::TooMany(Some("3600".into())), 1);
    is_approved(&discovr).await;
    assert_eq!(discovr.calls_to(POLL).len(), 2);
}

#[tokio::test]
async fn json_that_is_called_something_else_is_json() {
    let discovr = Discovr::start().await;
    discovr.fail("POST /auth/", Fault::WrongType, 9);
    is_approved(&discovr).await;
}

#[tokio::test]
async fn a_service_that_only_knows_the_older_call_is_asked_that_way() {
    for status in [404, 405] {
        let discovr = Discovr::start().await;
        discovr.asks_the_older_way(status);
        discovr.plans(&[Plan::new(2, Verdict::Approved)]);
        is_approved(&discovr).await;
        assert_eq!(discovr.calls_to(POLL).len(), 1, "the newer call is tried once");
        assert_eq!(discovr.calls_to("GET /auth/device-codes/").len(), 3);
    }
}

#[tokio::test]
async fn the_end_of_the_token_is_told_by_this_machines_clock() {
    let discovr = Discovr::start().await;
    discovr.clock_is_ahead(SignedDuration::from_hours(2));
    discovr.tokens_end(2_000_000_000);
    let mut sign_in = sign_in(&discovr);
    let code = code(&mut sign_in).await;
    let Polled::Approved(grant) = sign_in.poll(&code).await else { panic!("not approved") };
    let end = Timestamp::from_second(2_000_000_000 - 7200).unwrap();
    let off = grant.expires_at.unwrap().duration_since(end).abs();
    assert!(off <= SignedDuration::from_secs(60), "{off}");
    let ahead = sign_in.skew().ahead().unwrap();
    assert!((ahead - 7200).abs() <= 60, "{ahead}");
}

#[tokio::test]
async fn the_profiles_are_listed_oldest_first_and_can_be_added_to() {
    let discovr = Discovr::start().await;
    let (mut sign_in, refresh) = (sign_in(&discovr), SecretString::from(REFRESH_TOKEN));
    let listed = sign_in.profiles(&refresh).await.unwrap();
    let ids: Vec<&str> = listed.iter().map(|profile| profile.id.as_str()).collect();
    assert_eq!(ids, [PROFILE, OTHER_PROFILE]);
    discovr.has_profiles(&[]);
    assert_eq!(sign_in.profiles(&refresh).await.unwrap(), []);
    let avatar = "https://example.org/me.png".parse().unwrap();
    let id = sign_in.add_profile(&refresh, "Me", &avatar).await.unwrap();
    assert_eq!(sign_in.profiles(&refresh).await.unwrap()[0].id, id);
    assert!(matches!(sign_in.add_profile(&refresh, "", &avatar).await, Err(NoAccess::Refused(_))));
}

#[tokio::test]
async fn a_revoked_token_is_good_for_nothing() {
    let discovr = Discovr::start().await;
    let (mut sign_in, refresh) = (sign_in(&discovr), SecretString::from(REFRESH_TOKEN));
    sign_in.revoke(&refresh).await.unwrap();
    assert!(!discovr.accepts(REFRESH_TOKEN));
    assert_eq!(sign_in.revoke(&refresh).await, Err(NoAccess::SignedOut));
    assert_eq!(sign_in.profiles(&refresh).await, Err(NoAccess::SignedOut));
    discovr.fail("DELETE /auth/session", Fault::Hangup, 1);
    assert!(matches!(sign_in.revoke(&refresh).await, Err(NoAccess::Unclear(_))));
}

#[tokio::test]
async fn nothing_of_a_sign_in_shows_what_is_secret() {
    let discovr = Discovr::start().await;
    let mut sign_in = sign_in(&discovr);
    let requested = sign_in.request(CLIENT_ID).await;
    let mut shown = format!("{requested:?}");
    let Requested::Code(code) = requested else { panic!("{requested:?}") };
    let polled = sign_in.poll(&code).await;
    shown.push_str(&format!("{code:?} {polled:?} {sign_in:?}"));
    for secret in discovr.secrets() {
        assert!(!shown.contains(&secret), "{shown}");
    }
}

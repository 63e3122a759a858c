//! A daemon that gets its token by `login`, and what waited for it.

use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use discovr_scrobbler::clock::{Moment, Now};
use discovr_scrobbler::identify::{Confidence, Identification, Identified, Identity, MovieId};
use discovr_scrobbler::journal::{Account, Journal, ProfileId, Recipient};
use discovr_scrobbler::playback::{CompletedPart, Event, EventKind, Parts, Ranges, Viewing, ViewingId};
use discovr_scrobbler::player::{Location, Media, Position};
use discovr_scrobbler::service::discovr::DISCOVR;
use discovr_scrobbler_support::discovr::{OTHER_PROFILE, PROFILE};
use discovr_scrobbler_support::sign_in::token;
use discovr_scrobbler_support::wait::until;
use jiff::Timestamp;
use uuid::Uuid;

use crate::scene::{KIM, LIMIT, Scene};

fn watched_at() -> Timestamp {
    "2026-03-01T21:40:00.123Z".parse().unwrap()
}

/// Puts the movie with this number into the journal, watched to its end while `profile` was active.
async fn watched(scene: &Scene, movie: u64, profile: Option<&str>) {
    let journal = Journal::open_existing(&scene.home.state_dir())
        .or_else(|_| Journal::open(&scene.home.state_dir()))
        .unwrap();
    let length = Duration::from_secs(6000);
    let mut ranges = Ranges::default();
    ranges.add(Position::ZERO, Position::new(length));
    let one = NonZeroU8::MIN;
    let viewing = Viewing {
        id: ViewingId(Uuid::from_u64_pair(9, movie)),
        media: Arc::new(Media::at(Location::File(PathBuf::from(format!("/videos/{movie}.mkv"))))),
        player: "mpv".into(),
        duration: length,
        position: Position::new(length),
        ranges,
        started_at: watched_at(),
        position_at: watched_at(),
        parts: Parts::kept(one, [CompletedPart { index: 0, of: one, at: watched_at() }]),
    };
    let profile = profile.map(|profile| ProfileId(profile.to_owned()));
    let recipient = Recipient { service: DISCOVR, account: Account(String::new()), profile };
    for kind in [EventKind::Started, EventKind::Completed] {
        let at = Now { moment: Moment::default(), wall: watched_at() };
        let event = Event { kind, at, viewing: viewing.clone() };
        journal.record(event, vec![recipient.clone()]).await.unwrap();
    }
    let known = Identified {
        identity: Identity::Movie { tmdb: MovieId(movie) },
        label: "A movie".into(),
        absolute: Vec::new(),
        evidence: Vec::new(),
        confidence: Confidence::new(0.95),
    };
    journal.identify(viewing.id, Identification::Known(known), watched_at()).await.unwrap();
    journal.close().await;
}

fn movies(scene: &Scene, profile: &str) -> Vec<String> {
    scene.discovr.history(profile).into_iter().map(|entry| entry.media_id).collect()
}

async fn arrives(scene: &Scene, profile: &str, movies_there: &[&str]) {
    let all_there = || {
        let there = movies(scene, profile);
        movies_there.iter().all(|movie| there.iter().any(|found| found == movie))
    };
    scene.discovr.wait_for("the entries", LIMIT, |_| all_there()).await;
    assert_eq!(movies(scene, profile).len(), movies_there.len());
}

fn is_signed_out(scene: &Scene) -> Option<String> {
    let status = scene.run(&["status"]);
    (status.code == Some(3)).then_some(status.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_watched_before_the_first_login_is_sent_after_it_without_a_restart() {
    let scene = Scene::new().await;
    watched(&scene, 603, None).await;
    let daemon = scene.home.start_daemon();
    let status = until("the sign-in is missed", LIMIT, || is_signed_out(&scene));
    assert!(status.contains("run `discovr-scrobbler login`"), "{status}");
    let ran = scene.login();
    assert!(ran.stdout.contains("The daemon knows it already"), "{ran:?}");
    arrives(&scene, PROFILE, &["MV_603"]).await;
    assert_eq!(scene.discovr.history(PROFILE)[0].updated_at, watched_at());
    let status = until("all is well", LIMIT, || {
        let status = scene.run(&["status"]);
        (status.code == Some(0)).then_some(status.stdout)
    });
    assert!(status.contains("profile “Kim”, good until 2100-01-01"), "{status}");
    assert_eq!(daemon.stop(), Some(0));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_was_revoked_loses_nothing_and_a_new_one_sends_all_that_waited() {
    let scene = Scene::new().await;
    scene.login();
    let daemon = scene.home.start_daemon();
    until("it is signed in", LIMIT, || (scene.run(&["status"]).code == Some(0)).then_some(()));
    // As another device, or the service itself, may do it.
    scene.discovr.forgets(&token(1));
    watched(&scene, 603, Some(PROFILE)).await;
    watched(&scene, 604, Some(PROFILE)).await;
    scene.run(&["queue", "retry"]);
    let status = until("the end is noticed", LIMIT, || is_signed_out(&scene));
    assert!(status.contains("Sign in again with `discovr-scrobbler login`"), "{status}");
    assert!(scene.discovr.history(PROFILE).is_empty());
    assert_eq!(scene.run(&["login"]).code, Some(0));
    arrives(&scene, PROFILE, &["MV_603", "MV_604"]).await;
    assert_eq!(daemon.stop(), Some(0));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_keeps_the_queue_for_the_next_sign_in() {
    let scene = Scene::new().await;
    scene.login();
    let daemon = scene.home.start_daemon();
    until("it is signed in", LIMIT, || (scene.run(&["status"]).code == Some(0)).then_some(()));
    assert_eq!(scene.run(&["logout"]).code, Some(0));
    until("the daemon has let go of it", LIMIT, || is_signed_out(&scene));
    watched(&scene, 603, Some(PROFILE)).await;
    watched(&scene, 604, None).await;
    let queue = scene.home.json(&["queue", "list"]);
    assert!(queue.as_array().is_some_and(|queue| queue.len() >= 2), "{queue}");
    let ran = scene.run(&["logout"]);
    assert!(ran.stdout.contains("What waits to be sent is kept"), "{ran:?}");
    scene.login();
    arrives(&scene, PROFILE, &["MV_603", "MV_604"]).await;
    assert_eq!(daemon.stop(), Some(0));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_belongs_to_the_profile_that_was_active_when_it_was_watched() {
    let mut scene = Scene::new().await;
    scene.login();
    watched(&scene, 603, Some(PROFILE)).await;
    assert_eq!(scene.run(&["profile", "Living room"]).code, Some(0));
    watched(&scene, 604, Some(OTHER_PROFILE)).await;
    scene.discovr.go_down();
    let daemon = scene.home.start_daemon();
    scene.discovr.come_up().await;
    assert_eq!(scene.run(&["profile", KIM]).code, Some(0));
    scene.run(&["queue", "retry"]);
    arrives(&scene, PROFILE, &["MV_603"]).await;
    arrives(&scene, OTHER_PROFILE, &["MV_604"]).await;
    assert_eq!(daemon.stop(), Some(0));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_profile_of_another_account_goes_to_nobody_else_by_itself() {
    let scene = Scene::new().await;
    scene.login();
    watched(&scene, 603, Some(PROFILE)).await;
    // The next sign-in is to an account that does not have that profile.
    scene.discovr.has_profiles(&[("prof_elsewhere", "Elsewhere")]);
    assert_eq!(scene.run(&["login"]).code, Some(0));
    let daemon = scene.home.start_daemon();
    until("it is refused", LIMIT, || {
        let queue = scene.home.json(&["queue", "list"]);
        queue.as_array()?.iter().any(|row| row["status"] == "refused").then_some(())
    });
    assert!(movies(&scene, "prof_elsewhere").is_empty());
    assert_eq!(scene.active().as_deref(), Some("prof_elsewhere"));
    scene.run(&["queue", "retry"]);
    arrives(&scene, "prof_elsewhere", &["MV_603"]).await;
    assert_eq!(daemon.stop(), Some(0));
}

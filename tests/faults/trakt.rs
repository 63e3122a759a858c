//! Trakt fails in every way, at every call that the daemon makes while something is watched: one play per viewing with its
//! true time, and Discovr has everything as if nothing were wrong.

use std::time::Duration;

use discovr_scrobbler_support::both::sign_in_to_trakt;
use discovr_scrobbler_support::discovr::PROFILE;
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::http::{Reply, Server};
use discovr_scrobbler_support::trakt::{Fault, Trakt};
use discovr_scrobbler_support::wait::until;
use serde_json::Value;

use crate::scene::*;
use crate::stage::{Scenario, Stage, all_hold};
use crate::troubles::{self, Trouble};

const STOP: &str = "POST /scrobble/stop";
const START: &str = "POST /scrobble/start";
const ADD: &str = "POST /sync/history";
const LOOK: &str = "GET /sync/history";
const NUMBER: &str = "GET /search/tmdb";
const RENEW: &str = "POST /oauth/token";

#[test]
fn a_play_that_is_made_by_a_stop_is_made_once() {
    table("Trakt: a stop that makes a play", STOP, is_a_trouble, |_| {});
}

#[test]
fn a_play_that_is_added_is_made_once() {
    table("Trakt: the adding of a play", ADD, is_a_trouble, |trakt| trakt.fail(STOP, Fault::Hangup, 1));
}

#[test]
fn a_play_that_is_looked_for_is_made_once() {
    let was_made = |trakt: &Trakt| trakt.fail(STOP, Fault::HangupAfter, 1);
    let reads = |trouble: &Trouble| is_a_trouble(trouble) && !trouble.done;
    table("Trakt: the look whether a play was made", LOOK, reads, was_made);
    table("Trakt: the look for a title's number", NUMBER, is_short, was_made);
}

#[test]
fn what_cannot_be_told_live_keeps_no_play_from_being_made() {
    table("Trakt: what is told live", START, |trouble| is_a_trouble(trouble) && is_short(trouble), |_| {});
}

#[test]
fn a_sign_in_that_cannot_be_renewed_makes_no_difference() {
    let scenarios = chosen(|trouble| is_short(trouble) && !trouble.done);
    let scenarios = scenarios.map(|(row, trouble)| {
        Scenario::new(format!("Trakt: the renewal of the sign-in {}", trouble.words), move || async move {
            let trouble = troubles::all("").swap_remove(row);
            let mut stage = Stage::set_with_trakt(has_ended).await;
            stage.trakt().fail(RENEW, trouble.fault, trouble.times);
            let watched = stage.watch().await;
            stage.ends_with(&[watched]).await;
        })
    });
    all_hold("Trakt: the renewal of the sign-in", scenarios.collect());
}

#[test]
fn a_trakt_with_habits_has_each_play_once() {
    all_hold(
        "Trakt: habits",
        vec![
            Scenario::new("Trakt is down throughout, and back later", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                stage.trakt_mut().go_down();
                let watched = stage.watch().await;
                the_history_is_known(&stage).await;
                stage.trakt_mut().come_up().await;
                stage.ends_with(&[watched]).await;
            }),
            Scenario::new("Trakt is deaf throughout, and hears later", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                stage.trakt().is_deaf(true);
                let watched = stage.watch().await;
                the_history_is_known(&stage).await;
                stage.trakt().is_deaf(false);
                stage.ends_with(&[watched]).await;
            }),
            Scenario::new("a play is shown only twelve seconds later, and the answer is lost", || {
                lost_with(|trakt| trakt.show_after(Duration::from_secs(12)))
            }),
            Scenario::new("an access token ends in the middle, and the answer is lost", || {
                lost_with(Trakt::ends_access)
            }),
            Scenario::new("every access token lives for a moment, and the answer is lost", || {
                lost_with(|trakt| {
                    trakt.tokens_live(Duration::from_secs(2));
                    trakt.ends_access();
                })
            }),
            Scenario::new("Trakt numbers its episodes anew, and the answer is lost", || {
                lost_with(Trakt::renumbers)
            }),
            Scenario::new("a call is answered with 401 although the token is good", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                stage.trakt().fail(STOP, Fault::Status(401), 1);
                let watched = stage.watch().await;
                stage.ends_with(&[watched]).await;
            }),
            Scenario::new("more is written than Trakt allows", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                stage.trakt().limits_writes(1, Duration::from_secs(3));
                let watched = stage.watch().await;
                stage.ends_with(&[watched]).await;
            }),
            Scenario::new("the answer to a renewal is lost: the user signs in again", || async {
                let mut stage = Stage::set_with_trakt(|home, trakt| {
                    has_ended(home, trakt);
                    trakt.fail(RENEW, Fault::HangupAfter, 1);
                })
                .await;
                let watched = stage.watch().await;
                needs_the_user(&stage);
                the_history_is_known(&stage).await;
                sign_in_to_trakt(&stage.home, stage.trakt());
                stage.ends_with(&[watched]).await;
            }),
            account(403),
            account(420),
            account(423),
            account(426),
        ],
    );
}

#[test]
fn what_is_watched_twice_in_an_hour_is_played_twice() {
    all_hold(
        "Trakt: several viewings",
        vec![
            Scenario::new("an episode is watched again within the hour", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                let first = stage.watch().await;
                stage.has_told(std::slice::from_ref(&first)).await;
                let second = stage.watch_again().await;
                stage.ends_with(&[first, second]).await;
            }),
            Scenario::new("an episode is watched again within the hour, and the answer is lost", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                let first = stage.watch().await;
                stage.has_told(std::slice::from_ref(&first)).await;
                stage.trakt().fail(STOP, Fault::HangupAfter, 1);
                stage.trakt().fail(ADD, Fault::HangupAfter, 1);
                let second = stage.watch_again().await;
                stage.ends_with(&[first, second]).await;
            }),
            Scenario::new("two episodes are in one file", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                let watched = stage.watch_two_episodes().await;
                stage.ends_with(&watched).await;
            }),
            Scenario::new("two episodes are in one file, and each answer is lost", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                stage.trakt().fail(STOP, Fault::HangupAfter, 2);
                stage.trakt().fail(ADD, Fault::HangupAfter, 2);
                let watched = stage.watch_two_episodes().await;
                stage.ends_with(&watched).await;
            }),
            Scenario::new("a film, and the answer is lost", || async {
                let mut stage = Stage::set_with_trakt(|_, _| {}).await;
                stage.trakt().fail(STOP, Fault::HangupAfter, 1);
                let watched = stage.watch_film().await;
                stage.ends_with(&[watched]).await;
            }),
            killed("before Trakt made the play", Fault::Stall(Duration::from_secs(60))),
            killed("after Trakt made the play", Fault::StallAfter(Duration::from_secs(60))),
        ],
    );
}

/// The troubles that Trakt is in. A 401 and a 403 have their own meaning there, and some others say nothing new.
fn is_a_trouble(trouble: &Trouble) -> bool {
    !matches!(
        trouble.fault,
        Fault::Status(401 | 403)
            | Fault::StatusAfter(204 | 504)
            | Fault::ResetAfter
            | Fault::Trickle(_)
            | Fault::ShortLength
            | Fault::FalseGzip
            | Fault::EarlyHints
            | Fault::RedirectTo(301, _)
    )
}

/// Some of them, where all would show nothing more.
fn is_short(trouble: &Trouble) -> bool {
    matches!(
        trouble.fault,
        Fault::Status(500)
            | Fault::StatusAfter(500)
            | Fault::TooMany(None)
            | Fault::Hangup
            | Fault::HangupAfter
            | Fault::Garbage
            | Fault::Noise
            | Fault::RedirectTo(307, _)
    )
}

fn chosen(which: fn(&Trouble) -> bool) -> impl Iterator<Item = (usize, Trouble)> {
    troubles::all("").into_iter().enumerate().filter(move |(_, trouble)| which(trouble))
}

/// Scenarios for `call` and each trouble that is `which`.
fn table(words: &'static str, call: &'static str, which: fn(&Trouble) -> bool, before: fn(&Trakt)) {
    let scenarios = chosen(which).map(|(row, trouble)| {
        Scenario::new(format!("{words} {}", trouble.words), move || fails(call, row, before))
    });
    all_hold(words, scenarios.collect());
}

async fn fails(call: &'static str, row: usize, before: fn(&Trakt)) {
    let elsewhere = Server::start(|_| Box::pin(async { Reply::Hangup })).await;
    let trouble = troubles::all(&elsewhere.url()).swap_remove(row);
    let mut stage = Stage::set_with_trakt(|_, _| {}).await;
    before(stage.trakt());
    stage.trakt().fail(call, trouble.fault, trouble.times);
    let watched = stage.watch().await;
    stage.ends_with(&[watched]).await;
    let has_failed = stage.trakt().has_failed() && !stage.trakt().calls_to(call).is_empty();
    assert!(has_failed, "no call has failed: this shows nothing");
    assert_eq!(elsewhere.connections(), 0, "a token went to another host");
}

/// The answer to the stop that makes the play is lost.
async fn lost_with(habit: fn(&Trakt)) {
    let mut stage = Stage::set_with_trakt(|_, _| {}).await;
    let trakt = stage.trakt();
    trakt.wait_until("the greeting", LIMIT, || !trakt.calls_to("GET /sync/playback").is_empty()).await;
    habit(trakt);
    trakt.fail(STOP, Fault::HangupAfter, 1);
    let watched = stage.watch().await;
    stage.ends_with(&[watched]).await;
}

/// Trakt answers with a state of the account or the application: nothing is sent on, the reason is shown, and everything is
/// told once that is over.
fn account(status: u16) -> Scenario {
    Scenario::new(
        format!("every call is answered with {status} until the user has mended it"),
        move || async move {
            let mut stage = Stage::set_with_trakt(|_, _| {}).await;
            stage.trakt().fail("", Fault::Status(status), usize::MAX);
            let watched = stage.watch().await;
            the_history_is_known(&stage).await;
            needs_the_user(&stage);
            stage.trakt().forgive();
            assert_eq!(stage.home.run(&["queue", "retry", "--service", "trakt"]).code, Some(0));
            stage.ends_with(&[watched]).await;
        },
    )
}

/// The daemon is killed while the stop is under way, and another goes on.
fn killed(when: &'static str, fault: Fault) -> Scenario {
    Scenario::new(format!("the daemon is killed {when}"), move || async move {
        let mut stage = Stage::set_with_trakt(|_, _| {}).await;
        stage.trakt().fail(STOP, fault, 1);
        let watched = stage.watch().await;
        let trakt = stage.trakt();
        trakt.wait_until("the stop", LIMIT, || !trakt.calls_to(STOP).is_empty()).await;
        the_history_is_known(&stage).await;
        stage.kill();
        stage.start_again();
        stage.ends_with(&[watched]).await;
    })
}

/// A sign-in whose access token ended long ago, and whose refresh token is good.
fn has_ended(home: &Home, trakt: &Trakt) {
    sign_in_to_trakt(home, trakt);
    let file = home.state_dir().join("trakt-sign-in");
    let text = std::fs::read_to_string(&file).expect("it was written");
    let mut pair: Value = serde_json::from_str(&text).expect("it is JSON");
    pair["created_at"] = 1_000_000.into();
    std::fs::write(&file, pair.to_string()).expect("a file of our own");
}

/// Discovr has the entry, whatever becomes of Trakt.
async fn the_history_is_known(stage: &Stage) {
    stage.discovr.wait_for("the entry", LIMIT, |discovr| !discovr.history(PROFILE).is_empty()).await;
}

/// `status` says that Trakt needs the user, and of Discovr that it is reached.
fn needs_the_user(stage: &Stage) {
    until("the user is told", LIMIT, || {
        let ran = stage.home.run(&["status"]);
        let told = ran.stdout.contains("trakt      sign-in needed: ") && ran.code == Some(3);
        (told && ran.stdout.contains("discovr    reached, ")).then_some(())
    });
}

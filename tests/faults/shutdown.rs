//! The daemon is told to end in the middle of a film: it does, the last position is kept, and what can be told is told.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Discovr, Fault, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::{Daemon, Home};
use discovr_scrobbler_support::large::{Large, fill};
use discovr_scrobbler_support::mpv::Remote;
use discovr_scrobbler_support::players::RealPlayer;
use discovr_scrobbler_support::report;
use discovr_scrobbler_support::wait::until;
use rusqlite::Connection;
use serde_json::Value;

use crate::scene::*;

const POSITION: &str = "PATCH /profile/playback";

/// How far the position in the journal may be from the player's own word, in seconds: a signal takes its time to arrive.
const NEAR: f64 = 20.0;

/// What [`end`] has seen.
struct Ended {
    code: Option<i32>,
    /// Where the player said that it was when the signal was sent, in seconds.
    position: f64,
    /// How long the end took, in seconds.
    took: f64,
}

/// A daemon that watches an episode, and the episode's player.
fn watching(home: &Home) -> (Daemon, RealPlayer, Remote) {
    let daemon = home.start_daemon();
    let file = episode(home);
    let (player, remote) = mpv(home, &file, &["--start=10%"]);
    wait_until_watching(home);
    (daemon, player, remote)
}

fn end(daemon: Daemon, remote: &Remote, signal: &str) -> Ended {
    let position = remote.position();
    let begun = now();
    daemon.signal(signal);
    let code = daemon.ended();
    Ended { code, position, took: now().duration_since(begun).as_secs_f64() }
}

/// The newest viewing's position by the journal, in seconds.
fn kept(home: &Home) -> f64 {
    viewings(home)[0]["position_seconds"].as_f64().expect("a position")
}

fn assert_kept(home: &Home, ended: &Ended) {
    let kept = kept(home);
    assert!((kept - ended.position).abs() < NEAR, "{kept} is kept, the player was at {}", ended.position);
}

fn report(scenario: &str, ended: &Ended, more: &[(&str, Value)]) {
    let mut figures = vec![("ended within seconds", format!("{:.1}", ended.took).into())];
    figures.extend_from_slice(more);
    report::held("shutdown and updates", scenario, &figures);
}

/// How many positions were told of the episode so far.
fn told(discovr: &Discovr) -> usize {
    discovr.calls_to(POSITION).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_position_is_kept_and_told_before_the_end_whichever_signal_asks_for_it() {
    for signal in ["TERM", "INT", "HUP"] {
        let discovr = Discovr::start().await;
        let home = home_with_account(&discovr);
        let (daemon, _player, remote) = watching(&home);
        discovr.wait_for("the first position", LIMIT, |discovr| told(discovr) > 0).await;
        // Far from everything that was told before.
        remote.command(&serde_json::json!(["seek", 60, "absolute-percent"]));
        remote.wait_until_at(LENGTH * 0.6);
        until("the seek is seen", LIMIT, || {
            let at = home.json(&["status"])["daemon"]["watching"][0]["position"].as_f64()?;
            (at > LENGTH * 0.6 - 1.0).then_some(())
        });
        let ended = end(daemon, &remote, signal);
        assert_eq!(ended.code, Some(0), "SIG{signal}: {}", home.log());
        assert_kept(&home, &ended);
        let progress = last_progress(&discovr).expect("it was told");
        assert!((progress - ended.position / LENGTH * 100.0).abs() < NEAR / LENGTH * 100.0, "{progress}");
        assert!(home.json(&["queue", "list"]).as_array().unwrap().is_empty());
        report(&format!("SIG{signal} while a film is playing"), &ended, &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_takes_nothing_from_the_farewell() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let (daemon, _player, remote) = watching(&home);
    discovr.wait_for("the first position", LIMIT, |discovr| told(discovr) > 0).await;
    daemon.signal("TERM");
    daemon.signal("TERM");
    daemon.signal("INT");
    let ended = end(daemon, &remote, "TERM");
    assert_eq!(ended.code, Some(0), "{}", home.log());
    assert_kept(&home, &ended);
    report("SIGTERM three times and SIGINT", &ended, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stalls_holds_nothing_up_and_is_told_by_the_next_daemon() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    discovr.fail(POSITION, Fault::Stall(Duration::from_secs(600)), 100);
    discovr.fail("POST /profile/playback", Fault::Stall(Duration::from_secs(600)), 100);
    let (daemon, player, remote) = watching(&home);
    until("a position is under way", LIMIT, || {
        let rows = home.json(&["queue", "list"]);
        rows.as_array()?.iter().any(|row| row["status"] == "sending").then_some(())
    });
    let ended = end(daemon, &remote, "TERM");
    assert_eq!(ended.code, Some(0), "{}", home.log());
    assert_kept(&home, &ended);
    assert!(!discovr.playback(PROFILE).contains_key("TV_1396"));
    player.quit();
    discovr.forgive();
    let daemon = home.start_daemon();
    discovr
        .wait_for("the position", LIMIT, |discovr| discovr.playback(PROFILE).contains_key("TV_1396"))
        .await;
    let told = discovr.playback(PROFILE)["TV_1396"]["progress"].as_f64().unwrap();
    assert!((told - kept(&home) / LENGTH * 100.0).abs() < 1.0, "{told}");
    assert_eq!(daemon.stop(), Some(0));
    report("SIGTERM while the service says nothing", &ended, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_queue_as_much_is_told_as_the_farewell_allows_and_the_rest_later_and_once() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    assert_eq!(home.start_daemon().stop(), Some(0));
    let until_when = now().as_millisecond() - 86_400_000;
    fill(&home.state_dir(), Large { viewings: 12, waiting: 12, until: until_when }, PROFILE).unwrap();
    let (daemon, _player, remote) = watching(&home);
    let ended = end(daemon, &remote, "TERM");
    assert_eq!(ended.code, Some(0), "{}", home.log());
    assert_kept(&home, &ended);
    let by_then = discovr.history(PROFILE).len();
    let waits = waiting_history(&home).len();
    let sending = 1;
    assert!(by_then + waits <= 12 + sending && by_then + waits >= 12, "{by_then} were told, {waits} wait");
    let daemon = home.start_daemon();
    discovr.wait_for("all of it", LIMIT, |discovr| discovr.history(PROFILE).len() >= 12).await;
    until("the queue is empty", LIMIT, || waiting_history(&home).is_empty().then_some(()));
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.history(PROFILE).len(), 12, "one entry each");
    report("SIGTERM with twelve entries waiting", &ended, &[("told by then", by_then.into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_another_process_holds_for_a_moment_still_gets_the_last_position() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let (daemon, _player, remote) = watching(&home);
    let held = Connection::open(home.state_dir().join("journal.db")).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let position = remote.position();
    let begun = now();
    daemon.signal("TERM");
    until("it ends", LIMIT, || home.log().contains(" ending").then_some(()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    held.execute_batch("COMMIT").unwrap();
    let code = daemon.ended();
    let ended = Ended { code, position, took: now().duration_since(begun).as_secs_f64() };
    assert_eq!(ended.code, Some(0), "{}", home.log());
    assert_kept(&home, &ended);
    report("SIGTERM while another process writes the journal for a second", &ended, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_stays_blocked_keeps_the_daemon_from_nothing_but_writing_and_it_says_so() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let (daemon, _player, remote) = watching(&home);
    discovr.wait_for("the first position", LIMIT, |discovr| told(discovr) > 0).await;
    let before = kept(&home);
    let held = Connection::open(home.state_dir().join("journal.db")).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ended = end(daemon, &remote, "TERM");
    assert_eq!(ended.code, Some(0), "{}", home.log());
    held.execute_batch("ROLLBACK").unwrap();
    assert!(home.log().contains("the last positions are lost"), "{}", home.log());
    assert!(kept(&home) >= before, "what was kept before is still there");
    assert!(fs::metadata(home.state_dir().join("journal.db")).is_ok());
    report("SIGTERM while another process holds the journal and does not let go", &ended, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_started_by_nohup_outlives_the_terminal() {
    let discovr = Discovr::start().await;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("nohup");
    let script =
        format!("#!/bin/sh\ntrap '' HUP\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_discovr-scrobbler"));
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let home = Home::new(program);
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), OFTEN));
    let (daemon, _player, remote) = watching(&home);
    daemon.signal("HUP");
    remote.command(&serde_json::json!(["seek", 50, "absolute-percent"]));
    until("it goes on", LIMIT, || {
        let at = home.json(&["status"])["daemon"]["watching"][0]["position"].as_f64()?;
        (at > LENGTH * 0.5 - 1.0).then_some(())
    });
    assert_eq!(end(daemon, &remote, "TERM").code, Some(0));
}

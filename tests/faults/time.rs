//! The wall clock of the daemon is set while it runs, by libfaketime: whatever it says, an entry has the true time of the
//! completion, and nothing is sent too early or kept waiting.

use std::fs;
use std::path::{Path, PathBuf};

use discovr_scrobbler_support::discovr::{Discovr, Fault, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::mpv::Reached;
use discovr_scrobbler_support::report;
use discovr_scrobbler_support::wait::until;
use jiff::SignedDuration;

use crate::scene::*;

const HISTORY: &str = "POST /profile/history";
const HOUR: i64 = 3_600;

/// A home whose programs see a wall clock that is off, and whose daemon can be made to see another one.
struct Fake {
    home: Home,
    offset: PathBuf,
}

impl Fake {
    /// The wall clock is off by so many seconds.
    fn by(discovr: &Discovr, seconds: i64) -> Self {
        let library = fs::read_dir("/usr/lib")
            .expect("a folder")
            .filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketimeMT.so.1")))
            .find(|library| library.exists())
            .expect("libfaketime is installed: see tests/run");
        let home = home();
        let offset = home.path().join("offset");
        write(&offset, seconds);
        let variable = |path: &Path| path.to_str().expect("a path of our own").to_owned();
        let home = home
            .with_variable("LD_PRELOAD", &variable(&library))
            .with_variable("FAKETIME_TIMESTAMP_FILE", &variable(&offset))
            .with_variable("FAKETIME_NO_CACHE", "1")
            .with_variable("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .with_variable("NO_FAKE_STAT", "1");
        home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), OFTEN));
        Self { home, offset }
    }

    /// Sets it: off by so many seconds from now on.
    fn set(&self, seconds: i64) {
        write(&self.offset, seconds);
    }
}

/// In one piece: it is read all the time.
fn write(file: &Path, seconds: i64) {
    let new = file.with_extension("new");
    fs::write(&new, format!("{seconds:+}\n")).expect("a file of our own");
    fs::rename(new, file).expect("a file of our own");
}

/// So far off that it is the first of January 1970, and a few minutes.
fn in_1970() -> i64 {
    300 - now().as_second()
}

/// Watches the episode to its completion, and says when that was.
fn watch(home: &Home) -> Reached {
    let file = episode(home);
    let (player, remote) = mpv(home, &file, &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    until("the completion", LIMIT, || completed_at(home));
    player.quit();
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    });
    completed
}

async fn ends_right(home: &Home, discovr: &Discovr, completed: Reached, scenario: &str) {
    let watched = Watched::the_episode(completed);
    the_history_is(home, discovr, std::slice::from_ref(&watched)).await;
    // The listing says the same.
    let listed = completed_at(home).expect("it is completed");
    assert!(completed.is(listed, SignedDuration::from_secs(5)), "listed as of {listed}");
    let off = discovr.history(PROFILE)[0].updated_at.duration_since(completed.seen).as_millis();
    report::held("time", scenario, &[("off_ms", i64::try_from(off).unwrap_or(i64::MAX).into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_says_1970_until_the_network_comes_costs_no_true_time() {
    let mut discovr = Discovr::start().await;
    let fake = Fake::by(&discovr, in_1970());
    discovr.go_down();
    let daemon = fake.home.start_daemon();
    let completed = watch(&fake.home);
    let kept = completed_at(&fake.home).expect("it is completed");
    assert!(kept.as_second() < 24 * HOUR, "the daemon sees the wrong clock: {kept}");
    fake.set(0);
    discovr.come_up().await;
    ends_right(&fake.home, &discovr, completed, "the clock says 1970 until the network comes and sets it")
        .await;
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_died_before_its_clock_was_set_costs_no_true_time_either() {
    let mut discovr = Discovr::start().await;
    let fake = Fake::by(&discovr, in_1970());
    discovr.go_down();
    let daemon = fake.home.start_daemon();
    let completed = watch(&fake.home);
    daemon.kill();
    fake.set(0);
    let daemon = fake.home.start_daemon();
    discovr.come_up().await;
    ends_right(&fake.home, &discovr, completed, "the daemon is killed before the clock is set").await;
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_nobody_sets_is_corrected_by_the_services_before_anything_is_told() {
    for (off, scenario) in [
        (-2 * HOUR, "the clock is two hours behind and nobody sets it"),
        (2 * HOUR, "the clock is two hours ahead and nobody sets it"),
    ] {
        let mut discovr = Discovr::start().await;
        discovr.clock_is_ahead(SignedDuration::ZERO);
        let fake = Fake::by(&discovr, off);
        discovr.go_down();
        let daemon = fake.home.start_daemon();
        let completed = watch(&fake.home);
        discovr.come_up().await;
        ends_right(&fake.home, &discovr, completed, scenario).await;
        assert_eq!(daemon.stop(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_clock_that_is_set_back_and_forth_by_hours_changes_nothing() {
    let discovr = Discovr::start().await;
    discovr.clock_is_ahead(SignedDuration::ZERO);
    let fake = Fake::by(&discovr, 0);
    let daemon = fake.home.start_daemon();
    let file = episode(&fake.home);
    let (player, remote) = mpv(&fake.home, &file, &["--start=60%", "--speed=50"]);
    wait_until_watching(&fake.home);
    fake.set(5 * HOUR);
    remote.wait_until_at(LENGTH * 0.7);
    fake.set(-9 * HOUR);
    let completed = wait_for_four_fifths(&remote);
    until("the completion", LIMIT, || completed_at(&fake.home));
    fake.set(20 * 24 * HOUR);
    player.quit();
    ends_right(&fake.home, &discovr, completed, "a right clock is set back and forth by hours").await;
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.calls_to(HISTORY).len(), 1);
}

/// The service does not get what was sent; the clock is set right after. It is asked, and told again not before twenty
/// seconds have really passed, and not hours later.
async fn set_after_an_unclear_answer(by: i64, scenario: &str) {
    let discovr = Discovr::start().await;
    discovr.clock_is_ahead(SignedDuration::ZERO);
    let fake = Fake::by(&discovr, 0);
    discovr.fail(HISTORY, Fault::Hangup, 1);
    let daemon = fake.home.start_daemon();
    let file = episode(&fake.home);
    let (player, remote) = mpv(&fake.home, &file, &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    discovr.wait_for("the first call", LIMIT, |discovr| !discovr.calls_to(HISTORY).is_empty()).await;
    let first = now();
    fake.set(by);
    player.quit();
    discovr.wait_for("the second call", LIMIT, |discovr| discovr.calls_to(HISTORY).len() > 1).await;
    let waited = now().duration_since(first);
    // A moment less: the first one was seen a moment late.
    assert!(waited > SignedDuration::from_secs(19), "told again after {waited}");
    ends_right(&fake.home, &discovr, completed, scenario).await;
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.calls_to(HISTORY).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_forward_after_an_unclear_answer_makes_nothing_hurry() {
    set_after_an_unclear_answer(6 * HOUR, "the clock is set forward after an unclear answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_after_an_unclear_answer_keeps_nothing_waiting() {
    set_after_an_unclear_answer(-6 * HOUR, "the clock is set back after an unclear answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_a_clock_that_is_set_and_ends_in_its_real_time() {
    let discovr = Discovr::start().await;
    discovr.clock_is_ahead(SignedDuration::ZERO);
    let fake = Fake::by(&discovr, 0);
    let daemon = fake.home.start_daemon();
    discovr
        .wait_for("a session", LIMIT, |discovr| !discovr.calls_to("POST /auth/session-token").is_empty())
        .await;
    let file = episode(&fake.home);
    let (player, remote) = mpv(&fake.home, &file, &["--start=60%", "--speed=50"]);
    wait_until_watching(&fake.home);
    fake.set(30 * 24 * HOUR);
    let completed = wait_for_four_fifths(&remote);
    player.quit();
    ends_right(&fake.home, &discovr, completed, "the clock is set to after the end of the session").await;
    assert_eq!(discovr.calls_to("POST /auth/session-token").len(), 1);
    assert_eq!(daemon.stop(), Some(0));
}

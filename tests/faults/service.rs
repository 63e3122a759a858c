//! The service fails in the ways that have cost others duplicates and losses: always one entry with its true time.

use std::time::Duration;

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, Fault, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::wait::until;

use crate::scene::*;

const HISTORY: &str = "POST /profile/history";

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_throughout_gets_the_entry_with_its_true_time_when_it_is_back() {
    let mut discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    discovr.go_down();
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    until("the completion", LIMIT, || completed_at(&home));
    player.quit();
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    });
    assert!(discovr.calls().is_empty());
    discovr.come_up().await;
    let entry = the_entry(&discovr).await;
    assert_is_the_episode(&entry, completed);
    until("the queue is empty", LIMIT, || home.json(&["queue", "list"]).as_array()?.is_empty().then_some(()));
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.history(PROFILE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_after_the_entry_was_made_costs_no_second_one() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    discovr.fail(HISTORY, Fault::HangupAfter, 1);
    let (_player, _) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let entry = the_entry(&discovr).await;
    assert_is_the_episode(&entry, completed_at(&home).expect("it is completed"));
    until_history_is_settled(&home);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.calls_to(HISTORY).len(), 1);
    assert_eq!(discovr.history(PROFILE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_killed_between_the_call_and_its_answer_makes_no_second_entry() {
    entry_after_a_kill(Fault::StallAfter(Duration::from_secs(60)), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_killed_before_the_service_did_it_makes_the_entry_after_all() {
    entry_after_a_kill(Fault::Stall(Duration::from_secs(60)), 2).await;
}

/// Kills the daemon while the entry is under way, starts it again, and expects one entry after `posts` calls.
async fn entry_after_a_kill(fault: Fault, posts: usize) {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    discovr.fail(HISTORY, fault, 1);
    let (player, _) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    discovr.wait_for("the call", LIMIT, |discovr| !discovr.calls_to(HISTORY).is_empty()).await;
    daemon.kill();
    player.quit();
    let completed = completed_at(&home).expect("the intent is on disk before the call");
    let daemon = home.start_daemon();
    let entry = the_entry(&discovr).await;
    assert_is_the_episode(&entry, completed);
    until_history_is_settled(&home);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.calls_to(HISTORY).len(), posts);
    assert_eq!(discovr.history(PROFILE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_named_and_a_right_one_sends_what_waited_without_a_restart() {
    let discovr = Discovr::start().await;
    let home = home();
    home.configure(&home.settings(&discovr.url(), "rt_wrong", Some(PROFILE), OFTEN));
    let daemon = home.start_daemon();
    let status = until("the sign-in is refused", LIMIT, || {
        let status = home.run(&["status"]);
        (status.code == Some(3)).then_some(status.stdout)
    });
    assert!(status.contains("sign-in needed: Discovr does not accept the refresh token"), "{status}");
    let file = episode(&home);
    let (player, _) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = until("the completion", LIMIT, || completed_at(&home));
    player.quit();
    assert!(discovr.history(PROFILE).is_empty());
    home.write_token(REFRESH_TOKEN);
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    until("all is well", LIMIT, || (home.run(&["status"]).code == Some(0)).then_some(()));
    assert_eq!(daemon.stop(), Some(0));
    for secret in [REFRESH_TOKEN, "rt_wrong", "jwt."] {
        assert!(!home.log().contains(secret), "the log holds {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_profile_is_named_with_those_there_are_and_one_in_the_settings_sends_what_waited() {
    let discovr = Discovr::start().await;
    let home = home();
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, None, OFTEN));
    let daemon = home.start_daemon();
    let status = until("the profile is missed", LIMIT, || {
        let status = home.run(&["status"]);
        (status.code == Some(3)).then_some(status.stdout)
    });
    assert!(status.contains(PROFILE) && status.contains("Kim"), "{status}");
    let file = episode(&home);
    let (player, _) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = until("the completion", LIMIT, || completed_at(&home));
    player.quit();
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), OFTEN));
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_watched_under_a_mistyped_profile_goes_to_the_corrected_one() {
    let discovr = Discovr::start().await;
    let home = home();
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some("prof_typo"), OFTEN));
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    player.quit();
    let status = until("the profile is refused", LIMIT, || {
        let status = home.run(&["status"]);
        (status.code == Some(3)).then_some(status.stdout)
    });
    assert!(status.contains("prof_typo") && status.contains(PROFILE), "{status}");
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), OFTEN));
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    until("all is well", LIMIT, || (home.run(&["status"]).code == Some(0)).then_some(()));
    assert_eq!(daemon.stop(), Some(0));
    let at_default_level: Vec<_> = log_at_default_level(&home);
    assert!(at_default_level.iter().all(|line| !line.contains("Kim") && !line.contains("Example Show")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_tried_at_once_when_the_network_is_back_or_the_machine_awake() {
    let discovr = Discovr::start().await;
    let system = Bus::start();
    let home = home_with_account(&discovr).with_variable("DBUS_SYSTEM_BUS_ADDRESS", &system.address());
    let daemon = home.start_daemon();
    discovr.wait_for("the sign-in", LIMIT, |discovr| !discovr.calls().is_empty()).await;
    // The service asks for more patience than this test has.
    discovr.fail("", Fault::TooMany(Some("7200".into())), 1000);
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    player.quit();
    until("the service is in trouble", LIMIT, || {
        (home.json(&["status"])["services"][0]["failures"].as_u64()? > 0).then_some(())
    });
    discovr.forgive();
    let desktop = zbus::connection::Builder::address(system.address().as_str()).expect("an address");
    let desktop = desktop.build().await.expect("a connection to the bus");
    let none: Option<&str> = None;
    desktop
        .emit_signal(
            none,
            "/org/freedesktop/login1",
            "org.freedesktop.login1.Manager",
            "PrepareForSleep",
            &false,
        )
        .await
        .expect("the bus takes it");
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    assert_eq!(daemon.stop(), Some(0));
}

/// What the log would hold if nobody had asked for more.
fn log_at_default_level(home: &Home) -> Vec<String> {
    home.log().lines().filter(|line| !line.contains(" DEBUG ")).map(str::to_owned).collect()
}

fn until_history_is_settled(home: &Home) {
    until("the entry is settled", LIMIT, || {
        let deliveries = viewings(home).first()?["deliveries"].as_array()?.clone();
        let history = deliveries.iter().find(|delivery| delivery["content"]["what"] == "history")?;
        (history["status"] == "done").then_some(())
    });
}

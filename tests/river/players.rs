//! mpv by its socket, mpv by its socket and the bus, VLC: each plays an episode, and the history has it once.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, PROFILE};
use discovr_scrobbler_support::players::{MPV_MPRIS, RealPlayer};
use discovr_scrobbler_support::wait::until;
use serde_json::json;

use crate::scene::*;

#[tokio::test(flavor = "multi_thread")]
async fn mpv_seen_through_its_socket_leaves_positions_and_one_entry() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--speed=50"]);
    wait_until_watching(&home);
    discovr.wait_for("the start", LIMIT, |discovr| last_progress(discovr).is_some()).await;

    remote.wait_until_at(900.0);
    remote.command(&json!(["set_property", "pause", true]));
    let paused_at = remote.position() / LENGTH * 100.0;
    discovr
        .wait_for("the pause", LIMIT, |discovr| {
            last_progress(discovr).is_some_and(|progress| (progress - paused_at).abs() < 0.5)
        })
        .await;
    remote.command(&json!(["set_property", "pause", false]));

    let entry = the_entry(&discovr).await;
    let completed = completed_at(&home).expect("it is completed");
    assert_is_the_episode(&entry, completed);
    player.quit();
    until("the end is told", LIMIT, || (last_progress(&discovr)? > 80.0).then_some(()));

    assert_eq!(discovr.history(PROFILE).len(), 1);
    assert_eq!(viewings(&home).len(), 1);
    // 54 s of fast motion: a start, a pause, a resume, an end, and one every ten seconds; not one per second.
    let told = discovr.calls_to("PATCH /profile/playback").len();
    assert!((4..=14).contains(&told), "{told} positions were told");
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn mpv_seen_through_two_doors_is_one_viewing() {
    let discovr = Discovr::start().await;
    let bus = Bus::start();
    let home = home_with_account(&discovr).with_bus(bus.address());
    let daemon = home.start_daemon();
    let file = episode(&home);
    let ipc = format!("--input-ipc-server={}", socket(&home).display());
    let player = RealPlayer::mpv_mpris(&bus, &[&file], &[&ipc, "--speed=100"]);
    until("both doors are seen", LIMIT, || {
        let players = home.json(&["status"])["daemon"]["players"].as_array()?.clone();
        (players.len() >= 2).then_some(())
    });
    let entry = the_entry(&discovr).await;
    assert_is_the_episode(&entry, completed_at(&home).expect("it is completed"));
    player.quit();
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["players"].as_array()?.is_empty().then_some(())
    });
    assert_eq!(viewings(&home).len(), 1, "{}", home.log());
    assert_eq!(discovr.history(PROFILE).len(), 1);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn mpv_seen_through_the_bus_alone_leaves_one_entry() {
    assert!(std::path::Path::new(MPV_MPRIS).exists(), "mpv-mpris is installed: see tests/run");
    let discovr = Discovr::start().await;
    let bus = Bus::start();
    let home = home_with_account(&discovr).with_bus(bus.address());
    let daemon = home.start_daemon();
    let file = episode(&home);
    let player = RealPlayer::mpv_mpris(&bus, &[&file], &["--speed=100"]);
    let entry = the_entry(&discovr).await;
    assert_is_the_episode(&entry, completed_at(&home).expect("it is completed"));
    player.kill();
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!((viewings(&home).len(), discovr.history(PROFILE).len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn vlc_leaves_positions_and_one_entry() {
    let discovr = Discovr::start().await;
    let bus = Bus::start();
    let home = home_with_account(&discovr).with_bus(bus.address());
    let daemon = home.start_daemon();
    let file = episode(&home);
    let player = RealPlayer::vlc(&bus, &[&file], &["--rate=30", "--start-time=900", "--play-and-exit"]);
    wait_until_watching(&home);
    let entry = the_entry(&discovr).await;
    assert_is_the_episode(&entry, completed_at(&home).expect("it is completed"));
    until("the end is told", LIMIT, || (last_progress(&discovr)? > 80.0).then_some(()));
    drop(player);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!((viewings(&home).len(), discovr.history(PROFILE).len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpv_whose_socket_is_closed_to_us_is_reported_and_still_seen_on_the_bus() {
    let discovr = Discovr::start().await;
    let bus = Bus::start();
    let home = home_with_account(&discovr).with_bus(bus.address());
    let file = episode(&home);
    let ipc = format!("--input-ipc-server={}", socket(&home).display());
    let player = RealPlayer::mpv_mpris(&bus, &[&file], &[&ipc, "--start=60%", "--speed=50"]);
    until("the socket", LIMIT, || socket(&home).exists().then_some(()));
    fs::set_permissions(socket(&home), Permissions::from_mode(0o000)).expect("a socket of our own");
    let daemon = home.start_daemon();
    the_entry(&discovr).await;
    assert!(
        home.log().contains("the socket of an mpv cannot be opened (permission denied)"),
        "{}",
        home.log()
    );
    drop(player);
    assert_eq!(daemon.stop(), Some(0));
}

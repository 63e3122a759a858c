//! mpv by its socket, mpv by its socket and the bus, VLC: each plays an episode, and the history has it once.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, PROFILE};
use discovr_scrobbler_support::home::{Daemon, Home};
use discovr_scrobbler_support::mpv::Remote;
use discovr_scrobbler_support::players::{MPV_MPRIS, RealPlayer};
use discovr_scrobbler_support::remote::Remote as Buttons;
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
    plays_with_a_pause(&home, &discovr, &remote).await;
    player.quit();
    is_over(&home, &discovr, daemon);
}

#[tokio::test(flavor = "multi_thread")]
async fn mpv_seen_through_two_doors_is_one_viewing() {
    let discovr = Discovr::start().await;
    let bus = Bus::start();
    let home = home_with_account(&discovr).with_bus(bus.address());
    let daemon = home.start_daemon();
    let file = episode(&home);
    let ipc = format!("--input-ipc-server={}", socket(&home).display());
    let player = RealPlayer::mpv_mpris(&bus, &[&file], &[&ipc, "--speed=50"]);
    until("both doors are seen", LIMIT, || {
        let players = home.json(&["status"])["daemon"]["players"].as_array()?.clone();
        (players.len() >= 2).then_some(())
    });
    plays_with_a_pause(&home, &discovr, &Remote::new(&socket(&home))).await;
    player.quit();
    is_over(&home, &discovr, daemon);
}

/// The player plays the episode to 80 % with a pause in the middle: the start, the pause and the completion are told.
async fn plays_with_a_pause(home: &Home, discovr: &Discovr, remote: &Remote) {
    wait_until_watching(home);
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
    let reached = wait_for_four_fifths(remote);
    assert_is_the_episode(&the_entry(discovr).await, reached);
}

/// The player has gone: the end was told, and it was one viewing with one entry and a position now and then.
fn is_over(home: &Home, discovr: &Discovr, daemon: Daemon) {
    until("the end is told", LIMIT, || (last_progress(discovr)? > 80.0).then_some(()));
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    });
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!((viewings(home).len(), discovr.history(PROFILE).len()), (1, 1), "{}", home.log());
    // About a minute of fast motion: a start, a pause, a resume, an end, and one every ten seconds; not one a second.
    let told = discovr.calls_to("PATCH /profile/playback").len();
    assert!((4..=16).contains(&told), "{told} positions were told");
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
    let player = RealPlayer::vlc(&bus, &[&file], &["--rate=30", "--start-time=600"]);
    wait_until_watching(&home);
    discovr.wait_for("the start", LIMIT, |discovr| last_progress(discovr).is_some()).await;
    let buttons = Buttons::of(&bus, "vlc").await;
    buttons.pause().await;
    until("the pause", LIMIT, || {
        let status = home.json(&["status"]);
        (status["daemon"]["watching"][0]["playing"] == false).then_some(())
    });
    let paused_at = || home.json(&["status"])["daemon"]["watching"][0]["progress"].as_f64();
    until("the pause is told", LIMIT, || {
        ((last_progress(&discovr)? - paused_at()?).abs() < 0.5).then_some(())
    });
    buttons.play().await;
    let entry = the_entry(&discovr).await;
    // VLC says where it is only when asked: the daemon's own computed instant is compared, and with when it arrived.
    assert_is_the_episode(&entry, completed_at(&home).expect("it is completed"));
    assert_is_the_episode(&entry, entry.created_at);
    player.quit();
    is_over(&home, &discovr, daemon);
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

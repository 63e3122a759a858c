//! What counts as watched, over seeks, restarts and late starts.

use discovr_scrobbler_support::discovr::{Discovr, PROFILE};
use discovr_scrobbler_support::wait::until;
use serde_json::json;

use crate::scene::*;

#[tokio::test(flavor = "multi_thread")]
async fn jumping_to_ninety_percent_and_closing_leaves_a_position_and_no_entry() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &[]);
    wait_until_watching(&home);
    remote.command(&json!(["seek", 90, "absolute-percent+exact"]));
    discovr
        .wait_for("the new position", LIMIT, |discovr| {
            last_progress(discovr).is_some_and(|progress| (89.0..93.0).contains(&progress))
        })
        .await;
    player.quit();
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    });
    assert_eq!(daemon.stop(), Some(0));
    assert!(discovr.history(PROFILE).is_empty());
    assert_eq!(discovr.playback(PROFILE)["TV_1396"]["episode"], 2);
    assert_eq!(viewings(&home)[0]["completed_at"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_from_three_quarters_to_the_end_leaves_one_entry() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (_player, remote) = mpv(&home, &file, &["--start=75%", "--speed=50"]);
    let reached = wait_for_four_fifths(&remote);
    assert_is_the_episode(&the_entry(&discovr).await, reached);
    until("the end of the film", LIMIT, || {
        home.json(&["status"])["daemon"]["players"].as_array()?.is_empty().then_some(())
    });
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.history(PROFILE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_in_the_middle_continues_the_same_viewing() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (_player, remote) = mpv(&home, &file, &["--speed=50"]);
    wait_until_watching(&home);
    remote.wait_until_at(700.0);
    daemon.kill();
    let before = viewings(&home)[0]["id"].clone();
    let daemon = home.start_daemon();
    wait_until_watching(&home);
    let reached = wait_for_four_fifths(&remote);
    assert_is_the_episode(&the_entry(&discovr).await, reached);
    assert_eq!(daemon.stop(), Some(0));
    let viewings = viewings(&home);
    assert_eq!(viewings.len(), 1);
    assert_eq!(viewings[0]["id"], before);
    assert_eq!(discovr.history(PROFILE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_that_is_playing_already_is_picked_up() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let file = episode(&home);
    let (_player, remote) = mpv(&home, &file, &["--start=50%", "--speed=50"]);
    remote.wait_until_at(LENGTH * 0.52);
    let daemon = home.start_daemon();
    let reached = wait_for_four_fifths(&remote);
    assert_is_the_episode(&the_entry(&discovr).await, reached);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_daemon_keeps_the_last_position_and_tells_it() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (_player, remote) = mpv(&home, &file, &["--speed=20"]);
    wait_until_watching(&home);
    remote.wait_until_at(400.0);
    remote.command(&json!(["set_property", "speed", 1]));
    let at = remote.position() / LENGTH * 100.0;
    assert_eq!(daemon.stop(), Some(0));
    let told = last_progress(&discovr).expect("a position was told");
    assert!((told - at).abs() < 1.0, "told {told}, was at {at}");
    let kept = viewings(&home)[0]["progress_percent"].as_f64().expect("a number");
    assert!((kept - at).abs() < 1.0, "kept {kept}, was at {at}");
}

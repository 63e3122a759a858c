//! Two episodes in one file, in a real mpv: each has its entry with its own time, as soon as it was watched.

use std::path::PathBuf;

use discovr_scrobbler_support::discovr::{Discovr, Entry, PROFILE};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::mpv::Reached;
use discovr_scrobbler_support::wait::until;
use serde_json::json;

use crate::scene::*;

/// Where the first episode has been watched, in seconds of the file.
const FIRST: f64 = LENGTH / 2.0 * 0.8;
/// Where the second has been.
const SECOND: f64 = LENGTH / 2.0 * 1.8;

fn two_episodes(home: &Home) -> PathBuf {
    video(home, "Example Show {tmdb-1396}/Season 01/Example Show S01E01E02.mkv")
}

fn assert_is(entry: &Entry, episode: u64, when: Reached) {
    assert_eq!(entry.media_id, "TV_1396");
    assert_eq!((entry.season, entry.episode), (Some(1), Some(episode)));
    assert!(entry.progress >= 80.0, "{entry:?}");
    let right = when.is(entry.updated_at, jiff::SignedDuration::from_secs(5));
    assert!(right, "{entry:?} is too far away from {when:?}");
}

/// The history, the earliest entry first.
fn history(discovr: &Discovr) -> Vec<Entry> {
    let mut history = discovr.history(PROFILE);
    history.sort_by_key(|entry| entry.updated_at);
    history
}

#[tokio::test(flavor = "multi_thread")]
async fn two_episodes_in_one_file_are_two_entries_each_with_its_own_time() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let (player, remote) = mpv(&home, &two_episodes(&home), &["--speed=50"]);
    let first_at = remote.wait_until_at(FIRST);
    discovr.wait_for("the first entry", LIMIT, |discovr| !discovr.history(PROFILE).is_empty()).await;
    let told_at = remote.position();
    let status = home.json(&["status"]);
    let second_at = remote.wait_until_at(SECOND);
    discovr.wait_for("the second entry", LIMIT, |discovr| discovr.history(PROFILE).len() > 1).await;
    player.quit();
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    });
    assert_eq!(daemon.stop(), Some(0));
    let [first, second] = &history(&discovr)[..] else {
        panic!("two entries: {:?}", discovr.history(PROFILE))
    };
    assert_is(first, 1, first_at);
    assert_is(second, 2, second_at);
    assert!(told_at < SECOND, "the first is told before the second is watched, not at {told_at}");
    assert_eq!(status["daemon"]["watching"][0]["parts"], json!([true, false]));
    let viewings = viewings(&home);
    assert_eq!(viewings.len(), 1, "{}", home.log());
    assert_eq!(viewings[0]["parts"][1]["completed_at"], viewings[0]["completed_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_episodes_of_which_the_second_is_left_are_one_entry() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let (player, remote) = mpv(&home, &two_episodes(&home), &["--start=30%", "--speed=50"]);
    let first_at = remote.wait_until_at(FIRST);
    remote.wait_until_at(LENGTH * 0.55);
    player.quit();
    discovr.wait_for("an entry", LIMIT, |discovr| !discovr.history(PROFILE).is_empty()).await;
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    });
    assert_eq!(daemon.stop(), Some(0));
    let [first] = &history(&discovr)[..] else { panic!("one entry: {:?}", discovr.history(PROFILE)) };
    assert_is(first, 1, first_at);
    let viewings = viewings(&home);
    assert_eq!((viewings.len(), &viewings[0]["completed_at"]), (1, &json!(null)));
    assert_eq!(discovr.playback(PROFILE)["TV_1396"]["episode"], 2);
}

//! What is kept when nothing can be sent.

use std::fs;

use discovr_scrobbler_support::discovr::{Discovr, PROFILE};
use discovr_scrobbler_support::wait::until;
use serde_json::json;

use crate::scene::*;

#[tokio::test(flavor = "multi_thread")]
async fn without_an_account_the_viewing_is_in_the_journal() {
    let home = home();
    home.configure(&format!(
        "[discovr]\nenabled = false\n[paths]\nonly = [\"{}/**\"]\n{OFTEN}",
        home.videos().display()
    ));
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, _) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    until("the completion", LIMIT, || completed_at(&home));
    player.quit();
    assert_eq!(daemon.stop(), Some(0));
    let history = home.run(&["history"]);
    assert!(history.stdout.contains("Example Show S01E02"), "{history:?}");
    assert!(history.stdout.contains("completed"), "{history:?}");
    assert_eq!(home.json(&["queue", "list"]), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_viewing_is_sent_with_its_true_time_once_it_has_its_title() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = video(&home, "holiday.mkv");
    let (player, _) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = until("the completion", LIMIT, || completed_at(&home));
    player.quit();
    let held = home.run(&["match"]);
    assert!(held.stdout.contains("holiday"), "{held:?}");
    let number = home.json(&["match"])[0]["number"].to_string();
    assert!(discovr.calls_to("PATCH").is_empty() && discovr.calls_to("POST /profile").is_empty());

    let matched = home.run(&["match", &number, "--tmdb", "603", "--movie"]);
    assert_eq!(matched.code, Some(0), "{matched:?}");
    let entry = the_entry(&discovr).await;
    assert_eq!((entry.media_id.as_str(), entry.season, entry.episode), ("MV_603", None, None));
    let off = entry.updated_at.duration_since(completed).abs();
    assert!(off < jiff::SignedDuration::from_secs(2), "{off}");
    discovr.wait_for("its position", LIMIT, |discovr| discovr.playback(PROFILE).contains_key("MV_603")).await;
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.history(PROFILE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_database_is_set_aside_whole_and_a_new_one_begun() {
    let home = home();
    home.configure("[discovr]\nenabled = false\n");
    fs::create_dir_all(home.state_dir()).expect("a folder of our own");
    let rubbish = b"this was a journal once".repeat(1000);
    fs::write(home.state_dir().join("journal.db"), &rubbish).expect("a file of our own");
    let before = home.run(&["history"]);
    assert_eq!(before.code, Some(1));
    assert!(before.stderr.contains("journal.db is damaged"), "{before:?}");

    let daemon = home.start_daemon();
    assert_eq!(daemon.stop(), Some(0));
    let log = home.log();
    assert!(log.contains("set aside whole as"), "{log}");
    let aside: Vec<_> = fs::read_dir(home.state_dir())
        .expect("a folder of our own")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().contains("journal.db.broken-"))
        .collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(fs::read(&aside[0]).expect("it can be read"), rubbish);
    assert_eq!(home.run(&["history"]).code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_locked_while_a_film_begins_holds_it_in_the_end() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let other = rusqlite::Connection::open(home.state_dir().join("journal.db")).expect("a journal");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody else holds it");
    let file = episode(&home);
    let (_player, remote) = mpv(&home, &file, &["--start=50%", "--speed=30"]);
    until("the complaint", LIMIT, || home.log().contains("the journal cannot be used").then_some(()));
    // The start is followed by a pause, which makes it superfluous in what waits.
    remote.command(&json!(["set_property", "pause", true]));
    other.execute_batch("COMMIT").expect("it was begun");
    until("it can be used again", LIMIT, || {
        home.log().contains("the journal can be used again").then_some(())
    });
    remote.command(&json!(["set_property", "pause", false]));
    let reached = wait_for_four_fifths(&remote);
    assert_is_the_episode(&the_entry(&discovr).await, reached);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!((viewings(&home).len(), discovr.history(PROFILE).len()), (1, 1));
}

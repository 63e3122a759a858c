//! What was told as something else is put right: the right entry with its true time, the wrong one gone.

use std::time::Duration;

use discovr_scrobbler_support::discovr::{Discovr, Entry, Fault, PROFILE};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::wait::until;
use serde_json::json;

use crate::scene::*;

const MATCH: [&str; 8] = ["match", "1", "--tmdb", "1396", "--season", "1", "--episode", "3"];

/// Watches the episode to its end, with the daemon at work, until Discovr has it.
async fn told(discovr: &Discovr, home: &Home) -> Entry {
    let file = episode(home);
    let (player, _) = mpv(home, &file, &["--start=60%", "--speed=50"]);
    let wrong = the_entry(discovr).await;
    player.quit();
    until_nothing_waits(home);
    wrong
}

fn until_nothing_waits(home: &Home) {
    until("nothing to wait", LIMIT, || {
        let idle = home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty();
        (idle && home.json(&["queue", "list"]).as_array()?.is_empty()).then_some(())
    });
}

/// One entry, of the third episode, at the time at which it was really watched.
fn assert_is_put_right(discovr: &Discovr, wrong: &Entry) {
    let history = discovr.history(PROFILE);
    let [entry] = history.as_slice() else { panic!("{history:?}") };
    assert_eq!((entry.media_id.as_str(), entry.season, entry.episode), ("TV_1396", Some(1), Some(3)));
    assert_eq!(entry.updated_at, wrong.updated_at);
    assert!(entry.progress >= 80.0, "{entry:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewing_that_was_told_as_something_else_is_put_right_by_a_match() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let wrong = told(&discovr, &home).await;
    let said = home.run(&MATCH);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("S01E02 at discovr is taken back"), "{said:?}");
    until_nothing_waits(&home);
    assert_is_put_right(&discovr, &wrong);
    let history = home.run(&["history"]).stdout;
    assert!(history.contains("taken back") && history.contains("recorded"), "{history}");
    let retraction = viewings(&home)[0]["deliveries"][0].clone();
    assert_eq!(
        (&retraction["content"]["what"], &retraction["status"]),
        (&json!("retraction"), &json!("done"))
    );
    assert_eq!(discovr.playback(PROFILE)["TV_1396"]["episode"], 3);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_without_a_daemon_is_made_later_whatever_kills_that_one() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let wrong = told(&discovr, &home).await;
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(home.run(&MATCH).code, Some(0));
    discovr.fail("DELETE", Fault::StallAfter(Duration::from_secs(60)), 1);
    let daemon = home.start_daemon();
    discovr.wait_for("the call", LIMIT, |discovr| !discovr.calls_to("DELETE").is_empty()).await;
    daemon.kill();
    let daemon = home.start_daemon();
    until_nothing_waits(&home);
    assert_is_put_right(&discovr, &wrong);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.calls_to("DELETE").len(), 1);
    assert_eq!(discovr.calls_to("POST /profile/history").len(), 2);
}

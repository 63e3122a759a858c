//! Signing in while films are watched.

use discovr_scrobbler_support::discovr::{Discovr, Fault, OTHER_PROFILE, PROFILE};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::sign_in::CLIENT_ID;
use discovr_scrobbler_support::wait::until;

use crate::scene::*;

/// Plays this episode to its completion.
fn watch(home: &Home, number: u32) {
    let file = video(home, &format!("Example Show {{tmdb-1396}}/Season 01/Example Show S01E{number:02}.mkv"));
    let (player, _) = mpv(home, &file, &["--start=60%", "--speed=50"]);
    let before = viewings(home).len();
    until("the completion", LIMIT, || {
        let viewings = viewings(home);
        let newest = viewings.first()?;
        (viewings.len() > before || before == 0).then_some(())?;
        newest["completed_at"].as_str().map(drop)
    });
    player.quit();
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["players"].as_array()?.is_empty().then_some(())
    });
}

fn succeed(home: &Home, arguments: &[&str]) {
    let ran = home.run(arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

fn episodes(discovr: &Discovr, profile: &str) -> Vec<u64> {
    let mut episodes: Vec<u64> =
        discovr.history(profile).into_iter().filter_map(|entry| entry.episode).collect();
    episodes.sort_unstable();
    episodes
}

#[tokio::test(flavor = "multi_thread")]
async fn each_viewing_goes_to_the_profile_that_was_active_when_it_was_watched() {
    let discovr = Discovr::start().await;
    let home = home();
    home.configure(&format!(
        "[discovr]\napi_url = \"{}\"\n[paths]\nonly = [\"{}/**\"]\n{OFTEN}",
        discovr.url(),
        home.videos().display()
    ));
    let daemon = home.start_daemon();
    watch(&home, 1);
    assert!(discovr.calls().is_empty(), "nobody is signed in");
    succeed(&home, &["login", "--client-id", CLIENT_ID, "--profile", "Kim"]);
    discovr.wait_for("what was watched before", LIMIT, |d| episodes(d, PROFILE) == [1]).await;
    discovr.fail("POST /profile/history", Fault::Status(503), 1000);
    watch(&home, 2);
    succeed(&home, &["profile", "Living room"]);
    watch(&home, 3);
    assert_eq!(episodes(&discovr, PROFILE), [1]);
    discovr.forgive();
    succeed(&home, &["queue", "retry"]);
    discovr
        .wait_for("both", LIMIT, |d| episodes(d, PROFILE) == [1, 2] && episodes(d, OTHER_PROFILE) == [3])
        .await;
    assert_eq!(daemon.stop(), Some(0));
    for secret in discovr.secrets() {
        assert!(!home.log().contains(&secret), "the log holds {secret}");
    }
}

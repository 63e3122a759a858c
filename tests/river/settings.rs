//! Settings that change while the daemon runs.

use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::wait::until;

use crate::scene::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_threshold_counts_for_the_film_that_is_playing() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (_player, remote) = mpv(&home, &file, &["--start=20%", "--speed=20"]);
    wait_until_watching(&home);
    remote.wait_until_at(LENGTH * 0.27);
    let lower = "[playback]\ncompleted_percent = 30\n";
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), lower));
    until("the completion", LIMIT, || completed_at(&home));
    assert!(remote.position() < LENGTH * 0.7);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_leaves_the_old_settings_in_force_and_says_where_it_is_broken() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    home.configure("[discovr]\nprofil = \"x\"\n");
    until("the complaint", LIMIT, || home.log().contains("config.toml:2").then_some(()));
    assert!(home.log().contains("did you mean `profile`?"), "{}", home.log());
    let file = episode(&home);
    let (_player, _remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    the_entry(&discovr).await;
    assert_eq!(daemon.stop(), Some(0));
}

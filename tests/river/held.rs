//! What is held gets its title as soon as there is a reason to look again, and is then reported with its true time.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::tmdb::{BEARER, Fault, Tmdb};
use discovr_scrobbler_support::wait::until;

use crate::scene::*;

/// An episode whose name holds no id.
const NAME: &str = "Breaking Bad/Breaking.Bad.S01E02.mkv";
/// What the log says of a look at all that is held, when that is one viewing.
const LOOKED_AGAIN: &str = "looking again at held viewings count=1";

fn configure(home: &Home, discovr: &Discovr, more: &str) {
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &format!("{OFTEN}{more}")));
}

fn write_private(path: &Path, text: &str) {
    // In place at once: it must never be seen open to others.
    let new = path.with_extension("new");
    fs::write(&new, text).expect("a file of our own");
    fs::set_permissions(&new, Permissions::from_mode(0o600)).expect("a file of our own");
    fs::rename(new, path).expect("a file of our own");
}

/// `[tmdb]` with the token in a file, there or not.
fn with_tmdb(home: &Home, tmdb: &Tmdb) -> String {
    let token = home.config_dir().join("tmdb-token");
    format!("[tmdb]\napi_url = \"{}\"\ntoken_file = \"{}\"\n", tmdb.url(), token.display())
}

/// Plays the episode to its end and gives the time of its completion. It is held.
fn watch_what_is_held(home: &Home) -> jiff::Timestamp {
    let file = video(home, NAME);
    let (player, _) = mpv(home, &file, &["--start=60%", "--speed=50"]);
    let completed = until("the completion", LIMIT, || completed_at(home));
    player.quit();
    until("it is held", LIMIT, || {
        (viewings(home).first()?["identification"]["verdict"] == "held").then_some(())
    });
    completed
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_looked_up_when_the_network_is_back() {
    let (discovr, tmdb, system) = (Discovr::start().await, Tmdb::start().await, Bus::start());
    let home = home().with_variable("DBUS_SYSTEM_BUS_ADDRESS", &system.address());
    configure(&home, &discovr, &with_tmdb(&home, &tmdb));
    write_private(&home.config_dir().join("tmdb-token"), BEARER);
    tmdb.fail("", Fault::Hangup, 1000);
    let daemon = home.start_daemon();
    let completed = watch_what_is_held(&home);
    assert!(discovr.history(PROFILE).is_empty());
    assert!(!home.log().contains(LOOKED_AGAIN), "{}", home.log());
    tmdb.recover();
    let desktop = zbus::connection::Builder::address(system.address().as_str()).expect("an address");
    let desktop = desktop.build().await.expect("a connection to the bus");
    let none: Option<&str> = None;
    let (path, interface) = ("/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager");
    desktop.emit_signal(none, path, interface, "StateChanged", &70_u32).await.expect("the bus takes it");
    until("it is looked at again", LIMIT, || home.log().contains(LOOKED_AGAIN).then_some(()));
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_looked_up_when_a_token_comes() {
    let (discovr, tmdb) = (Discovr::start().await, Tmdb::start().await);
    let home = home();
    configure(&home, &discovr, &with_tmdb(&home, &tmdb));
    let daemon = home.start_daemon();
    let completed = watch_what_is_held(&home);
    assert!(tmdb.calls().is_empty() && discovr.history(PROFILE).is_empty());
    write_private(&home.config_dir().join("tmdb-token"), BEARER);
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    assert_eq!(daemon.stop(), Some(0));
    assert!(!home.log().contains(BEARER));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_looked_up_when_the_daemon_starts() {
    let (discovr, tmdb) = (Discovr::start().await, Tmdb::start().await);
    let home = home();
    configure(&home, &discovr, &with_tmdb(&home, &tmdb));
    let daemon = home.start_daemon();
    let completed = watch_what_is_held(&home);
    assert_eq!(daemon.stop(), Some(0));
    write_private(&home.config_dir().join("tmdb-token"), BEARER);
    let daemon = home.start_daemon();
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_gets_its_title_when_a_rule_is_written_and_a_broken_rule_changes_nothing() {
    let discovr = Discovr::start().await;
    let home = home();
    configure(&home, &discovr, "");
    let daemon = home.start_daemon();
    let completed = watch_what_is_held(&home);
    let rules = home.config_dir().join("rules.toml");
    write_private(&rules, "[[rules]]\ntitle = \"Breaking Bad\"\ntmdb = \"1396\"\nkind = \"series\"\n");
    until("the complaint", LIMIT, || home.log().contains("rules.toml:3").then_some(()));
    assert!(discovr.history(PROFILE).is_empty());
    write_private(&rules, "[[rules]]\ntitle = \"Breaking Bad\"\ntmdb = 1396\nkind = \"series\"\n");
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn always_is_heard_by_the_daemon_for_what_comes_later() {
    let discovr = Discovr::start().await;
    let home = home();
    configure(&home, &discovr, "");
    let daemon = home.start_daemon();
    let completed = watch_what_is_held(&home);
    let ran = home.run(&["match", "1", "tv/1396", "--always", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    let (_player, _) =
        mpv(&home, &video(&home, "Breaking Bad/Breaking.Bad.S01E03.mkv"), &["--start=60%", "--speed=50"]);
    discovr.wait_for("the next entry", LIMIT, |discovr| discovr.history(PROFILE).len() == 2).await;
    let entry = &discovr.history(PROFILE)[1];
    assert_eq!((entry.season, entry.episode), (Some(1), Some(3)), "{entry:?}");
    assert_eq!(daemon.stop(), Some(0));
}

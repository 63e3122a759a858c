//! What every test here needs: a home, an episode in it, the stand-in, and a way to play.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Discovr, Entry, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::media;
use discovr_scrobbler_support::mpv::Remote;
use discovr_scrobbler_support::players::RealPlayer;
use serde_json::Value;
use tempfile::TempDir;

/// Players and machines are slow at times; nothing here says how fast anything is.
pub(crate) const LIMIT: Duration = Duration::from_secs(180);
/// How long the episode is, in seconds.
pub(crate) const LENGTH: f64 = 2700.0;
/// Positions are told as often as the settings allow, so that fast motion shows some.
pub(crate) const OFTEN: &str = "[playback]\nprogress_interval = \"10s\"\n";

pub(crate) fn home() -> Home {
    Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler"))
}

/// A home with an account on `discovr`.
pub(crate) fn home_with_account(discovr: &Discovr) -> Home {
    let home = home();
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), OFTEN));
    home
}

/// Puts an episode of 45 minutes into the home, whose folder says which series it is: `TV_1396`, season 1, episode 2.
pub(crate) fn episode(home: &Home) -> PathBuf {
    video(home, "Example Show {tmdb-1396}/Season 01/Example Show S01E02.mkv")
}

/// Puts a video of 45 minutes into the home.
pub(crate) fn video(home: &Home, name: &str) -> PathBuf {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, made) = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let video = media::video(folder.path(), "episode.mkv", 2700, 10);
        (folder, video)
    });
    let path = home.videos().join(name);
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder of our own");
    fs::copy(made, &path).expect("a file of our own");
    path
}

/// mpv with a socket in the home's runtime folder, where nobody told the daemon to look, and its remote control.
pub(crate) fn mpv(home: &Home, file: &Path, arguments: &[&str]) -> (RealPlayer, Remote) {
    let socket = socket(home);
    let option = format!("--input-ipc-server={}", socket.display());
    let mut all = vec![option.as_str()];
    all.extend(arguments);
    let player = RealPlayer::bare_mpv(&[file], &all);
    let remote = Remote::new(&socket);
    (player, remote)
}

pub(crate) fn socket(home: &Home) -> PathBuf {
    home.runtime_dir().join("mpv-socket")
}

/// Waits until the daemon has announced the viewing.
pub(crate) fn wait_until_watching(home: &Home) {
    discovr_scrobbler_support::wait::until("the viewing is announced", LIMIT, || {
        let status = home.json(&["status"]);
        status["daemon"]["watching"][0]["viewing"].is_string().then_some(())
    });
}

/// The viewings in the journal, newest first.
pub(crate) fn viewings(home: &Home) -> Vec<Value> {
    home.json(&["history"]).as_array().expect("a list").clone()
}

/// The one entry in the history, after there is one.
pub(crate) async fn the_entry(discovr: &Discovr) -> Entry {
    discovr.wait_for("a history entry", LIMIT, |discovr| !discovr.history(PROFILE).is_empty()).await;
    let mut history = discovr.history(PROFILE);
    assert_eq!(history.len(), 1, "{history:?}");
    history.remove(0)
}

/// Waits until the film is at 80 %, by the player's own word, and gives the time at which that was.
pub(crate) fn wait_for_four_fifths(remote: &Remote) -> jiff::Timestamp {
    remote.wait_until_at(LENGTH * 0.8);
    now()
}

/// Whether `entry` is of the episode, completed at `when` give or take a few seconds.
pub(crate) fn assert_is_the_episode(entry: &Entry, when: jiff::Timestamp) {
    assert_eq!(entry.media_id, "TV_1396");
    assert_eq!((entry.season, entry.episode), (Some(1), Some(2)));
    assert!(entry.progress >= 80.0, "{entry:?}");
    let off = entry.updated_at.duration_since(when).abs();
    assert!(off < jiff::SignedDuration::from_secs(5), "{entry:?} is {off} away from {when}");
}

#[expect(clippy::disallowed_methods, reason = "real players play in real time")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// When the newest viewing was completed, by the journal.
pub(crate) fn completed_at(home: &Home) -> Option<jiff::Timestamp> {
    viewings(home).first()?["completed_at"].as_str()?.parse().ok()
}

/// The progress of the last position that was told, of any title.
pub(crate) fn last_progress(discovr: &Discovr) -> Option<f64> {
    discovr.calls_to("PATCH /profile/playback").last()?.body["progress"].as_f64()
}

//! What tests of the whole river need: a home, an episode in it, the stand-in, and a way to play.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::discovr::{Discovr, Entry, PROFILE, REFRESH_TOKEN};
use crate::home::Home;
use crate::media;
use crate::mpv::{Reached, Remote};
use crate::players::RealPlayer;
use crate::wait::{patiently_every, until};

/// Players and machines are slow at times; nothing here says how fast anything is.
pub const LIMIT: Duration = Duration::from_secs(180);
/// How long the episode is, in seconds.
pub const LENGTH: f64 = 2700.0;
/// How far a time may be off that a player told, which was heard of a moment later.
const TOLERANCE: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);
/// Positions are told as often as the settings allow, so that fast motion shows some.
pub const OFTEN: &str = "[playback]\nprogress_interval = \"10s\"\n";

/// A home with an account on `discovr`, in which `binary` is the program under test.
#[must_use]
pub fn home_with_account(binary: &str, discovr: &Discovr) -> Home {
    let home = Home::new(binary);
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), OFTEN));
    home
}

/// Puts an episode of 45 minutes into the home, whose folder says which series it is: `TV_1396`, season 1, episode 2.
pub fn episode(home: &Home) -> PathBuf {
    video(home, "Example Show {tmdb-1396}/Season 01/Example Show S01E02.mkv")
}

/// Puts a video of 45 minutes into the home.
pub fn video(home: &Home, name: &str) -> PathBuf {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, made) = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // So few frames that fast motion is no work.
        let video = media::video(folder.path(), "episode.mkv", 2700, 2);
        (folder, video)
    });
    let path = home.videos().join(name);
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder of our own");
    fs::copy(made, &path).expect("a file of our own");
    path
}

/// mpv with a socket in the home's runtime folder, where nobody told the daemon to look, and its remote control.
pub fn mpv(home: &Home, file: &Path, arguments: &[&str]) -> (RealPlayer, Remote) {
    let socket = socket(home);
    let option = format!("--input-ipc-server={}", socket.display());
    let mut all = vec![option.as_str()];
    all.extend(arguments);
    let player = RealPlayer::bare_mpv(&[file], &all);
    let remote = Remote::new(&socket);
    // From here on it has to be as fast as it says.
    let _ = remote.position();
    (player, remote)
}

/// The socket of [`mpv`].
#[must_use]
pub fn socket(home: &Home) -> PathBuf {
    home.runtime_dir().join("mpv-socket")
}

/// Waits until the daemon has announced the viewing.
pub fn wait_until_watching(home: &Home) {
    until("the viewing is announced", LIMIT, || {
        let status = home.json(&["status"]);
        status["daemon"]["watching"][0]["viewing"].is_string().then_some(())
    });
}

/// The viewings in the journal, newest first.
pub fn viewings(home: &Home) -> Vec<Value> {
    home.json(&["history"]).as_array().expect("a list").clone()
}

/// Something that was watched to its end, by the player's own word.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// `MV_…` or `TV_…`.
    pub media_id: String,
    /// Season and episode, for series.
    pub episode: Option<(u64, u64)>,
    /// When four fifths of it had been watched.
    pub completed_at: Reached,
}

impl Watched {
    /// The episode that [`episode`] makes.
    #[must_use]
    pub fn the_episode(completed_at: impl Into<Reached>) -> Self {
        Self { media_id: "TV_1396".into(), episode: Some((1, 2)), completed_at: completed_at.into() }
    }
}

/// The one assertion in which every scenario ends: once everything has been told, the history of [`PROFILE`] equals what
/// was watched, one entry per viewing, each with its true time.
///
/// # Panics
/// When it does not, or when something still waits after [`LIMIT`].
pub async fn the_history_is(home: &Home, discovr: &Discovr, watched: &[Watched]) {
    discovr
        .wait_for("everything to be told", LIMIT, |discovr| discovr.history(PROFILE).len() >= watched.len())
        .await;
    // Seldom: each look is a process, and there may be many scenarios at once.
    patiently_every(Duration::from_secs(1), "nothing of the history waits", LIMIT, || {
        waiting_history(home).is_empty().then_some(())
    })
    .await;
    let mut left = discovr.history(PROFILE);
    for viewing in watched {
        let of_it = |entry: &Entry| {
            entry.media_id == viewing.media_id
                && entry.season.zip(entry.episode) == viewing.episode
                && entry.progress >= 80.0
                && viewing.completed_at.is(entry.updated_at, TOLERANCE)
        };
        match left.iter().position(of_it) {
            Some(at) => drop(left.remove(at)),
            None => panic!("{viewing:?} is missing in {:?}", discovr.history(PROFILE)),
        }
    }
    assert!(left.is_empty(), "entries that nobody watched: {left:?}, besides {watched:?}");
}

/// The history entries and retractions that wait in the queue, or are under way.
#[must_use]
pub fn waiting_history(home: &Home) -> Vec<Value> {
    let queue = home.json(&["queue", "list"]);
    let queue = queue.as_array().expect("a list");
    queue.iter().filter(|row| row["content"]["what"] != "playback").cloned().collect()
}

/// The one entry in the history, after there is one.
pub async fn the_entry(discovr: &Discovr) -> Entry {
    discovr.wait_for("a history entry", LIMIT, |discovr| !discovr.history(PROFILE).is_empty()).await;
    let mut history = discovr.history(PROFILE);
    assert_eq!(history.len(), 1, "{history:?}");
    history.remove(0)
}

/// Waits until the film is at 80 %, by the player's own word, and gives the time at which that was.
pub fn wait_for_four_fifths(remote: &Remote) -> Reached {
    remote.wait_until_at(LENGTH * 0.8)
}

/// Whether `entry` is of the episode, completed at `when` give or take a few seconds.
pub fn assert_is_the_episode(entry: &Entry, when: impl Into<Reached>) {
    assert_eq!(entry.media_id, "TV_1396");
    assert_eq!((entry.season, entry.episode), (Some(1), Some(2)));
    assert!(entry.progress >= 80.0, "{entry:?}");
    let when = when.into();
    assert!(when.is(entry.updated_at, TOLERANCE), "{entry:?} is too far away from {when:?}");
}

/// The wall clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "real players play in real time")]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// When the newest viewing was completed, by the journal.
pub fn completed_at(home: &Home) -> Option<jiff::Timestamp> {
    viewings(home).first()?["completed_at"].as_str()?.parse().ok()
}

/// The progress of the last position that was told, of any title.
pub fn last_progress(discovr: &Discovr) -> Option<f64> {
    discovr.calls_to("PATCH /profile/playback").last()?.body["progress"].as_f64()
}

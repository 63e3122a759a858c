//! A home with an account on each service, and what Trakt's history must be in the end.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use crate::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use crate::home::Home;
use crate::scene::{LIMIT, OFTEN, Watched, waiting_history};
use crate::trakt::{CLIENT_ID, CLIENT_SECRET, Play, Trakt};
use crate::wait::patiently_every;

/// How far a time may be off that a player told.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);
/// By how much later than the completion a play may be that Trakt made itself when the player stopped: the player goes on
/// for a moment, and the stop is told a little later, but not much later.
const STOPPED: SignedDuration = SignedDuration::from_secs(150);

/// A home with an account on both services, in which `binary` is the program under test.
#[must_use]
pub fn home_with_both(binary: &str, discovr: &Discovr, trakt: &Trakt) -> Home {
    let home = Home::new(binary);
    sign_in_to_trakt(&home, trakt);
    let of_trakt = settings_of_trakt(&home, trakt);
    let more = format!("{of_trakt}\n{OFTEN}");
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &more));
    home
}

/// The settings for `trakt`, whose application's secret is put into the home.
///
/// # Panics
/// When it cannot be written.
#[must_use]
pub fn settings_of_trakt(home: &Home, trakt: &Trakt) -> String {
    let secret = home.config_dir().join("trakt-secret");
    write_secret(&secret, CLIENT_SECRET);
    let (url, file) = (trakt.url(), secret.display());
    format!(
        "[trakt]\nenabled = true\napi_url = \"{url}\"\nauth_url = \"{url}\"\nclient_id = \"{CLIENT_ID}\"\n\
         client_secret_file = \"{file}\"\n"
    )
}

/// Puts an approved sign-in into the home's state folder, as `login trakt` does.
///
/// # Panics
/// When it cannot be written.
pub fn sign_in_to_trakt(home: &Home, trakt: &Trakt) {
    fs::create_dir_all(home.state_dir()).expect("a folder of our own");
    fs::set_permissions(home.state_dir(), Permissions::from_mode(0o700)).expect("a folder of our own");
    write_secret(&home.state_dir().join("trakt-sign-in"), &trakt.signed_in());
}

fn write_secret(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).expect("a file of our own");
    fs::set_permissions(&new, Permissions::from_mode(0o600)).expect("a file of our own");
    fs::rename(new, path).expect("a file of our own");
}

/// Once everything has been told, Trakt's plays equal what was watched, one per viewing, each with its true time: that of its
/// completion, or, of one that ended with a stop, when it was stopped.
///
/// # Panics
/// When they do not, or when something still waits after [`LIMIT`].
pub async fn the_plays_are(home: &Home, trakt: &Trakt, watched: &[Watched]) {
    trakt.wait_until("everything to be told", LIMIT, || trakt.plays().len() >= watched.len()).await;
    // Seldom: each look is a process, and there may be many scenarios at once.
    patiently_every(Duration::from_secs(1), "nothing of the history waits", LIMIT, || {
        waiting_history(home).is_empty().then_some(())
    })
    .await;
    let mut left = trakt.plays();
    for viewing in watched {
        match left.iter().position(|play| is_of(play, viewing)) {
            Some(at) => drop(left.remove(at)),
            None => {
                let known = home.json(&["history"]);
                panic!("{viewing:?} is missing in {:?}; the journal has {known:#}", trakt.plays())
            }
        }
    }
    assert!(left.is_empty(), "plays of what nobody watched: {left:?}, besides {watched:?}");
}

/// Whether `play` tells of this viewing, with a true time.
#[must_use]
pub fn is_of(play: &Play, viewing: &Watched) -> bool {
    let number = viewing.media_id.split('_').nth(1).and_then(|number| number.parse().ok());
    let at = match play.action.as_str() {
        "scrobble" => {
            let (after, before) = (viewing.completed_at.due - TOLERANCE, viewing.completed_at.seen + STOPPED);
            after <= play.watched_at && play.watched_at <= before
        }
        _ => viewing.completed_at.is(play.watched_at, TOLERANCE),
    };
    Some(play.tmdb) == number && play.episode == viewing.episode && at
}

//! What the histories must hold in the end.

use std::fmt::Debug;

use discovr_scrobbler_support::discovr::Entry;
use discovr_scrobbler_support::trakt::Play;
use jiff::{SignedDuration, Timestamp};

/// How far a time may be off that a player told, which was heard of a moment later.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// How long after its completion a player may be left, and the stop that makes the play be told.
const LEFT: SignedDuration = SignedDuration::from_mins(5);

/// Something that was watched, and when its completion can have been known.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    /// `MV_…` or `TV_…`.
    pub(super) media_id: String,
    pub(super) episode: Option<(u64, u64)>,
    /// When mpv was at the threshold first, or would have been by its word. Nothing is completed earlier.
    pub(super) from: Timestamp,
    /// When a daemon had seen for certain what it takes. When mpv was at the threshold, if one was
    /// there all the time.
    pub(super) to: Timestamp,
}

impl Watched {
    fn is(&self, entry: &Entry) -> bool {
        entry.media_id == self.media_id
            && entry.season.zip(entry.episode) == self.episode
            && entry.progress >= 80.0
            && entry.updated_at > self.from - TOLERANCE
            && entry.updated_at < self.to + TOLERANCE
    }

    /// One that was added has the instant of the completion, one that a stop made that of the stop.
    fn was_played(&self, play: &Play) -> bool {
        let number = self.media_id.split('_').nth(1).and_then(|number| number.parse().ok());
        let until = if play.action == "scrobble" { self.to + LEFT } else { self.to + TOLERANCE };
        Some(play.tmdb) == number
            && play.episode == self.episode
            && play.watched_at > self.from - TOLERANCE
            && play.watched_at < until
    }
}

/// Whether `history` is what was `watched`: one entry for each, at its time, and nothing else.
///
/// # Errors
/// What is missing or too much.
pub(super) fn compare(watched: &[Watched], history: &[Entry]) -> Result<(), String> {
    one_for_each(watched, history.to_vec(), Watched::is)
}

/// Whether Trakt's `plays` are what was `watched`: one for each, at its time, and nothing else.
///
/// # Errors
/// What is missing or too much.
pub(super) fn compare_plays(watched: &[Watched], mut plays: Vec<Play>) -> Result<(), String> {
    // Of two viewings of one work the earlier has the earlier play.
    plays.sort_by_key(|play| play.watched_at);
    one_for_each(watched, plays, Watched::was_played)
}

fn one_for_each<T: Clone + Debug>(
    watched: &[Watched],
    mut left: Vec<T>,
    is: fn(&Watched, &T) -> bool,
) -> Result<(), String> {
    let all = left.clone();
    for viewing in watched {
        match left.iter().position(|entry| is(viewing, entry)) {
            Some(at) => drop(left.remove(at)),
            None => return Err(format!("missing: {viewing:#?}\nThe history: {all:#?}")),
        }
    }
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!("nobody watched this: {left:#?}\nWhat was watched: {watched:#?}"))
    }
}

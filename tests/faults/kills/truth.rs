//! What the history must hold in the end.

use discovr_scrobbler_support::discovr::Entry;
use jiff::{SignedDuration, Timestamp};

/// How far a time may be off that a player told, which was heard of a moment later.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

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
}

/// Whether `history` is what was `watched`: one entry for each, at its time, and nothing else.
///
/// # Errors
/// What is missing or too much.
pub(super) fn compare(watched: &[Watched], history: &[Entry]) -> Result<(), String> {
    let mut left = history.to_vec();
    for viewing in watched {
        match left.iter().position(|entry| viewing.is(entry)) {
            Some(at) => drop(left.remove(at)),
            None => return Err(format!("missing: {viewing:#?}\nThe history: {history:#?}")),
        }
    }
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!("nobody watched this: {left:#?}\nWhat was watched: {watched:#?}"))
    }
}

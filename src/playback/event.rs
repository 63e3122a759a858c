//! What the state machine gives out.

use std::fmt;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::settings::Settings;
use super::stretch::{Rule, Stretch};
use super::{CompletedPart, Parts, Ranges};
use crate::clock::Now;
use crate::player::{Media, MediaKey, Position};

/// The name of one viewing, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ViewingId(pub Uuid);

impl fmt::Display for ViewingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a viewing is, in percent: 0 to 100, always a number. Not a position.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Progress(f64);

impl Progress {
    /// From a percentage; what is no number is 0, what is beyond is clamped.
    #[must_use]
    pub fn percent(percent: f64) -> Self {
        if percent.is_nan() { Self(0.0) } else { Self(percent.clamp(0.0, 100.0)) }
    }

    /// `position` as a share of `duration`; 0 for no duration.
    #[must_use]
    pub fn of(position: Position, duration: Duration) -> Self {
        if duration.is_zero() {
            return Self(0.0);
        }
        Self::percent(position.offset().as_secs_f64() / duration.as_secs_f64() * 100.0)
    }

    /// The percentage, 0 to 100.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// Something that happened to a viewing, with the viewing as it is since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When it happened. For a completion this is the computed instant, not when it was noticed.
    pub at: Now,
    /// The viewing after it.
    pub viewing: Viewing,
}

/// What can happen to a viewing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// It was announced: it has played for `debounce`. Also after each sitting's beginning.
    Started,
    /// It has been paused for half a second.
    Paused,
    /// It goes on after a pause.
    Resumed,
    /// The position jumped, and has settled.
    Sought,
    /// It has played on for another `progress_interval`.
    Progressed,
    /// The sitting is over; the viewing may go on in another.
    Stopped,
    /// It, or one of its parts, has been watched: [`Viewing::parts`] says which. Once per part.
    Completed,
}

/// One person watching one thing once: all that is kept of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Viewing {
    /// Its name.
    pub id: ViewingId,
    /// What is watched, as the player described it last.
    pub media: Arc<Media>,
    /// The player that shows it, by its short name.
    pub player: String,
    /// How long the media is; zero where that is not known, as in what was taken over from another program.
    pub duration: Duration,
    /// The last believed position.
    pub position: Position,
    /// Which parts were really played, in media time.
    pub ranges: Ranges,
    /// When it began.
    pub started_at: Timestamp,
    /// When `position` was true.
    pub position_at: Timestamp,
    /// Its parts, and when each was completed.
    pub parts: Parts,
}

impl Viewing {
    /// The name under which its media is found again.
    #[must_use]
    pub fn media_key(&self) -> MediaKey {
        self.media.key(Some(self.duration))
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress::of(self.position, self.duration)
    }

    /// The instant of completion, once there is one: when the last of its parts was completed.
    #[must_use]
    pub fn completed_at(&self) -> Option<Timestamp> {
        self.parts.completed_at()
    }

    /// When each of `count` parts was completed. If it was watched as that many, that is what is known. Otherwise a part is
    /// completed if the watched ranges show it, by the default settings: when the last of the smaller parts in it was, and
    /// without such at the latest time at which it can have been, `position_at`.
    #[must_use]
    pub fn completions(&self, count: NonZeroU8) -> Vec<Option<Timestamp>> {
        let settings = Settings::default();
        let rule = Rule { completed: settings.completed.episode, min_watched: settings.min_watched };
        let shown = |index| {
            let stretch = Stretch::part(index, count, self.duration, rule);
            (count != self.parts.count() && stretch.is_shown_by(&self.ranges))
                .then(|| self.parts.completed_by(index, count).unwrap_or(self.position_at))
        };
        (0..count.get()).map(|index| self.parts.at(index, count).or_else(|| shown(index))).collect()
    }

    /// Its parts, with what [`Viewing::completions`] says of `count` of them.
    #[must_use]
    pub fn parts_with(&self, count: NonZeroU8) -> Parts {
        let completed = (0..)
            .zip(self.completions(count))
            .filter_map(|(index, at)| Some(CompletedPart { index, of: count, at: at? }));
        Parts::kept(self.parts.count(), self.parts.completed().iter().copied().chain(completed))
    }

    /// Which share of the media was really played. What was played of it while it was said to be longer does not count.
    #[must_use]
    pub fn coverage(&self) -> Progress {
        let played = self.ranges.within(Position::ZERO, Position::new(self.duration));
        Progress::of(Position::new(played.total()), self.duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::Location;

    #[test]
    fn what_was_played_of_media_that_became_shorter_is_not_watched_of_the_rest() {
        let at = |seconds| Position::new(Duration::from_secs(seconds));
        let mut ranges = Ranges::default();
        ranges.add(at(100), at(200));
        ranges.add(at(1000), at(2000));
        let viewing = Viewing {
            id: ViewingId(Uuid::nil()),
            media: Arc::new(Media::at(Location::File("/v/a.mkv".into()))),
            player: "vlc".into(),
            duration: Duration::from_secs(1000),
            position: at(1000),
            ranges,
            started_at: Timestamp::UNIX_EPOCH,
            position_at: Timestamp::UNIX_EPOCH,
            parts: Parts::default(),
        };
        assert_eq!(viewing.coverage().get(), 10.0);
    }
}

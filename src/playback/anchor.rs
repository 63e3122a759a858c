//! Where a position is, from the last time it was known.

use std::time::Duration;

use crate::clock::Moment;
use crate::player::{Position, Rate};

/// How long a position is believed to move on without a word from the player: two and a half of the watchers'
/// heartbeats. A frozen player answers nothing, and must not be credited with hours.
pub(crate) const HORIZON: Duration = Duration::from_secs(75);

/// A position known at a moment, and how fast it moves from there. Rate zero is a pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Anchor {
    pub(crate) at: Moment,
    pub(crate) position: Position,
    pub(crate) rate: Rate,
}

impl Anchor {
    /// The position at `moment`, never beyond `duration`.
    pub(crate) fn position_at(&self, moment: Moment, duration: Duration) -> Position {
        let believed = moment.since(self.at).min(HORIZON);
        Position::new(self.position.offset().saturating_add(self.rate.advance(believed)).min(duration))
            .max(Position::new(self.position.offset().min(duration)))
    }

    /// When the position will be at `target`; `None` if it never will, or only after it is no longer believed.
    pub(crate) fn reaches(&self, target: Position) -> Option<Moment> {
        if target <= self.position {
            return Some(self.at);
        }
        let distance = target.offset().saturating_sub(self.position.offset());
        let time = self.rate.time_for(distance)?;
        (time <= HORIZON).then(|| self.at.after(time))
    }

    /// The same line seen from `moment`: same positions from there on.
    pub(crate) fn moved_to(&self, moment: Moment, duration: Duration) -> Self {
        Self { at: moment, position: self.position_at(moment, duration), rate: self.rate }
    }

    /// How far a reading at this rate may be off and still be the same line: players answer up to a quarter
    /// of a second late (players reference, section 2, VLC), and lateness grows with the rate.
    pub(crate) fn tolerance(&self) -> Duration {
        Duration::from_secs(1).saturating_add(self.rate.advance(Duration::from_millis(500)))
    }
}

/// The distance between two positions.
pub(crate) fn distance(a: Position, b: Position) -> Duration {
    a.offset().abs_diff(b.offset())
}

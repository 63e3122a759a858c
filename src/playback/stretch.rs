//! What it takes to have watched a stretch of the media: all of it, or one of its parts.

use std::num::NonZeroU8;
use std::time::Duration;

use super::anchor::Anchor;
use super::{Progress, Ranges};
use crate::clock::Moment;
use crate::player::Position;

/// Who was played up to so little below the threshold, and is beyond it, did not jump there to make it count: a scene
/// was skipped, or the daemon was away for a while.
const SKIPPED: f64 = 10.0;
/// Who has played so much and reaches the end of the media has watched it, however the end was reached.
const MOST: f64 = 50.0;

/// From when on something counts as watched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// The progress that must be reached.
    pub(crate) completed: Progress,
    /// The share that must really have been played.
    pub(crate) min_watched: Progress,
}

/// A stretch of the media that is completed on its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    from: Position,
    to: Position,
    /// The progress that must be reached, in the media's time.
    threshold: Position,
    /// How much of it must really have been played.
    wanted: Duration,
    /// Whether it ends with the media.
    is_last: bool,
}

impl Stretch {
    /// All of the media.
    pub(crate) fn whole(duration: Duration, rule: Rule) -> Self {
        Self::part(0, NonZeroU8::MIN, duration, rule)
    }

    /// Part `index` of `count`, which share the media's `duration` evenly.
    pub(crate) fn part(index: u8, count: NonZeroU8, duration: Duration, rule: Rule) -> Self {
        let count = u32::from(count.get());
        let end_of = |parts: u32| duration.saturating_mul(parts) / count;
        let (from, to) = (end_of(u32::from(index)), end_of(u32::from(index) + 1));
        let length = to.saturating_sub(from);
        let share = |share: Progress| length.mul_f64(share.get() / 100.0);
        Self {
            from: Position::new(from),
            to: Position::new(to),
            threshold: Position::new(from.saturating_add(share(rule.completed))),
            wanted: share(rule.min_watched).max(Duration::from_millis(1)),
            is_last: u32::from(index) + 1 == count,
        }
    }

    /// When it will have been watched if it plays on as `anchor` says; at once if it has been.
    pub(crate) fn completion(&self, ranges: &Ranges, anchor: Anchor) -> Option<Moment> {
        let ranges = ranges.within(self.from, self.to);
        self.covered(&ranges, anchor, self.earned_at(&ranges, anchor.position))
    }

    /// When enough of it will have been played, wherever in it.
    pub(crate) fn coverage(&self, ranges: &Ranges, anchor: Anchor) -> Option<Moment> {
        self.covered(&ranges.within(self.from, self.to), anchor, self.from)
    }

    /// Whether what was played shows by itself that it has been watched, wherever the position is now.
    pub(crate) fn is_shown_by(&self, ranges: &Ranges) -> bool {
        let ranges = ranges.within(self.from, self.to);
        ranges.total() >= self.wanted
            && ranges.iter().any(|(_, to)| to >= self.threshold)
            && (self.is_led_to(&ranges) || ranges.beyond(self.threshold) >= self.wanted)
    }

    /// When enough of it will have been played and the position is at `earliest`. `ranges` are those within it.
    fn covered(&self, ranges: &Ranges, anchor: Anchor, earliest: Position) -> Option<Moment> {
        let missing = self.wanted.saturating_sub(ranges.total());
        let target = ranges.gained(self.nearest(anchor.position), missing).max(earliest);
        if target > self.to { None } else { anchor.reaches(target) }
    }

    /// From where on the threshold counts as reached: at once when it is played up to or was, and otherwise, since landing
    /// beyond it is not watching, when as much as a viewing takes was played there. It follows from the ranges alone, so
    /// that no restart makes a jump forgotten.
    fn earned_at(&self, ranges: &Ranges, position: Position) -> Position {
        let length = self.to.offset().saturating_sub(self.from.offset());
        let at_the_end =
            self.is_last && position >= self.to && ranges.total() >= length.mul_f64(MOST / 100.0);
        if position < self.threshold || at_the_end || self.is_led_to(ranges) {
            return self.threshold;
        }
        let missing = self.wanted.saturating_sub(ranges.beyond(self.threshold));
        ranges.gained(self.nearest(position), missing).max(self.threshold)
    }

    /// Whether it was played up to the threshold, or nearly.
    fn is_led_to(&self, ranges: &Ranges) -> bool {
        let skipped = self.to.offset().saturating_sub(self.from.offset()).mul_f64(SKIPPED / 100.0);
        let below = Position::new(self.threshold.offset().saturating_sub(skipped));
        ranges.iter().any(|(from, to)| {
            let long = to.offset().saturating_sub(from.offset()) >= self.wanted;
            from < self.threshold && (to >= self.threshold || to >= below && long)
        })
    }

    /// The position in it that is nearest to `position`.
    fn nearest(&self, position: Position) -> Position {
        position.max(self.from).min(self.to)
    }
}

//! The watched ranges: which parts of the media were really played.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::player::Position;

/// Disjoint, ordered, merged intervals of media time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ranges(Vec<(Position, Position)>);

impl Ranges {
    /// How many separate intervals are kept. Beyond that the shortest is forgotten: coverage is only ever
    /// understated, and a hostile player cannot grow the memory.
    pub const MAX: usize = 256;

    /// Adds what was played from `from` to `to`; nothing if that is empty or backwards.
    pub fn add(&mut self, from: Position, to: Position) {
        if to <= from {
            return;
        }
        let first = self.0.partition_point(|&(_, end)| end < from);
        let past = self.0.partition_point(|&(start, _)| start <= to);
        let merged =
            self.0[first..past].iter().fold((from, to), |(start, end), &(other_start, other_end)| {
                (start.min(other_start), end.max(other_end))
            });
        self.0.splice(first..past, [merged]);
        if self.0.len() > Self::MAX {
            let shortest = (0..self.0.len()).min_by_key(|&index| {
                let (start, end) = self.0[index];
                end.offset().saturating_sub(start.offset())
            });
            if let Some(index) = shortest {
                self.0.remove(index);
            }
        }
    }

    /// The length of all intervals together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.0.iter().fold(Duration::ZERO, |sum, &(start, end)| {
            sum.saturating_add(end.offset().saturating_sub(start.offset()))
        })
    }

    /// The length of what was played after `position`.
    #[must_use]
    pub fn beyond(&self, position: Position) -> Duration {
        self.0.iter().fold(Duration::ZERO, |sum, &(start, end)| {
            sum.saturating_add(end.offset().saturating_sub(start.max(position).offset()))
        })
    }

    /// Where something that plays on from `from` has added `more` to the total; parts that were played before add nothing.
    #[must_use]
    pub fn gained(&self, from: Position, more: Duration) -> Position {
        let mut at = from;
        let mut missing = more;
        for &(start, end) in &self.0 {
            if end <= at {
                continue;
            }
            let gap = start.offset().saturating_sub(at.offset());
            if gap >= missing {
                break;
            }
            missing = missing.saturating_sub(gap);
            at = at.max(end);
        }
        Position::new(at.offset().saturating_add(missing))
    }

    /// What of them lies between `from` and `to`.
    #[must_use]
    pub fn within(&self, from: Position, to: Position) -> Self {
        let clipped = self.0.iter().map(|&(start, end)| (start.max(from), end.min(to)));
        Self(clipped.filter(|&(start, end)| start < end).collect())
    }

    /// These and `other` together.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for &(from, to) in &other.0 {
            both.add(from, to);
        }
        both
    }

    /// The intervals, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Position, Position)> + '_ {
        self.0.iter().copied()
    }
}

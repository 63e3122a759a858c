//! How exactly the stand-in keeps the times that it is told.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// What becomes of an `updatedAt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Kept to the millisecond, as it was sent.
    #[default]
    Exact,
    /// Clipped to the second.
    Clipped,
    /// Rounded to the nearest second, perhaps into the future.
    Rounded,
}

impl Precision {
    pub(super) fn keep(self, time: Timestamp) -> Timestamp {
        let mode = match self {
            Self::Exact => return time,
            Self::Clipped => RoundMode::Floor,
            Self::Rounded => RoundMode::HalfExpand,
        };
        time.round(TimestampRound::new().smallest(Unit::Second).mode(mode)).unwrap_or(time)
    }
}

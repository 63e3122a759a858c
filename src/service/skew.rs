//! How far this machine's clock and the service's are apart, by the `Date` of its answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

const UNKNOWN: i64 = i64::MIN;

/// The latest measurement. Clones share it.
#[derive(Debug, Clone)]
pub struct ClockSkew(Arc<AtomicI64>);

impl Default for ClockSkew {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(UNKNOWN)))
    }
}

impl ClockSkew {
    /// By how many seconds the service's clock is ahead of this machine's; negative when it is behind, `None` before the
    /// first answer. Good to about a second.
    #[must_use]
    pub fn ahead(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|&ahead| ahead != UNKNOWN)
    }

    /// Keeps that an answer came at `now` with `date`.
    pub(crate) fn measured(&self, date: Timestamp, now: Timestamp) {
        self.0.store(date.as_second().saturating_sub(now.as_second()), Ordering::Relaxed);
    }

    /// An instant that the service tells, by this machine's clock.
    pub(crate) fn here(&self, there: Timestamp) -> Timestamp {
        Timestamp::from_second(there.as_second().saturating_sub(self.ahead().unwrap_or(0))).unwrap_or(there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_tells_is_moved_by_what_was_measured() {
        let skew = ClockSkew::default();
        let at = |second| Timestamp::from_second(second).expect("a time");
        assert_eq!((skew.ahead(), skew.here(at(500))), (None, at(500)));
        skew.measured(at(1_090), at(1_000));
        assert_eq!((skew.ahead(), skew.here(at(500))), (Some(90), at(410)));
        skew.measured(at(900), at(1_000));
        assert_eq!((skew.ahead(), skew.here(at(500))), (Some(-100), at(600)));
    }
}

//! The two clocks, read only here, so that everything else can be given its time.
//!
//! Positions run on the monotonic clock, which stands still while the machine sleeps: time asleep is not
//! time watched. What is told to people and services runs on the wall clock, which may jump.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant on the monotonic clock, as the time since the clock was made. It does not advance in suspend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Moment(Duration);

impl Moment {
    /// The moment `since_origin` after the clock was made.
    #[must_use]
    pub const fn new(since_origin: Duration) -> Self {
        Self(since_origin)
    }

    /// The time since the clock was made.
    #[must_use]
    pub const fn since_origin(self) -> Duration {
        self.0
    }

    /// The time from `earlier` to here; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment moved on by `by`, stopping at the end of time.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

/// One instant read from both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// For positions and deadlines.
    pub moment: Moment,
    /// For `updatedAt` and people.
    pub wall: Timestamp,
}

/// Where the time comes from. Cloned freely; all clones share one origin.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: tokio::time::Instant,
}

impl Clock {
    /// The system's clocks. Under tokio's paused time the monotonic one is virtual.
    #[must_use]
    pub fn system() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }

    /// Reads both clocks.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Now {
        Now { moment: Moment(self.origin.elapsed()), wall: Timestamp::now() }
    }

    /// `moment` as the instant tokio's timers understand.
    #[must_use]
    pub fn instant(&self, moment: Moment) -> tokio::time::Instant {
        self.origin + moment.0
    }
}

//! What the machine's clocks say: the wall clock, and the one that counts from the start of the machine on, sleep included.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// Two readings that are further apart than this were interrupted, perhaps by sleep.
const AT_ONCE: Duration = Duration::from_millis(50);
/// How often it is tried to read both clocks at once.
const TRIES: usize = 10;

/// What the clocks say at one instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// Since the start of the machine, sleep included.
    pub(super) up: Duration,
    pub(super) wall: Timestamp,
}

/// Which clocks are read.
#[derive(Debug, Clone)]
pub(super) enum Readings {
    Machine,
    Hand(Hand),
}

impl Readings {
    /// Both clocks, `elapsed` after the clock was made.
    pub(super) fn both(&self, elapsed: Duration) -> Reading {
        match self {
            Self::Machine => machine(),
            Self::Hand(hand) => hand.read(elapsed),
        }
    }

    /// The clock that counts from the start of the machine on.
    pub(super) fn up(&self, elapsed: Duration) -> Duration {
        match self {
            Self::Machine => up(),
            Self::Hand(hand) => hand.read(elapsed).up,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn machine() -> Reading {
    let mut reading = Reading { up: up(), wall: Timestamp::now() };
    for _ in 0..TRIES {
        let after = up();
        if after.saturating_sub(reading.up) < AT_ONCE {
            break;
        }
        reading = Reading { up: after, wall: Timestamp::now() };
    }
    reading
}

fn up() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default().min(999_999_999))
}

/// Clocks that are set by hand, for tests: they run with tokio's, which may be paused, from half an hour after the start of the
/// machine on. Clones are the same clocks.
#[derive(Debug, Clone)]
pub struct Hand(Arc<Mutex<Set>>);

#[derive(Debug)]
struct Set {
    start: Timestamp,
    stepped: SignedDuration,
    slept: Duration,
}

impl Hand {
    /// A wall clock that says `start` when the [`Clock`](super::Clock) is made.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Set { start, stepped: SignedDuration::ZERO, slept: Duration::ZERO })))
    }

    /// Somebody sets the wall clock forward, or back.
    pub fn step(&self, by: SignedDuration) {
        let mut set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        set.stepped = set.stepped.saturating_add(by);
    }

    /// The machine sleeps for so long.
    pub fn sleep(&self, time: Duration) {
        let mut set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        set.slept = set.slept.saturating_add(time);
    }

    fn read(&self, elapsed: Duration) -> Reading {
        const BEFORE: Duration = Duration::from_secs(1_800);
        let set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = elapsed.saturating_add(set.slept);
        let wall = set.start.saturating_add(since).and_then(|wall| wall.saturating_add(set.stepped));
        Reading { up: since.saturating_add(BEFORE), wall: wall.unwrap_or(set.start) }
    }
}

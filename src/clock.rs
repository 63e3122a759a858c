//! The clocks, read only here, so that everything else can be given its time.
//!
//! Positions run on the monotonic clock, which stands still while the machine sleeps: time asleep is not
//! time watched. What is told to people and services is wall time. A run takes it from the machine's wall clock once, at
//! its start, and counts on from there, through sleep: whoever sets the wall clock later, nothing jumps in here. By how
//! much all of a run's times are off is its [`Belief`], and may change: see [`judge`]. The journal keeps times
//! as they are believed to be, and mends those of a run when the belief changes.

mod judge;
mod readings;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use readings::Hand;
use readings::{Reading, Readings};

/// An answer that took longer than this does not tell what time it is.
const PROMPT: Duration = Duration::from_secs(5);
/// Names this start of the machine, and no other.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

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
    /// For `updatedAt` and people: as the run counts it.
    pub wall: Timestamp,
}

/// What a run believes of its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belief {
    /// Which start of the machine it belongs to.
    pub boot: Arc<str>,
    /// What is to be added to the run's wall times, in whole milliseconds.
    pub correction: SignedDuration,
    /// When the machine was started, by the corrected time: it changes only with the belief.
    pub started: Timestamp,
    /// The same by the service's clock, if it has been heard.
    pub heard: Option<Timestamp>,
}

/// Where the time comes from. Cloned freely; all clones share one origin, and one belief.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: tokio::time::Instant,
    readings: Readings,
    began: Reading,
    boot: Arc<str>,
    judged: Arc<Mutex<Judged>>,
}

/// In milliseconds that are to be added to the run's times.
#[derive(Debug, Default)]
struct Judged {
    correction: i64,
    heard: Option<i64>,
}

impl Clock {
    /// The system's clocks. Under tokio's paused time the monotonic one is virtual.
    #[must_use]
    pub fn system() -> Self {
        // Without the file each run is on its own.
        let boot = std::fs::read_to_string(BOOT_ID);
        let boot = boot.map_or_else(|_| uuid::Uuid::now_v7().to_string(), |boot| boot.trim().to_owned());
        Self::reading(Readings::Machine, &boot)
    }

    /// Clocks that are set by hand. Each clock is in a start of the machine of its own.
    #[must_use]
    pub fn by_hand(hand: &Hand) -> Self {
        Self::reading(Readings::Hand(hand.clone()), &uuid::Uuid::now_v7().to_string())
    }

    fn reading(readings: Readings, boot: &str) -> Self {
        let began = readings.both(Duration::ZERO);
        Self {
            origin: tokio::time::Instant::now(),
            readings,
            began,
            boot: boot.into(),
            judged: Arc::default(),
        }
    }

    /// Reads both clocks: the monotonic one, and the wall clock as this run counts it.
    #[must_use]
    pub fn now(&self) -> Now {
        let elapsed = self.origin.elapsed();
        Now { moment: Moment(elapsed), wall: self.wall(self.readings.up(elapsed)) }
    }

    /// The same with the wall time as it is believed to be: for people, and to compare with what services say.
    #[must_use]
    pub fn corrected_now(&self) -> Now {
        let now = self.now();
        Now { wall: now.wall.saturating_add(self.belief().correction).unwrap_or(now.wall), ..now }
    }

    /// `moment` as the instant tokio's timers understand.
    #[must_use]
    pub fn instant(&self, moment: Moment) -> tokio::time::Instant {
        self.origin + moment.0
    }

    /// By how many milliseconds the machine's wall clock is ahead of this one: it was set since this one was made.
    #[must_use]
    pub fn system_ahead(&self) -> i64 {
        let reading = self.readings.both(self.origin.elapsed());
        reading.wall.as_millisecond().saturating_sub(self.wall(reading.up).as_millisecond())
    }

    /// A service that was asked at `asked` (as this run counts) has answered that it is `date`.
    pub(crate) fn heard(&self, date: Timestamp, asked: Timestamp) {
        let now = self.now().wall;
        let took = now.duration_since(asked);
        if took.is_negative() || took.unsigned_abs() > PROMPT {
            return;
        }
        // A date is cut off to the second, and was written somewhere on the way.
        let there = date.as_millisecond().saturating_add(500);
        let here = asked.as_millisecond().saturating_add(i64::try_from(took.as_millis() / 2).unwrap_or(0));
        self.judged().heard = Some(there.saturating_sub(here));
    }

    /// Takes over when the machine was started by the service's clock, as an earlier run of the same start heard it.
    pub(crate) fn remember(&self, heard: Timestamp) {
        let ahead = heard.as_millisecond().saturating_sub(self.started());
        self.judged().heard.get_or_insert(ahead);
    }

    /// Which start of the machine this is.
    pub(crate) fn boot(&self) -> Arc<str> {
        Arc::clone(&self.boot)
    }

    /// What is believed now: judged anew, see [`judge`].
    #[must_use]
    pub fn belief(&self) -> Belief {
        let system = self.system_ahead();
        let mut judged = self.judged();
        judged.correction = judge::judge(judged.correction, system, judged.heard);
        let at = |ahead: i64| timestamp(self.started().saturating_add(ahead));
        Belief {
            boot: self.boot(),
            correction: SignedDuration::from_millis(judged.correction),
            started: at(judged.correction),
            heard: judged.heard.map(at),
        }
    }

    fn judged(&self) -> std::sync::MutexGuard<'_, Judged> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wall(&self, up: Duration) -> Timestamp {
        self.began.wall.saturating_add(up.saturating_sub(self.began.up)).unwrap_or(Timestamp::MAX)
    }

    /// When the machine was started as this run counts, in milliseconds since 1970.
    fn started(&self) -> i64 {
        let up = i64::try_from(self.began.up.as_millis()).unwrap_or(i64::MAX);
        self.began.wall.as_millisecond().saturating_sub(up)
    }
}

/// What cannot be a time becomes the nearest that is one.
fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000;

    fn hand() -> Hand {
        Hand::at(at(START))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_wall_time_of_a_run_goes_on_evenly_through_sleep_and_steps() {
        let hand = hand();
        let clock = Clock::by_hand(&hand);
        tokio::time::advance(Duration::from_secs(10)).await;
        hand.step(SignedDuration::from_hours(-5));
        assert_eq!(clock.now().wall, at(START + 10));
        hand.sleep(Duration::from_secs(3_600));
        let now = clock.now();
        assert_eq!((now.wall, now.moment), (at(START + 3_610), Moment::new(Duration::from_secs(10))));
        assert_eq!(clock.system_ahead(), -5 * 3_600_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_began_in_1970_is_corrected_when_the_clock_is_set_and_by_an_answer() {
        let hand = Hand::at(at(60));
        let clock = Clock::by_hand(&hand);
        let believed = clock.belief();
        assert_eq!((believed.correction, believed.heard), (SignedDuration::ZERO, None));
        hand.step(SignedDuration::from_secs(START - 60));
        let believed = clock.belief();
        assert_eq!(believed.started, at(START - 1_800));
        assert_eq!(clock.corrected_now().wall, at(START));
        // The service knows better than whoever set it two hours off.
        clock.heard(at(START + 7_200), clock.now().wall);
        assert_eq!(clock.corrected_now().wall.as_second(), START + 7_200);
        assert_eq!(clock.now().wall, at(60));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_under_way_while_the_machine_slept_tells_no_time() {
        let hand = hand();
        let clock = Clock::by_hand(&hand);
        let asked = clock.now().wall;
        hand.sleep(Duration::from_secs(8 * 3_600));
        clock.heard(asked, asked);
        assert_eq!(clock.belief().heard, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_run_of_the_same_start_knows_what_the_first_one_heard() {
        let hand = hand();
        let first = Clock::by_hand(&hand);
        first.heard(at(START - 7_200), first.now().wall);
        let heard = first.belief().heard.expect("it was heard");
        tokio::time::advance(Duration::from_secs(100)).await;
        let later = Clock::by_hand(&Hand::at(at(START)));
        later.remember(heard);
        assert_eq!(later.belief().correction, first.belief().correction);
    }

    #[test]
    fn the_machines_clocks_are_read() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let clock = Clock::system();
            assert!(clock.system_ahead().abs() < 60_000 && !clock.boot().is_empty());
        });
    }
}

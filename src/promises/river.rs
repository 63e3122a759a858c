//! The inputs that are more than one room's: what a player says, and what `playback` makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::clock::{Moment, Now};
use crate::playback::{Event, Input, Output, Settings, Tracker, ViewingId};
use crate::player::{Observation, PlayerReport, Rate, mpris, mpv};

/// The stream of an mpv's socket. A zero byte lets time pass before it goes on: the byte behind it says how long.
pub fn mpv_lines(bytes: &[u8]) {
    watch(mpv::promises::observed(bytes));
}

/// What a player on the bus answers, one answer after another, as it is sent or value by value.
pub fn mpris_metadata(bytes: &[u8]) {
    watch(mpris::promises::observed(bytes));
}

/// More deadlines in a row than this are passed over between two observations.
const MANY: usize = 16;
/// What rounding may add to a sum of ranges.
const ROUNDING: Duration = Duration::from_millis(1);

/// Lets `playback` see `observations`, which are in their order, and what follows from them.
fn watch(observations: Vec<Observation>) {
    let (Some(first), Some(last)) = (observations.first(), observations.last()) else { return };
    let mut desk = Desk::new(first.at);
    let (source, end) = (last.source.clone(), last.at.after(Duration::from_secs(3600)));
    for observation in observations {
        desk.wait_for(observation.at);
        desk.tell(Input::Report(PlayerReport::Observed(observation)));
    }
    desk.wait_for(end);
    desk.tell(Input::Report(PlayerReport::Gone { source, at: end }));
    desk.wait_for(end.after(Duration::from_secs(60)));
    desk.tell(Input::Shutdown);
    assert_eq!(desk.tracker.deadline(), None, "nothing can happen any more");
}

struct Desk {
    tracker: Tracker,
    start: Moment,
    now: Moment,
    covered: BTreeMap<ViewingId, Duration>,
    /// The longest that any media was.
    longest: Duration,
}

impl Desk {
    fn new(start: Moment) -> Self {
        let mut number = 0;
        let ids = move || {
            number += 1;
            ViewingId(Uuid::from_u128(number))
        };
        let tracker = Tracker::new(Settings::default(), ids);
        Self { tracker, start, now: start, covered: BTreeMap::new(), longest: Duration::ZERO }
    }

    /// Lets time pass, with everything that is due in it.
    fn wait_for(&mut self, until: Moment) {
        for _ in 0..MANY {
            match self.tracker.deadline().filter(|deadline| deadline.at <= until) {
                Some(deadline) => {
                    self.now = self.now.max(deadline.at);
                    self.tell(Input::Tick);
                }
                None => break,
            }
        }
        self.now = self.now.max(until);
    }

    fn tell(&mut self, input: Input) {
        let wall = SignedDuration::try_from(self.now.since_origin()).unwrap_or(SignedDuration::ZERO);
        let now =
            Now { moment: self.now, wall: Timestamp::UNIX_EPOCH.saturating_add(wall).unwrap_or_default() };
        let mut outputs = self.tracker.handle(input, now);
        while let Some(output) = outputs.pop() {
            match output {
                Output::Event(event) => self.event(&event),
                Output::Recall(media) => {
                    let answer = Input::Recalled { media, viewing: None };
                    outputs.extend(self.tracker.handle(answer, now));
                }
            }
        }
        let deadline = self.tracker.deadline();
        assert!(deadline.is_none_or(|deadline| deadline.at > self.now), "{deadline:?} has passed");
    }

    fn event(&mut self, event: &Event) {
        let viewing = &event.viewing;
        let total = viewing.ranges.total();
        assert!(event.at.moment <= self.now, "something has yet to happen");
        assert!(viewing.position.offset() <= viewing.duration, "a position beyond the end");
        // What was played while it was said to be longer is not forgotten.
        self.longest = self.longest.max(viewing.duration);
        assert!(total <= self.longest.saturating_add(ROUNDING), "covers more than there ever was");
        for share in [viewing.progress(), viewing.coverage()] {
            assert!((0.0..=100.0).contains(&share.get()), "no percentage");
        }
        let parts: BTreeSet<_> = viewing.parts.completed().iter().map(|part| (part.index, part.of)).collect();
        assert_eq!(parts.len(), viewing.parts.completed().len(), "a part was completed twice");
        self.covered.insert(viewing.id, total);
        let played = Rate::new(Rate::MAX).advance(self.now.since(self.start));
        let covered = self.covered.values().fold(Duration::ZERO, |sum, &total| sum.saturating_add(total));
        assert!(covered <= played.saturating_add(ROUNDING), "covered more than was played");
    }
}

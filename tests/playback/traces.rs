//! Recorded traces of real players, replayed: what mpv and VLC said then gives these events for ever.

use std::collections::BTreeMap;
use std::path::Path;

use discovr_scrobbler::clock::{Moment, Now};
use discovr_scrobbler::playback::{EventKind, Input, Output, Settings, Tracker, Viewing, ViewingId};
use discovr_scrobbler::player::{MediaKey, PlayerReport};
use jiff::Timestamp;
use uuid::Uuid;

/// Replays a trace and gives the events with the whole percent at which each happened.
pub(crate) fn replay(file: &Path) -> Vec<(EventKind, u64)> {
    let text = std::fs::read_to_string(file).expect("a readable trace");
    let reports: Vec<PlayerReport> =
        text.lines().map(|line| serde_json::from_str(line).expect("a report a line")).collect();
    let mut next = 0;
    let mut tracker = Tracker::new(Settings::default(), move || {
        next += 1;
        ViewingId(Uuid::from_u64_pair(0, next))
    });
    let mut journal = BTreeMap::new();
    let mut events = Vec::new();
    for report in reports {
        let at = match &report {
            PlayerReport::Observed(observation) => observation.at,
            PlayerReport::Gone { at, .. } => *at,
        };
        pass_until(&mut tracker, at, &mut journal, &mut events);
        give(&mut tracker, Input::Report(report), at, &mut journal, &mut events);
    }
    while let Some(deadline) = tracker.deadline() {
        give(&mut tracker, Input::Tick, deadline.at, &mut journal, &mut events);
    }
    events
}

fn pass_until(
    tracker: &mut Tracker,
    until: Moment,
    journal: &mut BTreeMap<MediaKey, Viewing>,
    events: &mut Vec<(EventKind, u64)>,
) {
    while let Some(deadline) = tracker.deadline().filter(|deadline| deadline.at <= until) {
        give(tracker, Input::Tick, deadline.at, journal, events);
    }
}

fn give(
    tracker: &mut Tracker,
    input: Input,
    at: Moment,
    journal: &mut BTreeMap<MediaKey, Viewing>,
    events: &mut Vec<(EventKind, u64)>,
) {
    let wall = Timestamp::UNIX_EPOCH.checked_add(at.since_origin()).expect("a time in this century");
    let mut inputs = vec![input];
    while let Some(input) = inputs.pop() {
        for output in tracker.handle(input, Now { moment: at, wall }) {
            match output {
                Output::Recall(media) => {
                    let viewing = journal.get(&media).cloned().map(Box::new);
                    inputs.push(Input::Recalled { media, viewing });
                }
                Output::Event(event) => {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
                    events.push((event.kind, event.viewing.progress().get() as u64));
                    journal.insert(event.viewing.media_key(), event.viewing);
                }
            }
        }
    }
}

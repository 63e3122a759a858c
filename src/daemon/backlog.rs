//! What the journal could not take yet: kept in memory, in order, until it can.

use std::collections::VecDeque;

use crate::playback::{Event, EventKind};

/// Events that wait for the journal. Never more than two per viewing: its completion and its latest.
#[derive(Debug, Default)]
pub(crate) struct Backlog(VecDeque<Event>);

impl Backlog {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn front(&self) -> Option<&Event> {
        self.0.front()
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop_front();
    }

    /// Adds an event. It makes all earlier ones of its viewing superfluous, but for the completion.
    pub(crate) fn push(&mut self, event: Event) {
        self.0.retain(|waiting| {
            waiting.viewing.id != event.viewing.id
                || waiting.kind == EventKind::Completed && event.kind != EventKind::Completed
        });
        self.0.push_back(event);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::clock::{Moment, Now};
    use crate::playback::{Parts, Ranges, Viewing, ViewingId};
    use crate::player::{Location, Media, Position};

    fn event(viewing: u64, kind: EventKind) -> Event {
        let wall = Timestamp::UNIX_EPOCH;
        Event {
            kind,
            at: Now { moment: Moment::default(), wall },
            viewing: Viewing {
                id: ViewingId(Uuid::from_u64_pair(0, viewing)),
                media: Arc::new(Media::at(Location::File(PathBuf::from("/videos/film.mkv")))),
                player: "mpv".into(),
                duration: Duration::from_secs(2700),
                position: Position::ZERO,
                ranges: Ranges::default(),
                started_at: wall,
                position_at: wall,
                parts: Parts::default(),
            },
        }
    }

    #[test]
    fn of_each_viewing_the_completion_and_the_latest_wait_in_order() {
        let mut backlog = Backlog::default();
        for (viewing, kind) in [
            (1, EventKind::Started),
            (1, EventKind::Progressed),
            (2, EventKind::Started),
            (1, EventKind::Completed),
            (1, EventKind::Progressed),
            (1, EventKind::Stopped),
        ] {
            backlog.push(event(viewing, kind));
        }
        let mut kinds = Vec::new();
        while let Some(front) = backlog.front() {
            kinds.push(front.kind);
            backlog.pop();
        }
        assert!(backlog.is_empty());
        assert_eq!(kinds, [EventKind::Started, EventKind::Completed, EventKind::Stopped]);
    }
}

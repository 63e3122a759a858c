//! One media being played: the part of a viewing between loading and leaving it.
//!
//! A sitting knows at any moment the next thing that can happen to it ([`Sitting::due`]). Time passes by
//! doing what is due, in order, each at its own computed instant; so an early or late call changes nothing.

use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::anchor::{Anchor, distance};
use super::settings::{Kind, Settings};
use super::source::Reading;
use super::stretch::{Rule, Stretch};
use super::tracker::Ids;
use super::{Event, EventKind, Parts, Progress, Ranges, Reason, Viewing, ViewingId};
use crate::clock::{Moment, Now};
use crate::player::{Media, Position, Rate, Source};

/// For how long a pause or stop must last: players flap (players reference, section 6.4).
const REST: Duration = Duration::from_millis(500);
/// Below this a completed viewing that is played again may become a new one.
const BEGINNING: f64 = 20.0;
/// When the wall clock has gone on by so much more than the other one, the machine has slept.
const ASLEEP: SignedDuration = SignedDuration::from_secs(1);
/// Who is called so soon after what was due was not kept from it by sleep.
const ON_TIME: Duration = Duration::from_millis(100);

/// What the sitting needs to know beyond itself.
pub(crate) struct Context<'a> {
    pub(crate) now: Now,
    /// When the machine was called before.
    pub(crate) before: Option<Now>,
    pub(crate) settings: &'a Settings,
    pub(crate) ids: &'a mut Ids,
    pub(crate) events: &'a mut Vec<Event>,
}

impl Context<'_> {
    /// The wall time at a moment that is not later than now. If the machine has slept since the last call, what was due
    /// in between belongs before the sleep, unless this call is in time for it.
    fn wall(&self, moment: Moment) -> Timestamp {
        let late = self.now.moment.since(moment);
        let before = self.before.filter(|&before| late > ON_TIME && self.has_slept_since(before));
        let at = match before {
            Some(before) if moment <= before.moment => {
                before.wall.saturating_sub(before.moment.since(moment))
            }
            Some(before) => before.wall.saturating_add(moment.since(before.moment)),
            None => self.now.wall.saturating_sub(late),
        };
        at.unwrap_or(self.now.wall)
    }

    fn has_slept_since(&self, before: Now) -> bool {
        let awake =
            SignedDuration::try_from(self.now.moment.since(before.moment)).unwrap_or(SignedDuration::MAX);
        self.now.wall.duration_since(before.wall).saturating_sub(awake) > ASLEEP
    }
}

/// One media being played.
#[derive(Debug)]
pub(crate) struct Sitting {
    pub(crate) media: Arc<Media>,
    pub(crate) player: String,
    pub(crate) driver: Option<Arc<Source>>,
    pub(crate) duration: Duration,
    kind: Option<Kind>,
    anchor: Option<Anchor>,
    /// For how long it has played before the anchor.
    played: Duration,
    /// What was played before the journal said which viewing this is.
    early: Ranges,
    record: Option<Record>,
    /// What was played since a completed viewing was begun again.
    again: Option<Again>,
    announced: bool,
    paused: bool,
    resting: Option<(Rest, Moment)>,
    sought_at: Option<Moment>,
    told: Option<(Moment, Position)>,
    /// When the last event was: nothing happens before it any more.
    latest: Moment,
}

/// The viewing, as far as it does not follow from the anchor.
#[derive(Debug)]
struct Record {
    id: ViewingId,
    started_at: Timestamp,
    parts: Parts,
    ranges: Ranges,
}

/// A second time through, before it counts as one.
#[derive(Debug)]
struct Again {
    ranges: Ranges,
    began: Moment,
    /// Where the completed viewing was left.
    left: (Position, Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Pause,
    Stop,
}

impl Sitting {
    pub(crate) fn new(media: Arc<Media>, player: String, duration: Duration) -> Self {
        Self {
            media,
            player,
            driver: None,
            duration,
            kind: None,
            anchor: None,
            played: Duration::ZERO,
            early: Ranges::default(),
            record: None,
            again: None,
            announced: false,
            paused: false,
            resting: None,
            sought_at: None,
            told: None,
            latest: Moment::default(),
        }
    }

    /// The position believed at `moment`.
    pub(crate) fn position_at(&self, moment: Moment) -> Option<Position> {
        self.anchor.map(|anchor| anchor.position_at(moment, self.duration))
    }

    pub(crate) fn is_playing(&self) -> bool {
        self.anchor.is_some_and(|anchor| anchor.rate > Rate::ZERO)
    }

    pub(crate) fn is_announced(&self) -> bool {
        self.announced
    }

    pub(crate) fn viewing_id(&self) -> Option<ViewingId> {
        self.record.as_ref().map(|record| record.id)
    }

    /// The viewing as it is now, once it is known which one it is.
    pub(crate) fn viewing(&self, now: Now) -> Option<Viewing> {
        self.snapshot(now.moment, now.wall)
    }

    /// Takes in what the driver says.
    pub(crate) fn observe(&mut self, reading: Reading, context: &mut Context<'_>) {
        let reading = match self.anchor {
            // Older than what is known: only its word counts.
            Some(anchor) if reading.at < anchor.at => Reading { at: anchor.at, position: None, ..reading },
            _ => reading,
        };
        self.move_to(&reading, context);
        if reading.playing && !reading.ended {
            self.resting = None;
            if self.paused {
                self.paused = false;
                if self.announced && self.again.is_none() {
                    self.emit(EventKind::Resumed, reading.at, context);
                }
            }
        } else if self.paused {
            self.resting = None;
        } else if self.resting.is_none_or(|(rest, _)| rest == Rest::Stop) {
            self.resting = Some((Rest::Pause, reading.at));
        }
    }

    /// Nobody plays it any more.
    pub(crate) fn leave(&mut self, at: Moment, context: &mut Context<'_>) {
        if self.resting.is_some_and(|(rest, _)| rest == Rest::Stop) {
            return;
        }
        let at = self.anchor.map_or(at, |anchor| at.max(anchor.at));
        self.move_to(
            &Reading { at, playing: false, position: None, rate: Rate::ZERO, ended: false },
            context,
        );
        self.resting = Some((Rest::Stop, at));
        self.driver = None;
    }

    /// Ends the sitting now, without settling.
    pub(crate) fn close(&mut self, context: &mut Context<'_>) {
        if self.announced {
            self.emit(EventKind::Stopped, context.now.moment, context);
        }
    }

    /// The journal's answer: which viewing this is. `None` is a new one.
    pub(crate) fn recalled(&mut self, known: Option<Viewing>, context: &mut Context<'_>) {
        if self.record.is_some() {
            return;
        }
        let early = std::mem::take(&mut self.early);
        let began = context.wall(self.anchor.map_or(context.now.moment, |anchor| anchor.at));
        match known {
            None => {
                let id = context.ids.next();
                self.record = Some(Record { id, started_at: began, parts: Parts::default(), ranges: early });
            }
            Some(viewing) => {
                let left = (viewing.position, viewing.position_at);
                let completed = viewing.parts.completed_at().is_some();
                let mut record = Record {
                    id: viewing.id,
                    started_at: viewing.started_at,
                    parts: viewing.parts,
                    ranges: viewing.ranges,
                };
                if completed && self.anchor.is_some_and(|anchor| self.at_beginning(anchor.position)) {
                    self.again = Some(Again { ranges: early, began: context.now.moment, left });
                } else {
                    record.ranges = record.ranges.with(&early);
                }
                self.record = Some(record);
            }
        }
    }

    /// It is known better what is played. Of another number of parts those that were watched already are completed now, the
    /// latest time at which they can have been.
    pub(crate) fn known_as(&mut self, kind: Option<Kind>, parts: NonZeroU8, context: &mut Context<'_>) {
        self.kind = kind.or(self.kind);
        let Some(record) = self.record.as_mut().filter(|record| record.parts.count() != parts) else {
            return;
        };
        record.parts.divide(parts);
        let (now, wall) = (context.now.moment, context.now.wall);
        let Some(ranges) = self.snapshot(now, wall).map(|viewing| viewing.ranges) else { return };
        let rule = self.rule(context.settings);
        for part in 0..parts.get() {
            let shown = Stretch::part(part, parts, self.duration, rule).is_shown_by(&ranges);
            let Some(record) =
                self.record.as_mut().filter(|record| shown && record.parts.at(part, parts).is_none())
            else {
                continue;
            };
            let by = record.parts.completed_by(part, parts);
            record.parts.complete(part, by.unwrap_or(wall));
            // Before the announcement nothing is told: it will tell of this, too.
            if self.announced && self.again.is_none() {
                self.emit(EventKind::Completed, now, context);
            }
        }
    }

    /// What happens next by the passing of time alone, and when.
    pub(crate) fn due(&self, settings: &Settings) -> Option<(Moment, Reason)> {
        let anchor = self.anchor?;
        let settled = self.settled(settings);
        let record = self.record.as_ref();
        let counts = self.again.is_none();
        let announce = record.filter(|_| !self.announced && counts).and(settled);
        let promote = self.again.as_ref().filter(|_| record.is_some()).and_then(|again| {
            let whole = Stretch::whole(self.duration, self.rule(settings));
            let watched = whole.coverage(&again.ranges, anchor)?;
            settled.map(|settled| settled.max(watched))
        });
        let complete = self.next_completion(settings).map(|(at, _)| at);
        let seek =
            self.sought_at.filter(|_| self.announced && counts).map(|sought| sought.after(settings.debounce));
        let progress = self.told.filter(|_| self.announced && counts && self.is_playing()).and_then(
            |(told, position)| {
                let at = told.after(settings.progress_interval);
                (anchor.position_at(at, self.duration) != position).then_some(at)
            },
        );
        let rest = self.resting.and_then(|(rest, since)| {
            let undecided = rest == Rest::Stop && record.is_none() && self.played >= settings.debounce;
            let reason = if rest == Rest::Pause { Reason::PauseSettles } else { Reason::StopSettles };
            (!undecided).then(|| (since.after(REST), reason))
        });

        [
            announce.map(|at| (at, Reason::Announcement)),
            promote.map(|at| (at, Reason::SecondViewing)),
            complete.map(|at| (at, Reason::Completion)),
            seek.map(|at| (at, Reason::SeekSettles)),
            progress.map(|at| (at, Reason::Progress)),
            rest,
        ]
        .into_iter()
        .flatten()
        // What is due was perhaps due already before the anchor was set or the sitting was announced.
        .map(|(at, reason)| (at.max(anchor.at).max(self.latest), reason))
        .min_by_key(|&(at, reason)| (at, reason))
    }

    /// Does what is due up to `until`. `false` when the sitting is over.
    pub(crate) fn pass(&mut self, until: Moment, context: &mut Context<'_>) -> bool {
        while let Some((at, reason)) = self.due(context.settings).filter(|&(at, _)| at <= until) {
            match reason {
                Reason::Announcement => {
                    self.announced = true;
                    self.emit(EventKind::Started, at, context);
                }
                Reason::SecondViewing => self.promote(at, context),
                Reason::Completion => {
                    let part = self.next_completion(context.settings).map(|(_, part)| part);
                    if let Some((record, part)) = self.record.as_mut().zip(part) {
                        record.parts.complete(part, context.wall(at));
                    }
                    self.emit(EventKind::Completed, at, context);
                }
                Reason::SeekSettles => self.emit(EventKind::Sought, at, context),
                Reason::Progress => self.emit(EventKind::Progressed, at, context),
                Reason::PauseSettles => {
                    self.resting = None;
                    self.paused = true;
                    if self.announced && self.again.is_none() {
                        self.emit(EventKind::Paused, at, context);
                    }
                }
                Reason::StopSettles => {
                    if self.announced {
                        self.emit(EventKind::Stopped, at, context);
                    }
                    return false;
                }
            }
        }
        true
    }

    /// The part that is completed next by the passing of time alone, and when.
    fn next_completion(&self, settings: &Settings) -> Option<(Moment, u8)> {
        let (anchor, record) = self.anchor.zip(self.record.as_ref())?;
        if !self.announced || self.again.is_some() {
            return None;
        }
        let count = record.parts.count();
        let completion = |part| {
            let stretch = Stretch::part(part, count, self.duration, self.rule(settings));
            stretch.completion(&record.ranges, anchor).map(|at| (at, part))
        };
        record.parts.open().filter_map(completion).min()
    }

    fn rule(&self, settings: &Settings) -> Rule {
        Rule { completed: settings.completed.of(self.kind), min_watched: settings.min_watched }
    }

    /// When it has played for long enough to be taken seriously.
    fn settled(&self, settings: &Settings) -> Option<Moment> {
        let anchor = self.anchor?;
        let missing = settings.debounce.saturating_sub(self.played);
        (missing.is_zero() || self.is_playing()).then(|| anchor.at.after(missing))
    }

    fn at_beginning(&self, position: Position) -> bool {
        Progress::of(position, self.duration).get() < BEGINNING
    }

    /// Credits what was played since the anchor and sets the next one.
    fn move_to(&mut self, reading: &Reading, context: &Context<'_>) {
        let told = if reading.ended { Some(Position::new(self.duration)) } else { reading.position };
        let told = told.map(|position| position.min(Position::new(self.duration)));
        let rate = if reading.playing && !reading.ended { reading.rate } else { Rate::ZERO };
        let Some(anchor) = self.anchor else {
            let position = told.unwrap_or_default();
            self.anchor = Some(Anchor { at: reading.at, position, rate });
            return;
        };

        let expected = anchor.position_at(reading.at, self.duration);
        let time = reading.at.since(anchor.at);
        let could_play = anchor.rate.advance(time);
        let position = told.unwrap_or(expected);
        let limit = anchor.position.offset().saturating_add(could_play).saturating_add(anchor.tolerance());
        let jumped = distance(position, expected) > anchor.tolerance() && position.offset() > limit
            || position < anchor.position && distance(position, expected) > anchor.tolerance();
        if jumped {
            self.credit(anchor.position, expected);
        } else {
            // Never more than the time allows, however the player rounds.
            let earliest = Position::new(position.offset().saturating_sub(could_play));
            self.credit(anchor.position.max(earliest), position);
        }
        if anchor.rate > Rate::ZERO {
            self.played = self.played.saturating_add(time.min(super::anchor::HORIZON));
        }
        if distance(position, expected) > anchor.tolerance() && !reading.ended {
            self.sought_at = Some(reading.at);
        }

        let threshold = context.settings.completed.of(self.kind);
        let completed = self.record.as_ref().is_some_and(|record| record.parts.completed_at().is_some());
        if completed && self.again.is_none() && self.at_beginning(position) {
            let left = (expected, context.wall(reading.at));
            self.again = Some(Again { ranges: Ranges::default(), began: reading.at, left });
        } else if jumped
            && Progress::of(position, self.duration) >= threshold
            && let Some(again) = self.again.take()
            && let Some(record) = &mut self.record
        {
            // Only a look at the beginning: it belongs to the viewing that it returns to.
            record.ranges = record.ranges.with(&again.ranges);
        }
        self.anchor = Some(Anchor { at: reading.at, position, rate });
    }

    fn credit(&mut self, from: Position, to: Position) {
        match (&mut self.again, &mut self.record) {
            (Some(again), _) => again.ranges.add(from, to),
            (None, Some(record)) => record.ranges.add(from, to),
            (None, None) => self.early.add(from, to),
        }
    }

    /// What was begun again has been watched for long enough to be a viewing of its own.
    fn promote(&mut self, at: Moment, context: &mut Context<'_>) {
        if self.announced {
            self.emit(EventKind::Stopped, at, context);
        }
        if let Some(again) = self.again.take() {
            let started_at = context.wall(again.began);
            let id = context.ids.next();
            let parts = Parts::of(self.record.as_ref().map_or(NonZeroU8::MIN, |record| record.parts.count()));
            self.record = Some(Record { id, started_at, parts, ranges: again.ranges });
            self.announced = true;
            self.emit(EventKind::Started, at, context);
        }
    }

    fn emit(&mut self, kind: EventKind, at: Moment, context: &mut Context<'_>) {
        let wall = context.wall(at);
        let Some(viewing) = self.snapshot(at, wall) else { return };
        // A completion tells no position; everything else makes a waiting seek or position superfluous.
        if kind != EventKind::Completed {
            self.told = Some((at, viewing.position));
            self.sought_at = None;
        }
        self.latest = at;
        context.events.push(Event { kind, at: Now { moment: at, wall }, viewing });
    }

    fn snapshot(&self, at: Moment, wall: Timestamp) -> Option<Viewing> {
        let record = self.record.as_ref()?;
        let anchor = self.anchor?;
        let position = anchor.position_at(at, self.duration);
        let mut ranges = record.ranges.clone();
        let (position, position_at) = match &self.again {
            // The media may have become shorter since.
            Some(again) => (again.left.0.min(Position::new(self.duration)), again.left.1),
            None => {
                ranges.add(anchor.position, position);
                (position, wall)
            }
        };
        Some(Viewing {
            id: record.id,
            media: Arc::clone(&self.media),
            player: self.player.clone(),
            duration: self.duration,
            position,
            ranges,
            started_at: record.started_at,
            position_at,
            parts: record.parts.clone(),
        })
    }
}

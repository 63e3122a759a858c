//! Which of the plays in a history is the one of a viewing. Pure.
//!
//! A play that was added has the instant that it was added with. One that a stop made has Trakt's own time: it lies in the
//! minute or so in which the stop could be told, and never before the work was watched to its end. What another viewing
//! has, by its receipt, is never taken.

use jiff::{SignedDuration, Timestamp};

use super::plays::Play;
use super::receipts::{Claim, ROUNDED};
use crate::journal::{Delivery, Live, LiveWord, Sibling};

/// How long a stop may be told live: the journal counts so from the stop on.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// How long after that a call that was begun in time may have been heard: the sign-in may have been renewed first.
const HEARD_WITHIN: SignedDuration = SignedDuration::from_secs(150);
/// What two clocks may be apart that were compared.
const CLOCKS: SignedDuration = SignedDuration::from_secs(15);
/// How much before the work's completion here a play of the same sitting may be that something else made: others may count a
/// work as watched earlier. Nobody watches the same thing to its end twice within this time, except what is very short.
const SAME_SITTING: SignedDuration = SignedDuration::from_mins(5);

/// A stretch of time, with its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    /// `None`: without end.
    pub(super) to: Option<Timestamp>,
}

impl Span {
    pub(super) fn around(at: Timestamp) -> Self {
        Self { from: earlier(at, ROUNDED), to: Some(later(at, ROUNDED)) }
    }

    fn has(self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at <= to)
    }

    fn with(self, other: Self) -> Self {
        let to = self.to.zip(other.to).map(|(one, another)| one.max(another));
        Self { from: self.from.min(other.from), to }
    }
}

/// When the play of an entry may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought {
    /// The entry's instant.
    added: Timestamp,
    /// When a play that a stop made may be, and when it most likely is.
    stopped: Option<(Span, Timestamp)>,
}

impl Sought {
    /// Of an entry whose attempt had no clear answer. Trakt's clock is `ahead` of this machine's.
    pub(super) fn of(delivery: &Delivery, added: Timestamp, ahead: SignedDuration) -> Self {
        let until = delivery.live.filter(|live| live.word == LiveWord::Stopped).map(|live| live.until);
        let stopped = until.map(|until| {
            let stop = later(earlier(until, TOLD_WITHIN), ahead);
            let from = earlier(stop, CLOCKS).max(earlier(later(added, ahead), ROUNDED));
            let to = later(later(until, ahead), HEARD_WITHIN + CLOCKS);
            (Span { from, to: Some(to) }, stop)
        });
        Self { added, stopped }
    }

    /// All of that time.
    pub(super) fn span(&self) -> Span {
        let added = Span::around(self.added);
        self.stopped.map_or(added, |(stopped, _)| added.with(stopped))
    }

    /// The nearest of `plays` that may be it and that no other viewing has.
    pub(super) fn pick<'p>(&self, plays: &'p [Play], siblings: &[Sibling]) -> Option<&'p Play> {
        let free = plays.iter().filter(|play| !siblings.iter().any(|sibling| claim(sibling).is_for(play)));
        let near = free.filter_map(|play| {
            let added = play.is_at(self.added, ROUNDED).then_some(self.added);
            let stop = self.stopped.filter(|(span, _)| span.has(play.watched_at)).map(|(_, stop)| stop);
            let expected = added.or(stop)?;
            Some((play.watched_at.duration_since(expected).abs(), play))
        });
        near.min_by_key(|(distance, _)| *distance).map(|(_, play)| play)
    }
}

/// When a viewing was left that is told live.
pub(super) fn stop_of(live: &Live) -> Timestamp {
    earlier(live.until, TOLD_WITHIN)
}

/// When a play may be that was made in the same sitting as the entry of `delivery` at `added`.
pub(super) fn same_sitting(delivery: &Delivery, added: Timestamp, ahead: SignedDuration) -> Span {
    let from = earlier(later(added, ahead), SAME_SITTING);
    Span { from, to: Sought::of(delivery, added, ahead).span().to }
}

/// What `sibling` has.
pub(super) fn claim(sibling: &Sibling) -> Claim {
    Claim::of(sibling.receipt.as_deref(), sibling.at)
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

//! The journal's words as SQLite keeps them.

use std::num::NonZeroU8;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Account, Content, DeliveryStatus, Live, LiveWord, ProfileId, Recipient, ServiceName};
use crate::identify::{Identity, MovieId, SeriesId, Work};
use crate::playback::{CompletedPart, Parts, Progress, Ranges, ViewingId};
use crate::player::Position;

/// Whole milliseconds since 1970; what is below a millisecond is cut off.
pub(super) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The first whole millisecond that is not before `at`.
pub(super) fn millis_not_before(at: Timestamp) -> i64 {
    let whole = at.as_millisecond();
    if at.as_nanosecond() > i128::from(whole) * 1_000_000 { whole.saturating_add(1) } else { whole }
}

/// What cannot be a time becomes the nearest that is one.
pub(super) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

pub(super) fn duration_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// `[[from, to], …]` in milliseconds.
pub(super) fn ranges_text(ranges: &Ranges) -> String {
    let mut text = String::from("[");
    for (index, (from, to)) in ranges.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        text.push_str(&format!(
            "{comma}[{},{}]",
            duration_millis(from.offset()),
            duration_millis(to.offset())
        ));
    }
    text.push(']');
    text
}

pub(super) fn ranges(text: &str) -> Result<Ranges, serde_json::Error> {
    let pairs: Vec<(i64, i64)> = serde_json::from_str(text)?;
    let mut ranges = Ranges::default();
    for (from, to) in pairs {
        ranges.add(Position::new(duration(from)), Position::new(duration(to)));
    }
    Ok(ranges)
}

/// A completion as it is kept: `[index, of, at, clock]`, without the clock where it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum KeptPart {
    Clocked(u8, NonZeroU8, i64, i64),
    Plain(u8, NonZeroU8, i64),
}

impl KeptPart {
    pub(super) fn new(part: &CompletedPart, clock: Option<i64>) -> Self {
        let at = millis(part.at);
        clock.map_or(Self::Plain(part.index, part.of, at), |clock| {
            Self::Clocked(part.index, part.of, at, clock)
        })
    }

    /// By which clock it was kept.
    pub(super) fn clock(self) -> Option<i64> {
        match self {
            Self::Clocked(.., clock) => Some(clock),
            Self::Plain(..) => None,
        }
    }

    pub(super) fn part(self) -> CompletedPart {
        let (Self::Clocked(index, of, at, _) | Self::Plain(index, of, at)) = self;
        CompletedPart { index, of, at: timestamp(at) }
    }

    /// The same `by` milliseconds later.
    pub(super) fn moved(self, by: i64) -> Self {
        match self {
            Self::Clocked(index, of, at, clock) => Self::Clocked(index, of, at.saturating_add(by), clock),
            Self::Plain(index, of, at) => Self::Plain(index, of, at.saturating_add(by)),
        }
    }
}

/// `[[index, of, at, clock], …]`: those that are kept already with the clock that they have, one that is of the same
/// instant as such a one with its clock, and new ones with `clock`.
pub(super) fn parts_text(parts: &Parts, kept: &[KeptPart], clock: Option<i64>) -> String {
    let completed = parts.completed().iter().map(|part| {
        let same = kept.iter().find(|kept| {
            let kept = kept.part();
            (kept.index, kept.of) == (part.index, part.of)
        });
        let same = same.or_else(|| kept.iter().find(|kept| millis(kept.part().at) == millis(part.at)));
        KeptPart::new(part, same.map_or(clock, |kept| kept.clock()))
    });
    kept_text(&completed.collect::<Vec<_>>())
}

pub(super) fn kept_text(parts: &[KeptPart]) -> String {
    serde_json::json!(parts).to_string()
}

pub(super) fn kept_parts(completed: &str) -> Result<Vec<KeptPart>, serde_json::Error> {
    serde_json::from_str(completed)
}

pub(super) fn parts(count: i64, completed: &str) -> Result<Parts, serde_json::Error> {
    let count = Parts::number(usize::try_from(count).unwrap_or_default());
    Ok(Parts::kept(count, kept_parts(completed)?.into_iter().map(KeptPart::part)))
}

impl ToSql for ViewingId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.hyphenated().to_string().into())
    }
}

impl FromSql for ViewingId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::try_parse(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for ServiceName {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for ServiceName {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(service_name(value.as_str()?))
    }
}

/// The name that the program uses for a stored one. A journal knows a handful of services, also such as this release
/// does not have: each name is made immortal once.
fn service_name(stored: &str) -> ServiceName {
    static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let name = names.iter().copied().find(|&name| name == stored).unwrap_or_else(|| {
        let name: &'static str = Box::leak(stored.into());
        names.push(name);
        name
    });
    ServiceName(name)
}

impl ToSql for DeliveryStatus {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Due => "due",
            Self::Sending => "sending",
            Self::Unsure => "unsure",
            Self::Done => "done",
            Self::Refused => "refused",
        }
        .into())
    }
}

impl FromSql for DeliveryStatus {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "due" => Ok(Self::Due),
            "sending" => Ok(Self::Sending),
            "unsure" => Ok(Self::Unsure),
            "done" => Ok(Self::Done),
            "refused" => Ok(Self::Refused),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl ToSql for LiveWord {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Playing => "playing",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
        .into())
    }
}

impl FromSql for LiveWord {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "playing" => Ok(Self::Playing),
            "paused" => Ok(Self::Paused),
            "stopped" => Ok(Self::Stopped),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

/// What can be told live, out of its three columns.
pub(super) fn live(word: Option<LiveWord>, progress: Option<f64>, until: Option<i64>) -> Option<Live> {
    Some(Live { word: word?, progress: Progress::percent(progress?), until: timestamp(until?) })
}

/// A recipient's columns: what is not configured yet is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecipientColumns {
    pub(super) service: ServiceName,
    pub(super) account: String,
    pub(super) profile: String,
}

impl From<&Recipient> for RecipientColumns {
    fn from(recipient: &Recipient) -> Self {
        Self {
            service: recipient.service,
            account: recipient.account.0.clone(),
            profile: recipient.profile.as_ref().map(|profile| profile.0.clone()).unwrap_or_default(),
        }
    }
}

impl From<RecipientColumns> for Recipient {
    fn from(columns: RecipientColumns) -> Self {
        Self {
            service: columns.service,
            account: Account(columns.account),
            profile: Some(columns.profile).filter(|profile| !profile.is_empty()).map(ProfileId),
        }
    }
}

/// A work's columns. TMDB's numbers are kept bit by bit, so that no number is too large; a movie has season and
/// episode 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WorkColumns {
    pub(super) kind: &'static str,
    pub(super) tmdb: i64,
    pub(super) season: u32,
    pub(super) episode: u32,
}

impl From<Work> for WorkColumns {
    fn from(work: Work) -> Self {
        match work {
            Work::Movie { tmdb } => Self { kind: MOVIE, tmdb: tmdb.0.cast_signed(), season: 0, episode: 0 },
            Work::Episode { tmdb, season, episode } => {
                Self { kind: EPISODE, tmdb: tmdb.0.cast_signed(), season, episode }
            }
        }
    }
}

/// The title an identity belongs to: a movie, or a whole series.
pub(super) fn title_columns(identity: &Identity) -> (&'static str, i64) {
    match identity {
        Identity::Movie { tmdb } => (MOVIE, tmdb.0.cast_signed()),
        Identity::Episodes { tmdb, .. } => (EPISODE, tmdb.0.cast_signed()),
    }
}

pub(super) fn work(kind: &str, tmdb: i64, season: u32, episode: u32) -> Work {
    let tmdb = tmdb.cast_unsigned();
    if kind == MOVIE {
        Work::Movie { tmdb: MovieId(tmdb) }
    } else {
        Work::Episode { tmdb: SeriesId(tmdb), season, episode }
    }
}

/// `clears`: instead of a position there is none.
pub(super) fn content(what: &str, clears: bool, work: Work, progress: f64, at: i64) -> Content {
    let (progress, at) = (Progress::percent(progress), timestamp(at));
    match (what, clears) {
        (PLAYBACK, false) => Content::Playback { work, progress, at },
        (PLAYBACK, true) => Content::Clearing { work, at },
        (RETRACTION, _) => Content::Retraction { work, at },
        _ => Content::History { work, progress, at },
    }
}

pub(super) const PLAYBACK: &str = "playback";
pub(super) const RETRACTION: &str = "retraction";
const MOVIE: &str = "movie";
const EPISODE: &str = "episode";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_survive_the_journal_to_the_millisecond(
            pairs in prop::collection::vec((0_u64..10_000_000, 0_u64..10_000_000), 0..20),
        ) {
            let mut watched = Ranges::default();
            for (from, length) in pairs {
                let (from, to) = (Duration::from_millis(from), Duration::from_millis(from + length));
                watched.add(Position::new(from), Position::new(to));
            }
            prop_assert_eq!(ranges(&ranges_text(&watched)).unwrap(), watched);
        }

        #[test]
        fn every_work_survives_the_journal(tmdb: u64, season: u32, episode: u32, movie: bool) {
            let original = if movie {
                Work::Movie { tmdb: MovieId(tmdb) }
            } else {
                Work::Episode { tmdb: SeriesId(tmdb), season, episode }
            };
            let columns = WorkColumns::from(original);
            prop_assert_eq!(work(columns.kind, columns.tmdb, columns.season, columns.episode), original);
        }
    }

    #[test]
    fn a_time_that_must_be_waited_for_is_never_rounded_down() {
        let at = Timestamp::from_nanosecond(1_000_001).unwrap();
        assert_eq!((millis(at), millis_not_before(at)), (1, 2));
        assert_eq!(millis_not_before(timestamp(7)), 7);
    }

    #[test]
    fn a_service_of_another_release_keeps_its_name() {
        assert_eq!(service_name("letterboxd"), ServiceName("letterboxd"));
        assert!(std::ptr::eq(service_name("letterboxd").0, service_name("letterboxd").0));
    }
}

//! What is told live: what happens in a player, while it is new ([`Telling::Live`]).
//!
//! A word is queued in the place of a position, and only when something has happened. The history entry of what plays is
//! queued at its completion, as every entry is, so that it is safe; but it waits for the end of the sitting, or for the
//! file's next work: it is then told as the stop that it is, and nothing else is. Where that end is not known, or was long
//! ago, the entry is told afterwards. So there is one entry, told in one way or in the other.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, named_params, params};

use super::columns::{RecipientColumns, WorkColumns, millis, timestamp, work};
use super::outbox::{self, Standing, Told};
use super::store::Failure;
use super::viewings::Stored;
use super::{Live, LiveWord, ServiceName, Telling};
use crate::identify::{Identity, Work};
use crate::playback::{EventKind, Progress};

/// For how long, in milliseconds, something is new.
const NEW_FOR: i64 = 60_000;

/// For how long, in milliseconds, an entry waits for the end of its sitting: a player may be left standing for days.
const WAITS_AT_MOST: i64 = 4 * 3_600_000;

/// What a sitting is doing after an event. `earlier`: what it was doing before, if there was a viewing.
pub(super) fn doing_after(kind: EventKind, earlier: Option<LiveWord>) -> LiveWord {
    match kind {
        EventKind::Started | EventKind::Resumed | EventKind::Progressed => LiveWord::Playing,
        EventKind::Paused => LiveWord::Paused,
        EventKind::Stopped => LiveWord::Stopped,
        EventKind::Sought | EventKind::Completed => {
            earlier.filter(|&doing| doing != LiveWord::Stopped).unwrap_or(LiveWord::Playing)
        }
    }
}

/// Until when, in milliseconds, the entry of a work that was completed at `at` waits for the end of its sitting; `None` when
/// it does not.
pub(super) fn wait(
    standing: &Standing,
    telling: Telling,
    work: Work,
    at: i64,
    now: Timestamp,
) -> Option<i64> {
    let plays = standing.doing != LiveWord::Stopped && standing.playing.is_some_and(|(here, _)| here == work);
    let until = at.saturating_add(WAITS_AT_MOST);
    (telling == Telling::Live && plays && until > millis(now)).then_some(until)
}

/// Tells somebody live of an event. `earlier`: what was kept of the viewing before it. The history entries that there are
/// must have been queued.
pub(super) fn tell(
    transaction: &Transaction<'_>,
    kind: EventKind,
    earlier: Option<&Stored>,
    standing: &Standing,
    recipient: &RecipientColumns,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some((here, progress)) = standing.playing else { return Ok(()) };
    let left = earlier.filter(|earlier| earlier.doing != LiveWord::Stopped).and_then(Left::of);
    // A sitting that went back to the beginning ends where it was before, and when.
    let until = standing.position_at.saturating_add(NEW_FOR);
    let is_new = until > millis(now);
    let live = |word, progress| Live { word, progress, until: timestamp(until) };
    let is_over = kind == EventKind::Stopped;

    let mut is_told_as_entry = false;
    for (id, work) in awaiting(transaction, standing.number, recipient.service)? {
        if work == here && !is_over {
            continue;
        }
        let reached = match &left {
            Some(left) if work != here => left.progress_of(work, kind, standing),
            Some(_) | None => standing.progress_of(work),
        };
        release(transaction, id, is_new.then(|| live(LiveWord::Stopped, reached)))?;
        if is_new {
            forget_words(transaction, standing, recipient, work)?;
        }
        is_told_as_entry |= work == here;
    }

    let goes_on = || {
        let is_another = left.as_ref().is_some_and(|left| left.work != here);
        (standing.doing == LiveWord::Playing && (kind == EventKind::Sought || is_another))
            .then_some(LiveWord::Playing)
    };
    let word = match kind {
        EventKind::Started | EventKind::Resumed => Some(LiveWord::Playing),
        EventKind::Paused => Some(LiveWord::Paused),
        EventKind::Stopped => (!is_told_as_entry).then_some(LiveWord::Stopped),
        EventKind::Sought | EventKind::Progressed | EventKind::Completed => goes_on(),
    };
    if let Some(word) = word.filter(|_| is_new) {
        outbox::queue_position(transaction, standing, recipient, Some(live(word, progress)), now)?;
    }
    Ok(())
}

/// Queues what holds of a viewing that has just become known: to a service that is told live only what still goes on.
/// Returns how many deliveries were queued.
pub(super) fn queue_present(
    transaction: &Transaction<'_>,
    standing: &Standing,
    to: &Told,
    now: Timestamp,
) -> Result<u32, Failure> {
    let live = match (to.telling, standing.playing) {
        (Telling::Positions, _) => None,
        (Telling::Live, Some((_, progress))) if standing.doing != LiveWord::Stopped => {
            let until = now.saturating_add(SignedDuration::from_millis(NEW_FOR)).unwrap_or(now);
            Some(Live { word: standing.doing, progress, until })
        }
        (Telling::Live, _) => return Ok(0),
    };
    outbox::queue_position(transaction, standing, &to.recipient, live, now)
}

/// Whether a service is told live of a viewing.
pub(super) fn is_told_live(
    transaction: &Transaction<'_>,
    viewing: i64,
    service: ServiceName,
) -> Result<bool, Failure> {
    Ok(transaction
        .prepare_cached("SELECT 1 FROM viewing_recipients WHERE viewing = ?1 AND service = ?2 AND live = 1")?
        .exists(params![viewing, service])?)
}

/// Whether the end of what a word is about was told after it: it must not be told any more.
pub(super) fn is_overtaken(transaction: &Transaction<'_>, id: i64) -> Result<bool, Failure> {
    Ok(transaction
        .prepare_cached(
            "SELECT 1 FROM deliveries AS mine JOIN deliveries AS stop
                 ON stop.viewing = mine.viewing AND stop.service = mine.service AND stop.kind = mine.kind
                AND stop.tmdb = mine.tmdb AND stop.season = mine.season AND stop.episode = mine.episode
             WHERE mine.id = ?1 AND mine.live_until IS NOT NULL AND stop.what = 'history'
               AND stop.live_until >= mine.live_until",
        )?
        .exists([id])?)
}

/// After the end of a run: all sittings are over, without anybody knowing when. After that of one service's worker nothing
/// is but what was over already.
pub(super) fn recover(transaction: &Transaction<'_>, service: Option<ServiceName>) -> Result<(), Failure> {
    if service.is_none() {
        transaction
            .prepare_cached("UPDATE viewings SET doing = 'stopped' WHERE doing IN ('playing', 'paused')")?
            .execute(())?;
    }
    transaction
        .prepare_cached(
            "UPDATE deliveries SET not_before = 0, awaits_end = 0
             WHERE awaits_end = 1 AND service = coalesce(?1, service)
               AND EXISTS (SELECT 1 FROM viewings WHERE number = viewing AND doing = 'stopped')",
        )?
        .execute([service])?;
    Ok(())
}

/// What seems to be new for longer than anything is was kept by a clock that has been set back since.
pub(super) fn bring_back(transaction: &Transaction<'_>, now: i64) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "UPDATE deliveries SET live_until = ?1 WHERE live_until > ?1 AND status IN ('due', 'unsure')",
        )?
        .execute([now.saturating_add(NEW_FOR)])?;
    Ok(())
}

/// Where a sitting was before an event.
struct Left {
    identity: Identity,
    work: Work,
    progress: Progress,
}

impl Left {
    fn of(earlier: &Stored) -> Option<Self> {
        let (identity, progress) = (earlier.known_identity()?, earlier.progress());
        let (work, _) = identity.work_at(progress)?;
        Some(Self { identity, work, progress })
    }

    /// How far a work was when it was left for another one.
    fn progress_of(&self, work: Work, kind: EventKind, standing: &Standing) -> Progress {
        let before = self.identity.progress_of(work, self.progress);
        let after = standing.progress_of(work);
        // It was played to its end, unless the viewer has gone elsewhere.
        if kind != EventKind::Sought && after.get() > before.get() { after } else { before }
    }
}

/// The entries of a viewing that wait for its end.
fn awaiting(
    transaction: &Transaction<'_>,
    viewing: i64,
    service: ServiceName,
) -> Result<Vec<(i64, Work)>, Failure> {
    Ok(transaction
        .prepare_cached(
            "SELECT id, kind, tmdb, season, episode FROM deliveries
             WHERE awaits_end = 1 AND viewing = ?1 AND service = ?2 AND status = 'due' ORDER BY id",
        )?
        .query_map(params![viewing, service], |row| {
            let kind: String = row.get(1)?;
            Ok((row.get(0)?, work(&kind, row.get(2)?, row.get(3)?, row.get(4)?)))
        })?
        .collect::<Result<_, _>>()?)
}

/// An entry need not wait any more.
fn release(transaction: &Transaction<'_>, id: i64, live: Option<Live>) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "UPDATE deliveries SET not_before = 0, awaits_end = 0, live_word = ?2, live_progress = ?3, live_until = ?4
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            live.map(|live| live.word),
            live.map(|live| live.progress.get()),
            live.map(|live| millis(live.until)),
        ])?;
    Ok(())
}

/// Takes out the word of a title that waits: what has ended is told with its entry.
fn forget_words(
    transaction: &Transaction<'_>,
    standing: &Standing,
    recipient: &RecipientColumns,
    work: Work,
) -> Result<(), Failure> {
    let work = WorkColumns::from(work);
    transaction
        .prepare_cached(
            "DELETE FROM deliveries
             WHERE what = 'playback' AND status IN ('due', 'refused') AND clears = 0
               AND service = :service AND account = :account AND profile = :profile AND kind = :kind AND tmdb = :tmdb
               AND at <= :at",
        )?
        .execute(named_params! {
            ":service": recipient.service, ":account": recipient.account, ":profile": recipient.profile,
            ":kind": work.kind, ":tmdb": work.tmdb, ":at": standing.position_at,
        })?;
    Ok(())
}

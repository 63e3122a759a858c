//! The outbox: what each service still has to be told of a viewing.
//!
//! Positions coalesce: of each title a recipient waits for the newest alone. History never does: one row per viewing,
//! service and work, held by a unique index, with an instant of its own by which a lost answer is recognised. What was
//! told by mistake is put right in `repair` and `positions`.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, named_params, params};

use super::columns::{RecipientColumns, WorkColumns, millis, work};
use super::import::SAME_WATCHING;
use super::store::Failure;
use super::viewings::{self, Stored};
use super::{Live, LiveWord, Telling};
use super::{live, positions};
use crate::identify::{Identity, Work};
use crate::playback::Progress;

/// No two history entries of one work are closer than this, in milliseconds. A service may show an instant two seconds off,
/// and an entry is recognised within two of what it shows or should: more than four leave no doubt which one was meant.
pub(super) const APART: i64 = 5_000;

/// Progress from which a service counts an entry as watched (Discovr reference, section 6.1).
const WATCHED: f64 = 80.0;

/// What an identified viewing has to tell.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) number: i64,
    started_at: i64,
    pub(super) position_at: i64,
    pub(super) works: Vec<Work>,
    watched: Vec<Watched>,
    pub(super) playing: Option<(Work, Progress)>,
    /// What its sitting is doing.
    pub(super) doing: LiveWord,
    identity: Identity,
    progress: Progress,
    /// Another program has watched it: nobody here knows how long it is.
    is_imported: bool,
}

/// A work that has been watched.
#[derive(Debug)]
struct Watched {
    work: Work,
    /// How far it is, at least as far as a completed one.
    progress: f64,
    at: i64,
}

impl Standing {
    pub(super) fn of(viewing: &Stored, identity: &Identity) -> Self {
        let progress = viewing.progress();
        let works = identity.works();
        let instants = viewing.completions(works.len());
        let watched = works.iter().zip(instants).filter_map(|(&work, at)| {
            let progress = identity.progress_of(work, progress).get().max(WATCHED);
            Some(Watched { work, progress, at: millis(at?) })
        });
        Self {
            number: viewing.number,
            started_at: viewing.started_at,
            position_at: viewing.position_at,
            watched: watched.collect(),
            works,
            // Where it is in something of unknown length, nobody can be told.
            playing: identity.work_at(progress).filter(|_| viewing.duration > 0),
            doing: viewing.doing,
            identity: identity.clone(),
            progress,
            is_imported: viewing.duration == 0,
        }
    }

    /// How far a work is; 0 when it is not in it.
    pub(super) fn progress_of(&self, work: Work) -> Progress {
        self.identity.progress_of(work, self.progress)
    }
}

/// Somebody who is to be told of a viewing, and how.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) recipient: RecipientColumns,
    pub(super) telling: Telling,
}

/// Whom a viewing is to be told.
pub(super) fn recipients(connection: &Connection, number: i64) -> rusqlite::Result<Vec<Told>> {
    connection
        .prepare_cached(
            "SELECT service, account, profile, live FROM viewing_recipients WHERE viewing = ?1 ORDER BY service",
        )?
        .query_map([number], |row| {
            let recipient =
                RecipientColumns { service: row.get(0)?, account: row.get(1)?, profile: row.get(2)? };
            Ok(Told { recipient, telling: if row.get(3)? { Telling::Live } else { Telling::Positions } })
        })?
        .collect()
}

/// Queues where the viewing is, in place of an older position of the same title; to a service that is told live, what has
/// happened there. Returns how many were queued: none when a newer one waits or is on its way.
pub(super) fn queue_position(
    transaction: &Transaction<'_>,
    standing: &Standing,
    recipient: &RecipientColumns,
    live: Option<Live>,
    now: Timestamp,
) -> Result<u32, Failure> {
    let Some((work, progress)) = standing.playing else { return Ok(0) };
    let work = WorkColumns::from(work);
    let newest: Option<i64> = transaction
        .prepare_cached(
            "SELECT max(at) FROM (
                 SELECT at FROM deliveries
                 WHERE what = 'playback' AND status IN ('due', 'refused') AND clears = 0
                   AND service = :service AND account = :account AND profile = :profile AND kind = :kind AND tmdb = :tmdb
                 UNION ALL
                 SELECT at FROM deliveries
                 WHERE what = 'playback' AND status = 'sending' AND clears = 0
                   AND service = :service AND account = :account AND profile = :profile AND kind = :kind AND tmdb = :tmdb)",
        )?
        .query_row(
            named_params! {
                ":service": recipient.service, ":account": recipient.account, ":profile": recipient.profile,
                ":kind": work.kind, ":tmdb": work.tmdb,
            },
            |row| row.get(0),
        )?;
    if newest.is_some_and(|newest| newest > standing.position_at) {
        return Ok(0);
    }
    // Once the viewing has had its turn it queues up behind what waits already: many that go on and on would otherwise leave
    // no turn to any other. The row that waits is the title's place in the queue: what was learnt about its attempts
    // stays with it, unless it was refused, which says nothing of another position.
    transaction
        .prepare_cached(
            "INSERT INTO deliveries (viewing, viewed_at, service, account, profile, what, kind, tmdb, season, episode,
                 progress, at, status, created_at, live_word, live_progress, live_until)
             VALUES (:viewing, CASE
                 WHEN EXISTS (
                     SELECT 1 FROM positions_told AS told
                     WHERE told.service = :service AND told.account = :account AND told.profile = :profile
                       AND told.kind = :kind AND told.tmdb = :tmdb AND told.viewing = :viewing)
                   OR EXISTS (
                     SELECT 1 FROM deliveries AS told
                     WHERE told.what = 'playback' AND told.status = 'sending' AND told.viewing = :viewing
                       AND told.service = :service)
                 THEN :at ELSE :viewed_at END,
                 :service, :account, :profile, 'playback', :kind, :tmdb, :season, :episode, :progress, :at, 'due', :now,
                 :live_word, :live_progress, :live_until)
             ON CONFLICT (service, account, profile, kind, tmdb)
                 WHERE what = 'playback' AND status IN ('due', 'refused')
             DO UPDATE SET
                 viewed_at = CASE WHEN status = 'refused' OR viewing <> excluded.viewing THEN excluded.viewed_at
                     ELSE viewed_at END,
                 viewing = excluded.viewing, season = excluded.season,
                 episode = excluded.episode, progress = excluded.progress, at = excluded.at,
                 created_at = excluded.created_at, status = 'due', clears = 0, title = NULL,
                 live_word = excluded.live_word, live_progress = excluded.live_progress,
                 live_until = excluded.live_until,
                 attempts = CASE status WHEN 'refused' THEN 0 ELSE attempts END,
                 not_before = CASE status WHEN 'refused' THEN 0 ELSE not_before END,
                 last_error = CASE status WHEN 'refused' THEN NULL ELSE last_error END",
        )?
        .execute(named_params! {
            ":viewing": standing.number, ":viewed_at": standing.started_at,
            ":service": recipient.service, ":account": recipient.account, ":profile": recipient.profile,
            ":kind": work.kind, ":tmdb": work.tmdb, ":season": work.season, ":episode": work.episode,
            ":progress": progress.get(), ":at": standing.position_at, ":now": millis(now),
            ":live_word": live.map(|live| live.word), ":live_progress": live.map(|live| live.progress.get()),
            ":live_until": live.map(|live| millis(live.until)),
        })?;
    Ok(1)
}

/// Whether another viewing of the same title went on later, for the same recipient.
pub(super) fn newer_position_is_known(
    transaction: &Transaction<'_>,
    standing: &Standing,
    recipient: &RecipientColumns,
) -> Result<bool, Failure> {
    let Some((work, _)) = standing.playing else { return Ok(false) };
    let work = WorkColumns::from(work);
    let newer = transaction
        .prepare_cached(
            "SELECT 1 FROM viewings JOIN viewing_recipients ON viewing = number
             WHERE tmdb = :tmdb AND kind = :kind AND position_at > :at AND number <> :number
               AND service = :service AND account = :account AND profile = :profile LIMIT 1",
        )?
        .exists(named_params! {
            ":tmdb": work.tmdb, ":kind": work.kind, ":at": standing.position_at, ":number": standing.number,
            ":service": recipient.service, ":account": recipient.account, ":profile": recipient.profile,
        })?;
    Ok(newer)
}

/// Queues the history of the works that have been watched: one entry for each, once. Returns how many were queued. To a
/// service that is told live the entry of what still plays is told when that ends.
pub(super) fn queue_history(
    transaction: &Transaction<'_>,
    standing: &Standing,
    to: &Told,
    now: Timestamp,
) -> Result<u32, Failure> {
    let recipient = &to.recipient;
    let mut queued = 0;
    for watched in &standing.watched {
        let work = WorkColumns::from(watched.work);
        if standing.is_imported && was_seen_here(transaction, standing.number, recipient, &work, watched.at)?
        {
            continue;
        }
        let waits = live::wait(standing, to.telling, watched.work, watched.at, now);
        if is_queued(transaction, standing.number, recipient, &work)? {
            continue;
        }
        let at = free_instant(transaction, recipient, &work, watched.at, None)?;
        transaction
            .prepare_cached(
                "INSERT INTO deliveries (viewing, viewed_at, service, account, profile, what, kind, tmdb, season, episode,
                     progress, at, status, created_at, not_before, awaits_end)
                 VALUES (:viewing, :viewed_at, :service, :account, :profile, 'history', :kind, :tmdb, :season, :episode,
                     :progress, :at, 'due', :now, :not_before, :awaits_end)",
            )?
            .execute(named_params! {
                ":viewing": standing.number, ":viewed_at": standing.started_at,
                ":service": recipient.service, ":account": recipient.account, ":profile": recipient.profile,
                ":kind": work.kind, ":tmdb": work.tmdb, ":season": work.season, ":episode": work.episode,
                ":progress": watched.progress, ":at": at, ":now": millis(now),
                ":not_before": waits.unwrap_or_default(), ":awaits_end": waits.is_some(),
            })?;
        queued += 1;
    }
    Ok(queued)
}

/// Whether this program has seen itself what another one says was watched: then it is told once, by the one that saw it here.
fn was_seen_here(
    transaction: &Transaction<'_>,
    imported: i64,
    recipient: &RecipientColumns,
    work: &WorkColumns,
    at: i64,
) -> Result<bool, Failure> {
    let apart = i64::try_from(SAME_WATCHING.as_millis()).unwrap_or(i64::MAX);
    Ok(transaction
        .prepare_cached(
            "SELECT 1 FROM deliveries JOIN viewings ON number = viewing
             WHERE what <> 'playback' AND what = 'history' AND status <> 'dropped' AND deliveries.at BETWEEN :from AND :to
               AND service = :service AND account = :account AND profile = :profile
               AND deliveries.kind = :kind AND deliveries.tmdb = :tmdb AND season = :season AND episode = :episode
               AND viewing <> :imported AND duration > 0 LIMIT 1",
        )?
        .exists(named_params! {
            ":from": at.saturating_sub(apart), ":to": at.saturating_add(apart), ":imported": imported,
            ":service": recipient.service, ":account": recipient.account, ":profile": recipient.profile,
            ":kind": work.kind, ":tmdb": work.tmdb, ":season": work.season, ":episode": work.episode,
        })?)
}

/// Follows the times of a viewing, which were moved by so many milliseconds: its deliveries that have certainly not been told.
pub(super) fn move_times(transaction: &Transaction<'_>, viewing: i64, by: i64) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "UPDATE deliveries SET viewed_at = (SELECT started_at FROM viewings WHERE number = viewing)
             WHERE viewing = ?1 AND what IN ('playback', 'history')",
        )?
        .execute([viewing])?;
    transaction
        .prepare_cached(
            "UPDATE deliveries SET at = at + ?2
             WHERE viewing = ?1 AND what = 'playback' AND status IN ('due', 'sending', 'refused') AND clears = 0",
        )?
        .execute(params![viewing, by])?;
    let entries: Vec<i64> = transaction
        .prepare_cached(
            "SELECT id FROM deliveries WHERE viewing = ?1 AND what = 'history' AND status IN ('due', 'refused')",
        )?
        .query_map([viewing], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in entries {
        renew_instant(transaction, id)?;
    }
    Ok(())
}

/// Gives a history entry of which the service has certainly not been told the instant of its completion, as it is known now.
/// Returns its instant, in milliseconds; `None` when it stays as it was.
pub(super) fn renew_instant(transaction: &Transaction<'_>, id: i64) -> Result<Option<i64>, Failure> {
    let entry: Option<(i64, RecipientColumns, String, i64, u32, u32)> = transaction
        .prepare_cached(
            "SELECT viewing, service, account, profile, kind, tmdb, season, episode FROM deliveries
             WHERE id = ?1 AND what = 'history' AND fixed = 0",
        )?
        .query_row([id], |row| {
            let recipient =
                RecipientColumns { service: row.get(1)?, account: row.get(2)?, profile: row.get(3)? };
            Ok((row.get(0)?, recipient, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?))
        })
        .optional()?;
    let Some((viewing, recipient, kind, tmdb, season, episode)) = entry else { return Ok(None) };
    let work = work(&kind, tmdb, season, episode);
    let standing = viewings::standing(transaction, viewing)?;
    let watched =
        standing.and_then(|standing| standing.watched.into_iter().find(|watched| watched.work == work));
    let Some(watched) = watched else { return Ok(None) };
    let at = free_instant(transaction, &recipient, &WorkColumns::from(work), watched.at, Some(id))?;
    transaction
        .prepare_cached("UPDATE deliveries SET at = ?2 WHERE id = ?1 AND at <> ?2")?
        .execute([id, at])?;
    Ok(Some(at))
}

/// Whether a service was, or may have been, told that a viewing was completed.
pub(super) fn is_told(transaction: &Transaction<'_>, number: i64) -> Result<bool, Failure> {
    Ok(transaction
        .prepare_cached(
            "SELECT 1 FROM deliveries
             WHERE viewing = ?1 AND what = 'history' AND status IN ('sending', 'unsure', 'done')",
        )?
        .exists([number])?)
}

/// Takes back what has certainly not been told of a viewing that turns out to be something else.
pub(super) fn withdraw(transaction: &Transaction<'_>, standing: &Standing) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "DELETE FROM deliveries
             WHERE viewing = ?1 AND status IN ('due', 'refused') AND what <> 'retraction' AND clears = 0",
        )?
        .execute([standing.number])?;
    Ok(())
}

/// A title that a recipient is told positions of.
#[derive(Debug)]
pub(super) struct Title {
    /// What it is called, where that is known.
    pub(super) label: Option<String>,
    pub(super) recipient: RecipientColumns,
    pub(super) kind: String,
    pub(super) tmdb: i64,
}

/// Queues where the newest viewing of a title is, after the position of one that was mistaken for it (its number is
/// `mistaken`) has taken that one's place, here or at the service. Telling it once more does no harm. Where there is no
/// other viewing of it, the recipient is told that there is no position, if it was told one; and so it is where it is told
/// live, as what another viewing did is not new.
pub(super) fn restore_position(
    transaction: &Transaction<'_>,
    title: &Title,
    mistaken: i64,
    now: Timestamp,
) -> Result<(), Failure> {
    if live::is_told_live(transaction, mistaken, title.recipient.service)? {
        return positions::clear(transaction, title, mistaken, now);
    }
    let newest: Option<i64> = transaction
        .prepare_cached(
            "SELECT number FROM viewings JOIN viewing_recipients ON viewing = number
             WHERE tmdb = :tmdb AND kind = :kind AND number <> :mistaken
               AND service = :service AND account = :account AND profile = :profile
             ORDER BY position_at DESC, number DESC LIMIT 1",
        )?
        .query_row(
            named_params! {
                ":tmdb": title.tmdb, ":kind": title.kind, ":mistaken": mistaken,
                ":service": title.recipient.service, ":account": title.recipient.account,
                ":profile": title.recipient.profile,
            },
            |row| row.get(0),
        )
        .optional()?;
    match newest {
        None => positions::clear(transaction, title, mistaken, now),
        Some(number) => {
            if let Some(standing) = viewings::standing(transaction, number)? {
                queue_position(transaction, &standing, &title.recipient, None, now)?;
            }
            Ok(())
        }
    }
}

/// The title of a position whose viewing turned out to be something else, and the number of that viewing.
fn mistaken_title(transaction: &Transaction<'_>, id: i64) -> Result<Option<(Title, i64)>, Failure> {
    Ok(transaction
        .prepare_cached(
            "SELECT service, account, profile, deliveries.kind, deliveries.tmdb, viewing, title
             FROM deliveries JOIN viewings ON number = viewing
             WHERE deliveries.id = ?1 AND clears = 0 AND (viewings.kind, viewings.tmdb) IS NOT (deliveries.kind, deliveries.tmdb)",
        )?
        .query_row([id], |row| {
            let recipient =
                RecipientColumns { service: row.get(0)?, account: row.get(1)?, profile: row.get(2)? };
            Ok((Title { label: row.get(6)?, recipient, kind: row.get(3)?, tmdb: row.get(4)? }, row.get(5)?))
        })
        .optional()?)
}

/// Takes out a position that has served its time.
pub(super) fn forget_position(transaction: &Transaction<'_>, id: i64, now: Timestamp) -> Result<(), Failure> {
    let mistaken = mistaken_title(transaction, id)?;
    transaction.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?.execute([id])?;
    if let Some((title, viewing)) = mistaken {
        restore_position(transaction, &title, viewing, now)?;
    }
    Ok(())
}

/// The first instant from `at` on that no other history entry of this work is near to, not counting `except`. One that
/// was taken back counts: the service may show it for a while yet.
pub(super) fn free_instant(
    transaction: &Transaction<'_>,
    recipient: &RecipientColumns,
    work: &WorkColumns,
    at: i64,
    except: Option<i64>,
) -> Result<i64, Failure> {
    let mut nearby = transaction.prepare_cached(
        "SELECT max(at) FROM deliveries
         WHERE what <> 'playback' AND service = :service AND account = :account AND profile = :profile
           AND kind = :kind AND tmdb = :tmdb AND season = :season AND episode = :episode
           AND at > :after AND at < :before AND id IS NOT :except",
    )?;
    let mut free = at;
    loop {
        let taken: Option<i64> = nearby.query_row(
            named_params! {
                ":service": recipient.service, ":account": recipient.account, ":profile": recipient.profile,
                ":kind": work.kind, ":tmdb": work.tmdb, ":season": work.season, ":episode": work.episode,
                ":after": free.saturating_sub(APART), ":before": free.saturating_add(APART), ":except": except,
            },
            |row| row.get(0),
        )?;
        match taken {
            Some(taken) => free = taken.saturating_add(APART),
            None => return Ok(free),
        }
    }
}

fn is_queued(
    transaction: &Transaction<'_>,
    number: i64,
    recipient: &RecipientColumns,
    work: &WorkColumns,
) -> Result<bool, Failure> {
    let queued = transaction
        .prepare_cached(
            "SELECT 1 FROM deliveries WHERE what = 'history' AND viewing = ?1 AND service = ?2
               AND kind = ?3 AND tmdb = ?4 AND season = ?5 AND episode = ?6",
        )?
        .exists(params![number, recipient.service, work.kind, work.tmdb, work.season, work.episode])?;
    Ok(queued)
}

/// Gives a position that is not being sent any more its place in the queue back, unless a newer one of its title has
/// taken it or its viewing turned out to be something else. `false` when it was dropped for that.
pub(super) fn requeue_position(
    transaction: &Transaction<'_>,
    id: i64,
    now: Timestamp,
) -> Result<bool, Failure> {
    let waiting: Option<(i64, bool)> = transaction
        .prepare_cached(
            "SELECT other.id, mine.clears OR (other.at >= mine.at AND NOT other.clears)
             FROM deliveries AS mine JOIN deliveries AS other
                 ON other.service = mine.service AND other.account = mine.account AND other.profile = mine.profile
                AND other.kind = mine.kind AND other.tmdb = mine.tmdb
             WHERE mine.id = ?1 AND other.id <> ?1 AND other.what = 'playback' AND other.status IN ('due', 'refused')",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if mistaken_title(transaction, id)?.is_some() {
        forget_position(transaction, id, now)?;
        return Ok(false);
    }
    let mut delete = transaction.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?;
    if matches!(waiting, Some((_, true))) || live::is_overtaken(transaction, id)? {
        delete.execute([id])?;
        return Ok(false);
    }
    if let Some((older, _)) = waiting {
        delete.execute([older])?;
    }
    transaction
        .prepare_cached("UPDATE deliveries SET status = 'due', not_before = 0 WHERE id = ?1")?
        .execute([id])?;
    Ok(true)
}

//! Repair: what services were told of a viewing is brought in line with what it is.
//!
//! An entry of something that the viewing is not is deleted here while it has certainly not been sent, asked for while
//! it may have been, and taken back by a retraction once it is known to be there. A retraction that has done its work takes the
//! place of the entry; one that is not needed any more is deleted, unless it is on its way. Whatever changes an entry or
//! a retraction is followed by [`repair`], so that the order in which things happen does not matter.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::columns::{RecipientColumns, WorkColumns, millis, timestamp, work};
use super::listings::work_label;
use super::outbox::{self, Standing};
use super::store::Failure;
use super::viewings;
use super::{Remedy, Repair, ServiceName, Sibling};
use crate::identify::Work;

/// What came of bringing a viewing's history in line.
#[derive(Debug, Default)]
pub(super) struct Repaired {
    /// How many entries are due for what it is.
    pub(super) queued: u32,
    pub(super) repairs: Vec<Repair>,
}

/// Brings the history of a viewing in line with what it is, for all whom it is told.
pub(super) fn repair(
    transaction: &Transaction<'_>,
    standing: &Standing,
    now: Timestamp,
) -> Result<Repaired, Failure> {
    let mut repaired = Repaired::default();
    for entry in entries(transaction, standing.number)? {
        let remedy = if standing.works.contains(&entry.work) {
            keep(transaction, &entry, now)?
        } else {
            undo(transaction, &entry, now)?
        };
        if let Some(remedy) = remedy {
            repaired.repairs.push(Repair {
                service: entry.recipient.service,
                work: entry.work,
                label: work_label(entry.label, entry.work),
                remedy,
            });
        }
    }
    for to in outbox::recipients(transaction, standing.number)? {
        repaired.queued += outbox::queue_history(transaction, standing, &to, now)?;
    }
    Ok(repaired)
}

/// The same for a viewing of which only the number is known.
pub(super) fn repair_viewing(
    transaction: &Transaction<'_>,
    number: i64,
    now: Timestamp,
) -> Result<(), Failure> {
    match viewings::standing(transaction, number)? {
        Some(standing) => repair(transaction, &standing, now).map(drop),
        None => Ok(()),
    }
}

/// Gives what was told of a viewing the name that it had until now, for the listings.
pub(super) fn keep_label(transaction: &Transaction<'_>, viewing: i64, label: &str) -> Result<(), Failure> {
    transaction
        .prepare_cached("UPDATE deliveries SET title = coalesce(title, ?2) WHERE viewing = ?1")?
        .execute(params![viewing, label])?;
    Ok(())
}

/// The entry that a retraction took back is gone.
pub(super) fn forget_entry(transaction: &Transaction<'_>, retraction: i64) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "DELETE FROM deliveries WHERE what = 'history' AND (viewing, service, kind, tmdb, season, episode) IN (
                 SELECT viewing, service, kind, tmdb, season, episode FROM deliveries WHERE id = ?1)",
        )?
        .execute([retraction])?;
    Ok(())
}

/// A retraction may have taken other wrong entries of the same work along: theirs are asked about before anything else.
pub(super) fn doubt_siblings(
    transaction: &Transaction<'_>,
    retraction: i64,
    now: Timestamp,
) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "UPDATE deliveries AS other
             SET status = 'unsure', not_before = 0, last_attempt_at = coalesce(other.last_attempt_at, ?2)
             FROM deliveries AS mine
             WHERE mine.id = ?1 AND other.id <> mine.id AND other.what <> 'playback' AND other.what = 'retraction'
               AND other.status IN ('due', 'refused') AND other.service = mine.service
               AND other.account = mine.account AND other.profile = mine.profile AND other.kind = mine.kind
               AND other.tmdb = mine.tmdb AND other.season = mine.season AND other.episode = mine.episode",
        )?
        .execute(params![retraction, millis(now)])?;
    Ok(())
}

/// Whether a retraction that was begun after the last attempt at this one may take this one's entry along.
fn is_doubtful(transaction: &Transaction<'_>, retraction: i64) -> Result<bool, Failure> {
    Ok(transaction
        .prepare_cached(
            "SELECT 1 FROM deliveries AS mine JOIN deliveries AS other
                 ON other.service = mine.service AND other.account = mine.account AND other.profile = mine.profile
                AND other.kind = mine.kind AND other.tmdb = mine.tmdb AND other.season = mine.season
                AND other.episode = mine.episode
             WHERE mine.id = ?1 AND other.id <> mine.id AND other.what <> 'playback' AND other.what = 'retraction'
               AND other.status IN ('sending', 'unsure')
               AND (mine.last_attempt_at IS NULL OR other.last_attempt_at > mine.last_attempt_at)",
        )?
        .exists([retraction])?)
}

/// The entries of other viewings that an entry, or its retraction, must be told from.
pub(super) fn siblings(transaction: &Transaction<'_>, delivery: i64) -> Result<Vec<Sibling>, Failure> {
    let found: Vec<(i64, Work, bool, Sibling)> = transaction
        .prepare_cached(
            "SELECT entry.viewing, entry.at, entry.kind, entry.tmdb, entry.season, entry.episode, EXISTS (
                 SELECT 1 FROM deliveries AS given_up
                 WHERE given_up.what = 'retraction' AND given_up.status = 'dropped'
                   AND given_up.viewing = entry.viewing AND given_up.service = entry.service
                   AND given_up.kind = entry.kind AND given_up.tmdb = entry.tmdb
                   AND given_up.season = entry.season AND given_up.episode = entry.episode), entry.receipt
             FROM deliveries AS mine JOIN deliveries AS entry
                 ON entry.service = mine.service AND entry.account = mine.account AND entry.profile = mine.profile
                AND entry.kind = mine.kind AND entry.tmdb = mine.tmdb AND entry.season = mine.season
                AND entry.episode = mine.episode
             WHERE mine.id = ?1 AND entry.what <> 'playback' AND entry.what = 'history'
               AND entry.viewing <> mine.viewing AND entry.status IN ('sending', 'unsure', 'done')
             ORDER BY entry.at",
        )?
        .query_map([delivery], |row| {
            let kind: String = row.get(2)?;
            let work = work(&kind, row.get(3)?, row.get(4)?, row.get(5)?);
            let sibling = Sibling { at: timestamp(row.get(1)?), wrong: false, receipt: row.get(7)? };
            Ok((row.get(0)?, work, row.get(6)?, sibling))
        })?
        .collect::<Result<_, _>>()?;
    let mut siblings = Vec::with_capacity(found.len());
    for (viewing, work, given_up, sibling) in found {
        let is_it =
            viewings::standing(transaction, viewing)?.is_none_or(|standing| standing.works.contains(&work));
        siblings.push(Sibling { wrong: !is_it && !given_up, ..sibling });
    }
    Ok(siblings)
}

/// How it was known that the entry is there that a retraction is to take back.
pub(super) fn receipt(transaction: &Transaction<'_>, retraction: i64) -> Result<Option<String>, Failure> {
    let receipt = transaction
        .prepare_cached(
            "SELECT entry.receipt FROM deliveries AS mine JOIN deliveries AS entry
                 ON entry.viewing = mine.viewing AND entry.service = mine.service AND entry.kind = mine.kind
                AND entry.tmdb = mine.tmdb AND entry.season = mine.season AND entry.episode = mine.episode
             WHERE mine.id = ?1 AND entry.what <> 'playback' AND entry.what = 'history'",
        )?
        .query_row([retraction], |row| row.get(0))
        .optional()?;
    Ok(receipt.flatten())
}

/// A history entry of a viewing, wherever it stands.
struct Entry {
    id: i64,
    viewing: i64,
    recipient: RecipientColumns,
    work: Work,
    status: String,
    label: String,
}

fn entries(transaction: &Transaction<'_>, viewing: i64) -> Result<Vec<Entry>, Failure> {
    Ok(transaction
        .prepare_cached(
            "SELECT id, service, account, profile, kind, tmdb, season, episode, status,
                 coalesce(title, (SELECT label FROM viewings WHERE number = viewing))
             FROM deliveries
             WHERE viewing = ?1 AND what = 'history' ORDER BY id",
        )?
        .query_map([viewing], |row| {
            let recipient =
                RecipientColumns { service: row.get(1)?, account: row.get(2)?, profile: row.get(3)? };
            let kind: String = row.get(4)?;
            Ok(Entry {
                id: row.get(0)?,
                viewing,
                recipient,
                work: work(&kind, row.get(5)?, row.get(6)?, row.get(7)?),
                status: row.get(8)?,
                label: row.get(9)?,
            })
        })?
        .collect::<Result<_, _>>()?)
}

/// A right entry: a retraction of it that has certainly not been done is not needed.
fn keep(transaction: &Transaction<'_>, entry: &Entry, now: Timestamp) -> Result<Option<Remedy>, Failure> {
    let Some((id, status)) = retraction(transaction, entry)? else { return Ok(None) };
    match status.as_str() {
        "due" | "refused" if is_doubtful(transaction, id)? => {
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET status = 'unsure', not_before = 0, last_attempt_at = ?2 WHERE id = ?1",
                )?
                .execute(params![id, millis(now)])?;
            Ok(Some(Remedy::Returns))
        }
        "due" | "refused" => {
            transaction.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?.execute([id])?;
            Ok(None)
        }
        "sending" | "unsure" => Ok(Some(Remedy::Returns)),
        _ => Ok(None),
    }
}

/// A wrong entry.
fn undo(transaction: &Transaction<'_>, entry: &Entry, now: Timestamp) -> Result<Option<Remedy>, Failure> {
    match entry.status.as_str() {
        "due" | "refused" => {
            transaction.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?.execute([entry.id])?;
            Ok(None)
        }
        "sending" | "unsure" => Ok(Some(Remedy::AskedFirst)),
        "done" => {
            let id = match retraction(transaction, entry)? {
                Some((_, status)) if status == "dropped" => return Ok(Some(Remedy::Stays)),
                Some((id, _)) => id,
                None => queue(transaction, entry, now)?,
            };
            let alone = siblings(transaction, id)?.iter().all(|sibling| sibling.wrong);
            Ok(Some(if alone { Remedy::TakenBack } else { Remedy::MayStay }))
        }
        _ => Ok(None),
    }
}

/// The retraction of an entry, unless it has been done.
fn retraction(transaction: &Transaction<'_>, entry: &Entry) -> Result<Option<(i64, String)>, Failure> {
    let work = WorkColumns::from(entry.work);
    Ok(transaction
        .prepare_cached(
            "SELECT id, status FROM deliveries
             WHERE what = 'retraction' AND status <> 'done' AND viewing = ?1 AND service = ?2
               AND kind = ?3 AND tmdb = ?4 AND season = ?5 AND episode = ?6",
        )?
        .query_row(
            params![entry.viewing, entry.recipient.service, work.kind, work.tmdb, work.season, work.episode],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?)
}

/// Queues the retraction of an entry, with how that may have been told live. It goes before everything else, so that what is told after it is not in its way; and
/// those that were refused for the sake of this entry have their turn again.
fn queue(transaction: &Transaction<'_>, entry: &Entry, now: Timestamp) -> Result<i64, Failure> {
    let id = transaction
        .prepare_cached(
            "INSERT INTO deliveries (viewing, viewed_at, service, account, profile, what, kind, tmdb, season, episode,
                 progress, at, status, created_at, title, live_word, live_progress, live_until)
             SELECT viewing, 0, service, account, profile, 'retraction', kind, tmdb, season, episode,
                 0.0, at, 'due', :now, title, live_word, live_progress, live_until
             FROM deliveries WHERE id = :entry
             RETURNING id",
        )?
        .query_row(named_params! { ":entry": entry.id, ":now": millis(now) }, |row| row.get(0))?;
    let work = WorkColumns::from(entry.work);
    let service: ServiceName = entry.recipient.service;
    transaction
        .prepare_cached(
            "UPDATE deliveries SET status = 'due', not_before = 0
             WHERE what <> 'playback' AND what = 'retraction' AND status = 'refused' AND service = :service
               AND account = :account AND profile = :profile AND kind = :kind AND tmdb = :tmdb
               AND season = :season AND episode = :episode",
        )?
        .execute(named_params! {
            ":service": service, ":account": entry.recipient.account, ":profile": entry.recipient.profile,
            ":kind": work.kind, ":tmdb": work.tmdb, ":season": work.season, ":episode": work.episode,
        })?;
    Ok(id)
}

//! Deliveries on their way: what comes next, how it ended, what the user wants done with it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, ToSql, Transaction, named_params, params};

use super::adopt::{self, adopt};
use super::columns::{
    PLAYBACK, RETRACTION, RecipientColumns, content, millis, millis_not_before, timestamp, told_live, work,
};
use super::store::{Durability, Failure, Store};
use super::turns::Turn;
use super::{
    Content, Delivery, DeliveryId, DeliveryStatus, JournalError, Next, ServiceName, ServiceState, Settlement,
};
use super::{live, outbox, positions, repair, services, sign_ins, viewings};

impl Store {
    /// Deliveries, of one service or all, that were being sent when the daemon died or a worker ended: a position is sent
    /// again, of everything else the service is asked. When the attempt ended nobody knows: not later than `now`. For all,
    /// also what is known of sittings that nobody has ended: they are over.
    pub(super) fn recover(
        &mut self,
        service: Option<ServiceName>,
        now: Timestamp,
    ) -> Result<u64, JournalError> {
        self.write("recover what was being sent", Durability::Full, |transaction| {
            let interrupted: Vec<(i64, String)> = transaction
                .prepare_cached(
                    "SELECT id, what FROM deliveries
                     WHERE status = 'sending' AND service = coalesce(?1, service) ORDER BY at",
                )?
                .query_map([service], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let count = interrupted.len() as u64;
            for (id, what) in interrupted {
                if what == PLAYBACK {
                    outbox::requeue_position(transaction, id, now)?;
                } else {
                    transaction
                        .prepare_cached(
                            "UPDATE deliveries SET status = 'unsure', not_before = 0, last_attempt_at = ?2, fixed = 1
                             WHERE id = ?1",
                        )?
                        .execute([id, millis(now)])?;
                }
            }
            live::recover(transaction, service, now)?;
            Ok(count)
        })
    }

    /// What to do next for a recipient's service. What is to be sent is marked first.
    pub(super) fn next(&mut self, active: &RecipientColumns, now: Timestamp) -> Result<Next, JournalError> {
        let turn = self.turns.of(active.service);
        let (next, from) = self.write("take the next delivery", Durability::Full, |transaction| {
            adopt(transaction, active)?;
            let now_millis = millis(now);
            ripen(transaction, active, now_millis)?;
            let service_waits =
                services::not_before(transaction, active.service)?.filter(|&at| at > now_millis);
            let ready = match service_waits {
                Some(_) => None,
                None => ready(transaction, active, turn, now_millis)?,
            };
            let Some(Ready { mut delivery, status, from }) = ready else {
                let next = match (earliest(transaction, active)?, service_waits) {
                    (None, _) => Next::Idle,
                    (Some(at), service) => Next::WaitUntil(timestamp(at.max(service.unwrap_or(at)))),
                };
                return Ok((next, None));
            };
            let has_siblings = match delivery.content {
                Content::Retraction { .. } => true,
                Content::History { .. } => status == DeliveryStatus::Unsure || delivery.live.is_some(),
                Content::Playback { .. } | Content::Clearing { .. } => false,
            };
            if has_siblings {
                delivery.siblings = repair::siblings(transaction, delivery.id.0)?;
            }
            delivery.absolute = viewings::absolute(transaction, delivery.viewing, delivery.content.work())?;
            if matches!(delivery.content, Content::Retraction { .. }) {
                delivery.receipt = repair::receipt(transaction, delivery.id.0)?;
            }
            if status == DeliveryStatus::Unsure {
                return Ok((Next::Verify(delivery), Some(from)));
            }
            if let Content::History { at, .. } = &mut delivery.content
                && let Some(known) = outbox::renew_instant(transaction, delivery.id.0)?
            {
                *at = timestamp(known);
            }
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET status = 'sending', attempts = attempts + 1, last_attempt_at = ?2,
                         times_not_there = 0 WHERE id = ?1",
                )?
                .execute([delivery.id.0, now_millis])?;
            Ok((Next::Deliver(delivery), Some(from)))
        })?;
        if let Some(from) = from {
            self.turns.taken(active.service, from);
        }
        Ok(next)
    }

    /// Takes back the marking of a delivery that nobody received: certainly nothing of it was sent.
    pub(super) fn put_back(&mut self, delivery: &Delivery, now: Timestamp) -> Result<(), JournalError> {
        self.write("put a delivery back", Durability::Full, |transaction| {
            let what: Option<String> = transaction
                .prepare_cached(
                    "UPDATE deliveries SET attempts = ?2, last_attempt_at = ?3, times_not_there = ?4
                     WHERE id = ?1 AND status = 'sending' RETURNING what",
                )?
                .query_row(
                    params![
                        delivery.id.0,
                        delivery.attempts,
                        delivery.last_attempt_at.map(millis),
                        delivery.times_not_there,
                    ],
                    |row| row.get(0),
                )
                .optional()?;
            match what.as_deref() {
                Some(PLAYBACK) => outbox::requeue_position(transaction, delivery.id.0, now).map(drop),
                Some(_) => {
                    transaction
                        .prepare_cached("UPDATE deliveries SET status = 'due', not_before = 0 WHERE id = ?1")?
                        .execute([delivery.id.0])?;
                    repair_after(transaction, delivery.id.0, now)
                }
                None => Ok(()),
            }
        })
    }

    /// Writes how an attempt ended, and how the service is doing. What is not on its way (any more) stays as it is.
    pub(super) fn settle(
        &mut self,
        delivery: DeliveryId,
        settlement: &Settlement,
        service: &ServiceState,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.write("keep how a delivery ended", Durability::Full, |transaction| {
            services::write(transaction, service)?;
            let what: Option<String> = transaction
                .prepare_cached(
                    "SELECT what FROM deliveries WHERE id = ?1 AND status IN ('sending', 'unsure')",
                )?
                .query_row([delivery.0], |row| row.get(0))
                .optional()?;
            match what.as_deref() {
                Some(what) if let Settlement::NoSuchProfile { why } = settlement => {
                    let gone = recipient_of(transaction, delivery.0)?;
                    if what == PLAYBACK {
                        settle_position(transaction, delivery.0, settlement, now)?;
                    } else {
                        settle_lasting(transaction, delivery.0, what, settlement, now)?;
                    }
                    give_up_profile(transaction, &gone, why, now)
                }
                Some(PLAYBACK) => settle_position(transaction, delivery.0, settlement, now),
                Some(what) => settle_lasting(transaction, delivery.0, what, settlement, now),
                None => {
                    tracing::debug!(delivery = delivery.0, "settled after it had left the outbox");
                    Ok(())
                }
            }
        })
    }

    /// Makes one delivery, or all that wait or were refused (of one service or of every one), ready at once, and clears the clocks of their services.
    /// Of what was refused after an attempt the service is asked first: a no may have followed an answer that was lost, and
    /// it may have been done in spite of it. Where the service was asked and cannot tell, the user has, and it is sent.
    /// Returns how many that are.
    pub(super) fn retry(
        &mut self,
        delivery: Option<DeliveryId>,
        service: Option<ServiceName>,
    ) -> Result<u64, JournalError> {
        let id = delivery.map(|delivery| delivery.0);
        self.write("make deliveries due", Durability::Full, |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE services SET not_before = NULL, failures = 0
                     WHERE (?1 IS NULL OR service = (SELECT service FROM deliveries WHERE id = ?1))
                       AND (?2 IS NULL OR service = ?2)",
                )?
                .execute(params![id, service])?;
            let concerned = transaction
                .prepare_cached(
                    "UPDATE deliveries SET not_before = 0, awaits_end = 0,
                         times_not_there = CASE status WHEN 'refused' THEN 0 ELSE times_not_there END,
                         status = CASE
                             WHEN status = 'unsure' THEN 'unsure'
                             WHEN status = 'refused' AND what <> 'playback' AND last_attempt_at IS NOT NULL
                                 THEN 'unsure'
                             ELSE 'due' END
                     WHERE status IN ('due', 'unsure', 'refused') AND (?1 IS NULL OR id = ?1)
                       AND (?2 IS NULL OR service = ?2)",
                )?
                .execute(params![id, service])?;
            Ok(concerned as u64)
        })
    }

    /// Takes a delivery out of the outbox for good. Of history and of a retraction a mark stays, so that no later event
    /// queues it again.
    pub(super) fn drop_delivery(
        &mut self,
        delivery: DeliveryId,
        now: Timestamp,
    ) -> Result<bool, JournalError> {
        self.write("drop a delivery", Durability::Full, |transaction| {
            let positions = transaction
                .prepare_cached(
                    "DELETE FROM deliveries WHERE id = ?1 AND what = 'playback' AND status IN ('due', 'refused')",
                )?
                .execute([delivery.0])?;
            let lasting = transaction
                .prepare_cached(
                    "UPDATE deliveries SET status = 'dropped'
                     WHERE id = ?1 AND what <> 'playback' AND status IN ('due', 'unsure', 'refused')",
                )?
                .execute([delivery.0])?;
            if lasting > 0 {
                repair_after(transaction, delivery.0, now)?;
            }
            Ok(positions + lasting > 0)
        })
    }
}

/// What has waited long enough is marked as ready, so that the oldest of the ready ones is one look into an index,
/// however many others wait.
fn ripen(transaction: &Transaction<'_>, active: &RecipientColumns, now: i64) -> Result<(), Failure> {
    transaction
        .prepare_cached(RIPEN)?
        .execute(named_params! { ":service": active.service, ":account": active.account, ":now": now })?;
    Ok(())
}

/// What is taken next, and from where.
struct Ready {
    delivery: Delivery,
    status: DeliveryStatus,
    from: Turn,
}

/// The oldest of the ready ones; or, when the present has its turn, what can be told live, as it is soon too late for that,
/// then what was completed lately, and where the oldest is long past, the newest of all: positions come again and again, and
/// however many play at once, no entry waits for all of them. While the service is in trouble each delivery has its turn
/// instead: the trouble may be one's alone, and the first other one that arrives shows it.
fn ready(
    transaction: &Transaction<'_>,
    active: &RecipientColumns,
    turn: Turn,
    now: i64,
) -> Result<Option<Ready>, Failure> {
    let (service, account) = (active.service, &active.account);
    let present = now.saturating_sub(PRESENT);
    let first = |sql: &str, more: Option<&dyn ToSql>, from: Turn| -> Result<Option<Ready>, Failure> {
        let parameters: Vec<&dyn ToSql> = [&service as &dyn ToSql, account].into_iter().chain(more).collect();
        let found = transaction.prepare_cached(sql)?.query_row(parameters.as_slice(), delivery).optional()?;
        Ok(found.map(|(delivery, status)| Ready { delivery, status, from }))
    };
    if services::is_in_trouble(transaction, service)? {
        return first(
            &format!("{READY} AND {CLEAR} ORDER BY last_attempt_at, viewed_at, id LIMIT 1"),
            None,
            Turn::Past,
        );
    }
    let is_past = |ready: &Ready| match ready.delivery.content {
        Content::History { at, .. } | Content::Playback { at, .. } | Content::Clearing { at, .. } => {
            millis(at) < present
        }
        // What comes after one may rely on it.
        Content::Retraction { .. } => false,
    };
    let oldest = first(&format!("{READY} AND {CLEAR} ORDER BY viewed_at, id LIMIT 1"), None, Turn::Past)?;
    let is_retraction = |ready: &Ready| matches!(ready.delivery.content, Content::Retraction { .. });
    if turn == Turn::Past || oldest.as_ref().is_none_or(is_retraction) {
        return Ok(oldest);
    }
    let new = first(
        &format!("{READY} AND {NEW} AND {CLEAR} ORDER BY live_until, id LIMIT 1"),
        Some(&now),
        Turn::Present,
    )?;
    if new.is_some() {
        return Ok(new);
    }
    let entry = first(
        &format!("{READY} AND {LATELY} AND {CLEAR} ORDER BY at, id LIMIT 1"),
        Some(&present),
        Turn::Present,
    )?;
    if let Some(entry) = entry {
        // Where the viewer was comes before it, as always.
        let position =
            first(&format!("{READY} AND {ITS_POSITION} LIMIT 1"), Some(&entry.delivery.id.0), Turn::Present)?;
        return Ok(Some(position.unwrap_or(entry)));
    }
    if !oldest.as_ref().is_some_and(is_past) {
        return Ok(oldest);
    }
    let newest =
        first(&format!("{READY} AND {CLEAR} ORDER BY at DESC, id DESC LIMIT 1"), None, Turn::Present)?;
    Ok(newest.filter(|newest| !is_past(newest)).or(oldest))
}

/// The earliest time at which anything is ready; 0 is at once.
fn earliest(transaction: &Transaction<'_>, active: &RecipientColumns) -> Result<Option<i64>, Failure> {
    Ok(transaction
        .prepare_cached(&format!("{EARLIEST} AND {CLEAR} ORDER BY not_before LIMIT 1"))?
        .query_row(named_params! { ":service": active.service, ":account": active.account }, |row| row.get(0))
        .optional()?)
}

const RIPEN: &str = "UPDATE deliveries SET not_before = 0, awaits_end = 0
    WHERE service = :service AND account = :account AND not_before > 0 AND not_before <= :now
      AND status IN ('due', 'unsure')";

const READY: &str = "SELECT id, (SELECT viewings.id FROM viewings WHERE number = viewing), service,
        account, profile, what, kind, tmdb, season, episode, progress, at, attempts, last_attempt_at, times_not_there,
        status, clears, live_word, live_progress, live_until
    FROM deliveries
    WHERE service = ?1 AND account = ?2 AND not_before = 0 AND status IN ('due', 'unsure')";

/// What was completed since `?3`.
const LATELY: &str = "what = 'history' AND at >= ?3";

/// Where the viewer was whose entry is `?3`, if that was to be told before.
const ITS_POSITION: &str = "what = 'playback' AND clears = 0 AND id < ?3 AND viewing =
        (SELECT entry.viewing FROM deliveries AS entry WHERE entry.id = ?3)";

/// It can be told live at the time of the third parameter: an entry only with its first attempt.
const NEW: &str = "status = 'due' AND live_until > ?3 AND (what = 'playback' OR what = 'history' AND last_attempt_at IS NULL)";

/// How long ago, in milliseconds, what counts as the present may have been.
const PRESENT: i64 = 3_600_000;

const EARLIEST: &str = "SELECT not_before FROM deliveries
    WHERE service = :service AND account = :account AND status IN ('due', 'unsure')";

/// An entry waits while an earlier one of the same work does, and while it is not known whether another one was made: a
/// service that shows both as one shows the later one in place of the one that is asked for. What is said twice of `what`
/// names the index.
const CLEAR: &str = "NOT (what = 'history' AND status = 'due' AND EXISTS (
        SELECT 1 FROM deliveries AS doubt
        WHERE doubt.what <> 'playback' AND doubt.what = 'history'
          AND (doubt.status = 'unsure' OR doubt.status = 'due' AND doubt.at < deliveries.at)
          AND doubt.service = deliveries.service AND doubt.account = deliveries.account
          AND doubt.profile = deliveries.profile AND doubt.kind = deliveries.kind AND doubt.tmdb = deliveries.tmdb
          AND doubt.season = deliveries.season AND doubt.episode = deliveries.episode))";

fn delivery(row: &Row<'_>) -> rusqlite::Result<(Delivery, DeliveryStatus)> {
    let recipient = RecipientColumns { service: row.get(2)?, account: row.get(3)?, profile: row.get(4)? };
    let what: String = row.get(5)?;
    let kind: String = row.get(6)?;
    let work = work(&kind, row.get(7)?, row.get(8)?, row.get(9)?);
    let last_attempt_at: Option<i64> = row.get(13)?;
    let delivery = Delivery {
        id: DeliveryId(row.get(0)?),
        viewing: row.get(1)?,
        recipient: recipient.into(),
        content: content(&what, row.get(16)?, work, row.get(10)?, row.get(11)?),
        attempts: row.get(12)?,
        last_attempt_at: last_attempt_at.map(timestamp),
        times_not_there: row.get(14)?,
        live: told_live(row.get(17)?, row.get(18)?, row.get(19)?),
        absolute: None,
        receipt: None,
        siblings: Vec::new(),
    };
    Ok((delivery, row.get(15)?))
}

/// A position that arrived has served its time. One that did not waits again, unless a newer one does: sending it twice
/// does no harm, so nobody is asked.
fn settle_position(
    transaction: &Transaction<'_>,
    id: i64,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<(), Failure> {
    let (not_before, why, refused) = match settlement {
        Settlement::Done { .. } => {
            positions::arrived(transaction, id)?;
            return outbox::forget_position(transaction, id, now);
        }
        Settlement::Again { at, why } | Settlement::Unsure { at, why, .. } => {
            (millis_not_before(*at), why, false)
        }
        Settlement::Refused { why } => (0, why, true),
        Settlement::NoSuchProfile { why } => (0, why, false),
    };
    if outbox::requeue_position(transaction, id, now)? {
        let status = if refused { DeliveryStatus::Refused } else { DeliveryStatus::Due };
        transaction
            .prepare_cached(
                "UPDATE deliveries SET status = ?2, not_before = ?3, last_error = ?4 WHERE id = ?1",
            )?
            .execute(params![id, status, not_before, why])?;
    }
    Ok(())
}

/// A history entry or a retraction. Once it is written how that stands, the rest of its viewing's history follows.
fn settle_lasting(
    transaction: &Transaction<'_>,
    id: i64,
    what: &str,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<(), Failure> {
    if what == RETRACTION && matches!(settlement, Settlement::Done { .. } | Settlement::Unsure { .. }) {
        repair::doubt_siblings(transaction, id, now)?;
    }
    match settlement {
        Settlement::Done { proof } => {
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET status = 'done', not_before = 0, last_error = NULL, receipt = ?2,
                         settled_at = ?3, fixed = 1
                     WHERE id = ?1",
                )?
                .execute(params![id, proof, millis(now)])?;
            if what == RETRACTION {
                repair::forget_entry(transaction, id)?;
            }
        }
        Settlement::NoSuchProfile { why } => {
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET status = CASE status WHEN 'sending' THEN 'due' ELSE status END,
                         not_before = 0, last_error = ?2
                     WHERE id = ?1",
                )?
                .execute(params![id, why])?;
        }
        Settlement::Again { at, why } => {
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET status = 'due', not_before = ?2, last_error = ?3 WHERE id = ?1",
                )?
                .execute(params![id, millis_not_before(*at), why])?;
        }
        // An attempt lasts until its answer is given up: what was sent may be done only after that.
        Settlement::Unsure { at, why, not_there } => {
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET status = 'unsure', not_before = ?2, last_error = ?3,
                         times_not_there = times_not_there + ?4, fixed = 1,
                         last_attempt_at = CASE status WHEN 'sending' THEN ?5 ELSE last_attempt_at END
                     WHERE id = ?1",
                )?
                .execute(params![id, millis_not_before(*at), why, not_there, millis(now)])?;
        }
        // Asking again would be refused again: whether it is sent once more is for the user to say.
        Settlement::Refused { why } => {
            transaction
                .prepare_cached(
                    "UPDATE deliveries SET status = 'refused', not_before = 0, last_error = ?2, settled_at = ?3,
                         last_attempt_at = CASE status WHEN 'unsure' THEN NULL ELSE last_attempt_at END
                     WHERE id = ?1",
                )?
                .execute(params![id, why, millis(now)])?;
        }
    }
    repair_after(transaction, id, now)
}

/// What waits for a profile that the account does not have is released, to be adopted by the one that the settings name. A
/// profile in whose history something arrived, or that was chosen among an account's, was a real one: then it is refused
/// first, and goes on when the user says so.
fn give_up_profile(
    transaction: &Transaction<'_>,
    gone: &RecipientColumns,
    why: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let was_real = transaction
        .prepare_cached(
            "SELECT 1 FROM deliveries WHERE service = ?1 AND account = ?2 AND profile = ?3
               AND what <> 'playback' AND status = 'done'",
        )?
        .exists(params![gone.service, gone.account, gone.profile])?
        || sign_ins::was_chosen(transaction, gone)?;
    if was_real {
        for viewing in refuse_all(transaction, gone, why, now)? {
            repair::repair_viewing(transaction, viewing, now)?;
        }
        // Also what took the place of something that the viewing was not.
        refuse_all(transaction, gone, why, now)?;
    }
    adopt::release(transaction, gone)
}

/// Refuses all that waits for a recipient. Returns the viewings that it tells of.
fn refuse_all(
    transaction: &Transaction<'_>,
    gone: &RecipientColumns,
    why: &str,
    now: Timestamp,
) -> Result<BTreeSet<i64>, Failure> {
    let viewings = transaction
        .prepare_cached(
            "UPDATE deliveries SET status = 'refused', not_before = 0, last_error = ?4, settled_at = ?5
             WHERE service = ?1 AND account = ?2 AND profile = ?3 AND status IN ('due', 'unsure')
             RETURNING viewing",
        )?
        .query_map(params![gone.service, gone.account, gone.profile, why, millis(now)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(viewings)
}

/// An entry or a retraction stands otherwise than before: the rest of its viewing's history follows.
fn repair_after(transaction: &Transaction<'_>, id: i64, now: Timestamp) -> Result<(), Failure> {
    repair::repair_viewing(transaction, viewing_of(transaction, id)?, now)
}

fn recipient_of(transaction: &Transaction<'_>, id: i64) -> Result<RecipientColumns, Failure> {
    Ok(transaction
        .prepare_cached("SELECT service, account, profile FROM deliveries WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(RecipientColumns { service: row.get(0)?, account: row.get(1)?, profile: row.get(2)? })
        })?)
}

fn viewing_of(transaction: &Transaction<'_>, id: i64) -> Result<i64, Failure> {
    Ok(transaction
        .prepare_cached("SELECT viewing FROM deliveries WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?)
}

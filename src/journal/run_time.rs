//! The time of a run and the time on disk.
//!
//! What asks the journal counts its own wall time, evenly (see [`crate::clock`]); on disk all times are as they are believed to be.
//! They are translated here, by the journal's own thread, so that a change of the belief and what is written before and after
//! it cannot cross.
//!
//! The rule: a time that was kept during this start of the machine is mended when the belief changes, also by a later run, as
//! long as no service may have been told of it (`fixed`): by what it was told, an entry is recognised. What is told was
//! compared with the service's own clock before. Of the times of an earlier start nothing can be known any more, and they stay;
//! but those of a start whose clock had never been set (it says that it was before the release of this program) become the
//! latest that they can have been, shortly before the present start, and it is said.
//!
//! Waits (`not_before`, until when something can be told live, and when something was tried last) move with the belief: what is left of them is the same. A run that
//! finds attempts in its future, because the clock was set back, counts them as made just now.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::columns::{millis, timestamp};
use super::store::{Durability, Failure, Store};
use super::{Delivery, JournalError, Live, Next, ServiceState, Settlement};
use super::{live, outbox, viewings};
use crate::clock::Belief;

/// Two beliefs that differ by less, in milliseconds, are the same: two runs do not read the clocks at the same instant.
const STEP: i64 = 1_000;
/// No wait is longer, in milliseconds: what a service may ask for.
const LONGEST_WAIT: i64 = 24 * 3_600_000;
/// A clock that says it is before this, in milliseconds, has not been set: 2025-01-01.
const NEVER_SET_BEFORE: i64 = 1_735_689_600_000;

/// How the time of the run is translated. Nothing is, before the first belief; and never for a command.
#[derive(Debug, Clone, Default)]
pub(super) struct RunTime {
    correction: SignedDuration,
    /// The number of this start of the machine.
    clock: Option<i64>,
    kept: Option<Belief>,
}

impl RunTime {
    /// The number of the clock by which times are kept now.
    pub(super) fn clock(&self) -> Option<i64> {
        self.clock
    }

    /// A time of the run as it is kept.
    pub(super) fn on_disk(&self, at: Timestamp) -> Timestamp {
        at.saturating_add(self.correction).unwrap_or(at)
    }

    /// A kept time as the run counts it.
    pub(super) fn in_run(&self, at: Timestamp) -> Timestamp {
        at.saturating_sub(self.correction).unwrap_or(at)
    }

    pub(super) fn next_in_run(&self, next: Next) -> Next {
        match next {
            Next::Deliver(delivery) => Next::Deliver(self.attempted(delivery, Self::in_run)),
            Next::Verify(delivery) => Next::Verify(self.attempted(delivery, Self::in_run)),
            Next::WaitUntil(at) => Next::WaitUntil(self.in_run(at)),
            Next::Idle => Next::Idle,
        }
    }

    pub(super) fn delivery_on_disk(&self, delivery: Delivery) -> Delivery {
        self.attempted(delivery, Self::on_disk)
    }

    fn attempted(&self, delivery: Delivery, translate: fn(&Self, Timestamp) -> Timestamp) -> Delivery {
        let last_attempt_at = delivery.last_attempt_at.map(|at| translate(self, at));
        let live = delivery.live.map(|live| Live { until: translate(self, live.until), ..live });
        Delivery { last_attempt_at, live, ..delivery }
    }

    pub(super) fn settlement_on_disk(&self, settlement: Settlement) -> Settlement {
        match settlement {
            Settlement::Again { at, why } => Settlement::Again { at: self.on_disk(at), why },
            Settlement::Unsure { at, why, not_there } => {
                Settlement::Unsure { at: self.on_disk(at), why, not_there }
            }
            same @ (Settlement::Done { .. }
            | Settlement::NoSuchProfile { .. }
            | Settlement::Refused { .. }) => same,
        }
    }

    pub(super) fn state_on_disk(&self, state: ServiceState) -> ServiceState {
        self.state(state, Self::on_disk)
    }

    pub(super) fn state_in_run(&self, state: ServiceState) -> ServiceState {
        self.state(state, Self::in_run)
    }

    fn state(&self, state: ServiceState, translate: fn(&Self, Timestamp) -> Timestamp) -> ServiceState {
        ServiceState {
            not_before: state.not_before.map(|at| translate(self, at)),
            last_success_at: state.last_success_at.map(|at| translate(self, at)),
            ..state
        }
    }

    fn is_kept(&self, belief: &Belief) -> bool {
        self.kept.as_ref().is_some_and(|kept| {
            let heard = match (kept.heard, belief.heard) {
                (Some(kept), Some(now)) => is_same(millis(kept), millis(now), 2 * STEP),
                (kept, now) => kept == now,
            };
            kept.correction == belief.correction && heard
        })
    }
}

impl Store {
    /// When this start of the machine was by the service's clock, if a run in it heard that.
    pub(super) fn heard(&mut self, boot: &str) -> Result<Option<Timestamp>, JournalError> {
        self.read("look up what is known of the clock", |connection| {
            let heard: Option<Option<i64>> = connection
                .prepare_cached("SELECT heard FROM clocks WHERE boot = ?1")?
                .query_row([boot], |row| row.get(0))
                .optional()?;
            Ok(heard.flatten().map(timestamp))
        })
    }

    /// Takes over what is believed at `now` (as the run counts), and mends what was kept under another belief. `true` when
    /// there was something to mend.
    pub(super) fn keep_time(&mut self, belief: &Belief, now: Timestamp) -> Result<bool, JournalError> {
        if self.time.is_kept(belief) {
            return Ok(false);
        }
        let before = self.time.clone();
        let time = RunTime { correction: belief.correction, clock: before.clock, kept: Some(belief.clone()) };
        let now = millis(time.on_disk(now));
        let (clock, mended) =
            self.write("keep what is known of the clock", Durability::Full, |transaction| {
                let (clock, mut mended) = keep_clock(transaction, belief, before.clock)?;
                if before.clock.is_none() {
                    bring_waits_back(transaction, now)?;
                } else {
                    let by = belief.correction.as_millis() - before.correction.as_millis();
                    move_waits(transaction, i64::try_from(by).unwrap_or_default())?;
                }
                mended |= date_what_was_never_dated(transaction, clock, belief)?;
                Ok((clock, mended))
            })?;
        self.time = RunTime { clock: Some(clock), ..time };
        if before.clock.is_some() {
            self.move_doubt(belief.correction.saturating_sub(before.correction));
        }
        Ok(mended)
    }

    /// Takes over once more what is believed, in a journal that was made anew: the row of this start of the machine may be
    /// lost. What cannot be written now is with the next call of [`Store::keep_time`].
    pub(super) fn keep_time_again(&mut self) {
        let Some(belief) = self.time.kept.take() else { return };
        let now = self.clock.now().wall;
        if let Err(error) = self.keep_time(&belief, now) {
            tracing::debug!(%error, "the clock is not known to the new journal yet");
        }
    }
}

fn is_same(one: i64, other: i64, within: i64) -> bool {
    one.abs_diff(other) < within.unsigned_abs()
}

/// The number of this start of the machine, `before` if it had one already, and whether its times had to be mended.
fn keep_clock(
    transaction: &Transaction<'_>,
    belief: &Belief,
    before: Option<i64>,
) -> Result<(i64, bool), Failure> {
    let started = millis(belief.started);
    let known: Option<(i64, i64)> = transaction
        .prepare_cached("SELECT number, started FROM clocks WHERE boot = ?1")?
        .query_row([&*belief.boot], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let heard = belief.heard.map(millis);
    let Some((number, kept)) = known else {
        // Rows may have been lost with a page, and what they dated is still there: no number is given twice.
        let number = transaction
            .prepare_cached(
                "INSERT INTO clocks (number, boot, started, heard) VALUES (
                     CASE WHEN ?4 IS NOT NULL AND ?4 NOT IN (SELECT number FROM clocks) THEN ?4 ELSE 1 + max(
                         coalesce((SELECT max(number) FROM clocks), 0),
                         coalesce((SELECT max(position_clock) FROM viewings WHERE position_clock IS NOT NULL), 0)
                     ) END, ?1, ?2, ?3) RETURNING number",
            )?
            .query_row(params![&*belief.boot, started, heard, before], |row| row.get(0))?;
        return Ok((number, false));
    };
    transaction
        .prepare_cached("UPDATE clocks SET heard = ?2 WHERE number = ?1")?
        .execute(params![number, heard])?;
    if is_same(kept, started, STEP) {
        return Ok((number, false));
    }
    move_times(transaction, number, started.saturating_sub(kept))?;
    Ok((number, true))
}

/// Moves all times of a clock of which no service may have been told.
fn move_times(transaction: &Transaction<'_>, clock: i64, by: i64) -> Result<(), Failure> {
    transaction
        .prepare_cached("UPDATE clocks SET started = started + ?2 WHERE number = ?1")?
        .execute(params![clock, by])?;
    // In this order none comes too near to one that has not been moved yet.
    let in_order = if by > 0 {
        "SELECT number FROM viewings WHERE position_clock = ?1 ORDER BY position_at DESC"
    } else {
        "SELECT number FROM viewings WHERE position_clock = ?1 ORDER BY position_at"
    };
    let viewings: Vec<i64> = transaction
        .prepare_cached(in_order)?
        .query_map([clock], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for number in viewings {
        viewings::move_times(transaction, number, clock, by)?;
        outbox::move_times(transaction, number, by)?;
    }
    Ok(())
}

/// Times of earlier starts whose clock had never been set.
fn date_what_was_never_dated(
    transaction: &Transaction<'_>,
    clock: i64,
    belief: &Belief,
) -> Result<bool, Failure> {
    let started = millis(belief.started);
    if started < NEVER_SET_BEFORE {
        return Ok(false);
    }
    let undated: Vec<(i64, Option<i64>)> = transaction
        .prepare_cached(
            "SELECT number, (SELECT max(position_at) FROM viewings WHERE position_clock = clocks.number) FROM clocks
             WHERE number <> ?1 AND started < ?2",
        )?
        .query_map([clock, NEVER_SET_BEFORE], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut mended = false;
    for (number, newest) in undated {
        let Some(newest) = newest else {
            transaction.prepare_cached("DELETE FROM clocks WHERE number = ?1")?.execute([number])?;
            continue;
        };
        let by = started.saturating_sub(newest);
        if by <= 0 {
            continue;
        }
        tracing::warn!(
            "the machine's clock had not been set when it was started earlier, so nobody knows when something was \
             watched then: it is dated shortly before the present start of the machine"
        );
        move_times(transaction, number, by)?;
        mended = true;
    }
    Ok(mended)
}

/// Attempts that seem to lie in the future were made just now at the latest, and no wait is longer than any service may ask for.
fn bring_waits_back(transaction: &Transaction<'_>, now: i64) -> Result<(), Failure> {
    let latest: Option<i64> = transaction
        .prepare_cached(
            "SELECT max(last_attempt_at) FROM deliveries WHERE status IN ('due', 'sending', 'unsure', 'refused')",
        )?
        .query_row((), |row| row.get(0))?;
    if let Some(lead) = latest.map(|latest| latest.saturating_sub(now)).filter(|&lead| lead > 0) {
        move_waits(transaction, lead.saturating_neg())?;
    }
    let limit = now.saturating_add(LONGEST_WAIT);
    transaction
        .prepare_cached(
            "UPDATE deliveries SET not_before = ?1 WHERE status IN ('due', 'unsure') AND not_before > ?1",
        )?
        .execute([limit])?;
    transaction
        .prepare_cached("UPDATE services SET not_before = ?1 WHERE not_before > ?1")?
        .execute([limit])?;
    live::bring_back(transaction, now)
}

/// A wait that was over is still over.
fn move_waits(transaction: &Transaction<'_>, by: i64) -> Result<(), Failure> {
    if by == 0 {
        return Ok(());
    }
    transaction
        .prepare_cached(
            "UPDATE deliveries SET last_attempt_at = last_attempt_at + :by, live_until = live_until + :by,
                 not_before = CASE WHEN not_before > 0 THEN max(1, not_before + :by) ELSE not_before END
             WHERE status IN ('due', 'sending', 'unsure', 'refused')",
        )?
        .execute(named_params! { ":by": by })?;
    transaction
        .prepare_cached(
            "UPDATE services SET not_before = max(1, not_before + ?1) WHERE not_before IS NOT NULL AND not_before > 0",
        )?
        .execute([by])?;
    Ok(())
}

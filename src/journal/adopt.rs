//! Adoption: what was kept before an account or a profile was configured, or for a profile that does not exist, goes to
//! the one that is configured now.

use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::columns::{PLAYBACK, RecipientColumns, WorkColumns, work};
use super::outbox;
use super::store::Failure;

/// Writes `active` into every viewing and delivery of its service that has no account yet, or has its account and no
/// profile yet. Those of other accounts and profiles stay as they are.
pub(super) fn adopt(transaction: &Transaction<'_>, active: &RecipientColumns) -> Result<(), Failure> {
    if !active.profile.is_empty() {
        adopt_from(transaction, &active.account, Some(""), active)?;
    }
    if !active.account.is_empty() {
        adopt_from(transaction, "", None, active)?;
    }
    Ok(())
}

/// Takes the profile from what waits for `gone`, which the account does not have: it is adopted next. What is done stays
/// as it was, and so does a retraction: what it takes back is nobody else's. A position is gone with its profile.
pub(super) fn release(transaction: &Transaction<'_>, gone: &RecipientColumns) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "DELETE FROM deliveries WHERE service = ?1 AND account = ?2 AND profile = ?3 AND clears = 1",
        )?
        .execute(params![gone.service, gone.account, gone.profile])?;
    let waiting: Vec<(i64, i64, String)> = transaction
        .prepare_cached(
            "SELECT id, viewing, what FROM deliveries
             WHERE service = ?1 AND account = ?2 AND profile = ?3 AND status IN ('due', 'unsure', 'refused')
               AND what <> 'retraction'",
        )?
        .query_map(params![gone.service, gone.account, gone.profile], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let nobody = RecipientColumns { profile: String::new(), ..gone.clone() };
    for (_, viewing, _) in &waiting {
        transaction
            .prepare_cached(
                "UPDATE viewing_recipients SET profile = ''
                 WHERE viewing = ?1 AND service = ?2 AND account = ?3 AND profile = ?4",
            )?
            .execute(params![viewing, gone.service, gone.account, gone.profile])?;
    }
    for (id, _, what) in waiting {
        readdress(transaction, id, &what, &nobody)?;
    }
    Ok(())
}

fn adopt_from(
    transaction: &Transaction<'_>,
    account: &str,
    profile: Option<&str>,
    active: &RecipientColumns,
) -> Result<(), Failure> {
    // Asked before every delivery, of a journal in which everything may be of one account.
    let sql = match profile {
        Some(_) => {
            "SELECT viewing FROM viewing_recipients WHERE service = ?1 AND account = ?2 AND profile = ?3"
        }
        None => "SELECT viewing FROM viewing_recipients WHERE service = ?1 AND account = ?2 AND ?3 IS NULL",
    };
    let viewings: Vec<i64> = transaction
        .prepare_cached(sql)?
        .query_map(params![active.service, account, profile], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for viewing in viewings {
        let recipient = adopt_viewing(transaction, viewing, active)?;
        let deliveries: Vec<(i64, String)> = transaction
            .prepare_cached(
                "SELECT id, what FROM deliveries
                 WHERE viewing = ?1 AND service = ?2 AND account = ?3 AND profile = coalesce(?4, profile)",
            )?
            .query_map(params![viewing, active.service, account, profile], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Result<_, _>>()?;
        for (id, what) in deliveries {
            readdress(transaction, id, &what, &recipient)?;
        }
    }
    Ok(())
}

/// A profile that was named before the account was known is kept.
fn adopt_viewing(
    transaction: &Transaction<'_>,
    viewing: i64,
    active: &RecipientColumns,
) -> Result<RecipientColumns, Failure> {
    Ok(transaction
        .prepare_cached(
            "UPDATE viewing_recipients SET account = :account,
                 profile = CASE profile WHEN '' THEN :profile ELSE profile END
             WHERE viewing = :viewing AND service = :service RETURNING profile",
        )?
        .query_row(
            named_params! {
                ":viewing": viewing, ":service": active.service, ":account": active.account,
                ":profile": active.profile,
            },
            |row| Ok(RecipientColumns { profile: row.get(0)?, ..active.clone() }),
        )?)
}

fn readdress(
    transaction: &Transaction<'_>,
    id: i64,
    what: &str,
    recipient: &RecipientColumns,
) -> Result<(), Failure> {
    if what == PLAYBACK {
        adopt_position(transaction, id, recipient)
    } else {
        adopt_history(transaction, id, recipient)
    }
}

/// The recipient may have a position of the same title waiting already: the newer one stays, and any rather than none.
fn adopt_position(
    transaction: &Transaction<'_>,
    id: i64,
    recipient: &RecipientColumns,
) -> Result<(), Failure> {
    let rival: Option<(i64, bool)> = transaction
        .prepare_cached(
            "SELECT other.id, mine.clears OR (other.at > mine.at AND NOT other.clears)
             FROM deliveries AS mine JOIN deliveries AS other
                 ON other.kind = mine.kind AND other.tmdb = mine.tmdb
             WHERE mine.id = ?1 AND mine.status IN ('due', 'refused') AND other.id <> ?1 AND other.what = 'playback'
               AND other.status IN ('due', 'refused')
               AND other.service = ?2 AND other.account = ?3 AND other.profile = ?4",
        )?
        .query_row(params![id, recipient.service, recipient.account, recipient.profile], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    if let Some((other, other_is_newer)) = rival {
        let surplus = if other_is_newer { id } else { other };
        transaction.prepare_cached("DELETE FROM deliveries WHERE id = ?1")?.execute([surplus])?;
    }
    write_recipient(transaction, id, recipient)?;
    // It may also have been told a newer one already.
    transaction
        .prepare_cached(
            "DELETE FROM deliveries AS mine
             WHERE id = ?1 AND status IN ('due', 'refused') AND EXISTS (
                 SELECT 1 FROM viewings JOIN viewing_recipients ON viewing_recipients.viewing = number
                 WHERE viewings.tmdb = mine.tmdb AND viewings.kind = mine.kind
                   AND (position_at > mine.at OR mine.clears) AND number <> mine.viewing AND viewing_recipients.service = mine.service
                   AND viewing_recipients.account = mine.account AND viewing_recipients.profile = mine.profile)",
        )?
        .execute([id])?;
    Ok(())
}

/// What has not been sent may still be moved away from another entry of the same work.
fn adopt_history(
    transaction: &Transaction<'_>,
    id: i64,
    recipient: &RecipientColumns,
) -> Result<(), Failure> {
    let (kind, tmdb, season, episode, at, waits): (String, i64, u32, u32, i64, bool) = transaction
        .prepare_cached(
            "SELECT kind, tmdb, season, episode, at, status IN ('due', 'refused') FROM deliveries WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })?;
    if waits {
        let columns = WorkColumns::from(work(&kind, tmdb, season, episode));
        let free = outbox::free_instant(transaction, recipient, &columns, at, Some(id))?;
        transaction.prepare_cached("UPDATE deliveries SET at = ?2 WHERE id = ?1")?.execute([id, free])?;
    }
    write_recipient(transaction, id, recipient)
}

fn write_recipient(
    transaction: &Transaction<'_>,
    id: i64,
    recipient: &RecipientColumns,
) -> Result<(), Failure> {
    transaction
        .prepare_cached("UPDATE deliveries SET account = ?2, profile = ?3 WHERE id = ?1")?
        .execute(params![id, recipient.account, recipient.profile])?;
    Ok(())
}

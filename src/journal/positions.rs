//! Positions that were told of a title by mistake: whose position a recipient was told last, and that there is none.

use jiff::Timestamp;
use rusqlite::{Transaction, named_params};

use super::columns::millis;
use super::outbox::Title;
use super::store::Failure;

/// Remembers that a position arrived, or forgets what was told of its title when it was taken back. To be called before
/// the delivery is taken out.
pub(super) fn arrived(transaction: &Transaction<'_>, id: i64) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "INSERT INTO positions_told (service, account, profile, kind, tmdb, season, episode, viewing)
             SELECT service, account, profile, kind, tmdb, season, episode, viewing FROM deliveries
             WHERE id = ?1 AND clears = 0
             ON CONFLICT (service, account, profile, kind, tmdb) DO UPDATE SET
                 season = excluded.season, episode = excluded.episode, viewing = excluded.viewing",
        )?
        .execute([id])?;
    transaction
        .prepare_cached(
            "DELETE FROM positions_told WHERE (service, account, profile, kind, tmdb) IN (
                 SELECT service, account, profile, kind, tmdb FROM deliveries WHERE id = ?1 AND clears = 1)",
        )?
        .execute([id])?;
    Ok(())
}

/// Queues that there is no position of a title, if the last one that arrived is of the viewing with the number `mistaken`,
/// which turned out to be something else.
pub(super) fn clear(
    transaction: &Transaction<'_>,
    title: &Title,
    mistaken: i64,
    now: Timestamp,
) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "INSERT INTO deliveries (viewing, viewed_at, service, account, profile, what, kind, tmdb, season, episode,
                 progress, at, status, created_at, clears, title)
             SELECT told.viewing, viewings.started_at, told.service, told.account, told.profile, 'playback', told.kind,
                 told.tmdb, told.season, told.episode, 0.0, :now, 'due', :now, 1, :label
             FROM positions_told AS told JOIN viewings ON viewings.number = told.viewing
             WHERE told.service = :service AND told.account = :account AND told.profile = :profile
               AND told.kind = :kind AND told.tmdb = :tmdb AND told.viewing = :mistaken
               AND (viewings.kind, viewings.tmdb) IS NOT (told.kind, told.tmdb)
             ON CONFLICT (service, account, profile, kind, tmdb)
                 WHERE what = 'playback' AND status IN ('due', 'refused')
             DO NOTHING",
        )?
        .execute(named_params! {
            ":service": title.recipient.service, ":account": title.recipient.account,
            ":profile": title.recipient.profile, ":kind": title.kind, ":tmdb": title.tmdb,
            ":mistaken": mistaken, ":now": millis(now), ":label": title.label,
        })?;
    Ok(())
}

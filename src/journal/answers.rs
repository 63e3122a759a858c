//! Cached answers of the look-ups that identification makes.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::JournalError;
use super::columns::millis;
use super::store::{Durability, Store};

impl Store {
    /// An answer that has not expired.
    pub(super) fn cached(&mut self, key: &str, now: Timestamp) -> Result<Option<String>, JournalError> {
        self.latest_now = self.latest_now.max(now);
        self.read("look up an earlier answer", |connection| {
            Ok(connection
                .prepare_cached("SELECT value FROM answers WHERE key = ?1 AND expires_at > ?2")?
                .query_row(params![key, millis(now)], |row| row.get(0))
                .optional()?)
        })
    }

    /// Keeps an answer, and deletes those that have expired.
    pub(super) fn cache(
        &mut self,
        key: &str,
        value: &str,
        expires_at: Timestamp,
    ) -> Result<(), JournalError> {
        let latest_now = self.latest_now;
        self.write("keep an answer", Durability::Sparse, |transaction| {
            transaction
                .prepare_cached("DELETE FROM answers WHERE expires_at <= ?1")?
                .execute([millis(latest_now)])?;
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO answers (key, value, expires_at) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![key, value, millis(expires_at)])?;
            Ok(())
        })
    }
}

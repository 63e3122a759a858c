//! The connection, and the transactions on it.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::JournalError;
use super::open::Opened;
use super::run_time::RunTime;
use super::turns::Turns;

/// What the journal's thread owns. Its commands are in the files about what they concern.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
    durability: Option<Durability>,
    pub(super) turns: Turns,
    /// The latest time that anyone asked at: what expired before it is of no use to anyone.
    pub(super) latest_now: Timestamp,
    /// How the times of the run are kept.
    pub(super) time: RunTime,
}

/// What a power cut may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Nothing that was committed.
    Full,
    /// The last commits since the log was last written to disk. A crash of the program takes nothing.
    Sparse,
}

impl Store {
    pub(super) fn new(opened: Opened) -> Self {
        Self {
            connection: opened.connection,
            path: opened.path,
            durability: None,
            turns: Turns::default(),
            latest_now: Timestamp::MIN,
            time: RunTime::default(),
        }
    }

    /// Runs `work` in one write transaction: all of it is kept, or nothing.
    pub(super) fn write<T>(
        &mut self,
        tried: &'static str,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, JournalError> {
        let result = self.set_durability(durability).and_then(|()| {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        result.map_err(|failure| self.explain(tried, failure))
    }

    /// Runs `work` on one unchanging view of the journal.
    pub(super) fn read<T>(
        &mut self,
        tried: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, JournalError> {
        let result = (|| {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&transaction)
        })();
        result.map_err(|failure| self.explain(tried, failure))
    }

    /// Cannot be changed inside a transaction, hence before each.
    fn set_durability(&mut self, wanted: Durability) -> Result<(), Failure> {
        if self.durability != Some(wanted) {
            let level = match wanted {
                Durability::Full => "FULL",
                Durability::Sparse => "NORMAL",
            };
            self.connection.pragma_update(None, "synchronous", level)?;
            self.durability = Some(wanted);
        }
        Ok(())
    }

    fn explain(&self, tried: &'static str, failure: Failure) -> JournalError {
        match failure {
            Failure::Sqlite(source) => JournalError::database(tried, &self.path, source),
            Failure::Other(error) => *error,
        }
    }
}

/// Why a transaction was given up.
#[derive(Debug)]
pub(super) enum Failure {
    Sqlite(rusqlite::Error),
    Other(Box<JournalError>),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Other(Box::new(error))
    }
}

//! The connection, and the transactions on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Notify;

use super::JournalError;
use super::open::{self, Opened, Trust};
use super::presence::{Fate, Presence};
use super::salvage;
use crate::clock::Clock;

/// What the journal's thread owns. Its commands are in the files about what they concern.
#[derive(Debug)]
pub(super) struct Store {
    /// None while a daemon's damaged journal is being replaced and the disk does not let it.
    connection: Option<Connection>,
    path: PathBuf,
    /// Only a daemon looks after the files.
    presence: Option<Presence>,
    trust: Trust,
    /// History of before this instant may have been told without the journal knowing of it.
    doubt_until: Option<Timestamp>,
    /// Says that the files are new ones.
    renewed: Arc<Notify>,
    durability: Option<Durability>,
    /// The latest time that anyone asked at: what expired before it is of no use to anyone.
    pub(super) latest_now: Timestamp,
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
            connection: Some(opened.connection),
            path: opened.path,
            presence: opened.presence,
            trust: Trust::Usual,
            doubt_until: None,
            renewed: Arc::default(),
            durability: None,
            latest_now: Timestamp::MIN,
        }
    }

    /// Notified whenever the files are new ones.
    pub(super) fn renewed(&self) -> Arc<Notify> {
        Arc::clone(&self.renewed)
    }

    /// Runs `work` in one write transaction: all of it is kept, or nothing.
    pub(super) fn write<T>(
        &mut self,
        tried: &'static str,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, JournalError> {
        self.look_after()?;
        let doubt_until = self.doubt_until;
        let result = self.set_durability(durability).and_then(|()| {
            let transaction = self.connection()?.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            if let Some(until) = doubt_until {
                salvage::doubt_older(&transaction, until)?;
            }
            transaction.commit()?;
            Ok(value)
        });
        let result = result.map_err(|failure| failure.explain(tried, &self.path));
        if result.is_ok() {
            self.trust = Trust::Usual;
        }
        self.take_note(result)
    }

    /// Runs `work` on one unchanging view of the journal.
    pub(super) fn read<T>(
        &mut self,
        tried: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, JournalError> {
        self.look_after()?;
        let result = (|| {
            let transaction = self.connection()?.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&transaction)
        })();
        let result = result.map_err(|failure| failure.explain(tried, &self.path));
        self.take_note(result)
    }

    fn connection(&mut self) -> Result<&mut Connection, JournalError> {
        self.connection.as_mut().ok_or(JournalError::Closed)
    }

    /// Cannot be changed inside a transaction, hence before each.
    fn set_durability(&mut self, wanted: Durability) -> Result<(), Failure> {
        if self.durability != Some(wanted) {
            let level = match wanted {
                Durability::Full => "FULL",
                Durability::Sparse => "NORMAL",
            };
            self.connection()?.pragma_update(None, "synchronous", level)?;
            self.durability = Some(wanted);
        }
        Ok(())
    }

    /// Damage is dealt with before the next command, so that this one has its answer.
    fn take_note<T>(&mut self, result: Result<T, JournalError>) -> Result<T, JournalError> {
        if self.presence.is_some() && matches!(result, Err(JournalError::Broken { .. })) {
            self.trust = match self.trust {
                Trust::Usual => Trust::Little,
                Trust::Little | Trust::None => Trust::None,
            };
            // Its log is set aside with it.
            if let Some(connection) = self.connection.take() {
                open::keep_log_on_close(&connection, &self.path, true).unwrap_or_default();
            }
        }
        result
    }

    /// A daemon's files must be those that everyone else sees, and sound.
    fn look_after(&mut self) -> Result<(), JournalError> {
        let Some(presence) = &self.presence else { return Ok(()) };
        let now = Clock::system().now().wall;
        let opened = match &self.connection {
            None => {
                let opened = open::again(&self.path, self.trust, now)?;
                if opened.set_aside.is_some() {
                    self.doubt_until = Some(now);
                    self.trust = Trust::Usual;
                }
                opened
            }
            Some(connection) => {
                let fate = presence.fate(&self.path);
                if fate == Fate::Present {
                    return Ok(());
                }
                let opened = open::renew(connection, &self.path, now)?;
                open::keep_log_on_close(connection, &self.path, true)?;
                match fate {
                    Fate::Present => {}
                    Fate::Gone => tracing::error!(
                        "the journal was deleted while the daemon worked with it: it is written again, whole. To be \
                         rid of it, stop the daemon first"
                    ),
                    Fate::Replaced => tracing::error!(
                        "other files were put in the journal's place while the daemon worked with it: its own are \
                         written again, whole. To replace it, stop the daemon first"
                    ),
                }
                opened
            }
        };
        opened.announce();
        self.connection = Some(opened.connection);
        self.presence = opened.presence;
        self.durability = None;
        self.renewed.notify_one();
        Ok(())
    }
}

/// Why a transaction was given up.
#[derive(Debug)]
pub(super) enum Failure {
    Sqlite(rusqlite::Error),
    Other(Box<JournalError>),
}

impl Failure {
    /// Names what was tried on `path`.
    pub(super) fn explain(self, tried: &'static str, path: &Path) -> JournalError {
        match self {
            Self::Sqlite(source) => JournalError::database(tried, path, source),
            Self::Other(error) => *error,
        }
    }
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

//! The connection, and the transactions on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Notify;

use super::JournalError;
use super::open::{self, Opened, Trust};
use super::presence::{Fate, Presence};
use super::run_time::RunTime;
use super::salvage;
use super::turns::Turns;
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
    pub(super) turns: Turns,
    /// The latest time that anyone asked at: what expired before it is of no use to anyone.
    pub(super) latest_now: Timestamp,
    /// How the times of the run are kept.
    pub(super) time: RunTime,
    /// The run's clock, once it is known.
    pub(super) clock: Clock,
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
            turns: Turns::default(),
            latest_now: Timestamp::MIN,
            time: RunTime::default(),
            clock: Clock::system(),
        }
    }

    /// Notified whenever the files are new ones.
    pub(super) fn renewed(&self) -> Arc<Notify> {
        Arc::clone(&self.renewed)
    }

    /// What time it is, as times are kept.
    pub(super) fn now(&self) -> Timestamp {
        self.time.on_disk(self.clock.now().wall)
    }

    /// The times that are kept have moved, and with them the instant before which history is doubted.
    pub(super) fn move_doubt(&mut self, by: SignedDuration) {
        self.doubt_until = self.doubt_until.map(|until| until.saturating_add(by).unwrap_or(until));
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
        let now = self.now();
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
        self.keep_time_again();
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use tempfile::TempDir;
    use uuid::Uuid;

    use super::super::columns::RecipientColumns;
    use super::super::{Account, Recipient, ServiceName, ServiceState, Settlement, open};
    use super::*;
    use crate::clock::{Moment, Now};
    use crate::identify::{
        Confidence, Evidence, EvidenceKind, Identification, Identified, Identity, MovieId,
    };
    use crate::playback::{Event, EventKind, Parts, Ranges, Viewing, ViewingId};
    use crate::player::{Location, Media, Position};

    const DISCOVR: ServiceName = ServiceName("discovr");
    const AT: Timestamp = Timestamp::UNIX_EPOCH;
    /// What SQLite calls its levels.
    const NORMAL: u8 = 1;
    const FULL: u8 = 2;

    fn store() -> (TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let opened = open::for_daemon(folder.path(), AT).unwrap();
        (folder, Store::new(opened))
    }

    fn event(kind: EventKind) -> Event {
        let viewing = Viewing {
            id: ViewingId(Uuid::from_u64_pair(0, 1)),
            media: Arc::new(Media::at(Location::File(Path::new("/videos/film.mkv").into()))),
            player: "mpv".into(),
            duration: Duration::from_secs(2700),
            position: Position::ZERO,
            ranges: Ranges::default(),
            started_at: AT,
            position_at: AT,
            parts: Parts::default(),
        };
        Event { kind, at: Now { moment: Moment::default(), wall: AT }, viewing }
    }

    fn level(store: &mut Store) -> u8 {
        let connection = store.connection().unwrap();
        connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
    }

    fn recipient() -> Recipient {
        Recipient { service: DISCOVR, account: Account(String::new()), profile: None }
    }

    #[test]
    fn a_power_cut_may_take_a_position_and_no_beginning_completion_or_end_of_a_viewing() {
        let (_folder, mut store) = store();
        for (kind, expected) in [
            (EventKind::Started, FULL),
            (EventKind::Progressed, NORMAL),
            (EventKind::Completed, FULL),
            (EventKind::Paused, NORMAL),
            (EventKind::Stopped, FULL),
            (EventKind::Resumed, NORMAL),
            (EventKind::Sought, NORMAL),
        ] {
            store.record(&event(kind), &[recipient().into()]).unwrap();
            assert_eq!(level(&mut store), expected, "{kind:?}");
        }
    }

    #[test]
    fn a_power_cut_takes_nothing_of_what_a_viewing_is_and_how_its_deliveries_go() {
        let (_folder, mut store) = store();
        let to = RecipientColumns::from(&recipient());
        let mut completed = event(EventKind::Completed);
        completed.viewing.ranges.add(Position::ZERO, Position::new(Duration::from_secs(2700)));
        completed.viewing.parts.complete(0, AT);
        store.record(&completed, &[recipient().into()]).unwrap();
        // Something sparse before each, or it would be told from the one before.
        let sparse = |store: &mut Store| {
            store.record(&event(EventKind::Progressed), &[recipient().into()]).unwrap();
            assert_eq!(level(store), NORMAL);
        };
        let identified = Identification::Known(Identified {
            identity: Identity::Movie { tmdb: MovieId(603) },
            label: "A film".into(),
            absolute: Vec::new(),
            evidence: vec![Evidence { kind: EvidenceKind::NameId, says: "tmdb-603".into() }],
            confidence: Confidence::CERTAIN,
        });
        sparse(&mut store);
        store.identify(completed.viewing.id, &identified, AT).unwrap();
        assert_eq!(level(&mut store), FULL, "what it is");
        sparse(&mut store);
        let next = store.next(&to, AT).unwrap();
        let super::super::Next::Deliver(delivery) = next else { panic!("{next:?}") };
        assert_eq!(level(&mut store), FULL, "that it is being sent");
        sparse(&mut store);
        let state = ServiceState {
            service: DISCOVR,
            not_before: None,
            failures: 0,
            needs_user: None,
            last_error: None,
            last_success_at: None,
        };
        store.settle(delivery.id, &Settlement::Done { proof: "an answer".into() }, &state, AT).unwrap();
        assert_eq!(level(&mut store), FULL, "that it has arrived");
        sparse(&mut store);
        store.recover(None, AT).unwrap();
        assert_eq!(level(&mut store), FULL, "that it was interrupted");
        sparse(&mut store);
        store.set_service_state(&state).unwrap();
        assert_eq!(level(&mut store), FULL, "how the service is doing");
    }
}

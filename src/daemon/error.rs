//! Why the daemon cannot run.

use std::io;

use super::LockError;
use crate::journal::JournalError;

/// Why the daemon could not start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// There is another, or the lock cannot be made.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The system does not let it listen to signals.
    #[error("cannot listen to signals")]
    Signals(#[source] io::Error),
    /// A part of the daemon ended that must not: a bug. What was seen until then is in the journal.
    #[error("the daemon's {0} ended unexpectedly: please report this with the log")]
    Ended(&'static str),
}

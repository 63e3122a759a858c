//! What can go wrong with the journal.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// What can go wrong with the journal: what was tried, on which file, and what to do. The cause is the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The state folder is missing and cannot be made.
    #[error("cannot make the state folder {}: make it writable for this user, or name another with --state-dir", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file cannot be made, or its permissions cannot be read or narrowed.
    #[error("cannot make or open {}: {}", path.display(), hint_for_io(source))]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A command looked for a journal, and there is none.
    #[error("no journal yet at {}: has the daemon run? Start it with `discovr-scrobbler run`", path.display())]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// The file can be read but not written.
    #[error("{} cannot be written: make the file and its folder writable for this user", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The journal was written by a newer release. It was not touched.
    #[error(
        "{} was written by a newer release (layout {found}, this release knows {known}): \
         install that release again, or name another folder with --state-dir",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
        /// The newest layout that this release knows.
        known: i64,
    },
    /// A command met a journal of an earlier release: only the daemon migrates.
    #[error(
        "{} is of an earlier release (layout {found}, this release uses {known}): \
         start the daemon of this release once, it brings the journal up to date",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
        /// The layout that this release uses.
        known: i64,
    },
    /// The file is a healthy database of some other program. It was not touched.
    #[error("{} is a database, but not a journal: move it away, or name another folder with --state-dir", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is no database, or a damaged one.
    #[error("{} is damaged ({found}): start the daemon again, which sets it aside whole and begins a new journal", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        found: String,
    },
    /// A damaged file cannot be set aside. Nothing was overwritten.
    #[error("{} is damaged and cannot be renamed to {}: make the folder writable, or move the file away", path.display(), to.display())]
    SetAside {
        /// The file.
        path: PathBuf,
        /// What it was to be called.
        to: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// SQLite could not do what was asked. Nothing of it was kept.
    #[error("cannot {tried} in {}: {}", path.display(), hint_for_sqlite(source))]
    Database {
        /// What was tried.
        tried: &'static str,
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// What the journal keeps of a viewing cannot be read.
    #[error("cannot read {what} of viewing {number} in the journal: the other viewings are not affected")]
    Unreadable {
        /// Which part of it.
        what: &'static str,
        /// The viewing's number.
        number: i64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// There is no such viewing.
    #[error("the journal has no viewing {0}: `discovr-scrobbler history` lists them")]
    NoSuchViewing(String),
    /// The thread that owns the connection could not be started.
    #[error("cannot start the journal's thread: free some memory or raise the limit on threads")]
    Thread {
        /// The system's reason.
        source: io::Error,
    },
    /// The journal was closed before this was asked.
    #[error("the journal is closed")]
    Closed,
}

impl JournalError {
    /// Whether it says something of the disk or of permissions, and nothing of what is in the file.
    pub(super) fn is_of_the_disk(&self) -> bool {
        match self {
            Self::Database { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(
                    ErrorCode::DiskFull
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::CannotOpen
                        | ErrorCode::PermissionDenied
                        | ErrorCode::OutOfMemory
                )
            ),
            Self::Folder { .. } | Self::File { .. } | Self::SetAside { .. } | Self::ReadOnly { .. } => true,
            Self::Missing { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::Foreign { .. }
            | Self::Broken { .. }
            | Self::Unreadable { .. }
            | Self::NoSuchViewing(_)
            | Self::Thread { .. }
            | Self::Closed => false,
        }
    }

    /// Names what was tried on `path` when SQLite failed.
    pub(super) fn database(tried: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Broken { path: path.to_owned(), found: source.to_string() }
            }
            _ if is_damaged_index(&source) => {
                Self::Broken { path: path.to_owned(), found: source.to_string() }
            }
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path: path.to_owned() },
            _ => Self::Database { tried, path: path.to_owned(), source },
        }
    }
}

/// SQLite has no code of its own for a damaged index of words.
fn is_damaged_index(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(_, Some(why)) if why.starts_with("invalid fts5 file format"))
}

fn hint_for_io(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space",
        _ => "make the file and its folder writable for this user",
    }
}

fn hint_for_sqlite(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full, free some space",
        Some(ErrorCode::SystemIoFailure) => {
            "the disk could not be read or written, check its space and its health"
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "make the file and its folder writable for this user"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds it for too long, try again"
        }
        _ => "nothing of it was kept",
    }
}

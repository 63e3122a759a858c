//! Opening `journal.db`: made private, checked, migrated; set aside whole when it is damaged.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::JournalError;
use super::schema::{self, APPLICATION_ID, LAYOUT};

/// The name of the file in the state folder.
const FILE: &str = "journal.db";

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open, healthy journal of this release's layout.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    /// What the damaged journal that was there is called now.
    pub(super) set_aside: Option<PathBuf>,
}

/// For the daemon: makes what is missing, migrates what is old, sets aside what is damaged.
pub(super) fn for_daemon(state_dir: &Path, now: Timestamp) -> Result<Opened, JournalError> {
    make_folder(state_dir)?;
    let path = state_dir.join(FILE);
    match open_checked(&path) {
        Ok(connection) => Ok(Opened { connection, path, set_aside: None }),
        Err(JournalError::Broken { .. }) => {
            let aside = set_aside(&path, now)?;
            let connection = open_checked(&path)?;
            Ok(Opened { connection, path, set_aside: Some(aside) })
        }
        Err(other) => Err(other),
    }
}

/// For a command: opens what is there and changes nothing about it.
pub(super) fn for_command(state_dir: &Path) -> Result<Opened, JournalError> {
    let path = state_dir.join(FILE);
    match fs::metadata(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(JournalError::Missing { path }),
        Err(source) => return Err(JournalError::File { path, source }),
    }
    let connection = connect(&path)?;
    match recognise(&connection, &path)? {
        0 => return Err(JournalError::Missing { path }),
        found if found < LAYOUT => return Err(JournalError::Older { path, found, known: LAYOUT }),
        _ => {}
    }
    settings(&connection, &path)?;
    Ok(Opened { connection, path, set_aside: None })
}

fn make_folder(folder: &Path) -> Result<(), JournalError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| JournalError::Folder { path: folder.to_owned(), source })
}

fn open_checked(path: &Path) -> Result<Connection, JournalError> {
    make_private(path)?;
    let mut connection = connect(path)?;
    // Closing a damaged database must leave its log as it is: it is set aside with it.
    keep_log_on_close(&connection, path, true)?;
    recognise(&connection, path)?;
    check(&connection, path)?;
    settings(&connection, path)?;
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(|source| JournalError::database("switch on the write-ahead log", path, source))?;
    schema::migrate(&mut connection, path)?;
    keep_log_on_close(&connection, path, false)?;
    Ok(connection)
}

/// Makes the file if it is missing, readable by its owner alone. SQLite gives its log the same permissions.
fn make_private(path: &Path) -> Result<(), JournalError> {
    let fail = |source| JournalError::File { path: path.to_owned(), source };
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mode = fs::metadata(path).map_err(fail)?.permissions().mode();
            if mode & 0o077 != 0 {
                fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(fail)?;
            }
            Ok(())
        }
        Err(error) => Err(fail(error)),
    }
}

fn connect(path: &Path) -> Result<Connection, JournalError> {
    let fail = |source| JournalError::database("open the journal", path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(fail)?;
    // SQLite quietly falls back to reading alone.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(fail)? {
        return Err(JournalError::ReadOnly { path: path.to_owned() });
    }
    Ok(connection)
}

fn keep_log_on_close(connection: &Connection, path: &Path, keep: bool) -> Result<(), JournalError> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)
        .map(drop)
        .map_err(|source| JournalError::database("set up the journal", path, source))
}

/// The layout of the file, which is 0 when it is empty; an error when it is another program's, or of a newer release.
fn recognise(connection: &Connection, path: &Path) -> Result<i64, JournalError> {
    let fail = |source| JournalError::database("read the journal", path, source);
    let found = schema::layout(connection).map_err(fail)?;
    let application: i64 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fail)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0)).map_err(fail)?;
    if application != APPLICATION_ID && (tables > 0 || found != 0 || application != 0) {
        return Err(JournalError::Foreign { path: path.to_owned() });
    }
    if found > LAYOUT {
        return Err(JournalError::Newer { path: path.to_owned(), found, known: LAYOUT });
    }
    Ok(found)
}

/// Reads every page once. A damaged page is better found now than in the middle of a film.
fn check(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", (), |row| row.get(0))
        .map_err(|source| JournalError::database("check the journal", path, source))?;
    if found == "ok" { Ok(()) } else { Err(JournalError::Broken { path: path.to_owned(), found }) }
}

/// Small and safe: little memory, a short log, references that hold.
fn settings(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             PRAGMA cache_size = -512;
             PRAGMA mmap_size = 0;
             PRAGMA wal_autocheckpoint = 256;
             PRAGMA journal_size_limit = 1048576;",
        )
        .map_err(|source| JournalError::database("set up the journal", path, source))
}

/// Renames the file with its log, so that it can still be opened and mended under its new name.
fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf, JournalError> {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let aside = (1_u32..)
        .map(|count| match count {
            1 => with_suffix(path, &format!(".broken-{stamp}")),
            _ => with_suffix(path, &format!(".broken-{stamp}-{count}")),
        })
        .find(|candidate| !PARTS.iter().any(|part| with_suffix(candidate, part).exists()))
        .unwrap_or_else(|| with_suffix(path, &format!(".broken-{stamp}")));
    for part in PARTS {
        let (from, to) = (with_suffix(path, part), with_suffix(&aside, part));
        match fs::rename(&from, &to) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(JournalError::SetAside { path: from, to, source });
            }
            _ => {}
        }
    }
    Ok(aside)
}

/// The database comes last: a log without its database would be thrown away by SQLite.
const PARTS: [&str; 3] = ["-shm", "-wal", ""];

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

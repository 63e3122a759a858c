//! Opening `journal.db`: made private, checked, migrated; set aside whole when it is damaged.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::JournalError;
use super::presence::Presence;
use super::rescue;
use super::salvage::Salvaged;
use super::schema::{self, APPLICATION_ID, LAYOUT};

/// The name of the file in the state folder.
const FILE: &str = "journal.db";

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The length of the smallest page that SQLite knows, in bytes.
const SMALLEST_PAGE: u64 = 512;

/// An open, healthy journal of this release's layout.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    /// What the journal that was there is called now, if it was damaged or not the daemon's own.
    pub(super) set_aside: Option<PathBuf>,
    /// What was saved of a damaged one.
    pub(super) salvaged: Option<Salvaged>,
    /// Whose files these are; nothing for a command, which looks after none.
    pub(super) presence: Option<Presence>,
}

impl Opened {
    /// Tells the user what happened to the journal that was there.
    pub(super) fn announce(&self) {
        let Some(aside) = &self.set_aside else { return };
        let name = aside.file_name().unwrap_or_default().to_string_lossy();
        if name.contains(".replaced-") {
            tracing::error!("what was in its place is set aside whole as {}", aside.display());
            return;
        }
        tracing::error!(
            "the journal was damaged: it is set aside whole as {}, and a new one is begun. Nothing of it was overwritten",
            aside.display()
        );
        match self.salvaged {
            Some(Salvaged { viewings, deliveries, lost }) => tracing::warn!(
                viewings,
                deliveries,
                lost_at_most = lost,
                "what could be read of it is in the new one: services are asked about each entry before it is sent"
            ),
            None => tracing::warn!("nothing of it could be read"),
        }
    }
}

/// How much trust a journal is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Each of its pages is looked at.
    Usual,
    /// Damage was met in it: tables and indexes are compared, too.
    Little,
    /// Damage was met in it that no check finds.
    None,
}

/// For the daemon: makes what is missing, migrates what is old, sets aside what is damaged and begins a new journal with
/// what can be saved of it.
pub(super) fn for_daemon(state_dir: &Path, now: Timestamp) -> Result<Opened, JournalError> {
    again(&state_dir.join(FILE), Trust::Usual, now)
}

/// The same for a journal of which something is known.
pub(super) fn again(path: &Path, trust: Trust, now: Timestamp) -> Result<Opened, JournalError> {
    make_folder(path.parent().unwrap_or(path))?;
    finish_setting_aside(path)?;
    if rescue::put_in_place(path)? {
        tracing::warn!("a new journal, made from a damaged one, is put in place after an interruption");
    }
    match open_checked(path, trust) {
        Ok(connection) => {
            rescue::clean(path);
            Ok(opened(connection, path))
        }
        Err(JournalError::Broken { .. }) => {
            let salvaged = match rescue::make_new(path, now) {
                Ok(salvaged) => salvaged,
                Err(error) if error.is_of_the_disk() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "nothing could be saved of the damaged journal");
                    None
                }
            };
            let aside = set_aside(path, "broken", now)?;
            rescue::put_in_place(path)?;
            let connection = open_checked(path, Trust::Usual)?;
            rescue::clean(path);
            Ok(Opened { set_aside: Some(aside), salvaged, ..opened(connection, path) })
        }
        Err(other) => Err(other),
    }
}

/// A new file in place of that of an open journal, with the same in it. What is in its place, if anything, is set aside.
pub(super) fn renew(connection: &Connection, path: &Path, now: Timestamp) -> Result<Opened, JournalError> {
    make_folder(path.parent().unwrap_or(path))?;
    rescue::make_equal(connection, path, now)?;
    let aside = if PARTS.iter().any(|part| with_suffix(path, part).exists()) {
        Some(set_aside(path, "replaced", now)?)
    } else {
        None
    };
    rescue::put_in_place(path)?;
    let connection = open_checked(path, Trust::Usual)?;
    Ok(Opened { set_aside: aside, ..opened(connection, path) })
}

fn opened(connection: Connection, path: &Path) -> Opened {
    let presence = Some(Presence::of(path));
    Opened { connection, path: path.to_owned(), set_aside: None, salvaged: None, presence }
}

/// For a command: opens what is there and changes nothing about it.
pub(super) fn for_command(state_dir: &Path) -> Result<Opened, JournalError> {
    let path = existing(state_dir)?;
    let connection = open_for_command(&path).map_err(|error| blame_header(error, &path))?;
    Ok(Opened { connection, path, set_aside: None, salvaged: None, presence: None })
}

/// Reads every page of what is there, as a daemon does that starts, and changes nothing about it.
pub(super) fn examine(state_dir: &Path) -> Result<(), JournalError> {
    let path = existing(state_dir)?;
    examine_as_it_is(&path).map_err(|error| blame_header(error, &path))
}

fn examine_as_it_is(path: &Path) -> Result<(), JournalError> {
    let connection = recognise_for_command(path)?;
    check_tables(&connection, LAYOUT, path)?;
    check(&connection, path, Trust::Usual)?;
    keep_log_on_close(&connection, path, false)
}

fn existing(state_dir: &Path) -> Result<PathBuf, JournalError> {
    let path = state_dir.join(FILE);
    match fs::metadata(&path) {
        Ok(_) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(JournalError::Missing { path }),
        Err(source) => Err(JournalError::File { path, source }),
    }
}

fn open_for_command(path: &Path) -> Result<Connection, JournalError> {
    let connection = recognise_for_command(path)?;
    keep_log_on_close(&connection, path, false)?;
    settings(&connection, path)?;
    Ok(connection)
}

/// Opens a journal of this release's layout. Its log stays when it is closed.
fn recognise_for_command(path: &Path) -> Result<Connection, JournalError> {
    whole(path)?;
    let connection = connect(path)?;
    // What is damaged or not ours is left exactly as it is.
    keep_log_on_close(&connection, path, true)?;
    match recognise(&connection, path)? {
        0 => return Err(JournalError::Missing { path: path.to_owned() }),
        found if found < LAYOUT => {
            return Err(JournalError::Older { path: path.to_owned(), found, known: LAYOUT });
        }
        _ => must_be_writable(&connection, path)?,
    }
    Ok(connection)
}

fn make_folder(folder: &Path) -> Result<(), JournalError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| JournalError::Folder { path: folder.to_owned(), source })
}

fn open_checked(path: &Path, trust: Trust) -> Result<Connection, JournalError> {
    open_as_it_is(path, trust).map_err(|error| blame_header(error, path))
}

fn open_as_it_is(path: &Path, trust: Trust) -> Result<Connection, JournalError> {
    let made = make_file(path)?;
    whole(path)?;
    let mut connection = connect(path)?;
    // Closing a damaged database must leave its log as it is: it is set aside with it.
    keep_log_on_close(&connection, path, true)?;
    let layout = recognise(&connection, path)?;
    must_be_writable(&connection, path)?;
    if layout > 0 {
        check_tables(&connection, layout, path)?;
    }
    check(&connection, path, trust)?;
    if !made {
        // Only now is it known to be ours.
        make_private(path)?;
    }
    settings(&connection, path)?;
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(|source| JournalError::database("switch on the write-ahead log", path, source))?;
    schema::migrate(&mut connection, path)?;
    keep_log_on_close(&connection, path, false)?;
    Ok(connection)
}

/// Makes the file if it is missing, readable by its owner alone. SQLite gives its log the same permissions. `false` when
/// it was there.
pub(super) fn make_file(path: &Path) -> Result<bool, JournalError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(source) => Err(JournalError::File { path: path.to_owned(), source }),
    }
}

/// Takes the file and its log from everyone but their owner.
fn make_private(path: &Path) -> Result<(), JournalError> {
    for path in PARTS.map(|part| with_suffix(path, part)) {
        let narrowed = fs::metadata(&path).and_then(|found| {
            if found.permissions().mode() & 0o077 == 0 {
                return Ok(());
            }
            fs::set_permissions(&path, Permissions::from_mode(0o600))
        });
        match narrowed {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(JournalError::File { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// What SQLite does not mind: it takes a file without a whole page for an empty one, writes over it and throws its log
/// away, and it fills up a last page that is cut.
fn whole(path: &Path) -> Result<(), JournalError> {
    let length = |path: &Path| match fs::metadata(path) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(source) => Err(JournalError::File { path: path.to_owned(), source }),
    };
    // The log first: whoever writes it back at this moment writes the file before the log is gone.
    let log = length(&with_suffix(path, "-wal"))?;
    let found = match (length(path)?, log) {
        (0, 1..) => "it is empty, its log is not",
        (1..SMALLEST_PAGE, _) => "most of it is missing",
        // With a log this is a page that is only half written back, and the log still has it.
        (length, 0) if length % SMALLEST_PAGE != 0 => "its end is missing",
        _ => return Ok(()),
    };
    Err(JournalError::Broken { path: path.to_owned(), found: found.to_owned() })
}

/// A few bytes of a damaged header make SQLite believe that the file is of a later SQLite: it then says that it cannot
/// write or read it. Only asked once something failed: the log may hold a better header.
fn blame_header(error: JournalError, path: &Path) -> JournalError {
    match error {
        JournalError::ReadOnly { .. } | JournalError::Database { .. } if header_is_damaged(path) => {
            JournalError::Broken { path: path.to_owned(), found: "its header is damaged".to_owned() }
        }
        other => other,
    }
}

/// See "The Database Header" in SQLite's file format. What cannot be read is not called damaged.
fn header_is_damaged(path: &Path) -> bool {
    let mut header = [0_u8; 100];
    if File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_err() {
        return false;
    }
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let (write_version, read_version) = (header[18], header[19]);
    let (schema_format, encoding) = (number(44), number(56));
    let sound = matches!(write_version, 1 | 2)
        && matches!(read_version, 1 | 2)
        && schema_format <= 4
        && encoding <= 3;
    header.starts_with(b"SQLite format 3\0") && !sound
}

pub(super) fn connect(path: &Path) -> Result<Connection, JournalError> {
    let fail = |source| JournalError::database("open the journal", path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(fail)?;
    must_be_writable(&connection, path)?;
    Ok(connection)
}

/// SQLite quietly falls back to reading alone: when it may not write the file, and once it has read a header that it
/// takes for one of a later SQLite.
fn must_be_writable(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let read_only = connection
        .is_readonly(rusqlite::MAIN_DB)
        .map_err(|source| JournalError::database("open the journal", path, source))?;
    if read_only { Err(JournalError::ReadOnly { path: path.to_owned() }) } else { Ok(()) }
}

pub(super) fn keep_log_on_close(
    connection: &Connection,
    path: &Path,
    keep: bool,
) -> Result<(), JournalError> {
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
    // Layout, mark and tables are written in one transaction: one without the others is damage.
    if application == APPLICATION_ID && (found < 1 || tables == 0) {
        let found = format!("layout {found} with {tables} tables");
        return Err(JournalError::Broken { path: path.to_owned(), found });
    }
    Ok(found)
}

/// The tables must be those of their layout: no page need be damaged for one of their names to be.
fn check_tables(connection: &Connection, layout: i64, path: &Path) -> Result<(), JournalError> {
    let broken = |found: String| JournalError::Broken { path: path.to_owned(), found };
    match schema::is_as_made(connection, layout) {
        Ok(true) => Ok(()),
        Ok(false) => Err(broken("its tables are not those of a journal".to_owned())),
        // What is no fault of SQLite's or the system's is one of the text.
        Err(source) if matches!(source.sqlite_error_code(), None | Some(ErrorCode::Unknown)) => {
            Err(broken(source.to_string()))
        }
        Err(source) => Err(JournalError::database("read the journal's tables", path, source)),
    }
}

/// Reads every page once. A damaged page is better found now than in the middle of a film.
fn check(connection: &Connection, path: &Path, trust: Trust) -> Result<(), JournalError> {
    let check = match trust {
        Trust::Usual => "PRAGMA quick_check(1)",
        Trust::Little => "PRAGMA integrity_check(1)",
        Trust::None => {
            let found = "something in it cannot be read".to_owned();
            return Err(JournalError::Broken { path: path.to_owned(), found });
        }
    };
    let found: String = connection
        .query_row(check, (), |row| row.get(0))
        .map_err(|source| JournalError::database("check the journal", path, source))?;
    // The first line only names the database.
    match found.lines().last() {
        Some("ok") => Ok(()),
        last => {
            let found = last.unwrap_or("no answer").to_owned();
            Err(JournalError::Broken { path: path.to_owned(), found })
        }
    }
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

/// Whoever was killed while setting a journal aside may have left it here without its log: what the log has of it would not
/// be missed. It follows its log, if there is a new one to take its place.
fn finish_setting_aside(path: &Path) -> Result<(), JournalError> {
    if !rescue::is_new_waiting(path) || path.symlink_metadata().is_err() {
        return Ok(());
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str)) else {
        return Ok(());
    };
    let entries =
        fs::read_dir(folder).map_err(|source| JournalError::Folder { path: folder.to_owned(), source })?;
    for entry in entries.flatten() {
        let log = entry.file_name();
        let Some(aside) = log.to_str().and_then(|log| log.strip_suffix("-wal")) else { continue };
        let is_ours = aside
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(".broken-") || rest.starts_with(".replaced-"));
        let to = folder.join(aside);
        if is_ours && to.symlink_metadata().is_err() {
            return fs::rename(path, &to).map_err(|source| JournalError::SetAside {
                path: path.to_owned(),
                to,
                source,
            });
        }
    }
    Ok(())
}

/// Renames the file with its log, so that it can still be opened and mended under its new name.
fn set_aside(path: &Path, why: &str, now: Timestamp) -> Result<PathBuf, JournalError> {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let aside = (1_u32..)
        .map(|count| match count {
            1 => with_suffix(path, &format!(".{why}-{stamp}")),
            _ => with_suffix(path, &format!(".{why}-{stamp}-{count}")),
        })
        .find(|candidate| !PARTS.iter().any(|part| with_suffix(candidate, part).exists()))
        .unwrap_or_else(|| with_suffix(path, &format!(".{why}-{stamp}")));
    if let Err(error) = make_private(path) {
        tracing::warn!(%error, "a journal that is set aside is readable by others");
    }
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
pub(super) const PARTS: [&str; 4] = ["-shm", "-journal", "-wal", ""];

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

//! Rescue: in place of a journal that is damaged, or that was taken away under a running daemon, comes a new one with all
//! that can be saved of it. It is made beside the old one and put in its place when it is whole, so that a crash on the way
//! leaves one or the other.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::JournalError;
use super::open::{PARTS, connect, make_file, with_suffix};
use super::salvage::{self, Salvaged};
use super::schema::{self, LAYOUT};

/// The length of the pages of every journal, in bytes: SQLite's own choice.
const PAGE: u64 = 4096;

/// While it is being made.
const UNFINISHED: &str = ".unfinished";

/// A whole one that waits to be put in place.
const NEW: &str = ".new";

/// What is read in place of the damaged one, which is kept as it is.
const COPY: &str = ".copy";

/// Makes a new journal beside the damaged one at `path`, which is not touched. [`put_in_place`] is to follow, once the
/// damaged one is out of the way. `None` when nothing in it can be read: it is no journal at all.
pub(super) fn make_new(path: &Path, now: Timestamp) -> Result<Option<Salvaged>, JournalError> {
    clean(path);
    let made = copy_files(path).and_then(|()| salvage_copy(path, now));
    discard(&with_suffix(path, COPY));
    if made.is_err() {
        discard(&with_suffix(path, UNFINISHED));
    }
    made
}

/// Makes a new journal that equals the one in `connection`, whose file is gone.
pub(super) fn make_equal(connection: &Connection, path: &Path, now: Timestamp) -> Result<(), JournalError> {
    clean(path);
    let unfinished = with_suffix(path, UNFINISHED);
    make_file(&unfinished)?;
    let equal = connection.execute("VACUUM INTO ?1", [unfinished.to_string_lossy()]);
    if equal.is_err() {
        // What was left of it cannot be read as a whole.
        discard(&unfinished);
        salvage_from(connection, path, now)?;
    }
    finish(path)
}

/// Puts a new journal in place that is whole, if none is there. `false` when there is nothing to be done.
pub(super) fn put_in_place(path: &Path) -> Result<bool, JournalError> {
    let new = with_suffix(path, NEW);
    if path.symlink_metadata().is_ok() || new.symlink_metadata().is_err() {
        return Ok(false);
    }
    fs::rename(&new, path).map_err(|source| JournalError::File { path: path.to_owned(), source })?;
    sync_folder(path);
    Ok(true)
}

/// Whether a whole one waits to be put in place.
pub(super) fn is_new_waiting(path: &Path) -> bool {
    with_suffix(path, NEW).symlink_metadata().is_ok()
}

/// Takes away what an earlier rescue left that came to no end.
pub(super) fn clean(path: &Path) {
    for suffix in [COPY, UNFINISHED, NEW] {
        discard(&with_suffix(path, suffix));
    }
}

fn discard(path: &Path) {
    for part in PARTS {
        let path = with_suffix(path, part);
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!(%error, "a file of an earlier rescue stays");
        }
    }
}

/// Names the trouble with the disk; that the folder cannot be written keeps the damaged file from being renamed too.
fn trouble(path: &Path, source: io::Error) -> JournalError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            JournalError::File { path: path.to_owned(), source }
        }
        _ => JournalError::SetAside { path: path.to_owned(), to: with_suffix(path, NEW), source },
    }
}

fn copy_files(path: &Path) -> Result<(), JournalError> {
    let copy = with_suffix(path, COPY);
    for part in ["", "-wal"] {
        let (from, to) = (with_suffix(path, part), with_suffix(&copy, part));
        let copied = File::open(&from).and_then(|mut from| {
            let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&to)?;
            io::copy(&mut from, &mut to)
        });
        match copied {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(trouble(path, source)),
            _ => {}
        }
    }
    Ok(())
}

fn salvage_copy(path: &Path, now: Timestamp) -> Result<Option<Salvaged>, JournalError> {
    let copy = with_suffix(path, COPY);
    let salvaged = match readable(&copy, path)? {
        Some(from) => Some(salvage_from(&from, path, now)?),
        None => {
            drop(make(path, LAYOUT)?);
            None
        }
    };
    finish(path)?;
    Ok(salvaged)
}

/// A connection to the copy in which at least some tables can be found. Where the pages are lost that say where they
/// are, those of a new journal are taken for them: in all that were begun by this release they are in the same places.
fn readable(copy: &Path, path: &Path) -> Result<Option<Connection>, JournalError> {
    let fail = |source| trouble(path, source);
    let Ok(file) = OpenOptions::new().write(true).open(copy) else { return Ok(None) };
    let length = file.metadata().map_err(fail)?.len();
    // SQLite reads no page that is cut.
    file.set_len(length.next_multiple_of(PAGE)).map_err(fail)?;
    if length > 0
        && let Some(connection) = open_copy(copy, &["viewings", "deliveries"])
    {
        return Ok(Some(connection));
    }
    if length == 0 && !with_suffix(copy, "-wal").exists() {
        return Ok(None);
    }
    lend_schema(&file, length.div_ceil(PAGE), path)?;
    Ok(open_copy(copy, &["viewings"]).or_else(|| open_copy(copy, &["deliveries"])))
}

/// Overwrites the pages of the schema with those of a new journal.
fn lend_schema(copy: &File, pages: u64, path: &Path) -> Result<(), JournalError> {
    let unfinished = with_suffix(path, UNFINISHED);
    let fail = |source| trouble(path, source);
    let failed = |source| JournalError::database("make a journal", &unfinished, source);
    let new = make(path, LAYOUT)?;
    let numbers: Vec<u32> = new
        .prepare("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'")
        .and_then(|mut statement| statement.query_map((), |row| row.get(0))?.collect())
        .map_err(failed)?;
    new.close().map_err(|(_, source)| failed(source))?;
    let new = File::open(&unfinished).map_err(fail)?;
    for number in numbers {
        let mut page = [0; PAGE as usize];
        let at = u64::from(number.saturating_sub(1)) * PAGE;
        new.read_exact_at(&mut page, at).map_err(fail)?;
        if number == 1 {
            mend_header(&mut page, pages);
        }
        copy.write_all_at(&page, at).map_err(fail)?;
    }
    discard(&unfinished);
    Ok(())
}

/// The header of a file of so many pages, with its log. See "The Database Header" in SQLite's file format.
fn mend_header(page: &mut [u8], pages: u64) {
    let pages = u32::try_from(pages.max(1)).unwrap_or(u32::MAX);
    page[18..20].copy_from_slice(&[2, 2]);
    page[28..32].copy_from_slice(&pages.to_be_bytes());
    // No free pages.
    page[32..40].fill(0);
}

/// Damage is expected in it, and what is found in spite of it is welcome: `None` when these tables are not.
fn open_copy(copy: &Path, tables: &[&str]) -> Option<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy, flags).ok()?;
    connection
        .execute_batch("PRAGMA writable_schema = ON; PRAGMA cell_size_check = ON; PRAGMA cache_size = -512;")
        .ok()?;
    let found = tables
        .iter()
        .all(|table| connection.prepare(&format!("SELECT rowid FROM {table} NOT INDEXED")).is_ok());
    found.then_some(connection)
}

/// Salvages into a new journal: first by the layout of what is read, and then brought up to date.
fn salvage_from(from: &Connection, path: &Path, now: Timestamp) -> Result<Salvaged, JournalError> {
    let unfinished = with_suffix(path, UNFINISHED);
    let fail = |source| JournalError::database("save what can be read", &unfinished, source);
    let layout = schema::layout(from).ok().filter(|layout| (1..=LAYOUT).contains(layout)).unwrap_or(LAYOUT);
    let mut into = make(path, layout)?;
    let step = into.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    let salvaged = salvage::copy(from, &step).map_err(fail)?;
    step.commit().map_err(fail)?;
    schema::migrate(&mut into, &unfinished)?;
    let step = into.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    salvage::doubt(&step, now).map_err(|failure| failure.explain("save what can be read", &unfinished))?;
    step.commit().map_err(fail)?;
    into.close().map_err(|(_, source)| fail(source))?;
    Ok(salvaged)
}

/// An empty journal of `layout`. Nobody minds its loss before it is finished.
fn make(path: &Path, layout: i64) -> Result<Connection, JournalError> {
    let unfinished = with_suffix(path, UNFINISHED);
    make_file(&unfinished).map_err(|error| match error {
        JournalError::File { source, .. } => trouble(path, source),
        other => other,
    })?;
    let mut connection = connect(&unfinished)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -2048;
             PRAGMA foreign_keys = ON;",
        )
        .map_err(|source| JournalError::database("set up the journal", &unfinished, source))?;
    schema::migrate_to(&mut connection, &unfinished, layout)?;
    Ok(connection)
}

/// On disk, and under the name of a whole one.
fn finish(path: &Path) -> Result<(), JournalError> {
    let (unfinished, new) = (with_suffix(path, UNFINISHED), with_suffix(path, NEW));
    let finished = OpenOptions::new().write(true).open(&unfinished).and_then(|file| file.sync_all());
    finished.and_then(|()| fs::rename(&unfinished, new)).map_err(|source| trouble(path, source))?;
    sync_folder(path);
    Ok(())
}

/// As well as the file system can.
fn sync_folder(path: &Path) {
    let folder: PathBuf = path.parent().map(Path::to_owned).unwrap_or_default();
    if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
        tracing::debug!(%error, "the state folder was not synced");
    }
}

//! Whether the open files are still those that everyone else finds under their names. SQLite does not notice when they are
//! not: it goes on writing to files that nobody will ever see again.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::open::with_suffix;

/// Which files the journal consisted of when it was opened: its database and its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Presence([Option<FileId>; 2]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    number: u64,
}

/// What has become of the open files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They are there, or it cannot be seen.
    Present,
    /// One was deleted, or its folder.
    Gone,
    /// There are others in their place.
    Replaced,
}

impl Presence {
    /// The files that are there now.
    pub(super) fn of(path: &Path) -> Self {
        Self(["", "-wal"].map(|part| look(&with_suffix(path, part)).unwrap_or_default()))
    }

    /// What has become of these files.
    pub(super) fn fate(&self, path: &Path) -> Fate {
        let mut fate = Fate::Present;
        for (known, part) in self.0.iter().zip(["", "-wal"]) {
            let Some(known) = known else { continue };
            match look(&with_suffix(path, part)) {
                Ok(Some(found)) if found == *known => {}
                Ok(Some(_)) => return Fate::Replaced,
                Ok(None) => fate = Fate::Gone,
                // A folder that is shut, or a disk that does not answer, says nothing of the file.
                Err(_) => return Fate::Present,
            }
        }
        fate
    }
}

fn look(path: &Path) -> io::Result<Option<FileId>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(FileId { device: found.dev(), number: found.ino() })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

//! One daemon per state folder.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A command that asks whether a daemon runs holds the lock for an instant.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// Held for as long as the daemon runs; the kernel lets it go however the daemon ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    folder: PathBuf,
}

/// Why the lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon has it.
    #[error("another daemon already works with the state folder {}", folder.display())]
    Taken {
        /// The folder both want.
        folder: PathBuf,
    },
    /// The lock file could not be made or locked.
    #[error("cannot use {}: make the state folder writable for this user, or name another with --state-dir", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Lock {
    /// Takes the lock of `state_dir`, which is made, for this user alone, if it is not there.
    pub(crate) fn take(state_dir: &Path) -> Result<Self, LockError> {
        let path = state_dir.join("daemon.lock");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(state_dir);
        made.map_err(|source| LockError::Io { path: state_dir.to_path_buf(), source })?;
        let open = || OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = open().map_err(|source| LockError::Io { path: path.clone(), source })?;
        let mut locked = file.try_lock();
        for _ in 0..TRIES {
            if !matches!(locked, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(PAUSE);
            locked = file.try_lock();
        }
        match locked {
            Ok(()) => Ok(Self { file, folder: state_dir.to_path_buf() }),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken { folder: state_dir.to_path_buf() }),
            Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
        }
    }

    /// Takes it again if its file was deleted, which another daemon would not see.
    ///
    /// # Errors
    /// When another daemon has been faster, or the file cannot be made.
    pub(crate) fn renew(&mut self) -> Result<(), LockError> {
        let path = self.folder.join("daemon.lock");
        let id = |found: std::fs::Metadata| (found.dev(), found.ino());
        let io = |source| LockError::Io { path: path.clone(), source };
        let mine = self.file.metadata().map(id).map_err(io)?;
        if std::fs::metadata(&path).is_ok_and(|found| id(found) == mine) {
            return Ok(());
        }
        *self = Self::take(&self.folder)?;
        Ok(())
    }
}

/// Does `work` while no daemon works with `state_dir`, and none can begin to.
///
/// # Errors
/// When one does.
pub(crate) fn while_none_runs<T>(state_dir: &Path, work: impl FnOnce() -> T) -> Result<T, LockError> {
    let _lock = Lock::take(state_dir)?;
    Ok(work())
}

/// Whether a daemon works with `state_dir`.
#[must_use]
pub fn is_running(state_dir: &Path) -> bool {
    // Nothing is made here, and nothing locked for longer than the question takes.
    let file = OpenOptions::new().write(true).open(state_dir.join("daemon.lock"));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_daemon_is_told_and_the_lock_is_free_again_after_the_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = Lock::take(folder.path()).expect("nobody has it");
        assert!(matches!(Lock::take(folder.path()), Err(LockError::Taken { .. })));
        assert!(is_running(folder.path()));
        drop(first);
        assert!(!is_running(folder.path()));
        Lock::take(folder.path()).expect("nobody has it any more");
    }
    #[test]
    fn a_lock_whose_file_was_deleted_is_taken_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut first = Lock::take(folder.path()).expect("nobody has it");
        first.renew().expect("it is still there");
        std::fs::remove_file(folder.path().join("daemon.lock")).expect("a file of our own");
        assert!(!is_running(folder.path()));
        first.renew().expect("nobody was faster");
        assert!(matches!(Lock::take(folder.path()), Err(LockError::Taken { .. })));
        std::fs::remove_file(folder.path().join("daemon.lock")).expect("a file of our own");
        let _second = Lock::take(folder.path()).expect("nobody sees the first");
        assert!(matches!(first.renew(), Err(LockError::Taken { .. })));
    }
}

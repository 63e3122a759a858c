//! Folders in which sockets may appear, watched without ever being scanned again. A folder that is not there yet is
//! waited for at the nearest one above it.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RemoveKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::{debug, info, warn};

/// How many folders are watched at most.
const MAX_FOLDERS: usize = 256;
/// How many changes may wait. Beyond that everything is looked at again.
const MAX_WAITING: usize = 1024;

/// How often folders are looked into that cannot be watched. The user's other programs may have taken all that the kernel
/// allows, and give it back.
const BLIND_LOOK: Duration = Duration::from_secs(30);

/// What happened in the folders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// A socket appeared.
    Socket(PathBuf),
    /// A folder appeared.
    Folder(PathBuf),
    /// Something that may have been a watched folder is gone.
    Gone(PathBuf),
    /// A file that was asked about has changed.
    File,
    /// Changes were lost.
    Lost,
}

/// The folders that are watched.
pub(crate) struct Folders {
    watcher: Option<RecommendedWatcher>,
    shared: Arc<Shared>,
    /// Other file systems may be slow or hang; none of them is entered.
    mounts: HashSet<PathBuf>,
    /// Whether the user was told that not all can be watched.
    said: bool,
    /// When it is looked into them next, if they cannot be watched.
    look_at: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    folder: PathBuf,
    /// How many levels of folders below it are watched too.
    depth: usize,
    /// Whether it is forgotten when it is gone.
    passing: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    wanted: Vec<Wanted>,
    watched: HashSet<PathBuf>,
    files: BTreeSet<PathBuf>,
    changes: BTreeSet<Change>,
}

impl Wanted {
    /// Whether a folder leads to this one, or is to be watched with it.
    fn concerns(&self, folder: &Path) -> bool {
        match folder.strip_prefix(&self.folder) {
            Ok(below) => below.components().count() <= self.depth,
            Err(_) => self.folder.starts_with(folder),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, change: Change) {
        let mut state = self.state();
        if state.changes.len() >= MAX_WAITING {
            state.changes.clear();
            state.changes.insert(Change::Lost);
        } else {
            state.changes.insert(change);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Called for every file that anyone opens, writes or makes in a watched folder: almost all is passed over.
    fn happened(&self, event: &notify::Event) {
        if event.need_rescan() {
            return self.put(Change::Lost);
        }
        let Some(path) = event.paths.last() else { return };
        match event.kind {
            EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                let Ok(found) = fs::symlink_metadata(path) else { return };
                let socket = found.file_type().is_socket()
                    || found.is_symlink()
                        && fs::metadata(path).is_ok_and(|found| found.file_type().is_socket());
                if socket {
                    self.put(Change::Socket(path.clone()));
                } else if found.is_dir() {
                    let matters = self.state().wanted.iter().any(|wanted| wanted.concerns(path));
                    if matters {
                        self.put(Change::Folder(path.clone()));
                    }
                } else {
                    self.file_changed(path);
                }
            }
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => self.file_changed(path),
            EventKind::Remove(RemoveKind::Folder) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                let was_watched = self.state().watched.contains(path);
                if was_watched {
                    self.put(Change::Gone(path.clone()));
                } else {
                    self.file_changed(path);
                }
            }
            EventKind::Remove(_) => self.file_changed(path),
            EventKind::Any | EventKind::Access(_) | EventKind::Modify(_) | EventKind::Other => {}
        }
    }

    fn file_changed(&self, path: &Path) {
        let asked = self.state().files.contains(path);
        if asked {
            self.put(Change::File);
        }
    }
}

impl Folders {
    /// Nothing is watched yet.
    pub(crate) fn new() -> Self {
        let shared = Arc::new(Shared::default());
        let watcher = watcher_for(&shared).inspect_err(|error| {
            info!(reason = ?error.kind, "folders cannot be watched: they are looked into every now and then until they can");
        });
        let look_at = Instant::now() + BLIND_LOOK;
        Self { watcher: watcher.ok(), shared, mounts: mounts(), said: false, look_at }
    }

    /// The next changes, at least one. While folders cannot be watched, changes may be lost all the time.
    pub(crate) async fn changes(&mut self) -> BTreeSet<Change> {
        if self.watcher.is_none() {
            tokio::time::sleep_until(self.look_at).await;
            self.look_at = Instant::now() + BLIND_LOOK;
            self.watcher = watcher_for(&self.shared).ok();
            if self.watcher.is_some() {
                info!("folders are watched from now on");
            }
            return BTreeSet::from([Change::Lost]);
        }
        loop {
            let changes = std::mem::take(&mut self.shared.state().changes);
            if !changes.is_empty() {
                return changes;
            }
            self.shared.changed.notified().await;
        }
    }

    /// Asks for [`Change::File`] when one of these changes. Their folders must be wanted.
    pub(crate) fn ask_about(&self, files: BTreeSet<PathBuf>) {
        self.shared.state().files = files;
    }

    /// Watches a folder and so many levels below it from now on, whether or not it exists. Gives the sockets that
    /// are there already.
    pub(crate) fn want(&mut self, folder: &Path, depth: usize) -> Vec<PathBuf> {
        self.add(&Wanted { folder: folder.to_owned(), depth, passing: false })
    }

    /// Watches a folder as long as it exists.
    pub(crate) fn want_while_there(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.add(&Wanted { folder: folder.to_owned(), depth: 0, passing: true })
    }

    fn add(&mut self, wanted: &Wanted) -> Vec<PathBuf> {
        {
            let mut state = self.shared.state();
            let covered = state.wanted.iter().any(|known| {
                known.folder == wanted.folder
                    && known.depth >= wanted.depth
                    && known.passing <= wanted.passing
            });
            if covered || !wanted.folder.is_absolute() || state.wanted.len() >= MAX_FOLDERS {
                return Vec::new();
            }
            state.wanted.push(wanted.clone());
        }
        // A folder above another wanted one is watched already, but was not looked into.
        self.cover(wanted, true)
    }

    /// A folder appeared: watches it if it is wanted, or leads to one that is. Gives the sockets that are there.
    pub(crate) fn appeared(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.cover_at(folder)
    }

    /// A folder is gone. It may be back already: changes come in no order.
    pub(crate) fn gone(&mut self, folder: &Path) -> Vec<PathBuf> {
        {
            let mut state = self.shared.state();
            state.watched.retain(|watched| !watched.starts_with(folder));
            state.wanted.retain(|wanted| !(wanted.passing && wanted.folder.starts_with(folder)));
        }
        if let Some(watcher) = &mut self.watcher {
            // It may have been moved and be watched still.
            let _ = watcher.unwatch(folder);
        }
        self.cover_at(folder)
    }

    /// Looks through everything again, after changes were lost. Gives all sockets.
    pub(crate) fn all(&mut self) -> Vec<PathBuf> {
        self.shared.state().watched.clear();
        self.cover_where(|_| true)
    }

    /// Watches what is wanted above or below a folder.
    fn cover_at(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.cover_where(|wanted| wanted.concerns(folder))
    }

    fn cover_where(&mut self, concerns: impl Fn(&Wanted) -> bool) -> Vec<PathBuf> {
        let concerned: Vec<Wanted> =
            self.shared.state().wanted.iter().filter(|wanted| concerns(wanted)).cloned().collect();
        concerned.iter().flat_map(|wanted| self.cover(wanted, false)).collect()
    }

    /// Watches what there is of a wanted folder. First it is watched, then looked into: nothing can slip through.
    fn cover(&mut self, wanted: &Wanted, new: bool) -> Vec<PathBuf> {
        loop {
            let Some(nearest) = wanted.folder.ancestors().find(|folder| folder.is_dir()) else {
                return Vec::new();
            };
            let new = self.watch(nearest) || new;
            if nearest == wanted.folder {
                return self.look_into(nearest, wanted.depth, new);
            }
            // Perhaps the next one has appeared in between.
            if wanted.folder.ancestors().find(|folder| folder.is_dir()) == Some(nearest) {
                return Vec::new();
            }
        }
    }

    /// The sockets in a folder that is watched, if it was not before, and in the new ones below it.
    fn look_into(&mut self, folder: &Path, depth: usize, new: bool) -> Vec<PathBuf> {
        if !new && depth == 0 {
            return Vec::new();
        }
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut sockets = Vec::new();
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            let socket = kind.is_socket()
                || kind.is_symlink() && fs::metadata(&path).is_ok_and(|found| found.file_type().is_socket());
            if socket && new {
                sockets.push(path);
            } else if kind.is_dir() && depth > 0 && !self.mounts.contains(&path) {
                let new = self.watch(&path) || new;
                sockets.extend(self.look_into(&path, depth - 1, new));
            }
        }
        sockets
    }

    /// Whether the folder is watched only now.
    fn watch(&mut self, folder: &Path) -> bool {
        let Some(watcher) = &mut self.watcher else { return true };
        {
            let mut state = self.shared.state();
            if state.watched.contains(folder) || state.watched.len() >= MAX_FOLDERS {
                return false;
            }
            state.watched.insert(folder.to_owned());
        }
        if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
            if matches!(error.kind, notify::ErrorKind::MaxFilesWatch) && !self.said {
                self.said = true;
                warn!(
                    "too many files are watched on this machine, so players in some folders are not noticed: raise \
                     `fs.inotify.max_user_watches` with sysctl"
                );
            }
            debug!(reason = ?error.kind, "a folder cannot be watched");
            self.shared.state().watched.remove(folder);
        }
        true
    }
}

/// Tells `shared` what happens.
fn watcher_for(shared: &Arc<Shared>) -> notify::Result<RecommendedWatcher> {
    let shared = Arc::clone(shared);
    notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
        Ok(event) => shared.happened(&event),
        Err(_) => shared.put(Change::Lost),
    })
}

/// Where other file systems are mounted.
fn mounts() -> HashSet<PathBuf> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    // Blanks are written as \040; no mount below the runtime folder has any.
    table.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn folders_that_could_not_be_watched_are_looked_into_later_and_watched_then() {
        let folder = tempfile::tempdir().unwrap();
        let mut folders = Folders::new();
        // As it is when all that the kernel allows is taken.
        folders.watcher = None;
        assert_eq!(folders.want(folder.path(), 0), Vec::<PathBuf>::new());
        let socket = folder.path().join("mpv-socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert_eq!(folders.changes().await, BTreeSet::from([Change::Lost]));
        assert_eq!(folders.all(), [socket]);
    }
}

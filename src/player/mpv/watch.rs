//! All mpvs of this user: sockets are found, connected to once each, and followed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::folders::{Change, Folders};
use super::globs::{self, SocketGlob};
use super::kernel::{self, Kernel, Owner};
use super::mpv_conf;
use super::places::Places;
use super::session::follow;
use crate::player::{Interface, Source, WatcherContext, process};

/// A socket is made before it listens: when to try again.
const TRIES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(50), Duration::from_millis(250), Duration::from_secs(1)];
/// How many sockets may wait for their next try.
const MAX_CANDIDATES: usize = 16 * 1024;
/// How long the running processes are left alone after they were looked through, however many players appear.
const LOOK_REST: Duration = Duration::from_secs(1);
/// How many levels of folders below the runtime folder are watched.
const RUNTIME_DEPTH: usize = 3;

/// What the watcher is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MpvSettings {
    /// Patterns of sockets that are mpv's in any case, whatever program listens there. `~/` is the home folder.
    pub sockets: Vec<String>,
    /// Where else to look.
    pub places: Places,
}

impl MpvSettings {
    /// These patterns, and the usual places of the user whose environment this is.
    #[must_use]
    pub fn new(sockets: Vec<String>) -> Self {
        Self { sockets, places: Places::from_environment() }
    }
}

/// Watches all mpvs of this user until the context's `cancel`.
pub async fn watch(settings: MpvSettings, context: WatcherContext) {
    let cancel = context.cancel.clone();
    let watching = async { Watching::new(settings, context).run().await };
    tokio::select! {
        () = cancel.cancelled() => {}
        () = watching => {}
    }
}

/// What the survey begins with: where players may listen, and how each address is to be taken.
pub(super) struct Candidates {
    pub(super) addresses: BTreeSet<PathBuf>,
    pub(super) named: BTreeSet<PathBuf>,
    globs: Vec<SocketGlob>,
}

impl Candidates {
    /// Looks where the watcher looks.
    pub(super) async fn find(settings: MpvSettings, context: WatcherContext) -> Self {
        let mut watching = Watching::new(settings, context);
        watching.watch_folders();
        watching.look_at_processes().await;
        let Watching { later, named, globs, .. } = watching;
        let addresses = later.into_keys().chain(named.iter().cloned());
        Self { addresses: addresses.collect(), named, globs }
    }

    pub(super) fn trusts(&self, address: &Path) -> bool {
        is_trusted(address, &self.named, &self.globs)
    }
}

struct Watching {
    places: Places,
    globs: Vec<SocketGlob>,
    /// The sockets that `mpv.conf` names.
    named: BTreeSet<PathBuf>,
    /// The files that were read for that.
    configurations: BTreeSet<PathBuf>,
    folders: Folders,
    followed: HashSet<Identity>,
    sessions: JoinSet<()>,
    by_task: HashMap<Id, (Identity, PathBuf)>,
    /// The addresses where a player may listen.
    later: HashMap<PathBuf, Candidate>,
    looked_at: Option<Instant>,
    look_later: Option<Instant>,
    context: WatcherContext,
}

/// What tells one socket from another that takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    File { device: u64, inode: u64, made: (i64, i64) },
    Abstract(PathBuf),
}

/// What is known of an address where a player may listen.
#[derive(Debug)]
struct Candidate {
    /// How often it was tried.
    tried: usize,
    next_try: Instant,
}

impl Candidate {
    fn new() -> Self {
        Self { tried: 0, next_try: Instant::now() }
    }
}

impl Watching {
    fn new(settings: MpvSettings, context: WatcherContext) -> Self {
        let globs = globs::read(&settings.sockets, settings.places.home.as_deref());
        Self {
            places: settings.places,
            globs,
            named: BTreeSet::new(),
            configurations: BTreeSet::new(),
            folders: Folders::new(),
            followed: HashSet::new(),
            sessions: JoinSet::new(),
            by_task: HashMap::new(),
            later: HashMap::new(),
            looked_at: None,
            look_later: None,
            context,
        }
    }

    async fn run(&mut self) {
        info!("watching for mpv's sockets");
        self.watch_folders();
        self.look_at_processes().await;
        loop {
            self.try_candidates().await;
            let next = self.later.values().map(|candidate| candidate.next_try).chain(self.look_later).min();
            tokio::select! {
                changes = self.folders.changes() => self.folders_changed(changes),
                () = self.context.look_again.notified() => {
                    // Names on the bus may come and go a thousand times a second.
                    let rested = self.looked_at.is_none_or(|at| at.elapsed() >= LOOK_REST);
                    if rested {
                        self.look_at_processes().await;
                    }
                    // A script may make the socket a little later.
                    if rested || self.look_later.is_none() {
                        self.look_later = Some(Instant::now() + LOOK_REST);
                    }
                }
                Some(ended) = self.sessions.join_next_with_id() => self.session_ended(match ended {
                    Ok((task, ())) => task,
                    Err(error) => error.id(),
                }),
                () = sleep_until(next) => {
                    if self.look_later.is_some_and(|at| at <= Instant::now()) {
                        self.look_later = None;
                        self.look_at_processes().await;
                    }
                }
            }
        }
    }

    fn watch_folders(&mut self) {
        let mut sockets = Vec::new();
        if let Some(folder) = &self.places.runtime_folder {
            sockets.extend(self.folders.want(folder, RUNTIME_DEPTH));
        }
        for folder in &self.places.folders {
            sockets.extend(self.folders.want(folder, 0));
        }
        for glob in &self.globs {
            sockets.extend(self.folders.want(&glob.base, glob.depth));
        }
        self.read_configurations();
        self.candidates(sockets);
    }

    fn read_configurations(&mut self) {
        let named = mpv_conf::read(&self.places.configurations, self.places.home.as_deref());
        debug!(files = named.files.len(), sockets = named.sockets.len(), "read mpv's configuration");
        let mut sockets: Vec<PathBuf> = named.sockets.iter().cloned().collect();
        for path in named.files.iter().chain(&named.sockets) {
            if let Some(folder) = path.parent() {
                sockets.extend(self.folders.want(folder, 0));
            }
        }
        self.named = named.sockets;
        self.folders.ask_about(named.files.clone());
        self.configurations = named.files;
        self.candidates(sockets);
    }

    fn folders_changed(&mut self, changes: BTreeSet<Change>) {
        for change in changes {
            match change {
                Change::Socket(path) => self.candidates([path]),
                Change::Folder(path) => {
                    let sockets = self.folders.appeared(&path);
                    self.candidates(sockets);
                    // A configuration may have come with it.
                    if self.configurations.iter().any(|file| file.starts_with(&path)) {
                        self.read_configurations();
                    }
                }
                Change::Gone(path) => {
                    let sockets = self.folders.gone(&path);
                    self.candidates(sockets);
                }
                Change::File => self.read_configurations(),
                Change::Lost => {
                    let sockets = self.folders.all();
                    self.candidates(sockets);
                    self.read_configurations();
                }
            }
        }
    }

    async fn look_at_processes(&mut self) {
        if self.places.processes {
            let addresses = off_thread(|| Kernel::read().addresses()).await;
            self.candidates(addresses.unwrap_or_default());
            self.looked_at = Some(Instant::now());
        }
    }

    fn session_ended(&mut self, task: Id) {
        if let Some((identity, address)) = self.by_task.remove(&task) {
            self.followed.remove(&identity);
            // Another player may have taken its place.
            self.candidates([address]);
        }
    }

    fn candidates(&mut self, addresses: impl IntoIterator<Item = PathBuf>) {
        for address in addresses {
            if self.later.len() < MAX_CANDIDATES || self.later.contains_key(&address) {
                self.later.insert(address, Candidate::new());
            }
        }
    }

    async fn try_candidates(&mut self) {
        let now = Instant::now();
        let due: Vec<(PathBuf, Candidate)> =
            self.later.extract_if(|_, candidate| candidate.next_try <= now).collect();
        if due.is_empty() {
            return;
        }
        let mut kernel = None;
        for (address, mut candidate) in due {
            if self.attempt(&address, &mut kernel).await == Attempt::TryAgain {
                candidate.tried += 1;
                if let Some(&pause) = TRIES.get(candidate.tried) {
                    candidate.next_try = Instant::now() + pause;
                    self.later.insert(address, candidate);
                }
            }
        }
    }

    async fn attempt(&mut self, address: &Path, kernel: &mut Option<Kernel>) -> Attempt {
        // A relative name may lie in the folder of a network that is gone: what shows its identity can be connected to.
        let named = address.to_owned();
        let Some(identity) = off_thread(move || identity(&named)).await.flatten() else {
            return Attempt::Done;
        };
        if self.followed.contains(&identity) {
            return Attempt::Done;
        }
        let trusted = is_trusted(address, &self.named, &self.globs);
        if !trusted {
            let kernel = match kernel {
                Some(kernel) => kernel,
                None => kernel.insert(read_kernel().await),
            };
            if is_strangers(address, kernel) {
                return Attempt::Done;
            }
        }
        let (stream, peer) = match approach(address, trusted).await {
            Ok(admitted) => admitted,
            Err(Refusal::NotPermitted) => {
                warn!(
                    "the socket of an mpv cannot be opened (permission denied), so that mpv is not seen through it: \
                     look at the permissions of the socket and its folder"
                );
                return Attempt::Done;
            }
            Err(Refusal::NobodyListens(reason)) => {
                debug!(?reason, "nobody answers at a socket");
                return Attempt::TryAgain;
            }
            Err(Refusal::AnotherUsers) => {
                debug!("a socket belongs to another user: it is not listened to");
                return Attempt::Done;
            }
            Err(Refusal::AnotherPrograms) => {
                debug!("a socket belongs to another program: it is not listened to");
                return Attempt::Done;
            }
        };
        let parent = peer.and_then(process::parent_of);
        let source = Arc::new(Source {
            id: self.context.sources.next(),
            interface: Interface::MpvIpc,
            player: parent.and_then(process::front_end).unwrap_or("mpv").to_owned(),
            pid: peer,
            parent,
        });
        debug!(pid = peer, "connected to an mpv");
        let task = self.sessions.spawn(follow(stream, source, self.context.clone()));
        self.followed.insert(identity.clone());
        self.by_task.insert(task.id(), (identity, address.to_owned()));
        if let Some(folder) = address.parent().filter(|_| !kernel::is_abstract(address)) {
            let sockets = self.folders.want_while_there(folder);
            self.candidates(sockets);
        }
        Attempt::Done
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Attempt {
    /// Connected, or not to be connected to.
    Done,
    /// Nobody answers there, perhaps not yet.
    TryAgain,
}

/// Why a socket is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It may not be connected to.
    NotPermitted,
    /// Left over by a player that is gone, or not listening yet.
    NobodyListens(io::ErrorKind),
    /// Another user's process is at the other end.
    AnotherUsers,
    /// No player is at the other end.
    AnotherPrograms,
}

/// Whether the user says that it is mpv's, by name or by pattern.
fn is_trusted(address: &Path, named: &BTreeSet<PathBuf>, globs: &[SocketGlob]) -> bool {
    named.contains(address) || globs.iter().any(|glob| glob.matches(address))
}

/// Whether another program certainly listens there, which is not to be disturbed.
pub(super) fn is_strangers(address: &Path, kernel: &Kernel) -> bool {
    !kernel::is_abstract(address) && kernel.owner(address) == Owner::Stranger
}

/// Connects, and looks who is there. Gives the number of its process, if it has one.
pub(super) async fn approach(address: &Path, trusted: bool) -> Result<(UnixStream, Option<u32>), Refusal> {
    let stream = connect(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Refusal::NotPermitted,
        other => Refusal::NobodyListens(other),
    })?;
    let peer = admitted(&stream, kernel::own_user(), trusted)?;
    Ok((stream, peer))
}

/// Whether we listen to who is at the other end: a process of this user, and mpv unless the user says that it is.
fn admitted(stream: &UnixStream, own_user: u32, trusted: bool) -> Result<Option<u32>, Refusal> {
    let peer = stream.peer_cred().map_err(|_| Refusal::AnotherPrograms)?;
    if peer.uid() != own_user {
        return Err(Refusal::AnotherUsers);
    }
    let pid = peer.pid().and_then(|pid| u32::try_from(pid).ok()).filter(|&pid| pid != 0);
    if !trusted && pid.and_then(kernel::is_player) == Some(false) {
        return Err(Refusal::AnotherPrograms);
    }
    Ok(pid)
}

async fn connect(address: &Path) -> io::Result<UnixStream> {
    const PATIENCE: Duration = Duration::from_secs(1);
    tokio::time::timeout(PATIENCE, UnixStream::connect(address)).await?
}

fn identity(address: &Path) -> Option<Identity> {
    if kernel::is_abstract(address) {
        return Some(Identity::Abstract(address.to_owned()));
    }
    let found = fs::metadata(address).ok()?;
    Some(Identity::File {
        device: found.dev(),
        inode: found.ino(),
        made: (found.mtime(), found.mtime_nsec()),
    })
}

pub(super) async fn read_kernel() -> Kernel {
    off_thread(Kernel::read).await.unwrap_or_default()
}

/// What the file system answers, if it does so in time. Everything else goes on meanwhile.
pub(super) async fn off_thread<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    const PATIENCE: Duration = Duration::from_secs(5);
    tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(ask)).await.ok()?.ok()
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_system_that_does_not_answer_is_given_up() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        assert_eq!(off_thread(move || ended.recv().is_ok()).await, None);
        drop(end);
        assert_eq!(off_thread(|| 7).await, Some(7));
    }

    #[tokio::test]
    async fn another_user_or_another_program_is_not_listened_to() {
        let (stream, _other_end) = UnixStream::pair().unwrap();
        let own = kernel::own_user();
        assert_eq!(admitted(&stream, own + 1, true), Err(Refusal::AnotherUsers));
        // This test is not mpv, but the user may say that it is.
        assert_eq!(admitted(&stream, own, false), Err(Refusal::AnotherPrograms));
        assert_eq!(admitted(&stream, own, true), Ok(Some(std::process::id())));
    }
}

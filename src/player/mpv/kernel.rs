//! What the kernel knows: which sockets listen, and which processes of this user are players.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::player::process;

/// The flag of sockets that accept connections in `/proc/net/unix`.
const LISTENS: u32 = 0x0001_0000;
/// The kernel's unit of time in `/proc/PID/stat`, the same on every Linux that programs see.
const TICKS_PER_SECOND: u64 = 100;

/// The listening sockets and the players, at one instant.
#[derive(Debug, Default)]
pub(crate) struct Kernel {
    sockets: Vec<Socket>,
    players: Vec<Player>,
}

#[derive(Debug)]
struct Socket {
    inode: u64,
    /// A path, or a NUL and an abstract name.
    name: PathBuf,
}

#[derive(Debug)]
struct Player {
    pid: u32,
    /// The inodes of its sockets; `None` when its descriptors are closed to us (a hardened unit).
    sockets: Option<HashSet<u64>>,
    folder: Option<PathBuf>,
    /// When it was started, in seconds of the epoch.
    started: i64,
}

/// Who listens on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A player of this user.
    Player,
    /// Certainly no player: it is not to be disturbed.
    Stranger,
    /// It cannot be told without connecting.
    Unclear,
}

impl Kernel {
    /// Reads the lists. What cannot be read is missing from them.
    pub(crate) fn read() -> Self {
        let table = fs::read("/proc/net/unix").unwrap_or_default();
        let sockets = table.split(|&byte| byte == b'\n').skip(1).filter_map(listening).collect();
        Self { sockets, players: players() }
    }

    /// The addresses on which players certainly or possibly listen. An abstract one begins with a NUL.
    pub(crate) fn addresses(&self) -> Vec<PathBuf> {
        let mut addresses = Vec::new();
        for socket in &self.sockets {
            let owner = self.players.iter().find(|player| player.owns(socket.inode));
            let folder = owner.and_then(|owner| owner.folder.as_deref());
            let Some(address) = address(&socket.name, folder) else { continue };
            if owner.is_some() || (!is_abstract(&address) && self.may_be_a_closed_players(&address)) {
                addresses.push(address);
            }
        }
        addresses
    }

    /// The players that certainly listen nowhere.
    pub(crate) fn without_socket(&self) -> Vec<u32> {
        let listens = |player: &&Player| match &player.sockets {
            Some(own) => self.sockets.iter().any(|socket| own.contains(&socket.inode)),
            None => true,
        };
        self.players.iter().filter(|player| !listens(player)).map(|player| player.pid).collect()
    }

    /// Who listens on the socket at `path`.
    pub(crate) fn owner(&self, path: &Path) -> Owner {
        let file = fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        let mut listed = false;
        for socket in &self.sockets {
            let owner = self.players.iter().find(|player| player.owns(socket.inode));
            let folder = owner.and_then(|owner| owner.folder.as_deref());
            // One file may have several names.
            let same = socket.name.file_name() == path.file_name()
                && address(&socket.name, folder).is_some_and(|address| {
                    address == path || {
                        let found = fs::metadata(&address).ok();
                        file.is_some() && found.map(|found| (found.dev(), found.ino())) == file
                    }
                });
            if same && owner.is_some() {
                return Owner::Player;
            }
            listed |= same;
        }
        // What is not listed is left over, or in another network namespace (Flatpak).
        if !listed || self.may_be_a_closed_players(path) { Owner::Unclear } else { Owner::Stranger }
    }

    /// Whether a player whose descriptors are closed to us was running when the socket was made. Without this
    /// we would knock at, and so start, every service that waits for its first connection.
    fn may_be_a_closed_players(&self, path: &Path) -> bool {
        let started =
            self.players.iter().filter(|player| player.sockets.is_none()).map(|player| player.started);
        let made =
            fs::metadata(path).ok().filter(|found| found.uid() == own_user()).map(|found| found.mtime());
        match (started.min(), made) {
            // Both are cut to whole seconds.
            (Some(started), Some(made)) => made >= started - 2,
            _ => false,
        }
    }
}

impl Player {
    fn owns(&self, inode: u64) -> bool {
        self.sockets.as_ref().is_some_and(|sockets| sockets.contains(&inode))
    }
}

/// Whether this is an abstract address, without a file.
pub(crate) fn is_abstract(address: &Path) -> bool {
    address.as_os_str().as_bytes().first() == Some(&0)
}

/// The user we run as.
pub(crate) fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether a process is mpv by its name; `None` when it does not tell.
pub(crate) fn is_player(pid: u32) -> Option<bool> {
    Some(is_players_name(&process::name_of(pid)?))
}

/// The folder that a process is in; `None` when it is closed to us or was removed. Only the link is read: to look at the
/// folder itself might wait for ever for a network that is gone.
pub(crate) fn folder_of(pid: u32) -> Option<PathBuf> {
    let folder = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    (!was_removed(&folder)).then_some(folder)
}

/// Whether this is how the kernel names a folder that is gone.
fn was_removed(folder: &Path) -> bool {
    folder.as_os_str().as_bytes().ends_with(b" (deleted)")
}

/// `mpv`, or what packagers' wrappers make of it.
fn is_players_name(name: &[u8]) -> bool {
    matches!(name, b"mpv" | b".mpv-wrapped" | b"mpv-wrapped" | b"mpv.bin" | b"mpv-bin" | b"mpv.real")
}

fn players() -> Vec<Player> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let booted = booted();
    let mut players = Vec::new();
    for process in processes.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let ours = process.metadata().is_ok_and(|found| found.uid() == own_user());
        if ours && is_player(pid) == Some(true) {
            let sockets = sockets_of(pid);
            if sockets.is_none() && has_ended(pid) {
                continue;
            }
            let started = process::stat_field(pid, 22).map_or(0, |ticks| ticks / TICKS_PER_SECOND);
            players.push(Player {
                pid,
                sockets,
                folder: folder_of(pid),
                started: booted.saturating_add_unsigned(started),
            });
        }
    }
    players
}

/// Whether a process is over, but not yet cleared away: it has no memory any more, and its descriptors seem closed.
fn has_ended(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/statm")).map_or(true, |memory| memory.starts_with(b"0 "))
}

/// The inodes of a process's sockets; `None` when they are closed to us.
fn sockets_of(pid: u32) -> Option<HashSet<u64>> {
    let mut sockets = HashSet::new();
    for descriptor in fs::read_dir(format!("/proc/{pid}/fd")).ok()? {
        match fs::read_link(descriptor.ok()?.path()) {
            Ok(link) => sockets.extend(socket_inode(&link)),
            // It was closed just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // In a user namespace of our own the list is open and what is in it is not.
            Err(_) => return None,
        }
    }
    Some(sockets)
}

fn socket_inode(link: &Path) -> Option<u64> {
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// A line of `/proc/net/unix`, if it is that of a listening socket with a name:
/// `slot: references protocol flags type state inode name`.
fn listening(line: &[u8]) -> Option<Socket> {
    let mut rest = line;
    let mut field = || {
        rest = rest.trim_ascii_start();
        let end = rest.iter().position(u8::is_ascii_whitespace)?;
        let (field, after) = rest.split_at(end);
        rest = after;
        std::str::from_utf8(field).ok()
    };
    let flags =
        u32::from_str_radix(field().and_then(|_| field()).and_then(|_| field()).and_then(|_| field())?, 16);
    let inode = field().and_then(|_| field()).and_then(|_| field())?.parse().ok()?;
    // Names may hold blanks.
    let name = rest.strip_prefix(b" ")?;
    if flags.ok()? & LISTENS == 0 || name.is_empty() {
        return None;
    }
    let name = match name.strip_prefix(b"@") {
        Some(name) => PathBuf::from(OsStr::from_bytes(&[b"\0", name].concat())),
        None => PathBuf::from(OsStr::from_bytes(name)),
    };
    Some(Socket { inode, name })
}

/// A socket's name as an address that holds from anywhere; a relative one needs its owner's folder.
fn address(name: &Path, folder: Option<&Path>) -> Option<PathBuf> {
    if is_abstract(name) || name.is_absolute() { Some(name.to_owned()) } else { Some(folder?.join(name)) }
}

/// When the machine was started, in seconds of the epoch.
fn booted() -> i64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listening_sockets_with_a_name_are_read() {
        let read = |line: &str| {
            listening(line.as_bytes())
                .map(|socket| (socket.inode, socket.name.to_string_lossy().into_owned()))
        };
        let head = "0000000000000000: 00000002 00000000";
        assert_eq!(
            read(&format!("{head} 00010000 0001 01 12345 /tmp/my mpv")),
            Some((12345, "/tmp/my mpv".into()))
        );
        assert_eq!(read(&format!("{head} 00010000 0001 01    77 @mpv")), Some((77, "\0mpv".into())));
        assert_eq!(read(&format!("{head} 00000000 0001 03 12345 /tmp/mpv")), None);
        assert_eq!(read(&format!("{head} 00010000 0001 01 12345")), None);
        assert_eq!(read(""), None);
        assert_eq!(read("Num       RefCount Protocol Flags    Type St Inode Path"), None);
    }

    #[test]
    fn a_processs_folder_is_known_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let mut child = std::process::Command::new("cat")
            .current_dir(&path)
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        assert_eq!(folder_of(child.id()), Some(path));
        folder.close().unwrap();
        assert_eq!(folder_of(child.id()), None);
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(folder_of(0), None);
    }

    #[test]
    fn this_process_is_no_player() {
        assert_eq!(is_player(std::process::id()), Some(false));
    }

    #[test]
    fn a_process_that_is_over_has_ended_even_before_it_is_cleared_away() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        while !has_ended(child.id()) {
            std::thread::yield_now();
        }
        assert!(!has_ended(std::process::id()));
        child.wait().unwrap();
        assert!(has_ended(child.id()));
    }

    #[test]
    fn a_socket_of_another_program_is_a_strangers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let kernel = Kernel { sockets: Kernel::read().sockets, players: Vec::new() };
        assert_eq!(kernel.owner(&path), Owner::Stranger);
        assert_eq!(kernel.owner(&folder.path().join("none")), Owner::Unclear);
    }

    #[test]
    fn a_player_that_listens_nowhere_is_told_from_one_that_does_and_from_one_that_hides() {
        let player = |pid, sockets: Option<&[u64]>| Player {
            pid,
            sockets: sockets.map(|sockets| sockets.iter().copied().collect()),
            folder: None,
            started: 0,
        };
        let kernel = Kernel {
            sockets: vec![Socket { inode: 7, name: "/tmp/mpv".into() }],
            players: vec![
                player(1, Some(&[7])),
                player(2, Some(&[8])),
                player(3, Some(&[])),
                player(4, None),
            ],
        };
        assert_eq!(kernel.without_socket(), [2, 3]);
    }

    #[test]
    fn a_player_with_closed_descriptors_may_own_only_what_was_made_after_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let made = fs::metadata(&path).unwrap().mtime();
        let kernel = |started| Kernel {
            sockets: Kernel::read().sockets,
            players: vec![Player { pid: 1, sockets: None, folder: None, started }],
        };
        let before = kernel(made - 60);
        assert_eq!(before.owner(&path), Owner::Unclear);
        assert!(before.addresses().contains(&path));
        let after = kernel(made + 60);
        assert_eq!(after.owner(&path), Owner::Stranger);
        assert!(!after.addresses().contains(&path));
    }
}

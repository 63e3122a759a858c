//! One look at all of mpv's sockets, for a user who wonders why a player is not seen.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use super::kernel::{self, Kernel};
use super::watch::{Candidates, MpvSettings, Refusal, approach, is_strangers, off_thread, read_kernel};
use crate::player::WatcherContext;

/// How long an mpv may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many sockets are looked at in one go.
const AT_ONCE: usize = 16;
/// mpv makes no socket with a path of this many bytes or more.
const TOO_LONG: usize = 107;

/// What keeps mpvs from being seen through their sockets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The sockets that cannot be used, by path.
    pub troubled: Vec<TroubledSocket>,
    /// The processes of mpvs of this user that have no socket.
    pub without_socket: Vec<u32>,
}

/// A socket that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TroubledSocket {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// What is wrong with it.
    pub trouble: SocketTrouble,
}

/// What is wrong with a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SocketTrouble {
    /// An mpv of another user listens there.
    AnotherUsers,
    /// It may not be opened.
    NotPermitted,
    /// Nobody listens there: it was left over.
    NobodyListens,
    /// Somebody listens and says nothing.
    DoesNotAnswer,
    /// `mpv.conf` names it, in a folder that does not exist.
    NoFolder,
    /// `mpv.conf` names it, with a path that is too long for a socket.
    TooLong,
}

/// Looks at every socket that the watcher would look at. Sockets that have nothing to do with mpv are not disturbed and not
/// listed. Takes a few seconds at most, where none of them answers.
pub async fn survey(settings: MpvSettings) -> Survey {
    let (reports, _nobody) = mpsc::channel(1);
    let candidates = Candidates::find(settings, WatcherContext::new(reports)).await;
    let kernel = Arc::new(read_kernel().await);
    let looks = candidates.addresses.iter().cloned().map(|address| {
        let (kernel, trusted) = (Arc::clone(&kernel), candidates.trusts(&address));
        let named = candidates.named.contains(&address);
        async move {
            let trouble = look(&address, trusted, named, kernel).await?;
            Some(TroubledSocket { path: address, trouble })
        }
    });
    let mut troubled: Vec<TroubledSocket> =
        stream::iter(looks).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    troubled.sort();
    Survey { troubled, without_socket: kernel.without_socket() }
}

async fn look(address: &Path, trusted: bool, named: bool, kernel: Arc<Kernel>) -> Option<SocketTrouble> {
    if named && address.as_os_str().len() >= TOO_LONG {
        return Some(SocketTrouble::TooLong);
    }
    let path = address.to_owned();
    let found = off_thread(move || {
        if kernel::is_abstract(&path) || path.exists() {
            return if trusted || !is_strangers(&path, &kernel) { Found::Candidate } else { Found::Nothing };
        }
        let folder_is_missing = named && path.parent().is_some_and(|folder| !folder.is_dir());
        if folder_is_missing { Found::NoFolder } else { Found::Nothing }
    });
    match found.await? {
        Found::Nothing => return None,
        Found::NoFolder => return Some(SocketTrouble::NoFolder),
        Found::Candidate => {}
    }
    // What is said of sockets that are not certainly mpv's must not be about those of others.
    let ours = trusted || is_called_mpv(address);
    match approach(address, trusted).await {
        Ok((stream, _)) => {
            let mute = !answers(stream).await;
            mute.then_some(SocketTrouble::DoesNotAnswer).filter(|_| ours)
        }
        Err(Refusal::AnotherPrograms) => None,
        Err(Refusal::AnotherUsers) => ours.then_some(SocketTrouble::AnotherUsers),
        Err(Refusal::NotPermitted) => ours.then_some(SocketTrouble::NotPermitted),
        Err(Refusal::NobodyListens(io::ErrorKind::TimedOut)) => ours.then_some(SocketTrouble::DoesNotAnswer),
        Err(Refusal::NobodyListens(_)) => ours.then_some(SocketTrouble::NobodyListens),
    }
}

enum Found {
    Nothing,
    NoFolder,
    Candidate,
}

fn is_called_mpv(address: &Path) -> bool {
    address.as_os_str().as_bytes().to_ascii_lowercase().windows(3).any(|part| part == b"mpv")
}

/// Whether something comes back. What it is, the watcher judges.
async fn answers(mut stream: UnixStream) -> bool {
    let conversation = async {
        stream.write_all(b"{\"command\":[\"get_property\",\"pid\"],\"request_id\":1}\n").await?;
        stream.read_u8().await
    };
    matches!(tokio::time::timeout(PATIENCE, conversation).await, Ok(Ok(_)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::player::mpv::Places;

    fn settings(folder: &Path) -> MpvSettings {
        let places = Places {
            folders: vec![folder.to_owned()],
            configurations: vec![folder.join("mpv.conf")],
            ..Places::default()
        };
        MpvSettings { sockets: vec![format!("{}/mine-*", folder.display())], places }
    }

    #[tokio::test]
    async fn what_is_wrong_with_each_socket_is_told_and_strangers_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        drop(UnixListener::bind(at("mpv-left-over")).unwrap());
        drop(UnixListener::bind(at("other-left-over")).unwrap());
        let _mute = UnixListener::bind(at("mine-mute")).unwrap();
        let stranger = UnixListener::bind(at("mpv-lookalike")).unwrap();
        stranger.set_nonblocking(true).unwrap();
        let long = at(&"l".repeat(TOO_LONG));
        fs::write(
            at("mpv.conf"),
            format!(
                "input-ipc-server={}\n[a]\ninput-ipc-server={}\n[b]\ninput-ipc-server={}\n",
                at("nowhere/mpv").display(),
                long.display(),
                at("not-started-yet").display(),
            ),
        )
        .unwrap();
        let found = survey(settings(folder.path())).await;
        let mut expected = [
            (long, SocketTrouble::TooLong),
            (at("mine-mute"), SocketTrouble::DoesNotAnswer),
            (at("mpv-left-over"), SocketTrouble::NobodyListens),
            (at("nowhere/mpv"), SocketTrouble::NoFolder),
        ]
        .map(|(path, trouble)| TroubledSocket { path, trouble });
        expected.sort();
        assert_eq!(found.troubled, expected);
        assert!(stranger.accept().is_err(), "it was not disturbed");
    }
}

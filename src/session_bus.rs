//! The session bus: where it is, calls with a time-out, and the wait for a bus that is not there.

mod sieve;

use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use sieve::Sieve;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use zbus::Connection;
use zbus::address::Transport;
use zbus::address::transport::UnixSocket;
use zbus::connection::Builder;
use zbus::connection::socket::{ReadHalf, Split, WriteHalf};

/// How long a call may take. A frozen program answers nothing.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// No answer in time.
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
    /// An error, or nonsense.
    #[error(transparent)]
    Bus(#[from] zbus::Error),
}

/// Connects to the session bus at `address`, which may list several: the first that answers is it.
pub(crate) async fn connect(address: &str) -> Result<Connection, CallError> {
    let mut result = Err(CallError::Bus(zbus::Error::Address("nothing is in it".into())));
    for address in address.split(';').filter(|address| !address.is_empty()) {
        result = in_time(connect_to(address)).await;
        if result.is_ok() {
            break;
        }
    }
    result
}

/// Connects to the bus at one address. What it sends is bounded, unless it is reached in a way that no desktop uses.
async fn connect_to(address: &str) -> zbus::Result<Connection> {
    let address: zbus::Address = address.parse()?;
    let socket = match address.transport() {
        Transport::Unix(unix) => match unix.path() {
            UnixSocket::File(path) => Some(SocketAddr::from_pathname(path)?),
            UnixSocket::Abstract(name) => Some(SocketAddr::from_abstract_name(name.as_bytes())?),
            _ => None,
        },
        _ => None,
    };
    let Some(socket) = socket else { return Builder::address(address)?.build().await };
    // Done at once, or not at all: nobody is asked on the way.
    let stream = std::os::unix::net::UnixStream::connect_addr(&socket)?;
    stream.set_nonblocking(true)?;
    let (reader, writer) = UnixStream::from_std(stream)?.into_split();
    let (reader, writer) = (Box::new(Sieve::new(reader)), Box::new(writer));
    Builder::socket(Split::new(reader as Box<dyn ReadHalf>, writer as Box<dyn WriteHalf>)).build().await
}

/// Waits for the answer of `call`, for a while.
pub(crate) async fn in_time<T>(call: impl Future<Output = Result<T, zbus::Error>>) -> Result<T, CallError> {
    match tokio::time::timeout(TIMEOUT, call).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(CallError::TimedOut),
    }
}

/// Where the session bus is, by the environment; `None` when it does not say.
pub(crate) fn session_address() -> Option<String> {
    match std::env::var("DBUS_SESSION_BUS_ADDRESS") {
        Ok(address) if !address.is_empty() => Some(address),
        _ => {
            let folder = std::env::var_os("XDG_RUNTIME_DIR")?;
            Some(format!("unix:path={}", Path::new(&folder).join("bus").display()))
        }
    }
}

/// How often a bus is tried that cannot be watched for, or that is there and does not answer.
const BLIND_TRY: Duration = Duration::from_secs(30);

/// A look at the place where a bus would appear. Made before connecting is tried, so that nothing is missed.
pub(crate) struct SocketWatch {
    _watcher: Option<RecommendedWatcher>,
    changes: Option<mpsc::Receiver<()>>,
}

impl SocketWatch {
    /// Watches the socket of `address`, or the folder nearest to it that exists already.
    pub(crate) fn start(address: &str) -> Self {
        let (tell, changes) = mpsc::channel(1);
        let watcher = socket_path(address).and_then(|socket| {
            // The nearest folder that exists, and what is to appear in it.
            let (folder, name) = socket
                .ancestors()
                .zip(socket.ancestors().skip(1))
                .find(|(_, folder)| folder.is_dir())
                .and_then(|(next, folder)| Some((folder.to_owned(), next.file_name()?.to_owned())))?;
            let concerns = move |event: notify::Event| {
                // Reading is no change, and connecting is reading.
                !event.kind.is_access()
                    && (event.need_rescan()
                        || event.paths.iter().any(|path| path.file_name() == Some(name.as_os_str())))
            };
            let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                if event.is_ok_and(&concerns) {
                    // One waiting word is enough.
                    let _ = tell.try_send(());
                }
            })
            .ok()?;
            watcher.watch(&folder, RecursiveMode::NonRecursive).ok()?;
            Some(watcher)
        });
        Self { changes: watcher.is_some().then_some(changes), _watcher: watcher }
    }

    /// Waits until another try is worth it after `error`: until something has happened there, or for a while
    /// where that would show nothing.
    pub(crate) async fn changed(mut self, error: &CallError) {
        let is_there = matches!(error, CallError::TimedOut);
        match &mut self.changes {
            Some(changes) if !is_there => {
                let _ = changes.recv().await;
                // The socket is bound before it listens.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            _ => tokio::time::sleep(BLIND_TRY).await,
        }
    }
}

fn socket_path(address: &str) -> Option<PathBuf> {
    let path = address.split(';').find_map(|address| {
        address.strip_prefix("unix:")?.split(',').find_map(|part| part.strip_prefix("path="))
    })?;
    let path = percent_encoding::percent_decode_str(path).collect();
    Some(PathBuf::from(OsString::from_vec(path)))
}

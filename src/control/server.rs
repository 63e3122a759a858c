//! The daemon's end.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tracing::debug;

use super::{LiveStatus, NUDGE, OK, STATUS};

/// How many commands are listened to at once; more of them wait.
const AT_ONCE: usize = 16;
/// How long a command may take for its question.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest question.
const MAX_QUESTION: u64 = 64;

/// What a command wants of the daemon.
#[derive(Debug)]
pub enum Asked {
    /// Something in the journal has changed. Answered when it has been taken in.
    Nudge(oneshot::Sender<()>),
    /// What is going on?
    Status(oneshot::Sender<LiveStatus>),
}

/// Why the socket could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make the socket {}: commands will not reach the daemon", path.display())]
pub struct ListenError {
    path: PathBuf,
    source: io::Error,
}

/// The socket, removed when it is dropped.
#[derive(Debug)]
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Makes the socket. The caller holds the daemon's lock: one that is there already is left over from a crash.
    ///
    /// # Errors
    /// When the folder or the socket cannot be made.
    pub fn bind(path: PathBuf) -> Result<Self, ListenError> {
        let bind = |path: &Path| {
            if let Some(folder) = path.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(path)?;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            Ok(listener)
        };
        match bind(&path) {
            Ok(listener) => Ok(Self { listener, path }),
            Err(source) => Err(ListenError { path, source }),
        }
    }

    /// Passes on what commands ask, until it is dropped.
    pub async fn serve(self, asked: mpsc::Sender<Asked>) {
        let mut conversations = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if conversations.len() < AT_ONCE => match accepted {
                    Ok((stream, _)) => {
                        let asked = asked.clone();
                        conversations.spawn(async move {
                            let answered = tokio::time::timeout(PATIENCE, converse(stream, asked)).await;
                            if let Ok(Err(error)) = answered {
                                debug!(%error, "a command left");
                            }
                        });
                    }
                    Err(error) => {
                        // Out of file descriptors, most likely: a moment later there are some again.
                        debug!(%error, "a command could not be listened to");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                },
                Some(_) = conversations.join_next() => {}
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Nothing is lost if it stays: the next daemon replaces it.
        let _ = fs::remove_file(&self.path);
    }
}

async fn converse(stream: UnixStream, asked: mpsc::Sender<Asked>) -> io::Result<()> {
    if stream.peer_cred()?.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let (reader, mut writer) = stream.into_split();
    let mut question = String::new();
    BufReader::new(reader.take(MAX_QUESTION)).read_line(&mut question).await?;
    let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
    let answer = match question.trim_end() {
        NUDGE => {
            let (reply, heard) = oneshot::channel();
            asked.send(Asked::Nudge(reply)).await.map_err(|_| gone())?;
            heard.await.map_err(|_| gone())?;
            OK.to_owned()
        }
        STATUS => {
            let (reply, status) = oneshot::channel();
            asked.send(Asked::Status(reply)).await.map_err(|_| gone())?;
            serde_json::to_string(&status.await.map_err(|_| gone())?)?
        }
        _ => "unknown question".to_owned(),
    };
    writer.write_all(format!("{answer}\n").as_bytes()).await
}

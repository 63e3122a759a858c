//! The commands' end.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::{LiveStatus, NUDGE, OK, STATUS};

/// How long the daemon may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much an answer may hold: a thousand players fit.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// Why the daemon gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// There is none.
    #[error("the daemon is not running")]
    NotRunning,
    /// It is there and says nothing.
    #[error("the daemon did not answer on {} within {} s", path.display(), PATIENCE.as_secs())]
    Silent {
        /// The socket.
        path: PathBuf,
    },
    /// The socket cannot be used.
    #[error("cannot talk to the daemon through {}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It answered something else.
    #[error("the daemon's answer on {} cannot be understood: is it of another release? Restart it", path.display())]
    Foreign {
        /// The socket.
        path: PathBuf,
    },
}

/// Tells the daemon that something in the journal has changed.
///
/// # Errors
/// When there is no daemon, which is no harm, or it does not answer.
pub async fn nudge(socket: &Path) -> Result<(), ControlError> {
    if ask(socket, NUDGE).await?.trim_end() == OK {
        Ok(())
    } else {
        Err(ControlError::Foreign { path: socket.to_path_buf() })
    }
}

/// Asks the daemon what is going on.
///
/// # Errors
/// When there is no daemon, or it does not answer.
pub async fn status(socket: &Path) -> Result<LiveStatus, ControlError> {
    let answer = ask(socket, STATUS).await?;
    serde_json::from_str(&answer).map_err(|_| ControlError::Foreign { path: socket.to_path_buf() })
}

async fn ask(socket: &Path, question: &str) -> Result<String, ControlError> {
    let fail = |source| ControlError::Io { path: socket.to_path_buf(), source };
    let conversation = async {
        let mut stream = UnixStream::connect(socket).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ControlError::NotRunning,
            _ => fail(error),
        })?;
        stream.write_all(format!("{question}\n").as_bytes()).await.map_err(fail)?;
        let mut answer = String::new();
        BufReader::new(stream.take(MAX_ANSWER)).read_line(&mut answer).await.map_err(fail)?;
        Ok(answer)
    };
    tokio::time::timeout(PATIENCE, conversation)
        .await
        .unwrap_or_else(|_| Err(ControlError::Silent { path: socket.to_path_buf() }))
}

//! Real mpv, and films for it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::Child;

use crate::desk::LIMIT;

/// How long the film is, in seconds.
pub(crate) const LENGTH: f64 = 400.0;

static FILM: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("film.mkv");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=16x16:rate=10"])
        .args(["-t", &LENGTH.to_string(), "-c:v", "mpeg4", "-g", "50"])
        .args(["-metadata", "title=Pilot", "-metadata", "SHOW=Example Show"])
        .arg(&file)
        .stdin(Stdio::null())
        .status()
        .expect("ffmpeg is installed");
    assert!(made.success(), "ffmpeg made no film");
    std::fs::read(file).expect("the film")
});

/// Puts a film of [`LENGTH`] there.
pub(crate) fn film(path: impl Into<PathBuf>) -> PathBuf {
    let path = path.into();
    std::fs::write(&path, &*FILM).expect("a writable folder");
    path
}

/// Puts the first half of a film there, as a broken download leaves it.
pub(crate) fn half_a_film(path: impl Into<PathBuf>) -> PathBuf {
    let path = path.into();
    std::fs::write(&path, &FILM[..FILM.len() / 2]).expect("a writable folder");
    path
}

/// A running mpv. It ends with the test.
pub(crate) struct Mpv {
    child: Child,
    socket: PathBuf,
}

impl Mpv {
    pub(crate) fn start(socket: &Path, arguments: &[&OsStr]) -> Self {
        Self::start_in(Path::new("/"), socket, arguments)
    }

    /// Starts mpv in a folder. Only the socket is given to it besides `arguments`.
    pub(crate) fn start_in(folder: &Path, socket: &Path, arguments: &[&OsStr]) -> Self {
        Self::run(tokio::process::Command::new("mpv"), folder, socket, arguments)
    }

    /// Plays a file as the child of a program of the name `front_end`. Must be told to quit.
    pub(crate) fn play_below(front_end: &Path, socket: &Path, file: &Path) -> Self {
        std::fs::copy("/bin/sh", front_end).expect("a shell");
        let mut command = tokio::process::Command::new(front_end);
        command.args(["-c", "mpv \"$@\" & wait", "sh"]);
        Self::run(command, Path::new("/"), socket, &[file.as_os_str()])
    }

    fn run(mut command: tokio::process::Command, folder: &Path, socket: &Path, arguments: &[&OsStr]) -> Self {
        let mut option = std::ffi::OsString::from("--input-ipc-server=");
        option.push(socket);
        let child = command
            .args(["--no-config", "--vo=null", "--ao=null", "--no-terminal", "--load-scripts=no"])
            .arg(option)
            .args(arguments)
            .current_dir(folder)
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("mpv is installed");
        Self { child, socket: socket.to_owned() }
    }

    /// Starts mpv with a file.
    pub(crate) fn play(socket: &Path, file: &Path) -> Self {
        Self::start(socket, &[file.as_os_str()])
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("a running mpv")
    }

    /// Tells mpv what to do, on a connection of its own, and waits for the answer.
    pub(crate) async fn tell(&self, command: Value) {
        let telling = async {
            let stream = self.connect().await;
            let mut stream = BufReader::new(stream);
            let line = format!("{}\n", json!({ "command": command, "request_id": 77 }));
            stream.write_all(line.as_bytes()).await.expect("mpv takes commands");
            let mut line = String::new();
            loop {
                line.clear();
                let count = stream.read_line(&mut line).await.expect("mpv answers");
                // Told to quit, it may do so before it answers.
                if count == 0 || line.contains("\"request_id\":77") {
                    break;
                }
            }
        };
        tokio::time::timeout(LIMIT, telling).await.expect("mpv answers in time");
    }

    async fn connect(&self) -> UnixStream {
        loop {
            match UnixStream::connect(&self.socket).await {
                Ok(stream) => return stream,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
    }

    /// Waits until the socket can be connected to.
    pub(crate) async fn ready(&self) {
        tokio::time::timeout(LIMIT, self.connect()).await.expect("mpv opens its socket");
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("a running mpv");
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status();
        assert!(sent.expect("kill is installed").success());
    }
}

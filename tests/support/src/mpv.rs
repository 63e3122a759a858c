//! Talking to an mpv that a test has started, as its user's fingers would.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::wait::until;

const LIMIT: Duration = Duration::from_secs(180);

/// The remote control of the mpv behind a socket.
#[derive(Debug)]
pub struct Remote {
    socket: PathBuf,
}

impl Remote {
    /// Of the mpv that listens, or will listen, on `socket`.
    ///
    /// # Panics
    /// When nobody listens there in time.
    #[must_use]
    pub fn new(socket: &Path) -> Self {
        until("mpv listens", LIMIT, || UnixStream::connect(socket).ok());
        Self { socket: socket.to_path_buf() }
    }

    /// Has mpv do something, such as `["seek", 90, "absolute-percent"]`, and gives its answer's `data`.
    ///
    /// # Panics
    /// When mpv does not do it.
    pub fn command(&self, command: &Value) -> Value {
        let answer = self.ask(command);
        assert_eq!(answer["error"], "success", "{command}: {answer}");
        answer["data"].clone()
    }

    /// The position in seconds, once there is one.
    ///
    /// # Panics
    /// When there is none in time.
    #[must_use]
    pub fn position(&self) -> f64 {
        until("mpv plays", LIMIT, || self.ask(&json!(["get_property", "time-pos"]))["data"].as_f64())
    }

    /// Waits until the position is at least `seconds`.
    ///
    /// # Panics
    /// When it does not get there in time.
    pub fn wait_until_at(&self, seconds: f64) {
        until("mpv gets there", LIMIT, || (self.position() >= seconds).then_some(()));
    }

    fn ask(&self, command: &Value) -> Value {
        let mut stream = UnixStream::connect(&self.socket).expect("mpv listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a socket of our own");
        let question = json!({"command": command, "request_id": 4711});
        stream.write_all(format!("{question}\n").as_bytes()).expect("mpv reads");
        for line in BufReader::new(stream).lines() {
            let line: Value = serde_json::from_str(&line.expect("mpv answers")).expect("mpv speaks JSON");
            if line["request_id"] == 4711 {
                return line;
            }
        }
        panic!("mpv has gone");
    }
}

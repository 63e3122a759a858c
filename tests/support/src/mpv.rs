//! Talking to an mpv that a test has started, as its user's fingers would.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::scene::now;
use crate::wait::until;

const LIMIT: Duration = Duration::from_secs(180);

/// When a player was somewhere. One in fast motion is slower than it says on a machine with a lot to do, and who goes by
/// its word takes it to be there earlier: both are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// When it had to be there by its speed, since it was last told to do something. Never after `seen`.
    pub due: Timestamp,
    /// When it was seen there.
    pub seen: Timestamp,
}

impl Reached {
    /// Whether `time` is right, give or take `tolerance`.
    #[must_use]
    pub fn is(self, time: Timestamp, tolerance: SignedDuration) -> bool {
        self.due.duration_since(time) < tolerance && time.duration_since(self.seen) < tolerance
    }
}

impl From<Timestamp> for Reached {
    fn from(time: Timestamp) -> Self {
        Self { due: time, seen: time }
    }
}

/// The remote control of the mpv behind a socket.
#[derive(Debug)]
pub struct Remote {
    socket: PathBuf,
    /// Where it was, and when, the first time that was seen since it was last told to do something.
    anchor: Mutex<Option<(f64, Timestamp)>>,
}

impl Remote {
    /// Of the mpv that listens, or will listen, on `socket`.
    ///
    /// # Panics
    /// When nobody listens there in time.
    #[must_use]
    pub fn new(socket: &Path) -> Self {
        until("mpv listens", LIMIT, || UnixStream::connect(socket).ok());
        Self { socket: socket.to_path_buf(), anchor: Mutex::default() }
    }

    /// Has mpv do something, such as `["seek", 90, "absolute-percent"]`, and gives its answer's `data`.
    ///
    /// # Panics
    /// When mpv does not do it.
    pub fn command(&self, command: &Value) -> Value {
        let answer = self.ask(command);
        assert_eq!(answer["error"], "success", "{command}: {answer}");
        *self.anchor.lock().expect("nobody panics with it") = None;
        answer["data"].clone()
    }

    /// The position in seconds, once there is one.
    ///
    /// # Panics
    /// When there is none in time.
    #[must_use]
    pub fn position(&self) -> f64 {
        let position =
            until("mpv plays", LIMIT, || self.ask(&json!(["get_property", "time-pos"]))["data"].as_f64());
        self.anchor.lock().expect("nobody panics with it").get_or_insert_with(|| (position, now()));
        position
    }

    /// Waits until the position is at least `seconds`, and says when that was.
    ///
    /// # Panics
    /// When it does not get there in time.
    pub fn wait_until_at(&self, seconds: f64) -> Reached {
        until("mpv gets there", LIMIT, || (self.position() >= seconds).then_some(()));
        let seen = now();
        let speed = self.ask(&json!(["get_property", "speed"]))["data"].as_f64();
        let anchor = *self.anchor.lock().expect("nobody panics with it");
        let due = anchor.zip(speed).and_then(|((from, at), speed)| {
            at.checked_add(SignedDuration::try_from_secs_f64((seconds - from) / speed).ok()?).ok()
        });
        Reached { due: due.unwrap_or(seen).min(seen), seen }
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

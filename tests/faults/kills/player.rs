//! A real player that plays fast, and the eye on it.

use std::fs;
use std::path::Path;

use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::mpv::Remote;
use discovr_scrobbler_support::players::RealPlayer;
use discovr_scrobbler_support::wait::until;
use jiff::Timestamp;
use serde_json::json;

use super::eye::Eye;
use super::plan::Show;
use crate::scene::{LIMIT, socket};

/// How long everything is that is played here, in seconds.
pub(super) const LENGTH: f64 = 1200.0;
/// How fast it is played.
pub(super) const SPEED: f64 = 50.0;

/// A part of what is played: what counts as watching it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// In seconds from the beginning, as all that follow.
    pub(super) threshold: f64,
    pub(super) length: f64,
}

/// An mpv. Gone when it is dropped.
#[derive(Debug)]
pub(super) struct Player {
    process: RealPlayer,
    remote: Remote,
    eye: Eye,
}

impl Part {
    /// Where kills at play end: who has watched up to here and goes on beyond the threshold has watched it.
    pub(super) fn leads_from(self) -> f64 {
        self.threshold - self.length * 0.1
    }

    pub(super) fn end(self) -> f64 {
        self.threshold + self.length * 0.2
    }
}

/// What is to be watched of it.
pub(super) fn parts(show: Show) -> Vec<Part> {
    let count = if show == Show::TwoEpisodes { 2 } else { 1 };
    let length = LENGTH / f64::from(count);
    (0..count).map(|part| Part { threshold: length * (f64::from(part) + 0.8), length }).collect()
}

impl Player {
    /// Plays `file` in `home` from `start`, in seconds, and has an eye on the thresholds of its `parts`.
    pub(super) fn start(home: &Home, file: &Path, start: f64, parts: &[Part], paused: bool) -> Self {
        let socket = socket(home);
        let _ = fs::remove_file(&socket);
        let arguments = [
            format!("--input-ipc-server={}", socket.display()),
            format!("--start={start}"),
            format!("--speed={SPEED}"),
            format!("--pause={}", if paused { "yes" } else { "no" }),
            "--keep-open=yes".to_owned(),
        ];
        let process = RealPlayer::bare_mpv(&[file], &arguments.each_ref().map(String::as_str));
        let remote = Remote::new(&socket);
        let marks: Vec<f64> = parts.iter().map(|part| part.threshold).collect();
        // Before it has one it cannot be told anything.
        let _ = remote.position();
        let eye = Eye::on(&socket, SPEED, &marks);
        Self { process, remote, eye }
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Seconds from the beginning.
    pub(super) fn position(&self) -> f64 {
        self.eye.position()
    }

    /// See [`Eye::reached`].
    pub(super) fn reached(&self, mark: f64) -> (Timestamp, Timestamp) {
        until("mpv was there", LIMIT, || self.eye.reached(mark))
    }

    pub(super) fn pause(&self) {
        self.remote.command(&json!(["set_property", "pause", true]));
    }

    pub(super) fn go_on(&self, speed: f64) {
        self.eye.plays_at(speed);
        self.remote.command(&json!(["set_property", "speed", speed]));
        self.remote.command(&json!(["set_property", "pause", false]));
    }

    /// Goes back a little.
    pub(super) fn go_back(&self) {
        self.remote.command(&json!(["seek", -20, "relative"]));
    }

    /// Goes elsewhere in a pause, and waits until it is there.
    pub(super) fn seek(&self, seconds: f64) {
        self.remote.command(&json!(["seek", seconds, "absolute", "exact"]));
        until("mpv goes there", LIMIT, || ((self.position() - seconds).abs() < 5.0).then_some(()));
    }

    /// Waits until it is there, or at its end.
    pub(super) fn wait_until_at(&self, seconds: f64) {
        let seconds = seconds.min(LENGTH - 2.0);
        until("mpv gets there", LIMIT, || (self.position() >= seconds).then_some(()));
    }

    pub(super) fn quit(self) {
        self.process.quit();
    }
}

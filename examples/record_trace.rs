//! Records what real mpv says on its socket, for `tests/playback/traces.rs`:
//! `cargo run --example record_trace -- tests/traces`.
//!
//! The paths in the records are rewritten to `/videos/…`; otherwise they are what the watcher reported, one report a
//! line.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use discovr_scrobbler::player::mpv::{MpvSettings, Places, watch};
use discovr_scrobbler::player::{Observation, PlayState, PlayerReport, WatcherContext};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// How long the films are, in seconds: longer than the shortest viewing.
const LENGTH: u32 = 400;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Story {
    /// From the first second to the last, and mpv quits.
    Watched,
    PausedAndSought,
    /// mpv stays at the end; then someone closes it.
    KeepOpen,
    Quit,
    Killed,
    /// Twice from beginning to end.
    LoopFile,
    /// Two films.
    Playlist,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let target = PathBuf::from(std::env::args_os().nth(1).expect("the folder for the traces"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let films = ["Example.Show.S01E02.mkv", "Example.Show.S01E03.mkv"].map(|name| folder.path().join(name));
    for film in &films {
        make(film).await;
    }
    for (story, name) in [
        (Story::Watched, "watched"),
        (Story::PausedAndSought, "paused-and-sought"),
        (Story::KeepOpen, "keep-open"),
        (Story::Quit, "quit"),
        (Story::Killed, "killed"),
        (Story::LoopFile, "loop-file"),
        (Story::Playlist, "playlist"),
    ] {
        let lines: Vec<String> = record(story, &folder.path().join(name), &films)
            .await
            .iter()
            .map(|report| serde_json::to_string(report).expect("reports can be written"))
            .map(|line| line.replace(&folder.path().display().to_string(), "/videos"))
            .collect();
        let file = target.join(format!("mpv-{name}.jsonl"));
        fs::write(file, lines.join("\n") + "\n").expect("a writable folder");
    }
}

async fn make(film: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=16x16:rate=10", "-c:v", "mpeg4"])
        .args(["-t", &LENGTH.to_string()])
        .arg(film)
        .stdin(Stdio::null())
        .status()
        .await
        .expect("ffmpeg is installed");
    assert!(made.success(), "ffmpeg made no film");
}

async fn record(story: Story, sockets: &Path, films: &[PathBuf]) -> Vec<PlayerReport> {
    fs::create_dir(sockets).expect("a new folder");
    let (sender, inbox) = mpsc::channel(1024);
    let context = WatcherContext::new(sender);
    let cancel = context.cancel.clone();
    let places = Places { folders: vec![sockets.to_owned()], ..Places::default() };
    let watcher = tokio::spawn(watch(MpvSettings { sockets: Vec::new(), places }, context));

    let socket = sockets.join("mpv");
    let options: &[&str] = match story {
        Story::Watched | Story::Playlist => &["--speed=100"],
        Story::KeepOpen => &["--speed=100", "--keep-open"],
        Story::LoopFile => &["--speed=100", "--loop-file=1"],
        Story::PausedAndSought | Story::Quit | Story::Killed => &[],
    };
    let films = if story == Story::Playlist { films } else { &films[..1] };
    let mut mpv = start(&socket, options, films);
    let mut record = Record { inbox, reports: Vec::new() };
    record.until(is_playing).await;
    match story {
        Story::Watched | Story::LoopFile | Story::Playlist => {}
        Story::PausedAndSought => {
            for command in [
                json!(["set_property", "pause", true]),
                json!(["seek", 100, "absolute"]),
                json!(["set_property", "pause", false]),
                json!(["seek", 200, "absolute"]),
            ] {
                a_while().await;
                tell(&socket, &command).await;
            }
            a_while().await;
            tell(&socket, &json!(["quit"])).await;
        }
        Story::KeepOpen => {
            record.until(|seen| seen.ended && seen.state == PlayState::Paused).await;
            a_while().await;
            tell(&socket, &json!(["quit"])).await;
        }
        Story::Quit => {
            a_while().await;
            tell(&socket, &json!(["quit"])).await;
        }
        Story::Killed => {
            a_while().await;
            mpv.kill().await.expect("a running mpv");
        }
    }
    while !matches!(record.reports.last(), Some(PlayerReport::Gone { .. })) {
        record.next().await;
    }
    cancel.cancel();
    watcher.await.expect("the watcher does not panic");
    record.reports
}

struct Record {
    inbox: mpsc::Receiver<PlayerReport>,
    reports: Vec<PlayerReport>,
}

impl Record {
    async fn next(&mut self) {
        self.reports.push(self.inbox.recv().await.expect("the watcher runs"));
    }

    async fn until(&mut self, wanted: impl Fn(&Observation) -> bool) {
        loop {
            self.next().await;
            if let Some(PlayerReport::Observed(seen)) = self.reports.last()
                && wanted(seen)
            {
                return;
            }
        }
    }
}

fn start(socket: &Path, options: &[&str], films: &[PathBuf]) -> Child {
    Command::new("mpv")
        .args(["--no-config", "--vo=null", "--ao=null", "--no-terminal", "--load-scripts=no"])
        .arg(format!("--input-ipc-server={}", socket.display()))
        .args(options)
        .args(films.iter().map(|film| -> &OsStr { film.as_os_str() }))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("mpv is installed")
}

async fn tell(socket: &Path, command: &Value) {
    let mut stream = UnixStream::connect(socket).await.expect("mpv listens");
    let line = format!("{}\n", json!({ "command": command }));
    stream.write_all(line.as_bytes()).await.expect("mpv takes commands");
}

fn is_playing(seen: &Observation) -> bool {
    seen.state == PlayState::Playing && seen.rate.get() > 0.0
}

async fn a_while() {
    tokio::time::sleep(Duration::from_secs(4)).await;
}

//! Records what real players say on the bus, for `tests/playback/traces.rs`:
//! `cargo run --example record_mpris_trace -- tests/traces`.
//!
//! The paths in the records are rewritten to `/videos/…`; otherwise they are what the watcher reported, one report a
//! line.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use discovr_scrobbler::player::mpris::{MprisSettings, watch};
use discovr_scrobbler::player::{PlayState, PlayerReport, WatcherContext};
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::media;
use discovr_scrobbler_support::players::RealPlayer;
use discovr_scrobbler_support::remote::Remote;
use tokio::sync::mpsc;

const MINUTES: u32 = 30;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Vlc,
    MpvMpris,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Story {
    Watched,
    PausedAndSought,
    Quit,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let target = PathBuf::from(std::env::args_os().nth(1).expect("the folder for the traces"));
    let folder = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .expect("a temporary folder");
    let film = media::video(folder.path(), "Example.Show.S01E02.mkv", MINUTES * 60, 10);
    for (which, player) in [(Which::MpvMpris, "mpv-mpris"), (Which::Vlc, "vlc")] {
        for (story, name) in [
            (Story::Watched, "watched"),
            (Story::PausedAndSought, "paused-and-sought"),
            (Story::Quit, "quit"),
        ] {
            let reports = record(which, story, &film).await;
            let lines: Vec<String> = reports
                .iter()
                .map(|report| serde_json::to_string(report).expect("reports can be written"))
                .map(|line| line.replace(&folder.path().display().to_string(), "/videos"))
                .collect();
            let file = target.join(format!("{player}-{name}.jsonl"));
            fs::write(file, lines.join("\n") + "\n").expect("a writable folder");
        }
    }
}

async fn record(which: Which, story: Story, film: &Path) -> Vec<PlayerReport> {
    let bus = Bus::start();
    let (sender, mut inbox) = mpsc::channel(1024);
    let context = WatcherContext::new(sender);
    let cancel = context.cancel.clone();
    let settings = MprisSettings { address: Some(bus.address()), ..MprisSettings::default() };
    let watcher = tokio::spawn(watch(settings, context));
    let fast = story == Story::Watched;
    let (player, name) = match which {
        Which::Vlc => (RealPlayer::vlc(&bus, &[film], if fast { &["--rate=30"] } else { &[] }), "vlc"),
        Which::MpvMpris => {
            (RealPlayer::mpv_mpris(&bus, &[film], if fast { &["--speed=100"] } else { &[] }), "mpv")
        }
    };
    let mut reports = Vec::new();
    while !reports.last().is_some_and(is_playing) {
        reports.push(inbox.recv().await.expect("the watcher runs"));
    }
    match story {
        // VLC stops at the end of its list and stays; mpv quits.
        Story::Watched => {
            while reports.last().is_some_and(is_playing) {
                reports.push(inbox.recv().await.expect("the watcher runs"));
            }
        }
        Story::PausedAndSought => {
            let remote = Remote::of(&bus, name).await;
            a_while().await;
            remote.pause().await;
            a_while().await;
            remote.seek_by(600).await;
            a_while().await;
            remote.play().await;
            a_while().await;
            remote.seek_by(600).await;
            a_while().await;
        }
        Story::Quit => a_while().await,
    }
    player.quit();
    while !matches!(reports.last(), Some(PlayerReport::Gone { .. })) {
        reports.push(inbox.recv().await.expect("the watcher runs"));
    }
    cancel.cancel();
    watcher.await.expect("the watcher does not panic");
    reports
}

fn is_playing(report: &PlayerReport) -> bool {
    matches!(report, PlayerReport::Observed(seen) if seen.state == PlayState::Playing && seen.duration.is_some())
}

async fn a_while() {
    tokio::time::sleep(Duration::from_secs(4)).await;
}

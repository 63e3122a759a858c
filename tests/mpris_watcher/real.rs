//! Real players, playing something short.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use discovr_scrobbler::playback::EventKind::{Completed, Paused, Resumed, Sought, Started, Stopped};
use discovr_scrobbler::player::PlayState;
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::media;
use discovr_scrobbler_support::players::RealPlayer;
use discovr_scrobbler_support::remote::Remote;
use tempfile::TempDir;

use crate::desk::{Desk, path_of, secs};

/// A folder that every user can read: VLC may have to be another one.
fn videos() -> TempDir {
    tempfile::Builder::new()
        .prefix("videos.")
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .expect("a temporary folder")
}

/// Two films of three minutes, the name of one with everything that is encoded differently.
fn films(folder: &TempDir) -> (PathBuf, PathBuf) {
    let one = media::video(folder.path(), "Señor Film (2010) [50%].mkv", 180, 10);
    (one, media::video(folder.path(), "two.mkv", 180, 10))
}

fn location(desk: &Desk, index: usize) -> &Path {
    desk.events[index].viewing.media.location.path().expect("a file")
}

/// Tells mpv something through its socket and gives the first line of its answer.
fn tell(socket: &Path, line: &str) -> Option<String> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(line.as_bytes()).ok()?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).ok()?;
    Some(answer)
}

#[tokio::test]
async fn real_mpv_plays_a_list_to_its_end() {
    let bus = Bus::start();
    let folder = videos();
    let (one, two) = films(&folder);
    let mut desk = Desk::at(&bus);
    let mpv = RealPlayer::mpv_mpris(&bus, &[&one, &two], &["--speed=80"]);
    let seen = desk.sees_state(PlayState::Playing).await;
    assert_eq!((seen.source.player.as_str(), seen.source.pid), ("mpv", Some(mpv.pid())));
    assert_eq!(path_of(&seen), one);
    desk.sees_it_go().await;
    desk.until("the second is over", |desk| desk.count(Stopped) == 2).await;
    assert_eq!((desk.count(Started), desk.count(Completed)), (2, 2), "{:?}", desk.kinds());
    assert_eq!((desk.count(Paused), desk.viewings()), (0, 2), "{:?}", desk.kinds());
    assert_eq!((location(&desk, 0), location(&desk, desk.events.len() - 1)), (&*one, &*two));
    for stopped in desk.events.iter().filter(|event| event.kind == Stopped) {
        assert_eq!(stopped.viewing.duration.as_secs(), 180);
        assert!(stopped.viewing.progress().get() > 80.0, "{:?}", stopped.viewing.progress());
    }
}

#[tokio::test]
async fn real_mpv_is_paused_sought_and_quit() {
    let bus = Bus::start();
    let folder = videos();
    let (one, _) = films(&folder);
    let mut desk = Desk::at(&bus);
    let mpv = RealPlayer::mpv_mpris(&bus, &[&one], &[]);
    desk.event(Started).await;
    let remote = Remote::of(&bus, "mpv").await;
    remote.pause().await;
    desk.event(Paused).await;
    remote.seek_by(60).await;
    remote.play().await;
    let resumed = desk.event(Resumed).await;
    assert!(resumed.viewing.position.offset() >= Duration::from_secs(60));
    remote.seek_by(60).await;
    let sought = desk.event(Sought).await;
    assert!(sought.viewing.position.offset() >= Duration::from_secs(120));
    mpv.quit();
    let stopped = desk.event(Stopped).await;
    assert!(stopped.viewing.position.offset() >= Duration::from_secs(120));
    assert!(stopped.viewing.ranges.total() < Duration::from_secs(60));
    assert_eq!((desk.count(Started), desk.count(Completed), desk.viewings()), (1, 0, 1));
}

#[tokio::test]
async fn real_mpv_that_was_idle_says_stopped_and_is_followed_all_the_same() {
    let bus = Bus::start();
    let folder = videos();
    let (one, _) = films(&folder);
    let mut desk = Desk::at(&bus);
    let mpv = RealPlayer::mpv_mpris(&bus, &[], &["--idle", "--input-ipc-server=~/socket"]);
    let socket = mpv.home().join("socket");
    // Before it idles it may drop what it is told to load.
    let idle = "{\"command\":[\"get_property\",\"idle-active\"]}\n";
    desk.until("idle", |_| tell(&socket, idle).is_some_and(|answer| answer.contains("\"data\":true"))).await;
    desk.sees_nothing_loaded().await;
    let load = format!("{{\"command\":[\"loadfile\",\"{}\"]}}\n", one.display());
    tell(&socket, &load).expect("it answered before");
    desk.event(Started).await;
    mpv.kill();
    desk.event(Stopped).await;
}

#[tokio::test]
async fn real_vlc_plays_a_list_to_its_end_and_stays() {
    let bus = Bus::start();
    let folder = videos();
    let (one, two) = films(&folder);
    let mut desk = Desk::at(&bus);
    let mut vlc = RealPlayer::vlc(&bus, &[&one, &two], &["--rate=30"]);
    let seen = desk.sees_state(PlayState::Playing).await;
    assert_eq!((seen.source.player.as_str(), seen.source.pid), ("vlc", Some(vlc.pid())));
    assert_eq!(path_of(&seen), one);
    desk.until("the second is over", |desk| desk.count(Stopped) == 2).await;
    assert!(vlc.runs());
    assert_eq!((desk.count(Started), desk.count(Completed)), (2, 2), "{:?}", desk.kinds());
    assert_eq!((desk.count(Paused), desk.viewings()), (0, 2), "{:?}", desk.kinds());
    assert_eq!((location(&desk, 0), location(&desk, desk.events.len() - 1)), (&*one, &*two));
    for stopped in desk.events.iter().filter(|event| event.kind == Stopped) {
        assert_eq!(stopped.viewing.duration.as_secs(), 180);
        assert!(stopped.viewing.progress().get() > 80.0, "{:?}", stopped.viewing.progress());
    }
}

#[tokio::test]
async fn real_vlc_is_paused_sought_and_quit() {
    let bus = Bus::start();
    let folder = videos();
    let (one, _) = films(&folder);
    let mut desk = Desk::at(&bus);
    let vlc = RealPlayer::vlc(&bus, &[&one], &[]);
    desk.event(Started).await;
    let remote = Remote::of(&bus, "vlc").await;
    remote.pause().await;
    desk.event(Paused).await;
    remote.seek_by(60).await;
    remote.play().await;
    desk.event(Resumed).await;
    desk.until("the seek while paused", |desk| {
        desk.events.iter().any(|event| event.viewing.position.offset() >= Duration::from_secs(60))
    })
    .await;
    remote.seek_by(60).await;
    desk.sees("the seek", |seen| secs(seen.position) >= 120.0).await;
    desk.event(Sought).await;
    vlc.quit();
    let stopped = desk.event(Stopped).await;
    assert!(stopped.viewing.position.offset() >= Duration::from_secs(120));
    assert!(stopped.viewing.ranges.total() < Duration::from_secs(60));
    assert_eq!((desk.count(Started), desk.count(Completed), desk.viewings()), (1, 0, 1));
}

#[tokio::test]
async fn real_vlc_with_its_control_module_twice_is_one_viewing() {
    let bus = Bus::start();
    let folder = videos();
    let (one, _) = films(&folder);
    let mut desk = Desk::at(&bus);
    let vlc = RealPlayer::vlc(&bus, &[&one], &["--control=dbus"]);
    desk.event(Started).await;
    let remote = Remote::of(&bus, "vlc").await;
    assert_eq!(remote.owners().await.len(), 2);
    remote.pause().await;
    desk.event(Paused).await;
    remote.play().await;
    desk.event(Resumed).await;
    vlc.kill();
    desk.event(Stopped).await;
    assert_eq!(desk.kinds(), [Started, Paused, Resumed, Stopped]);
}

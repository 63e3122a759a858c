//! Sockets in the places of mpv's that speak nonsense, too much or nothing, and things in their places that are no sockets.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::mpv::Remote;
use discovr_scrobbler_support::report;
use discovr_scrobbler_support::wait::until;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use crate::hostile::{Ground, an_episode_is_told_during};
use crate::scene::*;

/// The variable in which `tests/run` names the socket of an mpv that it runs as another user.
const OTHERS_MPV: &str = "DISCOVR_SCROBBLER_TEST_OTHERS_MPV";

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_speak_nonsense_too_much_or_nothing_keep_nobody_up() {
    an_episode_is_told_during(
        "mpv's sockets speak garbage, lines without an end, a hundred thousand lines a second, or nothing",
        speakers,
    )
    .await;
}

async fn speakers(ground: Ground) {
    let folder = ground.runtime_dir.join("mpv");
    fs::create_dir(&folder).expect("a folder of our own");
    let videos = ground.videos.display().to_string();
    let mut speaking = JoinSet::new();
    let garbage: Vec<u8> =
        (0..65_536_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let title =
        json!({"event": "property-change", "name": "media-title", "data": "\u{1b}]0;x\u{7}".repeat(1000)});
    let path = |number: u32| {
        let path = format!("{videos}/Film {number}.mkv");
        format!("{}\n", json!({"event": "property-change", "name": "path", "data": path}))
    };
    let films: String = (0..1000)
        .map(|number| {
            format!("{{\"event\":\"start-file\"}}\n{}{{\"event\":\"file-loaded\"}}\n", path(number))
        })
        .collect();
    let absurd: String =
        ["1e999", "-1e308", "1e308", "null", "\"\"", "[[[[]]]]", "-0.0", "18446744073709551616"]
            .iter()
            .flat_map(|value| {
                ["duration", "time-pos", "speed", "pause", "path", "metadata", "track-list"].map(|name| {
                    format!("{{\"event\":\"property-change\",\"name\":\"{name}\",\"data\":{value}}}\n")
                })
            })
            .collect();
    for (name, words) in [
        ("garbage", garbage),
        ("endless", vec![b'x'; 1024 * 1024]),
        ("nested", [b"[".repeat(1024 * 1024), b"\n".to_vec()].concat()),
        ("list", [b"[".to_vec(), b"0,".repeat(900_000), b"0]\n".to_vec()].concat()),
        ("lines", b"{\"event\":\"seek\"}\n".repeat(4096)),
        ("titles", format!("{title}\n").repeat(100).into_bytes()),
        ("films", films.into_bytes()),
        ("absurd", absurd.into_bytes()),
        ("silent", Vec::new()),
    ] {
        let listener = UnixListener::bind(folder.join(name)).expect("a free path");
        speaking.spawn(speak(listener, words, ground.clone()));
    }
    ground.begun();
    while speaking.join_next().await.is_some() {}
}

/// Says the same to all who come, for ever.
async fn speak(listener: UnixListener, words: Vec<u8>, ground: Ground) {
    let mut held = Vec::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        while !words.is_empty() && stream.write_all(&words).await.is_ok() {
            ground.sent(1);
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        held.push(stream);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpv_of_another_user_is_not_listened_to_even_where_the_settings_name_it() {
    let others = std::env::var_os(OTHERS_MPV).map(PathBuf::from).unwrap_or_else(|| {
        panic!("{OTHERS_MPV} names the socket of an mpv of another user: tests/run starts one")
    });
    let discovr = Discovr::start().await;
    let home = home();
    let more = format!("{OFTEN}\n[players]\nmpv_sockets = [\"{}\"]\n", others.display());
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &more));
    symlink(&others, home.runtime_dir().join("mpv-link")).expect("a link of our own");
    let daemon = home.start_daemon();
    let film = video(&home, "Example Film (1999) {tmdb-603}.mkv");
    // The other user is root, who may read it.
    let theirs = Remote::new(&others);
    theirs.command(&json!(["loadfile", film, "replace", "start=60%,speed=50"]));
    let _ = theirs.position();
    let (player, remote) = mpv(&home, &episode(&home), &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    theirs.wait_until_at(LENGTH * 0.85);
    let said = "a socket belongs to another user";
    until("it is said", LIMIT, || home.log().contains(said).then_some(()));
    let doctor = home.run(&["doctor"]);
    assert!(doctor.stdout.contains("another user's"), "{doctor:?}");
    theirs.command(&json!(["stop"]));
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    assert_eq!(viewings(&home).len(), 1);
    player.quit();
    assert_eq!(daemon.stop(), Some(0));
    let told = home.log().matches(said).count();
    assert!(told < 10, "said {told} times");
    report::held("hostile input", "an mpv of another user plays behind a socket that the settings name", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_sockets_and_things_that_are_none_keep_nobody_up() {
    an_episode_is_told_during(
        "5,000 sockets in the folders of mpv's, pipes, devices and endless links in their places, and more each moment",
        crowd,
    )
    .await;
}

async fn crowd(ground: Ground) {
    let folder = ground.runtime_dir.join("mpv");
    fs::create_dir(&folder).expect("a folder of our own");
    let at = |name: &str| folder.join(name);
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe");
    fs::write(at("file"), "not a socket").expect("a file of our own");
    for (link, target) in
        [("loop", "loop"), ("a", "b"), ("b", "a"), ("zero", "/dev/zero"), ("gone", "nowhere")]
    {
        symlink(target, at(link)).expect("a link of our own");
    }
    fs::create_dir(at("folder")).expect("a folder of our own");
    // Left over, as by players that were killed.
    for number in 0..5000 {
        drop(listener(&folder.join(format!("left-over-{number}"))));
    }
    let mute: Vec<StdListener> =
        (0..200).map(|number| listener(&folder.join(format!("mute-{number}")))).collect();
    ground.begun();
    for round in 0_usize.. {
        let place = ground.runtime_dir.join(format!("passing-{}", round % 50));
        let passing = listener(&place);
        if round % 2 == 0 {
            drop(passing);
        }
        let _ = fs::remove_file(&place);
        let _ = UnixStream::connect(folder.join("nowhere")).await;
        ground.sent(1);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(mute);
}

fn listener(place: &Path) -> StdListener {
    StdListener::bind(place).expect("a free path")
}

//! Two of everything on one desktop: daemons, players, interfaces of one player.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Stdio};

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::mpv::{Reached, Remote};
use discovr_scrobbler_support::players::RealPlayer;
use discovr_scrobbler_support::report;
use discovr_scrobbler_support::wait::{patiently, until};
use serde_json::json;
use tokio::net::{UnixListener, UnixStream};

use crate::scene::*;

/// Says that a scenario of this file has held.
fn held(scenario: &str) {
    report::held("two of everything", scenario, &[]);
}

const SAYS_SO: &str = "another daemon already works with the state folder";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_says_so_and_leaves() {
    let home = home();
    home.configure("[discovr]\nenabled = false\n");
    let daemon = home.start_daemon();
    let second = home.run(&["run"]);
    assert_eq!(second.code, Some(1));
    assert!(second.stderr.contains(SAYS_SO), "{second:?}");
    // By another path, too.
    symlink(home.path().join("state"), home.path().join("alias")).expect("a link of our own");
    let alias = home.command(&["run"]).env("XDG_STATE_HOME", home.path().join("alias")).output();
    let alias = alias.expect("the binary was built");
    assert_eq!(alias.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&alias.stderr).contains(SAYS_SO), "{alias:?}");
    assert_eq!(daemon.stop(), Some(0));
    held("a second daemon is started, by another path too");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_daemons_that_start_at_the_same_instant_one_stays_and_does_its_work() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let mut all: Vec<Child> = (0..4)
        .map(|_| {
            let mut run = home.command(&["run"]);
            run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary was built")
        })
        .collect();
    let mut left: Vec<Child> = Vec::new();
    until("three leave", LIMIT, || {
        let gone = all.iter_mut().position(|daemon| matches!(daemon.try_wait(), Ok(Some(_))))?;
        left.push(all.swap_remove(gone));
        (left.len() == 3).then_some(())
    });
    for daemon in left {
        let output = daemon.wait_with_output().expect("it has ended");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(SAYS_SO), "{output:?}");
    }
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=70%", "--speed=50"]);
    let watched = Watched::the_episode(wait_for_four_fifths(&remote));
    the_history_is(&home, &discovr, &[watched]).await;
    player.quit();
    let mut daemon = all.remove(0);
    assert!(matches!(daemon.try_wait(), Ok(None)), "the one that stayed has gone");
    daemon.kill().and_then(|()| daemon.wait()).expect("it is a process of our own");
    held("four daemons start at the same instant");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_daemon_was_killed_the_one_that_had_to_leave_takes_over() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let first = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=40%", "--speed=50"]);
    wait_until_watching(&home);
    assert_eq!(home.run(&["run"]).code, Some(1));
    first.kill();
    let second = home.start_daemon();
    let watched = Watched::the_episode(wait_for_four_fifths(&remote));
    player.quit();
    is_one_viewing(&home, &discovr, watched).await;
    assert_eq!(second.stop(), Some(0));
    held("of two daemons the one that works is killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_players_that_play_the_same_file_leave_one_entry() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (first, remote) = mpv(&home, &file, &["--start=40%", "--speed=50"]);
    wait_until_watching(&home);
    let other_socket = home.runtime_dir().join("other-mpv-socket");
    let ipc = format!("--input-ipc-server={}", other_socket.display());
    let second = RealPlayer::bare_mpv(&[&file], &[&ipc, "--start=45%", "--speed=50"]);
    let other = Remote::new(&other_socket);
    // The one that is ahead is at four fifths first; what counts is that somebody watched it once.
    let seen = until("one is at four fifths", LIMIT, || {
        (remote.position().max(other.position()) >= LENGTH * 0.8).then(now)
    });
    let due = [&remote, &other].map(|player| wait_for_four_fifths(player).due);
    let completed = Reached { due: due[0].min(due[1]).min(seen), seen };
    remote.wait_until_at(LENGTH * 0.85);
    other.wait_until_at(LENGTH * 0.85);
    first.quit();
    second.quit();
    is_one_viewing(&home, &discovr, Watched::the_episode(completed)).await;
    assert_eq!(daemon.stop(), Some(0));
    held("two players play the same file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_begun_in_mpv_and_ended_in_vlc_leaves_one_entry() {
    let discovr = Discovr::start().await;
    let bus = Bus::start();
    let home = home_with_account(&discovr).with_bus(bus.address());
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (mpv, remote) = mpv(&home, &file, &["--start=40%", "--speed=50"]);
    wait_until_watching(&home);
    remote.wait_until_at(LENGTH * 0.6);
    mpv.quit();
    let vlc = RealPlayer::vlc(&bus, &[&file], &["--rate=30", "--start-time=1600"]);
    // VLC says where it is only when asked: the daemon's own computed instant counts.
    let completed = until("the completion", LIMIT, || completed_at(&home));
    vlc.quit();
    is_one_viewing(&home, &discovr, Watched::the_episode(completed)).await;
    assert_eq!(daemon.stop(), Some(0));
    held("a file is begun in mpv and ended in VLC");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpv_whose_bus_is_gone_in_the_middle_goes_on_by_its_socket() {
    one_door_closes(Door::Bus, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpv_whose_bus_is_gone_when_the_daemon_starts_anew_goes_on_by_its_socket() {
    one_door_closes(Door::Bus, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpv_whose_socket_is_gone_when_the_daemon_starts_anew_goes_on_by_the_bus() {
    one_door_closes(Door::Socket, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpv_whose_socket_is_gone_in_the_middle_goes_on_by_the_bus() {
    let discovr = Discovr::start().await;
    let bus = Bus::start();
    let home = home().with_bus(bus.address());
    let door = home.runtime_dir().join("door");
    let more = format!("{OFTEN}\n[players]\nmpv_sockets = [\"{}\"]\n", door.display());
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &more));
    let listener = UnixListener::bind(&door).expect("a socket of our own");
    let (near, far) = std::os::unix::net::UnixStream::pair().expect("sockets of our own");
    near.set_nonblocking(true).expect("a socket of our own");
    let mut near = UnixStream::from_std(near).expect("a runtime");
    let player =
        RealPlayer::mpv_mpris_on(far, &bus, &episode(&home), &["--start=40%", "--speed=12", "--pause"]);
    let (close, closed) = tokio::sync::oneshot::channel::<()>();
    let between = tokio::spawn(async move {
        let (mut daemon, _) = listener.accept().await.expect("the daemon comes");
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut daemon, &mut near) => {}
            _ = closed => {}
        }
        // The daemon's end is gone, mpv's is not: it would end with it.
        near
    });
    let daemon = home.start_daemon();
    let players = || home.json(&["status"])["daemon"]["players"].as_array().map(Vec::len);
    patiently("both doors are seen", LIMIT, || (players()? == 2).then_some(())).await;
    play(&bus).await;
    let at = || home.json(&["status"])["daemon"]["watching"][0]["position"].as_f64();
    patiently("half of it is played", LIMIT, || at().filter(|&at| at >= LENGTH * 0.5)).await;
    close.send(()).expect("it waits for that");
    let _near = between.await.expect("it does not panic");
    std::fs::remove_file(&door).expect("a socket of our own");
    patiently("one door is left", LIMIT, || (players()? == 1).then_some(())).await;
    assert_eq!(completed_at(&home), None, "it goes on");
    let completed = patiently("the completion", LIMIT, || completed_at(&home)).await;
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    player.quit();
    is_one_viewing(&home, &discovr, Watched::the_episode(completed)).await;
    assert_eq!(daemon.stop(), Some(0));
    held("of an mpv with a socket and the bus, the socket is gone while a film is playing");
}

/// Lets the one mpv on the bus play.
async fn play(bus: &Bus) {
    let builder = zbus::connection::Builder::address(bus.address().as_str()).expect("an address");
    let connection = builder.build().await.expect("a connection to the bus");
    let mpv = Some("org.mpris.MediaPlayer2.mpv");
    let player = Some("org.mpris.MediaPlayer2.Player");
    let played = connection.call_method(mpv, "/org/mpris/MediaPlayer2", player, "Play", &()).await;
    played.expect("mpv plays");
}

/// A way on which the daemon sees an mpv.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Gone for the daemon alone: an mpv with its plug-in ends together with its bus.
    Bus,
    /// Who is connected to it stays so: an mpv only listens no more.
    Socket,
}

/// mpv is seen through its socket and the bus, and in the middle one of them goes; perhaps the daemon is killed just then.
async fn one_door_closes(door: Door, restart: bool) {
    let discovr = Discovr::start().await;
    let bus = Bus::start();
    let home = home();
    let way = home.runtime_dir().join("way-to-the-bus");
    let relay = Relay::between(&way, bus.socket());
    let home = home.with_bus(format!("unix:path={}", way.display()));
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), OFTEN));
    let mut daemon = home.start_daemon();
    let file = episode(&home);
    let socket = socket(&home);
    let ipc = format!("--input-ipc-server={}", socket.display());
    let player = RealPlayer::mpv_mpris(&bus, &[&file], &[&ipc, "--start=40%", "--speed=30"]);
    let players = || home.json(&["status"])["daemon"]["players"].as_array().map(Vec::len);
    until("both doors are seen", LIMIT, || (players()? >= 2).then_some(()));
    wait_until_watching(&home);
    let remote = Remote::new(&socket);
    remote.wait_until_at(LENGTH * 0.5);
    match door {
        Door::Bus => drop(relay),
        Door::Socket => {
            remote.command(&json!(["set_property", "input-ipc-server", ""]));
        }
    }
    if restart {
        daemon.kill();
        daemon = home.start_daemon();
    }
    until("one door is left", LIMIT, || (players()? == 1).then_some(()));
    // With no remote control left the daemon's own computed instant counts.
    let completed = until("the completion", LIMIT, || completed_at(&home));
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    player.quit();
    is_one_viewing(&home, &discovr, Watched::the_episode(completed)).await;
    assert_eq!(daemon.stop(), Some(0));
    let what = match door {
        Door::Bus => "the bus",
        Door::Socket => "the socket",
    };
    let when = if restart { "the daemon is killed and started" } else { "a film is playing" };
    held(&format!("of an mpv with a socket and the bus, {what} is gone while {when}"));
}

/// A socket behind which there is another one, until it is dropped.
struct Relay(tokio::task::JoinHandle<()>);

impl Relay {
    fn between(front: &Path, back: &Path) -> Self {
        let listener = UnixListener::bind(front).expect("a socket of our own");
        let back = back.to_path_buf();
        Self(tokio::spawn(async move {
            // Owned by this task: they end with it.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let back = back.clone();
                connections.spawn(async move {
                    let mut far = UnixStream::connect(back).await?;
                    tokio::io::copy_bidirectional(&mut near, &mut far).await
                });
            }
        }))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// It was one viewing, and its entry is there with its true time.
async fn is_one_viewing(home: &Home, discovr: &Discovr, watched: Watched) {
    until("nothing plays", LIMIT, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    });
    the_history_is(home, discovr, &[watched]).await;
    let viewings = viewings(home);
    assert_eq!((viewings.len(), discovr.history(PROFILE).len()), (1, 1), "{viewings:?}\n{}", home.log());
}

//! Who is on the bus and who is not, and a bus that is not there.

use std::time::Duration;

use discovr_scrobbler::player::mpris::MprisSettings;
use discovr_scrobbler::player::{Interface, PlayState, PlayerReport};
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::remote::Remote;
use discovr_scrobbler_support::scripted_player::{ScriptedPlayer, full_name};

use crate::desk::{Desk, LIMIT, moment_of, play};
use crate::lines::Lines;

const ONE: &str = "file:///videos/one.mkv";

/// A player that plays, and is seen: whatever was said on the bus before has been dealt with.
async fn a_player_that_is_seen(bus: &Bus, desk: &mut Desk) -> ScriptedPlayer {
    let player = ScriptedPlayer::nameless(bus).await;
    player.own("last").await;
    play(&player, ONE, 20.0).await;
    desk.sees("the last player", |seen| seen.source.player == "last" && seen.media.is_some()).await;
    player
}

#[tokio::test]
async fn playerctld_is_neither_called_nor_activated() {
    let mut bus = Bus::stopped();
    let activated = bus.activatable(&full_name("playerctld"));
    bus.start_again();
    let mut desk = Desk::at(&bus);
    let seen = a_player_that_is_seen(&bus, &mut desk).await;
    assert!(!activated.exists(), "it was activated");

    let mirror = ScriptedPlayer::appear(&bus, "playerctld").await;
    play(&mirror, ONE, 20.0).await;
    mirror.invalidate(["PlaybackStatus", "Metadata"]).await;
    let kdeconnect = ScriptedPlayer::appear(&bus, "kdeconnect.mpris_000001").await;
    play(&kdeconnect, ONE, 20.0).await;
    seen.status("Paused").emit(["PlaybackStatus"]).await;
    desk.sees_state(PlayState::Paused).await;
    assert_eq!((mirror.questions(), kdeconnect.questions()), (0, 0));
    assert!(desk.seen.iter().all(|report| match report {
        PlayerReport::Observed(observation) => observation.source.player == "last",
        PlayerReport::Gone { .. } => false,
    }));

    // It would have been noticed.
    mirror.disown("playerctld").await;
    let careless = Remote::of(&bus, "playerctld").await;
    let calling = tokio::spawn(async move { careless.pause().await });
    desk.until("it is activated", |_| activated.exists()).await;
    calling.abort();
}

#[tokio::test]
async fn a_frozen_player_holds_nobody_up_and_is_followed_when_it_thaws() {
    let bus = Bus::start();
    let frozen = ScriptedPlayer::nameless(&bus).await;
    frozen.freeze();
    frozen.own("frozen").await;
    let mut desk = Desk::at(&bus);
    let _other = a_player_that_is_seen(&bus, &mut desk).await;
    assert!(desk.seen.iter().all(|report| matches!(
        report,
        PlayerReport::Observed(observation) if observation.source.player == "last"
    )));
    // Nobody is told that it thaws: it has to be asked again.
    desk.until("it is asked again", |_| frozen.questions() > 1).await;
    frozen.thaw();
    desk.sees("the frozen player", |seen| seen.source.player == "frozen").await;
}

#[tokio::test]
async fn a_player_that_freezes_while_it_plays_keeps_its_last_word() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, "vlc").await;
    play(&player, ONE, 20.0).await;
    desk.sees_state(PlayState::Playing).await;
    player.freeze();
    let asked = player.questions();
    player.status("Paused").emit(["PlaybackStatus"]).await;
    desk.until("it is asked", |_| player.questions() > asked).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    player.thaw();
    desk.sees_state(PlayState::Paused).await;
}

#[tokio::test]
async fn a_player_that_quits_is_gone_and_comes_back_as_another() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, "vlc").await;
    play(&player, ONE, 20.0).await;
    let first = desk.sees_state(PlayState::Playing).await.source;
    assert_eq!(first.interface, Interface::Mpris);
    assert!(first.parent.is_some());
    player.vanish().await;
    assert_eq!(desk.sees_it_go().await, first);

    let player = ScriptedPlayer::appear(&bus, "vlc").await;
    play(&player, ONE, 20.0).await;
    let second = desk.sees_state(PlayState::Playing).await.source;
    assert_ne!(second.id, first.id);
    let times: Vec<_> = desk.seen.iter().map(moment_of).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn a_frozen_player_that_is_killed_is_gone() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, "vlc").await;
    play(&player, ONE, 20.0).await;
    desk.sees_state(PlayState::Playing).await;
    player.freeze();
    player.status("Paused").emit(["PlaybackStatus"]).await;
    player.vanish().await;
    desk.sees_it_go().await;
}

#[tokio::test]
async fn only_the_listed_players_are_followed() {
    let bus = Bus::start();
    let only = vec!["LAST".to_owned(), "mpv".to_owned()];
    let mut desk =
        Desk::with(MprisSettings { address: Some(bus.address()), only, ..MprisSettings::default() });
    let vlc = ScriptedPlayer::appear(&bus, "vlc.instance42").await;
    let mpv = ScriptedPlayer::appear(&bus, "mpv.instance-a8f3").await;
    desk.sees("mpv", |seen| seen.source.player == "mpv").await;
    let _last = a_player_that_is_seen(&bus, &mut desk).await;
    assert_eq!(vlc.questions(), 0);
    assert!(mpv.questions() > 0);
}

#[tokio::test]
async fn ignored_players_are_not_even_called() {
    let bus = Bus::start();
    let ignore = vec!["vlc".to_owned()];
    let mut desk =
        Desk::with(MprisSettings { address: Some(bus.address()), ignore, ..MprisSettings::default() });
    let vlc = ScriptedPlayer::appear(&bus, "vlc.instance42").await;
    play(&vlc, ONE, 20.0).await;
    let _last = a_player_that_is_seen(&bus, &mut desk).await;
    assert_eq!(vlc.questions(), 0);
}

#[tokio::test]
async fn a_player_that_appears_is_a_reason_to_look_for_sockets() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let look_again = desk.look_again.clone();
    let _player = a_player_that_is_seen(&bus, &mut desk).await;
    tokio::time::timeout(LIMIT, look_again.notified()).await.expect("it was told");
}

#[tokio::test]
async fn without_a_bus_there_is_one_line_and_it_is_found_when_it_comes_and_comes_back() {
    let lines = Lines::collect();
    let mut bus = Bus::stopped();
    let mut desk = Desk::at(&bus);
    desk.until("a line", |_| !lines.lines().is_empty()).await;
    // Its folder appears in steps, and a stray file is no bus.
    std::fs::create_dir_all(bus.socket().parent().expect("a folder")).expect("a folder");
    desk.settles().await;
    std::fs::write(bus.socket(), "").expect("a file");
    desk.settles().await;
    std::fs::remove_file(bus.socket()).expect("the file");
    assert_eq!(lines.lines().len(), 1, "{:#?}", lines.lines());

    bus.start_again();
    let player = a_player_that_is_seen(&bus, &mut desk).await;
    assert_eq!(lines.lines().len(), 2, "{:#?}", lines.lines());

    bus.stop();
    desk.sees_it_go().await;
    drop(player);
    desk.settles().await;
    assert_eq!(lines.lines().len(), 3, "{:#?}", lines.lines());

    bus.start_again();
    let _player = a_player_that_is_seen(&bus, &mut desk).await;
    assert_eq!(lines.lines().len(), 4, "{:#?}", lines.lines());
    assert!(lines.lines().iter().all(|line| !line.contains("one.mkv") && !line.contains("/tmp")));
    desk.end().await;
}

#[tokio::test]
async fn cancelling_ends_the_watcher_with_and_without_a_bus() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = a_player_that_is_seen(&bus, &mut desk).await;
    player.freeze();
    desk.end().await;
    Desk::at(&Bus::stopped()).end().await;
}

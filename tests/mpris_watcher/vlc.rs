//! VLC's habits.

use std::path::Path;
use std::time::Duration;

use discovr_scrobbler::playback::EventKind::{Completed, Paused, Resumed, Sought, Started, Stopped};
use discovr_scrobbler::player::{MediaKey, PlayState, Rate};
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::scripted_player::ScriptedPlayer;
use zbus::zvariant::Value;

use crate::desk::{Desk, FAST, LENGTH, film, micros, path_of, play, play_fast, secs, until_at};

const ONE: &str = "file:///videos/one.mkv";
const TWO: &str = "file:///videos/two.mkv";

#[tokio::test]
async fn it_starts_empty_and_a_length_of_minus_one_is_no_length() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    let empty = desk.sees("nothing is loaded", |_| true).await;
    assert_eq!((empty.state, empty.media, empty.duration), (PlayState::Stopped, None, None));
    assert_eq!((empty.source.player.as_str(), empty.source.pid), ("vlc", Some(std::process::id())));

    let [url, _] = film(ONE);
    vlc.status("Playing").metadata([url.clone(), ("mpris:length", Value::from(-1_i64))]).run_from(0.0, 1.0);
    vlc.emit(["PlaybackStatus", "Metadata"]).await;
    let early = desk.sees_state(PlayState::Playing).await;
    assert_eq!((early.duration, early.rate), (None, Rate::NORMAL));

    vlc.metadata([url, ("mpris:length", micros(LENGTH)), ("xesam:title", Value::from("One"))]);
    vlc.emit(["Metadata"]).await;
    let full = desk.sees("the length", |seen| seen.duration.is_some()).await;
    assert_eq!(full.duration, Some(Duration::from_secs(LENGTH)));
    assert_eq!(full.media.expect("a film").title.as_deref(), Some("One"));
    assert_eq!(desk.event(Started).await.viewing.duration, Duration::from_secs(LENGTH));
    assert_eq!(desk.viewings(), 1);
}

#[tokio::test]
async fn the_end_of_its_list_counts_as_watched_although_it_says_zero_at_once() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    play_fast(&vlc, ONE, 100.0).await;
    desk.event(Started).await;
    until_at(&mut desk, &vlc, 195.0).await;
    vlc.status("Stopped").stand_at(0.0).emit(["PlaybackStatus"]).await;
    let stopped = desk.event(Stopped).await;
    assert!(stopped.viewing.progress().get() > 90.0, "{}", stopped.viewing.progress().get());
    assert_eq!(desk.kinds(), [Started, Completed, Stopped]);
}

#[tokio::test]
async fn the_next_item_is_no_pause_and_the_first_keeps_its_place() {
    for says_stopped in [true, false] {
        let bus = Bus::start();
        let mut desk = Desk::at(&bus);
        let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
        play_fast(&vlc, ONE, 100.0).await;
        desk.event(Started).await;
        until_at(&mut desk, &vlc, 195.0).await;
        if says_stopped {
            vlc.status("Stopped").stand_at(0.0).emit(["PlaybackStatus"]).await;
            desk.sees_state(PlayState::Stopped).await;
        }
        play_fast(&vlc, TWO, 0.0).await;
        let second = desk.event(Started).await;
        assert_eq!(second.viewing.media.location.path(), Some(Path::new("/videos/two.mkv")));
        desk.until("the first is over", |desk| desk.count(Stopped) == 1).await;
        let first = desk.events.iter().find(|event| event.kind == Stopped).expect("it was waited for");
        assert_eq!(first.viewing.media.location.path(), Some(Path::new("/videos/one.mkv")));
        assert!(first.viewing.progress().get() > 90.0, "{}", first.viewing.progress().get());
        assert_eq!((desk.count(Completed), desk.count(Paused), desk.viewings()), (1, 0, 2));
    }
}

#[tokio::test]
async fn a_repeat_is_a_second_viewing_and_not_a_stop() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    play_fast(&vlc, ONE, 100.0).await;
    let first = desk.event(Started).await.viewing.id;
    until_at(&mut desk, &vlc, 195.0).await;
    vlc.status("Stopped").stand_at(0.0).emit(["PlaybackStatus"]).await;
    desk.sees_state(PlayState::Stopped).await;
    play_fast(&vlc, ONE, 0.0).await;
    let second = desk.event(Started).await;
    assert_ne!(second.viewing.id, first);
    assert_eq!(desk.kinds(), [Started, Completed, Stopped, Started]);
}

#[tokio::test]
async fn a_seek_while_paused_is_seen_when_it_goes_on() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    play(&vlc, ONE, 20.0).await;
    desk.event(Started).await;
    vlc.status("Paused").go_on_at(0.0).emit(["PlaybackStatus"]).await;
    desk.event(Paused).await;
    vlc.stand_at(120.0);
    vlc.status("Playing").go_on_at(1.0).emit(["PlaybackStatus"]).await;
    vlc.seeked(120.0).await;
    let resumed = desk.event(Resumed).await;
    assert!(resumed.viewing.position.offset() >= Duration::from_secs(120));
    desk.settles().await;
    assert!(desk.events.last().expect("events").viewing.ranges.total() < Duration::from_secs(60));
}

#[tokio::test]
async fn a_seek_that_is_none_changes_nothing_and_a_real_one_said_twice_is_one() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    play(&vlc, ONE, 20.0).await;
    vlc.seeked(20.0).await;
    desk.event(Started).await;
    vlc.seeked(20.2).await;
    desk.settles().await;
    assert_eq!(desk.kinds(), [Started]);

    vlc.run_from(120.0, 1.0);
    vlc.seeked(120.0).await;
    vlc.seeked(120.1).await;
    let sought = desk.event(Sought).await;
    assert!(sought.viewing.position.offset() >= Duration::from_secs(120));
    desk.settles().await;
    assert_eq!(desk.kinds(), [Started, Sought]);
}

#[tokio::test]
async fn a_position_that_is_old_at_the_signal_is_looked_at_again() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let other = ScriptedPlayer::appear(&bus, "other").await;
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    play(&vlc, ONE, 20.0).await;
    desk.event(Started).await;
    play(&other, TWO, 20.0).await;
    desk.event(Started).await;
    desk.settles().await;
    let heartbeat = other.questions();
    let asked = vlc.questions();
    vlc.seeked(120.0).await;
    desk.until("it is asked", |_| vlc.questions() > asked).await;
    vlc.run_from(120.0, 1.0);
    let sought = desk.event(Sought).await;
    assert!(sought.viewing.position.offset() >= Duration::from_secs(120));
    assert_eq!(other.questions(), heartbeat, "the next heartbeat is not waited for");
}

#[tokio::test]
async fn two_names_of_one_process_are_one_viewing() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let first = ScriptedPlayer::appear(&bus, "vlc").await;
    let second = ScriptedPlayer::appear(&bus, "vlc.instance4711").await;
    for vlc in [&first, &second] {
        play(vlc, ONE, 20.0).await;
    }
    desk.event(Started).await;
    for vlc in [&first, &second] {
        vlc.status("Paused").go_on_at(0.0).emit(["PlaybackStatus"]).await;
    }
    desk.event(Paused).await;
    for vlc in [&first, &second] {
        vlc.status("Playing").go_on_at(1.0).emit(["PlaybackStatus"]).await;
    }
    desk.event(Resumed).await;
    first.vanish().await;
    desk.sees_it_go().await;
    second.vanish().await;
    desk.event(Stopped).await;
    assert_eq!(desk.kinds(), [Started, Paused, Resumed, Stopped]);
}

#[tokio::test]
async fn a_second_name_on_the_same_connection_is_not_a_second_player_and_keeps_it() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    vlc.own("vlc.instance4711").await;
    play(&vlc, ONE, 20.0).await;
    let source = desk.sees_state(PlayState::Playing).await.source;
    vlc.disown("vlc").await;
    vlc.status("Paused").go_on_at(0.0).emit(["PlaybackStatus"]).await;
    assert_eq!(desk.sees_state(PlayState::Paused).await.source, source);
    vlc.disown("vlc.instance4711").await;
    assert_eq!(desk.sees_it_go().await, source);
}

#[tokio::test]
async fn quitting_without_a_word_is_a_stop_at_the_last_position() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    play_fast(&vlc, ONE, 20.0).await;
    desk.event(Started).await;
    until_at(&mut desk, &vlc, 60.0).await;
    let left = vlc.seconds();
    vlc.vanish().await;
    let stopped = desk.event(Stopped).await;
    let position = stopped.viewing.position.offset().as_secs_f64();
    assert!(position >= left && position < left + FAST * 2.0, "{position} after {left}");
}

#[tokio::test]
async fn its_addresses_are_files_once_they_are_decoded() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let vlc = ScriptedPlayer::appear(&bus, "vlc").await;
    let mpv = ScriptedPlayer::appear(&bus, "mpv").await;
    let mut keys: Vec<MediaKey> = Vec::new();
    for (player, url) in
        [(&vlc, "file:///videos/A%20Film%20%282010%29.mkv"), (&mpv, "file:///videos/A%20Film%20(2010).mkv")]
    {
        play(player, url, 20.0).await;
        let seen = desk.sees_state(PlayState::Playing).await;
        assert_eq!(path_of(&seen), Path::new("/videos/A Film (2010).mkv"));
        assert!(secs(seen.position) >= 20.0);
        keys.push(seen.media.expect("a film").key(seen.duration));
        player.status("Paused").emit(["PlaybackStatus"]).await;
        desk.sees_state(PlayState::Paused).await;
    }
    assert_eq!(keys[0], keys[1]);
}

//! The habits of mpv's plug-in.

use std::path::Path;
use std::time::Duration;

use discovr_scrobbler::playback::EventKind::{Completed, Paused, Started, Stopped};
use discovr_scrobbler::player::PlayState;
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::scripted_player::ScriptedPlayer;
use zbus::zvariant::{ObjectPath, Value};

use crate::desk::{Desk, FAST, LENGTH, film, micros, play_fast, until_at};

const ONE: &str = "file:///videos/Show%20(2020)%20S01E01.mkv";
const TWO: &str = "file:///videos/Show%20(2020)%20S01E02.mkv";

fn track(url: &str, track: &'static str) -> [(&'static str, Value<'static>); 3] {
    let [url, length] = film(url);
    [url, length, ("mpris:trackid", Value::from(ObjectPath::from_static_str_unchecked(track)))]
}

#[tokio::test]
async fn the_length_comes_after_the_first_reading() {
    let bus = Bus::start();
    let mpv = ScriptedPlayer::nameless(&bus).await;
    let [url, _] = film(ONE);
    let name = ("xesam:title", Value::from("Show (2020) S01E01.mkv"));
    mpv.status("Playing").set("Rate", 1.0).metadata([url.clone(), name]).run_from(0.0, 1.0);
    let mut desk = Desk::at(&bus);
    mpv.own("mpv").await;
    let first = desk.sees_state(PlayState::Playing).await;
    assert_eq!(first.duration, None);

    mpv.metadata([url, ("xesam:title", Value::from("Pilot")), ("mpris:length", micros(LENGTH))]);
    mpv.emit(["Metadata"]).await;
    let second = desk.sees("the length", |seen| seen.duration.is_some()).await;
    assert_eq!(second.media.expect("a film").title.as_deref(), Some("Pilot"));
    desk.event(Started).await;
    assert_eq!(desk.viewings(), 1);
}

#[tokio::test]
async fn a_film_with_a_large_cover_is_seen_and_told_from_the_next() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let mpv = ScriptedPlayer::appear(&bus, "mpv").await;
    for (file, episode, mebibytes) in [(ONE, "S01E01", 3), (TWO, "S01E02", 7)] {
        let [url, length] = film(file);
        let cover = format!("data:image/jpeg;base64,{}", "A".repeat(mebibytes << 20));
        mpv.status("Playing").metadata([url, length, ("mpris:artUrl", Value::from(cover))]);
        mpv.run_from(0.0, 1.0).emit(["PlaybackStatus", "Metadata"]).await;
        desk.sees(episode, |seen| {
            let path = seen.media.as_ref().and_then(|media| media.location.path());
            path.is_some_and(|path| path.to_string_lossy().contains(episode))
        })
        .await;
        desk.event(Started).await;
    }
    assert_eq!(desk.viewings(), 2);
}

#[tokio::test]
async fn a_moving_position_outranks_a_status_that_is_stuck_at_stopped() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let mpv = ScriptedPlayer::appear(&bus, "mpv").await;
    desk.sees("idle", |seen| seen.media.is_none()).await;
    mpv.set("Rate", 10.0).metadata(track(ONE, "/0")).run_from(120.0, 10.0);
    mpv.emit(["Metadata"]).await;
    desk.event(Started).await;
    until_at(&mut desk, &mpv, 195.0).await;
    desk.event(Completed).await;
    let questions = mpv.questions();
    assert!(questions < 12, "{questions} questions: it is asked as rarely as any that plays");

    mpv.metadata([]).stand_at(0.0).emit(["Metadata"]).await;
    let stopped = desk.event(Stopped).await;
    assert!(stopped.viewing.progress().get() > 90.0);
    assert_eq!(desk.kinds(), [Started, Completed, Stopped]);
}

#[tokio::test]
async fn a_status_that_is_stuck_at_stopped_is_seen_through_from_the_very_beginning() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let mpv = ScriptedPlayer::appear(&bus, "mpv").await;
    let other = ScriptedPlayer::appear(&bus, "other").await;
    other.set("Rate", 0.0).status("Playing").metadata(film(TWO)).emit(["PlaybackStatus", "Metadata"]).await;
    desk.sees_state(PlayState::Playing).await;
    desk.settles().await;
    let before = other.questions();
    mpv.metadata(track(ONE, "/0")).stand_at(0.0).emit(["Metadata"]).await;
    desk.sees_state(PlayState::Stopped).await;
    let asked = mpv.questions();
    desk.until("it is asked while it still loads", |_| mpv.questions() > asked).await;
    mpv.go_on_at(1.0);
    desk.event(Started).await;
    assert_eq!(other.questions(), before, "the next heartbeat is not waited for");
}

#[tokio::test]
async fn a_player_that_is_merely_stopped_is_left_alone() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let mpv = ScriptedPlayer::appear(&bus, "mpv").await;
    mpv.metadata(track(ONE, "/0")).stand_at(30.0).emit(["Metadata"]).await;
    desk.settles().await;
    let questions = mpv.questions();
    assert!(questions <= 6, "{questions} questions");
    assert_eq!(desk.kinds(), []);
}

#[tokio::test]
async fn the_next_file_with_the_same_trackid_is_another_viewing() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let mpv = ScriptedPlayer::appear(&bus, "mpv").await;
    mpv.status("Playing").set("Rate", FAST).metadata(track(ONE, "/0")).run_from(20.0, FAST);
    mpv.emit(["PlaybackStatus", "Metadata", "Rate"]).await;
    desk.event(Started).await;
    mpv.metadata(track(TWO, "/0")).run_from(0.0, FAST);
    mpv.emit(["Metadata"]).await;
    let second = desk.event(Started).await;
    assert_eq!(second.viewing.media.location.path(), Some(Path::new("/videos/Show (2020) S01E02.mkv")));
    desk.until("the first is over", |desk| desk.count(Stopped) == 1).await;
    assert_eq!((desk.viewings(), desk.count(Paused)), (2, 0));
}

#[tokio::test]
async fn kept_open_at_the_end_it_is_watched_to_the_end() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let mpv = ScriptedPlayer::appear(&bus, "mpv").await;
    play_fast(&mpv, ONE, 100.0).await;
    desk.event(Started).await;
    until_at(&mut desk, &mpv, 198.0).await;
    mpv.status("Paused").stand_at(200.0).emit(["PlaybackStatus"]).await;
    let paused = desk.event(Paused).await;
    assert_eq!(paused.viewing.position.offset(), Duration::from_secs(LENGTH));
    assert_eq!(desk.kinds(), [Started, Completed, Paused]);
}

#[tokio::test]
async fn a_loop_is_a_second_viewing() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let mpv = ScriptedPlayer::appear(&bus, "mpv").await;
    play_fast(&mpv, ONE, 100.0).await;
    let first = desk.event(Started).await.viewing.id;
    until_at(&mut desk, &mpv, 198.0).await;
    mpv.run_from(0.13, FAST).seeked(0.13).await;
    let second = desk.event(Started).await;
    assert_ne!(second.viewing.id, first);
    assert_eq!(desk.kinds(), [Started, Completed, Stopped, Started]);
}

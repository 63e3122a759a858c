//! The habits of the other players.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use discovr_scrobbler::playback::EventKind::{Completed, Paused, Resumed, Sought, Started, Stopped};
use discovr_scrobbler::player::{Location, PlayState, Rate};
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::scripted_player::ScriptedPlayer;
use zbus::zvariant::{ObjectPath, Value};

use crate::desk::{Desk, FAST, LENGTH, film, micros, path_of, play, play_fast, secs, until_at};

const CELLULOID: &str = "io.github.celluloid_player.Celluloid.instance-1";
const ONE: &str = "file:///videos/one.mkv";

/// [`LENGTH`] in microseconds, as a double.
const DOUBLE: f64 = 200_000_000.0;

#[tokio::test]
async fn celluloid_starts_five_times_and_is_one_viewing() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, CELLULOID).await;
    player.status("Playing").metadata([("xesam:url", Value::from("")), ("mpris:length", Value::from(0_i64))]);
    player.emit(["PlaybackStatus", "Metadata"]).await;
    let empty = desk.sees("an empty start", |seen| seen.state == PlayState::Playing).await;
    assert_eq!((empty.media, empty.duration), (None, None));
    assert_eq!(empty.source.player, "celluloid");

    player.metadata(film(ONE)).run_from(0.0, 1.0);
    player.emit(["Metadata"]).await;
    desk.sees_state(PlayState::Playing).await;
    for word in ["Paused", "Stopped", "Paused", "Playing"] {
        player.status(word).emit(["PlaybackStatus"]).await;
        desk.sees("its next word", |seen| seen.state.to_string().eq_ignore_ascii_case(word)).await;
    }
    desk.event(Started).await;
    desk.settles().await;
    assert_eq!(desk.kinds(), [Started]);
}

#[tokio::test]
async fn celluloids_seeks_are_no_pauses() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, CELLULOID).await;
    play(&player, ONE, 20.0).await;
    desk.event(Started).await;
    player.status("Paused").go_on_at(0.0).emit(["PlaybackStatus"]).await;
    desk.sees_state(PlayState::Paused).await;
    player.status("Playing").run_from(120.0, 1.0).emit(["PlaybackStatus"]).await;
    let sought = desk.event(Sought).await;
    assert!(sought.viewing.position.offset() >= Duration::from_secs(120));
    desk.settles().await;
    assert_eq!(desk.kinds(), [Started, Sought]);
}

#[tokio::test]
async fn celluloids_bare_keys_are_tags() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, CELLULOID).await;
    let [url, length] = film(ONE);
    player.status("Playing").metadata([
        url,
        length,
        ("SHOW", Value::from("Example Show")),
        ("SEASON_NUMBER", Value::from("1")),
        ("EPISODE_SORT", Value::from("2")),
    ]);
    player.emit(["PlaybackStatus", "Metadata"]).await;
    let tags = desk.sees_state(PlayState::Playing).await.media.expect("a film").tags.clone();
    for (key, value) in [("show", "Example Show"), ("season_number", "1"), ("episode_sort", "2")] {
        assert_eq!(tags.get(key).map(String::as_str), Some(value));
    }
}

#[tokio::test]
async fn smplayer_has_types_and_words_of_its_own() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, "smplayer").await;
    player.status("Playing").set("Rate", FAST).run_from(100.0, FAST).metadata([
        ("xesam:url", Value::from("/videos/A Film (2010).mkv")),
        ("mpris:length", Value::from(DOUBLE)),
        ("xesam:artist", Value::from("Somebody")),
    ]);
    player.emit(["PlaybackStatus", "Metadata", "Rate"]).await;
    let seen = desk.sees_state(PlayState::Playing).await;
    assert_eq!(path_of(&seen), Path::new("/videos/A Film (2010).mkv"));
    assert_eq!(seen.duration, Some(Duration::from_secs(LENGTH)));
    let media = seen.media.expect("a film");
    assert_eq!(media.tags.get("artist").map(String::as_str), Some("Somebody"));

    desk.event(Started).await;
    player.status("Unknown").emit(["PlaybackStatus"]).await;
    desk.sees_state(PlayState::Playing).await;
    player.status("Playing").emit(["PlaybackStatus"]).await;
    desk.sees_state(PlayState::Playing).await;
    until_at(&mut desk, &player, 198.0).await;
    player.status("Stopped").stand_at(198.0).emit(["PlaybackStatus"]).await;
    let stopped = desk.event(Stopped).await;
    assert!(stopped.viewing.progress().get() > 90.0);
    assert_eq!((desk.count(Started), desk.count(Completed), desk.count(Paused)), (1, 1, 0));
}

#[tokio::test]
async fn harunas_flood_of_statuses_causes_no_questions() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, "haruna").await;
    let metadata = |url: &'static str| {
        [
            ("xesam:url", Value::from(url)),
            ("mpris:length", Value::from(DOUBLE)),
            ("mpris:trackid", Value::from(ObjectPath::from_static_str_unchecked("/haruna"))),
        ]
    };
    player.status("Playing").metadata(metadata(ONE)).run_from(0.0, 1.0);
    player.emit(["PlaybackStatus", "Metadata"]).await;
    let seen = desk.sees_state(PlayState::Playing).await;
    assert_eq!((seen.rate, seen.duration), (Rate::NORMAL, Some(Duration::from_secs(LENGTH))));
    desk.event(Started).await;

    let before = player.questions();
    for _ in 0..500 {
        player.emit(["PlaybackStatus"]).await;
    }
    // What is said after the flood is seen after it, so nothing of the flood waits any more.
    player.metadata(metadata("file:///videos/two.mkv")).run_from(0.0, 1.0);
    player.emit(["PlaybackStatus", "Metadata"]).await;
    desk.sees("the next of the folder", |seen| {
        seen.media.as_ref().is_some_and(|media| media.location.path() == Some(Path::new("/videos/two.mkv")))
    })
    .await;
    let asked = player.questions() - before;
    assert!(asked <= 6, "{asked} questions");
    desk.event(Started).await;
    assert_eq!((desk.viewings(), desk.count(Paused)), (2, 0));
}

#[tokio::test]
async fn totem_names_no_address_and_ends_paused_at_zero() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, "totem").await;
    player.status("Playing").set("Rate", FAST).run_from(100.0, FAST);
    player.metadata([("xesam:title", Value::from("A Film")), ("mpris:length", micros(LENGTH))]);
    player.emit(["PlaybackStatus", "Metadata", "Rate"]).await;
    let seen = desk.sees_state(PlayState::Playing).await;
    let media = seen.media.expect("a title is enough");
    assert_eq!((&media.location, media.title.as_deref()), (&Location::Unknown, Some("A Film")));
    desk.event(Started).await;
    until_at(&mut desk, &player, 198.0).await;
    player.status("Paused").stand_at(0.0).emit(["PlaybackStatus"]).await;
    let paused = desk.event(Paused).await;
    assert!(paused.viewing.progress().get() > 90.0);
    assert_eq!(desk.kinds(), [Started, Completed, Paused]);
}

#[tokio::test]
async fn chromium_pauses_at_rate_zero_and_ends_by_forgetting_everything() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, "chromium.instance4711").await;
    player.status("Playing").set("Rate", 1.0).run_from(20.0, 1.0);
    player.metadata([("xesam:title", Value::from("A page")), ("mpris:length", micros(LENGTH))]);
    player.emit(["PlaybackStatus", "Metadata", "Rate"]).await;
    let playing = desk.sees_state(PlayState::Playing).await;
    assert_eq!(playing.source.player, "chromium");
    desk.event(Started).await;

    player.status("Paused").set("Rate", 0.0).go_on_at(0.0).emit(["PlaybackStatus", "Rate"]).await;
    desk.event(Paused).await;
    player.status("Playing").set("Rate", 1.0).go_on_at(1.0).emit(["PlaybackStatus", "Rate"]).await;
    let resumed = desk.event(Resumed).await;
    assert!((20.0..60.0).contains(&resumed.viewing.position.offset().as_secs_f64()));

    player.status("Stopped").metadata([]).stand_at(0.0).emit(["PlaybackStatus", "Metadata"]).await;
    let stopped = desk.event(Stopped).await;
    assert!(stopped.viewing.position.offset() >= Duration::from_secs(20));
    assert_eq!(desk.kinds(), [Started, Paused, Resumed, Stopped]);
}

#[tokio::test]
async fn values_that_are_only_announced_are_asked_for() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::appear(&bus, "quiet").await;
    desk.sees("nothing is loaded", |seen| seen.media.is_none()).await;
    player.status("Playing").metadata(film(ONE)).run_from(20.0, 1.0);
    player.invalidate(["PlaybackStatus", "Metadata"]).await;
    let seen = desk.sees_state(PlayState::Playing).await;
    assert!(secs(seen.position) >= 20.0);
}

#[tokio::test]
async fn nonsense_in_every_property_is_survived() {
    let bus = Bus::start();
    let mut desk = Desk::at(&bus);
    let player = ScriptedPlayer::nameless(&bus).await;
    player.set("PlaybackStatus", 7_u32).set("Metadata", "none").set("Position", "far").set("Rate", true);
    player.own("odd").await;
    let odd = desk.sees("an answer", |_| true).await;
    assert_eq!((odd.state, odd.position, odd.media), (PlayState::Stopped, None, None));
    player.remove("PlaybackStatus").remove("Metadata").remove("Position").remove("Rate");
    player.invalidate(["Metadata"]).await;
    desk.sees("another answer", |seen| seen.media.is_none()).await;
    let nested: HashMap<String, Value<'static>> =
        HashMap::from([("xesam:url".to_owned(), Value::from(vec!["file:///videos/one.mkv"]))]);
    player.status("Playing").set("Metadata", Value::Value(Box::new(Value::from(nested))));
    player.emit(["PlaybackStatus", "Metadata"]).await;
    let seen = desk.sees_state(PlayState::Playing).await;
    assert_eq!(path_of(&seen), Path::new("/videos/one.mkv"));
}

#[tokio::test]
async fn a_player_that_plays_already_is_found() {
    let bus = Bus::start();
    let player = ScriptedPlayer::appear(&bus, "vlc").await;
    play_fast(&player, ONE, 100.0).await;
    let mut desk = Desk::at(&bus);
    desk.event(Completed).await;
}

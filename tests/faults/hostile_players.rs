//! Players on the bus that send what no player sends, more of it than anybody can take, or nothing at all.

use std::collections::HashMap;
use std::time::Duration;

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::scripted_player::{ScriptedPlayer, full_name};
use zbus::zvariant::Value;
use zbus::{Connection, Message};

use crate::hostile::{Ground, an_episode_is_told_during};

const PATH: &str = "/org/mpris/MediaPlayer2";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// What attackers pretend to play, below the folder whose videos count.
const FILM: &str = "Some Film (2010).mkv";
const EPISODE: &str = "Example Show {tmdb-1396}/Season 01/Example Show S01E04.mkv";

fn url(ground: &Ground, file: &str) -> Value<'static> {
    Value::from(format!("file://{}/{file}", ground.videos.display()))
}

async fn connection(bus: &Bus) -> Connection {
    let builder = zbus::connection::Builder::address(bus.address().as_str()).expect("an address");
    builder.build().await.expect("a connection to the bus")
}

/// A signal that these properties changed, ready to be sent again and again.
fn changed(properties: &[(&str, Value<'static>)]) -> Message {
    let properties: HashMap<&str, &Value<'static>> =
        properties.iter().map(|(name, value)| (*name, value)).collect();
    let invalidated: [&str; 0] = [];
    Message::signal(PATH, PROPERTIES, "PropertiesChanged")
        .and_then(|signal| signal.build(&(PLAYER, properties, invalidated)))
        .expect("a message")
}

fn metadata(entries: Vec<(String, Value<'static>)>) -> Value<'static> {
    Value::from(entries.into_iter().collect::<HashMap<String, Value<'static>>>())
}

/// A film that plays, as far as one can say.
async fn playing(bus: &Bus, metadata: Value<'static>) -> ScriptedPlayer {
    let player = ScriptedPlayer::nameless(bus).await;
    player.set("Metadata", metadata).status("Playing").run_from(10.0, 1.0);
    player
}

/// What is said of `file`, which lasts an hour.
fn film(ground: &Ground, file: &str, title: impl Into<String>) -> Value<'static> {
    metadata(vec![
        ("xesam:url".into(), url(ground, file)),
        ("xesam:title".into(), Value::from(title.into())),
        ("mpris:length".into(), Value::from(3_600_000_000_i64)),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_of_megabytes_fills_no_memory_and_keeps_nobody_up() {
    an_episode_is_told_during("a player on the bus names titles of up to 60 MiB, again and again", giants)
        .await;
}

async fn giants(ground: Ground) {
    let mut players = Vec::new();
    for (number, mebibytes) in [1, 3, 5, 30, 60].into_iter().enumerate() {
        let player = playing(&ground.bus, film(&ground, FILM, "x".repeat(mebibytes << 20))).await;
        player.own(&format!("giant{number}")).await;
        players.push(player);
    }
    let shouting = connection(&ground.bus).await;
    shouting.request_name(full_name("shouting")).await.expect("a free name");
    let long = changed(&[("Metadata", film(&ground, FILM, "x".repeat(30 << 20)))]);
    ground.begun();
    loop {
        for player in &players {
            player.seeked(20.0).await;
        }
        shouting.send(&long).await.expect("a bus");
        ground.sent(1 + players.len() as u64);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_keys_and_variants_in_variants_fill_no_memory() {
    an_episode_is_told_during(
        "a player's metadata has 100,000 keys, or nests as deep as the bus allows",
        crowds,
    )
    .await;
}

async fn crowds(ground: Ground) {
    let keys = (0..100_000).map(|number| (format!("k{number}"), Value::from(0_u8))).collect();
    let many = playing(&ground.bus, metadata(keys)).await;
    many.own("many").await;
    let mut nested = url(&ground, FILM);
    for _ in 0..10 {
        nested = Value::new(vec![Value::Value(Box::new(nested))]);
    }
    let deep = playing(&ground.bus, metadata(vec![("xesam:url".into(), nested)])).await;
    deep.own("deep").await;
    let wide: Vec<Value<'static>> = (0..500_000).map(|_| Value::from(0_u8)).collect();
    let wide = playing(&ground.bus, metadata(vec![("xesam:title".into(), Value::new(wide))])).await;
    wide.own("wide").await;
    ground.begun();
    loop {
        for player in [&many, &deep, &wide] {
            player.emit(["Metadata"]).await;
        }
        ground.sent(3);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_signals_holds_nobody_up() {
    an_episode_is_told_during(
        "players send ten thousand signals a second, half of which say something new",
        flood,
    )
    .await;
}

async fn flood(ground: Ground) {
    let mut flooding = tokio::task::JoinSet::new();
    for number in 0..4 {
        let player = playing(&ground.bus, film(&ground, EPISODE, "Flood")).await;
        if number < 3 {
            player.own(&format!("flood{number}")).await;
        }
        let (ground, connection) = (ground.clone(), connection(&ground.bus).await);
        connection.request_name(full_name(&format!("other{number}"))).await.expect("a free name");
        flooding.spawn(async move {
            let same = changed(&[("PlaybackStatus", Value::from("Playing"))]);
            let other = changed(&[("PlaybackStatus", Value::from("Paused"))]);
            let seeked = Message::signal(PATH, PLAYER, "Seeked").and_then(|signal| signal.build(&i64::MIN));
            let seeked = seeked.expect("a message");
            let nonsense = Message::signal(PATH, PROPERTIES, "PropertiesChanged");
            let nonsense = nonsense.and_then(|signal| signal.build(&(7_u8, f64::NAN))).expect("a message");
            loop {
                for message in [&same, &other, &seeked, &nonsense].repeat(12) {
                    connection.send(message).await.expect("a bus");
                }
                player.seeked(1.0).await;
                ground.sent(49);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
    ground.begun();
    let _ = flooding.join_next().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_players_at_once_and_names_that_come_and_go_keep_nobody_from_being_seen() {
    an_episode_is_told_during(
        "1,000 connections with a name, 1,000 names on one, and names that flap all the time",
        names,
    )
    .await;
}

async fn names(ground: Ground) {
    let mut many = Vec::new();
    for number in 0..1000 {
        let one = connection(&ground.bus).await;
        one.request_name(full_name(&format!("silent{number}"))).await.expect("a free name");
        many.push(one);
    }
    let player = playing(&ground.bus, film(&ground, FILM, "A thousand names")).await;
    for number in 0..1000 {
        player.own(&format!("name.instance{number}")).await;
    }
    ground.begun();
    let flapping = playing(&ground.bus, film(&ground, FILM, "Flapping")).await;
    loop {
        for number in 0..100 {
            flapping.own(&format!("flap{number}")).await;
        }
        for number in 0..100 {
            flapping.disown(&format!("flap{number}")).await;
        }
        ground.sent(200);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_out_of_this_world_and_players_that_do_not_answer_change_nothing() {
    an_episode_is_told_during(
        "players say NaN, infinity, negative and absurd times, wrong types, nothing, or change their minds all the time",
        nonsense,
    )
    .await;
}

async fn nonsense(ground: Ground) {
    let absurd: [fn() -> Value<'static>; 12] = [
        || Value::from(f64::NAN),
        || Value::from(f64::INFINITY),
        || Value::from(f64::NEG_INFINITY),
        || Value::from(-1.0_f64),
        || Value::from(f64::MAX),
        || Value::from(i64::MIN),
        || Value::from(i64::MAX),
        || Value::from(u64::MAX),
        || Value::from(""),
        || Value::from(true),
        || Value::new(vec![Value::from(1_u8)]),
        || Value::from(HashMap::from([("a", Value::from(0_u8))])),
    ];
    let mut players = Vec::new();
    for (number, value) in absurd.iter().enumerate() {
        let player = playing(&ground.bus, film(&ground, FILM, "Absurd")).await;
        for property in ["Position", "Rate"] {
            player.set(property, value());
        }
        player.own(&format!("absurd{number}")).await;
        let lengths = playing(
            &ground.bus,
            metadata(vec![("xesam:url".into(), url(&ground, FILM)), ("mpris:length".into(), value())]),
        )
        .await;
        lengths.own(&format!("length{number}")).await;
        let types = playing(
            &ground.bus,
            metadata(vec![("xesam:url".into(), value()), ("xesam:title".into(), value())]),
        )
        .await;
        types.set("PlaybackStatus", value());
        types.own(&format!("types{number}")).await;
        let frozen = playing(&ground.bus, film(&ground, FILM, "Frozen")).await;
        frozen.freeze();
        frozen.own(&format!("frozen{number}")).await;
        players.extend([player, lengths, types, frozen]);
    }
    ground.begun();
    let words = ["Playing", "Paused", "Stopped", "Unknown", ""];
    for round in 0_usize.. {
        for (number, player) in players.iter().enumerate() {
            player.status(words[(round + number) % words.len()]);
            player.emit(["PlaybackStatus", "Metadata", "Rate"]).await;
        }
        ground.sent(players.len() as u64);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

//! What no real player should do, and some do.

use std::path::Path;
use std::time::Duration;

use discovr_scrobbler::player::{Media, PlayState, PlayerReport};
use serde_json::json;

use crate::desk::{Desk, plays, seconds};
use crate::fake::{Client, Fake};

const FILM: &str = "/videos/Example.Film.mkv";

/// A desk whose watcher is connected to a scripted player.
async fn connected() -> (Desk, Fake, Client) {
    let mut desk = Desk::new();
    let fake = Fake::at(&desk.at("tmp/fake"));
    fake.load(FILM);
    let socket = desk.at("tmp/fake");
    desk.watch_at(desk.places(), &[&socket]);
    let client = fake.client().await;
    desk.plays(Path::new(FILM)).await;
    (desk, fake, client)
}

/// Whether the watcher still follows the player.
async fn is_followed(desk: &mut Desk, fake: &Fake, client: &Client) {
    fake.set("pause", json!(true));
    client.say(b"{\"event\":\"property-change\",\"name\":\"pause\",\"data\":true}\n").await;
    desk.observed(|seen| seen.state == PlayState::Paused).await;
}

#[tokio::test]
async fn a_line_may_come_in_two_halves() {
    let (mut desk, fake, client) = connected().await;
    fake.set("time-pos", json!(1000.0));
    client.say(b"{\"event\":\"playback-").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.say(b"restart\"}\n").await;
    desk.observed(|seen| plays(seen) && seconds(seen) >= 1000.0).await;
    is_followed(&mut desk, &fake, &client).await;
}

#[tokio::test]
async fn a_line_without_an_end_and_a_hang_up_are_the_end() {
    let (mut desk, _fake, client) = connected().await;
    let source = desk.observations().next().unwrap().source.id;
    client.say(b"{\"event\":\"end-fi").await;
    client.hang_up().await;
    desk.gone(source).await;
}

#[tokio::test]
async fn a_title_of_a_megabyte_is_cut_and_a_line_of_many_is_passed_over() {
    let (mut desk, fake, client) = connected().await;
    fake.set("media-title", json!("é".repeat(512 * 1024)));
    client.event("file-loaded").await;
    let seen = desk.observed(|seen| seen.media.as_ref().is_some_and(|media| media.title.is_some())).await;
    assert!(seen.media.unwrap().title.as_ref().unwrap().len() <= Media::MAX_TEXT);
    let long = vec![b'x'; 1024 * 1024];
    for _ in 0..32 {
        client.say(&long).await;
    }
    client.say(b"\n").await;
    is_followed(&mut desk, &fake, &client).await;
}

#[tokio::test]
async fn garbage_is_passed_over() {
    let (mut desk, fake, client) = connected().await;
    client.say(b"\n\n\0\xff\xfe\n{\n}\n[[[[\n{\"event\":\n{\"event\":{}}\nnull\n\"\xed\xa0\x80\"\n").await;
    client.say(b"{\"event\":\"property-change\",\"name\":\"speed\",\"data\":\"fast\"}\n").await;
    client.say(b"{\"event\":\"property-change\",\"name\":\"duration\",\"data\":-1e308}\n").await;
    client.say(b"{\"event\":\"property-change\",\"name\":7,\"data\":[]}\n").await;
    client.say(b"{\"request_id\":1,\"error\":\"success\",\"data\":1}\n{\"request_id\":18446744073709551615,\"error\":\"success\"}\n").await;
    client.say(&[b"[".repeat(500_000), b"\n".to_vec()].concat()).await;
    is_followed(&mut desk, &fake, &client).await;
}

#[tokio::test]
async fn values_out_of_this_world_are_no_values() {
    let (mut desk, fake, client) = connected().await;
    fake.set("duration", json!(1e300));
    fake.set("time-pos", json!(-1e300));
    fake.set("speed", json!(1e300));
    client.event("playback-restart").await;
    let seen = desk.observed(|seen| seen.duration.is_none()).await;
    assert!(seconds(&seen) <= 0.0);
    is_followed(&mut desk, &fake, &client).await;
}

#[tokio::test]
async fn a_player_that_never_answers_is_kept_and_seen_when_it_speaks() {
    let mut desk = Desk::new();
    let fake = Fake::at(&desk.at("tmp/fake"));
    let other = Fake::at(&desk.at("tmp/other"));
    other.load("/videos/Other.mkv");
    let pattern = desk.at("tmp/*");
    desk.watch_at(desk.places(), &[&pattern]);
    let client = fake.silent_client().await;
    // It keeps nobody else up.
    let _other = other.client().await;
    desk.plays(Path::new("/videos/Other.mkv")).await;
    // Longer than the watcher's patience, so that it has given up and asks no more.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let asked = client.questions.lock().unwrap().len();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(client.questions.lock().unwrap().len(), asked);
    for (name, value) in [("path", json!(FILM)), ("duration", json!(3600.0)), ("pause", json!(false))] {
        let line = json!({"event": "property-change", "name": name, "data": value});
        client.say(format!("{line}\n").as_bytes()).await;
    }
    let seen = desk
        .observed(|seen| {
            seen.media.as_ref().is_some_and(|media| media.location.path() == Some(Path::new(FILM)))
        })
        .await;
    assert_eq!((seen.state, seen.position), (PlayState::Playing, None));
}

#[tokio::test]
async fn a_flood_is_read_even_when_nobody_takes_the_reports() {
    let mut desk = Desk::with_room_for(1);
    let socket = desk.at("tmp/fake");
    let fake = Fake::at(&socket);
    fake.load(FILM);
    desk.watch_at(desk.places(), &[&socket]);
    let client = fake.client().await;
    for number in 0..20_000_u32 {
        let speed = if number % 2 == 0 { 1.0 } else { 2.0 };
        fake.set("speed", json!(speed));
        let line = json!({"event": "property-change", "name": "speed", "data": speed});
        client.say(format!("{line}\n{{\"event\":\"seek\"}}\n").as_bytes()).await;
    }
    // Many films at once, too: the last one counts.
    for number in 0..500 {
        fake.load(&format!("/videos/{number}.mkv"));
        for event in ["end-file", "start-file", "file-loaded"] {
            client.event(event).await;
        }
    }
    desk.plays(Path::new("/videos/499.mkv")).await;
    assert!(desk.seen.len() < 2000, "{} reports", desk.seen.len());
    let questions = client.questions.lock().unwrap().len();
    assert!(questions < 40_000, "{questions} questions");
    is_followed(&mut desk, &fake, &client).await;
}

#[tokio::test]
async fn a_player_that_appears_and_vanishes_without_a_word_leaves_no_trace() {
    let mut desk = Desk::new();
    let socket = desk.at("tmp/fake");
    let fake = Fake::at(&socket);
    desk.watch_at(desk.places(), &[&socket]);
    fake.silent_client().await.hang_up().await;
    drop(fake);
    std::fs::remove_file(&socket).unwrap();
    let fake = Fake::at(&socket);
    fake.load(FILM);
    let _client = fake.client().await;
    desk.plays(Path::new(FILM)).await;
    assert!(!desk.seen.iter().any(|report| matches!(report, PlayerReport::Gone { .. })));
}

#[tokio::test]
async fn waiting_for_the_network_is_playing_at_rate_zero() {
    let (mut desk, fake, client) = connected().await;
    fake.set("core-idle", json!(true));
    fake.set("paused-for-cache", json!(true));
    client.say(b"{\"event\":\"property-change\",\"name\":\"paused-for-cache\",\"data\":true}\n").await;
    desk.observed(|seen| seen.state == PlayState::Playing && seen.rate.get() == 0.0).await;
    fake.set("core-idle", json!(false));
    fake.set("paused-for-cache", json!(false));
    client.say(b"{\"event\":\"property-change\",\"name\":\"paused-for-cache\",\"data\":false}\n").await;
    desk.plays(Path::new(FILM)).await;
}

#[tokio::test]
async fn a_live_stream_is_told_as_one() {
    let (mut desk, fake, client) = connected().await;
    client.event("start-file").await;
    fake.set("path", json!("https://host/live"));
    fake.set("duration", json!(null));
    fake.set("seekable", json!(false));
    client.event("file-loaded").await;
    let seen = desk.observed(|seen| seen.media.as_ref().is_some_and(|media| media.live)).await;
    assert_eq!(seen.duration, None);
}

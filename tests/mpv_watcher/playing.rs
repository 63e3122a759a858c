//! What real mpv does, and how it is told.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use discovr_scrobbler::player::{Interface, PlayState, Rate};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::desk::{Desk, path_of, plays, seconds, url_of};
use crate::real::{LENGTH, Mpv, film, half_a_film};

fn near(value: f64, expected: f64) -> bool {
    (value - expected).abs() < 5.0
}

fn words<'a>(first: &[&'a str], file: &'a Path) -> Vec<&'a OsStr> {
    first.iter().map(|&word| OsStr::new(word)).chain([file.as_os_str()]).collect()
}

#[tokio::test]
async fn a_film_is_seen_with_its_length_title_and_tags() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("Example.Show.S01E02.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::play(&socket, &file);
    let seen = desk.plays(&file).await;
    assert_eq!((seen.source.interface, seen.source.player.as_str()), (Interface::MpvIpc, "mpv"));
    assert_eq!((seen.source.pid, seen.source.parent), (Some(mpv.pid()), Some(std::process::id())));
    assert!(near(seen.duration.unwrap().as_secs_f64(), LENGTH));
    let media = seen.media.unwrap();
    assert_eq!(media.title.as_deref(), Some("Pilot"));
    assert_eq!(media.tags["show"], "Example Show");
    assert_eq!((media.video, media.live), (Some(true), false));
    assert_eq!(seen.rate, Rate::NORMAL);
    // The file name is never taken for the title.
    assert!(
        desk.observations()
            .filter_map(|seen| seen.media.as_ref())
            .all(|media| media.title.as_deref() == Some("Pilot"))
    );
}

#[tokio::test]
async fn an_mpv_that_a_front_end_runs_has_the_front_ends_name() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let smplayer = Mpv::play_below(&desk.at("smplayer"), &socket, &file);
    let seen = desk.plays(&file).await;
    assert_eq!((seen.source.player.as_str(), seen.source.parent), ("smplayer", Some(smplayer.pid())));
    smplayer.tell(json!(["quit"])).await;
    desk.gone(seen.source.id).await;
}

#[tokio::test]
async fn a_film_that_plays_already_is_seen_where_it_is() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    let mpv = Mpv::start(&socket, &words(&["--start=200", "--pause"], &file));
    mpv.ready().await;
    desk.watch();
    let seen = desk.observed(|seen| seen.media.is_some() && seconds(seen) > 0.0).await;
    assert_eq!(seen.state, PlayState::Paused);
    assert!(near(seconds(&seen), 200.0));
}

#[tokio::test]
async fn pausing_and_resuming_are_seen_at_their_positions() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::play(&socket, &file);
    desk.plays(&file).await;
    mpv.tell(json!(["set_property", "pause", true])).await;
    let paused = desk.observed(|seen| seen.state == PlayState::Paused).await;
    assert!(seconds(&paused) >= 0.0);
    mpv.tell(json!(["set_property", "pause", false])).await;
    let resumed = desk.plays(&file).await;
    assert!(near(seconds(&resumed), seconds(&paused)));
}

#[tokio::test]
async fn jumps_are_seen_while_playing_and_while_paused() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::play(&socket, &file);
    desk.plays(&file).await;
    mpv.tell(json!(["seek", 300, "absolute"])).await;
    desk.observed(|seen| plays(seen) && near(seconds(seen), 300.0)).await;
    mpv.tell(json!(["set_property", "pause", true])).await;
    desk.observed(|seen| seen.state == PlayState::Paused).await;
    mpv.tell(json!(["seek", 100, "absolute"])).await;
    desk.observed(|seen| seen.state == PlayState::Paused && near(seconds(seen), 100.0)).await;
}

#[tokio::test]
async fn the_speed_is_seen_and_its_changes_too() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::start(&socket, &words(&["--speed=2"], &file));
    desk.observed(|seen| plays(seen) && seen.rate == Rate::new(2.0)).await;
    mpv.tell(json!(["set_property", "speed", 1.5])).await;
    desk.observed(|seen| plays(seen) && seen.rate == Rate::new(1.5)).await;
}

#[tokio::test]
async fn the_end_of_a_film_is_an_end_and_then_nothing_is_loaded() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let _mpv = Mpv::start(&socket, &words(&["--speed=100", "--idle"], &file));
    let ended = desk.observed(|seen| seen.ended).await;
    assert_eq!(ended.state, PlayState::Stopped);
    assert_eq!(path_of(&ended), Some(file.as_path()));
    assert_eq!(ended.position.map(|position| position.offset()), ended.duration);
    let idle = desk.observed(|_| true).await;
    assert_eq!((idle.state, idle.media, idle.ended), (PlayState::Stopped, None, false));
}

#[tokio::test]
async fn a_broken_file_that_ends_half_way_is_stopped_but_has_not_ended() {
    let mut desk = Desk::new();
    let (file, socket) = (half_a_film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let _mpv = Mpv::start(&socket, &words(&["--speed=20", "--idle"], &file));
    let playing = desk.plays(&file).await;
    assert!(near(playing.duration.unwrap().as_secs_f64(), LENGTH));
    let stopped = desk.observed(|seen| seen.state == PlayState::Stopped && seen.media.is_some()).await;
    assert!(!stopped.ended);
    assert!((LENGTH * 0.3..LENGTH * 0.8).contains(&seconds(&stopped)));
}

#[tokio::test]
async fn stopping_is_no_end() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::start(&socket, &words(&["--idle"], &file));
    desk.plays(&file).await;
    mpv.tell(json!(["stop"])).await;
    desk.observed(|seen| seen.state == PlayState::Stopped && seen.media.is_none()).await;
    assert!(desk.observations().all(|seen| !seen.ended));
}

#[tokio::test]
async fn a_player_without_a_film_is_seen_and_then_the_film_that_is_loaded() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::start(&socket, &[OsStr::new("--idle")]);
    desk.observed(|seen| seen.state == PlayState::Stopped && seen.media.is_none()).await;
    mpv.tell(json!(["loadfile", file])).await;
    desk.plays(&file).await;
}

#[tokio::test]
async fn a_playlist_is_seen_film_by_film() {
    let mut desk = Desk::new();
    let files = ["one.mkv", "two.mkv", "three.mkv"].map(|name| film(desk.at(name)));
    let list = desk.at("list.m3u");
    std::fs::write(&list, "one.mkv\ntwo.mkv\nthree.mkv\n").unwrap();
    desk.watch();
    let mpv = Mpv::start(&desk.at("runtime/mpv"), &words(&["--speed=100", "--idle"], &list));
    desk.plays(&files[0]).await;
    desk.observed(|seen| seen.ended && path_of(seen) == Some(&files[0])).await;
    desk.plays(&files[1]).await;
    mpv.tell(json!(["playlist-next"])).await;
    desk.plays(&files[2]).await;
    desk.observed(|seen| seen.ended && path_of(seen) == Some(&files[2])).await;
    let ended: Vec<_> = desk.observations().filter(|seen| seen.ended).filter_map(path_of).collect();
    assert!(!ended.contains(&files[1].as_path()));
    // The list itself is no film.
    assert!(desk.observations().all(|seen| path_of(seen) != Some(&list)));
}

#[tokio::test]
async fn a_film_that_is_played_again_from_a_playlist_is_seen_again() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let _mpv = Mpv::start(&socket, &words(&["--speed=100", "--loop-playlist"], &file));
    for _ in 0..2 {
        let begins = desk.plays(&file).await;
        assert!(seconds(&begins) < LENGTH / 2.0);
        let ended = desk.observed(|seen| seen.ended).await;
        assert_eq!(path_of(&ended), Some(file.as_path()));
    }
}

#[tokio::test]
async fn a_film_that_stays_open_at_its_end_has_ended_until_someone_goes_back() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::start(&socket, &words(&["--speed=100", "--keep-open"], &file));
    let ended = desk.observed(|seen| seen.ended && seen.state == PlayState::Paused).await;
    assert_eq!(ended.position.map(|position| position.offset()), ended.duration);
    assert!(desk.observations().filter(|seen| seen.ended).all(|seen| !plays(seen)));
    mpv.tell(json!(["seek", 10, "absolute"])).await;
    let back = desk.observed(|seen| !seen.ended && near(seconds(seen), 10.0)).await;
    assert_eq!(back.state, PlayState::Paused);
    mpv.tell(json!(["set_property", "pause", false])).await;
    desk.plays(&file).await;
}

#[tokio::test]
async fn a_film_in_a_loop_jumps_from_its_end_to_its_beginning() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let _mpv = Mpv::start(&socket, &words(&["--speed=100", "--loop-file"], &file));
    let first = desk.plays(&file).await;
    let second = desk
        .observed(|seen| {
            let moved = seen.at.since(first.at).as_secs_f64() * 100.0;
            plays(seen) && moved > LENGTH * 0.5 && seconds(seen) < seconds(&first) + LENGTH * 0.25
        })
        .await;
    assert!(second.at > first.at);
    assert!(desk.observations().skip_while(|seen| !plays(seen)).all(|seen| seen.state != PlayState::Stopped));
}

#[tokio::test]
async fn a_player_that_quits_is_gone() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::play(&socket, &file);
    let source = desk.plays(&file).await.source;
    mpv.tell(json!(["quit"])).await;
    desk.gone(source.id).await;
    assert!(desk.observations().all(|seen| !seen.ended));
}

#[tokio::test]
async fn a_player_that_is_killed_is_gone_and_the_next_one_is_another() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mut mpv = Mpv::play(&socket, &file);
    let first = desk.plays(&file).await.source;
    mpv.kill().await;
    desk.gone(first.id).await;
    let _mpv = Mpv::play(&socket, &file);
    let second = desk.plays(&file).await.source;
    assert_ne!(first.id, second.id);
}

#[tokio::test]
async fn a_player_that_stands_still_and_wakes_up_is_still_followed() {
    let mut desk = Desk::new();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("runtime/mpv"));
    desk.watch();
    let mpv = Mpv::play(&socket, &file);
    let source = desk.plays(&file).await.source;
    mpv.signal("STOP");
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    mpv.signal("CONT");
    mpv.tell(json!(["seek", 300, "absolute"])).await;
    let seen = desk.observed(|seen| near(seconds(seen), 300.0)).await;
    assert_eq!(seen.source.id, source.id);
}

#[tokio::test]
async fn a_name_that_is_not_utf_8_keeps_its_bytes() {
    let mut desk = Desk::new();
    let name = OsString::from_vec(b"Am\xe9lie (2001).mkv".to_vec());
    let file = film(desk.at("tmp").join(name));
    desk.watch();
    let _mpv = Mpv::play(&desk.at("runtime/mpv"), &file);
    desk.plays(&file).await;
}

#[tokio::test]
async fn a_relative_name_is_found_from_the_players_folder() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    desk.watch();
    let _mpv = Mpv::start_in(&desk.at("runtime"), &desk.at("runtime/mpv"), &[OsStr::new("../film.mkv")]);
    let seen = desk.observed(plays).await;
    let real = |path: &Path| -> PathBuf { std::fs::canonicalize(path).unwrap() };
    assert_eq!(path_of(&seen).map(real), Some(real(&file)));
    assert_eq!(path_of(&seen).unwrap().file_name(), file.file_name());
}

#[tokio::test]
async fn a_web_address_is_kept_whole_and_shown_nowhere() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url =
        format!("http://127.0.0.1:{}/Example%20Film.mkv?token=secret", server.local_addr().unwrap().port());
    tokio::spawn(async move {
        let film = std::fs::read(file).unwrap();
        while let Ok((mut stream, _)) = server.accept().await {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: video/x-matroska\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                film.len()
            );
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&film).await;
        }
    });
    desk.watch();
    let _mpv = Mpv::start(&desk.at("runtime/mpv"), &[OsStr::new(&url)]);
    let seen = desk.observed(plays).await;
    assert_eq!(url_of(&seen), Some(url.as_str()));
    assert!(!seen.media.as_ref().unwrap().live);
    assert!(!format!("{:?}", seen.media.unwrap().location).contains("secret"));
}

#[tokio::test]
async fn a_generated_picture_is_an_address_too() {
    let mut desk = Desk::new();
    desk.watch();
    let source = "av://lavfi:testsrc=size=16x16:rate=10";
    let _mpv = Mpv::start(&desk.at("runtime/mpv"), &[OsStr::new(source)]);
    let seen = desk.observed(plays).await;
    assert_eq!(url_of(&seen), Some(source));
}

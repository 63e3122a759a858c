//! How sockets are found, without configuration and with it.

use std::ffi::OsStr;
use std::os::unix::net::UnixListener;
use std::path::Path;

use discovr_scrobbler::player::PlayerReport;
use discovr_scrobbler::player::mpv::Places;
use serde_json::json;

use crate::desk::{Desk, path_of, plays, seconds};
use crate::fake::Fake;
use crate::real::{Mpv, film};

/// Only the running processes tell.
fn processes() -> Places {
    Places { processes: true, ..Places::default() }
}

#[tokio::test]
async fn a_player_that_runs_already_is_found_wherever_its_socket_is() {
    let mut desk = Desk::new();
    std::fs::create_dir(desk.at("else where")).unwrap();
    let (file, socket) = (film(desk.at("film.mkv")), desk.at("else where/my mpv"));
    let mpv = Mpv::play(&socket, &file);
    mpv.ready().await;
    desk.watch_at(processes(), &[]);
    let seen = desk.plays(&file).await;
    assert_eq!(seen.source.pid, Some(mpv.pid()));
}

#[tokio::test]
async fn a_socket_with_a_relative_name_is_found_from_its_players_folder() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    let _mpv = Mpv::start_in(&desk.at("tmp"), Path::new("relative"), &[file.as_os_str()]);
    while std::os::unix::net::UnixStream::connect(desk.at("tmp/relative")).is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    desk.watch_at(processes(), &[]);
    desk.plays(&file).await;
}

#[tokio::test]
async fn a_player_on_the_bus_is_a_reason_to_look_again() {
    let mut desk = Desk::new();
    std::fs::create_dir(desk.at("elsewhere")).unwrap();
    let (one, two) = (film(desk.at("one.mkv")), film(desk.at("two.mkv")));
    let first = Mpv::play(&desk.at("elsewhere/one"), &one);
    first.ready().await;
    desk.watch_at(processes(), &[]);
    desk.plays(&one).await;
    std::fs::create_dir(desk.at("nowhere")).unwrap();
    let second = Mpv::play(&desk.at("nowhere/two"), &two);
    second.ready().await;
    desk.look_again();
    desk.plays(&two).await;
    desk.drain();
    let sources: std::collections::HashSet<_> = desk
        .observations()
        .filter(|seen| [Some(one.as_path()), Some(two.as_path())].contains(&path_of(seen)))
        .map(|seen| seen.source.id)
        .collect();
    assert_eq!(sources.len(), 2, "the first is not followed twice");
}

#[tokio::test]
async fn a_socket_that_appears_in_the_runtime_folder_is_found() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    desk.watch();
    let _mpv = Mpv::play(&desk.at("runtime/mpv"), &file);
    desk.plays(&file).await;
}

#[tokio::test]
async fn a_socket_that_appears_below_the_runtime_folder_is_found_in_old_and_new_folders() {
    let mut desk = Desk::new();
    let (one, two) = (film(desk.at("one.mkv")), film(desk.at("two.mkv")));
    std::fs::create_dir(desk.at("runtime/old")).unwrap();
    desk.watch();
    let _first = Mpv::play(&desk.at("runtime/old/mpv"), &one);
    desk.plays(&one).await;
    std::fs::create_dir_all(desk.at("runtime/new/app")).unwrap();
    let _second = Mpv::play(&desk.at("runtime/new/app/mpv"), &two);
    desk.plays(&two).await;
}

#[tokio::test]
async fn a_socket_in_a_folder_that_was_removed_and_made_again_is_found() {
    let mut desk = Desk::new();
    let (one, two) = (film(desk.at("one.mkv")), film(desk.at("two.mkv")));
    std::fs::create_dir(desk.at("runtime/app")).unwrap();
    desk.watch();
    let mut first = Mpv::play(&desk.at("runtime/app/mpv"), &one);
    let source = desk.plays(&one).await.source;
    first.kill().await;
    desk.gone(source.id).await;
    std::fs::remove_dir_all(desk.at("runtime/app")).unwrap();
    std::fs::create_dir(desk.at("runtime/app")).unwrap();
    let _second = Mpv::play(&desk.at("runtime/app/mpv"), &two);
    desk.plays(&two).await;
}

#[tokio::test]
async fn a_runtime_folder_that_is_made_later_is_waited_for() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    std::fs::remove_dir(desk.at("runtime")).unwrap();
    desk.watch();
    // Something that is found tells that the watcher has started.
    let first = Mpv::start(&desk.at("tmp/mpv"), &[OsStr::new("--idle")]);
    desk.observed(|seen| seen.source.pid == Some(first.pid())).await;
    std::fs::create_dir(desk.at("runtime")).unwrap();
    let _mpv = Mpv::play(&desk.at("runtime/mpv"), &file);
    desk.plays(&file).await;
}

#[tokio::test]
async fn a_socket_that_appears_in_another_watched_folder_is_found_among_other_files() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    desk.watch();
    for number in 0..500 {
        std::fs::write(desk.at(&format!("tmp/file-{number}")), "text").unwrap();
    }
    let _mpv = Mpv::play(&desk.at("tmp/mpv"), &file);
    desk.plays(&file).await;
}

#[tokio::test]
async fn a_socket_that_was_there_before_in_a_watched_folder_is_found() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    let mpv = Mpv::play(&desk.at("tmp/mpv"), &file);
    mpv.ready().await;
    desk.watch();
    desk.plays(&file).await;
}

#[tokio::test]
async fn the_sockets_that_mpv_conf_names_are_found_with_profiles_and_includes() {
    let mut desk = Desk::new();
    let files = ["one", "two", "three"].map(|name| film(desk.at(&format!("{name}.mkv"))));
    std::fs::create_dir_all(desk.at("config/mpv")).unwrap();
    std::fs::create_dir(desk.at("first")).unwrap();
    let conf = format!(
        "input-ipc-server={}\n[television]\ninput-ipc-server=\"~/second/sub/mpv\" # here\ninclude=~~/more.conf\n",
        desk.at("first/mpv").display()
    );
    std::fs::write(desk.at("config/mpv/mpv.conf"), conf).unwrap();
    std::fs::write(desk.at("config/mpv/more.conf"), "input-ipc-server=~~/socket\n").unwrap();
    desk.watch();
    let _one = Mpv::play(&desk.at("first/mpv"), &files[0]);
    desk.plays(&files[0]).await;
    // This folder does not exist before.
    std::fs::create_dir_all(desk.at("second/sub")).unwrap();
    let _two = Mpv::play(&desk.at("second/sub/mpv"), &files[1]);
    desk.plays(&files[1]).await;
    let _three = Mpv::play(&desk.at("config/mpv/socket"), &files[2]);
    desk.plays(&files[2]).await;
}

#[tokio::test]
async fn a_change_of_mpv_conf_counts_at_once() {
    let mut desk = Desk::new();
    let (one, two) = (film(desk.at("one.mkv")), film(desk.at("two.mkv")));
    desk.watch();
    let _one = Mpv::play(&desk.at("tmp/mpv"), &one);
    desk.plays(&one).await;
    std::fs::create_dir_all(desk.at("config/mpv")).unwrap();
    std::fs::create_dir(desk.at("sockets")).unwrap();
    // As editors save: by renaming.
    std::fs::write(desk.at("config/mpv/new"), "input-ipc-server=~/sockets/mpv\n").unwrap();
    std::fs::rename(desk.at("config/mpv/new"), desk.at("config/mpv/mpv.conf")).unwrap();
    let _two = Mpv::play(&desk.at("sockets/mpv"), &two);
    desk.plays(&two).await;
}

#[tokio::test]
async fn a_socket_that_matches_the_users_pattern_is_found_whatever_program_listens() {
    let mut desk = Desk::new();
    std::fs::create_dir_all(desk.at("extra/app-1")).unwrap();
    let pattern = desk.at("extra/app-*/mpv-*");
    desk.watch_at(desk.places(), &[&pattern]);
    let fake = Fake::at(&desk.at("extra/app-1/mpv-7"));
    fake.load("/videos/Film.mkv");
    let _client = fake.client().await;
    desk.plays(Path::new("/videos/Film.mkv")).await;
}

#[tokio::test]
async fn a_pattern_for_a_folder_above_others_finds_what_is_there_already() {
    let mut desk = Desk::new();
    let fake = Fake::at(&desk.at("mpv-7"));
    fake.load("/videos/Film.mkv");
    let pattern = desk.at("mpv-*");
    // The configuration is waited for in the same folder.
    desk.watch_at(desk.places(), &[&desk.at("config/none"), &pattern]);
    let _client = fake.client().await;
    desk.plays(Path::new("/videos/Film.mkv")).await;
}

#[tokio::test]
async fn a_socket_that_nobody_listens_to_any_more_is_passed_over() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    for name in ["runtime/stale", "tmp/stale", "tmp/mpv"] {
        drop(UnixListener::bind(desk.at(name)).unwrap());
    }
    desk.watch();
    // mpv takes the place of what is left over.
    let mpv = Mpv::play(&desk.at("tmp/mpv"), &file);
    let seen = desk.plays(&file).await;
    assert_eq!(seen.source.pid, Some(mpv.pid()));
}

#[tokio::test]
async fn another_programs_socket_is_not_disturbed() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    let before = UnixListener::bind(desk.at("runtime/service")).unwrap();
    desk.watch_at(Places { processes: true, ..desk.places() }, &[]);
    let after = UnixListener::bind(desk.at("runtime/later")).unwrap();
    let _mpv = Mpv::play(&desk.at("runtime/mpv"), &file);
    desk.plays(&file).await;
    for listener in [before, after] {
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "somebody knocked");
    }
}

#[tokio::test]
async fn several_players_are_followed_at_once() {
    let mut desk = Desk::new();
    let files = ["one", "two", "three"].map(|name| film(desk.at(&format!("{name}.mkv"))));
    desk.watch();
    let players: Vec<Mpv> = files
        .iter()
        .enumerate()
        .map(|(number, file)| Mpv::play(&desk.at(&format!("runtime/mpv-{number}")), file))
        .collect();
    for (file, mpv) in files.iter().zip(&players) {
        let known = desk.observations().find(|seen| plays(seen) && path_of(seen) == Some(file)).cloned();
        let seen = match known {
            Some(seen) => seen,
            None => desk.plays(file).await,
        };
        assert_eq!(seen.source.pid, Some(mpv.pid()));
    }
}

#[tokio::test]
async fn a_player_whose_socket_is_taken_by_another_is_followed_beside_it() {
    let mut desk = Desk::new();
    let (one, two) = (film(desk.at("one.mkv")), film(desk.at("two.mkv")));
    let socket = desk.at("runtime/mpv");
    desk.watch();
    let mut first = Mpv::play(&socket, &one);
    let first_source = desk.plays(&one).await.source;
    let second = Mpv::play(&socket, &two);
    let second_source = desk.plays(&two).await.source;
    assert_eq!(second_source.pid, Some(second.pid()));
    assert!(!desk.seen.iter().any(|report| matches!(report, PlayerReport::Gone { .. })));
    first.kill().await;
    desk.gone(first_source.id).await;
}

#[tokio::test]
async fn a_player_that_moves_its_socket_is_still_followed() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    desk.watch();
    let mpv = Mpv::play(&desk.at("runtime/mpv"), &file);
    desk.plays(&file).await;
    // As scripts do that name the socket after the process.
    mpv.tell(json!(["set_property", "input-ipc-server", desk.at("runtime/mpv-2")])).await;
    while std::os::unix::net::UnixStream::connect(desk.at("runtime/mpv-2")).is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let mut stream = std::os::unix::net::UnixStream::connect(desk.at("runtime/mpv-2")).unwrap();
    std::io::Write::write_all(&mut stream, b"{\"command\":[\"seek\",300,\"absolute\"]}\n").unwrap();
    desk.observed(|seen| plays(seen) && seconds(seen) >= 300.0).await;
}

#[tokio::test]
async fn a_socket_with_two_names_is_followed_once() {
    let mut desk = Desk::new();
    let (one, two) = (film(desk.at("one.mkv")), film(desk.at("two.mkv")));
    let mpv = Mpv::play(&desk.at("tmp/mpv"), &one);
    mpv.ready().await;
    std::os::unix::fs::symlink(desk.at("tmp/mpv"), desk.at("runtime/mpv")).unwrap();
    desk.watch_at(Places { processes: true, ..desk.places() }, &[]);
    desk.plays(&one).await;
    // Another one that is found later tells that the first had its time.
    let _other = Mpv::play(&desk.at("tmp/other"), &two);
    desk.plays(&two).await;
    let sources: std::collections::HashSet<_> = desk
        .observations()
        .filter(|seen| seen.source.pid == Some(mpv.pid()))
        .map(|seen| seen.source.id)
        .collect();
    assert_eq!(sources.len(), 1);
}

#[tokio::test]
async fn the_watcher_ends_when_it_is_told_to() {
    let mut desk = Desk::new();
    let file = film(desk.at("film.mkv"));
    desk.watch();
    let _mpv = Mpv::play(&desk.at("tmp/mpv"), &file);
    desk.plays(&file).await;
    desk.end().await;
}

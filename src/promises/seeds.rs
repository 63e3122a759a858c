//! The seeds of the fuzz targets, among them every case that once broke a promise.

use std::fs;
use std::path::Path;

use super::*;

/// Every seed of `target` is read by `read`, which panics when a promise is broken.
fn replay(target: &str, read: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target);
    let mut seeds: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "no seeds in {}", folder.display());
    for seed in seeds {
        println!("{}", seed.display());
        read(&fs::read(&seed).unwrap());
    }
}

#[test]
fn an_mpv_may_say_anything() {
    replay("mpv_lines", mpv_lines);
}

#[test]
fn a_player_on_the_bus_may_have_any_properties() {
    replay("mpris_metadata", mpris_metadata);
}

#[test]
fn the_files_with_the_settings_may_hold_anything() {
    replay("config", config);
}

#[test]
fn a_file_may_have_any_name() {
    replay("release_name", release_name);
}

#[test]
fn an_nfo_may_say_anything() {
    replay("nfo", nfo);
}

#[test]
fn a_video_may_have_any_header() {
    replay("container", container);
}

#[test]
fn discovr_and_tmdb_may_answer_anything() {
    replay("service_answers", service_answers);
}

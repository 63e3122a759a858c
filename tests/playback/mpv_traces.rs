//! What real mpv said on its socket, recorded by `examples/record_trace.rs` with films of 400 s.

use std::path::Path;

use discovr_scrobbler::playback::EventKind::{self, Completed, Paused, Resumed, Sought, Started, Stopped};

use crate::traces::replay;

fn events(trace: &str) -> Vec<(EventKind, u64)> {
    replay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces").join(trace))
}

fn kinds(trace: &str) -> Vec<EventKind> {
    events(trace).into_iter().map(|(kind, _)| kind).collect()
}

#[test]
fn what_was_watched_in_one_go_is_completed_once_and_stops_at_the_end() {
    let events = events("mpv-watched.jsonl");
    assert_eq!(kinds("mpv-watched.jsonl"), [Started, Completed, Stopped]);
    assert_eq!((events[1].1, events[2].1), (80, 100));
}

#[test]
fn pauses_and_jumps_are_told_where_they_happened() {
    let events = events("mpv-paused-and-sought.jsonl");
    let expected = [(Started, 0), (Paused, 1), (Sought, 25), (Resumed, 25), (Sought, 50), (Stopped, 50)];
    assert_eq!(events, expected);
}

#[test]
fn a_film_that_stays_open_at_its_end_is_completed_and_paused_there() {
    let events = events("mpv-keep-open.jsonl");
    assert_eq!(kinds("mpv-keep-open.jsonl"), [Started, Completed, Paused, Stopped]);
    assert_eq!((events[1].1, events[2].1, events[3].1), (80, 100, 100));
}

#[test]
fn quitting_and_being_killed_are_the_same_stop() {
    for trace in ["mpv-quit.jsonl", "mpv-killed.jsonl"] {
        assert_eq!(events(trace), [(Started, 0), (Stopped, 1)], "{trace}");
    }
}

#[test]
fn a_film_in_a_loop_is_completed_every_time_it_is_watched() {
    assert_eq!(kinds("mpv-loop-file.jsonl"), [Started, Completed, Stopped, Started, Completed, Stopped]);
}

#[test]
fn two_films_of_a_playlist_are_two_viewings() {
    assert_eq!(kinds("mpv-playlist.jsonl"), [Started, Completed, Stopped, Started, Completed, Stopped]);
}

//! What VLC and mpv's plug-in said on the bus, recorded by `examples/record_mpris_trace.rs` with a film of half an
//! hour.

use std::path::Path;

use discovr_scrobbler::playback::EventKind::{self, Completed, Paused, Resumed, Sought, Started, Stopped};

use crate::traces::replay;

fn events(trace: &str) -> Vec<(EventKind, u64)> {
    replay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces").join(trace))
}

#[test]
fn what_was_watched_in_one_go_at_high_speed_is_completed_once_and_stops_at_the_end() {
    for trace in ["vlc-watched.jsonl", "mpv-mpris-watched.jsonl"] {
        let events = events(trace);
        let kinds: Vec<EventKind> = events.iter().map(|&(kind, _)| kind).collect();
        assert_eq!(kinds, [Started, Completed, Stopped], "{trace}");
        assert!((79..=80).contains(&events[1].1), "{trace}: {events:?}");
        assert_eq!(events[2].1, 100, "{trace}");
    }
}

#[test]
fn a_seek_while_paused_shows_in_vlc_when_it_goes_on_and_in_mpv_at_once() {
    let expected = [(Started, 0), (Paused, 0), (Resumed, 33), (Sought, 67), (Stopped, 67)];
    assert_eq!(events("vlc-paused-and-sought.jsonl"), expected);
    let expected = [(Started, 0), (Paused, 0), (Sought, 33), (Resumed, 33), (Sought, 67), (Stopped, 67)];
    assert_eq!(events("mpv-mpris-paused-and-sought.jsonl"), expected);
}

#[test]
fn quitting_is_a_stop() {
    for trace in ["vlc-quit.jsonl", "mpv-mpris-quit.jsonl"] {
        assert_eq!(events(trace), [(Started, 0), (Stopped, 0)], "{trace}");
    }
}

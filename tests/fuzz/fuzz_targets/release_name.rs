//! Any text is read without a panic, and every reading keeps its promises.

#![no_main]

use discovr_scrobbler::identify::release_name::{numbers_alone, read};

libfuzzer_sys::fuzz_target!(|name: &str| {
    let readings = read(name);
    assert!(readings.len() <= 4);
    assert!(readings.is_sorted_by(|one, other| one.score >= other.score));
    for reading in &readings {
        assert!(!reading.title.trim().is_empty());
        assert!((0.0..=1.0).contains(&reading.score));
        assert!(reading.other_titles.len() <= 6 && !reading.other_titles.contains(&reading.title));
    }
    let _ = numbers_alone(name);
});

//! What a player on the bus answers, and what `playback` makes of it.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| discovr_scrobbler::promises::mpris_metadata(bytes));

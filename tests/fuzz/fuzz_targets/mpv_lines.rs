//! What an mpv says on its socket, and what `playback` makes of it.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| discovr_scrobbler::promises::mpv_lines(bytes));

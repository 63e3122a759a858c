//! NFO and `.plexmatch` files, beside videos of several kinds.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| discovr_scrobbler::promises::nfo(bytes));

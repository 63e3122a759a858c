//! Videos with any header.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| discovr_scrobbler::promises::container(bytes));

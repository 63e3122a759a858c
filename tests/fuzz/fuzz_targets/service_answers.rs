//! What Discovr, Trakt and TMDB answer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| discovr_scrobbler::promises::service_answers(bytes));

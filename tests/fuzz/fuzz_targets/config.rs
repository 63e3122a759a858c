//! What is in the settings' file, in the rules file and in the environment, and what is said of it.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| discovr_scrobbler::promises::config(bytes));

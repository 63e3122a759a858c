//! The settings: what is read, what is refused and in which words, what is shown, what is noticed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "config/bench.rs"]
mod bench;
#[path = "config/example.rs"]
mod example;
#[path = "config/files.rs"]
mod files;
#[path = "config/layers.rs"]
mod layers;
#[path = "config/reload.rs"]
mod reload;
#[path = "config/rules.rs"]
mod rules;
#[path = "config/secrets.rs"]
mod secrets;

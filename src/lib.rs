//! The river from a player to a service.
//!
//! ```text
//! player ──Observation──> playback ──Event──> identify ──Identity──> journal ──Delivery──> service
//! ```
//!
//! Water runs one way: a room knows the rooms upstream of it by the types they hand over, and nothing
//! downstream. [`daemon`] is the only place that knows all rooms. `ARCHITECTURE.md` is the map.

mod checkup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod daemon;
pub mod desktop;
mod error_chain;
mod http;
pub mod identify;
pub mod import;
pub mod journal;
pub mod keyring;
pub mod logging;
mod path_glob;
pub mod playback;
pub mod player;
#[cfg(any(test, fuzzing))]
pub mod promises;
pub mod service;
mod session_bus;

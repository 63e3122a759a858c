//! Discovr, from `PATCH /profile/playback` to `POST /profile/history` (Discovr reference).

mod api;
mod classify;
mod entries;
mod media_id;
mod service;
mod session;

pub use service::{DISCOVR, Discovr};
pub use session::TokenSource;

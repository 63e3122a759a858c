//! Discovr, from `PATCH /profile/playback` to `POST /profile/history` (Discovr reference).

mod api;
mod checkup;
mod classify;
mod entries;
mod media_id;
mod service;
mod session;

pub(crate) use checkup::{checkup, profiles};
pub use service::{DISCOVR, Discovr};
pub use session::TokenSource;

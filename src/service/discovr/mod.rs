//! Discovr, from `PATCH /profile/playback` to `POST /profile/history` (Discovr reference), and signing in to it.

mod checkup;
mod classify;
mod entries;
mod expiry;
mod manner;
mod media_id;
mod picture;
#[cfg(any(test, fuzzing))]
pub(crate) mod promises;
mod service;
mod session;
mod signin;

pub(crate) use checkup::{checkup, profiles};
pub use expiry::{Expiry, next_change};
pub use service::{DISCOVR, Discovr, TELLING};
pub use session::TokenSource;
pub use signin::{Grant, NoAccess, Profile, SignIn};

//! Discovr, from `PATCH /profile/playback` to `POST /profile/history` (Discovr reference), and signing in to it.

mod api;
mod checkup;
mod classify;
mod entries;
mod expiry;
mod media_id;
mod picture;
#[cfg(any(test, fuzzing))]
pub(crate) mod promises;
mod service;
mod session;
mod signin;
mod skew;
mod waiting;

pub(crate) use checkup::{checkup, profiles};
pub use expiry::{Expiry, next_change};
pub use service::{DISCOVR, Discovr};
pub use session::TokenSource;
pub use signin::{DeviceCode, Grant, NoAccess, Polled, Profile, Requested, SignIn};
pub use skew::ClockSkew;
pub use waiting::{Approval, Pace, Progress, wait_for_approval};

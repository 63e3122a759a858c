//! Trakt, from `/scrobble/start` to `/sync/history` (Trakt reference), and signing in to it.

mod api;
mod checkup;
mod classify;
mod lookup;
mod oauth;
mod plays;
#[cfg(any(test, fuzzing))]
pub(crate) mod promises;
mod receipts;
mod recognise;
mod renewal;
mod service;
mod session;
mod tokens;
mod undo;
mod works;

pub(crate) use checkup::{account_trouble, auth_checkup, checkup};
pub use oauth::{Application, OAuth, Refusal};
pub use renewal::Renewing;
pub use service::{TELLING, TRAKT, Trakt};
pub use session::TokenKeeper;
pub use tokens::Tokens;

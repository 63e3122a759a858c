//! Trakt, from `/scrobble/start` to `/sync/history` (Trakt reference), and signing in to it.

mod api;
mod checkup;
mod classify;
mod lookup;
mod oauth;
mod plays;
mod service;
mod session;
mod tokens;
mod works;

pub(crate) use checkup::{account_trouble, auth_checkup, checkup};
pub use oauth::{Application, OAuth, Refusal};
pub use service::{TRAKT, Trakt};
pub use session::TokenKeeper;
pub use tokens::Tokens;

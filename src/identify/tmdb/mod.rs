//! TMDB: asking it, keeping its answers, and judging which of them is meant.

mod answers;
mod checkup;
mod client;
mod credential;
mod lookup;
pub(crate) mod score;

pub use client::TmdbSettings;
pub use credential::{Credential, CredentialError};

pub(crate) use answers::{Details, EpisodeDetails, Found, Hit};
pub(crate) use checkup::checkup;
pub(crate) use client::{Client, NoAnswer};
pub(crate) use score::{Verdict, judge};

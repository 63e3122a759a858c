//! TMDB: asking it, keeping its answers, and judging which of them is meant.

mod answers;
mod client;
mod credential;
mod lookup;
pub(crate) mod score;

pub use client::TmdbSettings;
pub use credential::{Credential, CredentialError};

pub(crate) use answers::{Candidate, Details, EpisodeDetails, Found};
pub(crate) use client::{Client, NoAnswer};
pub(crate) use score::{Judged, Verdict, judge};

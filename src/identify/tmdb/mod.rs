//! TMDB: asking it, and keeping its answers.

mod answers;
mod checkup;
mod client;
mod credential;
mod lookup;

pub use client::TmdbSettings;
pub use credential::{Credential, CredentialError};

pub(crate) use answers::{
    Details, EpisodeFacts, Found, Group, GroupEpisode, GroupOrder, GroupPart, Hit, Season, SeasonTable,
};
pub(crate) use checkup::checkup;
pub(crate) use client::{Client, NoAnswer, Session};
pub(crate) use lookup::Sought;

//! What is playing: from what a player said of a file to an [`Identity`], with its evidence.

mod cache;
mod chain;
mod clue;
mod follow;
mod identity;
mod name_ids;
mod nfo;
mod player_words;
pub mod release_name;
mod resolve;
mod rules;
mod sidecar;
mod subject;
mod titles;
mod tmdb;

pub use cache::{AnswerCache, MemoryCache};
pub use chain::{Explanation, Identifier};
pub use identity::{
    Candidate, Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId,
    SeriesId, Work,
};
pub use rules::{Rule, RuleError, RuleKind, Rules};
pub use subject::Subject;
pub use tmdb::{Credential, CredentialError, TmdbSettings};

//! What is playing: from what a player said of a file to an [`Identity`], with its evidence.

mod cache;
mod identity;
pub mod release_name;
mod rules;
mod titles;
#[path = "tmdb/credential.rs"]
mod credential;

pub use cache::{AnswerCache, MemoryCache};
pub use identity::{
    Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId, SeriesId,
    Work,
};
pub use rules::{Rule, RuleError, RuleKind, Rules};

//! What is playing: from what a player said of a file to an [`Identity`], with its evidence.

mod absolute;
mod cache;
mod chain;
mod clue;
mod container;
mod contradiction;
mod episode_ref;
mod folder;
mod follow;
mod foreign_text;
mod identity;
mod lesson;
mod name_ids;
mod nfo;
mod parts;
mod player_words;
mod plexmatch;
#[cfg(any(test, fuzzing))]
pub(crate) mod promises;
mod regular_file;
pub mod release_name;
mod resolve;
mod rules;
mod sidecar;
mod subject;
mod teach;
mod titles;
mod tmdb;

pub use cache::{AnswerCache, MemoryCache};
pub use chain::{Explanation, Identifier};
pub use identity::{
    Candidate, Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId,
    SeriesId, Work,
};
pub use lesson::lessons;
pub use parts::parts_named;
pub use rules::{Rule, RuleError, RuleKind, Rules};
pub use subject::Subject;
pub(crate) use subject::label as media_label;
pub use teach::{Doubt, Meant, TitleWord, Word, WordError};
pub(crate) use tmdb::checkup as tmdb_checkup;
pub use tmdb::{Credential, CredentialError, TmdbSettings};

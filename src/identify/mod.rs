//! What is playing: from what a player said of a file to an [`Identity`], with its evidence.

mod identity;

pub use identity::{
    Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId, SeriesId,
    Work,
};

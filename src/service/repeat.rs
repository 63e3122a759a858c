//! Whether a call can be made again without harm, and what follows from that when its answer is unclear.

use std::time::Duration;

use super::{Outcome, Trouble};

/// Whether a call can be repeated without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It overwrites (a position) or only reads.
    Harmless,
    /// It adds an entry each time (history).
    Adds,
}

impl Repeat {
    /// What a call means that may or may not have been done.
    pub(crate) fn unclear(self, trouble: Trouble, after: Option<Duration>, why: String) -> Outcome {
        match self {
            Self::Harmless => Outcome::later(trouble, after, why),
            Self::Adds => Outcome::Unsure { after, why },
        }
    }
}

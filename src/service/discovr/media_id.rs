//! How Discovr names a work (Discovr reference, section 2).

use std::fmt;

use crate::identify::Work;

/// `MV_<number>` for a movie, `TV_<number>` for a series; episodes are a series with season and episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaId(Work);

/// Discovr cannot express this work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not supported by Discovr: it has no season 0 or episode 0")]
pub(crate) struct NotSupported;

impl MediaId {
    /// The id for `work`, if Discovr has one: seasons and episodes begin at 1.
    pub(crate) fn of(work: Work) -> Result<Self, NotSupported> {
        match work {
            Work::Episode { season: 0, .. } | Work::Episode { episode: 0, .. } => Err(NotSupported),
            Work::Movie { .. } | Work::Episode { .. } => Ok(Self(work)),
        }
    }

    /// Season and episode, for a series.
    pub(crate) fn episode(self) -> Option<(u32, u32)> {
        match self.0 {
            Work::Movie { .. } => None,
            Work::Episode { season, episode, .. } => Some((season, episode)),
        }
    }
}

impl fmt::Display for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Work::Movie { tmdb } => write!(f, "MV_{}", tmdb.0),
            Work::Episode { tmdb, .. } => write!(f, "TV_{}", tmdb.0),
        }
    }
}

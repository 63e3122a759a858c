//! The words for what something is, and why we believe it.

use serde::{Deserialize, Serialize};

use crate::playback::Progress;

/// The number of a movie on TMDB. Movies and series are numbered apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MovieId(pub u64);

/// The number of a series on TMDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(pub u64);

/// What a media is: a movie, or one or more episodes of one season.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Identity {
    /// A movie.
    Movie {
        /// Which.
        tmdb: MovieId,
    },
    /// One or more episodes in one file, in order.
    Episodes {
        /// Of which series.
        tmdb: SeriesId,
        /// Of which season; 0 holds the specials.
        season: u32,
        /// Which episodes, never empty.
        episodes: Vec<u32>,
    },
}

impl Identity {
    /// Whether both are of the same movie or the same series.
    #[must_use]
    pub fn is_of_same_title(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Movie { tmdb }, Self::Movie { tmdb: other }) => tmdb == other,
            (Self::Episodes { tmdb, .. }, Self::Episodes { tmdb: other, .. }) => tmdb == other,
            _ => false,
        }
    }

    /// The works in it, in order, each once.
    #[must_use]
    pub fn works(&self) -> Vec<Work> {
        match self {
            Self::Movie { tmdb } => vec![Work::Movie { tmdb: *tmdb }],
            Self::Episodes { tmdb, season, episodes } => episodes
                .iter()
                .enumerate()
                .filter(|&(place, episode)| !episodes[..place].contains(episode))
                .map(|(_, &episode)| Work::Episode { tmdb: *tmdb, season: *season, episode })
                .collect(),
        }
    }

    /// The work that plays at `progress` of the whole, and how far it is itself: several episodes are
    /// taken to share the running time evenly.
    #[must_use]
    pub fn work_at(&self, progress: Progress) -> Option<(Work, Progress)> {
        let works = self.works();
        let count = u32::try_from(works.len()).ok().filter(|&count| count > 0)?;
        let share = 100.0 / f64::from(count);
        let index = (0..count).rev().find(|&index| progress.get() >= f64::from(index) * share).unwrap_or(0);
        let work = works.into_iter().nth(usize::try_from(index).ok()?)?;
        Some((work, self.progress_of(work, progress)))
    }

    /// How far `work` is itself at `progress` of the whole; 0 when it is not in it.
    #[must_use]
    pub fn progress_of(&self, work: Work, progress: Progress) -> Progress {
        let works = self.works();
        let place = works.iter().position(|&other| other == work).and_then(|place| u32::try_from(place).ok());
        let (Some(place), Ok(count)) = (place, u32::try_from(works.len())) else {
            return Progress::percent(0.0);
        };
        Progress::percent(progress.get() * f64::from(count) - f64::from(place) * 100.0)
    }
}

/// One thing a service keeps a history entry of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// A movie.
    Movie {
        /// Which.
        tmdb: MovieId,
    },
    /// One episode.
    Episode {
        /// Of which series.
        tmdb: SeriesId,
        /// Of which season; 0 holds the specials.
        season: u32,
        /// Which one.
        episode: u32,
    },
}

/// The answer of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Identification {
    /// It is known well enough to be reported.
    Known(Identified),
    /// It is not: the viewing waits for the user's word or a later look-up.
    Held {
        /// Why.
        reason: HeldReason,
        /// A name to show for it, without its folder.
        label: String,
        /// What was found all the same.
        evidence: Vec<Evidence>,
    },
}

/// An identity with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identified {
    /// What it is.
    pub identity: Identity,
    /// A name to show for it, such as `Breaking Bad` or `The Matrix (1999)`.
    pub label: String,
    /// The numbers of its episodes in the whole series, in the order of [`Identity::works`], where the file is numbered like
    /// that; otherwise none. For services that count seasons in another way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absolute: Vec<u32>,
    /// What it rests on, the strongest first.
    pub evidence: Vec<Evidence>,
    /// How sure it is.
    pub confidence: Confidence,
}

/// How sure an identity is: 0 (a guess) to 1 (the user said so).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(f64);

impl Confidence {
    /// Beyond doubt.
    pub const CERTAIN: Self = Self(1.0);

    /// From a number, clamped to 0 to 1.
    #[must_use]
    pub fn new(confidence: f64) -> Self {
        if confidence.is_nan() { Self(0.0) } else { Self(confidence.clamp(0.0, 1.0)) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// One thing that speaks for an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it comes from.
    pub kind: EvidenceKind,
    /// What it says, for people: `{tmdb-603} in the folder's name`.
    pub says: String,
}

/// Where evidence comes from, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The user said so with `match`.
    Matched,
    /// A rule of the user's.
    Rule,
    /// An explicit id in a file or folder name.
    NameId,
    /// An NFO beside the file or above it.
    Nfo,
    /// A `.plexmatch` file beside the file or above it.
    Plexmatch,
    /// Container tags or the player's words.
    Player,
    /// The release name.
    ReleaseName,
    /// TMDB's answer.
    Tmdb,
}

/// Something that a viewing could be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What.
    #[serde(flatten)]
    pub identity: Identity,
    /// A name to show for it, such as `The Matrix (1999)`.
    pub label: String,
    /// How well it fits, about 0 to 1; above 1 when several things speak for it.
    pub score: f64,
    /// What speaks for it and against it, for people: `year 1 off`, `length fits`.
    #[serde(default)]
    pub because: Vec<String>,
}

/// Why something is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum HeldReason {
    /// The name says nothing that could be looked up.
    Unreadable,
    /// The name was read, and there is no TMDB token to look it up with.
    NoToken,
    /// TMDB knows nothing like it.
    NotFound,
    /// Several fit, or none well enough.
    Ambiguous {
        /// What it could be, the likeliest first.
        candidates: Vec<Candidate>,
    },
    /// The look-up failed and is worth trying again.
    LookupFailed {
        /// What went wrong, for people.
        error: String,
    },
}

//! What one piece of evidence points at, before it is known which identity that is.

use std::fmt;

use super::identity::{Evidence, EvidenceKind};

/// An id in one of the catalogues.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    Tmdb(u64),
    /// `tt` and digits.
    Imdb(String),
    Tvdb(u64),
}

/// What an id is an id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Movie,
    Series,
    /// One episode, in a catalogue's own numbering of episodes.
    Episode,
    /// The place does not say; the file's own name decides.
    Unsaid,
}

/// An id with what it is of and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clue {
    pub(crate) id: Id,
    pub(crate) target: Target,
    /// Season and episodes that the same place states; otherwise the name's count.
    pub(crate) numbers: Option<(u32, Vec<u32>)>,
    /// How many folders above the file it was found, 1 being its folder; 0 for the file's own name, tags and NFO.
    pub(crate) above: usize,
    pub(crate) evidence: Evidence,
}

impl Id {
    /// A TMDB or TVDB number from text.
    pub(crate) fn number(text: &str) -> Option<u64> {
        let text = text.trim();
        let plain = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|&number| plain && number > 0)
    }

    /// An IMDb id from text: `tt` and 7 to 10 digits.
    pub(crate) fn imdb(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let digits = text.strip_prefix("tt")?;
        ((7..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some(Self::Imdb(text))
    }

    /// Which id to take when a place has several: TMDB's own needs no look-up.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Tmdb(_) => 0,
            Self::Imdb(_) => 1,
            Self::Tvdb(_) => 2,
        }
    }
}

impl fmt::Display for Id {
    /// With its catalogue's name, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tmdb(number) => write!(f, "TMDB {number}"),
            Self::Imdb(id) => write!(f, "IMDb {id}"),
            Self::Tvdb(number) => write!(f, "TVDB {number}"),
        }
    }
}

/// Evidence of `kind` in words.
pub(crate) fn evidence(kind: EvidenceKind, says: impl Into<String>) -> Evidence {
    Evidence { kind, says: says.into() }
}

//! What the state machine can be told, and what it does not count as a viewing.

use std::time::Duration;

use globset::GlobSet;
use serde::{Deserialize, Serialize};

use super::Progress;
use crate::player::{Location, Media};

/// The settings of the state machine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// From which progress a viewing is completed.
    pub completed: Thresholds,
    /// Which share must really have been played for that.
    pub min_watched: Progress,
    /// Shorter media is no viewing.
    pub min_duration: Duration,
    /// For how long something must have played before it is announced, and a seek have settled.
    pub debounce: Duration,
    /// How often a playing viewing reports its position.
    pub progress_interval: Duration,
    /// Which players and paths count.
    pub filter: Filter,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            completed: Thresholds::default(),
            min_watched: Progress::percent(5.0),
            min_duration: Duration::from_secs(300),
            debounce: Duration::from_secs(2),
            progress_interval: Duration::from_secs(60),
            filter: Filter::default(),
        }
    }
}

/// From which progress on a viewing is completed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// While it is not known what it is.
    pub unknown: Progress,
    /// A movie.
    pub movie: Progress,
    /// An episode.
    pub episode: Progress,
}

impl Default for Thresholds {
    fn default() -> Self {
        let eighty = Progress::percent(80.0);
        Self { unknown: eighty, movie: eighty, episode: eighty }
    }
}

impl Thresholds {
    /// The threshold for `kind`.
    #[must_use]
    pub fn of(&self, kind: Option<Kind>) -> Progress {
        match kind {
            None => self.unknown,
            Some(Kind::Movie) => self.movie,
            Some(Kind::Episode) => self.episode,
        }
    }
}

/// The kinds of work with a threshold of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A movie.
    Movie,
    /// One or more episodes of a series.
    Episode,
}

/// Which players and paths count. An empty `only` lets everything through.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Nothing but these players, by their short names, in lower case.
    pub only_players: Vec<String>,
    /// Not these players.
    pub ignored_players: Vec<String>,
    /// Nothing but these paths and addresses.
    pub only_paths: GlobSet,
    /// Not these paths and addresses.
    pub ignored_paths: GlobSet,
}

impl Filter {
    /// Whether `player` counts.
    #[must_use]
    pub fn admits_player(&self, player: &str) -> bool {
        let listed = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(player));
        (self.only_players.is_empty() || listed(&self.only_players)) && !listed(&self.ignored_players)
    }

    fn admits_location(&self, location: &Location) -> bool {
        let matches = |globs: &GlobSet| match location {
            Location::File(path) => globs.is_match(path),
            Location::Url(url) => globs.is_match(url),
            Location::Unknown => false,
        };
        (self.only_paths.is_empty() || matches(&self.only_paths)) && !matches(&self.ignored_paths)
    }
}

/// Why something that a player has loaded is not a viewing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotAViewing {
    /// Nothing, or nothing with a name.
    #[error("nothing is loaded")]
    NothingLoaded,
    /// The player has not said how long it is.
    #[error("its length is not known")]
    NoDuration,
    /// Below `playback.min_duration`.
    #[error("it is shorter than playback.min_duration")]
    TooShort,
    /// No moving pictures.
    #[error("it is audio")]
    Audio,
    /// It has no end.
    #[error("it is a live stream")]
    Live,
    /// Left out by `players.only` or `players.ignore`.
    #[error("players.only or players.ignore leaves this player out")]
    IgnoredPlayer,
    /// Left out by `paths.only` or `paths.ignore`.
    #[error("paths.only or paths.ignore leaves this path out")]
    IgnoredPath,
}

impl Settings {
    /// The duration that counts, if `media` in `player` can be a viewing.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn admit(
        &self,
        player: &str,
        media: &Media,
        duration: Option<Duration>,
    ) -> Result<Duration, NotAViewing> {
        if !self.filter.admits_player(player) {
            Err(NotAViewing::IgnoredPlayer)
        } else if media.is_anonymous() {
            Err(NotAViewing::NothingLoaded)
        } else if !self.filter.admits_location(&media.location) {
            Err(NotAViewing::IgnoredPath)
        } else if media.live {
            Err(NotAViewing::Live)
        } else if media.video == Some(false) {
            Err(NotAViewing::Audio)
        } else {
            match duration {
                None => Err(NotAViewing::NoDuration),
                Some(duration) if duration.is_zero() => Err(NotAViewing::NoDuration),
                Some(duration) if duration < self.min_duration => Err(NotAViewing::TooShort),
                Some(duration) => Ok(duration),
            }
        }
    }
}

//! What one interface of a player says at an instant.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Media;
use crate::clock::Moment;

/// What the watchers send down the river.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PlayerReport {
    /// An interface said something.
    Observed(Observation),
    /// An interface is gone: quit, crashed or killed. Its [`SourceId`] never comes back.
    Gone {
        /// Which one.
        source: Arc<Source>,
        /// When it was noticed.
        at: Moment,
    },
}

/// What one interface says at an instant. It is the whole present state, never a difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Which interface said it.
    pub source: Arc<Source>,
    /// When `position` was true.
    pub at: Moment,
    /// Its word for what it does. A position that moves outranks `Stopped`.
    pub state: PlayState,
    /// Where it is; `None` when it did not say. Watchers pass on what the player says; `playback` judges it.
    pub position: Option<Position>,
    /// How fast the position moves while playing. Zero while buffering.
    pub rate: Rate,
    /// How long the media is; `None` while unknown.
    pub duration: Option<Duration>,
    /// What is loaded; `None` when nothing is.
    pub media: Option<Arc<Media>>,
    /// The player says in so many words that it reached the end of the media (mpv's `eof`, `eof-reached`).
    pub ended: bool,
}

/// The player's word for what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PlayState {
    /// Playing, or trying to (buffering is playing at rate zero).
    Playing,
    /// Paused.
    Paused,
    /// Stopped, or nothing loaded.
    Stopped,
}

impl fmt::Display for PlayState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Playing => "playing",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        })
    }
}

/// One connection to one interface of one player.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// Unique in a run of the daemon.
    pub id: SourceId,
    /// Which kind of interface.
    pub interface: Interface,
    /// The player's short name: `mpv`, `vlc`, or what follows `org.mpris.MediaPlayer2.` up to the instance. An mpv that is
    /// the child of a front end has the front end's.
    pub player: String,
    /// The process behind it, when the system says.
    pub pid: Option<u32>,
    /// That process's parent (SMPlayer's mpv is its child).
    pub parent: Option<u32>,
}

/// The number of one connection. Never used twice in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u64);

/// Hands out [`SourceId`]s to the watchers.
#[derive(Debug, Clone, Default)]
pub struct SourceIds(Arc<AtomicU64>);

impl SourceIds {
    /// A number that was not given out before.
    #[must_use]
    pub fn next(&self) -> SourceId {
        SourceId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// The kinds of interface, the richest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Interface {
    /// mpv's JSON IPC socket.
    MpvIpc,
    /// MPRIS on the session bus.
    Mpris,
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MpvIpc => "mpv_ipc",
            Self::Mpris => "mpris",
        })
    }
}

/// A time in the media, from its beginning. Not a percentage, and not a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Position(Duration);

impl Position {
    /// The beginning.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// `offset` from the beginning.
    #[must_use]
    pub const fn new(offset: Duration) -> Self {
        Self(offset)
    }

    /// From a player's seconds: negative is the beginning, what is no number or absurd is `None`.
    #[must_use]
    pub fn from_secs(seconds: f64) -> Option<Self> {
        if seconds.is_nan() {
            return None;
        }
        Duration::try_from_secs_f64(seconds.max(0.0)).ok().map(Self)
    }

    /// From a player's microseconds: negative is the beginning.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    /// The offset from the beginning.
    #[must_use]
    pub const fn offset(self) -> Duration {
        self.0
    }
}

/// How fast positions move: media seconds per second, 0 to [`Rate::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Rate(f64);

impl Rate {
    /// Standing still.
    pub const ZERO: Self = Self(0.0);
    /// As made.
    pub const NORMAL: Self = Self(1.0);
    /// The fastest any player goes (mpv's ceiling).
    pub const MAX: f64 = 100.0;

    /// From what a player says; nonsense becomes normal speed, too fast becomes [`Rate::MAX`].
    #[must_use]
    pub fn new(rate: f64) -> Self {
        if rate.is_finite() && rate >= 0.0 { Self(rate.min(Self::MAX)) } else { Self::NORMAL }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// How far the position moves in `time`.
    #[must_use]
    pub fn advance(self, time: Duration) -> Duration {
        Duration::try_from_secs_f64(time.as_secs_f64() * self.0).unwrap_or(Duration::MAX)
    }

    /// How long the position takes to move by `distance`; `None` when it never does.
    #[must_use]
    pub fn time_for(self, distance: Duration) -> Option<Duration> {
        if self.0 <= 0.0 { None } else { Duration::try_from_secs_f64(distance.as_secs_f64() / self.0).ok() }
    }
}

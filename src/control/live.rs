//! What the daemon says of itself to `status`.

use serde::{Deserialize, Serialize};

use crate::playback::Reason;

/// What is going on now. Sent as one line of JSON; a field may be added, none changes its meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveStatus {
    /// The daemon's process.
    pub pid: u32,
    /// The daemon's release.
    pub version: String,
    /// The players that are seen.
    pub players: Vec<LivePlayer>,
    /// What is being watched.
    pub watching: Vec<LiveViewing>,
    /// How the daemon reaches each service that it has tried to.
    #[serde(default)]
    pub services: Vec<LiveService>,
    /// By how many seconds Discovr's clock is ahead of this machine's; nothing before it has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead: Option<i64>,
    /// Where Discovr's refresh token was found, for people; nothing when it was not, or was not looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_in: Option<String>,
    /// Why the journal cannot be used, for people, while what is watched is kept in memory alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal_trouble: Option<String>,
}

/// A service, as the daemon reaches it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveService {
    /// Its name, such as `discovr`.
    pub service: String,
    /// By how many seconds its clock is ahead of this machine's; nothing before it has answered.
    pub clock_ahead: Option<i64>,
    /// Where its token was found, for people; nothing when it was not, or was not looked for.
    pub token_in: Option<String>,
}

/// A player that is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LivePlayer {
    /// Its short name.
    pub player: String,
    /// `mpv_ipc` or `mpris`.
    pub interface: String,
    /// Its process, if known.
    pub pid: Option<u32>,
    /// `playing`, `paused` or `stopped`.
    pub state: String,
    /// Why it is not followed, if it is not, for people.
    pub not_followed: Option<String>,
}

/// Something that is being watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveViewing {
    /// The viewing's name in the journal, once it is announced.
    pub viewing: Option<String>,
    /// Its title, which the command takes from the journal; the daemon does not say it.
    pub title: Option<String>,
    /// In which player.
    pub player: String,
    /// Whether its position moves.
    pub playing: bool,
    /// In seconds from the beginning.
    pub position: f64,
    /// In seconds.
    pub duration: f64,
    /// In percent.
    pub progress: f64,
    /// Which share was really played, in percent.
    pub watched: f64,
    /// Whether each of its parts, its episodes if it has several, is completed.
    #[serde(default)]
    pub parts: Vec<bool>,
    /// What happens next by time alone.
    pub next: Option<LiveDeadline>,
}

/// What happens next by time alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveDeadline {
    /// What.
    pub reason: Reason,
    /// In how many seconds.
    pub seconds: f64,
}

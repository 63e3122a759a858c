//! What the daemon says of itself to `status`.

use serde::{Deserialize, Serialize};

use crate::clock::Now;
use crate::playback::{NotFollowed, Reason, Tracker};

/// What is going on now. Sent as one line of JSON over the control socket.
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
    /// What happens next by time alone, and in how many seconds.
    pub next: Option<(Reason, f64)>,
}

impl LiveStatus {
    /// What `tracker` knows at `now`.
    pub(crate) fn of(tracker: &Tracker, now: Now) -> Self {
        let players = tracker
            .players()
            .into_iter()
            .map(|player| LivePlayer {
                player: player.player,
                interface: player.interface.to_string(),
                pid: player.pid,
                state: player.state.to_string(),
                not_followed: player.not_followed.map(|reason| match reason {
                    NotFollowed::NotAViewing(reason) => reason.to_string(),
                    NotFollowed::Twin => "seen better through its other interface".to_owned(),
                    NotFollowed::Stopped => "stopped".to_owned(),
                }),
            })
            .collect();
        let watching = tracker
            .sittings(now)
            .into_iter()
            .filter_map(|sitting| {
                let viewing = sitting.viewing?;
                Some(LiveViewing {
                    viewing: sitting.announced.then(|| viewing.id.to_string()),
                    player: sitting.player,
                    playing: sitting.playing,
                    position: viewing.position.offset().as_secs_f64(),
                    duration: viewing.duration.as_secs_f64(),
                    progress: viewing.progress().get(),
                    watched: viewing.coverage().get(),
                    next: sitting.next.map(|next| (next.reason, next.at.since(now.moment).as_secs_f64())),
                })
            })
            .collect();
        Self {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            players,
            watching,
        }
    }
}

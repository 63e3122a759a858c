//! Seeing players: what each interface of each running player says, as [`Observation`]s.
//!
//! The watchers only read. They know sockets and D-Bus; they know nothing of titles, services or the journal.

mod media;
pub mod mpris;
pub mod mpv;
mod observation;
mod process;

pub use media::{Location, Media, MediaKey};
pub use observation::{
    Interface, Observation, PlayState, PlayerReport, Position, Rate, Source, SourceId, SourceIds,
};

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// What every watcher is given by the daemon.
#[derive(Debug, Clone)]
pub struct WatcherContext {
    /// The time.
    pub clock: Clock,
    /// Numbers for new connections.
    pub sources: SourceIds,
    /// Where reports go. Bounded: a watcher that waits here must not stop reading its player.
    pub reports: mpsc::Sender<PlayerReport>,
    /// A player appeared on the bus: a reason to look for mpv's sockets again.
    pub look_again: Arc<Notify>,
    /// Ends the watcher.
    pub cancel: CancellationToken,
}

impl WatcherContext {
    /// A context of its own, with the system's clock.
    #[must_use]
    pub fn new(reports: mpsc::Sender<PlayerReport>) -> Self {
        Self {
            clock: Clock::system(),
            sources: SourceIds::default(),
            reports,
            look_again: Arc::new(Notify::new()),
            cancel: CancellationToken::new(),
        }
    }
}

//! Starts the watchers, starts them again when their settings change, and remembers whom they have reported.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::clock::Clock;
use crate::player::mpris::MprisSettings;
use crate::player::mpv::MpvSettings;
use crate::player::{Interface, PlayerReport, Source, SourceId, SourceIds, WatcherContext, mpris, mpv};

/// How long a watcher that failed is left alone.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Which interfaces are to be watched, and how.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) mpv: Option<MpvSettings>,
    pub(crate) mpris: Option<MprisSettings>,
}

/// The running watchers.
#[derive(Debug)]
pub(crate) struct Watchers {
    clock: Clock,
    sources: SourceIds,
    reports: mpsc::Sender<PlayerReport>,
    wanted: Wanted,
    cancel: CancellationToken,
    tasks: JoinSet<()>,
    running: HashMap<tokio::task::Id, Interface>,
    look_again: Arc<Notify>,
    seen: HashMap<SourceId, Arc<Source>>,
}

impl Watchers {
    pub(crate) fn start(clock: Clock, reports: mpsc::Sender<PlayerReport>, wanted: Wanted) -> Self {
        let mut watchers = Self {
            clock,
            sources: SourceIds::default(),
            reports,
            wanted,
            cancel: CancellationToken::new(),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            look_again: Arc::new(Notify::new()),
            seen: HashMap::new(),
        };
        watchers.spawn(Interface::MpvIpc, Duration::ZERO);
        watchers.spawn(Interface::Mpris, Duration::ZERO);
        watchers
    }

    fn spawn(&mut self, interface: Interface, pause: Duration) {
        let context = WatcherContext {
            clock: self.clock.clone(),
            sources: self.sources.clone(),
            reports: self.reports.clone(),
            look_again: Arc::clone(&self.look_again),
            cancel: self.cancel.clone(),
        };
        let task = match interface {
            Interface::MpvIpc => {
                let Some(settings) = self.wanted.mpv.clone() else { return };
                self.tasks.spawn(async move {
                    tokio::time::sleep(pause).await;
                    mpv::watch(settings, context).await;
                })
            }
            Interface::Mpris => {
                let Some(settings) = self.wanted.mpris.clone() else { return };
                self.tasks.spawn(async move {
                    tokio::time::sleep(pause).await;
                    mpris::watch(settings, context).await;
                })
            }
        };
        self.running.insert(task.id(), interface);
    }

    /// Remembers whom a report is from.
    pub(crate) fn note(&mut self, report: &PlayerReport) {
        match report {
            PlayerReport::Observed(observation) => {
                self.seen.entry(observation.source.id).or_insert_with(|| Arc::clone(&observation.source));
            }
            PlayerReport::Gone { source, .. } => {
                self.seen.remove(&source.id);
            }
        }
    }

    /// Waits until a watcher ends that should not, starts it again, and gives the players it does not see any more.
    pub(crate) async fn failed(&mut self) -> Vec<PlayerReport> {
        loop {
            let Some(ended) = self.tasks.join_next_with_id().await else {
                return std::future::pending().await;
            };
            let id = match &ended {
                Ok((id, ())) => *id,
                Err(error) => error.id(),
            };
            let Some(interface) = self.running.remove(&id) else { continue };
            error!(%interface, panicked = ended.is_err(), "a watcher failed and is started again: please report this");
            self.spawn(interface, PAUSE_AFTER_FAILURE);
            return self.forget(|source| source.interface == interface);
        }
    }

    /// Stops all watchers and starts those that are wanted. Gives the players that are not seen any more, until the
    /// new watchers find them again.
    pub(crate) async fn restart(&mut self, wanted: Wanted) -> Vec<PlayerReport> {
        self.stop().await;
        self.wanted = wanted;
        self.cancel = CancellationToken::new();
        self.spawn(Interface::MpvIpc, Duration::ZERO);
        self.spawn(Interface::Mpris, Duration::ZERO);
        self.forget(|_| true)
    }

    /// Stops all watchers.
    pub(crate) async fn stop(&mut self) {
        self.cancel.cancel();
        self.running.clear();
        // They hold no state worth waiting for; a watcher that is stuck in a full channel must not hold this up.
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
    }

    fn forget(&mut self, which: impl Fn(&Source) -> bool) -> Vec<PlayerReport> {
        let at = self.clock.now().moment;
        self.seen
            .extract_if(|_, source| which(source))
            .map(|(_, source)| PlayerReport::Gone { source, at })
            .collect()
    }
}

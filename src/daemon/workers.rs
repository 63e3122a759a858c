//! The services' workers.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use url::Url;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::service::discovr::{Discovr, TokenSource};
use crate::service::{Active, ClockSkew, End, Ending, Timing, deliver};

/// How Discovr is to be reached.
#[derive(Debug, Clone)]
pub(crate) struct DiscovrSetup {
    pub(crate) api_url: Url,
    pub(crate) token: TokenSource,
    pub(crate) skew: ClockSkew,
    pub(crate) active: Active,
}

/// A worker, running or not.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    running: Option<(End, JoinHandle<()>)>,
    /// One that was ended without another in its place: it may still have a call under way.
    leaving: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a worker for Discovr in place of the one that runs, which finishes the call under way first; with no `setup`,
    /// none.
    pub(crate) fn replace(
        &mut self,
        setup: Option<DiscovrSetup>,
        journal: &Journal,
        clock: &Clock,
        wake: &Arc<Notify>,
    ) {
        let before = match self.running.take() {
            Some((end, task)) => {
                end.order(Ending::Replaced);
                Some(task)
            }
            None => self.leaving.take(),
        };
        let Some(setup) = setup else {
            self.leaving = before;
            return;
        };
        let end = End::new();
        let (journal, clock, wake, told) = (journal.clone(), clock.clone(), Arc::clone(wake), end.clone());
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                // However it ended, this one takes over.
                let _ = before.await;
            }
            let service = Discovr::measuring(setup.api_url, setup.token, clock.clone(), setup.skew);
            deliver(service, journal, clock, wake, setup.active, Timing::default(), told).await;
        });
        self.running = Some((end, task));
    }

    /// Waits until the worker ends without having been told to.
    pub(crate) async fn failed(&mut self) {
        match &mut self.running {
            Some((_, task)) => {
                let _ = task.await;
                self.running = None;
            }
            None => std::future::pending().await,
        }
    }

    /// Lets the worker say farewell.
    pub(crate) async fn stop(&mut self) {
        if let Some((end, task)) = self.running.take() {
            end.order(Ending::Shutdown);
            // A panic has been logged, and its delivery is asked for at the next start.
            let _ = task.await;
        }
        if let Some(leaving) = self.leaving.take() {
            let _ = leaving.await;
        }
    }
}

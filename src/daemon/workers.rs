//! The services' workers.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::service::discovr::{Discovr, TokenSource};
use crate::service::{Active, Timing, deliver};

/// How Discovr is to be reached.
#[derive(Debug, Clone)]
pub(crate) struct DiscovrSetup {
    pub(crate) api_url: Url,
    pub(crate) token: TokenSource,
    pub(crate) active: Active,
}

/// A worker, running or not.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    running: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Worker {
    /// Starts a worker for Discovr in place of the one that runs, which says farewell first; with no `setup`, none.
    pub(crate) fn replace(
        &mut self,
        setup: Option<DiscovrSetup>,
        journal: &Journal,
        clock: &Clock,
        wake: &Arc<Notify>,
    ) {
        let before = self.running.take();
        if let Some((cancel, _)) = &before {
            cancel.cancel();
        }
        let Some(setup) = setup else { return };
        let cancel = CancellationToken::new();
        let (journal, clock, wake, end) = (journal.clone(), clock.clone(), Arc::clone(wake), cancel.clone());
        let task = tokio::spawn(async move {
            if let Some((_, farewell)) = before {
                // However it ended, this one takes over.
                let _ = farewell.await;
            }
            let service = Discovr::new(setup.api_url, setup.token, clock.clone());
            deliver(service, journal, clock, wake, setup.active, Timing::default(), end).await;
        });
        self.running = Some((cancel, task));
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
        if let Some((cancel, task)) = self.running.take() {
            cancel.cancel();
            // A panic has been logged, and its delivery is asked for at the next start.
            let _ = task.await;
        }
    }
}

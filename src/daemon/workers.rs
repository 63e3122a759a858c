//! A service's worker, running or not.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::service::{Active, End, Ending, Service, Timing, deliver};

/// What a worker works with, whatever its service.
#[derive(Debug, Clone)]
pub(crate) struct Bench {
    pub(crate) journal: Journal,
    pub(crate) clock: Clock,
    /// Wakes this worker, and no other.
    pub(crate) wake: Arc<Notify>,
}

/// A service that is ready to be worked for, whichever it is.
pub(crate) struct Launch(Box<dyn FnOnce(Bench, End) -> Working + Send>);

type Working = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Launch {
    /// The service that comes of `making`, once the worker begins; `active` is whom the settings name.
    pub(crate) fn of<S: Service + Send + 'static>(
        active: Active,
        making: impl Future<Output = S> + Send + 'static,
    ) -> Self {
        Self(Box::new(move |bench, end| {
            let Bench { journal, clock, wake } = bench;
            Box::pin(async move {
                deliver(making.await, journal, clock, wake, active, Timing::default(), end).await;
            })
        }))
    }
}

impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Launch(…)")
    }
}

/// A worker, running or not.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    running: Option<(End, JoinHandle<()>)>,
    /// One that was ended without another in its place: it may still have a call under way.
    leaving: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a worker in place of the one that runs, which finishes the call under way first, and after `pause`; with
    /// nothing to `launch`, none.
    pub(crate) fn replace(&mut self, launch: Option<Launch>, bench: Bench, pause: Duration) {
        let before = match self.running.take() {
            Some((end, task)) => {
                end.order(Ending::Replaced);
                Some(task)
            }
            None => self.leaving.take(),
        };
        let Some(Launch(launch)) = launch else {
            self.leaving = before;
            return;
        };
        let end = End::new();
        let told = end.clone();
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                // However it ended, this one takes over.
                let _ = before.await;
            }
            if pause.is_zero() || told.is_not_given_for(pause).await {
                launch(bench, told).await;
            }
        });
        self.running = Some((end, task));
    }

    /// Ready once the worker has ended without having been told to.
    pub(crate) fn poll_failed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some((_, task)) = &mut self.running else { return Poll::Pending };
        let ended = Pin::new(task).poll(context).map(drop);
        if ended.is_ready() {
            self.running = None;
        }
        ended
    }

    /// Tells the worker to say farewell.
    pub(crate) fn order_farewell(&self) {
        if let Some((end, _)) = &self.running {
            end.order(Ending::Shutdown);
        }
    }

    /// Waits until the worker has ended.
    pub(crate) async fn ended(&mut self) {
        if let Some((_, task)) = self.running.take() {
            // A panic has been logged, and its delivery is asked for at the next start.
            let _ = task.await;
        }
        if let Some(leaving) = self.leaving.take() {
            let _ = leaving.await;
        }
    }
}

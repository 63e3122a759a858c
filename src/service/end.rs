//! How a worker is told to end, and how long it has then.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Why a worker ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Another one takes over, or none is wanted: only the call under way is finished.
    Replaced,
    /// The daemon ends: what is due is still told, as far as the farewell allows.
    Shutdown,
}

/// The order to end; clones share it.
#[derive(Debug, Clone, Default)]
pub struct End {
    came: CancellationToken,
    order: Arc<OnceLock<(Ending, Instant)>>,
}

impl End {
    /// An order that has not been given yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the order. Only the first counts.
    pub fn order(&self, ending: Ending) {
        self.order.get_or_init(|| (ending, Instant::now()));
        self.came.cancel();
    }

    /// What was ordered, and when.
    pub(super) fn ordered(&self) -> Option<(Ending, Instant)> {
        self.order.get().copied()
    }

    /// Waits for the order.
    pub(super) async fn come(&self) {
        self.came.cancelled().await;
    }

    /// Waits for as long as `pause`, and says `false` as soon as the order comes.
    pub(crate) async fn is_not_given_for(&self, pause: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.come() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }

    /// Runs `work`, but no longer than `farewell` after the order.
    pub(super) async fn until_farewell<T>(
        &self,
        work: impl Future<Output = T>,
        farewell: Duration,
    ) -> Option<T> {
        let over = async {
            self.come().await;
            if let Some((_, at)) = self.ordered() {
                tokio::time::sleep_until(at + farewell).await;
            }
        };
        tokio::select! {
            value = work => Some(value),
            () = over => None,
        }
    }
}

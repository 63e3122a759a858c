//! Observations on their way to the daemon. The session puts them here without waiting; when the daemon is slow,
//! only the newest of each media is kept.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::player::Observation;

/// How many may wait. Only a player that changes its media faster than the daemon reads gets there.
const MAX_WAITING: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    observations: VecDeque<Observation>,
    closed: bool,
}

impl Outbox {
    /// Puts an observation in. It takes the place of the last one if that says nothing that must not be missed.
    pub(crate) fn put(&self, observation: Observation) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = &mut waiting.observations;
        match queue.back_mut() {
            Some(last) if !last.ended && last.media == observation.media => *last = observation,
            _ => queue.push_back(observation),
        }
        if queue.len() > MAX_WAITING {
            queue.pop_front();
        }
        self.changed.notify_one();
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_one();
    }

    /// The next observation; `None` when it is closed and empty.
    pub(crate) async fn next(&self) -> Option<Observation> {
        loop {
            {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(observation) = waiting.observations.pop_front() {
                    return Some(observation);
                }
                if waiting.closed {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }
}

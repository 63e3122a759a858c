//! Where answers of TMDB are kept, so that the same question is not asked twice.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A store of answers by key. Losing an answer costs a call, nothing else.
pub trait AnswerCache: Send + Sync {
    /// The answer kept under `key`, unless its time is over.
    fn get(&self, key: &str) -> impl Future<Output = Option<String>> + Send;

    /// Keeps `value` under `key` for as long as `keep`, replacing what was there.
    fn put(&self, key: &str, value: &str, keep: Duration) -> impl Future<Output = ()> + Send;
}

/// A cache that lives as long as its process, for commands and tests.
#[derive(Debug, Default)]
pub struct MemoryCache {
    answers: Mutex<HashMap<String, Kept>>,
}

#[derive(Debug)]
struct Kept {
    value: String,
    until: Instant,
}

impl MemoryCache {
    /// How many answers it holds at most; what would end first makes room.
    pub const MAX_ANSWERS: usize = 1024;

    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        // A map of finished entries is whole even after a panic elsewhere.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AnswerCache for MemoryCache {
    async fn get(&self, key: &str) -> Option<String> {
        let answers = self.lock();
        answers.get(key).filter(|kept| kept.until > Instant::now()).map(|kept| kept.value.clone())
    }

    async fn put(&self, key: &str, value: &str, keep: Duration) {
        let Some(until) = Instant::now().checked_add(keep) else { return };
        let mut answers = self.lock();
        if answers.len() >= Self::MAX_ANSWERS && !answers.contains_key(key) {
            let first = answers.iter().min_by_key(|(_, kept)| kept.until).map(|(key, _)| key.clone());
            if let Some(first) = first {
                answers.remove(&first);
            }
        }
        answers.insert(key.to_owned(), Kept { value: value.to_owned(), until });
    }
}

//! Waiting for what must come, without a word about how fast.

use std::time::Duration;

/// How often is looked.
const STEP: Duration = Duration::from_millis(20);

/// Looks until `look` gives something.
///
/// # Panics
/// When it gives nothing in about `limit`.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..=limit.as_millis() / STEP.as_millis() {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(STEP);
    }
    panic!("waited in vain: {what}");
}

/// The same, while other tasks go on.
///
/// # Panics
/// When it gives nothing in about `limit`.
pub async fn patiently<T>(what: &str, limit: Duration, look: impl FnMut() -> Option<T>) -> T {
    patiently_every(STEP, what, limit, look).await
}

/// The same, for looks that cost something: there are fewer of them.
///
/// # Panics
/// When it gives nothing in about `limit`.
pub async fn patiently_every<T>(
    step: Duration,
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    for _ in 0..=limit.as_millis() / step.as_millis() {
        if let Some(found) = look() {
            return found;
        }
        tokio::time::sleep(step).await;
    }
    panic!("waited in vain: {what}");
}

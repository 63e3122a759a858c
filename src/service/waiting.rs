//! Waiting until a code is approved.

use std::time::Duration;

use tokio::time::Instant;

use super::device_code::{DeviceCode, Polled};

/// How often the service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two questions.
    pub every: Duration,
    /// By how much longer that is each time the service wants to be asked less often.
    pub slower: Duration,
}

impl Pace {
    /// As the service wants it for `code`.
    #[must_use]
    pub fn of(code: &DeviceCode) -> Self {
        Self { every: code.interval, slower: Duration::from_secs(5) }
    }
}

/// How the waiting goes, told whenever that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The service waits for the user.
    Waiting,
    /// The service wants to be asked less often.
    Slower,
    /// The last question had no clear answer, which changes nothing.
    Unclear {
        /// Why.
        why: String,
    },
}

/// How the waiting ended.
#[derive(Debug)]
pub enum Approval<G> {
    /// The code was approved.
    Given(G),
    /// The service says that it is over.
    Over {
        /// Why, for people.
        why: &'static str,
    },
    /// The code was good for no longer.
    TimedOut,
}

/// Asks, by `poll`, at once and then every few seconds, until the code is approved or over, or its life has passed. What has no
/// clear answer means "still waiting". Dropping the future ends the waiting.
pub async fn wait_for_approval<G>(
    mut poll: impl AsyncFnMut() -> Polled<G>,
    code: &DeviceCode,
    pace: Pace,
    mut tell: impl FnMut(&Progress),
) -> Approval<G> {
    let ends = Instant::now() + code.life;
    let mut every = pace.every;
    let mut told = None;
    loop {
        let mut pause = every;
        let progress = match poll().await {
            Polled::Approved(grant) => return Approval::Given(grant),
            Polled::Over { why } => return Approval::Over { why },
            Polled::Pending => Progress::Waiting,
            Polled::Slower(after) => {
                every = every.saturating_add(pace.slower);
                pause = every.max(after.unwrap_or(Duration::ZERO));
                Progress::Slower
            }
            Polled::Unclear { why } => Progress::Unclear { why },
        };
        if told.as_ref() != Some(&progress) {
            tell(&progress);
            told = Some(progress);
        }
        // Once more at the very end: the user may have been slow, and the token is there.
        let now = Instant::now();
        if now >= ends {
            return Approval::TimedOut;
        }
        tokio::time::sleep(pause.min(ends - now)).await;
    }
}

//! Waiting until a code is approved.

use std::time::Duration;

use tokio::time::Instant;

use super::signin::{DeviceCode, Grant, Polled, SignIn};

/// How often the service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two questions.
    pub every: Duration,
    /// By how much longer that is each time the service wants to be asked less often.
    pub slower: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { every: Duration::from_secs(5), slower: Duration::from_secs(5) }
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
pub enum Approval {
    /// The code was approved.
    Given(Grant),
    /// The service says that it is over: denied, expired, or not known.
    Over,
    /// The code was good for no longer.
    TimedOut,
}

/// Asks at once and then every few seconds, until the code is approved or over, or its life has passed. What has no
/// clear answer means "still waiting". Dropping the future ends the waiting.
pub async fn wait_for_approval(
    sign_in: &mut SignIn,
    code: &DeviceCode,
    pace: Pace,
    mut tell: impl FnMut(&Progress),
) -> Approval {
    let ends = Instant::now() + code.life;
    let mut every = pace.every;
    let mut told = None;
    loop {
        let mut pause = every;
        let progress = match sign_in.poll(code).await {
            Polled::Approved(grant) => return Approval::Given(grant),
            Polled::Over => return Approval::Over,
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

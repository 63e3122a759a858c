//! Words to systemd. Without it they go nowhere.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{Interval, MissedTickBehavior};

/// Tells systemd. A failure is no reason to stop: systemd will act on the silence.
pub(crate) fn tell(words: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(words) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

/// Signs of life, twice in the time that systemd allows; never when it asks for none.
#[derive(Debug)]
pub(crate) struct Watchdog(Option<Interval>);

impl Watchdog {
    /// As the environment says.
    pub(crate) fn from_environment() -> Self {
        let pause = sd_notify::watchdog_enabled().map(|limit| limit / 2);
        Self(pause.filter(|pause| *pause > Duration::ZERO).map(|pause| {
            let mut interval = tokio::time::interval(pause);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        }))
    }

    /// Waits for the next time and gives the sign.
    pub(crate) async fn sign(&mut self) {
        match &mut self.0 {
            Some(interval) => {
                interval.tick().await;
                tell(&[NotifyState::Watchdog]);
            }
            None => std::future::pending().await,
        }
    }
}

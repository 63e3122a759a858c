//! Tells the user in time that the sign-in ends: in the log at each start and once a day, on the desktop once per stage.

use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tracing::{debug, error, warn};

use crate::clock::{Clock, Moment};
use crate::desktop;
use crate::error_chain::chain;
use crate::journal::{Journal, JournalError};
use crate::service::discovr::{DISCOVR, Expiry, next_change};

/// The wall clock goes on while the machine sleeps, and the timer does not: it is looked at least this often.
const AT_LEAST: Duration = Duration::from_secs(24 * 3600);
const DAY: i64 = 24 * 3600;

/// When the end of the sign-in was looked at last, and is to be next.
#[derive(Debug, Default)]
pub(crate) struct ExpiryWatch {
    look_at: Option<Moment>,
    /// The last stage that was logged, and on which day.
    logged: Option<(&'static str, i64)>,
    /// The stage that the desktop is being told of, and of which end.
    telling: Option<(&'static str, Option<Timestamp>, JoinHandle<()>)>,
}

impl ExpiryWatch {
    /// When [`ExpiryWatch::look`] is to be called, if nothing else asks for it. Never while nobody is signed in.
    pub(crate) fn look_at(&self) -> Option<Moment> {
        self.look_at
    }

    /// Says what there is to say now.
    pub(crate) async fn look(&mut self, journal: &Journal, clock: &Clock) {
        if let Err(error) = self.try_to_look(journal, clock).await {
            warn!(error = %chain(&error), "the end of the sign-in cannot be looked up");
            self.look_at = Some(clock.now().moment.after(AT_LEAST));
        }
    }

    async fn try_to_look(&mut self, journal: &Journal, clock: &Clock) -> Result<(), JournalError> {
        let now = clock.corrected_now();
        // Before the journal is asked, which knows of it when it is over.
        self.telling.take_if(|(.., task)| task.is_finished());
        let sign_in = journal.sign_in(DISCOVR).await?;
        let last_success_at = journal.service_state(DISCOVR).await?.last_success_at;
        let last_success_at =
            last_success_at.map(|at| at.saturating_add(clock.belief().correction).unwrap_or(at));
        let expiry = Expiry::of(&sign_in, last_success_at, now.wall);
        self.look_at = sign_in.expires_at.map(|_| {
            let pause = next_change(&sign_in, now.wall).map_or(AT_LEAST, |next| next.min(AT_LEAST));
            // Not before: a timer may be a moment early, and the wall clock counts in whole steps.
            now.moment.after(pause.saturating_add(Duration::from_secs(1)))
        });
        let Some(stage) = expiry.stage() else { return Ok(()) };
        let today = (stage, now.wall.as_second().div_euclid(DAY));
        if self.logged != Some(today) {
            self.logged = Some(today);
            match expiry {
                Expiry::Ended(_) => error!(
                    "the sign-in to Discovr has ended, everything waits: run `discovr-scrobbler login`"
                ),
                Expiry::Soon(end) => {
                    let days = end.duration_since(now.wall).as_hours() / 24;
                    warn!(days, "the sign-in to Discovr ends soon: run `discovr-scrobbler login`");
                }
                Expiry::Fine => {}
            }
        }
        let is_told_now =
            self.telling.as_ref().is_some_and(|(of, end, _)| (*of, *end) == (stage, sign_in.expires_at));
        if sign_in.told.as_deref() != Some(stage) && !is_told_now {
            let task = tokio::spawn(notify(journal.clone(), expiry, stage));
            self.telling = Some((stage, sign_in.expires_at, task));
        }
        Ok(())
    }
}

/// Who could not be told is told the next time.
async fn notify(journal: Journal, expiry: Expiry, stage: &'static str) {
    let (summary, body) = match expiry {
        Expiry::Fine => return,
        Expiry::Soon(end) => {
            let day = end.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string();
            (
                "Your sign-in to Discovr ends soon",
                format!("It is good until {day}. To renew it, run: discovr-scrobbler login"),
            )
        }
        Expiry::Ended(_) => (
            "Your sign-in to Discovr has ended",
            "What you watch is kept, and sent when you have signed in again. Run: discovr-scrobbler login"
                .to_owned(),
        ),
    };
    match desktop::notify(summary, &body).await {
        Ok(()) => {
            if let Err(error) = journal.told_of_expiry(DISCOVR, stage).await {
                debug!(error = %chain(&error), "that the user was told cannot be kept");
            }
        }
        Err(error) => debug!(%error, "the desktop shows no notification"),
    }
}

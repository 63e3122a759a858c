//! The worker of a service: takes what is due from the outbox, has it delivered or asked for, and writes down how it
//! went. What follows from an outcome is decided by [`plan`].

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::plan::{in_need, not_reached, plan, well};
use super::{End, Ending, Outcome, Service, Trouble};
use crate::clock::Clock;
use crate::error_chain::chain;
use crate::journal::{
    Account, Content, Delivery, DeliveryId, Journal, JournalError, Next, ProfileId, ServiceName,
    ServiceState, Settlement,
};

/// What the worker needs of the journal.
pub trait Outbox: Send + Sync {
    /// See [`Journal::recover_service`].
    fn recover(
        &self,
        service: ServiceName,
        now: Timestamp,
    ) -> impl Future<Output = Result<u64, JournalError>> + Send;
    /// See [`Journal::keep_time`].
    fn keep_time(&self, clock: &Clock) -> impl Future<Output = Result<(), JournalError>> + Send {
        let _ = clock;
        async { Ok(()) }
    }
    /// See [`Journal::next`].
    fn next(
        &self,
        service: ServiceName,
        active: Active,
        now: Timestamp,
    ) -> impl Future<Output = Result<Next, JournalError>> + Send;
    /// See [`Journal::settle`].
    fn settle(
        &self,
        delivery: DeliveryId,
        settlement: Settlement,
        state: ServiceState,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;
    /// See [`Journal::service_state`].
    fn state(&self, service: ServiceName) -> impl Future<Output = Result<ServiceState, JournalError>> + Send;
    /// See [`Journal::set_service_state`].
    fn set_state(&self, state: ServiceState) -> impl Future<Output = Result<(), JournalError>> + Send;
}

impl Outbox for Journal {
    async fn recover(&self, service: ServiceName, now: Timestamp) -> Result<u64, JournalError> {
        self.recover_service(service, now).await
    }

    async fn keep_time(&self, clock: &Clock) -> Result<(), JournalError> {
        self.keep_time(clock).await.map(drop)
    }

    async fn next(&self, service: ServiceName, active: Active, now: Timestamp) -> Result<Next, JournalError> {
        self.next(service, active.account, active.profile, now).await
    }

    async fn settle(
        &self,
        delivery: DeliveryId,
        settlement: Settlement,
        state: ServiceState,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.settle(delivery, settlement, state, now).await
    }

    async fn state(&self, service: ServiceName) -> Result<ServiceState, JournalError> {
        self.service_state(service).await
    }

    async fn set_state(&self, state: ServiceState) -> Result<(), JournalError> {
        self.set_service_state(state).await
    }
}

/// Whom the settings name: deliveries that were queued before a profile was named get this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Active {
    /// The account.
    pub account: Account,
    /// The profile, if one is named.
    pub profile: Option<ProfileId>,
}

/// The times by which the worker goes.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Between two calls, so that a long queue is no burst.
    pub pace: Duration,
    /// How long after the end of an attempt with an unclear outcome the service is asked first.
    pub first_question: Duration,
    /// How long after its end the service must be asked once more before anything is sent again: what was sent may still
    /// be under way, or not be visible yet.
    pub last_question: Duration,
    /// How long the worker leaves a service alone that needs the user.
    pub sign_in: Duration,
    /// How long after the end was ordered calls may still be made.
    pub farewell: Duration,
    /// Between two calls from then on.
    pub last_pace: Duration,
    /// How long the worker waits for a journal that fails.
    pub journal: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            pace: Duration::from_secs(1),
            first_question: Duration::from_secs(5),
            last_question: Duration::from_secs(20),
            sign_in: Duration::from_secs(3600),
            farewell: Duration::from_secs(3),
            last_pace: Duration::from_millis(250),
            journal: Duration::from_secs(15),
        }
    }
}

/// Works off the outbox of one service until the `end` is ordered. `wake` says that something was queued or that the
/// user has changed something; besides that the worker wakes only when something is due. Only one worker per service may
/// run at a time: what it finds as being sent, it takes for interrupted.
pub async fn deliver(
    mut service: impl Service,
    outbox: impl Outbox,
    clock: Clock,
    wake: Arc<Notify>,
    active: Active,
    timing: Timing,
    end: End,
) {
    let name = service.name();
    let mut called_at: Option<Instant> = None;
    let mut complaint = Complaint::about(name);
    while let Err(error) = outbox.recover(name, clock.now().wall).await {
        complaint.raise(&error, "what was being sent cannot be recovered");
        if end.ordered().is_some() {
            return;
        }
        wait(&wake, &end, Some(timing.journal)).await;
    }
    let mut met = tokio::select! {
        biased;
        () = end.come() => false,
        met = greet(&mut service, &outbox, &clock, &active, &timing) => met,
    };
    loop {
        if let Some(called_at) = called_at {
            tokio::select! {
                () = tokio::time::sleep_until(called_at + timing.pace) => {}
                () = end.come() => tokio::time::sleep_until(called_at + timing.last_pace).await,
            }
        }
        match end.ordered() {
            Some((Ending::Replaced, _)) => return,
            Some((Ending::Shutdown, at)) if Instant::now() >= at + timing.farewell => return,
            Some((Ending::Shutdown, _)) | None => {}
        }
        let believed = clock.belief();
        let now = clock.now().wall;
        let taken = async {
            outbox.keep_time(&clock).await?;
            outbox.next(name, active.clone(), now).await
        };
        let next = taken.await;
        if next.is_ok() {
            complaint.withdraw();
        }
        let (delivery, asks) = match next {
            Ok(Next::Deliver(delivery)) => (delivery, false),
            Ok(Next::Verify(delivery)) => (delivery, true),
            Ok(Next::Idle | Next::WaitUntil(_)) if end.ordered().is_some() => return,
            Ok(Next::Idle) => {
                wait(&wake, &end, None).await;
                continue;
            }
            Ok(Next::WaitUntil(at)) => {
                let pause = Duration::try_from(at.duration_since(now)).unwrap_or_default();
                // A wall clock that jumps must not make this wait for ever.
                wait(&wake, &end, Some(pause.clamp(Duration::from_millis(10), timing.sign_in))).await;
                continue;
            }
            Err(error) => {
                complaint.raise(&error, "the outbox cannot be read");
                if end.ordered().is_some() {
                    return;
                }
                wait(&wake, &end, Some(timing.journal)).await;
                continue;
            }
        };
        called_at = Some(Instant::now());
        let call = async {
            if asks {
                return service.verify(&delivery).await;
            }
            // An entry keeps the instant with which it is sent for ever: the service tells first what time it is.
            if !met && matches!(delivery.content, Content::History { .. }) {
                if let Err(outcome) = service.greet(delivery.recipient.profile.as_ref()).await {
                    return outcome;
                }
                met = true;
                if clock.belief().correction != believed.correction {
                    return put_right_first();
                }
            }
            service.deliver(&delivery).await
        };
        let Some(outcome) = end.until_farewell(call, timing.farewell).await else {
            // It stays marked as sending: the next worker asks the service.
            debug!(service = %name, delivery = delivery.id.0, "ended with a call under way");
            return;
        };
        let outcome =
            if delivery.recipient.profile == active.profile { outcome.of_active_profile() } else { outcome };
        let settled = async {
            while let Err(error) = settle(&outbox, &delivery, asks, &outcome, &clock, &timing, name).await {
                complaint.raise(&error, "the outcome of a delivery cannot be kept yet");
                tokio::time::sleep(timing.journal).await;
            }
        };
        if end.until_farewell(settled, timing.farewell).await.is_none() {
            error!(service = %name, "the outcome of a delivery could not be kept: it will be asked for");
            return;
        }
    }
}

/// A journal that fails is complained about once, however often it is tried.
struct Complaint {
    service: ServiceName,
    raised: bool,
}

impl Complaint {
    fn about(service: ServiceName) -> Self {
        Self { service, raised: false }
    }

    fn raise(&mut self, error: &JournalError, what: &'static str) {
        let error = chain(error);
        if self.raised {
            debug!(service = %self.service, %error, "{what}");
        } else {
            error!(service = %self.service, %error, "{what}: nothing is sent until the journal can be used again");
        }
        self.raised = true;
    }

    fn withdraw(&mut self) {
        if std::mem::take(&mut self.raised) {
            info!(service = %self.service, "the journal can be used again: what waits is sent");
        }
    }
}

/// Asks once, at the start, whether the sign-in holds, so that the user learns now what would otherwise show with the
/// first delivery. What needed the user before is tried again. A service that cannot be reached is no news. `true` when the
/// service has answered as it should: it has told its time.
async fn greet(
    service: &mut impl Service,
    outbox: &impl Outbox,
    clock: &Clock,
    active: &Active,
    timing: &Timing,
) -> bool {
    let name = service.name();
    let greeting = service.greet(active.profile.as_ref()).await;
    let state = match outbox.state(name).await {
        Ok(state) => state,
        Err(error) => {
            error!(service = %name, error = %chain(&error), "the outbox cannot be read");
            return false;
        }
    };
    let met = greeting.is_ok();
    let new_state = match greeting.map_err(Outcome::of_active_profile) {
        Ok(()) => {
            info!(service = %name, "signed in");
            well(&state)
        }
        Err(Outcome::SignInNeeded { why }) => {
            say_sign_in_needed(name, &why);
            in_need(&state, &why, clock.now().wall, timing)
        }
        Err(outcome) => {
            debug!(service = %name, ?outcome, "not reached at the start");
            not_reached(&state, &outcome, clock.now().wall)
        }
    };
    if new_state != state
        && let Err(error) = outbox.set_state(new_state).await
    {
        error!(service = %name, error = %chain(&error), "how the service is doing could not be kept");
    }
    met
}

/// Nothing was sent: the delivery is taken again at once, with its time as it is believed to be now.
fn put_right_first() -> Outcome {
    let why = "its time is put right first, by the service's clock".to_owned();
    Outcome::TryLater { trouble: Trouble::Delivery, after: Some(Duration::ZERO), why }
}

/// The reason names the account's profiles, which are the user's own affair: the log says only where it is said.
fn say_sign_in_needed(name: ServiceName, why: &str) {
    error!(service = %name, "sign-in needed, everything waits until then: `discovr-scrobbler status` says what to do");
    debug!(service = %name, why, "sign-in needed");
}

/// Writes how a call went.
async fn settle(
    outbox: &impl Outbox,
    delivery: &Delivery,
    asked: bool,
    outcome: &Outcome,
    clock: &Clock,
    timing: &Timing,
    name: ServiceName,
) -> Result<(), JournalError> {
    let now = clock.now().wall;
    let state = outbox.state(name).await?;
    let (settlement, new_state) = plan(outcome, delivery, asked, &state, now, timing);
    outbox.settle(delivery.id, settlement, new_state, now).await?;
    report(name, delivery, outcome, &state);
    Ok(())
}

fn report(name: ServiceName, delivery: &Delivery, outcome: &Outcome, before: &ServiceState) {
    let what = match delivery.content {
        Content::Playback { .. } => "position",
        Content::History { .. } => "history entry",
        Content::Retraction { .. } => "retraction of a history entry",
        Content::Clearing { .. } => "taking back of a position",
    };
    let viewing = delivery.viewing;
    match outcome {
        Outcome::Delivered(_) => info!(service = %name, %viewing, "{what} delivered"),
        Outcome::Refused { why } => {
            warn!(service = %name, %viewing, "{what} refused: {why}. `discovr-scrobbler queue list` shows it");
        }
        Outcome::ProfileUnknown { why, .. } => {
            warn!(service = %name, "{why}. What waits for it goes to the one that the settings name, unless it has \
                   been told something before: then `discovr-scrobbler queue list` shows it");
        }
        Outcome::SignInNeeded { why } if before.needs_user.as_deref() != Some(why) => {
            say_sign_in_needed(name, why);
        }
        Outcome::TryLater { trouble: Trouble::Service | Trouble::Either, why, .. }
            if before.failures == 0 =>
        {
            warn!(service = %name, "{why}. Everything waits and is tried again");
        }
        Outcome::Unsure { why, .. } => {
            warn!(service = %name, %viewing, "{what} without a clear answer ({why}): the service will be asked");
        }
        Outcome::NotThere | Outcome::TryLater { .. } | Outcome::SignInNeeded { .. } => {
            debug!(service = %name, %viewing, ?outcome, "{what} waits");
        }
    }
}

async fn wait(wake: &Notify, end: &End, pause: Option<Duration>) {
    let timer = async {
        match pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wake.notified() => {}
        () = timer => {}
        () = end.come() => {}
    }
}

//! The worker of a service: takes what is due from the outbox, has it delivered or asked for, and writes down how it
//! went. What follows from an outcome is decided by [`plan`], which is pure.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::{End, Ending, Outcome, Service, Trouble, retry};
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
    /// How long after an attempt with an unclear outcome the service is asked first.
    pub first_question: Duration,
    /// How long after it the service must be asked once more before anything is sent again: what was sent may still
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
    tokio::select! {
        biased;
        () = end.come() => {}
        () = greet(&mut service, &outbox, &clock, &active, &timing) => {}
    }
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
        let now = clock.now().wall;
        let next = outbox.next(name, active.clone(), now).await;
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
        let call =
            async { if asks { service.verify(&delivery).await } else { service.deliver(&delivery).await } };
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
/// first delivery. What needed the user before is tried again. A service that cannot be reached is no news.
async fn greet(
    service: &mut impl Service,
    outbox: &impl Outbox,
    clock: &Clock,
    active: &Active,
    timing: &Timing,
) {
    let name = service.name();
    let greeting = service.greet(active.profile.as_ref()).await;
    let state = match outbox.state(name).await {
        Ok(state) => state,
        Err(error) => {
            error!(service = %name, error = %chain(&error), "the outbox cannot be read");
            return;
        }
    };
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
}

/// The reason names the account's profiles, which are the user's own affair: the log says only where it is said.
fn say_sign_in_needed(name: ServiceName, why: &str) {
    error!(service = %name, "sign-in needed, everything waits until then: `discovr-scrobbler status` says what to do");
    debug!(service = %name, why, "sign-in needed");
}

/// A service that has just answered as it should.
fn well(before: &ServiceState) -> ServiceState {
    ServiceState {
        service: before.service,
        not_before: None,
        failures: 0,
        needs_user: None,
        last_error: None,
        last_success_at: before.last_success_at,
    }
}

/// A service that did not say how the sign-in is. Its clock stays, unless it only waited for the user; what it asks for
/// now counts too.
fn not_reached(before: &ServiceState, outcome: &Outcome, now: Timestamp) -> ServiceState {
    let asked = match outcome {
        Outcome::TryLater { after, .. } | Outcome::Unsure { after, .. } => {
            after.map(|pause| now.saturating_add(pause).unwrap_or(Timestamp::MAX))
        }
        Outcome::Delivered(_)
        | Outcome::NotThere
        | Outcome::SignInNeeded { .. }
        | Outcome::ProfileUnknown { .. }
        | Outcome::Refused { .. } => None,
    };
    let kept = before.not_before.filter(|_| before.needs_user.is_none());
    ServiceState { not_before: kept.max(asked), needs_user: None, ..before.clone() }
}

/// A service that waits for its user.
fn in_need(before: &ServiceState, why: &str, now: Timestamp, timing: &Timing) -> ServiceState {
    ServiceState {
        not_before: Some(now.saturating_add(timing.sign_in).unwrap_or(Timestamp::MAX)),
        needs_user: Some(why.to_owned()),
        last_error: Some(why.to_owned()),
        ..well(before)
    }
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

/// What becomes of a delivery and of the service's clock after `outcome`. `asked`: it is the answer to a question
/// ([`Service::verify`]), not to an attempt.
#[must_use]
pub fn plan(
    outcome: &Outcome,
    delivery: &Delivery,
    asked: bool,
    state: &ServiceState,
    now: Timestamp,
    timing: &Timing,
) -> (Settlement, ServiceState) {
    let well = well(state);
    let attempts = delivery.attempts.saturating_add(1);
    let in_time = |pause: Duration| now.saturating_add(pause).unwrap_or(Timestamp::MAX);
    // What was asked about stays unsure until there is an answer.
    let again = |at: Timestamp, why: &str| {
        if asked {
            Settlement::Unsure { at, why: why.to_owned(), not_there: false }
        } else {
            Settlement::Again { at, why: why.to_owned() }
        }
    };
    match outcome {
        Outcome::Delivered(receipt) => (
            Settlement::Done { proof: receipt.proof.clone() },
            ServiceState { last_success_at: Some(now), ..well },
        ),
        Outcome::NotThere => {
            let sent_at = delivery.last_attempt_at.unwrap_or(now);
            let last = sent_at.saturating_add(timing.last_question).unwrap_or(Timestamp::MAX);
            let why = match delivery.content {
                Content::Retraction { .. } => "the service still has the entry".to_owned(),
                Content::History { .. } | Content::Playback { .. } | Content::Clearing { .. } => {
                    "the service does not have it".to_owned()
                }
            };
            let settlement = if delivery.times_not_there > 0 && now >= last {
                Settlement::Again { at: now, why }
            } else {
                Settlement::Unsure { at: last.max(in_time(timing.first_question)), why, not_there: true }
            };
            (settlement, well)
        }
        Outcome::TryLater { trouble: trouble @ (Trouble::Service | Trouble::Either), after, why } => {
            let failures = state.failures.saturating_add(1);
            let pause = after.unwrap_or_else(|| retry::delay(failures));
            // What may be this delivery's own trouble waits longer, so that another one finds out how the service is.
            let own = if *trouble == Trouble::Either {
                in_time(pause.saturating_add(retry::delay(attempts)))
            } else {
                now
            };
            let ill = ServiceState {
                not_before: Some(in_time(pause)),
                failures,
                last_error: Some(why.clone()),
                ..well
            };
            (again(own, why), ill)
        }
        Outcome::TryLater { trouble: Trouble::Delivery, after, why } => {
            (again(in_time(after.unwrap_or_else(|| retry::delay(attempts))), why), well)
        }
        Outcome::SignInNeeded { why } => (again(now, why), in_need(state, why, now, timing)),
        // That says nothing of the service, nor of the profile that the settings name.
        Outcome::ProfileUnknown { why, .. } => {
            (Settlement::NoSuchProfile { why: why.clone() }, state.clone())
        }
        Outcome::Unsure { after, why } => {
            let pause =
                retry::delay(attempts).max(timing.first_question).max(after.unwrap_or(Duration::ZERO));
            (
                Settlement::Unsure { at: in_time(pause), why: why.clone(), not_there: false },
                ServiceState { not_before: after.map(in_time), last_error: Some(why.clone()), ..well },
            )
        }
        Outcome::Refused { why } => (Settlement::Refused { why: why.clone() }, well),
    }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::identify::{MovieId, Work};
    use crate::journal::Recipient;
    use crate::playback::{Progress, ViewingId};
    use crate::service::Receipt;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn ago(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 - seconds).unwrap()
    }

    fn delivery(sent: Option<Timestamp>, times_not_there: u32) -> Delivery {
        Delivery {
            id: DeliveryId(1),
            viewing: ViewingId(Uuid::from_u64_pair(0, 1)),
            recipient: Recipient {
                service: ServiceName("discovr"),
                account: Account("default".into()),
                profile: None,
            },
            content: Content::History {
                work: Work::Movie { tmdb: MovieId(603) },
                progress: Progress::percent(80.0),
                at: ago(60),
            },
            attempts: 0,
            last_attempt_at: sent,
            times_not_there,
            siblings: Vec::new(),
        }
    }

    fn well() -> ServiceState {
        ServiceState {
            service: ServiceName("discovr"),
            not_before: None,
            failures: 0,
            needs_user: None,
            last_error: None,
            last_success_at: None,
        }
    }

    fn planned(outcome: &Outcome, delivery: &Delivery, asked: bool) -> (Settlement, ServiceState) {
        plan(outcome, delivery, asked, &well(), now(), &Timing::default())
    }

    #[test]
    fn an_unclear_attempt_is_asked_about_and_never_simply_repeated() {
        let (settlement, _) =
            planned(&Outcome::Unsure { after: None, why: "lost".into() }, &delivery(Some(now()), 0), false);
        let Settlement::Unsure { at, not_there: false, .. } = settlement else { panic!("{settlement:?}") };
        assert!(at >= now().saturating_add(Duration::from_secs(5)).unwrap());
    }

    #[test]
    fn what_is_not_there_is_asked_for_once_more_before_it_is_sent_again() {
        for (sent, asked_before, again) in
            [(ago(5), 0, false), (ago(5), 1, false), (ago(30), 0, false), (ago(30), 1, true)]
        {
            let (settlement, _) = planned(&Outcome::NotThere, &delivery(Some(sent), asked_before), true);
            let sends = matches!(settlement, Settlement::Again { .. });
            assert_eq!(sends, again, "sent at {sent}, asked {asked_before} times: {settlement:?}");
        }
    }

    #[test]
    fn a_question_that_fails_leaves_it_unsure() {
        for trouble in [Trouble::Service, Trouble::Either, Trouble::Delivery] {
            let later = Outcome::TryLater { trouble, after: None, why: "down".into() };
            let (settlement, _) = planned(&later, &delivery(Some(ago(60)), 1), true);
            assert!(matches!(settlement, Settlement::Unsure { not_there: false, .. }), "{settlement:?}");
        }
        let sign_in = Outcome::SignInNeeded { why: "no token".into() };
        let (settlement, _) = planned(&sign_in, &delivery(Some(ago(60)), 1), true);
        assert!(matches!(settlement, Settlement::Unsure { not_there: false, .. }), "{settlement:?}");
    }

    #[test]
    fn a_service_in_trouble_is_left_alone_for_as_long_as_it_asks() {
        let after = Some(Duration::from_secs(77));
        let later = Outcome::TryLater { trouble: Trouble::Service, after, why: "429".into() };
        let (settlement, state) = planned(&later, &delivery(None, 0), false);
        assert!(matches!(settlement, Settlement::Again { at, .. } if at == now()));
        assert_eq!(state.not_before, Some(now().saturating_add(Duration::from_secs(77)).unwrap()));
        assert_eq!(state.failures, 1);
    }

    #[test]
    fn what_may_be_the_deliverys_own_trouble_lets_the_others_go_first() {
        for after in [None, Some(Duration::from_secs(77))] {
            let later = Outcome::TryLater { trouble: Trouble::Either, after, why: "failed (500)".into() };
            let (settlement, state) = planned(&later, &delivery(None, 3), false);
            let Settlement::Again { at, .. } = settlement else { panic!("{settlement:?}") };
            let others = state.not_before.unwrap();
            assert!(at > others && others > now(), "it at {at}, the others at {others}");
            assert_eq!(state.failures, 1);
        }
    }

    #[test]
    fn a_service_that_asks_for_patience_without_a_clear_answer_gets_it() {
        let after = Some(Duration::from_secs(77));
        let (settlement, state) =
            planned(&Outcome::Unsure { after, why: "failed (503)".into() }, &delivery(None, 0), false);
        let asked = now().saturating_add(Duration::from_secs(77)).unwrap();
        assert!(matches!(settlement, Settlement::Unsure { at, .. } if at >= asked), "{settlement:?}");
        assert_eq!(state.not_before, Some(asked));
    }

    #[test]
    fn a_delivery_in_trouble_does_not_hold_up_the_service() {
        let later = Outcome::TryLater { trouble: Trouble::Delivery, after: None, why: "odd".into() };
        let (settlement, state) = planned(&later, &delivery(None, 0), false);
        assert!(matches!(settlement, Settlement::Again { at, .. } if at > now()));
        assert_eq!((state.not_before, state.failures), (None, 0));
    }

    #[test]
    fn a_missing_sign_in_is_shown_and_costs_the_delivery_nothing() {
        let (settlement, state) =
            planned(&Outcome::SignInNeeded { why: "no token".into() }, &delivery(None, 0), false);
        assert!(matches!(settlement, Settlement::Again { at, .. } if at == now()));
        assert_eq!(state.needs_user.as_deref(), Some("no token"));
    }

    #[test]
    fn a_greeting_without_an_answer_leaves_the_services_clock_as_it_is_or_sets_it() {
        let (soon, late) = (Duration::from_secs(40), Duration::from_secs(90));
        let then = |pause| Some(now().saturating_add(pause).unwrap());
        let in_need = Some("sign in".to_owned());
        for (clock, needs_user, after, expected) in [
            (None, None, None, None),
            (then(soon), None, None, then(soon)),
            (then(soon), None, Some(late), then(late)),
            (then(late), None, Some(soon), then(late)),
            (None, None, Some(soon), then(soon)),
            (then(late), in_need.clone(), None, None),
            (then(late), in_need, Some(soon), then(soon)),
        ] {
            let before = ServiceState { not_before: clock, needs_user, failures: 3, ..well() };
            let outcome = Outcome::TryLater { trouble: Trouble::Service, after, why: "busy".into() };
            let expected = ServiceState { not_before: expected, failures: 3, ..well() };
            assert_eq!(not_reached(&before, &outcome, now()), expected, "{before:?}, {after:?}");
        }
    }

    #[test]
    fn an_unknown_profile_says_nothing_of_the_service() {
        let ill = ServiceState { failures: 2, last_error: Some("x".into()), ..well() };
        let unknown = Outcome::ProfileUnknown { why: "no".into(), hint: "set it".into() };
        let (settlement, state) = plan(&unknown, &delivery(None, 0), false, &ill, now(), &Timing::default());
        assert_eq!((settlement, state), (Settlement::NoSuchProfile { why: "no".into() }, ill));
        let active = unknown.of_active_profile();
        assert_eq!(active, Outcome::SignInNeeded { why: "no: set it".into() });
    }

    #[test]
    fn an_arrival_makes_the_service_well_again() {
        let ill = ServiceState { failures: 7, last_error: Some("x".into()), ..well() };
        let arrived = Outcome::Delivered(Receipt { proof: "answered 200".into() });
        let (settlement, state) = plan(&arrived, &delivery(None, 0), false, &ill, now(), &Timing::default());
        assert_eq!(settlement, Settlement::Done { proof: "answered 200".into() });
        assert_eq!(state, ServiceState { last_success_at: Some(now()), ..well() });
    }
}

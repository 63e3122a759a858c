//! What follows from an outcome. Pure: the worker of a service asks here what to write into the outbox.

use std::time::Duration;

use jiff::Timestamp;

use super::{Outcome, Timing, Trouble, retry};
use crate::journal::{Content, Delivery, ServiceState, Settlement};

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
            let given_up_at = delivery.last_attempt_at.unwrap_or(now);
            let last = given_up_at.saturating_add(timing.last_question).unwrap_or(Timestamp::MAX);
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

/// A service that has just answered as it should.
pub(super) fn well(before: &ServiceState) -> ServiceState {
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
pub(super) fn not_reached(before: &ServiceState, outcome: &Outcome, now: Timestamp) -> ServiceState {
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
pub(super) fn in_need(before: &ServiceState, why: &str, now: Timestamp, timing: &Timing) -> ServiceState {
    ServiceState {
        not_before: Some(now.saturating_add(timing.sign_in).unwrap_or(Timestamp::MAX)),
        needs_user: Some(why.to_owned()),
        last_error: Some(why.to_owned()),
        ..well(before)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::identify::{MovieId, Work};
    use crate::journal::{Account, DeliveryId, Recipient, ServiceName};
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
            live: None,
            absolute: None,
            receipt: None,
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

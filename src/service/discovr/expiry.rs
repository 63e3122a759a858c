//! How near the end of a sign-in is. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::journal::SignIn;

/// From how long before the end on the user is told.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// For how long after the end something may still arrive: a session that was opened before it lives for half an hour.
const AFTERGLOW: SignedDuration = SignedDuration::from_hours(1);

/// What there is to say of the end of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Nothing: it is far away, or not known.
    Fine,
    /// It comes within two weeks.
    Soon(Timestamp),
    /// It has come.
    Ended(Timestamp),
}

impl Expiry {
    /// Of `sign_in` at `now`. A service that took something well after the end, the last time at `last_success_at`, shows
    /// that another token is in use.
    #[must_use]
    pub fn of(sign_in: &SignIn, last_success_at: Option<Timestamp>, now: Timestamp) -> Self {
        match sign_in.expires_at {
            Some(end) if last_success_at.is_some_and(|at| at.duration_since(end) > AFTERGLOW) => Self::Fine,
            Some(end) if now >= end => Self::Ended(end),
            Some(end) if end.duration_since(now) <= SOON => Self::Soon(end),
            _ => Self::Fine,
        }
    }

    /// The word by which the journal remembers that the user was told.
    #[must_use]
    pub fn stage(self) -> Option<&'static str> {
        match self {
            Self::Fine => None,
            Self::Soon(_) => Some("soon"),
            Self::Ended(_) => Some("ended"),
        }
    }
}

/// How long from `now` until there is something else to say of the end of `sign_in`; `None` when there never will be.
#[must_use]
pub fn next_change(sign_in: &SignIn, now: Timestamp) -> Option<Duration> {
    let end = sign_in.expires_at?;
    let warning = end.saturating_sub(SOON).unwrap_or(Timestamp::MIN);
    let next = [warning, end].into_iter().find(|&at| at > now)?;
    Duration::try_from(next.duration_since(now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(day * DAY).expect("a time")
    }

    fn ending(day: i64) -> SignIn {
        SignIn { expires_at: Some(at(day)), ..SignIn::default() }
    }

    #[test]
    fn the_end_is_near_for_two_weeks_and_then_there() {
        let sign_in = ending(100);
        for (day, expiry, next) in [
            (50, Expiry::Fine, Some(36)),
            (85, Expiry::Fine, Some(1)),
            (86, Expiry::Soon(at(100)), Some(14)),
            (99, Expiry::Soon(at(100)), Some(1)),
            (100, Expiry::Ended(at(100)), None),
            (300, Expiry::Ended(at(100)), None),
        ] {
            assert_eq!(Expiry::of(&sign_in, None, at(day)), expiry, "{day}");
            let days = next_change(&sign_in, at(day)).map(|wait| wait.as_secs() / DAY.unsigned_abs());
            assert_eq!(days, next, "{day}");
        }
    }

    #[test]
    fn a_service_that_goes_on_after_the_end_has_another_token() {
        assert_eq!(Expiry::of(&ending(100), Some(at(101)), at(102)), Expiry::Fine);
        assert_eq!(Expiry::of(&ending(100), Some(at(99)), at(102)), Expiry::Ended(at(100)));
    }

    #[test]
    fn what_an_open_session_still_delivers_does_not_hide_the_end() {
        let minutes =
            |minutes| Some(at(100).saturating_add(SignedDuration::from_mins(minutes)).expect("a time"));
        assert_eq!(Expiry::of(&ending(100), minutes(29), at(102)), Expiry::Ended(at(100)));
        assert_eq!(Expiry::of(&ending(100), minutes(61), at(102)), Expiry::Fine);
    }

    #[test]
    fn without_an_end_there_is_nothing_to_say() {
        let sign_in = SignIn::default();
        assert_eq!(Expiry::of(&sign_in, None, at(1)), Expiry::Fine);
        assert_eq!(next_change(&sign_in, at(1)), None);
    }
}

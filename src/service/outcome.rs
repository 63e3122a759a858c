//! What a service answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::journal::{Delivery, ProfileId, ServiceName};

/// A place where viewings are reported.
pub trait Service {
    /// Its name in the journal and in messages.
    fn name(&self) -> ServiceName;

    /// Finds out whether the sign-in holds, without telling the service anything.
    ///
    /// # Errors
    /// What stands in the way.
    fn greet(&mut self, profile: Option<&ProfileId>) -> impl Future<Output = Result<(), Outcome>> + Send;

    /// Tells the service. The intent is on disk before this is called.
    fn deliver(&mut self, delivery: &Delivery) -> impl Future<Output = Outcome> + Send;

    /// Asks whether an earlier attempt with an unclear outcome arrived, without sending it again.
    /// Answers [`Outcome::Delivered`] when it did and [`Outcome::NotThere`] when it did not (of a retraction: when the entry
    /// is still there).
    fn verify(&mut self, delivery: &Delivery) -> impl Future<Output = Outcome> + Send;
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is there, and this proves it.
    Delivered(Receipt),
    /// Only from [`Service::verify`]: it did not arrive.
    NotThere,
    /// It was certainly not done; another time it may be.
    TryLater {
        /// Who is in trouble: the service, only this delivery, or one of them.
        trouble: Trouble,
        /// Not before this has passed, if the service said so.
        after: Option<Duration>,
        /// What happened, for people, without secrets.
        why: String,
    },
    /// The user must sign in or name a profile first; everything for this service waits.
    SignInNeeded {
        /// What is wrong and what to do.
        why: String,
    },
    /// The account certainly has no such profile, so nothing was done.
    ProfileUnknown {
        /// Which one, for people.
        why: String,
        /// What to do if the settings name it.
        hint: String,
    },
    /// It may or may not have been done: ask before sending it again.
    Unsure {
        /// No call before this has passed, if the service said so.
        after: Option<Duration>,
        /// What happened, for people, without secrets.
        why: String,
    },
    /// The service said no for good.
    Refused {
        /// Its reason.
        why: String,
    },
}

impl Outcome {
    /// It was certainly not done, because of `trouble`; not before `after` has passed, if the service said so.
    pub(super) fn later(trouble: Trouble, after: Option<Duration>, why: impl Into<String>) -> Self {
        Self::TryLater { trouble, after, why: why.into() }
    }

    /// The same if it is about the profile that the settings name: then that is what the user must mend.
    pub(super) fn of_active_profile(self) -> Self {
        match self {
            Self::ProfileUnknown { why, hint } => Self::SignInNeeded { why: format!("{why}: {hint}") },
            other @ (Self::Delivered(_)
            | Self::NotThere
            | Self::TryLater { .. }
            | Self::SignInNeeded { .. }
            | Self::Unsure { .. }
            | Self::Refused { .. }) => other,
        }
    }
}

#[cfg(test)]
impl Outcome {
    /// Which one it is, for tables of cases.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Delivered(_) => "delivered",
            Self::NotThere => "not there",
            Self::TryLater { trouble: Trouble::Service, .. } => "service later",
            Self::TryLater { trouble: Trouble::Either, .. } => "either later",
            Self::TryLater { trouble: Trouble::Delivery, .. } => "later",
            Self::SignInNeeded { .. } => "user",
            Self::ProfileUnknown { .. } => "unknown profile",
            Self::Unsure { .. } => "unsure",
            Self::Refused { .. } => "refused",
        }
    }
}

/// How far trouble reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing gets through to this service.
    Service,
    /// This delivery was answered with an error: the service may be in trouble, or have it with this delivery alone.
    Either,
    /// Only this delivery fails.
    Delivery,
}

/// The proof that a delivery arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How it is known: the answer to the call, or found when asked.
    pub proof: String,
}

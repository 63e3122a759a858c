//! The sign-in as `status` shows it, and the clock that it is judged by.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::output::Output;
use super::text::{day, line, roughly};
use crate::journal::{ProfileId, ServiceState, SignIn};
use crate::service::discovr::Expiry;

/// From which difference on the user is told that the clock is off, in seconds.
pub(crate) const SKEW_TO_TELL: u64 = 60;

/// A sign-in and how long it lasts.
#[derive(Debug, Serialize)]
pub(crate) struct SignInStatus {
    profile: Option<ProfileId>,
    profile_name: Option<String>,
    signed_in_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    /// `soon` or `ended`; nothing while the end is far away.
    ends: Option<&'static str>,
    #[serde(skip)]
    left: Duration,
}

impl SignInStatus {
    /// What is remembered of the sign-in, at `now`; `None` when that is nothing.
    pub(crate) fn of(sign_in: SignIn, service: &ServiceState, now: Timestamp) -> Option<Self> {
        if sign_in.signed_in_at.is_none() && sign_in.profile.is_none() {
            return None;
        }
        let ends = Expiry::of(&sign_in, service.last_success_at, now).stage();
        let left = sign_in.expires_at.and_then(|end| Duration::try_from(end.duration_since(now)).ok());
        let SignIn { profile, profile_name, signed_in_at, expires_at, .. } = sign_in;
        Some(Self { profile, profile_name, signed_in_at, expires_at, ends, left: left.unwrap_or_default() })
    }

    /// The settings name this profile, and go over what was chosen.
    pub(crate) fn goes_to(&mut self, profile: String) {
        let profile = Some(ProfileId(profile));
        if self.profile != profile {
            self.profile_name = None;
            self.profile = profile;
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ends == Some("ended")
    }

    pub(crate) fn text(&self, output: &Output) -> String {
        let styles = output.styles();
        let profile = match (&self.profile, self.profile_name.as_deref()) {
            (Some(_), Some(name)) if !name.is_empty() => format!("profile “{}”", line(name)),
            (Some(id), _) => format!("profile {}", line(&id.0)),
            (None, _) => "no profile: `discovr-scrobbler profile NAME` chooses one".to_owned(),
        };
        let Some(end) = self.expires_at else { return profile };
        let again = "`discovr-scrobbler login` renews it";
        let until = match self.ends {
            Some("ended") => output.paint(styles.error, &format!("ended on {}: {again}", day(end))),
            Some(_) => {
                let left = format!("ends on {}, in {}: {again}", day(end), roughly(self.left));
                output.paint(styles.warn, &left)
            }
            None => format!("good until {}", day(end)),
        };
        format!("{profile}, {until}")
    }
}

/// How far this machine's clock is off from that of `service`, which is `ahead` by so many seconds, for people.
pub(crate) fn skew_words(service: &str, ahead: i64) -> String {
    let off = roughly(Duration::from_secs(ahead.unsigned_abs()));
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    format!(
        "this machine's is {off} {direction} {service}'s, and the times of your viewings are off by as much"
    )
}

//! Discovr, as the settings describe it.

use super::{Known, Means};
use crate::config::SecretOf;
use crate::daemon::workers::Launch;
use crate::journal::ProfileId;
use crate::keyring::SignInTo;
use crate::service::Active;
use crate::service::discovr::{self, DISCOVR, Discovr};

pub(super) const KNOWN: Known = Known {
    name: DISCOVR,
    called: "Discovr",
    switch: "discovr.enabled",
    telling: discovr::TELLING,
    is_enabled: |settings| settings.discovr.enabled,
    sign_in: SignInTo::Discovr,
    reads: &[SecretOf::SignIn(SignInTo::Discovr)],
    is_same: |before, now| before.discovr == now.discovr,
    profile: |settings, sign_in| {
        settings.discovr.profile.clone().map(ProfileId).or_else(|| sign_in.profile.clone())
    },
    launch,
};

fn launch(means: &Means<'_>, active: Active) -> Launch {
    let (url, clock) = (means.settings.discovr.api_url.clone(), means.clock.clone());
    let (token, skew) = (means.tokens.source(), means.skew.clone());
    Launch::of(active, async move { Discovr::measuring(url, token, clock, skew) })
}

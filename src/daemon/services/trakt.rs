//! Trakt, as the settings describe it.

use secrecy::SecretString;

use super::{Known, Means};
use crate::config::SecretOf;
use crate::daemon::trakt_tokens::application;
use crate::daemon::workers::Launch;
use crate::keyring::SignInTo;
use crate::service::Active;
use crate::service::trakt::{self, Application, TRAKT, TokenKeeper, Trakt};

pub(super) const KNOWN: Known = Known {
    name: TRAKT,
    called: "Trakt",
    switch: "trakt.enabled",
    telling: trakt::TELLING,
    is_enabled: |settings| settings.trakt.enabled,
    is_same: |before, now| before.trakt == now.trakt,
    sign_in: SignInTo::Trakt,
    reads: &[SecretOf::TraktApplication],
    profile: |_, _| None,
    launch,
};

fn launch(means: &Means<'_>, active: Active) -> Launch {
    let (settings, places) = (means.settings.clone(), means.places.clone());
    let (journal, clock, skew) = (means.journal.clone(), means.clock.clone(), means.skew.clone());
    let keeper = means.tokens.keeper();
    Launch::of(active, async move {
        let (application, keeper) = match application(&settings, &places, &journal).await {
            Ok(application) => (application, keeper),
            Err(why) => (no_application(), without(why)),
        };
        let (api_url, auth_url) = (settings.trakt.api_url, settings.trakt.auth_url);
        Trakt::measuring(api_url, auth_url, application, keeper, clock, skew)
    })
}

fn no_application() -> Application {
    Application { client_id: String::new(), client_secret: SecretString::default() }
}

/// A place without tokens: nothing is ever sent.
fn without(why: String) -> TokenKeeper {
    TokenKeeper::new(
        move || {
            let why = why.clone();
            async move { Err(why) }
        },
        |_| async { Ok(()) },
    )
}

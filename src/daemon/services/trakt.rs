//! Trakt, as the settings describe it.

use secrecy::SecretString;

use super::{Known, Means};
use crate::config::{self, SecretOf};
use crate::daemon::workers::Launch;
use crate::keyring::SignInTo;
use crate::service::Active;
use crate::service::trakt::{self, Application, TRAKT, TokenKeeper, Trakt};

const NO_CLIENT_ID: &str =
    "trakt.client_id is missing: run `discovr-scrobbler login trakt`, or set trakt.enabled = false";
const NO_CLIENT_SECRET: &str = "the secret of your application at Trakt is missing: run `discovr-scrobbler login trakt`, \
                                or set trakt.client_secret_file";

pub(super) const KNOWN: Known = Known {
    name: TRAKT,
    called: "Trakt",
    switch: "trakt.enabled",
    telling: trakt::TELLING,
    is_enabled: |settings| settings.trakt.enabled,
    reads: SecretOf::TraktApplication,
    writes: Some(SecretOf::SignIn(SignInTo::Trakt)),
    is_same: |before, now| before.trakt == now.trakt,
    profile: |_, _| None,
    launch,
};

fn launch(means: &Means<'_>, active: Active) -> Launch {
    let settings = &means.settings.trakt;
    let (api_url, auth_url) = (settings.api_url.clone(), settings.auth_url.clone());
    let (clock, skew) = (means.clock.clone(), means.skew.clone());
    let (application, keeper) = match application(means) {
        Ok(application) => (application, keeper(means)),
        Err(why) => (no_application(), without(why)),
    };
    Launch::of(active, move || Trakt::measuring(api_url, auth_url, application, keeper, clock, skew))
}

/// The user's own application, or what is missing.
fn application(means: &Means<'_>) -> Result<Application, String> {
    let client_id = means.settings.trakt.client_id.clone().or_else(|| means.sign_in.client_id.clone());
    let client_id = client_id.ok_or(NO_CLIENT_ID)?;
    match config::trakt_client_secret(means.settings, means.places) {
        Ok(Some((client_secret, _))) => Ok(Application { client_id, client_secret }),
        Ok(None) => Err(NO_CLIENT_SECRET.to_owned()),
        Err(error) => Err(error.to_string()),
    }
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

fn keeper(means: &Means<'_>) -> TokenKeeper {
    use secrecy::ExposeSecret;
    let path = means.places.state.clone().unwrap_or_default().join("trakt-sign-in");
    let kept = path.clone();
    TokenKeeper::new(
        move || {
            let text = std::fs::read_to_string(&path);
            async move { text.map(SecretString::from).map_err(|error| error.to_string()) }
        },
        move |text| {
            let done = std::fs::write(&kept, text.expose_secret());
            async move { done.map_err(|error| error.to_string()) }
        },
    )
}

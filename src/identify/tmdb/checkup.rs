//! Whether TMDB can be reached and takes the credential.

use std::time::Duration;

use reqwest::Url;
use secrecy::ExposeSecret;

use super::Credential;
use crate::checkup::{self, Answered, Unreachable};

/// Asks whether `credential` is valid; without one, only to see whether anyone answers.
pub(crate) async fn checkup(
    api_url: &Url,
    credential: Option<&Credential>,
    patience: Duration,
) -> Result<Answered, Unreachable> {
    checkup::get(api_url, &["authentication"], patience, |request| match credential {
        Some(Credential::Bearer(token)) => request.bearer_auth(token.expose_secret()),
        Some(Credential::ApiKey(key)) => request.query(&[("api_key", key.expose_secret())]),
        None => request,
    })
    .await
}

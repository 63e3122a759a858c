//! Whether Trakt can be reached and knows who asks.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::classify;
use super::tokens::Tokens;
use crate::checkup::{self, Answered, Unreachable};
use crate::service::Outcome;
use crate::service::api::Answer;
use crate::service::repeat::Repeat;

/// Asks for the account's positions: with `tokens` those of the user, without any only to see whether anyone answers.
pub(crate) async fn checkup(
    api_url: &Url,
    client_id: &str,
    tokens: Option<&Tokens>,
    patience: Duration,
) -> Result<Answered, Unreachable> {
    checkup::get(api_url, &["sync", "playback", "movies"], patience, |request| {
        let request = request
            .query(&[("limit", "1")])
            .header("content-type", "application/json")
            .header("trakt-api-version", "2")
            .header("trakt-api-key", client_id);
        match tokens.map(|tokens| SecretString::expose_secret(&tokens.access)) {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    })
    .await
}

/// Asks only whether anyone answers where one signs in.
pub(crate) async fn auth_checkup(auth_url: &Url, patience: Duration) -> Result<Answered, Unreachable> {
    checkup::get(auth_url, &["oauth", "token"], patience, |request| request).await
}

/// What the user must do about an account or an application that is answered with this status.
pub(crate) fn account_trouble(status: u16) -> Option<String> {
    let answer = Answer { status, is_empty: true, ..Answer::default() };
    match classify::outcome(&Ok(answer), Repeat::Harmless) {
        Outcome::SignInNeeded { why } => Some(why),
        _ => None,
    }
}

//! Whether Discovr can be reached and knows who asks.

use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::checkup::{self, Answered, Unreachable};

/// Asks for the account's profiles: with `token` the refresh token, without one only to see whether anyone answers.
pub(crate) async fn checkup(
    api_url: &Url,
    token: Option<&SecretString>,
    patience: Duration,
) -> Result<Answered, Unreachable> {
    checkup::get(api_url, &["profiles"], patience, |request| match token {
        Some(token) => request.bearer_auth(token.expose_secret()),
        None => request,
    })
    .await
}

/// The profiles in an answer, by id and name; `None` when it is no answer to that question.
pub(crate) fn profiles(answer: &Answered) -> Option<Vec<(String, String)>> {
    let listed = answer.body.as_ref()?.get("profiles")?.as_array()?;
    let text = |profile: &Value, key| Some(profile.get(key)?.as_str()?.to_owned());
    let profile = |profile| Some((text(profile, "id")?, text(profile, "name").unwrap_or_default()));
    Some(listed.iter().filter_map(profile).collect())
}

//! Session tokens: minted from the refresh token for one profile, renewed before they end (Discovr reference,
//! sections 3 and 4.4).

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::classify;
use super::signin::is_token;
use crate::clock::Clock;
use crate::journal::ProfileId;
use crate::service::api::{Answer, Api, Call, NoAnswer, RawAnswer};
use crate::service::repeat::Repeat;
use crate::service::{Outcome, Trouble};

/// A session that ends within this many seconds is renewed first.
const MARGIN: i64 = 120;

/// Where the refresh token comes from. Asked each time one is needed, so that a new one is found without a restart.
#[derive(Clone)]
pub struct TokenSource(Arc<dyn Fn() -> Reading + Send + Sync>);

/// A token on its way, or what is missing and what to do.
type Reading = Pin<Box<dyn Future<Output = Result<SecretString, String>> + Send>>;

impl TokenSource {
    /// A source; its error says what is missing and what to do.
    pub fn new<R>(read: impl Fn() -> R + Send + Sync + 'static) -> Self
    where
        R: Future<Output = Result<SecretString, String>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(read())))
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSource(…)")
    }
}

/// The sessions of all profiles in use.
#[derive(Debug)]
pub(crate) struct Sessions {
    api: Api,
    source: TokenSource,
    clock: Clock,
    sessions: HashMap<ProfileId, Session>,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) token: SecretString,
    /// By this machine's clock, in Unix seconds.
    ends: i64,
}

impl Session {
    /// Whether it can still be used at `now`, in Unix seconds. Its end is foreign: any number.
    pub(super) fn is_good(&self, now: i64) -> bool {
        self.ends.saturating_sub(now) > MARGIN
    }
}

impl Sessions {
    pub(crate) fn new(api: Api, source: TokenSource, clock: Clock) -> Self {
        Self { api, source, clock, sessions: HashMap::new() }
    }

    /// Makes `call` for `profile`. A session that is refused is minted anew, once.
    ///
    /// # Errors
    /// What to do when no session can be had.
    pub(crate) async fn send(
        &mut self,
        profile: &ProfileId,
        call: &Call,
    ) -> Result<Result<Answer, NoAnswer>, Outcome> {
        let token = self.session(profile).await?;
        let first = self.api.send(call, &token).await;
        if !is_unauthorised(&first) {
            return Ok(first);
        }
        self.sessions.remove(profile);
        let token = self.session(profile).await?;
        let second = self.api.send(call, &token).await;
        if is_unauthorised(&second) {
            self.sessions.remove(profile);
            let refresh = self.refresh_token().await?;
            // A fresh session is refused too: is it the sign-in?
            self.profiles(&refresh).await?;
        }
        Ok(second)
    }

    /// Has a session for `profile` ready.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn open(&mut self, profile: &ProfileId) -> Result<(), Outcome> {
        self.session(profile).await.map(drop)
    }

    /// What to say when no profile is named.
    pub(crate) async fn profile_missing(&mut self) -> Outcome {
        match self.refresh_token().await {
            Ok(refresh) => match self.profiles(&refresh).await {
                Ok(profiles) if profiles.is_empty() => no_profiles("no profile is named"),
                Ok(profiles) => {
                    Outcome::SignInNeeded { why: format!("no profile is named: {}", choose(&profiles)) }
                }
                Err(outcome) => outcome,
            },
            Err(outcome) => outcome,
        }
    }

    /// Why there is no session for `profile`. Only the account's own list tells that it is not one of its profiles.
    async fn no_session(&mut self, refresh: &SecretString, profile: &ProfileId, answer: &Answer) -> Outcome {
        let unknown = format!("the profile {:?} is not one of this account's", profile.0);
        match self.profiles(refresh).await {
            Ok(profiles) if profiles.is_empty() => no_profiles(&unknown),
            Ok(profiles) if profiles.iter().any(|listed| listed.id == profile.0) => Outcome::TryLater {
                trouble: Trouble::Either,
                after: answer.retry_after,
                why: format!("gives no session for one of the account's profiles ({})", answer.status),
            },
            Ok(profiles) => Outcome::ProfileUnknown { why: unknown, hint: choose(&profiles) },
            Err(outcome) => outcome,
        }
    }

    async fn session(&mut self, profile: &ProfileId) -> Result<SecretString, Outcome> {
        let now = self.clock.now().wall.as_second();
        if let Some(session) = self.sessions.get(profile)
            && session.is_good(now)
        {
            return Ok(session.token.clone());
        }
        let refresh = self.refresh_token().await?;
        let call =
            Call::new(Method::POST, &["auth", "session-token"]).with_body(json!({"profileId": profile.0}));
        let answer = self.api.exchange(&call, Some(&refresh)).await;
        let session = match &answer {
            Ok(answer) if (200..300).contains(&answer.status) => minted(answer, now),
            _ => None,
        };
        if let Some(session) = session {
            let token = session.token.clone();
            self.sessions.insert(profile.clone(), session);
            return Ok(token);
        }
        let answer = answer.map(RawAnswer::read);
        match &answer {
            Ok(Answer { status: 401, .. }) => return Err(sign_in_again()),
            Ok(answer) if matches!(answer.status, 400 | 403 | 404 | 422) && answer.body.is_some() => {
                return Err(self.no_session(&refresh, profile, answer).await);
            }
            _ => {}
        }
        // Whatever is delivered, this call is the same: the trouble is the service's.
        Err(match classify::outcome(&answer, Repeat::Harmless) {
            Outcome::TryLater { after, why, .. } => {
                Outcome::TryLater { trouble: Trouble::Service, after, why }
            }
            _ => Outcome::TryLater {
                trouble: Trouble::Service,
                after: None,
                why: "gave no session token where one was asked for".into(),
            },
        })
    }

    async fn refresh_token(&self) -> Result<SecretString, Outcome> {
        (self.source.0)().await.map_err(|why| Outcome::SignInNeeded { why })
    }

    /// The account's profiles.
    async fn profiles(&mut self, refresh: &SecretString) -> Result<Vec<Listed>, Outcome> {
        let answer = self.api.send(&Call::new(Method::GET, &["profiles"]), refresh).await;
        match answer {
            Ok(Answer { status: 401, .. }) => Err(sign_in_again()),
            Ok(Answer { status: 200..=299, body: Some(body), .. }) => {
                let profiles =
                    body.get("profiles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let text = |profile: &Value, key| {
                    let text = profile.get(key).and_then(Value::as_str)?;
                    Some(text.chars().filter(|c| !c.is_control()).take(80).collect::<String>())
                };
                Ok(profiles
                    .iter()
                    .filter_map(|profile| {
                        let id = profile.get("id").and_then(Value::as_str)?.to_owned();
                        let name = text(profile, "name").unwrap_or_default();
                        let shown = format!("\"{}\" ({name})", text(profile, "id")?);
                        Some(Listed { id, shown })
                    })
                    .collect())
            }
            other => Err(match classify::outcome(&other, Repeat::Harmless) {
                later @ Outcome::TryLater { .. } => later,
                _ => Outcome::TryLater {
                    trouble: Trouble::Service,
                    after: None,
                    why: "the account's profiles could not be read".into(),
                },
            }),
        }
    }
}

/// A profile of the account.
#[derive(Debug)]
struct Listed {
    id: String,
    /// For people.
    shown: String,
}

fn choose(profiles: &[Listed]) -> String {
    let shown: Vec<&str> = profiles.iter().map(|profile| profile.shown.as_str()).collect();
    format!(
        "choose one with `discovr-scrobbler profile NAME`, or set discovr.profile to one of {}",
        shown.join(", ")
    )
}

fn no_profiles(why: &str) -> Outcome {
    Outcome::SignInNeeded {
        why: format!(
            "{why}, and this account has none yet: make one in a Discovr app, or with `discovr-scrobbler login`"
        ),
    }
}

fn is_unauthorised(answer: &Result<Answer, NoAnswer>) -> bool {
    matches!(answer, Ok(Answer { status: 401, .. }))
}

fn sign_in_again() -> Outcome {
    Outcome::SignInNeeded {
        why: "Discovr does not accept the refresh token: it is wrong, revoked or older than 90 days. \
              Sign in again with `discovr-scrobbler login`"
            .into(),
    }
}

/// What is asked for when a session is minted; what else there is does not matter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Minted {
    session_token: SecretString,
    expires_at: i64,
}

pub(super) fn minted(answer: &RawAnswer, now: i64) -> Option<Session> {
    let minted: Minted = serde_json::from_slice(&answer.body).ok()?;
    if !is_token(&minted.session_token) {
        return None;
    }
    // The end is told by the service's clock; ours may be off.
    let ahead = answer.date.map_or(0, |date| date.as_second().saturating_sub(now));
    Some(Session { token: minted.session_token, ends: minted.expires_at.saturating_sub(ahead) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_no_header_can_carry_is_none() {
        for (token, is_one) in [("eyJh.eyJz.s-_g", true), ("", false), ("eyJ\nX: y", false), ("é", false)] {
            let body = json!({"sessionToken": token, "expiresAt": 1_700_001_800}).to_string().into_bytes();
            let answer = RawAnswer {
                status: 200,
                body: body.into(),
                headers: Vec::new(),
                retry_after: None,
                date: None,
            };
            assert_eq!(minted(&answer, 1_700_000_000).is_some(), is_one, "{token:?}");
        }
    }

    #[test]
    fn a_session_is_good_until_shortly_before_its_end_whatever_number_that_is() {
        let is_good = |ends| Session { token: SecretString::from("eyJ"), ends }.is_good(1_700_000_000);
        for (ends, good) in
            [(1_700_000_121, true), (1_700_000_120, false), (0, false), (i64::MIN, false), (i64::MAX, true)]
        {
            assert_eq!(is_good(ends), good, "{ends}");
        }
    }
}

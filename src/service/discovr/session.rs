//! Session tokens: minted from the refresh token for one profile, renewed before they end (Discovr reference,
//! sections 3 and 4.4).

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::api::{Answer, Api, Call, NoAnswer};
use super::classify::{self, Repeat};
use crate::clock::Clock;
use crate::journal::ProfileId;
use crate::service::{Outcome, Trouble};

/// A session that ends within this many seconds is renewed first.
const MARGIN: i64 = 120;

/// Where the refresh token comes from. Asked each time one is needed, so that a new one is found without a restart.
#[derive(Clone)]
pub struct TokenSource(Arc<dyn Fn() -> Result<SecretString, String> + Send + Sync>);

impl TokenSource {
    /// A source; its error says what is missing and what to do.
    pub fn new(read: impl Fn() -> Result<SecretString, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
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
struct Session {
    token: SecretString,
    /// By this machine's clock, in Unix seconds.
    ends: i64,
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
            let refresh = self.refresh_token()?;
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
        match self.refresh_token() {
            Ok(refresh) => self.name_a_profile(&refresh, "no profile is named").await,
            Err(outcome) => outcome,
        }
    }

    async fn session(&mut self, profile: &ProfileId) -> Result<SecretString, Outcome> {
        let now = self.clock.now().wall.as_second();
        if let Some(session) = self.sessions.get(profile)
            && session.ends - now > MARGIN
        {
            return Ok(session.token.clone());
        }
        let refresh = self.refresh_token()?;
        let call =
            Call::new(Method::POST, &["auth", "session-token"]).with_body(json!({"profileId": profile.0}));
        let answer = self.api.send(&call, &refresh).await;
        let session = match &answer {
            Ok(answer) if (200..300).contains(&answer.status) => minted(answer, now),
            Ok(Answer { status: 401, .. }) => return Err(sign_in_again()),
            Ok(answer) if matches!(answer.status, 400 | 403 | 404 | 422) && answer.body.is_some() => {
                let why = format!("the profile {:?} is not one of this account's", profile.0);
                return Err(self.name_a_profile(&refresh, &why).await);
            }
            _ => None,
        };
        match session {
            Some(session) => {
                let token = session.token.clone();
                self.sessions.insert(profile.clone(), session);
                Ok(token)
            }
            // Whatever is delivered, this call is the same: the trouble is the service's.
            None => Err(match classify::outcome(&answer, Repeat::Harmless) {
                Outcome::TryLater { after, why, .. } => {
                    Outcome::TryLater { trouble: Trouble::Service, after, why }
                }
                _ => Outcome::TryLater {
                    trouble: Trouble::Service,
                    after: None,
                    why: "gave no session token where one was asked for".into(),
                },
            }),
        }
    }

    fn refresh_token(&self) -> Result<SecretString, Outcome> {
        (self.source.0)().map_err(|why| Outcome::SignInNeeded { why })
    }

    async fn name_a_profile(&mut self, refresh: &SecretString, why: &str) -> Outcome {
        match self.profiles(refresh).await {
            Ok(profiles) if profiles.is_empty() => Outcome::SignInNeeded {
                why: format!("{why}, and this account has none yet: make one in a Discovr app"),
            },
            Ok(profiles) => Outcome::SignInNeeded {
                why: format!("{why}: set discovr.profile to one of {}", profiles.join(", ")),
            },
            Err(outcome) => outcome,
        }
    }

    /// The account's profiles, for people.
    async fn profiles(&mut self, refresh: &SecretString) -> Result<Vec<String>, Outcome> {
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
                        let id = text(profile, "id")?;
                        Some(format!("\"{id}\" ({})", text(profile, "name").unwrap_or_default()))
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

fn is_unauthorised(answer: &Result<Answer, NoAnswer>) -> bool {
    matches!(answer, Ok(Answer { status: 401, .. }))
}

fn sign_in_again() -> Outcome {
    Outcome::SignInNeeded {
        why: "Discovr does not accept the refresh token: it is wrong, revoked or older than 90 days. \
              Put a new one in its place"
            .into(),
    }
}

fn minted(answer: &Answer, now: i64) -> Option<Session> {
    let body = answer.body.as_ref()?;
    let token = body.get("sessionToken").and_then(Value::as_str).filter(|token| !token.is_empty())?;
    let ends = body.get("expiresAt").and_then(Value::as_i64)?;
    // The end is told by the service's clock; ours may be off.
    let ahead = answer.date.map_or(0, |date| date.as_second().saturating_sub(now));
    Some(Session { token: SecretString::from(token), ends: ends.saturating_sub(ahead) })
}

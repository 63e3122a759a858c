//! Signing in with a code, and what the sign-in itself is good for: the account's profiles, and its own end (Discovr
//! reference, sections 4 and 5). Each answer is a value; nothing here waits, asks the user or keeps anything.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::classify;
use super::manner::manner;
use super::picture;
use crate::clock::Clock;
use crate::service::ClockSkew;
use crate::service::Outcome;
use crate::service::api::{Answer, Api, Call, NoAnswer, RawAnswer};
use crate::service::device_code::{DeviceCode, LONGEST_LIFE, Polled, Requested, USUAL_LIFE, USUAL_PAUSE};
use crate::service::repeat::Repeat;
use crate::service::words::message;

/// What the end of a code means; the service does not say more.
const OVER: &str = "Discovr ended this sign-in: the code was denied, or is not good any more";
/// The longest name or id that is taken over, in characters.
const MAX_TEXT: usize = 200;
/// The longest token that is taken over, in bytes.
const MAX_TOKEN: usize = 8 * 1024;
/// More profiles than this no account has.
const MAX_PROFILES: usize = 500;

/// The calls of a sign-in, for one service address.
#[derive(Debug)]
pub struct SignIn {
    api: Api,
    skew: ClockSkew,
    /// Whether the service only knows the older way to ask whether a code was approved.
    older: bool,
}

/// What an approved sign-in gives.
#[derive(Debug)]
pub struct Grant {
    /// The refresh token: one line without spaces.
    pub refresh_token: SecretString,
    /// What the service calls this sign-in. No secret.
    pub public_id: Option<String>,
    /// When the token ends, by this machine's clock.
    pub expires_at: Option<Timestamp>,
}

/// A profile of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its id, opaque.
    pub id: String,
    /// Its name. Foreign text.
    pub name: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Why a call with the refresh token did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    /// The token is not accepted.
    #[error("Discovr does not accept the refresh token: it is wrong, revoked or older than 90 days")]
    SignedOut,
    /// The service said no.
    #[error("{0}")]
    Refused(String),
    /// There was no clear answer.
    #[error("{0}")]
    Unclear(String),
}

impl SignIn {
    /// For the service at `base`. Nothing is sent yet.
    #[must_use]
    pub fn new(base: Url, clock: Clock) -> Self {
        let skew = ClockSkew::default();
        Self { api: Api::new(manner(), base, clock, skew.clone()), skew, older: false }
    }

    /// How far the service's clock is off, once it has answered.
    #[must_use]
    pub fn skew(&self) -> ClockSkew {
        self.skew.clone()
    }

    /// Asks for a code for the program that is registered as `client_id`.
    pub async fn request(&mut self, client_id: &str) -> Requested {
        let mut call =
            Call::new(Method::POST, &["auth", "device-codes"]).with_body(json!({"clientID": client_id}));
        call.query.push(("format", "json".into()));
        let answer = match self.api.exchange(&call, None).await {
            Ok(answer) => answer,
            Err(error) => return Requested::Later { why: no_answer(error) },
        };
        if (200..300).contains(&answer.status) {
            return match device_code(&answer) {
                Some((code, picture)) => Requested::Code(match picture {
                    Some(picture) => DeviceCode { link: picture::link_in_time(picture).await, ..code },
                    None => code,
                }),
                None => Requested::Later { why: "gave no code where one was asked for".into() },
            };
        }
        let answer = answer.read();
        match (answer.status, &answer.body) {
            (400 | 401 | 403 | 404 | 422, Some(_)) => {
                Requested::Refused { why: format!("said no ({}){}", answer.status, message(&answer)) }
            }
            _ => Requested::Later { why: trouble(&Ok(answer)) },
        }
    }

    /// Asks once whether `code` was approved. Where the newer call is not known the older one is used from then on.
    pub async fn poll(&mut self, code: &DeviceCode) -> Polled<Grant> {
        let device_code = code.device_code.expose_secret();
        if !self.older {
            let newer = Call::new(Method::POST, &["auth", "device-codes", device_code, "poll"]);
            match self.api.exchange(&newer, None).await {
                Ok(RawAnswer { status: 404 | 405, .. }) => {}
                answer => return self.polled(answer),
            }
        }
        let older = Call::new(Method::GET, &["auth", "device-codes", device_code, "token"]);
        let answer = self.api.exchange(&older, None).await;
        // Not known either: which of the two is right is not settled by that.
        self.older = answer.as_ref().is_ok_and(|answer| !matches!(answer.status, 404 | 405 | 500..));
        self.polled(answer)
    }

    fn polled(&self, answer: Result<RawAnswer, NoAnswer>) -> Polled<Grant> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Polled::Unclear { why: no_answer(error) },
        };
        match answer.status {
            200..=299 => self.read_poll(&answer),
            401 => Polled::Over { why: OVER },
            429 => Polled::Slower(answer.retry_after),
            _ => Polled::Unclear { why: trouble(&Ok(answer.read())) },
        }
    }

    pub(super) fn read_poll(&self, answer: &RawAnswer) -> Polled<Grant> {
        // What else is in it, and of which type, must not cost us a token that is given only once.
        let Ok(said) = serde_json::from_slice::<PollAnswer>(&answer.body) else {
            return Polled::Unclear { why: format!("answered {} without Discovr's JSON", answer.status) };
        };
        match (said.refresh_token, said.status.as_ref().and_then(Value::as_str)) {
            (Some(token), _) if is_token(&token) => Polled::Approved(Grant {
                refresh_token: token,
                public_id: said.public_id.as_ref().and_then(Value::as_str).map(text),
                expires_at: said
                    .expires_at
                    .as_ref()
                    .and_then(Value::as_i64)
                    .and_then(|second| Timestamp::from_second(second).ok())
                    .map(|there| self.skew.here(there)),
            }),
            (Some(_), _) => Polled::Unclear { why: "gave a refresh token that cannot be one".into() },
            (None, Some("pending" | "authorization_pending")) => Polled::Pending,
            (None, Some("denied" | "expired" | "access_denied" | "expired_token")) => {
                Polled::Over { why: OVER }
            }
            (None, _) => Polled::Unclear { why: "neither approved the code nor refused it".into() },
        }
    }

    /// The account's profiles, the oldest first.
    ///
    /// # Errors
    /// When the token is not accepted, or the service cannot be understood or reached.
    pub async fn profiles(&mut self, token: &SecretString) -> Result<Vec<Profile>, NoAccess> {
        let body = self.identity(&Call::new(Method::GET, &["profiles"]), token).await?;
        let Some(listed) = body.get("profiles").and_then(Value::as_array) else {
            return Err(NoAccess::Unclear("the account's profiles could not be read".into()));
        };
        let mut profiles: Vec<Profile> = listed.iter().take(MAX_PROFILES).filter_map(profile).collect();
        // The service lists the newest first; a number that the user was shown should stay the same.
        profiles.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(profiles)
    }

    /// Makes a profile with the picture at `avatar`, which the service wants. Returns its id.
    ///
    /// # Errors
    /// As [`SignIn::profiles`], and when the service does not want it.
    pub async fn add_profile(
        &mut self,
        token: &SecretString,
        name: &str,
        avatar: &Url,
    ) -> Result<String, NoAccess> {
        let call = Call::new(Method::POST, &["profiles"])
            .with_body(json!({"name": name, "avatarUrl": avatar.as_str()}));
        let body = self.identity(&call, token).await?;
        let id = body.get("profileId").and_then(Value::as_str).filter(|id| is_id(id));
        id.map(str::to_owned).ok_or_else(|| NoAccess::Unclear("the new profile's id was not given".into()))
    }

    /// Revokes the refresh token. Sessions that it opened stay good until they end, at most half an hour.
    ///
    /// # Errors
    /// When the token was not good any more ([`NoAccess::SignedOut`]), or the service cannot be understood or reached.
    pub async fn revoke(&mut self, token: &SecretString) -> Result<(), NoAccess> {
        let body = self.identity(&Call::new(Method::DELETE, &["auth", "session"]), token).await?;
        match body.get("revoked").and_then(Value::as_bool) {
            Some(false) => Err(NoAccess::Unclear("did not revoke the token".into())),
            Some(true) | None => Ok(()),
        }
    }

    async fn identity(&mut self, call: &Call, token: &SecretString) -> Result<Value, NoAccess> {
        let answer = self.api.send(call, token).await;
        match answer {
            Ok(Answer { status: 401, .. }) => Err(NoAccess::SignedOut),
            Ok(Answer { status: 200..=299, body: Some(body), .. }) => Ok(body),
            other => Err(match classify::outcome(&other, Repeat::Harmless) {
                Outcome::Refused { why } => NoAccess::Refused(why),
                _ => NoAccess::Unclear(trouble(&other)),
            }),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodeAnswer {
    device_code: SecretString,
    user_code: Value,
    #[serde(rename = "authQRCode")]
    picture: Option<Value>,
    expires_in: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PollAnswer {
    refresh_token: Option<SecretString>,
    status: Option<Value>,
    public_id: Option<Value>,
    expires_at: Option<Value>,
}

/// A code, and the picture that comes with it.
pub(super) fn device_code(answer: &RawAnswer) -> Option<(DeviceCode, Option<String>)> {
    let said: CodeAnswer = serde_json::from_slice(&answer.body).ok()?;
    if !is_id(said.device_code.expose_secret()) {
        return None;
    }
    let user_code = match &said.user_code {
        Value::String(code) => text(code),
        Value::Number(code) => code.to_string(),
        _ => return None,
    };
    let life = said.expires_in.as_ref().and_then(Value::as_u64).map_or(USUAL_LIFE, Duration::from_millis);
    let picture = said.picture.as_ref().and_then(Value::as_str).map(str::to_owned);
    let life = life.min(LONGEST_LIFE);
    let code =
        DeviceCode { device_code: said.device_code, user_code, link: None, life, interval: USUAL_PAUSE };
    Some((code, picture))
}

pub(super) fn profile(listed: &Value) -> Option<Profile> {
    let id = listed.get("id").and_then(Value::as_str).filter(|id| is_id(id))?;
    let name = listed.get("name").and_then(Value::as_str).map(text).unwrap_or_default();
    let created_at = listed.get("createdAt").and_then(Value::as_str).and_then(|text| text.parse().ok());
    Some(Profile { id: id.to_owned(), name, created_at })
}

/// Whether it can be kept in a file and carried by a header.
pub(super) fn is_token(token: &SecretString) -> bool {
    let token = token.expose_secret();
    (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// An id goes into paths, bodies and the journal as it is.
fn is_id(id: &str) -> bool {
    (1..=MAX_TEXT).contains(&id.chars().count()) && !id.chars().any(char::is_control)
}

fn text(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}

fn no_answer(error: NoAnswer) -> String {
    match error {
        NoAnswer::NotSent(why) | NoAnswer::Lost(why) => why,
    }
}

/// Why an answer is no use, in the words of everything else that is sent to Discovr.
fn trouble(answer: &Result<Answer, NoAnswer>) -> String {
    match classify::outcome(answer, Repeat::Harmless) {
        Outcome::TryLater { why, .. }
        | Outcome::Unsure { why, .. }
        | Outcome::Refused { why }
        | Outcome::SignInNeeded { why }
        | Outcome::ProfileUnknown { why, .. } => why,
        Outcome::Delivered(_) | Outcome::NotThere => "gave an answer that cannot be understood".into(),
    }
}

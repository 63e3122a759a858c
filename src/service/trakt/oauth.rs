//! Signing in with a code, renewing and revoking (Trakt reference, section 2). Each answer is a value; nothing here waits,
//! asks the user or keeps anything.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::api;
use super::tokens::Tokens;
use crate::clock::Clock;
use crate::service::ClockSkew;
use crate::service::api::{Answer, Api, Call, NoAnswer, RawAnswer};
use crate::service::device_code::{DeviceCode, LONGEST_LIFE, Polled, Requested, USUAL_LIFE, USUAL_PAUSE};
use crate::service::words::{code, message};

/// Command-line programs are registered with this address.
const NOWHERE: &str = "urn:ietf:wg:oauth:2.0:oob";
/// Why no code of this application is ever approved.
const NOT_ACCEPTED: &str = "Trakt does not accept the application: its id and secret do not belong together (give others with \
                            --client-id ID --client-secret-file FILE), or its maker has no active VIP membership";
/// The longest pause between two questions that the service may want.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The longest text that is taken over, in characters.
const MAX_TEXT: usize = 200;

/// The application that the user registered at Trakt.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its public id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
}

/// The calls of a sign-in.
#[derive(Debug)]
pub struct OAuth {
    api: Api,
    application: Application,
    clock: Clock,
}

/// Why there is no new pair of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The refresh token is not, or no longer, good.
    SignedOut,
    /// The application is not accepted.
    Application {
        /// Why, for people.
        why: String,
    },
    /// Certainly nothing was done.
    Later {
        /// Not before this time from now, if the service said so.
        after: Option<Duration>,
        /// Why not.
        why: String,
    },
    /// It may have been done, and the old refresh token with it.
    Lost {
        /// What happened.
        why: String,
    },
}

impl OAuth {
    /// For the service at `base`. Nothing is sent yet.
    #[must_use]
    pub fn new(base: Url, application: Application, clock: Clock) -> Self {
        Self::measuring(base, application, clock, ClockSkew::default())
    }

    /// The same, with every answer's date kept in `skew`.
    pub(super) fn measuring(base: Url, application: Application, clock: Clock, skew: ClockSkew) -> Self {
        Self { api: api::auth(base, clock.clone(), skew), application, clock }
    }

    /// Asks for a code.
    pub async fn request(&mut self) -> Requested {
        let call = Call::new(Method::POST, &["oauth", "device", "code"])
            .with_body(json!({"client_id": self.application.client_id}));
        let answer = match self.api.exchange(&call, None).await {
            Ok(answer) => answer,
            Err(NoAnswer::NotSent(why) | NoAnswer::Lost(why)) => return Requested::Later { why },
        };
        requested(answer)
    }

    /// Asks once whether `code` was approved. The status alone tells, as the body may be anything (section 2.3).
    pub async fn poll(&mut self, code: &DeviceCode) -> Polled<Tokens> {
        let call = Call::new(Method::POST, &["oauth", "device", "token"]).with_body(json!({
            "code": code.device_code.expose_secret(),
            "client_id": self.application.client_id,
            "client_secret": self.application.client_secret.expose_secret(),
        }));
        let answer = match self.api.exchange(&call, None).await {
            Ok(answer) => answer,
            Err(NoAnswer::NotSent(why) | NoAnswer::Lost(why)) => return Polled::Unclear { why },
        };
        polled(answer, self.clock.now().wall)
    }

    /// Renews `tokens`: a success voids them.
    ///
    /// # Errors
    /// When there is no new pair, and what became of the old one.
    pub async fn renew(&mut self, tokens: &Tokens) -> Result<Tokens, Refusal> {
        let call = Call::new(Method::POST, &["oauth", "token"]).with_body(json!({
            "refresh_token": tokens.refresh.expose_secret(),
            "client_id": self.application.client_id,
            "client_secret": self.application.client_secret.expose_secret(),
            "redirect_uri": NOWHERE,
            "grant_type": "refresh_token",
        }));
        let answer = match self.api.exchange(&call, None).await {
            Ok(answer) => answer,
            Err(NoAnswer::NotSent(why)) => return Err(Refusal::Later { after: None, why }),
            Err(NoAnswer::Lost(why)) => return Err(Refusal::Lost { why }),
        };
        if (200..300).contains(&answer.status) {
            let why = format!("answered {} without tokens", answer.status);
            return Tokens::given(&answer.body, self.clock.now().wall).ok_or(Refusal::Lost { why });
        }
        Err(refusal(&answer.read()))
    }

    /// Ends the sign-in.
    ///
    /// # Errors
    /// When the service did not say that it has: why.
    pub async fn revoke(&mut self, tokens: &Tokens) -> Result<(), String> {
        let call = Call::new(Method::POST, &["oauth", "revoke"]).with_body(json!({
            "token": tokens.access.expose_secret(),
            "client_id": self.application.client_id,
            "client_secret": self.application.client_secret.expose_secret(),
        }));
        match self.api.exchange(&call, None).await {
            Ok(RawAnswer { status: 200..=299, .. }) => Ok(()),
            Ok(answer) => Err(trouble(&answer.read())),
            Err(NoAnswer::NotSent(why) | NoAnswer::Lost(why)) => Err(why),
        }
    }
}

/// What the answer to the wish for a code says.
pub(super) fn requested(answer: RawAnswer) -> Requested {
    match answer.status {
        200..=299 => match device_code(&answer) {
            Some(code) => Requested::Code(code),
            None => Requested::Later { why: "gave no code where one was asked for".into() },
        },
        status @ (400 | 401 | 403 | 404 | 422) => {
            Requested::Refused { why: format!("said no ({status}){}", message(&answer.read())) }
        }
        _ => Requested::Later { why: trouble(&answer.read()) },
    }
}

/// What the answer to a question after a code says, at `now`.
pub(super) fn polled(answer: RawAnswer, now: Timestamp) -> Polled<Tokens> {
    match answer.status {
        200..=299 => match Tokens::given(&answer.body, now) {
            Some(tokens) => Polled::Approved(tokens),
            None => Polled::Unclear { why: format!("answered {} without tokens", answer.status) },
        },
        400 => Polled::Pending,
        404 => Polled::Over { why: "Trakt does not know the code" },
        409 => Polled::Over { why: "the code was used already" },
        410 => Polled::Over { why: "the code has expired" },
        418 => Polled::Over { why: "you denied the code" },
        429 => Polled::Slower(answer.retry_after),
        401 | 403 => Polled::Over { why: NOT_ACCEPTED },
        _ => Polled::Unclear { why: trouble(&answer.read()) },
    }
}

/// What an answer other than success means for a renewal.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    match (answer.status, code(answer)) {
        (400 | 401, Some("invalid_client" | "unauthorized_client")) | (403, _) => Refusal::Application {
            why: format!("Trakt does not accept the application ({}){}", answer.status, message(answer)),
        },
        (400, Some("invalid_grant")) | (401, _) => Refusal::SignedOut,
        (300..=499, _) => Refusal::Later { after: answer.retry_after, why: trouble(answer) },
        _ => Refusal::Lost { why: trouble(answer) },
    }
}

fn trouble(answer: &Answer) -> String {
    format!("answered {}{}", answer.status, message(answer))
}

#[derive(Deserialize)]
struct CodeAnswer {
    device_code: SecretString,
    user_code: Value,
    verification_url: Value,
    expires_in: Option<Value>,
    interval: Option<Value>,
}

fn device_code(answer: &RawAnswer) -> Option<DeviceCode> {
    let said: CodeAnswer = serde_json::from_slice(&answer.body).ok()?;
    let link = Url::parse(said.verification_url.as_str()?).ok()?;
    let is_web = matches!(link.scheme(), "https" | "http");
    let user_code: String =
        said.user_code.as_str()?.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    let seconds = |value: Option<Value>, usual: Duration, longest: Duration| {
        let said = value.as_ref().and_then(Value::as_u64).map(Duration::from_secs);
        said.unwrap_or(usual).clamp(Duration::from_secs(1), longest)
    };
    let is_code = !said.device_code.expose_secret().is_empty() && !user_code.is_empty();
    (is_web && is_code).then(|| DeviceCode {
        device_code: said.device_code,
        user_code,
        link: Some(link),
        life: seconds(said.expires_in, USUAL_LIFE, LONGEST_LIFE),
        interval: seconds(said.interval, USUAL_PAUSE, LONGEST_PAUSE),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_no_to_the_token_ends_the_sign_in() {
        let answer = |status, body: Value| Answer { status, body: Some(body), ..Answer::default() };
        let invalid = || json!({"error": "invalid_grant", "error_description": "it was used"});
        assert_eq!(refusal(&answer(400, invalid())), Refusal::SignedOut);
        assert_eq!(refusal(&answer(401, json!({}))), Refusal::SignedOut);
        for (status, body) in [(403, json!({})), (401, json!({"error": "invalid_client"}))] {
            assert!(matches!(refusal(&answer(status, body)), Refusal::Application { .. }), "{status}");
        }
        for status in [302, 400, 404, 429] {
            assert!(matches!(refusal(&answer(status, json!({}))), Refusal::Later { .. }), "{status}");
        }
        for status in [500, 502, 503, 520] {
            assert!(matches!(refusal(&answer(status, json!({}))), Refusal::Lost { .. }), "{status}");
        }
    }
}

//! One call to Discovr, and what came back. No policy: that is in `classify`.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap};
use reqwest::{Method, Url};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::skew::ClockSkew;
use crate::clock::Clock;
use crate::http::{LazyClient, why};
use crate::service::retry;

/// Time for a whole call.
const WHOLE: Duration = Duration::from_secs(30);
/// No answer of Discovr's is longer.
const MAX_BODY: usize = 256 * 1024;
/// Room for an answer with a token in it: a buffer that grows leaves copies behind.
const ROOM: usize = 16 * 1024;

/// Calls below one base address.
#[derive(Debug)]
pub(crate) struct Api {
    base: Url,
    client: LazyClient,
    clock: Clock,
    skew: ClockSkew,
}

/// A call to make.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
}

impl Call {
    pub(crate) fn new(method: Method, path: &[&str]) -> Self {
        let path = path.iter().map(|&segment| segment.to_owned()).collect();
        Self { method, path, query: Vec::new(), body: None }
    }

    pub(crate) fn with_body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

/// An answer, read to its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The body, if it is a JSON object.
    pub(crate) body: Option<Value>,
    /// What `Retry-After` asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The service's clock.
    pub(crate) date: Option<Timestamp>,
}

/// An answer whose body may hold a token: it is wiped from memory, and only read as what it was asked for.
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) date: Option<Timestamp>,
}

impl RawAnswer {
    /// The answer as one that holds no secret.
    pub(crate) fn read(self) -> Answer {
        let body = serde_json::from_slice(&self.body).ok().filter(Value::is_object);
        Answer { status: self.status, body, retry_after: self.retry_after, date: self.date }
    }
}

/// A call without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Nothing was sent.
    NotSent(String),
    /// It may have been sent and done.
    Lost(String),
}

impl Api {
    pub(crate) fn new(base: Url, clock: Clock, skew: ClockSkew) -> Self {
        Self { base, client: LazyClient::new(WHOLE), clock, skew }
    }

    /// Makes `call` with `token`. Every HTTP status is an answer.
    pub(crate) async fn send(&mut self, call: &Call, token: &SecretString) -> Result<Answer, NoAnswer> {
        self.exchange(call, Some(token)).await.map(RawAnswer::read)
    }

    /// Makes `call`, with `token` if one is wanted, and leaves the reading of the answer to the caller.
    pub(crate) async fn exchange(
        &mut self,
        call: &Call,
        token: Option<&SecretString>,
    ) -> Result<RawAnswer, NoAnswer> {
        let url = self.url(call)?;
        let client = self
            .client
            .get()
            .map_err(|error| NoAnswer::NotSent(format!("no HTTPS client could be made: {}", why(&error))))?;
        let mut request = client.request(call.method.clone(), url).query(&call.query);
        if let Some(token) = token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let asked = self.clock.now().wall;
        let mut response = request.send().await.map_err(|error| no_answer(&error))?;
        let now = self.clock.now().wall;
        let (retry_after, date) = times(response.headers(), now);
        let status = response.status().as_u16();
        if let Some(date) = date {
            self.clock.heard(date, asked);
            self.skew.measured(date, now);
        }
        let mut body = Zeroizing::new(Vec::with_capacity(ROOM));
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(NoAnswer::Lost("the answer is too long to be Discovr's".into()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(RawAnswer { status, body, retry_after, date })
    }

    fn url(&self, call: &Call) -> Result<Url, NoAnswer> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| NoAnswer::NotSent("discovr.api_url cannot be a base address".into()))?
            .pop_if_empty()
            .extend(&call.path);
        Ok(url)
    }
}

/// What the headers of an answer that came at `now` say of time: how long to wait, and the service's clock.
pub(super) fn times(headers: &HeaderMap, now: Timestamp) -> (Option<Duration>, Option<Timestamp>) {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let date = header(header::DATE)
        .and_then(|value| httpdate::parse_http_date(value).ok())
        .and_then(|date| Timestamp::try_from(date).ok());
    // A time that it names is by its own clock.
    let retry_after =
        header(header::RETRY_AFTER).and_then(|value| retry::retry_after(value, date.unwrap_or(now)));
    (retry_after, date)
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    if error.is_connect() || error.is_builder() {
        NoAnswer::NotSent(format!("Discovr cannot be reached: {}", why(error)))
    } else if error.is_timeout() {
        NoAnswer::Lost("Discovr did not answer in time".into())
    } else {
        NoAnswer::Lost(format!("the answer was lost: {}", why(error)))
    }
}

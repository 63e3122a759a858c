//! One call to a service, and what came back. What an answer means is for the service to say.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap};
use reqwest::{Method, Url};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::retry;
use super::skew::ClockSkew;
use crate::clock::Clock;
use crate::http::{LazyClient, why};

/// Time for a whole call.
const WHOLE: Duration = Duration::from_secs(30);
/// No answer that is asked for is longer.
const MAX_BODY: usize = 256 * 1024;
/// Room for an answer with a token in it: a buffer that grows leaves copies behind.
const ROOM: usize = 16 * 1024;

/// What is the same in all calls to a service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    /// What it is called, for people.
    pub(crate) service: &'static str,
    /// The setting that holds the base address.
    pub(crate) setting: &'static str,
    /// Headers of every call. No secrets: they stand in no list of what may not be shown.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The headers of an answer that mean something, in lower case.
    pub(crate) heard: &'static [&'static str],
}

/// Calls below one base address.
#[derive(Debug)]
pub(crate) struct Api {
    manner: Manner,
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
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The body, if it is a JSON object or a JSON list.
    pub(crate) body: Option<Value>,
    /// Whether there was no body at all.
    pub(crate) is_empty: bool,
    /// Those of [`Manner::heard`] that it has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What `Retry-After` asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The service's clock.
    pub(crate) date: Option<Timestamp>,
}

impl Answer {
    /// One of the headers that mean something.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    /// The body, if it is a JSON object.
    pub(crate) fn object(&self) -> Option<&Value> {
        self.body.as_ref().filter(|body| body.is_object())
    }
}

/// An answer whose body may hold a token: it is wiped from memory, and only read as what it was asked for.
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) date: Option<Timestamp>,
}

impl RawAnswer {
    /// The answer as one that holds no secret.
    pub(crate) fn read(self) -> Answer {
        let body = serde_json::from_slice(&self.body).ok();
        let body = body.filter(|body: &Value| body.is_object() || body.is_array());
        Answer {
            status: self.status,
            body,
            is_empty: self.body.is_empty(),
            headers: self.headers,
            retry_after: self.retry_after,
            date: self.date,
        }
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
    pub(crate) fn new(manner: Manner, base: Url, clock: Clock, skew: ClockSkew) -> Self {
        Self { manner, base, client: LazyClient::new(WHOLE), clock, skew }
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
        for (name, value) in &self.manner.headers {
            request = request.header(*name, value);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let service = self.manner.service;
        let asked = self.clock.now().wall;
        let mut response = request.send().await.map_err(|error| no_answer(service, &error))?;
        let now = self.clock.now().wall;
        let (retry_after, date) = times(response.headers(), now);
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let heard = self.manner.heard.iter().filter_map(|&name| Some((name, header(name)?.to_owned())));
        let headers = heard.collect();
        let status = response.status().as_u16();
        if let Some(date) = date {
            self.clock.heard(date, asked);
            self.skew.measured(date, now);
        }
        let mut body = Zeroizing::new(Vec::with_capacity(ROOM));
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(service, &error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(NoAnswer::Lost(format!("the answer is too long to be {service}'s")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(RawAnswer { status, body, headers, retry_after, date })
    }

    fn url(&self, call: &Call) -> Result<Url, NoAnswer> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| NoAnswer::NotSent(format!("{} cannot be a base address", self.manner.setting)))?
            .pop_if_empty()
            .extend(&call.path);
        Ok(url)
    }
}

/// What the headers of an answer that came at `now` say of time: how long to wait, and the service's clock.
pub(crate) fn times(headers: &HeaderMap, now: Timestamp) -> (Option<Duration>, Option<Timestamp>) {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let date = header(header::DATE)
        .and_then(|value| httpdate::parse_http_date(value).ok())
        .and_then(|date| Timestamp::try_from(date).ok());
    // A time that it names is by its own clock.
    let retry_after =
        header(header::RETRY_AFTER).and_then(|value| retry::retry_after(value, date.unwrap_or(now)));
    (retry_after, date)
}

fn no_answer(service: &str, error: &reqwest::Error) -> NoAnswer {
    if error.is_connect() || error.is_builder() {
        NoAnswer::NotSent(format!("{service} cannot be reached: {}", why(error)))
    } else if error.is_timeout() {
        NoAnswer::Lost(format!("{service} did not answer in time"))
    } else {
        NoAnswer::Lost(format!("the answer was lost: {}", why(error)))
    }
}

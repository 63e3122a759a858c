//! One question to TMDB at a time, answered from the cache where it can be.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::{Url, header};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Credential;
use crate::http::{LazyClient, why};
use crate::identify::AnswerCache;

/// Time for a whole call.
const WHOLE: Duration = Duration::from_secs(10);
/// No answer of TMDB's is longer, in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// The longest that `Retry-After` is obeyed.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// How long an answer is kept that says what something is. TMDB allows six months at most.
pub(super) const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long it is kept that there is nothing, at first, and what changes from week to week.
pub(super) const KEEP_BRIEFLY: Duration = Duration::from_secs(24 * 3600);
/// How long it is remembered how often there was nothing.
const KEEP_COUNT: Duration = Duration::from_secs(60 * 24 * 3600);
/// How many calls one file is worth.
const CALLS: u32 = 25;

/// How TMDB is asked.
#[derive(Debug, Clone)]
pub struct TmdbSettings {
    /// The base address, `https://api.themoviedb.org/3`.
    pub api_url: Url,
    /// Without one nothing is asked; what is cached is still used.
    pub credential: Option<Credential>,
    /// The language of titles, such as `en-US`.
    pub language: String,
}

/// The questions about one file, of which there may not be too many.
#[derive(Debug)]
pub(crate) struct Session<'a, C> {
    client: &'a Client<C>,
    calls_left: AtomicU32,
}

/// Asks TMDB, and remembers.
#[derive(Debug)]
pub(crate) struct Client<C> {
    settings: TmdbSettings,
    cache: C,
    /// Held while a call is made: they go one after another.
    line: Mutex<Line>,
}

#[derive(Debug)]
struct Line {
    client: LazyClient,
    /// TMDB asked not to be called before this.
    not_before: Option<Instant>,
}

/// A question without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// There is no credential to ask with.
    NoToken,
    /// The call failed and is worth trying again. In words for people, without any address.
    Failed(String),
    /// Enough was asked about this file.
    Enough,
}

impl<C: AnswerCache> Client<C> {
    pub(crate) fn new(settings: TmdbSettings, cache: C) -> Self {
        Self { settings, cache, line: Mutex::new(Line { client: LazyClient::new(WHOLE), not_before: None }) }
    }

    /// For the questions about one file.
    pub(crate) fn session(&self) -> Session<'_, C> {
        Session { client: self, calls_left: AtomicU32::new(CALLS) }
    }

    /// What is remembered besides TMDB's answers.
    pub(crate) fn cache(&self) -> &C {
        &self.cache
    }

    /// The question itself, without who asks.
    fn key(&self, path: &[&str], query: &[(&str, &str)]) -> String {
        let mut key = format!("tmdb2:{}:{}", self.settings.language, path.join("/"));
        for (name, value) in query {
            key.push_str(&format!("&{name}={value}"));
        }
        key
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, NoAnswer> {
        let Some(credential) = &self.settings.credential else { return Err(NoAnswer::NoToken) };
        let mut line = self.line.lock().await;
        if line.not_before.is_some_and(|until| until > Instant::now()) {
            return failed("TMDB asked for a pause");
        }
        let mut url = self.settings.api_url.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => segments.pop_if_empty().extend(path),
            Err(()) => return failed("tmdb.api_url cannot be a base address"),
        };
        let language = [("language", self.settings.language.as_str())];
        let client = line.client.get().map_err(|error| no_answer(&error))?;
        let request = client.get(url).query(query).query(&language);
        let request = match credential {
            Credential::Bearer(token) => request.bearer_auth(token.expose_secret()),
            // TMDB takes this kind nowhere else. The address is never logged, nor shown in an error.
            Credential::ApiKey(key) => request.query(&[("api_key", key.expose_secret())]),
        };
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status().as_u16();
        match status {
            200 => {}
            404 => return Ok(None),
            401 | 403 => {
                return failed(
                    "TMDB refuses the token; put a valid API read access token into tmdb.token_file",
                );
            }
            429 => {
                let seconds = response.headers().get(header::RETRY_AFTER);
                let pause = seconds.and_then(|value| value.to_str().ok()?.trim().parse().ok());
                let pause = Duration::from_secs(pause.unwrap_or(0)).min(LONGEST_PAUSE);
                line.not_before = Some(Instant::now() + pause);
                return failed("TMDB asked for a pause (429)");
            }
            _ => return failed(&format!("TMDB answered {status}")),
        }
        let body = whole(response).await?;
        match serde_json::from_slice(&body) {
            Ok(answer) => Ok(Some(answer)),
            Err(_) => failed("TMDB's answer could not be read"),
        }
    }
}

impl<C: AnswerCache> Session<'_, C> {
    /// The answer to a GET of `path` with `query`, cut down to what `T` keeps; `None` when TMDB has nothing
    /// there. `keep` says how long an answer is good for; none when there is nothing in it.
    pub(super) async fn get<T: Serialize + DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        keep: impl Fn(&T) -> Option<Duration> + Send,
    ) -> Result<Option<T>, NoAnswer> {
        let key = self.client.key(path, query);
        match self.client.kept(&key).await {
            Some(answer) => Ok(answer),
            None => self.ask(&key, path, query, keep).await,
        }
    }

    /// What is kept as the answer, however old it is; nobody is asked.
    pub(super) async fn kept<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Option<Option<T>> {
        self.client.kept(&self.client.key(path, query)).await
    }

    /// As [`Self::get`], for what grows: a kept answer that is not `enough` is asked for again, once a day. While TMDB cannot be
    /// asked, that it is not enough is no answer.
    pub(super) async fn get_grown<T: Serialize + DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        keep: Duration,
        enough: impl Fn(Option<&T>) -> bool + Send,
    ) -> Result<Option<T>, NoAnswer> {
        let key = self.client.key(path, query);
        let again = format!("again:{key}");
        if let Some(kept) = self.client.kept(&key).await
            && (enough(kept.as_ref()) || self.client.cache.get(&again).await.is_some())
        {
            return Ok(kept);
        }
        let asked = self.ask(&key, path, query, |_| Some(keep)).await?;
        self.client.cache.put(&again, "", KEEP_BRIEFLY).await;
        Ok(asked)
    }

    async fn ask<T: Serialize + DeserializeOwned>(
        &self,
        key: &str,
        path: &[&str],
        query: &[(&str, &str)],
        keep: impl Fn(&T) -> Option<Duration> + Send,
    ) -> Result<Option<T>, NoAnswer> {
        let left = self.calls_left.load(Ordering::Relaxed);
        let Some(left) = left.checked_sub(1) else { return Err(NoAnswer::Enough) };
        self.calls_left.store(left, Ordering::Relaxed);
        let answer: Option<T> = self.client.ask(path, query).await?;
        let cache = &self.client.cache;
        let keep = match answer.as_ref().and_then(&keep) {
            Some(keep) => keep,
            // What is not there is asked for less and less often.
            None => {
                let count_key = format!("nothing:{key}");
                let times: u32 =
                    cache.get(&count_key).await.and_then(|times| times.parse().ok()).unwrap_or(0).min(5);
                cache.put(&count_key, &(times + 1).to_string(), KEEP_COUNT).await;
                KEEP_BRIEFLY.saturating_mul(1 << times).min(KEEP)
            }
        };
        if let Ok(text) = serde_json::to_string(&answer) {
            cache.put(key, &text, keep).await;
        }
        Ok(answer)
    }
}

impl<C: AnswerCache> Client<C> {
    async fn kept<T: DeserializeOwned>(&self, key: &str) -> Option<Option<T>> {
        serde_json::from_str(&self.cache.get(key).await?).ok()
    }
}

async fn whole(mut response: reqwest::Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if body.len() + chunk.len() > MAX_BODY {
            return failed("the answer is too long to be TMDB's");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed<T>(why: &str) -> Result<T, NoAnswer> {
    Err(NoAnswer::Failed(why.to_owned()))
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    NoAnswer::Failed(if error.is_timeout() {
        "TMDB did not answer in time".to_owned()
    } else {
        format!("TMDB cannot be reached: {}", why(error))
    })
}

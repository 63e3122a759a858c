//! The running stand-in: who asked what, and how it is made to fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::refusal::Refusal;
use super::routes::answer;
use crate::http::{Reply, ReplyFuture, Request, Server};

/// The read access token that the stand-in accepts.
pub const BEARER: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdGFuZC1pbiJ9.c2lnbmF0dXJl";
/// The API key that the stand-in accepts.
pub const API_KEY: &str = "0123456789abcdef0123456789abcdef";

/// A running stand-in.
#[derive(Debug)]
pub struct Tmdb {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Without the query and without the `/3` of the base address.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: BTreeMap<String, String>,
    /// The status that was, or would have been, answered.
    pub status: u16,
}

/// How a call is made to fail.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answers this status.
    Status(u16),
    /// Answers 429 with this `Retry-After` in seconds, or none.
    TooMany(Option<u64>),
    /// Closes the connection.
    Hangup,
    /// Says nothing for this long, then closes the connection.
    Stall(Duration),
    /// Answers something that is no JSON.
    Garbage,
    /// Answers 200 with a whole page of HTML that says it is one, as hotel networks do.
    Html,
    /// Answers more than anyone should read.
    Endless,
    /// Answers 302 to elsewhere.
    Redirect,
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<(String, Fault, usize)>,
    calls: Vec<Call>,
}

impl Tmdb {
    /// Starts on a free port of loopback.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let server = Server::start(handler(&state)).await;
        Self { server, state }
    }

    /// The base address for `tmdb.api_url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/3", self.server.url())
    }

    /// Makes the next `times` calls fail whose path begins with `path`.
    pub fn fail(&self, path: &str, fault: Fault, times: usize) {
        self.lock().faults.push((path.to_owned(), fault, times));
    }

    /// Lets every call succeed again.
    pub fn recover(&self) {
        self.lock().faults.clear();
    }

    /// All calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }
}

fn handler(state: &Arc<Mutex<State>>) -> impl Fn(Request) -> ReplyFuture + Send + Sync + 'static {
    let state = Arc::clone(state);
    move |request| {
        let state = Arc::clone(&state);
        Box::pin(async move { state.lock().expect("no test panics while it holds this").reply(&request) })
    }
}

impl State {
    fn reply(&mut self, request: &Request) -> Reply {
        let path = request.path.strip_prefix("/3").unwrap_or(&request.path).to_owned();
        let (status, reply) = match self.fault(&path) {
            Some(fault) => fault.reply(),
            None => match answer(request) {
                Ok(body) => (200, Reply::json(200, &body)),
                Err(refusal) => (refusal.0, Reply::json(refusal.0, &refusal.body())),
            },
        };
        self.calls.push(Call { path, query: request.query.clone(), status });
        reply
    }

    fn fault(&mut self, path: &str) -> Option<Fault> {
        let (_, fault, times) =
            self.faults.iter_mut().find(|(call, _, times)| *times > 0 && path.starts_with(call.as_str()))?;
        *times -= 1;
        Some(fault.clone())
    }
}

impl Fault {
    /// The status, 0 for none, and what is sent.
    fn reply(self) -> (u16, Reply) {
        const PAGE: &str = "<!DOCTYPE html>\n<html><body><h1>Welcome to our network</h1></body></html>\n";
        let answer = |status: u16, headers: &[(&str, String)], body: &[u8]| {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            (status, Reply::Answer { status, headers, body: body.to_vec() })
        };
        match self {
            Self::Status(status) => {
                (status, Reply::json(status, &Refusal(status, 11, "as the test asked").body()))
            }
            Self::TooMany(Some(seconds)) => answer(429, &[("retry-after", seconds.to_string())], b"{}"),
            Self::TooMany(None) => answer(429, &[], b"{}"),
            Self::Hangup => (0, Reply::Hangup),
            Self::Stall(time) => (0, Reply::Stall(time)),
            Self::Garbage => answer(200, &[], b"<html>not today</html>"),
            Self::Html => {
                answer(200, &[("content-type", "text/html; charset=utf-8".to_owned())], PAGE.as_bytes())
            }
            Self::Endless => answer(200, &[], &vec![b' '; 3 * 1024 * 1024]),
            Self::Redirect => answer(302, &[("location", "http://127.0.0.1:9/".to_owned())], b""),
        }
    }
}

//! What the stand-ins of all services have in common: they listen on loopback, remember what was asked of them, and can be
//! told to fail in every way that a network can.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use crate::faults::{Effect, Fault, Faults};
use crate::http::{Reply, ReplyFuture, Request, Server};

/// A service, as far as it answers.
pub trait Service: Send + 'static {
    /// Does what is asked, if that is possible, and answers.
    fn answer(&mut self, request: &Request) -> Answer;

    /// What goes wrong with a call besides what a test has ordered.
    fn trips_over(&self, request: &Request) -> Option<Fault> {
        let _ = request;
        None
    }
}

/// What a service answers.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers besides those that every answer has.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer in JSON.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// An answer that says nothing but its status.
    #[must_use]
    pub fn bare(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// A call that was made, after it was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `PATCH`, …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The body, if it was JSON.
    pub body: Value,
    /// The status that was answered; 0 where there was no answer.
    pub status: u16,
    /// When.
    pub at: Timestamp,
}

/// A running stand-in of a service.
#[derive(Debug)]
pub struct StandIn<S> {
    server: Option<Server>,
    address: SocketAddr,
    inner: Arc<Mutex<Inner<S>>>,
    changed: watch::Receiver<u64>,
}

#[derive(Debug)]
struct Inner<S> {
    service: S,
    faults: Faults,
    /// How many calls will only be done when nobody waits for them any more.
    late: usize,
    calls: Vec<Call>,
    changes: watch::Sender<u64>,
}

impl<S: Service> StandIn<S> {
    /// Starts on a free port of loopback.
    pub async fn start(service: S) -> Self {
        let (changes, changed) = watch::channel(0);
        let inner = Inner { service, faults: Faults::default(), late: 0, calls: Vec::new(), changes };
        let inner = Arc::new(Mutex::new(inner));
        let server = Server::start(handler(&inner)).await;
        Self { address: server.address(), server: Some(server), inner, changed }
    }

    /// The base address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses connections from now on.
    pub fn go_down(&mut self) {
        self.server = None;
    }

    /// Accepts connections again, at the same address.
    pub async fn come_up(&mut self) {
        self.server = Some(Server::start_at(self.address, handler(&self.inner)).await);
    }

    /// Accepts connections but reads nothing from them, or goes on with what has come in meanwhile.
    pub fn is_deaf(&self, deaf: bool) {
        if let Some(server) = &self.server {
            server.is_deaf(deaf);
        }
    }

    /// Makes the next `times` calls fail whose `METHOD /path` begins with `call`.
    pub fn fail(&self, call: &str, fault: Fault, times: usize) {
        self.lock().faults.order(call, fault, times);
    }

    /// Lets no more calls fail.
    pub fn forgive(&self) {
        self.lock().faults.forgive();
    }

    /// Whether a call has failed as it was ordered by [`StandIn::fail`].
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.lock().faults.met() > 0
    }

    /// Whether calls that came in long ago are still to be done, for nobody.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.lock().late > 0
    }

    /// All calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// The calls whose `METHOD /path` begins with `call`.
    #[must_use]
    pub fn calls_to(&self, call: &str) -> Vec<Call> {
        let named = |made: &Call| format!("{} {}", made.method, made.path).starts_with(call);
        self.calls().into_iter().filter(named).collect()
    }

    /// How many calls there were so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().calls.len()
    }

    /// The calls after the first `known`.
    #[must_use]
    pub fn calls_after(&self, known: usize) -> Vec<Call> {
        self.lock().calls.iter().skip(known).cloned().collect()
    }

    /// Looks at the service, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut S) -> T) -> T {
        look(&mut self.lock().service)
    }

    /// Waits until `condition` holds, which is looked at after every call.
    ///
    /// # Panics
    /// When it does not hold within `limit`.
    pub async fn wait_until(&self, what: &str, limit: Duration, condition: impl Fn() -> bool) {
        let mut changed = self.changed.clone();
        let wait = async {
            while !condition() {
                // The sender lives as long as this stand-in.
                let _ = changed.changed().await;
            }
        };
        if tokio::time::timeout(limit, wait).await.is_err() {
            let calls: Vec<String> = self
                .calls()
                .iter()
                .map(|call| format!("{} {} {} -> {}", call.method, call.path, call.body, call.status))
                .collect();
            panic!("waited {limit:?} for {what}; the calls were:\n{}", calls.join("\n"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<S>> {
        self.inner.lock().expect("no test panics while it holds this")
    }
}

fn handler<S: Service>(
    inner: &Arc<Mutex<Inner<S>>>,
) -> impl Fn(Request) -> ReplyFuture + Send + Sync + 'static {
    let inner = Arc::clone(inner);
    move |request| {
        let inner = Arc::clone(&inner);
        Box::pin(async move { reply(&inner, request) })
    }
}

/// Answers a call, does it, or neither, as it was ordered.
fn reply<S: Service>(inner: &Arc<Mutex<Inner<S>>>, request: Request) -> Reply {
    let mut this = inner.lock().expect("no test panics while it holds this");
    let name = format!("{} {}", request.method, request.path);
    let fault = this.faults.meet(&name).or_else(|| this.service.trips_over(&request));
    let effect = fault.as_ref().map_or(Effect::Now, Fault::effect);
    let done = if effect == Effect::Now { this.service.answer(&request) } else { Answer::default() };
    let status = done.status;
    let reply = match fault {
        Some(fault) => fault.reply(status, &done.body),
        None => Reply::Answer { status, headers: done.headers, body: done.body },
    };
    let said = match &reply {
        Reply::Answer { status: said, .. } if status == 0 => *said,
        _ => status,
    };
    this.calls.push(Call {
        method: request.method.clone(),
        path: request.path.clone(),
        body: serde_json::from_slice(&request.body).unwrap_or_default(),
        status: said,
        at: now(),
    });
    this.has_changed();
    this.late += usize::from(matches!(effect, Effect::After(_)));
    drop(this);
    if let Effect::After(late) = effect {
        let inner = Arc::clone(inner);
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            let mut this = inner.lock().expect("no test panics while it holds this");
            this.service.answer(&request);
            this.late -= 1;
            this.has_changed();
        });
    }
    reply
}

impl<S> Inner<S> {
    fn has_changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

/// The clock of all stand-ins.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "a stand-in has a clock of its own")]
    Timestamp::now()
}

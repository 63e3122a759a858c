//! What the stand-in knows, and what it answers to whom.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::calls::Call;
use super::checks::{No, body_of, no};
use super::history::History;
use super::stand_in::REFRESH_TOKEN;
use super::time::now;
use crate::faults::{Effect, Fault, Faults};
use crate::http::{Reply, Request};
use crate::sign_in::SignIns;

#[derive(Debug)]
pub(super) struct State {
    pub(super) history: History,
    pub(super) playback: BTreeMap<String, BTreeMap<String, Value>>,
    pub(super) sessions: HashMap<String, (String, Timestamp)>,
    pub(super) session_life: Duration,
    pub(super) revoked: bool,
    pub(super) faults: Faults,
    /// How many calls will only be done when nobody waits for them any more.
    pub(super) late: usize,
    pub(super) stumbles: HashMap<String, u16>,
    pub(super) profiles: Vec<(String, String)>,
    pub(super) calls: Vec<Call>,
    pub(super) minted: u64,
    pub(super) sign_ins: SignIns,
    pub(super) date_ahead: Option<SignedDuration>,
    pub(super) changes: watch::Sender<u64>,
}

impl State {
    /// Answers a call, does it, or neither, as it was ordered.
    pub(super) fn reply(state: &Arc<Mutex<Self>>, request: Request) -> Reply {
        let mut this = state.lock().expect("no test panics while it holds this");
        let fault = this.fault(&request);
        let effect = fault.as_ref().map_or(Effect::Now, Fault::effect);
        let (status, body) = if effect == Effect::Now { this.done(&request) } else { (0, Value::Null) };
        let reply = match fault {
            Some(fault) => fault.reply(status, body.to_string().as_bytes()),
            None => this.dated(Reply::json(status, &body)),
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
            let state = Arc::clone(state);
            tokio::spawn(async move {
                tokio::time::sleep(late).await;
                let mut this = state.lock().expect("no test panics while it holds this");
                this.done(&request);
                this.late -= 1;
                this.has_changed();
            });
        }
        reply
    }

    fn has_changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn fault(&mut self, request: &Request) -> Option<Fault> {
        self.faults.meet(&format!("{} {}", request.method, request.path)).or_else(|| {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            Some(Fault::Status(*self.stumbles.get(body.get("mediaId")?.as_str()?)?))
        })
    }

    /// Does what is asked, if that is possible, and gives the answer's status and body.
    fn done(&mut self, request: &Request) -> (u16, Value) {
        match self.answer(request) {
            Ok(body) => (200, body),
            Err(No(status, code, message)) => (status, json!({"code": code, "message": message})),
        }
    }

    fn dated(&self, reply: Reply) -> Reply {
        match (reply, self.date_ahead) {
            (Reply::Answer { status, mut headers, body }, Some(ahead)) => {
                let date = now().saturating_add(ahead).unwrap_or(Timestamp::MAX);
                headers.push(("date".into(), date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
                Reply::Answer { status, headers, body }
            }
            (reply, _) => reply,
        }
    }

    fn answer(&mut self, request: &Request) -> Result<Value, No> {
        let bearer = request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let path: Vec<&str> = request.path.split('/').skip(1).collect();
        let open =
            self.sign_ins.answer(&request.method, &path, &request.query, bearer.is_some(), &request.body);
        if let Some(answer) = open {
            return answer.or_else(|(status, code)| no(status, code, "as the sign-in says"));
        }
        let Some(token) = bearer else { return no(401, "TOKEN_INVALID", "no token") };
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["auth", "session-token"]) => {
                self.identity(token)?;
                self.mint(&body_of(request)?)
            }
            ("GET", ["profiles"]) => {
                self.identity(token)?;
                let days = self.profiles.len();
                let profile = |(at, (id, name)): (usize, &(String, String))| {
                    json!({"id": id, "name": name, "avatarUrl": "https://a.invalid/1",
                        "createdAt": format!("2026-01-{:02}T00:00:00.000Z", days - at)})
                };
                Ok(json!({"profiles": self.profiles.iter().enumerate().map(profile).collect::<Vec<_>>()}))
            }
            ("POST", ["profiles"]) => {
                self.identity(token)?;
                self.add_profile(&body_of(request)?)
            }
            ("DELETE", ["auth", "session"]) => {
                self.identity(token)?;
                if token == REFRESH_TOKEN {
                    self.revoked = true;
                }
                self.sign_ins.revoke(token);
                Ok(json!({"revoked": true}))
            }
            ("POST", ["profile", "history"]) => {
                let profile = self.session(token)?;
                self.history.add(&profile, &body_of(request)?)
            }
            ("GET", ["profile", "history", id]) => {
                let profile = self.session(token)?;
                self.history.read(&profile, id, &request.query)
            }
            ("PATCH", ["profile", "history", id]) => {
                let profile = self.session(token)?;
                self.history.set(&profile, id, &request.query, &body_of(request)?)
            }
            ("DELETE", ["profile", "history", id]) => {
                let profile = self.session(token)?;
                self.history.remove(&profile, id, request)
            }
            (method @ ("PATCH" | "POST"), ["profile", "playback"]) => {
                let profile = self.session(token)?;
                self.set_playback(&profile, &body_of(request)?, method == "PATCH")
            }
            _ => no(404, "NOT_FOUND", "no such endpoint"),
        }
    }
}

//! What the stand-in knows, and what it answers to whom.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::checks::{No, body_of, no};
use super::history::History;
use super::stand_in::{OTHER_PROFILE, PROFILE, REFRESH_TOKEN};
use crate::faults::Fault;
use crate::http::Request;
use crate::sign_in::SignIns;
use crate::stand_in::{Answer, Service, now};

/// What the stand-in knows.
#[derive(Debug)]
pub struct State {
    pub(super) history: History,
    pub(super) playback: BTreeMap<String, BTreeMap<String, Value>>,
    pub(super) sessions: HashMap<String, (String, Timestamp)>,
    pub(super) session_life: Duration,
    pub(super) revoked: bool,
    pub(super) stumbles: HashMap<String, u16>,
    pub(super) profiles: Vec<(String, String)>,
    pub(super) minted: u64,
    pub(super) sign_ins: SignIns,
    pub(super) date_ahead: Option<SignedDuration>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            history: History::default(),
            playback: BTreeMap::new(),
            sessions: HashMap::new(),
            session_life: Duration::from_secs(1800),
            revoked: false,
            stumbles: HashMap::new(),
            profiles: [(OTHER_PROFILE, "Living room"), (PROFILE, "Kim")]
                .map(|(id, name)| (id.to_owned(), name.to_owned()))
                .to_vec(),
            minted: 0,
            sign_ins: SignIns::default(),
            date_ahead: None,
        }
    }
}

impl Service for State {
    fn answer(&mut self, request: &Request) -> Answer {
        let answer = match self.routed(request) {
            Ok(body) => Answer::json(200, &body),
            Err(No(status, code, message)) => {
                Answer::json(status, &json!({"code": code, "message": message}))
            }
        };
        match self.date_ahead {
            Some(ahead) => {
                let date = now().saturating_add(ahead).unwrap_or(Timestamp::MAX);
                answer.with_header("date", date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
            }
            None => answer,
        }
    }

    fn trips_over(&self, request: &Request) -> Option<Fault> {
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        Some(Fault::Status(*self.stumbles.get(body.get("mediaId")?.as_str()?)?))
    }
}

impl State {
    fn routed(&mut self, request: &Request) -> Result<Value, No> {
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

//! Signing in with a code, renewing and revoking (section 2). A refresh token works once.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::running::{CLIENT_ID, CLIENT_SECRET};
use crate::stand_in::{Answer, now};

/// What happens to a code, asked for again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// It is approved after so many questions.
    Approved(usize),
    /// Each question is answered with this status.
    Answered(u16),
    /// The questions are answered with these statuses, one after the other, and then it is approved.
    ApprovedAfter(Vec<u16>),
}

/// All sign-ins.
#[derive(Debug)]
pub(crate) struct SignIns {
    pub(super) plans: Vec<Plan>,
    pub(super) life: Duration,
    codes: HashMap<String, (Plan, usize)>,
    access: HashMap<String, Timestamp>,
    refresh: Vec<String>,
    made: u64,
    given: Vec<String>,
}

impl Default for SignIns {
    fn default() -> Self {
        Self {
            plans: vec![Plan::Approved(1)],
            life: Duration::from_secs(7 * 24 * 3600),
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: Vec::new(),
            made: 0,
            given: Vec::new(),
        }
    }
}

impl SignIns {
    /// A new pair of tokens.
    pub(super) fn grant(&mut self) -> Value {
        self.made += 1;
        let (access, refresh) = (secret("aa", self.made), secret("bb", self.made));
        let made_at = now();
        self.access.insert(access.clone(), made_at.saturating_add(self.life).unwrap_or(Timestamp::MAX));
        self.refresh.push(refresh.clone());
        self.given.extend([access.clone(), refresh.clone()]);
        json!({"access_token": access, "token_type": "bearer", "expires_in": self.life.as_secs(),
            "refresh_token": refresh, "scope": "public", "created_at": made_at.as_second()})
    }

    pub(super) fn accepts(&self, access: &str) -> bool {
        self.access.get(access).is_some_and(|ends| *ends > now())
    }

    pub(super) fn end_access(&mut self) {
        self.access.clear();
    }

    pub(super) fn forget(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }

    pub(super) fn good(&self) -> usize {
        self.refresh.len().max(self.access.values().filter(|ends| **ends > now()).count())
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        self.given.clone()
    }

    /// `POST /oauth/device/code`.
    pub(super) fn code(&mut self, body: &Map<String, Value>) -> Answer {
        if text(body, "client_id") != CLIENT_ID {
            return Answer::bare(403);
        }
        self.made += 1;
        let code = secret("dd", self.made);
        self.given.push(code.clone());
        let plan = if self.plans.len() > 1 { self.plans.remove(0) } else { self.plans[0].clone() };
        self.codes.insert(code.clone(), (plan, 0));
        Answer::json(
            200,
            &json!({"device_code": code, "user_code": format!("A1B2C{:03}", self.made),
                "verification_url": "https://auth.trakt.invalid/activate", "expires_in": 600, "interval": 1}),
        )
    }

    /// `POST /oauth/device/token`. Only a success has a body that can be read.
    pub(super) fn token(&mut self, body: &Map<String, Value>) -> Answer {
        if text(body, "client_id") != CLIENT_ID || text(body, "client_secret") != CLIENT_SECRET {
            return Answer::bare(401);
        }
        let Some((plan, asked)) = self.codes.get_mut(text(body, "code")) else { return Answer::bare(404) };
        *asked += 1;
        let status = match plan {
            Plan::Approved(after) if *asked > *after => None,
            Plan::Approved(_) => Some(400),
            Plan::Answered(status) => Some(*status),
            Plan::ApprovedAfter(statuses) => statuses.get(*asked - 1).copied(),
        };
        match status {
            None => {
                self.codes.remove(text(body, "code"));
                Answer::json(200, &self.grant())
            }
            Some(429) => Answer::bare(429).with_header("retry-after", "1"),
            // As the real one: no JSON.
            Some(status) => Answer { status, headers: Vec::new(), body: b"<html>not yet</html>".to_vec() },
        }
    }

    /// `POST /oauth/token`.
    pub(super) fn renew(&mut self, body: &Map<String, Value>) -> Answer {
        let error = |status, code: &str| {
            Answer::json(status, &json!({"error": code, "error_description": "as the sign-in says"}))
        };
        if text(body, "client_id") != CLIENT_ID || text(body, "client_secret") != CLIENT_SECRET {
            return error(401, "invalid_client");
        }
        if text(body, "grant_type") != "refresh_token" || text(body, "redirect_uri").is_empty() {
            return error(400, "invalid_request");
        }
        let used = text(body, "refresh_token");
        match self.refresh.iter().position(|known| known == used) {
            Some(at) => {
                self.refresh.remove(at);
                Answer::json(200, &self.grant())
            }
            None => error(400, "invalid_grant"),
        }
    }

    /// `POST /oauth/revoke`.
    pub(super) fn revoke(&mut self, body: &Map<String, Value>) -> Answer {
        if text(body, "client_id") != CLIENT_ID || text(body, "client_secret") != CLIENT_SECRET {
            return Answer::bare(401);
        }
        self.access.remove(text(body, "token"));
        // The pair goes together.
        if let Some(number) = text(body, "token").strip_prefix("aa") {
            self.refresh.retain(|refresh| refresh.strip_prefix("bb") != Some(number));
        }
        Answer::bare(200)
    }
}

fn text<'a>(body: &'a Map<String, Value>, key: &str) -> &'a str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What every token of this stand-in has in it, and nothing else has.
pub const IN_EVERY_TOKEN: &str = "5ec0de5ec0de";

/// 64 hexadecimal digits, as real tokens are.
fn secret(begins: &str, number: u64) -> String {
    format!("{begins}{number:016x}{}", "5ec0de".repeat(8)).chars().take(64).collect()
}

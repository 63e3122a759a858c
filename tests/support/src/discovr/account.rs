//! The account: its profiles, and the two kinds of tokens.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::checks::{No, no, only};
use super::stand_in::REFRESH_TOKEN;
use super::state::State;
use crate::stand_in::now;

impl State {
    pub(super) fn identity(&self, token: &str) -> Result<(), No> {
        if token.starts_with("jwt.") {
            no(403, "WRONG_TOKEN_KIND", "a session token where the refresh token belongs")
        } else if (token != REFRESH_TOKEN || self.revoked) && !self.sign_ins.knows(token) {
            no(401, "TOKEN_INVALID", "this refresh token is not known")
        } else {
            Ok(())
        }
    }

    pub(super) fn session(&self, token: &str) -> Result<String, No> {
        if token.starts_with("rt_") {
            return no(403, "WRONG_TOKEN_KIND", "the refresh token where a session token belongs");
        }
        match self.sessions.get(token) {
            Some((profile, ends)) if *ends > now() => Ok(profile.clone()),
            _ => no(401, "TOKEN_EXPIRED", "this session is over"),
        }
    }

    pub(super) fn mint(&mut self, body: &Map<String, Value>) -> Result<Value, No> {
        only(body, &["profileId"])?;
        let profile = body.get("profileId").and_then(Value::as_str).unwrap_or_default();
        if !self.profiles.iter().any(|(id, _)| id == profile) {
            return no(404, "PROFILE_NOT_FOUND", "no such profile in this account");
        }
        self.minted += 1;
        let token = session_token(self.minted);
        let ends = now().saturating_add(self.session_life).unwrap_or(Timestamp::MAX);
        self.sessions.insert(token.clone(), (profile.to_owned(), ends));
        Ok(
            json!({"sessionToken": token, "sessionId": format!("s{}", self.minted), "expiresAt": ends.as_second()}),
        )
    }

    pub(super) fn add_profile(&mut self, body: &Map<String, Value>) -> Result<Value, No> {
        only(body, &["name", "avatarUrl"])?;
        let text = |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(name), Some(avatar)) = (text("name"), text("avatarUrl")) else {
            return no(422, "VALIDATION", "name and avatarUrl are required");
        };
        if !avatar.starts_with("https://") && !avatar.starts_with("http://") {
            return no(422, "VALIDATION", "avatarUrl must be an address");
        }
        let id = format!("prof_new{}", self.profiles.len());
        self.profiles.insert(0, (id.clone(), name.to_owned()));
        Ok(json!({"profileId": id}))
    }
}

pub(super) fn session_token(number: u64) -> String {
    format!("jwt.{number:06}.e9b1c07d")
}

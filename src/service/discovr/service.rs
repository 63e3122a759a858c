//! The service itself: which calls a delivery becomes.

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};

use super::api::{Api, Call};
use super::classify::{self, Repeat};
use super::media_id::MediaId;
use super::session::{Sessions, TokenSource};
use super::skew::ClockSkew;
use crate::clock::Clock;
use crate::identify::Work;
use crate::journal::{Content, Delivery, ProfileId, ServiceName};
use crate::playback::Progress;
use crate::service::{Outcome, Receipt, Service, Trouble};

/// The service's name in the journal.
pub const DISCOVR: ServiceName = ServiceName("discovr");

/// How far an `updatedAt` that comes back may be off and still be ours: the service may round it.
const SAME_INSTANT: SignedDuration = SignedDuration::from_secs(2);
/// From which progress on an entry counts as completed (Discovr reference, section 6.1).
const COMPLETED: f64 = 80.0;
/// How many pages of history are read to find an entry.
const MAX_PAGES: usize = 20;

/// Discovr for one account.
#[derive(Debug)]
pub struct Discovr {
    sessions: Sessions,
}

impl Discovr {
    /// Discovr at `base`. Nothing is sent before the first delivery.
    #[must_use]
    pub fn new(base: Url, source: TokenSource, clock: Clock) -> Self {
        Self::measuring(base, source, clock, ClockSkew::default())
    }

    /// The same, with every answer's date kept in `skew`.
    #[must_use]
    pub fn measuring(base: Url, source: TokenSource, clock: Clock, skew: ClockSkew) -> Self {
        Self { sessions: Sessions::new(Api::new(base, clock.clone(), skew), source, clock) }
    }

    /// What a delivery is about and for whom, if Discovr can be told at all.
    async fn addressed(&mut self, delivery: &Delivery) -> Result<(MediaId, ProfileId), Outcome> {
        let id = MediaId::of(work(&delivery.content))
            .map_err(|refused| Outcome::Refused { why: refused.to_string() })?;
        Ok((id, self.profile(delivery).await?))
    }

    async fn call(&mut self, profile: &ProfileId, call: &Call, repeat: Repeat) -> (Option<u16>, Outcome) {
        match self.sessions.send(profile, call).await {
            Err(outcome) => (None, outcome),
            Ok(answer) => {
                let status = answer.as_ref().ok().map(|answer| answer.status);
                if let Ok(answer) = &answer
                    && classify::code(answer) == Some("WRONG_TOKEN_KIND")
                {
                    tracing::error!(
                        "Discovr takes no session token here: this is a fault of this program, please report it"
                    );
                }
                (status, classify::outcome(&answer, repeat))
            }
        }
    }

    /// `PATCH`; an item that is missing is made first (Discovr reference, section 13).
    async fn playback(&mut self, profile: &ProfileId, body: Value) -> Outcome {
        let patch = Call::new(Method::PATCH, &["profile", "playback"]).with_body(body.clone());
        let (status, outcome) = self.call(profile, &patch, Repeat::Harmless).await;
        if status != Some(404) {
            return outcome;
        }
        // This call does not know season and episode: the PATCH after it tells them.
        let mut made = body;
        if let Some(made) = made.as_object_mut() {
            made.remove("season");
            made.remove("episode");
        }
        let post = Call::new(Method::POST, &["profile", "playback"]).with_body(made);
        let (status, outcome) = self.call(profile, &post, Repeat::Harmless).await;
        match outcome {
            Outcome::Delivered(_) => {}
            // Somebody else made it in between.
            _ if status == Some(409) => {}
            other => return other,
        }
        self.call(profile, &patch, Repeat::Harmless).await.1
    }

    async fn find(&mut self, profile: &ProfileId, id: MediaId, at: Timestamp) -> Outcome {
        let mut call = Call::new(Method::GET, &["profile", "history", &id.to_string()]);
        call.query.push(("limit", "50".into()));
        if let Some((season, episode)) = id.episode() {
            call.query.push(("season", season.to_string()));
            call.query.push(("episode", episode.to_string()));
        }
        let first_page = call.query.len();
        for _ in 0..MAX_PAGES {
            let answer = match self.sessions.send(profile, &call).await {
                Err(outcome) => return outcome,
                Ok(Ok(answer)) if classify::says_there_is_none(&answer) => return Outcome::NotThere,
                Ok(answer) => answer,
            };
            let body = match &answer {
                Ok(answer) if (200..300).contains(&answer.status) => answer.body.as_ref(),
                _ => None,
            };
            let Some(items) = body.and_then(|body| body.get("items")).and_then(Value::as_array) else {
                // Not what was asked for: nothing is known.
                return match classify::outcome(&answer, Repeat::Harmless) {
                    Outcome::Delivered(_) | Outcome::Refused { .. } => {
                        unread("the history could not be read")
                    }
                    other => other,
                };
            };
            if let Some(found) = items.iter().find(|item| is_ours(item, id, at)) {
                let created = found.get("createdAt").and_then(Value::as_str).unwrap_or("an unknown time");
                return Outcome::Delivered(Receipt {
                    proof: format!("found in the history, made at {created}"),
                });
            }
            // The newest come first: behind an older one there are only older ones.
            if items.iter().any(|item| is_older(item, at)) {
                return Outcome::NotThere;
            }
            let more = body.and_then(|body| body.get("hasMore")).and_then(Value::as_bool);
            let next = body.and_then(|body| body.get("nextPageToken")).and_then(Value::as_str);
            match (more, next) {
                (Some(false), _) | (None, None) => return Outcome::NotThere,
                (Some(true), None) => return unread("the history has more than it shows"),
                (Some(true) | None, Some(token)) => {
                    call.query.truncate(first_page);
                    call.query.push(("nextPageToken", token.to_owned()));
                }
            }
        }
        unread("the history is too long to be read to the place where it would be")
    }

    async fn profile(&mut self, delivery: &Delivery) -> Result<ProfileId, Outcome> {
        match &delivery.recipient.profile {
            Some(profile) => Ok(profile.clone()),
            None => Err(self.sessions.profile_missing().await),
        }
    }
}

impl Service for Discovr {
    fn name(&self) -> ServiceName {
        DISCOVR
    }

    async fn greet(&mut self, profile: Option<&ProfileId>) -> Result<(), Outcome> {
        match profile {
            Some(profile) => self.sessions.open(profile).await,
            None => Err(self.sessions.profile_missing().await),
        }
    }

    async fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        let (id, profile) = match self.addressed(delivery).await {
            Ok(addressed) => addressed,
            Err(outcome) => return outcome,
        };
        match delivery.content {
            Content::Playback { progress, at, .. } => {
                self.playback(&profile, body(id, progress.get(), at)).await
            }
            Content::History { progress, at, .. } => {
                let progress = Progress::percent(progress.get().max(COMPLETED));
                let call =
                    Call::new(Method::POST, &["profile", "history"]).with_body(body(id, progress.get(), at));
                self.call(&profile, &call, Repeat::Adds).await.1
            }
        }
    }

    async fn verify(&mut self, delivery: &Delivery) -> Outcome {
        let (id, profile) = match self.addressed(delivery).await {
            Ok(addressed) => addressed,
            Err(outcome) => return outcome,
        };
        match delivery.content {
            Content::Playback { .. } => Outcome::NotThere,
            Content::History { at, .. } => self.find(&profile, id, at).await,
        }
    }
}

fn work(content: &Content) -> Work {
    match content {
        Content::Playback { work, .. } | Content::History { work, .. } => *work,
    }
}

fn body(id: MediaId, progress: f64, at: Timestamp) -> Value {
    let mut body = Map::new();
    body.insert("mediaId".into(), json!(id.to_string()));
    // Two decimals are plenty, and look like what other clients send.
    body.insert("progress".into(), json!((progress * 100.0).round() / 100.0));
    body.insert("updatedAt".into(), json!(format!("{at:.3}")));
    if let Some((season, episode)) = id.episode() {
        body.insert("season".into(), json!(season));
        body.insert("episode".into(), json!(episode));
    }
    Value::Object(body)
}

/// Every field but the id may be missing (Discovr reference, section 6.5).
fn is_ours(item: &Value, id: MediaId, at: Timestamp) -> bool {
    let number = |key| item.get(key).and_then(Value::as_u64);
    let same_episode = id.episode().is_none_or(|(season, episode)| {
        number("season") == Some(u64::from(season)) && number("episode") == Some(u64::from(episode))
    });
    let same_instant = updated_at(item).is_some_and(|theirs| theirs.duration_since(at).abs() <= SAME_INSTANT);
    same_episode && same_instant
}

fn is_older(item: &Value, at: Timestamp) -> bool {
    updated_at(item).is_some_and(|theirs| at.duration_since(theirs) > SAME_INSTANT)
}

fn updated_at(item: &Value) -> Option<Timestamp> {
    item.get("updatedAt").and_then(Value::as_str)?.parse().ok()
}

/// A question that stays open.
fn unread(why: &str) -> Outcome {
    Outcome::TryLater { trouble: Trouble::Delivery, after: None, why: why.into() }
}

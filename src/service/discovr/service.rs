//! The service itself: which calls a delivery becomes.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};

use super::classify;
use super::entries::{COMPLETED, Entry, Finding, find_wrong};
use super::manner::manner;
use super::media_id::MediaId;
use super::session::{Sessions, TokenSource};
use crate::clock::Clock;
use crate::journal::{Content, Delivery, ProfileId, ServiceName, Telling};
use crate::playback::Progress;
use crate::service::ClockSkew;
use crate::service::api::{Api, Call};
use crate::service::repeat::Repeat;
use crate::service::words::code;
use crate::service::{Outcome, Receipt, Service, Trouble};

/// The service's name in the journal.
pub const DISCOVR: ServiceName = ServiceName("discovr");

/// How Discovr wants to be told of a viewing.
pub const TELLING: Telling = Telling::Positions;

/// How long an entry that was made may not be shown yet.
const SHOWN_AFTER: Duration = Duration::from_secs(20);
/// How many pages of history are read to find an entry.
const MAX_PAGES: usize = 20;

/// Discovr for one account.
#[derive(Debug)]
pub struct Discovr {
    sessions: Sessions,
    clock: Clock,
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
        Self {
            sessions: Sessions::new(Api::new(manner(), base, clock.clone(), skew), source, clock.clone()),
            clock,
        }
    }

    /// What a delivery is about and for whom, if Discovr can be told at all.
    async fn addressed(&mut self, delivery: &Delivery) -> Result<(MediaId, ProfileId), Outcome> {
        let id = MediaId::of(delivery.content.work())
            .map_err(|refused| Outcome::Refused { why: refused.to_string() })?;
        Ok((id, self.profile(delivery).await?))
    }

    async fn call(&mut self, profile: &ProfileId, call: &Call, repeat: Repeat) -> (Option<u16>, Outcome) {
        match self.sessions.send(profile, call).await {
            Err(outcome) => (None, outcome),
            Ok(answer) => {
                let status = answer.as_ref().ok().map(|answer| answer.status);
                if let Ok(answer) = &answer
                    && code(answer) == Some("WRONG_TOKEN_KIND")
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

    /// An item that is there loses its progress; nothing is made that was not there. No call is known that takes one away.
    async fn clear_playback(&mut self, profile: &ProfileId, body: Value) -> Outcome {
        let patch = Call::new(Method::PATCH, &["profile", "playback"]).with_body(body);
        match self.call(profile, &patch, Repeat::Harmless).await {
            (Some(404), Outcome::Refused { .. }) => done("there was none"),
            (_, outcome) => outcome,
        }
    }

    async fn find(
        &mut self,
        profile: &ProfileId,
        id: MediaId,
        at: Timestamp,
        delivery: &Delivery,
    ) -> Outcome {
        // The newest come first: behind an older one there are only older ones.
        let enough = |entries: &[Entry]| entries.iter().any(|entry| entry.is_at(at) || entry.is_before(at));
        match self.entries(profile, id, enough).await {
            Ok(entries) => match entries.iter().find(|entry| entry.is_at(at)) {
                Some(found) => {
                    let created = found.created_at.as_deref().unwrap_or("an unknown time");
                    done(&format!("found in the history, made at {created}"))
                }
                None if entries.iter().any(|entry| entry.may_hide(at, delivery.siblings.len())) => {
                    hidden(delivery)
                }
                None => Outcome::NotThere,
            },
            Err(outcome) => outcome,
        }
    }

    async fn is_taken_back(&mut self, profile: &ProfileId, id: MediaId, at: Timestamp) -> Outcome {
        let enough = |entries: &[Entry]| entries.iter().any(|entry| entry.is_at(at) || entry.is_before(at));
        match self.entries(profile, id, enough).await {
            Ok(entries) if entries.iter().any(|entry| entry.is_completed_at(at)) => Outcome::NotThere,
            Ok(_) => done("taken back: it is not in the history any more"),
            Err(outcome) => outcome,
        }
    }

    /// Takes away the entry at `at`. A call for that takes all entries of the work, so it is made only when there is none
    /// besides; otherwise the entry stays.
    async fn take_back(
        &mut self,
        profile: &ProfileId,
        id: MediaId,
        at: Timestamp,
        delivery: &Delivery,
    ) -> Outcome {
        let find = |entries: &[Entry]| find_wrong(entries, at, &delivery.siblings);
        // Entries are only ever added to what was read: others do not become fewer.
        let enough = |entries: &[Entry]| find(entries) == Finding::AmongOthers;
        let found = match self.entries(profile, id, enough).await {
            Ok(entries) => find(&entries),
            Err(outcome) => return outcome,
        };
        match found {
            Finding::Gone if self.looked_long_ago(delivery) => {
                return done("taken back: it is not in the history");
            }
            Finding::Gone => return not_shown_yet(),
            Finding::AmongOthers => {
                return Outcome::Refused {
                    why: "the history has other entries of this title, and Discovr can only take away all of them: \
                          this one stays, remove it in a Discovr app if you can"
                        .into(),
                };
            }
            Finding::Alone => {}
        }
        let call = on_entries(Method::DELETE, id);
        match self.call(profile, &call, Repeat::Adds).await {
            (_, Outcome::Delivered(receipt)) => done(&format!("taken back: removed, {}", receipt.proof)),
            // Done, and nothing to say about it?
            (Some(204), unclear) => match self.is_taken_back(profile, id, at).await {
                gone @ Outcome::Delivered(_) => gone,
                _ => unclear,
            },
            // Somebody else removed it just now, or there is no such call.
            (Some(404 | 405 | 501), _) => match self.is_taken_back(profile, id, at).await {
                gone @ Outcome::Delivered(_) => gone,
                Outcome::NotThere => self.unmark(profile, id).await,
                _ => Outcome::Unsure { after: None, why: "it is not known whether the entry is gone".into() },
            },
            (_, outcome) => outcome,
        }
    }

    /// The entry stays, but not as something that was watched. Which of several it would be is not known.
    async fn unmark(&mut self, profile: &ProfileId, id: MediaId) -> Outcome {
        let call = on_entries(Method::PATCH, id).with_body(json!({"progress": 0}));
        match self.call(profile, &call, Repeat::Adds).await.1 {
            Outcome::Delivered(receipt) => {
                done(&format!("taken back: marked as not watched, {}", receipt.proof))
            }
            other => other,
        }
    }

    /// Whether an earlier attempt at this delivery is so long ago that its entry would have been shown by now.
    fn looked_long_ago(&self, delivery: &Delivery) -> bool {
        let shown_after = SignedDuration::try_from(SHOWN_AFTER).unwrap_or(SignedDuration::MAX);
        let now = self.clock.now().wall;
        delivery.last_attempt_at.is_some_and(|looked| now.duration_since(looked) >= shown_after)
    }

    /// The entries of a work, newest first, read until there are `enough`.
    async fn entries(
        &mut self,
        profile: &ProfileId,
        id: MediaId,
        enough: impl Fn(&[Entry]) -> bool,
    ) -> Result<Vec<Entry>, Outcome> {
        let mut entries = Vec::new();
        let mut call = on_entries(Method::GET, id);
        call.query.push(("limit", "50".into()));
        let first_page = call.query.len();
        for _ in 0..MAX_PAGES {
            let answer = match self.sessions.send(profile, &call).await {
                Err(outcome) => return Err(outcome),
                Ok(Ok(answer)) if classify::says_there_is_none(&answer) => return Ok(entries),
                Ok(answer) => answer,
            };
            let body = match &answer {
                Ok(answer) if (200..300).contains(&answer.status) => answer.body.as_ref(),
                _ => None,
            };
            let Some(items) = body.and_then(|body| body.get("items")).and_then(Value::as_array) else {
                // Not what was asked for: nothing is known.
                return Err(match classify::outcome(&answer, Repeat::Harmless) {
                    Outcome::Delivered(_) | Outcome::Refused { .. } => {
                        unread("the history could not be read")
                    }
                    other => other,
                });
            };
            entries.extend(items.iter().filter_map(|item| Entry::of(item, id)));
            if enough(&entries) {
                return Ok(entries);
            }
            let more = body.and_then(|body| body.get("hasMore")).and_then(Value::as_bool);
            let next = body.and_then(|body| body.get("nextPageToken")).and_then(Value::as_str);
            match (more, next) {
                (Some(false), _) | (None, None) => return Ok(entries),
                (Some(true), None) => return Err(unread("the history has more than it shows")),
                (Some(true) | None, Some(token)) => {
                    call.query.truncate(first_page);
                    call.query.push(("nextPageToken", token.to_owned()));
                }
            }
        }
        Err(unread("the history is too long to be read to the place where it would be"))
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
            Content::Retraction { at, .. } => self.take_back(&profile, id, at, delivery).await,
            Content::Clearing { at, .. } => self.clear_playback(&profile, body(id, 0.0, at)).await,
        }
    }

    async fn verify(&mut self, delivery: &Delivery) -> Outcome {
        let (id, profile) = match self.addressed(delivery).await {
            Ok(addressed) => addressed,
            Err(outcome) => return outcome,
        };
        match delivery.content {
            Content::Playback { .. } | Content::Clearing { .. } => Outcome::NotThere,
            Content::History { at, .. } => self.find(&profile, id, at, delivery).await,
            Content::Retraction { at, .. } => match self.is_taken_back(&profile, id, at).await {
                Outcome::Delivered(_) if !self.looked_long_ago(delivery) => not_shown_yet(),
                outcome => outcome,
            },
        }
    }
}

/// A call about the entries of one work.
fn on_entries(method: Method, id: MediaId) -> Call {
    let mut call = Call::new(method, &["profile", "history", &id.to_string()]);
    if let Some((season, episode)) = id.episode() {
        call.query.push(("season", season.to_string()));
        call.query.push(("episode", episode.to_string()));
    }
    call
}

/// What was made a moment ago may be shown only later.
fn not_shown_yet() -> Outcome {
    Outcome::TryLater {
        trouble: Trouble::Delivery,
        after: Some(SHOWN_AFTER),
        why: "the history does not show the entry (yet): it is looked for once more".into(),
    }
}

/// A second entry could not be taken away again: the user decides.
fn hidden(delivery: &Delivery) -> Outcome {
    let number = delivery.id.0;
    Outcome::Refused {
        why: format!(
            "Discovr shows several viewings of this title as one, and does not tell whether this one is among them: see \
             in a Discovr app. If it is missing, `discovr-scrobbler queue retry {number}` sends it again, and if not, \
             `discovr-scrobbler queue drop {number}` takes it out of the queue"
        ),
    }
}

fn done(proof: &str) -> Outcome {
    Outcome::Delivered(Receipt { proof: proof.to_owned() })
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

/// A question that stays open.
fn unread(why: &str) -> Outcome {
    Outcome::TryLater { trouble: Trouble::Delivery, after: None, why: why.into() }
}

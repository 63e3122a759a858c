//! The service itself: which calls a delivery becomes.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Map, Value, json};
use url::Url;

use super::classify;
use super::lookup::Titles;
use super::oauth::Application;
use super::plays::{Play, plays, read, unread};
use super::session::{Session, TokenKeeper};
use super::works::{self, TraktId};
use crate::clock::Clock;
use crate::identify::Work;
use crate::journal::{Content, Delivery, Live, LiveWord, ProfileId, ServiceName, Telling};
use crate::service::api::{Answer, Call, NoAnswer};
use crate::service::repeat::Repeat;
use crate::service::{ClockSkew, Outcome, Receipt, Service, Trouble};

/// The service's name in the journal.
pub const TRAKT: ServiceName = ServiceName("trakt");

/// How Trakt wants to be told of a viewing.
pub const TELLING: Telling = Telling::Live;

/// A stop below this is no play, and one at exactly this may be none (Trakt reference, section 3.4).
const A_PLAY: f64 = 80.0;
/// What is sent when a play is meant.
const SURELY_A_PLAY: f64 = 80.5;
/// A stop below this is refused.
const NOTHING: f64 = 1.0;
/// How far a play's time may be from the one that was sent.
const ROUNDED: SignedDuration = SignedDuration::from_secs(2);
/// When the play of a stop may have been made, from the beginning of the attempt on.
const STOP_BEFORE: SignedDuration = SignedDuration::from_secs(10);
const STOP_AFTER: SignedDuration = SignedDuration::from_secs(120);
/// How long a play that was made may not be shown yet.
const SHOWN_AFTER: Duration = Duration::from_secs(20);
/// How many episodes' own numbers are remembered.
const ROOM: usize = 256;

/// Trakt for one account.
#[derive(Debug)]
pub struct Trakt {
    session: Session,
    clock: Clock,
    titles: Titles,
    /// Trakt's own numbers of what was scrobbled last, as its answers tell them.
    known: HashMap<Work, TraktId>,
}

impl Trakt {
    /// Trakt at `api_url`, signed in at `auth_url`. Nothing is sent before the first delivery.
    #[must_use]
    pub fn new(
        api_url: Url,
        auth_url: Url,
        application: Application,
        keeper: TokenKeeper,
        clock: Clock,
    ) -> Self {
        Self::measuring(api_url, auth_url, application, keeper, clock, ClockSkew::default())
    }

    /// The same, with every answer's date kept in `skew`.
    #[must_use]
    pub fn measuring(
        api_url: Url,
        auth_url: Url,
        application: Application,
        keeper: TokenKeeper,
        clock: Clock,
        skew: ClockSkew,
    ) -> Self {
        let session = Session::new(api_url, auth_url, application, keeper, clock.clone(), skew);
        Self { session, clock, titles: Titles::default(), known: HashMap::new() }
    }

    /// Says what happens in the player. What is late is not said any more: the next word replaces it.
    async fn tell_live(&mut self, work: Work, live: Option<Live>) -> Outcome {
        let Some(live) = live.filter(|live| self.clock.now().wall < live.until) else {
            return done("too late to be told live");
        };
        let progress = live.progress.get();
        let verb = match live.word {
            LiveWord::Playing => "start",
            LiveWord::Paused => "pause",
            LiveWord::Stopped if progress < NOTHING => return done("below 1 % there is nothing to tell"),
            // A stop so late would be a play, and nobody has watched it. The place is kept all the same.
            LiveWord::Stopped if progress >= A_PLAY => "pause",
            LiveWord::Stopped => "stop",
        };
        let answer = match self.scrobble(verb, work, progress).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        match classify::outcome(&answer, Repeat::Harmless) {
            // There is nothing to mend, and the history is told apart from this.
            Outcome::Refused { why } => done(&format!("not told live: {why}")),
            outcome => outcome,
        }
    }

    /// A stop that makes a play.
    async fn stop(&mut self, work: Work, live: Live) -> Outcome {
        let progress = live.progress.get().max(SURELY_A_PLAY);
        let answer = match self.scrobble("stop", work, progress).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        let action = answer.as_ref().ok().and_then(|answer| answer.object()?.get("action")?.as_str());
        let id = answer.as_ref().ok().and_then(|answer| answer.object()?.get("id")?.as_u64());
        match (classify::outcome(&answer, Repeat::Adds), action) {
            (Outcome::Delivered(_), Some("pause")) => Outcome::TryLater {
                trouble: Trouble::Delivery,
                after: Some(Duration::ZERO),
                why: "Trakt took the stop for a pause: the play is added to the history".into(),
            },
            (Outcome::Delivered(Receipt { proof }), _) => done(&with_id(&proof, id)),
            (outcome, _) => outcome,
        }
    }

    /// Adds a play with its time.
    async fn add(&mut self, work: Work, at: Timestamp) -> Outcome {
        let call = Call::new(Method::POST, &["sync", "history"]).with_body(works::watched(work, at));
        let answer = match self.session.send(&call).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        match (&answer, classify::outcome(&answer, Repeat::Adds)) {
            (Ok(answer), Outcome::Delivered(_)) if classify::not_found(answer) => {
                Outcome::Refused { why: "Trakt does not know this title".into() }
            }
            (Ok(answer), Outcome::Delivered(_)) if !says_what_it_added(answer) => {
                Outcome::Unsure { after: None, why: "did not say what it added".into() }
            }
            (_, outcome) => outcome,
        }
    }

    /// A scrobble, by Trakt's own number of the episode if it has told one, and by show and numbers if it does not know it
    /// (any more).
    async fn scrobble(
        &mut self,
        verb: &str,
        work: Work,
        progress: f64,
    ) -> Result<Result<Answer, NoAnswer>, Outcome> {
        let call = |item: Map<String, Value>| {
            let mut body = item;
            // Two decimals are plenty.
            body.insert("progress".into(), json!((progress * 100.0).round() / 100.0));
            Call::new(Method::POST, &["scrobble", verb]).with_body(Value::Object(body))
        };
        let mut answer = match self.known.get(&work) {
            Some(&id) => self.session.send(&call(works::numbered(work, id))).await?,
            None => self.session.send(&call(works::named(work))).await?,
        };
        if matches!(answer, Ok(Answer { status: 404, .. })) && self.known.remove(&work).is_some() {
            answer = self.session.send(&call(works::named(work))).await?;
        }
        if let Ok(Answer { status: 200..=299, body: Some(body), .. }) = &answer {
            self.remember(work, body);
        }
        Ok(answer)
    }

    fn remember(&mut self, work: Work, body: &Value) {
        let id = match work {
            Work::Movie { .. } => None,
            Work::Episode { .. } => body.pointer("/episode/ids/trakt").and_then(Value::as_u64),
        };
        if let Some(id) = id {
            if self.known.len() >= ROOM {
                self.known.clear();
            }
            self.known.insert(work, TraktId(id));
        }
    }

    /// The play that `delivery` has made, or is to take back, if it is there.
    async fn find(&mut self, delivery: &Delivery, at: Timestamp) -> Result<Option<Play>, Outcome> {
        let work = delivery.content.work();
        let title = self.titles.of(&mut self.session, work).await?;
        let added = Span { from: earlier(at, ROUNDED), to: later(at, ROUNDED) };
        let stopped = delivery.last_attempt_at.filter(|&attempt| {
            delivery.live.is_some_and(|live| live.word == LiveWord::Stopped && attempt < live.until)
        });
        let stopped = stopped
            .map(|attempt| Span { from: earlier(attempt, STOP_BEFORE), to: later(attempt, STOP_AFTER) });
        let whole = stopped.map_or(added, |stopped| added.with(stopped));
        let found = plays(&mut self.session, title, work, (whole.from, whole.to)).await?;
        Ok(found.into_iter().find(|play| {
            play.is_at(at, ROUNDED) || stopped.is_some_and(|stopped| stopped.has(play.watched_at))
        }))
    }

    /// Removes the one play at `at`, and no other of the same work.
    async fn take_back(&mut self, delivery: &Delivery, at: Timestamp) -> Outcome {
        let play = match self.find(delivery, at).await {
            Ok(Some(play)) => play,
            Ok(None) if self.looked_long_ago(delivery) => {
                return done("taken back: it is not in the history");
            }
            Ok(None) => return not_shown_yet(),
            Err(outcome) => return outcome,
        };
        let call =
            Call::new(Method::POST, &["sync", "history", "remove"]).with_body(json!({"ids": [play.id]}));
        let answer = match self.session.send(&call).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        match classify::outcome(&answer, Repeat::Adds) {
            Outcome::Delivered(Receipt { proof }) => done(&format!("taken back: removed, {proof}")),
            outcome => outcome,
        }
    }

    /// Removes the place in a title, where one is kept.
    async fn clear(&mut self, work: Work) -> Outcome {
        let kind = match work {
            Work::Movie { .. } => "movies",
            Work::Episode { .. } => "episodes",
        };
        let mut call = Call::new(Method::GET, &["sync", "playback", kind]);
        call.query.push(("limit", "100".into()));
        let places = match read(&mut self.session, &call).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        let Some(places) = places.body.as_ref().and_then(Value::as_array) else {
            return unread("the places could not be read");
        };
        let is_of_series = |place: &Value| match work {
            Work::Movie { .. } => true,
            Work::Episode { tmdb, .. } => {
                place.pointer("/show/ids/tmdb").and_then(Value::as_u64) == Some(tmdb.0)
            }
        };
        let place = places.iter().find(|place| works::is_of(place, work) && is_of_series(place));
        let Some(id) = place.and_then(|place| place.get("id")?.as_u64()) else {
            return done("there was none");
        };
        let call = Call::new(Method::DELETE, &["sync", "playback", &id.to_string()]);
        match self.session.send(&call).await {
            Err(outcome) => outcome,
            Ok(Ok(Answer { status: 200..=299 | 404, .. })) => done("the place is removed"),
            Ok(answer) => classify::outcome(&answer, Repeat::Harmless),
        }
    }

    /// Whether an earlier attempt at this delivery is so long ago that its play would have been shown by now.
    fn looked_long_ago(&self, delivery: &Delivery) -> bool {
        let shown_after = SignedDuration::try_from(SHOWN_AFTER).unwrap_or(SignedDuration::MAX);
        let now = self.clock.now().wall;
        delivery.last_attempt_at.is_some_and(|looked| now.duration_since(looked) >= shown_after)
    }

    /// Whether the viewing has just ended and has not been told in any way yet.
    fn can_be_stopped(&self, delivery: &Delivery) -> Option<Live> {
        let now = self.clock.now().wall;
        delivery.live.filter(|live| {
            live.word == LiveWord::Stopped && now < live.until && delivery.last_attempt_at.is_none()
        })
    }
}

impl Service for Trakt {
    fn name(&self) -> ServiceName {
        TRAKT
    }

    async fn greet(&mut self, _: Option<&ProfileId>) -> Result<(), Outcome> {
        let mut call = Call::new(Method::GET, &["sync", "playback", "movies"]);
        call.query.push(("limit", "1".into()));
        read(&mut self.session, &call).await.map(drop)
    }

    async fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        match delivery.content {
            Content::Playback { work, .. } => self.tell_live(work, delivery.live).await,
            Content::History { work, at, .. } => match self.can_be_stopped(delivery) {
                Some(live) => self.stop(work, live).await,
                None => self.add(work, at).await,
            },
            Content::Retraction { at, .. } => self.take_back(delivery, at).await,
            Content::Clearing { work, .. } => self.clear(work).await,
        }
    }

    async fn verify(&mut self, delivery: &Delivery) -> Outcome {
        match delivery.content {
            Content::Playback { .. } | Content::Clearing { .. } => Outcome::NotThere,
            Content::History { at, .. } => match self.find(delivery, at).await {
                Ok(Some(play)) => done(&with_id(
                    &format!("found in the history, watched at {}", play.watched_at),
                    Some(play.id),
                )),
                Ok(None) => Outcome::NotThere,
                Err(outcome) => outcome,
            },
            Content::Retraction { at, .. } => match self.find(delivery, at).await {
                Ok(Some(_)) => Outcome::NotThere,
                Ok(None) if self.looked_long_ago(delivery) => {
                    done("taken back: it is not in the history any more")
                }
                Ok(None) => not_shown_yet(),
                Err(outcome) => outcome,
            },
        }
    }
}

/// A stretch of time, with its ends.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: Timestamp,
    to: Timestamp,
}

impl Span {
    fn with(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    fn has(self, at: Timestamp) -> bool {
        self.from <= at && at <= self.to
    }
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Whether the answer to an addition is one.
fn says_what_it_added(answer: &Answer) -> bool {
    answer.object().is_some_and(|body| body.get("added").is_some() || body.get("updated").is_some())
}

/// What was made a moment ago may be shown only later.
fn not_shown_yet() -> Outcome {
    Outcome::TryLater {
        trouble: Trouble::Delivery,
        after: Some(SHOWN_AFTER),
        why: "the history does not show the play (yet): it is looked for once more".into(),
    }
}

fn with_id(proof: &str, id: Option<u64>) -> String {
    match id.filter(|&id| id > 0) {
        Some(id) => format!("{proof}, play {id}"),
        None => proof.to_owned(),
    }
}

fn done(proof: &str) -> Outcome {
    Outcome::Delivered(Receipt { proof: proof.to_owned() })
}

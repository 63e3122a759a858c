//! The service itself: which calls a delivery becomes.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::classify;
use super::lookup::Titles;
use super::oauth::Application;
use super::plays::{Play, plays, read};
use super::receipts::receipt;
use super::recognise::{self, Sought, Span};
use super::session::{Session, TokenKeeper};
use super::works::{self, Form, TraktId};
use crate::clock::Clock;
use crate::identify::Work;
use crate::journal::{Content, Delivery, Live, LiveWord, ProfileId, ServiceName, Telling};
use crate::playback::Progress;
use crate::service::api::{Answer, Call, NoAnswer};
use crate::service::repeat::Repeat;
use crate::service::{ClockSkew, Outcome, Receipt, Service, Trouble};

/// The service's name in the journal.
pub const TRAKT: ServiceName = ServiceName("trakt");

/// How Trakt wants to be told of a viewing.
pub const TELLING: Telling = Telling::Live;

/// From here on a stop may be a play: where exactly the border is, Trakt does not say (Trakt reference, section 3.4).
const PERHAPS_A_PLAY: f64 = 79.0;
/// What is sent when a play is meant.
const SURELY_A_PLAY: f64 = 80.5;
/// A stop below this is refused.
const NOTHING: f64 = 1.0;
/// How long after it ended a viewing is told with a stop, which Trakt dates itself. Later it is added with its own time.
const PROMPTLY: SignedDuration = SignedDuration::from_secs(20);
/// How many episodes' own numbers are remembered.
const ROOM: usize = 256;

/// What stands in a receipt of a play that was there before.
const ALREADY: &str = "there already (409)";

/// Trakt for one account.
#[derive(Debug)]
pub struct Trakt {
    pub(super) session: Session,
    pub(super) clock: Clock,
    titles: Titles,
    /// Trakt's own numbers of what was scrobbled last, as its answers tell them.
    pub(super) known: HashMap<Work, TraktId>,
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
    async fn tell_live(&mut self, delivery: &Delivery, work: Work) -> Outcome {
        let Some(live) = delivery.live.filter(|live| self.clock.now().wall < live.until) else {
            return done("too late to be told live");
        };
        let progress = percent(live.progress);
        let verb = match live.word {
            LiveWord::Playing => "start",
            LiveWord::Paused => "pause",
            LiveWord::Stopped if progress < NOTHING => return done("below 1 % there is nothing to tell"),
            // A stop so late would be a play, and nobody has watched it. The place is kept all the same.
            LiveWord::Stopped if progress >= PERHAPS_A_PLAY => "pause",
            LiveWord::Stopped => "stop",
        };
        let answer = match self.scrobble(verb, work, delivery.absolute, progress).await {
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
    async fn stop(&mut self, delivery: &Delivery, work: Work, at: Timestamp, live: Live) -> Outcome {
        let progress = percent(live.progress).max(SURELY_A_PLAY);
        let answer = match self.scrobble("stop", work, delivery.absolute, progress).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        if let Ok(answer @ Answer { status: 409, .. }) = &answer {
            return self.in_conflict(delivery, at, classify::watched_at(answer)).await;
        }
        let said = answer.as_ref().ok().and_then(Answer::object);
        let action = said.and_then(|said| said.get("action")?.as_str());
        let play = said.and_then(|said| said.get("id")?.as_u64());
        match (classify::outcome(&answer, Repeat::Adds), action) {
            (Outcome::Delivered(Receipt { proof }), Some("scrobble" | "stop")) => {
                done(&receipt(&proof, None, play))
            }
            (Outcome::Delivered(_), Some("pause")) => {
                added_instead("Trakt took the stop for a pause: the play is added to the history")
            }
            (Outcome::Delivered(_), _) => {
                Outcome::Unsure { after: None, why: "did not say what it made of a stop".into() }
            }
            (outcome, _) => outcome,
        }
    }

    /// Trakt has a play of this work already, and made none of the stop. One of this sitting counts, whoever told it. One of an
    /// earlier viewing does not: this one is added with its own time.
    async fn in_conflict(
        &mut self,
        delivery: &Delivery,
        at: Timestamp,
        watched_at: Option<Timestamp>,
    ) -> Outcome {
        let ahead = self.session.ahead();
        let sitting = recognise::same_sitting(delivery, at, ahead);
        if watched_at.is_some_and(|watched_at| watched_at < sitting.from) {
            return added_instead("the play that Trakt has is of an earlier viewing: this one is added");
        }
        let unclear =
            || Outcome::Unsure { after: None, why: "has a play, and did not say when (409)".into() };
        // Where the history cannot be read, Trakt's word is enough.
        let plays =
            self.plays_of(delivery, watched_at.map_or(sitting, Span::around)).await.unwrap_or_default();
        let is_free =
            |play: &&Play| !delivery.siblings.iter().any(|sibling| recognise::claim(sibling).is_for(play));
        match (plays.iter().find(is_free), watched_at) {
            (Some(play), _) => done(&receipt(ALREADY, Some(play.watched_at), Some(play.id))),
            (None, Some(_)) if !plays.is_empty() => {
                added_instead("the play that Trakt has is of another viewing: this one is added")
            }
            (None, Some(at)) => done(&receipt(ALREADY, Some(at), None)),
            (None, None) => unclear(),
        }
    }

    /// Adds a play with its time.
    async fn add(&mut self, delivery: &Delivery, work: Work, at: Timestamp) -> Outcome {
        // Nothing may have been added because it is there: that is asked first, once.
        let asked = delivery.times_not_there > 0;
        let first = match self.add_as(works::watched(work, at)).await {
            Ok(first) => first.after_a_question(asked),
            Err(outcome) => return outcome,
        };
        let sitting = recognise::same_sitting(delivery, at, self.session.ahead());
        if !matches!(first, Added::Unknown) {
            return first.outcome(sitting);
        }
        if let Some(&own) = self.known.get(&work) {
            return match self.add_as(works::watched_by_number(own, at)).await {
                Ok(second) => second.after_a_question(asked).outcome(sitting),
                Err(outcome) => outcome,
            };
        }
        match delivery.absolute {
            Some(number) => Outcome::Refused {
                why: format!(
                    "Trakt does not know this episode by its season and number, and the history cannot be told that it is \
                     number {number} of the series. Play it for a moment while Trakt can be reached, then try again"
                ),
            },
            None => first.outcome(sitting),
        }
    }

    async fn add_as(&mut self, body: Value) -> Result<Added, Outcome> {
        let call = Call::new(Method::POST, &["sync", "history"]).with_body(body);
        let answer = self.session.send(&call).await?;
        Ok(match (&answer, classify::outcome(&answer, Repeat::Adds)) {
            _ if classify::is_unknown(&answer) => Added::Unknown,
            (Ok(answer @ Answer { status: 409, .. }), _) => Added::Conflict(classify::watched_at(answer)),
            (Ok(answer), Outcome::Delivered(_)) if classify::not_found(answer) => Added::Unknown,
            (Ok(answer), Outcome::Delivered(_)) if !says_what_it_added(answer) => {
                Added::As(Outcome::Unsure { after: None, why: "did not say what it added".into() })
            }
            (Ok(answer), Outcome::Delivered(_)) if added_nothing(answer) => Added::Nothing,
            (_, outcome) => Added::As(outcome),
        })
    }

    /// A scrobble, in each way that Trakt may know the work by until it does.
    async fn scrobble(
        &mut self,
        verb: &str,
        work: Work,
        absolute: Option<u32>,
        progress: f64,
    ) -> Result<Result<Answer, NoAnswer>, Outcome> {
        let mut forms = works::forms(work, self.known.get(&work).copied(), absolute).into_iter().peekable();
        loop {
            let Some((form, mut body)) = forms.next() else {
                return Err(Outcome::Refused { why: "there is no way to name it".into() });
            };
            body.insert("progress".into(), json!(progress));
            let call = Call::new(Method::POST, &["scrobble", verb]).with_body(Value::Object(body));
            let answer = self.session.send(&call).await?;
            if classify::is_unknown(&answer) {
                if form == Form::Own {
                    self.known.remove(&work);
                }
                if forms.peek().is_some() {
                    continue;
                }
            }
            if let Ok(Answer { status: 200..=299, body: Some(body), .. }) = &answer
                && let Some(id) = works::told(body, work, form)
            {
                self.remember(work, id);
            }
            return Ok(answer);
        }
    }

    fn remember(&mut self, work: Work, id: TraktId) {
        if self.known.len() >= ROOM {
            self.known.clear();
        }
        self.known.insert(work, id);
    }

    /// The plays of the work of `delivery`, within `span`.
    pub(super) async fn plays_of(&mut self, delivery: &Delivery, span: Span) -> Result<Vec<Play>, Outcome> {
        let work = delivery.content.work();
        let title = self.titles.of(&mut self.session, work).await?;
        plays(&mut self.session, title, work, self.known.get(&work).copied(), span).await
    }

    /// The play that an attempt without a clear answer has made, if it is there.
    async fn find(&mut self, delivery: &Delivery, at: Timestamp) -> Result<Option<Play>, Outcome> {
        let sought = Sought::of(delivery, at, self.session.ahead());
        let plays = self.plays_of(delivery, sought.span()).await?;
        Ok(sought.pick(&plays, &delivery.siblings).cloned())
    }

    /// Whether the viewing has just ended and has not been told in any way yet.
    fn can_be_stopped(&self, delivery: &Delivery) -> Option<Live> {
        let now = self.clock.now().wall;
        delivery.live.filter(|live| {
            let late = recognise::stop_of(live).saturating_add(PROMPTLY).unwrap_or(Timestamp::MAX);
            live.word == LiveWord::Stopped && now < late.min(live.until) && delivery.last_attempt_at.is_none()
        })
    }
}

/// What came of an addition to the history.
enum Added {
    /// Certainly nothing: Trakt does not know what was named.
    Unknown,
    /// Nothing, and Trakt does not say why.
    Nothing,
    /// A play stands in its way, from this time if it says so.
    Conflict(Option<Timestamp>),
    /// This.
    As(Outcome),
}

impl Added {
    /// Once the play `was_asked` for and was not there, what is added to nothing is something that Trakt does not know.
    fn after_a_question(self, was_asked: bool) -> Self {
        match self {
            Self::Nothing if was_asked => Self::Unknown,
            other => other,
        }
    }

    /// Of an entry whose sitting could have made a play in `sitting`.
    fn outcome(self, sitting: Span) -> Outcome {
        match self {
            Self::Unknown => Outcome::Refused { why: "Trakt does not know this title".into() },
            Self::Nothing => Outcome::Unsure { after: None, why: "added nothing".into() },
            Self::Conflict(Some(watched_at)) if watched_at < sitting.from => Outcome::Refused {
                why: "Trakt has a play of an earlier viewing and takes no other so soon (409)".into(),
            },
            Self::Conflict(watched_at) => done(&receipt(ALREADY, watched_at, None)),
            Self::As(outcome) => outcome,
        }
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
            Content::Playback { work, .. } => self.tell_live(delivery, work).await,
            Content::History { work, at, .. } => match self.can_be_stopped(delivery) {
                Some(live) => self.stop(delivery, work, at, live).await,
                None => self.add(delivery, work, at).await,
            },
            Content::Retraction { at, .. } => self.take_back(delivery, at).await,
            Content::Clearing { work, .. } => self.clear(work).await,
        }
    }

    async fn verify(&mut self, delivery: &Delivery) -> Outcome {
        match delivery.content {
            Content::Playback { .. } | Content::Clearing { .. } => Outcome::NotThere,
            Content::History { at, .. } => match self.find(delivery, at).await {
                Ok(Some(play)) => {
                    done(&receipt("found in the history", Some(play.watched_at), Some(play.id)))
                }
                Ok(None) => Outcome::NotThere,
                Err(outcome) => outcome,
            },
            Content::Retraction { at, .. } => self.is_taken_back(delivery, at).await,
        }
    }
}

/// Whether the answer to an addition is one.
fn says_what_it_added(answer: &Answer) -> bool {
    answer.object().is_some_and(|body| body.get("added").is_some() || body.get("updated").is_some())
}

/// Whether it says that it has neither added nor found anything.
fn added_nothing(answer: &Answer) -> bool {
    let counts = ["added", "updated"].map(|key| answer.object().and_then(|body| body.get(key)?.as_object()));
    let mut counts = counts.into_iter().flatten().flat_map(|counts| counts.values()).peekable();
    counts.peek().is_some() && counts.all(|count| count.as_u64() == Some(0))
}

/// Nothing was made by a stop: it is tried again, and then with its time.
fn added_instead(why: &str) -> Outcome {
    Outcome::later(Trouble::Delivery, Some(Duration::ZERO), why)
}

/// Two decimals are plenty; and what is decided is decided by what is sent.
fn percent(progress: Progress) -> f64 {
    (progress.get() * 100.0).round() / 100.0
}

pub(super) fn done(proof: &str) -> Outcome {
    Outcome::Delivered(Receipt { proof: proof.to_owned() })
}

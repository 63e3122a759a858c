//! Taking back what was told: one play out of a history, and the place in a title.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::classify;
use super::plays::{Play, read, unread};
use super::receipts::Claim;
use super::recognise::{self, Span};
use super::service::{Trakt, done};
use super::works;
use crate::identify::Work;
use crate::journal::Delivery;
use crate::service::api::{Answer, Call};
use crate::service::repeat::Repeat;
use crate::service::{Outcome, Receipt, Trouble};

/// How long a play that was made may not be shown yet.
const SHOWN_AFTER: Duration = Duration::from_secs(20);

/// How the play stands that is to be taken back.
enum Standing {
    /// It is there.
    There(Play),
    /// It is there, and another viewing that is right has no other one.
    Shared,
    /// It is not shown.
    Absent,
}

impl Trakt {
    /// Removes the one play of the entry at `at`, and no other of the same work.
    pub(super) async fn take_back(&mut self, delivery: &Delivery, at: Timestamp) -> Outcome {
        let play = match self.wrong_play(delivery, at).await {
            Ok(Standing::There(play)) => play,
            Ok(Standing::Shared) => return done("taken back: the play is that of another viewing too"),
            Ok(Standing::Absent) if self.looked_long_ago(delivery) => {
                return done("taken back: it is not in the history");
            }
            Ok(Standing::Absent) => return not_shown_yet(),
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

    /// Whether what an attempt without a clear answer was to remove is gone.
    pub(super) async fn is_taken_back(&mut self, delivery: &Delivery, at: Timestamp) -> Outcome {
        match self.wrong_play(delivery, at).await {
            Ok(Standing::There(_)) => Outcome::NotThere,
            Ok(Standing::Shared) => done("taken back: the play is that of another viewing too"),
            Ok(Standing::Absent) if self.looked_long_ago(delivery) => {
                done("taken back: it is not in the history any more")
            }
            Ok(Standing::Absent) => not_shown_yet(),
            Err(outcome) => outcome,
        }
    }

    async fn wrong_play(&mut self, delivery: &Delivery, at: Timestamp) -> Result<Standing, Outcome> {
        let own = Claim::of(delivery.receipt.as_deref(), at);
        let span = match own {
            Claim::At(at) => Span::around(at),
            // A stop made it, some time after the work was watched to its end; or something else did, in the same sitting.
            Claim::Play(_) => {
                Span { to: None, ..recognise::same_sitting(delivery, at, self.session.ahead()) }
            }
        };
        let plays = self.plays_of(delivery, span).await?;
        let ours = plays.iter().filter(|play| own.is_for(play));
        let has = |play: &Play, wrong: bool| {
            let mut others = delivery.siblings.iter().filter(|sibling| sibling.wrong == wrong);
            others.any(|sibling| recognise::claim(sibling).is_for(play))
        };
        let (shared, mut free): (Vec<&Play>, Vec<&Play>) = ours.partition(|play| has(play, false));
        // What another wrong viewing has goes as well, but with its own retraction.
        free.sort_by_key(|play| (has(play, true), play.watched_at.duration_since(at).abs()));
        Ok(match (free.first(), shared.is_empty()) {
            (Some(&play), _) => Standing::There(play.clone()),
            (None, false) => Standing::Shared,
            (None, true) => Standing::Absent,
        })
    }

    /// Removes the place in a title, where one is kept.
    pub(super) async fn clear(&mut self, work: Work) -> Outcome {
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
        let known = self.known.get(&work).copied();
        let place = places.iter().find(|place| works::is_place_in(place, work, known));
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
}

/// What was made a moment ago may be shown only later.
fn not_shown_yet() -> Outcome {
    Outcome::TryLater {
        trouble: Trouble::Delivery,
        after: Some(SHOWN_AFTER),
        why: "the history does not show the play (yet): it is looked for once more".into(),
    }
}

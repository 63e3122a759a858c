//! The plays in a user's history (Trakt reference, sections 4.3 and 5): how an unclear answer is cleared up.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::Value;

use super::api::PAGES;
use super::classify;
use super::recognise::Span;
use super::session::Session;
use super::works::{self, TraktId};
use crate::identify::Work;
use crate::service::api::{Answer, Call};
use crate::service::repeat::Repeat;
use crate::service::{Outcome, Trouble};

/// How many plays are asked for at once.
const PAGE: usize = 100;
/// How many pages are read.
const MAX_PAGES: usize = 20;

/// One play of a work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Play {
    /// By which it can be removed alone.
    pub(super) id: u64,
    pub(super) watched_at: Timestamp,
}

impl Play {
    /// Whether it was at `at`, give or take `tolerance`.
    pub(super) fn is_at(&self, at: Timestamp, tolerance: SignedDuration) -> bool {
        self.watched_at.duration_since(at).abs() <= tolerance
    }

    pub(super) fn read(item: &Value, work: Work, known: Option<TraktId>) -> Option<Self> {
        let id = item.get("id")?.as_u64()?;
        let watched_at = item.get("watched_at")?.as_str()?.parse().ok()?;
        works::is_of(item, work, known).then_some(Self { id, watched_at })
    }
}

/// The plays of `work`, by Trakt's own number also `known`, in the user's history within `span`. None where Trakt does not
/// know the title.
///
/// # Errors
/// When they cannot be read: nothing is known then.
pub(super) async fn plays(
    session: &mut Session,
    title: Option<TraktId>,
    work: Work,
    known: Option<TraktId>,
    span: Span,
) -> Result<Vec<Play>, Outcome> {
    let Some(title) = title else { return Ok(Vec::new()) };
    let kind = match work {
        Work::Movie { .. } => "movies",
        Work::Episode { .. } => "shows",
    };
    let mut plays = Vec::new();
    for page in 1..=MAX_PAGES {
        let mut call = Call::new(Method::GET, &["sync", "history", kind, &title.0.to_string()]);
        call.query = vec![
            ("start_at", format!("{:.3}", span.from)),
            ("page", page.to_string()),
            ("limit", PAGE.to_string()),
        ];
        call.query.extend(span.to.map(|to| ("end_at", format!("{to:.3}"))));
        let answer = read(session, &call).await?;
        let Some(items) = answer.body.as_ref().and_then(Value::as_array) else {
            return Err(unread("the history could not be read"));
        };
        plays.extend(items.iter().filter_map(|item| Play::read(item, work, known)));
        let pages = answer.header(PAGES).and_then(|pages| pages.parse::<usize>().ok());
        if pages.map_or(items.len() < PAGE, |pages| page >= pages) {
            return Ok(plays);
        }
    }
    Err(unread("the history is too long to be read to its end"))
}

/// A question's answer, if it is a success.
pub(super) async fn read(session: &mut Session, call: &Call) -> Result<Answer, Outcome> {
    let answer = session.send(call).await?;
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) && answer.body.is_some() => Ok(answer),
        other => Err(match classify::outcome(&other, Repeat::Harmless) {
            Outcome::Delivered(_) | Outcome::Refused { .. } => {
                unread("a question to Trakt had no clear answer")
            }
            outcome => outcome,
        }),
    }
}

/// A question that stays open.
pub(super) fn unread(why: &str) -> Outcome {
    Outcome::later(Trouble::Delivery, None, why)
}

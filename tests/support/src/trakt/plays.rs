//! The history: every play, with an id of its own.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::items::Item;
use crate::stand_in::now;

/// One play.
#[derive(Debug, Clone, PartialEq)]
pub struct Play {
    /// Its number.
    pub id: u64,
    /// Of a movie, or of a series: the TMDB number.
    pub tmdb: u64,
    /// Season and number, for an episode.
    pub episode: Option<(u64, u64)>,
    /// When.
    pub watched_at: Timestamp,
    /// How it came: `scrobble` or `watch`.
    pub action: String,
    pub(super) item: Item,
    made_at: Timestamp,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Plays {
    all: Vec<Play>,
    made: u64,
    /// How long a new one is not yet shown.
    pub(super) visible_after: Duration,
}

impl Plays {
    pub(super) fn all(&self) -> &[Play] {
        &self.all
    }

    /// Adds one, and gives its number. Whether there is another like it does not matter.
    pub(super) fn add(&mut self, item: Item, watched_at: Timestamp, action: &str) -> u64 {
        self.made += 1;
        // Longer than 32 bits, as the real ones are.
        let id = 7_000_000_000 + self.made;
        let (tmdb, episode) = match item {
            Item::Movie(tmdb) => (tmdb, None),
            Item::Episode(show, season, number) => (show, Some((season, number))),
        };
        let action = action.to_owned();
        self.all.push(Play { id, tmdb, episode, watched_at, action, item, made_at: now() });
        id
    }

    /// Removes those with these numbers, and says how many movies and episodes that were.
    pub(super) fn remove(&mut self, ids: &[u64]) -> (usize, usize) {
        let count = |plays: &[Play]| {
            let movies = plays.iter().filter(|play| play.episode.is_none()).count();
            (movies, plays.len() - movies)
        };
        let before = count(&self.all);
        self.all.retain(|play| !ids.contains(&play.id));
        let after = count(&self.all);
        (before.0 - after.0, before.1 - after.1)
    }

    /// The last play of an item that a scrobble made since `since`.
    pub(super) fn scrobbled_since(&self, item: Item, since: Timestamp) -> Option<&Play> {
        self.all
            .iter()
            .rev()
            .find(|play| play.item == item && play.action == "scrobble" && play.watched_at >= since)
    }

    /// Those of a movie (`movies`), a series (`shows`) or an episode (`episodes`) within a time, newest first.
    pub(super) fn listed(
        &self,
        kind: &str,
        id: u64,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Vec<Value> {
        let shown_before = now().saturating_sub(self.visible_after).unwrap_or(Timestamp::MIN);
        let is_wanted = |play: &&Play| {
            let is_of = match kind {
                "movies" => play.episode.is_none() && play.item.trakt() == id,
                "shows" => play.episode.is_some() && play.item.title() == id,
                _ => play.episode.is_some() && play.item.trakt() == id,
            };
            is_of
                && play.made_at <= shown_before
                && from.is_none_or(|from| play.watched_at >= from)
                && to.is_none_or(|to| play.watched_at <= to)
        };
        let mut plays: Vec<&Play> = self.all.iter().filter(is_wanted).collect();
        plays.sort_by_key(|play| std::cmp::Reverse(play.watched_at));
        plays
            .into_iter()
            .map(|play| {
                let mut shown = play.item.describe();
                shown["id"] = json!(play.id);
                shown["watched_at"] = json!(format!("{:.3}", play.watched_at));
                shown["action"] = json!(play.action);
                shown
            })
            .collect()
    }
}

//! The history: one entry for each time something was watched, and how much of it is shown to whom asks.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::checks::{No, date, is_media_id, media_id, named_in, no, numbers, only, percent};
use super::time::Precision;
use crate::http::Request;
use crate::stand_in::now;

/// One entry of a profile's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `MV_…` or `TV_…`.
    pub media_id: String,
    /// For series.
    pub season: Option<u64>,
    /// For series.
    pub episode: Option<u64>,
    /// In percent.
    pub progress: f64,
    /// The time of the viewing, as it was sent.
    pub updated_at: Timestamp,
    /// When it arrived.
    pub created_at: Timestamp,
}

impl Entry {
    fn is_of(&self, id: &str, season: Option<u64>, episode: Option<u64>) -> bool {
        self.media_id == id && self.season == season && self.episode == episode
    }
}

/// The histories of all profiles.
#[derive(Debug)]
pub(super) struct History {
    pub(super) profiles: BTreeMap<String, Vec<Entry>>,
    /// How long a new entry is not yet shown.
    pub(super) visible_after: Duration,
    pub(super) precision: Precision,
    /// Whether the entries of one work are shown as one, with their number.
    pub(super) folds: bool,
    /// No page shows more.
    pub(super) page: usize,
}

impl Default for History {
    fn default() -> Self {
        Self {
            profiles: BTreeMap::new(),
            visible_after: Duration::ZERO,
            precision: Precision::default(),
            folds: false,
            page: 50,
        }
    }
}

impl History {
    /// The entries of a profile, oldest first.
    pub(super) fn of(&mut self, profile: &str) -> &mut Vec<Entry> {
        self.profiles.entry(profile.to_owned()).or_default()
    }

    pub(super) fn add(&mut self, profile: &str, body: &Map<String, Value>) -> Result<Value, No> {
        only(body, &["mediaId", "updatedAt", "progress", "season", "episode", "imported"])?;
        let media_id = media_id(body)?;
        let (season, episode) = numbers(body, &media_id)?;
        if media_id.starts_with("TV_") && (season.is_none() || episode.is_none()) {
            // Without an episode it would mark the whole season; no scrobbler means that.
            return no(422, "VALIDATION", "season and episode are required here");
        }
        let progress = percent(body)?;
        let created_at = now();
        let updated_at = self.precision.keep(date(body)?.unwrap_or(created_at));
        let entry = Entry { media_id, season, episode, progress, updated_at, created_at };
        self.of(profile).push(entry);
        Ok(json!({"message": "added", "added": null, "removed": null}))
    }

    pub(super) fn read(
        &self,
        profile: &str,
        id: &str,
        query: &BTreeMap<String, String>,
    ) -> Result<Value, No> {
        if !is_media_id(id) {
            return no(422, "VALIDATION", "mediaId must match ^(MV|TV)_\\d+$");
        }
        let number = |key: &str| query.get(key).map(|value| value.parse::<u64>().unwrap_or(0));
        if id.starts_with("TV_") && number("season").is_none_or(|season| season == 0) {
            return no(422, "VALIDATION", "season is required for series");
        }
        let limit = number("limit").unwrap_or(10);
        if !(1..=50).contains(&limit) {
            return no(422, "VALIDATION", "limit must be 1 to 50");
        }
        let shown_before = now().saturating_sub(self.visible_after).unwrap_or(Timestamp::MIN);
        let entries = self.profiles.get(profile).into_iter().flatten().filter(|entry| {
            entry.media_id == id
                && entry.created_at <= shown_before
                && number("season").is_none_or(|season| entry.season == Some(season))
                && number("episode").is_none_or(|episode| entry.episode == Some(episode))
        });
        let mut entries: Vec<Shown<'_>> = entries.map(|entry| Shown { entry, count: 1 }).collect();
        entries.sort_by_key(|shown| std::cmp::Reverse(shown.entry.updated_at));
        if self.folds {
            entries = fold(entries);
        }
        let limit = usize::try_from(limit).unwrap_or(50).min(self.page);
        let from: usize =
            query.get("nextPageToken").and_then(|token| token.strip_prefix('p')?.parse().ok()).unwrap_or(0);
        let items: Vec<Value> = entries.iter().skip(from).take(limit).map(Shown::json).collect();
        let more = entries.len() > from + limit;
        let mut page = json!({"items": items, "hasMore": more});
        if more {
            page["nextPageToken"] = json!(format!("p{}", from + limit));
        }
        Ok(page)
    }

    /// Updates the entry that was made last, or makes one. It has the time of the call: none can be given.
    pub(super) fn set(
        &mut self,
        profile: &str,
        id: &str,
        query: &BTreeMap<String, String>,
        body: &Map<String, Value>,
    ) -> Result<Value, No> {
        only(body, &["progress"])?;
        let (season, episode) = named_in(query, id)?;
        let progress = percent(body)?;
        let entries = self.of(profile);
        let created_at = now();
        let found = entries
            .iter_mut()
            .filter(|entry| entry.is_of(id, season, episode))
            .max_by_key(|entry| entry.created_at);
        match found {
            Some(entry) => (entry.progress, entry.updated_at) = (progress, created_at),
            None => entries.push(Entry {
                media_id: id.to_owned(),
                season,
                episode,
                progress,
                updated_at: created_at,
                created_at,
            }),
        }
        Ok(json!({"message": "updated", "added": null, "removed": null}))
    }

    /// Entries have no ids: all that match are removed.
    pub(super) fn remove(&mut self, profile: &str, id: &str, request: &Request) -> Result<Value, No> {
        if !request.body.is_empty() {
            return no(422, "VALIDATION", "no body is wanted here");
        }
        let (season, episode) = named_in(&request.query, id)?;
        let entries = self.of(profile);
        let before = entries.len();
        entries.retain(|entry| !entry.is_of(id, season, episode));
        if entries.len() == before {
            return no(404, "NOT_FOUND", "no such entry in the list");
        }
        Ok(json!({"message": "removed", "added": null, "removed": null}))
    }
}

/// An entry as it is shown: it may stand for several.
#[derive(Debug)]
struct Shown<'a> {
    entry: &'a Entry,
    count: u32,
}

impl Shown<'_> {
    fn json(&self) -> Value {
        let Entry { media_id, season, episode, progress, updated_at, created_at } = self.entry;
        let mut shown = json!({
            "id": media_id, "title": "A title", "progress": progress, "completed": *progress >= 80.0,
            "season": season, "episode": episode,
            "updatedAt": format!("{updated_at:.3}"), "createdAt": format!("{created_at:.3}"),
        });
        if self.count > 1 {
            shown["watched_count"] = json!(self.count);
        }
        shown
    }
}

/// The newest entry of each episode, with the number of those that it stands for. The newest come first.
fn fold(entries: Vec<Shown<'_>>) -> Vec<Shown<'_>> {
    let mut folded: Vec<Shown<'_>> = Vec::new();
    for shown in entries {
        let same = |other: &&mut Shown<'_>| {
            (other.entry.season, other.entry.episode) == (shown.entry.season, shown.entry.episode)
        };
        match folded.iter_mut().find(same) {
            Some(newer) => newer.count += 1,
            None => folded.push(shown),
        }
    }
    folded
}

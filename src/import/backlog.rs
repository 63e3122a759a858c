//! The backlog: what was watched to its end and could not be sent.
//!
//! Two forms of it are known. Until 2020 the file was a list, `[{media_info: {type, title, season, episode, year}, progress,
//! updated_at}, …]`, as `backlog_cleaner.py` appended what the scrobbler could not send. Since then it is a table by title,
//! `{movies: {KEY: {media_info: {title, year}, progress, updated_at}}, shows: {KEY: {media_info, seasons: {"1": {"2":
//! {progress, updated_at}}}}}}`; a newer version turns the list into the table when it next starts. `updated_at` is in
//! seconds since 1970, with fractions, and `progress` in percent. What Trakt knew nothing of lies in `unknown_items.json`,
//! as such a table. An entry may also be of several episodes in a file, and its numbers be texts: those of the user's own
//! expressions are.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::entry::{Entry, EntryKind};
use super::error::{ForeignError, Trouble};
use super::foreign;
use crate::player::Media;

/// How large a backlog may be, in bytes: some hundred thousand entries.
const MAX_BYTES: u64 = 16 << 20;
/// Before this instant, in seconds since 1970, there was no trakt-scrobbler: 2017.
const FIRST: f64 = 1_483_228_800.0;

/// What is in one file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Backlog {
    /// What can be taken over.
    pub entries: Vec<Entry>,
    /// What cannot even be read.
    pub troubles: Vec<Trouble>,
}

/// Reads the backlog at `path`; `None` when there is none.
///
/// # Errors
/// When it is no JSON, or of a form that is not known, or cannot be read.
pub fn backlog(path: &Path) -> Result<Option<Backlog>, ForeignError> {
    let Some(text) = foreign::text(path, MAX_BYTES)? else { return Ok(None) };
    let wrong = |why: String| ForeignError { path: path.into(), why };
    let value: Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("it is no JSON: {error}")))?;
    let mut reader = Reader { path, found: Backlog::default() };
    match &value {
        Value::Array(entries) => reader.list(entries),
        Value::Object(table) => reader.table(table).map_err(wrong)?,
        _ => return Err(wrong("it is neither a list nor a table: no version writes such a backlog".into())),
    }
    Ok(Some(reader.found))
}

struct Reader<'a> {
    path: &'a Path,
    found: Backlog,
}

impl Reader<'_> {
    fn list(&mut self, entries: &[Value]) {
        for (number, entry) in (1..).zip(entries) {
            self.keep(format!("entry {number}"), of_list(entry));
        }
    }

    fn table(&mut self, table: &Map<String, Value>) -> Result<(), String> {
        let known = |key: &str| ["movies", "shows"].contains(&key);
        if let Some(key) = table.keys().find(|key| !known(key)) {
            let key: String = key.chars().take(40).collect();
            return Err(format!("`{key}` in it is not known: only `movies` and `shows` are"));
        }
        let part = |name: &str| match table.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(part)) => Ok(Some(part)),
            Some(_) => Err(format!("`{name}` in it is no table")),
        };
        for (key, movie) in part("movies")?.into_iter().flatten() {
            self.keep(format!("movies, {key:?}"), info_of(movie).and_then(|info| of_movie(info, movie)));
        }
        for (key, show) in part("shows")?.into_iter().flatten() {
            let place = format!("shows, {key:?}");
            let seasons = info_of(show).and_then(|info| match show.get("seasons") {
                Some(Value::Object(seasons)) => Ok((info, seasons)),
                _ => Err("it has no `seasons`".to_owned()),
            });
            match seasons {
                Ok((info, seasons)) => self.seasons(&place, info, seasons),
                Err(why) => self.keep(place, Err(why)),
            }
        }
        Ok(())
    }

    fn seasons(&mut self, place: &str, info: &Value, seasons: &Map<String, Value>) {
        for (season, episodes) in seasons {
            let place = format!("{place}, season {season:?}");
            let Value::Object(episodes) = episodes else {
                self.keep(place, Err("it is no table of episodes".into()));
                continue;
            };
            for (episode, entry) in episodes {
                let numbers = whole(&Value::from(season.as_str())).zip(whole(&Value::from(episode.as_str())));
                let read = numbers
                    .ok_or_else(|| "its season or its episode is no number".to_owned())
                    .and_then(|(season, episode)| read(info, EntryKind::Episode { season, episode }, entry));
                self.keep(format!("{place}, episode {episode:?}"), read.map(|entry| vec![entry]));
            }
        }
    }

    fn keep(&mut self, place: String, read: Result<Vec<Entry>, String>) {
        match read {
            Ok(entries) => self.found.entries.extend(entries.into_iter().map(|entry| Entry {
                file: self.path.into(),
                place: place.clone(),
                ..entry
            })),
            Err(why) => {
                let file = self.path.into();
                self.found.troubles.push(Trouble { file, entry: place, why, hint: None });
            }
        }
    }
}

fn of_list(entry: &Value) -> Result<Vec<Entry>, String> {
    let info = info_of(entry)?;
    match info.get("type").and_then(Value::as_str) {
        Some("movie") => of_movie(info, entry),
        Some("episode") => {
            let season = match info.get("season") {
                None | Some(Value::Null) => 1,
                Some(season) => whole(season).ok_or("its season is no number")?,
            };
            let episodes = match info.get("episode") {
                Some(Value::Array(episodes)) => episodes.iter().map(whole).collect(),
                Some(episode) => whole(episode).map(|episode| vec![episode]),
                None => None,
            };
            let episodes = episodes.filter(|episodes| (1..=100).contains(&episodes.len()));
            let episodes = episodes.ok_or("its episode is no number")?;
            episodes
                .into_iter()
                .map(|episode| read(info, EntryKind::Episode { season, episode }, entry))
                .collect()
        }
        _ => Err("its type is neither \"movie\" nor \"episode\"".into()),
    }
}

fn of_movie(info: &Value, entry: &Value) -> Result<Vec<Entry>, String> {
    read(info, EntryKind::Movie, entry).map(|entry| vec![entry])
}

fn info_of(entry: &Value) -> Result<&Value, String> {
    entry.get("media_info").filter(|info| info.is_object()).ok_or_else(|| "it has no `media_info`".to_owned())
}

fn read(info: &Value, kind: EntryKind, entry: &Value) -> Result<Entry, String> {
    let title = info.get("title").and_then(Value::as_str).map(str::trim).filter(|title| !title.is_empty());
    let title = title.ok_or("it has no title")?;
    if title.len() > Media::MAX_TEXT / 2 || title.chars().any(char::is_control) {
        return Err("its title is none: it is too long, or holds control characters".into());
    }
    let year = match info.get("year") {
        None | Some(Value::Null) => None,
        Some(year) => {
            let year = whole(year).and_then(|year| u16::try_from(year).ok());
            Some(year.filter(|year| (1850..=2200).contains(year)).ok_or("its year is none")?)
        }
    };
    let progress = entry.get("progress").and_then(Value::as_f64);
    let progress = progress.filter(|progress| (0.0..=100.0).contains(progress));
    Ok(Entry {
        file: Default::default(),
        place: String::new(),
        title: title.to_owned(),
        year,
        kind,
        progress: progress.ok_or("its progress is no percentage")?,
        at: entry.get("updated_at").and_then(Value::as_f64).and_then(instant).ok_or("its time is none")?,
    })
}

/// An instant that lies in the past of nobody who reads it, but after the first version.
fn instant(seconds: f64) -> Option<Timestamp> {
    // Milliseconds are what the journal keeps; a float of this size holds them exactly enough.
    let millis = (seconds * 1000.0).round();
    if !(FIRST..=4e9).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 4e12")]
    Timestamp::from_millisecond(millis as i64).ok()
}

/// A whole number, or a text that is one: at most five digits.
fn whole(value: &Value) -> Option<u32> {
    let number = match value {
        Value::Number(number) => u32::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (number < 100_000).then_some(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::unwrap_in_result, reason = "the folder is the test's own")]
    fn of(value: &Value) -> Result<Backlog, ForeignError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watched_backlog.json");
        std::fs::write(&path, value.to_string()).unwrap();
        backlog(&path).map(Option::unwrap)
    }

    fn names(found: &Backlog) -> Vec<String> {
        found.entries.iter().map(Entry::name).collect()
    }

    fn ids(found: &Backlog) -> Vec<String> {
        found.entries.iter().map(|entry| entry.viewing_id().to_string()).collect()
    }

    #[test]
    fn the_list_and_the_table_are_the_same_viewings() {
        let list = of(&json!([
            {"progress": 95.25, "updated_at": 1_700_000_000.123_456, "state": 0,
             "media_info": {"type": "episode", "title": "A Show", "season": 1, "episode": "2", "year": 2005}},
            {"progress": 91, "updated_at": 1_700_009_000,
             "media_info": {"type": "movie", "title": "A Film", "trakt_id": 7}},
        ]))
        .unwrap();
        let table = of(&json!({
            "movies": {"A Film": {"media_info": {"title": "A Film", "year": null, "item_type": "movie"},
                                  "progress": 91, "updated_at": 1_700_009_000}},
            "shows": {"A Show2005": {"media_info": {"title": "A Show", "year": 2005, "item_type": "episode"},
                "seasons": {"1": {"2": {"progress": 95.25, "updated_at": 1_700_000_000.123_456}}}}},
        }))
        .unwrap();
        assert_eq!(names(&list), ["A Show (2005) S01E02", "A Film"]);
        assert_eq!(list.entries[0].at.to_string(), "2023-11-14T22:13:20.123Z");
        let (mut one, mut other) = (ids(&list), ids(&table));
        one.sort();
        other.sort();
        assert_eq!(one, other);
        assert_ne!(one[0], one[1]);
        assert!(list.troubles.is_empty() && table.troubles.is_empty());
        assert_eq!(list.entries[0].place, "entry 1");
        assert_eq!(table.entries[1].place, "shows, \"A Show2005\", season \"1\", episode \"2\"");
    }

    #[test]
    fn several_episodes_of_a_file_are_several_viewings() {
        let found = of(&json!([{"progress": 95, "updated_at": 1_700_000_000,
            "media_info": {"type": "episode", "title": "A Show", "episode": [3, 4]}}]))
        .unwrap();
        assert_eq!(names(&found), ["A Show S01E03", "A Show S01E04"]);
        assert_ne!(ids(&found)[0], ids(&found)[1]);
    }

    #[test]
    fn a_bad_entry_is_named_and_spoils_no_other() {
        let info = json!({"type": "movie", "title": "A Film"});
        let bad = [
            (json!(3), "media_info"),
            (json!({"media_info": {"title": "x"}, "progress": 90, "updated_at": 1_700_000_000}), "type"),
            (json!({"media_info": {"type": "movie"}, "progress": 90, "updated_at": 1_700_000_000}), "title"),
            (json!({"media_info": info, "updated_at": 1_700_000_000}), "progress"),
            (json!({"media_info": info, "progress": 101, "updated_at": 1_700_000_000}), "progress"),
            (json!({"media_info": info, "progress": 90}), "time"),
            (json!({"media_info": info, "progress": 90, "updated_at": 1e300}), "time"),
            (json!({"media_info": info, "progress": 90, "updated_at": -5}), "time"),
            (
                json!({"media_info": {"type": "episode", "title": "x", "season": -1, "episode": 1}, "progress": 90,
                       "updated_at": 1_700_000_000}),
                "season",
            ),
            (
                json!({"media_info": {"type": "episode", "title": "x", "episode": []}, "progress": 90,
                       "updated_at": 1_700_000_000}),
                "episode",
            ),
        ];
        let good = json!({"media_info": info, "progress": 90, "updated_at": 1_700_000_000});
        let all: Vec<Value> = bad.iter().map(|(entry, _)| entry.clone()).chain([good]).collect();
        let found = of(&Value::Array(all)).unwrap();
        assert_eq!(names(&found), ["A Film"]);
        assert_eq!(found.troubles.len(), bad.len());
        for (number, (trouble, (_, why))) in (1..).zip(found.troubles.iter().zip(&bad)) {
            assert_eq!(trouble.entry, format!("entry {number}"));
            assert!(trouble.why.contains(why), "{trouble:?}");
        }
    }

    #[test]
    fn what_is_no_backlog_is_refused() {
        for (value, why) in [
            (json!(7), "neither a list nor a table"),
            (json!({"films": {}}), "`films`"),
            (json!({"movies": []}), "`movies` in it is no table"),
        ] {
            let error = of(&value).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert_eq!(of(&json!({})).unwrap(), Backlog::default());
        let troubled =
            of(&json!({"shows": {"x": {"media_info": {"title": "x"}, "seasons": {"1": 3, "b": {"1": {}}}},
                                            "y": {"media_info": {"title": "y"}}}}))
            .unwrap();
        assert_eq!(troubled.troubles.len(), 3, "{troubled:?}");
    }
}

//! What is kept of what was found, for how long, and what outranks it.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use discovr_scrobbler::identify::{
    AnswerCache, HeldReason, Identification, Identified, Identifier, Rule, RuleKind, Rules, Subject,
};
use discovr_scrobbler_support::tmdb::{BEARER, Fault, Tmdb};

use crate::bench::{episodes, file, held, known, minutes, movie, settings};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A cache that is shared, shows what is in it, and forgets when it is told to.
#[derive(Debug, Clone, Default)]
struct Shown(Arc<Mutex<BTreeMap<String, (String, Duration)>>>);

impl Shown {
    /// What is kept under keys that begin with `start`.
    fn kept(&self, start: &str) -> Vec<(String, String, Duration)> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = answers.iter().filter(|(key, _)| key.starts_with(start));
        kept.map(|(key, (value, keep))| (key.clone(), value.clone(), *keep)).collect()
    }

    fn forget(&self, start: &str) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|key, _| !key.starts_with(start));
    }
}

impl AnswerCache for Shown {
    async fn get(&self, key: &str) -> Option<String> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(key).map(|(value, _)| value.clone())
    }

    async fn put(&self, key: &str, value: &str, keep: Duration) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(key.to_owned(), (value.to_owned(), keep));
    }
}

fn identifier(tmdb: &Tmdb, cache: &Shown, rules: &[Rule]) -> Identifier<Shown> {
    let rules = Rules::compile(rules, None).expect("rules");
    Identifier::new(rules, settings(&tmdb.url(), Some(BEARER)), cache.clone())
}

#[tokio::test]
async fn a_file_is_looked_up_once_until_something_stronger_says_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("The.Matrix.1999.mkv");
    fs::write(&path, "film").expect("a file");
    let name = path.to_str().expect("UTF-8");
    let tmdb = Tmdb::start().await;
    let cache = Shown::default();
    let plain = identifier(&tmdb, &cache, &[]);
    assert_eq!(known(&plain, name, minutes(136)).await.identity, movie(603));
    // TMDB's answers are gone, and it cannot be asked.
    cache.forget("tmdb");
    tmdb.fail("/", Fault::Status(503), usize::MAX);
    let again = known(&plain, name, minutes(136)).await;
    assert_eq!(again.identity, movie(603));
    // Another file in its place is another question.
    fs::write(&path, "another film").expect("a file");
    held(&plain, name, minutes(136)).await;
    tmdb.recover();
    assert_eq!(known(&plain, name, minutes(136)).await.identity, movie(603));
    // A rule, and an id in the name, come first.
    let rule = Rule {
        path: None,
        regex: None,
        title: Some("the matrix".into()),
        tmdb: 348,
        kind: RuleKind::Movie,
        season: None,
        episode: None,
        episode_offset: None,
    };
    assert_eq!(known(&identifier(&tmdb, &cache, &[rule]), name, None).await.identity, movie(348));
    let renamed = folder.path().join("A Film {tmdb-841}.mkv");
    fs::rename(&path, &renamed).expect("renamed");
    let renamed = renamed.to_str().expect("UTF-8");
    assert_eq!(known(&plain, renamed, None).await.identity, movie(841));
    // Ids and numbers are kept for long, and no words.
    for (key, value, keep) in cache.kept("file").into_iter().chain(cache.kept("folder")) {
        assert!(!format!("{key}{value}").to_lowercase().contains("matrix"), "{key}: {value}");
        assert!(keep < 180 * DAY, "{keep:?}");
    }
}

#[tokio::test]
async fn the_users_word_for_a_file_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("The Mummy.mkv");
    fs::write(&path, "film").expect("a file");
    let name = path.to_str().expect("UTF-8");
    let tmdb = Tmdb::start().await;
    let identifier = identifier(&tmdb, &Shown::default(), &[]);
    held(&identifier, name, minutes(124)).await;
    let media = file(&path);
    let _: Identified = identifier.matched(movie(564), Subject { media: &media, duration: None }).await;
    assert_eq!(known(&identifier, name, minutes(124)).await.identity, movie(564));
}

#[tokio::test]
async fn other_files_of_a_folder_tell_namesakes_apart_but_not_against_the_name() {
    let tmdb = Tmdb::start().await;
    let identifier = identifier(&tmdb, &Shown::default(), &[]);
    let path = |episode: &str| format!("/v/The Office/Season 1/The.Office.{episode}.mkv");
    held(&identifier, &path("S01E02"), None).await;
    let first = file(path("S01E01"));
    identifier.matched(episodes(2996, 1, &[1]), Subject { media: &first, duration: None }).await;
    assert_eq!(known(&identifier, &path("S01E02"), None).await.identity, episodes(2996, 1, &[2]));
    let of_there = "/v/The Office/Season 1/The.Office.US.S01E02.mkv";
    assert_eq!(known(&identifier, of_there, None).await.identity, episodes(2316, 1, &[2]));
    // A folder for everything, and another folder's files, say nothing.
    let other = file("/v/Downloads/The.Office.S01E01.mkv");
    identifier.matched(episodes(2996, 1, &[1]), Subject { media: &other, duration: None }).await;
    held(&identifier, "/v/Downloads/The.Office.S01E02.mkv", None).await;
    held(&identifier, "/w/The Office/Season 1/The.Office.S01E02.mkv", None).await;
}

#[tokio::test]
async fn what_is_not_there_is_asked_for_less_and_less_often() {
    let tmdb = Tmdb::start().await;
    let cache = Shown::default();
    let identifier = identifier(&tmdb, &cache, &[]);
    let path = "/v/No.Such.Thing.At.All.2014.mkv";
    for days in [1, 2, 4, 8, 16, 30, 30] {
        held(&identifier, path, None).await;
        let kept = cache.kept("tmdb");
        assert!(!kept.is_empty());
        for (key, _, keep) in kept {
            assert_eq!(keep, days * DAY, "{key}");
        }
        cache.forget("tmdb");
    }
}

#[tokio::test]
async fn a_look_up_that_failed_leaves_nothing_behind() {
    for fault in
        [Fault::Status(500), Fault::TooMany(Some(0)), Fault::Hangup, Fault::Garbage, Fault::Status(401)]
    {
        let tmdb = Tmdb::start().await;
        let cache = Shown::default();
        let identifier = identifier(&tmdb, &cache, &[]);
        tmdb.fail("/", fault.clone(), usize::MAX);
        held(&identifier, "/v/No.Such.Thing.At.All.2014.mkv", None).await;
        assert_eq!(cache.kept(""), [], "{fault:?}");
    }
}

#[tokio::test]
async fn an_episode_that_is_new_is_found_although_its_season_was_looked_up_before() {
    let tmdb = Tmdb::start().await;
    let cache = Shown::default();
    let identifier = identifier(&tmdb, &cache, &[]);
    let path = "/v/Breaking.Bad.S01E02.mkv";
    known(&identifier, path, minutes(47)).await;
    // As it was a day ago: the season had one episode.
    let seasons = cache.kept("tmdb");
    let (key, table, _) =
        seasons.iter().find(|(key, ..)| key.ends_with("/season/1")).expect("the season's table");
    assert!(seasons.iter().all(|(key, _, keep)| !key.contains("/season/") || *keep == 7 * DAY));
    let mut table: serde_json::Value = serde_json::from_str(table).expect("JSON");
    table["episodes"].as_array_mut().expect("episodes").truncate(1);
    cache.put(key, &table.to_string(), DAY).await;
    cache.forget("again:");
    assert_eq!(known(&identifier, path, minutes(47)).await.identity, episodes(1396, 1, &[2]));
}

#[tokio::test]
async fn no_name_is_worth_more_than_a_few_calls() {
    let tmdb = Tmdb::start().await;
    for path in [
        "/v/The 2 One Room 3 and House of Us 5 2012 103.mkv",
        "/v/Ghosts.mkv",
        "/v/The and Return and of & the - It - You: 300 (1999) 05.mkv",
        "/v/[X] The - 1044 [1080p].mkv",
    ] {
        let identifier = identifier(&tmdb, &Shown::default(), &[]);
        let before = tmdb.calls().len();
        let found = identifier.identify(Subject { media: &file(path), duration: minutes(100) }).await;
        assert!(matches!(found, Identification::Held { .. }), "{path}: {found:?}");
        let calls = tmdb.calls().len() - before;
        assert!(calls <= 25, "{path}: {calls} calls");
    }
}

#[tokio::test]
async fn an_explanation_shows_the_candidates_of_what_was_found_before_and_is_not_remembered_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Dune (2021).mkv");
    fs::write(&path, "film").expect("a file");
    let media = file(&path);
    let tmdb = Tmdb::start().await;
    let cache = Shown::default();
    let plain = identifier(&tmdb, &cache, &[]);
    let subject = Subject { media: &media, duration: minutes(155) };
    let first = plain.explain(subject).await;
    assert!(matches!(first.identification, Identification::Known(_)), "{first:?}");
    let kept = || [cache.kept("file"), cache.kept("folder")].concat();
    assert_eq!(kept(), []);
    plain.identify(subject).await;
    assert_eq!(kept().len(), 1);
    let again = plain.explain(subject).await;
    let Identification::Known(found) = &again.identification else { panic!("{again:?}") };
    assert!(found.evidence.iter().any(|evidence| evidence.says.contains("before")), "{found:?}");
    assert_eq!(again.candidates, first.candidates);
}

#[tokio::test]
async fn an_episode_that_could_not_be_asked_for_is_not_taken_to_be_missing() {
    let tmdb = Tmdb::start().await;
    let cache = Shown::default();
    let plain = identifier(&tmdb, &cache, &[]);
    let (first, second) = ("/v/Breaking.Bad.S01E01.mkv", "/v/Breaking.Bad.S01E02.mkv");
    assert_eq!(known(&plain, first, None).await.identity, episodes(1396, 1, &[1]));
    // As it was kept when the season had begun.
    cache.forget("again:");
    let (key, table, keep) =
        cache.kept("tmdb").into_iter().find(|(key, ..)| key.contains("/season/1")).expect("a table");
    let mut table: serde_json::Value = serde_json::from_str(&table).expect("JSON");
    table["episodes"].as_array_mut().expect("episodes").truncate(1);
    cache.put(&key, &table.to_string(), keep).await;
    tmdb.fail("/", Fault::Status(503), usize::MAX);
    let reason = held(&plain, second, None).await;
    assert!(matches!(reason, HeldReason::LookupFailed { .. }), "{reason:?}");
    let by_id = "/v/BB {tmdb-1396}/BB S01E02.mkv";
    let reason = held(&plain, by_id, None).await;
    assert!(matches!(reason, HeldReason::LookupFailed { .. }), "{reason:?}");
    tmdb.recover();
    assert_eq!(known(&plain, second, None).await.identity, episodes(1396, 1, &[2]));
    assert_eq!(known(&plain, by_id, None).await.identity, episodes(1396, 1, &[2]));
}

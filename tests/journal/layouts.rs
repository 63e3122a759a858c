//! Every layout that was ever released opens for ever, and nothing that it kept is lost.

use std::fs;
use std::path::Path;

use discovr_scrobbler::identify::Identification;
use discovr_scrobbler::journal::{
    Content, DeliveryStatus, Journal, JournalError, Next, ProfileId, Settlement, ViewingRow,
};
use discovr_scrobbler::playback::EventKind;
use discovr_scrobbler_support::report;
use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::desk::{DISCOVR, Desk, event, file, is_history, to, viewing, well};

/// A journal of each layout, as its release wrote it: the first is of layout 1.
pub(crate) const FIXTURES: &[&str] = &[
    include_str!("fixtures/layout-1.sql"),
    include_str!("fixtures/layout-2.sql"),
    include_str!("fixtures/layout-3.sql"),
    include_str!("fixtures/layout-4.sql"),
    include_str!("fixtures/layout-5.sql"),
    include_str!("fixtures/layout-6.sql"),
    include_str!("fixtures/layout-7.sql"),
];

/// The layout that this release writes.
pub(crate) fn newest() -> i64 {
    i64::try_from(FIXTURES.len()).unwrap()
}

fn folder_of(sql: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(file(folder.path())).unwrap().execute_batch(sql).unwrap();
    folder
}

fn layout(folder: &Path) -> i64 {
    let database = Connection::open(file(folder)).unwrap();
    database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn schema(folder: &Path) -> Vec<String> {
    let database = Connection::open(file(folder)).unwrap();
    let mut statement = database
        .prepare("SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
        .unwrap();
    let lines: Vec<String> =
        statement.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Far later than everything in the fixtures, so that nothing has to wait.
fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + seconds).unwrap()
}

#[tokio::test]
async fn there_is_a_fixture_of_every_layout() {
    let desk = Desk::new();
    assert_eq!(
        layout(desk.folder.path()),
        newest(),
        "add tests/journal/fixtures/layout-N.sql of the new layout"
    );
    for (fixture, number) in FIXTURES.iter().zip(1_i64..) {
        assert_eq!(layout(folder_of(fixture).path()), number);
    }
}

#[tokio::test]
async fn every_layout_is_brought_to_what_a_new_journal_is() {
    let desk = Desk::new();
    for (fixture, number) in FIXTURES.iter().zip(1..) {
        let folder = folder_of(fixture);
        Journal::open(folder.path()).unwrap().close().await;
        assert_eq!(schema(folder.path()), schema(desk.folder.path()), "layout {number}");
        Journal::examine(folder.path()).unwrap();
    }
}

#[tokio::test]
async fn the_viewings_and_deliveries_of_every_layout_are_all_there() {
    for (fixture, number) in FIXTURES.iter().zip(1..) {
        let folder = folder_of(fixture);
        let count = |sql: &str| -> usize {
            let database = Connection::open(file(folder.path())).unwrap();
            database.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
        };
        let viewings = count("SELECT count(*) FROM viewings");
        let known = count("SELECT count(*) FROM viewings WHERE verdict = 'known'");
        let deliveries = count("SELECT count(*) FROM deliveries WHERE status <> 'dropped'");
        assert!(viewings >= 4 && known >= 3 && deliveries >= 5);
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.set_aside(), None, "layout {number}");
        let rows = journal.viewings(100).await.unwrap();
        assert_eq!(rows.len(), viewings, "layout {number}");
        let identified = |row: &&ViewingRow| matches!(row.identification, Some(Identification::Known(_)));
        assert_eq!(rows.iter().filter(identified).count(), known, "layout {number}");
        let told: usize = rows.iter().map(|row| row.deliveries.len()).sum();
        assert_eq!(told, deliveries, "layout {number}");
        assert_eq!(journal.deliveries(Vec::new()).await.unwrap().len(), deliveries, "layout {number}");
        // Each is found by its name, also those that were there before words were kept.
        assert_eq!(journal.search("heat 1995".into(), 10).await.unwrap().len(), 2, "layout {number}");
        assert_eq!(journal.search("SÉVERANCE".into(), 10).await.unwrap().len(), 1, "layout {number}");
        // A viewing can be continued.
        for row in &rows {
            let again = journal.recall(row.viewing.media_key()).await.unwrap();
            assert!(again.is_some_and(|again| again.id == row.viewing.id), "layout {number}: {}", row.label);
        }
        let state = journal.service_state(DISCOVR).await.unwrap();
        assert_eq!((state.failures, state.last_error.as_deref()), (2, Some("HTTP 503")), "layout {number}");
        if number >= 4 {
            let sign_in = journal.sign_in(DISCOVR).await.unwrap();
            assert_eq!(sign_in.profile, Some(ProfileId("p1".into())));
            assert_eq!(
                (sign_in.profile_name.as_deref(), sign_in.told.as_deref()),
                (Some("Kim"), Some("soon"))
            );
        }
        journal.close().await;
    }
}

#[tokio::test]
async fn what_waited_in_every_layout_is_delivered() {
    for (fixture, number) in FIXTURES.iter().zip(1..) {
        let folder = folder_of(fixture);
        let journal = Journal::open(folder.path()).unwrap();
        let before = journal.deliveries(Vec::new()).await.unwrap();
        let sending = before.iter().filter(|row| row.status == DeliveryStatus::Sending).count();
        assert_eq!(journal.recover().await.unwrap(), sending as u64, "layout {number}");
        // Layout 1 had accounts.
        let active = to(if number == 1 { "me" } else { "" }, "p1");
        let mut calls = 0;
        loop {
            let next = journal
                .next(DISCOVR, active.account.clone(), active.profile.clone(), later(calls))
                .await
                .unwrap();
            let delivery = match next {
                Next::Deliver(delivery) | Next::Verify(delivery) => delivery,
                Next::WaitUntil(_) | Next::Idle => break,
            };
            let done = Settlement::Done { proof: "answered 200".into() };
            journal.settle(delivery.id, done, well(DISCOVR), later(calls)).await.unwrap();
            calls += 1;
            assert!(calls < 100, "layout {number}: there is no end to it");
        }
        let after = journal.deliveries(Vec::new()).await.unwrap();
        assert!(
            after.iter().all(|row| matches!(row.status, DeliveryStatus::Done | DeliveryStatus::Refused)),
            "layout {number}: {after:?}"
        );
        for row in before.iter().filter(|row| row.status == DeliveryStatus::Refused) {
            let kept = after.iter().find(|kept| kept.id == row.id);
            let kept = kept.map(|kept| (kept.status, kept.content, kept.last_error.clone()));
            assert_eq!(kept, Some((row.status, row.content, row.last_error.clone())), "layout {number}");
        }
        for row in before.iter().filter(|row| is_history(&row.content)) {
            let is_retracted = before.iter().any(|other| {
                matches!(other.content, Content::Retraction { .. })
                    && other.viewing == row.viewing
                    && other.label == row.label
            });
            let now = after.iter().find(|now| now.id == row.id);
            match now {
                None => assert!(is_retracted, "layout {number}: {row:?}"),
                Some(now) => {
                    assert_eq!((now.content, now.viewing), (row.content, row.viewing), "layout {number}");
                }
            }
        }
        // New ones come after the old ones, and nothing of it is forgotten.
        journal.record(event(EventKind::Started, &viewing(77, "/new.mkv", 0)), vec![active]).await.unwrap();
        assert_eq!(journal.search("new".into(), 5).await.unwrap().len(), 1);
        journal.close().await;
    }
    report::held(
        "shutdown and updates",
        "journals of all earlier layouts are brought up, and what waited in them is delivered",
        &[("layouts", FIXTURES.len().into())],
    );
}

#[tokio::test]
async fn a_release_that_is_older_than_the_journal_says_so_and_touches_nothing() {
    let newest_fixture = FIXTURES.last().unwrap();
    let folder = folder_of(&format!("{newest_fixture} PRAGMA user_version = {};", newest() + 1));
    let before = fs::read(file(folder.path())).unwrap();
    for error in [
        Journal::open(folder.path()).unwrap_err(),
        Journal::open_existing(folder.path()).unwrap_err(),
        Journal::examine(folder.path()).unwrap_err(),
    ] {
        assert!(
            matches!(error, JournalError::Newer { found, known, .. } if (found, known) == (newest() + 1, newest())),
            "{error:?}"
        );
        assert!(error.to_string().contains("install that release again"), "{error}");
    }
    assert!(fs::read(file(folder.path())).unwrap() == before);
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_str().unwrap().contains("broken")), "{names:?}");
    report::held("shutdown and updates", "an older release is started on the journal of a newer one", &[]);
}

#[tokio::test]
async fn every_older_layout_is_refused_to_a_command_and_left_as_it_is() {
    for (fixture, number) in FIXTURES[..FIXTURES.len() - 1].iter().zip(1_i64..) {
        let folder = folder_of(fixture);
        let before = fs::read(file(folder.path())).unwrap();
        let error = Journal::open_existing(folder.path()).unwrap_err();
        assert!(matches!(error, JournalError::Older { found, .. } if found == number), "{error:?}");
        assert!(fs::read(file(folder.path())).unwrap() == before);
    }
}

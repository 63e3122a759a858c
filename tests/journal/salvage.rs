//! What can be saved of a damaged journal is saved, and nothing of it leads to a second entry. Files that are taken away
//! under a running daemon are written again.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use discovr_scrobbler::clock::{Clock, Hand};
use discovr_scrobbler::journal::{DeliveryId, DeliveryStatus, Journal, JournalError, LiveWord, Next};
use discovr_scrobbler::playback::EventKind;
use discovr_scrobbler_support::report;
use jiff::SignedDuration;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::desk::{
    DISCOVR, Desk, at, completed, done, event, file, id, is_history, known, me, movie, on, viewing, well,
    with,
};
use crate::layouts::FIXTURES;

const VIEWINGS: u64 = 120;
const PAGE: u64 = 4_096;

/// Which of the viewings' entries had been told when the journal was damaged.
type Told = BTreeMap<u64, bool>;

/// A database and its log.
type Files = (Vec<u8>, Vec<u8>);

/// The files of a journal in which the first sixty entries were told and one is under way: with all in the database, or
/// with all in the log.
async fn left(in_the_log: bool) -> (TempDir, Told) {
    static LEFT: OnceCell<([Files; 2], Told)> = OnceCell::const_new();
    let ([closed, killed], told) = LEFT.get_or_init(make).await;
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = if in_the_log { killed } else { closed };
    fs::write(file(folder.path()), database).unwrap();
    if in_the_log {
        fs::write(with(&file(folder.path()), "-wal"), log).unwrap();
    }
    (folder, told.clone())
}

async fn make() -> ([Files; 2], Told) {
    let desk = Desk::new();
    let path = desk.path();
    let other = Connection::open(&path).unwrap();
    // A reader that never ends keeps everything in the log.
    other.execute_batch("BEGIN; SELECT count(*) FROM viewings").unwrap();
    let start = |number: u64| number.cast_signed() * 1_000;
    for number in 1..=VIEWINGS {
        desk.watched(number, movie(number), start(number)).await;
        if number == VIEWINGS / 2 {
            desk.deliver_all(start(number) + 200).await;
        }
    }
    desk.deliver(start(VIEWINGS) + 200).await;
    let told = desk
        .history()
        .await
        .into_iter()
        .map(|row| (u64::try_from(row.id.0).unwrap(), row.status == DeliveryStatus::Done))
        .collect::<Vec<_>>();
    assert_eq!(told.len() as u64, VIEWINGS);
    let told = (1..=VIEWINGS).zip(told.into_iter().map(|(_, told)| told)).collect();
    let killed = (fs::read(&path).unwrap(), fs::read(with(&path, "-wal")).unwrap());
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    desk.journal.close().await;
    ([(fs::read(&path).unwrap(), Vec::new()), killed], told)
}

/// Opens a damaged journal as a daemon does. Returns how many viewings were saved, if it was set aside.
async fn opens(folder: &Path, told: &Told, why: &str) -> Option<usize> {
    let journal = Journal::open(folder).unwrap_or_else(|error| panic!("{why}: {error}"));
    let set_aside = journal.set_aside().is_some();
    journal.recover().await.unwrap();
    let viewings = journal.viewings(1_000).await.unwrap_or_else(|error| panic!("{why}: {error}"));
    for row in &viewings {
        let entries: Vec<_> = row.deliveries.iter().filter(|row| is_history(&row.content)).collect();
        let Some(&told) =
            (1..=VIEWINGS).find(|&number| id(number) == row.viewing.id).and_then(|number| told.get(&number))
        else {
            // A stand-in for a viewing that is lost, of which an entry is not.
            assert!(set_aside && entries.len() == 1, "{why}: {row:?}");
            continue;
        };
        if set_aside {
            // Whom a viewing is to be told may be lost.
            assert!(entries.len() <= 1, "{why}: {entries:?}");
            for entry in entries {
                let sure = told && entry.status == DeliveryStatus::Done;
                assert!(sure || entry.status == DeliveryStatus::Unsure, "{why}: told {told}, {entry:?}");
            }
        }
    }
    if set_aside {
        // Nothing is sent before it was asked about, but for positions.
        let state = well(DISCOVR);
        loop {
            match journal.next(DISCOVR, me().account, me().profile, at(10_000_000)).await.unwrap() {
                Next::Deliver(delivery) => {
                    assert!(!is_history(&delivery.content), "{why}: {delivery:?}");
                    journal.settle(delivery.id, done(), state.clone(), at(10_000_000)).await.unwrap();
                }
                Next::Verify(delivery) => {
                    journal.settle(delivery.id, done(), state.clone(), at(10_000_000)).await.unwrap();
                }
                Next::Idle => break,
                Next::WaitUntil(at) => panic!("{why}: until {at}"),
            }
        }
    }
    // New numbers are new.
    let highest = journal.deliveries(Vec::new()).await.unwrap().iter().map(|row| row.id.0).max().unwrap_or(0);
    journal.record(event(EventKind::Started, &viewing(999, "/new.mkv", 0)), vec![me()]).await.unwrap();
    journal.identify(id(999), known(movie(999)), at(0)).await.unwrap();
    let newest = journal.deliveries(Vec::new()).await.unwrap().iter().map(|row| row.id.0).max().unwrap();
    assert!(newest > highest, "{why}");
    journal.close().await;
    set_aside.then_some(viewings.len())
}

fn garbage(bytes: u64, seed: u64) -> Vec<u8> {
    (0..bytes).map(|index| ((index + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as u8).collect()
}

fn overwrite(path: &Path, page: u64, seed: u64) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(&garbage(PAGE, seed), page * PAGE).unwrap();
}

#[tokio::test]
async fn each_page_that_is_lost_takes_little_with_it_and_leads_to_no_second_entry() {
    let (folder, _) = left(false).await;
    let pages = fs::metadata(file(folder.path())).unwrap().len() / PAGE;
    let mut saved = Vec::new();
    for page in 0..pages {
        let (folder, told) = left(false).await;
        overwrite(&file(folder.path()), page, page);
        if let Some(found) = opens(folder.path(), &told, &format!("page {page} of {pages}")).await {
            saved.push((found, page));
        }
    }
    saved.sort_unstable();
    eprintln!("of {VIEWINGS} viewings with one of {pages} pages lost, saved: {saved:?}");
    assert!(saved.len() as u64 > pages / 2, "most damage is found: {saved:?}");
    let least = saved.first().map_or(0, |(found, _)| *found);
    assert!(least as u64 >= VIEWINGS * 9 / 10, "{saved:?}");
    report::held("disk", "each page of a journal in turn becomes random bytes", &[]);
}

#[tokio::test]
async fn a_cut_journal_gives_back_what_is_before_the_cut() {
    let (folder, _) = left(false).await;
    let length = fs::metadata(file(folder.path())).unwrap().len();
    for (kept, at_least) in
        [(100, 0), (PAGE, 0), (length / 2, 0), (length / 4 * 3, 20), (length - PAGE, 60), (length - 1, 60)]
    {
        let (folder, told) = left(false).await;
        OpenOptions::new().write(true).open(file(folder.path())).unwrap().set_len(kept).unwrap();
        let saved = opens(folder.path(), &told, &format!("{kept} of {length} bytes")).await;
        eprintln!("{kept} of {length} bytes: {saved:?}");
        assert!(saved.is_some_and(|saved| saved >= at_least), "{kept} of {length} bytes: {saved:?}");
    }
    report::held("disk", "a journal is cut short", &[]);
}

#[tokio::test]
async fn a_log_without_its_database_gives_back_what_is_in_it() {
    for length in [0, 100] {
        let (folder, told) = left(true).await;
        OpenOptions::new().write(true).open(file(folder.path())).unwrap().set_len(length).unwrap();
        let saved = opens(folder.path(), &told, "a log alone").await;
        assert_eq!(saved, Some(usize::try_from(VIEWINGS).unwrap()));
    }
}

#[tokio::test]
async fn a_log_whose_database_is_missing_is_set_aside_with_what_is_in_it_saved() {
    let (folder, told) = left(true).await;
    fs::remove_file(file(folder.path())).unwrap();
    let saved = opens(folder.path(), &told, "a log without a file").await;
    assert_eq!(saved, Some(usize::try_from(VIEWINGS).unwrap()));
    report::held("disk", "a log is left without its database", &[]);
}

#[tokio::test]
async fn the_log_of_another_journal_does_no_harm() {
    let (folder, told) = left(false).await;
    let (other, _) = left(true).await;
    let log = fs::read(with(&file(other.path()), "-wal")).unwrap();
    fs::write(with(&file(folder.path()), "-wal"), &log[..log.len() / 2]).unwrap();
    fs::write(with(&file(folder.path()), "-shm"), garbage(32_768, 3)).unwrap();
    opens(folder.path(), &told, "the log of another").await;
}

#[tokio::test]
async fn an_index_file_and_a_rollback_journal_of_something_else_do_no_harm() {
    for in_the_log in [false, true] {
        let (folder, told) = left(in_the_log).await;
        fs::write(with(&file(folder.path()), "-shm"), garbage(32_768, 3)).unwrap();
        fs::write(with(&file(folder.path()), "-journal"), garbage(10_000, 4)).unwrap();
        assert_eq!(opens(folder.path(), &told, "strange files").await, None);
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.viewings(1_000).await.unwrap().len() as u64, VIEWINGS + 1);
        journal.close().await;
    }
}

#[tokio::test]
async fn what_is_saved_of_an_earlier_layout_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path());
    let database = Connection::open(&path).unwrap();
    database.execute_batch(include_str!("fixtures/layout-1.sql")).unwrap();
    let page: u64 = database
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'answers'", (), |row| {
            row.get::<_, u32>(0)
        })
        .unwrap()
        .into();
    drop(database);
    overwrite(&path, page - 1, 1);
    let journal = Journal::open(folder.path()).unwrap();
    assert!(journal.set_aside().is_some());
    let statuses: Vec<_> =
        journal.deliveries(Vec::new()).await.unwrap().into_iter().map(|row| row.status).collect();
    use DeliveryStatus::{Done, Due, Refused, Unsure};
    assert_eq!(statuses, [Done, Unsure, Unsure, Due, Refused]);
    assert_eq!(journal.viewings(10).await.unwrap().len(), 4);
    assert_eq!(journal.service_state(DISCOVR).await.unwrap().failures, 2);
    journal.close().await;
}

/// The newest fixture with the first page of a table overwritten.
fn newest_without(table: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path());
    let database = Connection::open(&path).unwrap();
    database.execute_batch(FIXTURES.last().unwrap()).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: u32 = database.query_row(root, [table], |row| row.get(0)).unwrap();
    drop(database);
    overwrite(&path, u64::from(page) - 1, 1);
    folder
}

#[tokio::test]
async fn what_was_told_live_is_saved_with_how_it_was_told_and_waits_for_nothing_any_more() {
    let folder = newest_without("answers");
    let journal = Journal::open(folder.path()).unwrap();
    assert!(journal.set_aside().is_some());
    let rows = journal.deliveries(Vec::new()).await.unwrap();
    let of = |id| rows.iter().find(|row| row.id == DeliveryId(id)).unwrap();
    let live = |id| of(id).live.map(|live| (live.word, live.progress.get()));
    assert_eq!(live(17), Some((LiveWord::Stopped, 97.4)));
    assert_eq!(live(19), Some((LiveWord::Paused, 6.6)));
    assert_eq!((of(18).status, of(18).awaits_end, of(18).not_before), (DeliveryStatus::Unsure, false, None));
    journal.close().await;
    let told_live: i64 = Connection::open(file(folder.path()))
        .unwrap()
        .query_row(
            "SELECT count(*) FROM viewing_recipients WHERE live = 1 AND service = 'trakt'",
            (),
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(told_live, 3);
}

#[tokio::test]
async fn how_a_service_was_told_is_found_again_where_the_addressees_are_lost() {
    let folder = newest_without("viewing_recipients");
    let journal = Journal::open(folder.path()).unwrap();
    assert!(journal.set_aside().is_some());
    journal.close().await;
    let database = Connection::open(file(folder.path())).unwrap();
    let mut statement =
        database.prepare("SELECT DISTINCT service, live FROM viewing_recipients ORDER BY service").unwrap();
    let found: Vec<(String, bool)> = statement
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(found, [("discovr".to_owned(), false), ("trakt".to_owned(), true)]);
}

#[tokio::test]
async fn a_rescue_that_was_interrupted_is_taken_up_again() {
    let (folder, told) = left(false).await;
    let path = file(folder.path());
    // In the middle of making the new one.
    overwrite(&path, 5, 5);
    for suffix in [".copy", ".copy-wal", ".unfinished", ".new"] {
        fs::write(with(&path, suffix), "half of it").unwrap();
    }
    assert!(opens(folder.path(), &told, "interrupted before the end").await.is_some());
    // After the old one was set aside, and before the new one took its place.
    fs::rename(&path, with(&path, ".new")).unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    assert!(journal.viewings(1_000).await.unwrap().len() > 100);
    journal.close().await;
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| !name.to_string_lossy().starts_with("journal.db.broken-"));
    assert_eq!(names, ["journal.db"]);
}

#[tokio::test]
async fn a_journal_that_was_half_set_aside_is_not_taken_for_one_without_a_log() {
    let (folder, _) = left(true).await;
    let path = file(folder.path());
    let (whole, _) = left(false).await;
    fs::copy(file(whole.path()), with(&path, ".new")).unwrap();
    let aside = with(&path, ".broken-20270101T000000Z");
    fs::rename(with(&path, "-wal"), with(&aside, "-wal")).unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(journal.viewings(1_000).await.unwrap().len(), usize::try_from(VIEWINGS).unwrap());
    journal.close().await;
    assert!(aside.exists(), "the log has its database again");
    assert!(!with(&path, ".new").exists());
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_lost_its_clocks_goes_on_by_the_clock_of_the_run_and_mends_no_other_ones_times() {
    let desk = Desk::new();
    let hand = Hand::at(at(0));
    let clock = Clock::by_hand(&hand);
    desk.journal.keep_time(&Clock::by_hand(&Hand::at(at(-10_000)))).await.unwrap();
    desk.watched(1, movie(1), -9_000).await;
    let desk = desk.crashed();
    desk.journal.keep_time(&clock).await.unwrap();
    desk.watched(2, movie(2), 0).await;
    // So that the next command finds other files, of which the journal's own take the place.
    Connection::open(desk.path()).unwrap().execute("DELETE FROM clocks", ()).unwrap();
    fs::remove_file(desk.path()).unwrap();
    desk.watched(3, movie(3), 500).await;
    hand.step(SignedDuration::from_hours(2));
    desk.journal.keep_time(&clock).await.unwrap();
    let times: BTreeMap<_, _> = desk
        .journal
        .viewings(10)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.viewing.id, row.viewing.started_at))
        .collect();
    let later = SignedDuration::from_hours(2);
    assert_eq!([times[&id(1)], times[&id(2)], times[&id(3)]], [at(-9_000), at(0) + later, at(500) + later]);
    // A later run, in another start of the machine, after they were lost once more.
    Connection::open(desk.path()).unwrap().execute("DELETE FROM clocks", ()).unwrap();
    let desk = desk.crashed();
    let hand = Hand::at(at(20_000));
    let clock = Clock::by_hand(&hand);
    desk.journal.keep_time(&clock).await.unwrap();
    hand.step(SignedDuration::from_hours(5));
    desk.journal.keep_time(&clock).await.unwrap();
    for row in desk.journal.viewings(10).await.unwrap() {
        assert_eq!(row.viewing.started_at, times[&row.viewing.id], "nobody knows anything new of it");
    }
}

/// Watches one thing to its end, whatever happens to the files, as the daemon does: what fails is tried again.
async fn goes_on(desk: &Desk, number: u64, why: &str) {
    for (kind, watched) in {
        let begun = viewing(number, &format!("/on/{number}.mkv"), 500_000);
        let complete = completed(&begun, 500_080);
        [
            (EventKind::Started, begun),
            (EventKind::Completed, complete.clone()),
            (EventKind::Stopped, on(&complete, 100, 500_100)),
        ]
    } {
        let mut tries = 0;
        while let Err(error) = desk.journal.record(event(kind, &watched), vec![me()]).await {
            assert!(matches!(error, JournalError::Broken { .. }), "{why}: {error:?}");
            tries += 1;
            assert!(tries < 5, "{why}: {error}");
        }
    }
    let mut tries = 0;
    while let Err(error) = desk.journal.identify(id(number), known(movie(number)), at(500_100)).await {
        assert!(matches!(error, JournalError::Broken { .. }), "{why}: {error:?}");
        tries += 1;
        assert!(tries < 5, "{why}: {error}");
    }
}

#[tokio::test]
async fn files_that_are_taken_away_under_the_daemon_are_written_again_whole() {
    for (gone, replaced) in [
        (vec!["", "-wal", "-shm"], false),
        (vec![""], false),
        (vec!["-wal"], false),
        (vec!["-shm"], false),
        (vec!["", "-wal", "-shm"], true),
        (vec![""], true),
    ] {
        let why = format!("{gone:?}, replaced: {replaced}");
        let desk = Desk::new();
        for number in 1..=5 {
            desk.watched(number, movie(number), number.cast_signed() * 1_000).await;
        }
        let under_way = desk.deliver(6_000).await;
        let before = desk.all().await;
        for part in &gone {
            fs::remove_file(with(&desk.path(), part)).unwrap();
        }
        if replaced {
            fs::write(desk.path(), "something else").unwrap();
        }
        assert_eq!(desk.all().await, before, "{why}");
        goes_on(&desk, 6, &why).await;
        desk.settle(&under_way, done(), 500_200).await;
        // Whoever opens it now sees it.
        let other = Journal::open_existing(desk.folder.path()).unwrap();
        assert_eq!(other.viewings(10).await.unwrap().len(), 6, "{why}");
        let told = other.deliveries(vec![DeliveryStatus::Done]).await.unwrap();
        assert_eq!(told.len(), usize::from(is_history(&under_way.content)), "{why}");
        other.close().await;
        let aside: Vec<_> = fs::read_dir(desk.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.to_string_lossy();
                name.contains("journal.db.replaced-") && !name.ends_with("-wal") && !name.ends_with("-shm")
            })
            .collect();
        if replaced {
            assert_eq!(fs::read(&aside[0]).unwrap(), b"something else", "{why}");
        }
        let desk = desk.reopened().await;
        assert_eq!(desk.journal.viewings(10).await.unwrap().len(), 6, "{why}");
    }
}

#[tokio::test]
async fn a_folder_that_is_deleted_under_the_daemon_is_made_again() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    fs::remove_dir_all(desk.folder.path()).unwrap();
    goes_on(&desk, 2, "no folder").await;
    let other = Journal::open_existing(desk.folder.path()).unwrap();
    assert_eq!(other.viewings(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn damage_that_the_daemon_meets_is_dealt_with_at_once() {
    let (folder, _) = left(false).await;
    let pages = fs::metadata(file(folder.path())).unwrap().len() / PAGE;
    let mut set_aside = 0;
    for page in 0..pages {
        let why = format!("page {page} of {pages}");
        let (folder, told) = left(false).await;
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.set_aside(), None);
        // So that nothing of it is in memory.
        let other = Connection::open(file(folder.path())).unwrap();
        other.execute_batch("INSERT INTO answers VALUES ('a', 'b', 0)").unwrap();
        drop(other);
        overwrite(&file(folder.path()), page, page);
        let desk = Desk { folder, journal };
        goes_on(&desk, 500, &why).await;
        for _ in 0..4 {
            if desk.journal.viewings(1_000).await.is_ok() {
                break;
            }
        }
        for row in desk.journal.viewings(1_000).await.unwrap() {
            let number = (1..=VIEWINGS).find(|&number| id(number) == row.viewing.id);
            if number.is_some_and(|number| told[&number]) {
                for entry in row.deliveries.iter().filter(|row| is_history(&row.content)) {
                    let never_sent_again =
                        matches!(entry.status, DeliveryStatus::Done | DeliveryStatus::Unsure);
                    assert!(never_sent_again, "{why}: {entry:?}");
                }
            }
        }
        desk.journal.close().await;
        let names = fs::read_dir(desk.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        set_aside += names.filter(|name| name.to_string_lossy().contains("broken-")).count().min(1);
    }
    eprintln!("{set_aside} of {pages} damaged pages were met and set aside");
    assert!(set_aside > 0);
}

#[tokio::test]
async fn the_log_stays_short_however_much_is_written() {
    let desk = Desk::new();
    let mut longest = 0;
    for number in 1..=1_500 {
        let watched = on(&viewing(number % 400, &format!("/{number}.mkv"), 0), 50, 100);
        desk.record(EventKind::Paused, &watched).await;
        longest = longest.max(fs::metadata(with(&desk.path(), "-wal")).unwrap().len());
    }
    assert!(longest > 500_000, "{longest}: enough was written");
    assert!(longest < 2 * 1_048_576, "{longest}");
}

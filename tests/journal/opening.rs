//! The file: made private, durable, shared, migrated, refused when it is not ours, set aside whole when it is damaged.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

use discovr_scrobbler::journal::{DeliveryStatus, Journal, JournalError};
use discovr_scrobbler::playback::EventKind;
use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::desk::{
    Desk, at, completed, event, file, id, known, matched, me, movie, movie_work, on, told, viewing, with,
};
use crate::layouts::{FIXTURES, newest};

const LAYOUT_1: &str = FIXTURES[0];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A folder with a journal made of SQL.
fn folder_of(sql: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(file(folder.path())).unwrap().execute_batch(sql).unwrap();
    folder
}

/// A journal of a hundred viewings in a folder of its own: as a daemon that was killed leaves it, with its log, or as one
/// that ended in order.
async fn killed(log: bool) -> TempDir {
    static LEFT: OnceCell<[(Vec<u8>, Vec<u8>); 2]> = OnceCell::const_new();
    let [with_log, without_log] = LEFT.get_or_init(left_behind).await;
    let (database, wal) = if log { with_log } else { without_log };
    let folder = tempfile::tempdir().unwrap();
    fs::write(file(folder.path()), database).unwrap();
    if log {
        fs::write(with(&file(folder.path()), "-wal"), wal).unwrap();
    }
    folder
}

async fn left_behind() -> [(Vec<u8>, Vec<u8>); 2] {
    let desk = Desk::new();
    for number in 1..=100 {
        desk.watched(number, movie(number), number.cast_signed() * 1_000).await;
    }
    let path = desk.path();
    // So that the log has the first page too.
    let other = Connection::open(&path).unwrap();
    let layout: i64 = other.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    other.execute_batch(&format!("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = {layout};")).unwrap();
    drop(other);
    let killed = (fs::read(&path).unwrap(), fs::read(with(&path, "-wal")).unwrap());
    assert!(!killed.1.is_empty(), "the newest is in the log alone");
    desk.journal.close().await;
    assert!(!with(&path, "-wal").exists(), "an orderly end leaves no log");
    [killed, (fs::read(&path).unwrap(), Vec::new())]
}

/// Opens a damaged journal, and checks that it was set aside byte by byte and that the new one works.
async fn is_set_aside(folder: &Path, why: &str) -> PathBuf {
    let path = file(folder);
    let read = |path: &Path| ["", "-wal"].map(|part| fs::read(with(path, part)).unwrap_or_default());
    let before = read(&path);
    let journal = Journal::open(folder).unwrap_or_else(|error| panic!("{why}: {error}"));
    let aside = journal.set_aside().unwrap_or_else(|| panic!("{why}: not set aside")).to_owned();
    assert!(aside.starts_with(folder), "{why}");
    assert!(aside.file_name().unwrap().to_str().unwrap().starts_with("journal.db.broken-"), "{why}");
    assert!(read(&aside) == before, "{why}: what was set aside was changed");
    let saved = journal.viewings(1_000).await.unwrap().len();
    journal.record(event(EventKind::Started, &viewing(999, "/new.mkv", 0)), vec![me()]).await.unwrap();
    assert_eq!(journal.viewings(1_000).await.unwrap().len(), saved + 1, "{why}");
    journal.close().await;
    let again = Journal::open(folder).unwrap();
    assert_eq!(again.set_aside(), None, "{why}");
    assert_eq!(again.viewings(1_000).await.unwrap().len(), saved + 1, "{why}");
    again.close().await;
    let left = names(folder);
    assert!(
        left.iter().all(|name| !name.contains(".copy") && !name.contains(".unfinished")),
        "{why}: {left:?}"
    );
    assert!(!left.contains(&"journal.db.new".to_owned()), "{why}");
    aside
}

#[tokio::test]
async fn folder_and_files_are_their_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/state");
    let journal = Journal::open(&folder).unwrap();
    journal.record(event(EventKind::Started, &viewing(1, "/a.mkv", 0)), vec![me()]).await.unwrap();
    assert_eq!(mode(&folder), 0o700);
    for part in ["", "-wal", "-shm"] {
        assert_eq!(mode(&with(&file(&folder), part)), 0o600, "{part}");
    }
}

#[tokio::test]
async fn permissions_that_are_too_wide_are_narrowed() {
    let folder = killed(true).await;
    for part in ["", "-wal"] {
        fs::set_permissions(with(&file(folder.path()), part), Permissions::from_mode(0o644)).unwrap();
    }
    let journal = Journal::open(folder.path()).unwrap();
    journal.record(event(EventKind::Started, &viewing(999, "/a.mkv", 0)), vec![me()]).await.unwrap();
    for part in ["", "-wal", "-shm"] {
        assert_eq!(mode(&with(&file(folder.path()), part)), 0o600, "{part}");
    }
}

#[tokio::test]
async fn what_was_recorded_is_there_after_an_orderly_end_and_after_a_crash() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    desk.record(EventKind::Progressed, &on(&viewing(2, "/b.mkv", 500), 10, 510)).await;
    let crashed = desk.crashed();
    let rows = desk.journal.viewings(10).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(crashed.journal.viewings(10).await.unwrap(), rows);
    let reopened = desk.reopened().await;
    assert_eq!(reopened.journal.viewings(10).await.unwrap(), rows);
}

#[tokio::test]
async fn what_was_asked_is_on_disk_even_if_nobody_waited_for_it() {
    let desk = Desk::new();
    for number in 1..=20 {
        let begun = viewing(number, &format!("/{number}.mkv"), 0);
        let asked = desk.journal.record(event(EventKind::Started, &begun), vec![me()]);
        tokio::select! {
            biased;
            _ = asked => {}
            () = std::future::ready(()) => {}
        }
    }
    let desk = desk.reopened().await;
    assert_eq!(desk.journal.viewings(100).await.unwrap().len(), 20);
}

#[tokio::test]
async fn daemon_and_command_share_one_journal() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let command = Journal::open_existing(desk.folder.path()).unwrap();
    assert_eq!(command.viewings(10).await.unwrap(), desk.journal.viewings(10).await.unwrap());
    assert_eq!(command.identify(id(1), matched(movie(2)), at(300)).await.unwrap().queued, 2);
    assert_eq!(told(&desk.deliver(400).await.content).0, movie_work(2));
    assert_eq!(command.deliveries(vec![DeliveryStatus::Sending]).await.unwrap().len(), 1);
    command.close().await;
    // A command that ends takes nothing from the daemon.
    assert_eq!(desk.all().await.len(), 2);
    desk.record(EventKind::Started, &viewing(2, "/b.mkv", 500)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn both_may_write_at_once_and_nothing_is_lost() {
    let desk = Desk::new();
    let command = Journal::open_existing(desk.folder.path()).unwrap();
    let writer = |journal: Journal, first: u64| {
        tokio::spawn(async move {
            for number in first..first + 40 {
                let complete = completed(&viewing(number, &format!("/{number}.mkv"), 0), 80);
                journal.record(event(EventKind::Completed, &complete), vec![me()]).await.unwrap();
                journal.identify(id(number), known(movie(number % 3)), at(90)).await.unwrap();
                journal.viewings(5).await.unwrap();
            }
        })
    };
    let both = [writer(desk.journal.clone(), 100), writer(command.clone(), 200)];
    for task in both {
        task.await.unwrap();
    }
    assert_eq!(desk.journal.viewings(1_000).await.unwrap().len(), 80);
    assert_eq!(desk.history().await.len(), 80);
    assert_eq!(desk.positions().await.len(), 3);
}

#[tokio::test]
async fn a_command_finds_no_journal_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("nowhere")] {
        let error = Journal::open_existing(&path).unwrap_err();
        assert!(matches!(error, JournalError::Missing { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            format!(
                "no journal yet at {}: has the daemon run? Start it with `discovr-scrobbler run`",
                file(&path).display()
            )
        );
    }
    // A daemon that was killed at its very first start leaves an empty file.
    fs::write(file(folder.path()), "").unwrap();
    let error = Journal::open_existing(folder.path()).unwrap_err();
    assert!(matches!(error, JournalError::Missing { .. }), "{error:?}");
    assert_eq!(names(folder.path()), ["journal.db"]);
    assert_eq!(fs::read(file(folder.path())).unwrap(), b"");
}

#[tokio::test]
async fn an_empty_file_becomes_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(file(folder.path()), "").unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(journal.set_aside(), None);
    journal.record(event(EventKind::Started, &viewing(1, "/a.mkv", 0)), vec![me()]).await.unwrap();
    let made = Connection::open(file(folder.path())).unwrap();
    let number = |name: &str| made.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((number("user_version"), number("application_id")), (newest(), 0x4453_434a));
    let mode: String = made.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_journal_of_layout_1_opens_for_ever() {
    let folder = folder_of(LAYOUT_1);
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(journal.set_aside(), None);
    let viewings = journal.viewings(10).await.unwrap();
    assert_eq!(viewings.iter().map(|row| row.number).collect::<Vec<_>>(), [4, 3, 2, 1]);
    let labels: Vec<_> = journal
        .deliveries(Vec::new())
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.label, row.status))
        .collect();
    assert_eq!(
        labels,
        [
            ("Heat (1995)".to_owned(), DeliveryStatus::Done),
            ("Severance S01E02".to_owned(), DeliveryStatus::Unsure),
            ("Severance S01E03".to_owned(), DeliveryStatus::Sending),
            ("Severance S01E03".to_owned(), DeliveryStatus::Due),
            ("Heat (1995)".to_owned(), DeliveryStatus::Refused),
        ]
    );
    // What was completed was completed in all its parts, and what was held is looked at again.
    let instants: Vec<_> = viewings.iter().map(|row| row.viewing.parts.instants()).collect();
    let millis = |at| Some(Timestamp::from_millisecond(at).unwrap());
    assert_eq!(instants[2], [millis(1_799_025_000_123); 2]);
    let of_one = |at| vec![millis(at)];
    assert_eq!(instants[3], of_one(1_799_008_160_123));
    assert_eq!(instants[1], of_one(1_799_038_160_123));
    assert_eq!(instants[0], of_one(1_799_054_900_123));
    assert_eq!(viewings[0].identification, None);
    let heat = journal.recall(viewings[3].viewing.media_key()).await.unwrap().unwrap();
    assert_eq!((heat.player.as_str(), heat.duration.as_secs()), ("mpv", 10_200));
    assert_eq!(heat.ranges.total().as_secs(), 9_000);
    assert!(journal.known_identity(heat.media_key()).await.unwrap().is_some());
    assert_eq!(journal.unidentified().await.unwrap().len(), 1);
    let discovr = crate::desk::DISCOVR;
    assert_eq!(journal.service_state(discovr).await.unwrap().failures, 2);
    assert_eq!(journal.cached("movie/heat/1995".into(), at(0)).await.unwrap().as_deref(), Some("949"));
    assert_eq!(journal.recover().await.unwrap(), 1);
    // Its viewings can go on, and its settled entries stay what they are.
    assert_eq!(journal.identify(viewings[0].viewing.id, matched(movie(7)), at(0)).await.unwrap().queued, 2);
    journal.close().await;
    Journal::open_existing(folder.path()).unwrap().close().await;
}

#[tokio::test]
async fn whatever_a_journal_of_layout_1_says_of_episodes_it_can_be_brought_up() {
    for identification in
        ["no JSON", "{}", r#"{"identity": {"episodes": []}}"#, r#"{"identity": {"episodes": 3}}"#]
    {
        let damage = format!("UPDATE viewings SET identification = '{identification}'");
        let folder = folder_of(&format!("{LAYOUT_1}; {damage};"));
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.set_aside(), None);
        journal.close().await;
        let database = Connection::open(file(folder.path())).unwrap();
        let parts: i64 = database.query_row("SELECT sum(parts) FROM viewings", (), |row| row.get(0)).unwrap();
        assert_eq!(parts, 4, "{identification}");
    }
    let many = format!("[{}]", ["1"; 300].join(","));
    let damage = format!(
        "UPDATE viewings SET identification = json_set(identification, '$.identity.episodes', json('{many}')) WHERE number = 2"
    );
    let folder = folder_of(&format!("{LAYOUT_1}; {damage};"));
    let journal = Journal::open(folder.path()).unwrap();
    let row = journal.find_viewings("2".into()).await.unwrap().remove(0);
    assert_eq!(row.viewing.parts.instants().len(), 100);
    assert!(row.viewing.completed_at().is_some());
    journal.close().await;
}

#[tokio::test]
async fn deliveries_keep_their_numbers_and_none_is_given_twice() {
    for emptied in ["", "DELETE FROM deliveries;"] {
        let folder = folder_of(&format!(
            "{LAYOUT_1}; {emptied} UPDATE sqlite_sequence SET seq = 77 WHERE name = 'deliveries';"
        ));
        let journal = Journal::open(folder.path()).unwrap();
        let before = journal.deliveries(Vec::new()).await.unwrap().len();
        journal.record(event(EventKind::Started, &viewing(1, "/a.mkv", 0)), vec![me()]).await.unwrap();
        journal.identify(id(1), known(movie(9)), at(0)).await.unwrap();
        let numbers: Vec<_> =
            journal.deliveries(Vec::new()).await.unwrap().into_iter().map(|row| row.id.0).collect();
        assert_eq!((numbers.len(), numbers.last()), (before + 1, Some(&78)), "{numbers:?}");
        journal.close().await;
    }
}

#[tokio::test]
async fn a_journal_of_a_newer_release_is_left_alone() {
    let folder = folder_of(&format!("{LAYOUT_1}; PRAGMA user_version = 77;"));
    let path = file(folder.path());
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let before = fs::read(&path).unwrap();
    for error in
        [Journal::open(folder.path()).unwrap_err(), Journal::open_existing(folder.path()).unwrap_err()]
    {
        assert!(
            matches!(error, JournalError::Newer { found: 77, known, .. } if known == newest()),
            "{error:?}"
        );
        assert_eq!(
            error.to_string(),
            format!(
                "{} was written by a newer release (layout 77, this release knows {}): \
                 install that release again, or name another folder with --state-dir",
                path.display(),
                newest()
            )
        );
    }
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(mode(&path), 0o640);
    assert!(names(folder.path()).iter().all(|name| !name.contains("broken")));
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    for sql in [
        "CREATE TABLE notes (text TEXT)",
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 77",
        "CREATE TABLE notes (text TEXT); PRAGMA application_id = 77; PRAGMA user_version = 1;",
        "PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT);",
    ] {
        let folder = folder_of(sql);
        let path = file(folder.path());
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let before = fs::read(&path).unwrap();
        for error in
            [Journal::open(folder.path()).unwrap_err(), Journal::open_existing(folder.path()).unwrap_err()]
        {
            assert!(matches!(error, JournalError::Foreign { .. }), "{sql}: {error:?}");
            assert_eq!(
                error.to_string(),
                format!(
                    "{} is a database, but not a journal: move it away, or name another folder with --state-dir",
                    path.display()
                )
            );
        }
        assert!(fs::read(&path).unwrap() == before, "{sql}");
        assert_eq!(mode(&path), 0o644, "{sql}");
    }
}

#[tokio::test]
async fn an_earlier_layout_is_named_with_what_to_do() {
    // Layout 1 is the first: no file of an earlier one exists yet.
    let error = JournalError::Older { path: "/state/journal.db".into(), found: 1, known: 2 };
    assert_eq!(
        error.to_string(),
        "/state/journal.db is of an earlier release (layout 1, this release uses 2): \
         start the daemon of this release once, it brings the journal up to date"
    );
}

#[tokio::test]
async fn a_damaged_journal_is_set_aside_whole_with_its_log() {
    for (log, page, bytes) in [
        (false, 0, 4_096_u64),
        (true, 0, 4_096),
        (false, 0, 16),
        (true, 0, 16),
        (false, 2, 4_096),
        (true, 2, 4_096),
        (false, 9, 300),
    ] {
        let folder = killed(log).await;
        let damaged = OpenOptions::new().write(true).open(file(folder.path())).unwrap();
        let garbage: Vec<u8> =
            (0..bytes).map(|index| (index.wrapping_mul(2_654_435_761) >> 7) as u8 | 1).collect();
        damaged.write_all_at(&garbage, page * 4_096).unwrap();
        if log {
            // Pages that are in the log are not read from the file: the log is cut to nothing that counts.
            let path = with(&file(folder.path()), "-wal");
            OpenOptions::new().write(true).open(path).unwrap().set_len(40).unwrap();
        }
        is_set_aside(folder.path(), &format!("{bytes} bytes of page {page}, log {log}")).await;
    }
}

#[tokio::test]
async fn random_bytes_of_any_length_are_set_aside() {
    for length in [1, 15, 100, 511, 512, 1_024, 4_096, 100_000] {
        for fill in [0_u8, 0xff, b'S'] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(file(folder.path()), vec![fill; length]).unwrap();
            is_set_aside(folder.path(), &format!("{length} bytes of {fill}")).await;
        }
    }
}

#[tokio::test]
async fn a_cut_journal_is_set_aside() {
    let folder = killed(false).await;
    let whole = fs::read(file(folder.path())).unwrap();
    for length in [1, 99, 100, 512, 4_095, 4_096, 8_192, whole.len() / 2, whole.len() - 1] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(file(folder.path()), &whole[..length]).unwrap();
        is_set_aside(folder.path(), &format!("{length} of {} bytes", whole.len())).await;
    }
}

#[tokio::test]
async fn a_log_whose_database_is_gone_or_empty_is_set_aside_too() {
    for empty in [false, true] {
        let folder = killed(true).await;
        let path = file(folder.path());
        if empty {
            OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        let log = fs::read(with(&path, "-wal")).unwrap();
        let error = Journal::open_existing(folder.path()).unwrap_err();
        assert!(matches!(error, JournalError::Broken { .. } | JournalError::Missing { .. }), "{error:?}");
        assert!(fs::read(with(&path, "-wal")).unwrap() == log);
        is_set_aside(folder.path(), &format!("a log alone, empty {empty}")).await;
    }
}

#[tokio::test]
async fn a_layout_that_does_not_fit_its_tables_is_set_aside() {
    for sql in [
        "PRAGMA application_id = 0x4453434a",
        "PRAGMA application_id = 0x4453434a; PRAGMA user_version = 1",
        "PRAGMA application_id = 0x4453434a; PRAGMA user_version = -3; CREATE TABLE viewings (id TEXT)",
        "PRAGMA application_id = 0x4453434a; CREATE TABLE viewings (id TEXT)",
    ] {
        let folder = folder_of(sql);
        let error = Journal::open_existing(folder.path()).unwrap_err();
        assert!(matches!(error, JournalError::Broken { .. }), "{sql}: {error:?}");
        is_set_aside(folder.path(), sql).await;
    }
}

#[tokio::test]
async fn each_damaged_journal_gets_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut asides = Vec::new();
    for content in ["one", "two", "three"] {
        fs::write(file(folder.path()), content).unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        asides.push((journal.set_aside().unwrap().to_owned(), content));
        journal.close().await;
    }
    for (aside, content) in asides {
        assert_eq!(fs::read_to_string(&aside).unwrap(), content, "{}", aside.display());
    }
}

#[tokio::test]
async fn what_was_set_aside_is_private_and_can_still_be_read() {
    let folder = killed(true).await;
    let path = file(folder.path());
    for part in ["", "-wal"] {
        fs::set_permissions(with(&path, part), Permissions::from_mode(0o644)).unwrap();
    }
    // Everything is in the file and the log together.
    let whole = fs::read(&path).unwrap();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
    let aside = is_set_aside(folder.path(), "an empty file with a log").await;
    for part in ["", "-wal"] {
        assert_eq!(mode(&with(&aside, part)), 0o600, "{part}");
    }
    // Mended, it gives back everything, also what was in its log alone.
    OpenOptions::new().write(true).open(&aside).unwrap().write_all_at(&whole, 0).unwrap();
    let mended = Connection::open(&aside).unwrap();
    let count: i64 = mended.query_row("SELECT count(*) FROM viewings", (), |row| row.get(0)).unwrap();
    assert_eq!(count, 100);
}

#[tokio::test]
async fn damage_that_the_log_makes_good_costs_nothing() {
    let folder = killed(true).await;
    OpenOptions::new().write(true).open(file(folder.path())).unwrap().write_all_at(&[0xa5; 200], 0).unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(journal.set_aside(), None);
    assert_eq!(journal.viewings(1_000).await.unwrap().len(), 100);
    journal.close().await;
    let journal = Journal::open_existing(folder.path()).unwrap();
    assert_eq!(journal.viewings(1_000).await.unwrap().len(), 100);
}

#[tokio::test]
async fn a_command_leaves_a_damaged_journal_as_it_is() {
    for page in [0, 2] {
        let folder = killed(true).await;
        let path = file(folder.path());
        OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .write_all_at(&[0xa5; 4_096], page * 4_096)
            .unwrap();
        let log = with(&path, "-wal");
        let before = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
        match Journal::open_existing(folder.path()) {
            Ok(journal) => journal.close().await,
            Err(error) => {
                assert!(matches!(error, JournalError::Broken { .. }), "{error:?}");
                let text = error.to_string();
                assert!(text.starts_with(&format!("{} is damaged (", path.display())), "{text}");
                assert!(
                    text.ends_with(
                        "start the daemon again, which sets it aside whole and begins a new journal"
                    ) && !text.contains('\n'),
                    "{text}"
                );
                assert!(before == (fs::read(&path).unwrap(), fs::read(&log).unwrap()), "page {page}");
            }
        }
    }
}

#[tokio::test]
async fn damage_met_while_running_is_an_error_and_not_an_end() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let other = Connection::open(desk.path()).unwrap();
    other.execute_batch("DROP TABLE answers").unwrap();
    let error = desk.journal.cached("a".into(), at(0)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot look up an earlier answer in {}: nothing of it was kept", desk.path().display())
    );
    assert_eq!(desk.journal.viewings(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_and_a_file_that_is_none_say_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let error = Journal::open(&folder.path().join("file/state")).unwrap_err();
    assert!(matches!(error, JournalError::Folder { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "cannot make the state folder {}: make it writable for this user, or name another with --state-dir",
            folder.path().join("file/state").display()
        )
    );
    fs::create_dir(file(folder.path())).unwrap();
    fs::set_permissions(file(folder.path()), Permissions::from_mode(0o755)).unwrap();
    Journal::open(folder.path()).unwrap_err();
    Journal::open_existing(folder.path()).unwrap_err();
    assert_eq!(mode(&file(folder.path())), 0o755);
}

/// Root may write everything: `tests/run` runs this as an ordinary user.
#[tokio::test]
async fn what_cannot_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut states = Vec::new();
    for (name, file_mode, folder_mode) in
        [("read-only", 0o400, 0o700), ("locked", 0o600, 0o500), ("broken", 0o600, 0o500)]
    {
        let state = folder.path().join(name);
        Journal::open(&state).unwrap().close().await;
        if name == "broken" {
            fs::write(file(&state), "no database").unwrap();
        }
        fs::set_permissions(file(&state), Permissions::from_mode(file_mode)).unwrap();
        fs::set_permissions(&state, Permissions::from_mode(folder_mode)).unwrap();
        states.push(state);
    }
    let [read_only, locked, broken] = states.as_slice() else { panic!("three folders") };
    for error in [Journal::open(read_only).unwrap_err(), Journal::open_existing(read_only).unwrap_err()] {
        assert!(matches!(error, JournalError::ReadOnly { .. }), "{error:?}");
        let said = "cannot be written: make the file and its folder writable for this user";
        assert_eq!(error.to_string(), format!("{} {said}", file(read_only).display()));
    }
    for error in [Journal::open(locked).unwrap_err(), Journal::open_existing(locked).unwrap_err()] {
        assert!(
            error.to_string().ends_with("make the file and its folder writable for this user"),
            "{error:?}"
        );
    }
    let error = Journal::open(broken).unwrap_err();
    assert!(matches!(error, JournalError::SetAside { .. }), "{error:?}");
    assert!(error.to_string().ends_with("make the folder writable, or move the file away"), "{error}");
    assert_eq!(fs::read(file(broken)).unwrap(), b"no database");
    for state in [locked, broken] {
        fs::set_permissions(state, Permissions::from_mode(0o700)).unwrap();
    }
}

/// What may become of a damaged journal: it opens, it is set aside unchanged, or it is taken for another's and left alone.
/// Nothing is ever kept wrongly without a word.
async fn comes_to_no_harm(folder: &Path, why: &str) {
    let read = |path: &Path| ["", "-wal"].map(|part| fs::read(with(path, part)).unwrap_or_default());
    let before = read(&file(folder));
    match Journal::open(folder) {
        Ok(journal) => {
            if let Some(aside) = journal.set_aside() {
                assert!(read(aside) == before, "{why}: what was set aside was changed");
            }
            let begun = event(EventKind::Started, &viewing(999, "/new.mkv", 0));
            let recorded = journal.record(begun, vec![me()]).await;
            // What a quick check does not see is seen, and named, when it is met.
            assert!(matches!(recorded, Ok(()) | Err(JournalError::Broken { .. })), "{why}: {recorded:?}");
            journal.close().await;
        }
        Err(JournalError::Foreign { .. } | JournalError::Newer { .. }) => {
            assert!(read(&file(folder)) == before, "{why}: it is another's and was changed");
        }
        Err(error) => panic!("{why}: {error:?}"),
    }
}

#[tokio::test]
async fn no_byte_of_the_header_keeps_the_daemon_from_starting() {
    let folder = killed(false).await;
    let whole = fs::read(file(folder.path())).unwrap();
    for place in 0..110 {
        for value in [0, 1, 2, 5, 0xff] {
            let mut damaged = whole.clone();
            damaged[place] = value;
            let folder = tempfile::tempdir().unwrap();
            fs::write(file(folder.path()), damaged).unwrap();
            comes_to_no_harm(folder.path(), &format!("byte {place} is {value}")).await;
        }
    }
}

#[tokio::test]
async fn an_index_of_words_of_no_known_format_is_damage() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let folder = desk.folder;
    desk.journal.close().await;
    let database = Connection::open(file(folder.path())).unwrap();
    database.execute("UPDATE viewing_words_config SET v = 0 WHERE k = 'version'", ()).unwrap();
    drop(database);
    let journal = Journal::open(folder.path()).unwrap();
    assert!(journal.set_aside().is_some());
    assert_eq!(journal.viewings(10).await.unwrap().len(), 1);
    assert_eq!(journal.search("mkv".into(), 10).await.unwrap().len(), 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 400, failure_persistence: None, ..proptest::prelude::ProptestConfig::default()
    })]

    #[test]
    fn no_damage_does_harm(
        log: bool,
        bytes in proptest::collection::vec((0.0..1.0_f64, proptest::num::u8::ANY), 1..200),
        in_the_log: bool,
    ) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let folder = killed(log).await;
            let path = with(&file(folder.path()), if log && in_the_log { "-wal" } else { "" });
            let mut damaged = fs::read(&path).unwrap();
            for (place, value) in bytes {
                let place = (place * damaged.len() as f64) as usize;
                damaged[place] = value;
            }
            fs::write(&path, damaged).unwrap();
            comes_to_no_harm(folder.path(), "random bytes").await;
        });
    }
}

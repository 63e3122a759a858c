//! The disk fails: it is full, read-only or gone, or gives back something else than was written. Errors are clear, nothing is
//! overwritten, what can be saved is saved, and what is watched in the meantime is kept in memory and written later.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Discovr, Fault, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::disk::SmallDisk;
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::report::held;
use discovr_scrobbler_support::sign_in::CLIENT_ID;
use discovr_scrobbler_support::wait::{patiently, until};
use rusqlite::Connection;
use serde_json::json;

use crate::scene::*;

const HISTORY: &str = "POST /profile/history";
const BINARY: &str = env!("CARGO_BIN_EXE_discovr-scrobbler");
const IN_MEMORY: &str = "the journal cannot be used: what is watched is kept in memory until it can";

/// A home with an account, whose state folder is on a disk of 2 MiB.
fn on_a_small_disk(discovr: &Discovr) -> (SmallDisk, Home) {
    on_a_disk(discovr, 2048)
}

fn on_a_disk(discovr: &Discovr, kib: u32) -> (SmallDisk, Home) {
    let (disk, home) = SmallDisk::of_home(BINARY, kib);
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), OFTEN));
    (disk, home)
}

fn count(home: &Home, words: &str) -> usize {
    home.log().lines().filter(|line| !line.contains(" DEBUG ") && line.contains(words)).count()
}

fn journal(home: &Home) -> PathBuf {
    home.state_dir().join("journal.db")
}

/// Journals that were set aside, without their logs.
fn set_aside(home: &Home) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.state_dir()).expect("a folder of our own");
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.to_string_lossy();
            name.contains("journal.db.broken-") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_in_the_middle_of_play_costs_nothing_once_there_is_space() {
    let discovr = Discovr::start().await;
    let (mut disk, home) = on_a_small_disk(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    wait_until_watching(&home);
    disk.fill();
    let completed = wait_for_four_fifths(&remote);
    patiently("the complaint", LIMIT, || (count(&home, IN_MEMORY) > 0).then_some(())).await;
    let status = home.run(&["status"]);
    assert_eq!(status.code, Some(1), "{status:?}");
    assert!(status.stdout.contains("what is watched is kept in memory"), "{status:?}");
    assert!(status.stdout.contains("watching"), "{status:?}");
    let doctor = home.run(&["doctor"]);
    assert!(doctor.stdout.contains("is full (0 MiB left)"), "{doctor:?}");
    player.quit();
    // Longer than until the next try, which fails without another word.
    tokio::time::sleep(Duration::from_secs(20)).await;
    disk.free();
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(count(&home, IN_MEMORY), 1);
    assert_eq!(count(&home, "holds what was kept in memory"), 1);
    assert_eq!(viewings(&home).len(), 1);
    held("disk", "the disk is full in the middle of play", &[("disk_kib", json!(600))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_a_full_disk_does_not_take_leads_to_no_second_call() {
    for killed in [false, true] {
        let discovr = Discovr::start().await;
        let (mut disk, home) = on_a_small_disk(&discovr);
        let mut daemon = home.start_daemon();
        let file = episode(&home);
        discovr.fail(HISTORY, Fault::StallAfter(Duration::from_secs(4)), 1);
        let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
        let completed = wait_for_four_fifths(&remote);
        discovr.wait_for("the call", LIMIT, |discovr| !discovr.calls_to(HISTORY).is_empty()).await;
        disk.fill();
        let cannot = "the outcome of a delivery cannot be kept yet";
        patiently("the complaint", LIMIT, || home.log().contains(cannot).then_some(())).await;
        player.quit();
        if killed {
            daemon.kill();
            disk.free();
            daemon = home.start_daemon();
        } else {
            disk.free();
        }
        the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
        assert_eq!(daemon.stop(), Some(0));
        assert_eq!(discovr.calls_to(HISTORY).len(), 1);
        assert_eq!(count(&home, cannot), 1);
        let then = if killed { ", and the daemon is killed" } else { "" };
        let scenario = format!("the disk is full when the outcome of a delivery is to be kept{then}");
        held("disk", &scenario, &[("calls", json!(1))]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_the_daemon_and_the_commands_say_so_and_change_nothing() {
    let discovr = Discovr::start().await;
    let (mut disk, home) = on_a_small_disk(&discovr);
    disk.fill();
    let refused = home.run(&["run"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("space"), "{refused:?}");
    disk.free();

    let daemon = home.start_daemon();
    let file = video(&home, "holiday.mkv");
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    patiently("the completion", LIMIT, || completed_at(&home)).await;
    player.quit();
    let number = patiently("it is held", LIMIT, || {
        home.json(&["match"])[0]["number"].as_i64().map(|number| number.to_string())
    })
    .await;
    disk.fill();
    let refused = home.run(&["match", &number, "--tmdb", "603", "--movie"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("space"), "{refused:?}");
    assert_eq!(home.json(&["match"])[0]["number"].to_string(), number);
    disk.free();
    let matched = home.run(&["match", &number, "--tmdb", "603", "--movie"]);
    assert_eq!(matched.code, Some(0), "{matched:?}");
    let watched = Watched { media_id: "MV_603".into(), episode: None, completed_at: completed };
    the_history_is(&home, &discovr, &[watched]).await;
    assert_eq!(daemon.stop(), Some(0));
    held("disk", "the disk is full before the start, and for a command", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_and_a_sign_in_are_kept_whole_or_not_at_all_on_a_full_disk() {
    let mut discovr = Discovr::start().await;
    // The log takes up to a MiB.
    let (mut disk, home) = on_a_disk(&discovr, 4 * 1024);
    let daemon = home.start_daemon();
    discovr.wait_for("the sign-in", LIMIT, |discovr| !discovr.calls().is_empty()).await;
    discovr.go_down();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    let waiting = || waiting_history(&home).first().map(|row| row["id"].to_string());
    let id = patiently("the entry waits", LIMIT, waiting).await;
    player.quit();
    disk.fill();
    let refused = home.run(&["queue", "drop", &id]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("space"), "{refused:?}");
    assert_eq!(waiting(), Some(id), "it still waits");
    disk.free();
    assert_eq!(daemon.stop(), Some(0));

    discovr.come_up().await;
    disk.fill();
    home.configure(&format!("[discovr]\napi_url = \"{}\"\n", discovr.url()));
    let login = ["login", "--client-id", CLIENT_ID, "--profile", "Kim"];
    let refused = home.run(&login);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let why = format!("{}{}", refused.stdout, refused.stderr);
    assert!(why.contains("space") || why.contains("cannot keep the token"), "{refused:?}");
    let token = disk.reached().join("discovr-scrobbler/refresh-token");
    assert!(!token.exists() || fs::read(&token).is_ok_and(|token| token.is_empty()), "half a token is kept");

    disk.free();
    let signed_in = home.run(&login);
    assert_eq!(signed_in.code, Some(0), "{signed_in:?}");
    let daemon = home.start_daemon();
    let _ = home.run(&["queue", "retry"]);
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    assert_eq!(daemon.stop(), Some(0));
    held("disk", "the disk is full for `queue drop` and `login`", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_space_to_save_or_to_migrate_a_journal_it_is_left_alone_until_there_is_some() {
    let discovr = Discovr::start().await;
    for damaged in [true, false] {
        let (mut disk, home) = on_a_small_disk(&discovr);
        let made = home.path().join("journal.db");
        let database = Connection::open(&made).expect("a file of our own");
        database.execute_batch(include_str!("../journal/fixtures/layout-1.sql")).expect("it is SQL");
        drop(database);
        let mut bytes = fs::read(&made).expect("a file of our own");
        if damaged {
            let page = 4096 * 2;
            bytes[page..page + 4096].fill(0xa5);
        }
        let folder = disk.reached().join("discovr-scrobbler");
        fs::create_dir(&folder).expect("the disk is ours");
        fs::write(folder.join("journal.db"), &bytes).expect("the disk is ours");
        fs::write(folder.join("daemon.lock"), "").expect("the disk is ours");
        disk.fill();
        let refused = home.run(&["run"]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("space"), "{refused:?}");
        assert!(fs::read(folder.join("journal.db")).expect("it is there") == bytes, "it was changed");
        disk.free();
        let daemon = home.start_daemon();
        assert_eq!(viewings(&home).len(), 4);
        assert_eq!(home.log().contains("set aside whole as"), damaged);
        assert_eq!(daemon.stop(), Some(0));
    }
    held("disk", "the disk is full when a damaged or an earlier journal is to be saved", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_disk_is_named() {
    let discovr = Discovr::start().await;
    let (mut disk, home) = on_a_small_disk(&discovr);
    let daemon = home.start_daemon();
    assert_eq!(daemon.stop(), Some(0));
    let folder = home.path().join("state").display().to_string();
    assert!(disk.order(&format!("mount -o remount,bind,ro {folder}")), "the disk is made read-only");
    for arguments in [["run"].as_slice(), ["history"].as_slice()] {
        let refused = home.run(arguments);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("writable for this user"), "{refused:?}");
    }
    let doctor = home.run(&["doctor"]);
    assert!(doctor.stdout.contains("is read-only"), "{doctor:?}");
    assert!(disk.order(&format!("mount -o remount,bind,rw {folder}")), "the disk is made writable");
    let daemon = home.start_daemon();
    assert_eq!(daemon.stop(), Some(0));
    held("disk", "the state folder is read-only", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_goes_away_and_comes_back_takes_nothing() {
    let discovr = Discovr::start().await;
    let (mut disk, home) = on_a_disk(&discovr, 16 * 1024);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    wait_until_watching(&home);
    let folder = home.path().join("state").display().to_string();
    // Kept under another name, to be put back.
    let other = home.path().join("kept").display().to_string();
    assert!(disk.order(&format!("mkdir {other} && mount --bind {folder} {other} && umount -l {folder}")));
    let completed = wait_for_four_fifths(&remote);
    let written = home.state_dir().join("journal.db");
    patiently("the journal is written again", LIMIT, || written.exists().then_some(())).await;
    player.quit();
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    // The one on the disk is older now.
    assert!(disk.order(&format!("mount --bind {other} {folder}")));
    let file = video(&home, "Other Show {tmdb-4194}/Season 01/Other Show S01E01.mkv");
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let later = wait_for_four_fifths(&remote);
    let other = Watched { media_id: "TV_4194".into(), episode: Some((1, 1)), completed_at: later };
    the_history_is(&home, &discovr, &[Watched::the_episode(completed), other]).await;
    player.quit();
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.calls_to(HISTORY).len(), 2);
    assert_eq!(viewings(&home).len(), 2);
    held("disk", "the disk is unmounted in the middle of play, and mounted again", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_that_is_deleted_in_the_middle_of_play_is_written_again() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    wait_until_watching(&home);
    fs::remove_dir_all(home.state_dir()).expect("a folder of our own");
    let completed = wait_for_four_fifths(&remote);
    patiently("the journal is written again", LIMIT, || journal(&home).exists().then_some(())).await;
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    let second = home.run(&["run"]);
    assert!(second.stderr.contains("another daemon already works"), "{second:?}");
    player.quit();
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(count(&home, "the journal was deleted while the daemon worked with it"), 1);
    assert_eq!((viewings(&home).len(), discovr.calls_to(HISTORY).len()), (1, 1));
    held("disk", "the state folder is deleted in the middle of play", &[]);
}

/// What is done to a journal between two daemons.
type Damage = fn(&Path);

fn page_of(path: &Path, sql: &str) {
    let database = Connection::open(path).expect("a journal");
    let pages: Vec<u32> = database
        .prepare(sql)
        .and_then(|mut statement| statement.query_map((), |row| row.get(0))?.collect())
        .expect("pages");
    drop(database);
    let file = OpenOptions::new().write(true).open(path).expect("a file of our own");
    for page in pages {
        file.write_all_at(&[0xa5; 4096], u64::from(page - 1) * 4096).expect("a file of our own");
    }
}

fn cut(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).expect("a file of our own");
    let length = file.metadata().expect("a file of our own").len();
    file.set_len(length - 1).expect("a file of our own");
}

const DAMAGES: [(&str, Damage); 5] = [
    ("the header's page", |path| page_of(path, "SELECT 1")),
    ("all deliveries", |path| page_of(path, "SELECT pageno FROM dbstat WHERE name = 'deliveries'")),
    ("all viewings", |path| page_of(path, "SELECT pageno FROM dbstat WHERE name = 'viewings'")),
    ("an index", |path| page_of(path, "SELECT pageno FROM dbstat WHERE name = 'deliveries_next'")),
    ("its last byte", cut),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_costs_no_entry_that_waits_and_makes_none_again_that_was_made() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let told = wait_for_four_fifths(&remote);
    the_history_is(&home, &discovr, &[Watched::the_episode(told)]).await;
    player.quit();
    discovr.fail("", Fault::Status(503), 100_000);
    let file = video(&home, "Other Show {tmdb-4194}/Season 01/Other Show S01E01.mkv");
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let waiting = wait_for_four_fifths(&remote);
    patiently("the completion", LIMIT, || (waiting_history(&home).len() == 1).then_some(())).await;
    player.quit();
    assert_eq!(daemon.stop(), Some(0));
    let other = Watched { media_id: "TV_4194".into(), episode: Some((1, 1)), completed_at: waiting };
    let both = [Watched::the_episode(told), other];
    let whole = fs::read(journal(&home)).expect("a file of our own");

    for (what, damage) in DAMAGES {
        let _ = fs::remove_dir_all(home.state_dir());
        fs::create_dir_all(home.state_dir()).expect("a folder of our own");
        fs::write(journal(&home), &whole).expect("a file of our own");
        damage(&journal(&home));
        let damaged = fs::read(journal(&home)).expect("a file of our own");
        discovr.forgive();
        let daemon = home.start_daemon();
        assert_eq!(set_aside(&home).len(), 1, "{what}");
        assert!(fs::read(&set_aside(&home)[0]).expect("it is there") == damaged, "{what}: it was changed");
        the_history_is(&home, &discovr, &both).await;
        assert_eq!(daemon.stop(), Some(0), "{what}");
        let status = home.run(&["status"]);
        assert!(
            status.stdout.contains("an earlier journal was damaged and is kept as"),
            "{what}: {status:?}"
        );
        held("disk", &format!("the journal is damaged between two daemons: {what}"), &[]);
    }
    assert_eq!(discovr.history(PROFILE).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_damaged_while_a_film_plays_is_replaced_at_once() {
    let discovr = Discovr::start().await;
    let home = home_with_account(&discovr);
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--start=60%", "--speed=50"]);
    let completed = wait_for_four_fifths(&remote);
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    // All of it, and its log.
    let path = journal(&home);
    let database = Connection::open(&path).expect("a journal");
    database
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO answers VALUES ('a', 'b', 0);")
        .expect("a journal");
    drop(database);
    page_of(&path, "SELECT pageno FROM dbstat WHERE name LIKE 'viewings%' OR name LIKE 'deliveries%'");
    until("it is set aside", LIMIT, || (!set_aside(&home).is_empty()).then_some(()));
    patiently("the viewing goes on", LIMIT, || {
        let status = home.run(&["status"]);
        status.stdout.contains("watching").then_some(())
    })
    .await;
    player.quit();
    patiently("all is well", LIMIT, || (home.run(&["status"]).code == Some(0)).then_some(())).await;
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(discovr.calls_to(HISTORY).len(), 1);
    held("disk", "the journal is damaged in the middle of play, after the entry was made", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_a_newer_release_is_named_and_left_alone() {
    let home = home();
    home.configure("[discovr]\nenabled = false\n");
    fs::create_dir_all(home.state_dir()).expect("a folder of our own");
    let database = Connection::open(journal(&home)).expect("a file of our own");
    database.execute_batch(include_str!("../journal/fixtures/layout-1.sql")).expect("it is SQL");
    database.pragma_update(None, "user_version", 99).expect("a file of our own");
    drop(database);
    let before = fs::read(journal(&home)).expect("a file of our own");
    let refused = home.run(&["run"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("install that release again"), "{refused:?}");
    assert!(fs::read(journal(&home)).expect("it is there") == before, "it was changed");
    assert!(set_aside(&home).is_empty());
    held("disk", "the journal is of a newer release", &[]);
}

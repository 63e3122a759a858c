//! The daemon is killed while it makes its journal, or brings one of an earlier release up. The next one finds nothing
//! half done.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::report::held;
use discovr_scrobbler_support::wait::until;
use rusqlite::Connection;
use serde_json::Value;
use tokio::time::Instant;

use crate::scene::{LIMIT, home};

const LAYOUT_1: &str = include_str!("../journal/fixtures/layout-1.sql");
/// Of each kind.
const KILLS: u64 = 60;
/// In a row, before a daemon may get ready.
const IN_A_ROW: u64 = 3;

#[test]
fn a_journal_that_is_brought_up_by_a_daemon_that_is_killed_is_brought_up_by_the_next_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let earlier = folder.path().join("journal.db");
    Connection::open(&earlier).and_then(|made| made.execute_batch(LAYOUT_1)).expect("an earlier journal");
    let expected = after_kills(Some(&earlier), &[]);
    assert!(expected[0].as_array().is_some_and(|viewings| viewings.len() == 4), "{expected:?}");
    for first in (0..KILLS).step_by(3) {
        let delays: Vec<u64> = (first..first + IN_A_ROW).collect();
        assert_eq!(after_kills(Some(&earlier), &delays), expected, "killed at {delays:?}");
    }
    held("kill -9", "the daemon is killed while it brings an earlier journal up", &[("kills", KILLS.into())]);
}

#[test]
fn a_journal_that_a_killed_daemon_has_begun_is_used_by_the_next_one() {
    for first in (0..KILLS).step_by(3) {
        let delays: Vec<u64> = (first..first + IN_A_ROW).collect();
        assert_eq!(after_kills(None, &delays)[0], Value::Array(Vec::new()), "killed at {delays:?}");
    }
    held("kill -9", "the daemon is killed while it makes its journal", &[("kills", KILLS.into())]);
}

/// What the journal holds after daemons were killed that had it before, each so many third milliseconds after it had begun to
/// write.
fn after_kills(earlier: Option<&Path>, delays: &[u64]) -> [Value; 2] {
    let home = home();
    home.configure("[discovr]\nprofile = \"prof_9d21\"\n");
    if let Some(earlier) = earlier {
        fs::create_dir_all(home.state_dir()).expect("a folder of our own");
        fs::copy(earlier, home.state_dir().join("journal.db")).expect("a file of our own");
    }
    for &delay in delays {
        let before = files(&home);
        let daemon = home.launch_daemon();
        let end = Instant::now() + Duration::from_secs(2);
        while files(&home) == before && Instant::now() < end {
            thread::sleep(Duration::from_micros(200));
        }
        thread::sleep(Duration::from_micros(333) * u32::try_from(delay).expect("it is small"));
        daemon.kill();
    }
    let daemon = home.start_daemon();
    // It looks at what nobody had looked up, and at what was being sent.
    let found = until("the daemon has begun", LIMIT, || {
        let found = [home.json(&["history"]), home.json(&["queue", "list"])];
        let unseen = found[0].as_array()?.iter().any(|viewing| viewing["identification"].is_null());
        let sending = found[1].as_array()?.iter().any(|row| row["status"] == "sending");
        (!unseen && !sending).then_some(found)
    });
    assert_eq!(home.json(&["status"])["set_aside"], Value::Array(Vec::new()));
    assert_eq!(daemon.stop(), Some(0));
    found.map(without_waits)
}

/// How long something still has to wait depends on when the daemon was there: an attempt that seems to lie in the future was
/// made just then.
fn without_waits(found: Value) -> Value {
    match found {
        Value::Array(values) => values.into_iter().map(without_waits).collect(),
        Value::Object(mut fields) => {
            fields.remove("not_before");
            fields.into_iter().map(|(name, value)| (name, without_waits(value))).collect()
        }
        other => other,
    }
}

/// The journal's files and their lengths.
fn files(home: &Home) -> Vec<(String, u64)> {
    let Ok(folder) = fs::read_dir(home.state_dir()) else { return Vec::new() };
    let length =
        |entry: fs::DirEntry| Some((entry.file_name().into_string().ok()?, entry.metadata().ok()?.len()));
    let mut found: Vec<_> = folder.filter_map(Result::ok).filter_map(length).collect();
    found.sort();
    found
}

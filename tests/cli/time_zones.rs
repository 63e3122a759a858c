//! Instants are kept in UTC and shown in the user's time zone, as it is when they are shown.

use std::num::NonZeroU8;

use discovr_scrobbler::journal::Journal;
use discovr_scrobbler::playback::{CompletedPart, EventKind, Parts, Viewing};
use discovr_scrobbler_support::report;

use crate::scene::{at, event, home, recipient, viewing};

/// Central Europe's rules: summer time begins on the 29th of March 2026 at 01:00 UTC and ends on the 25th of October.
const CENTRAL: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// Completions around both changes of the clocks, the newest first, and what Central Europe's clocks said.
const AROUND: [(&str, &str); 6] = [
    ("2026-10-25T01:30:00Z", "2026-10-25 02:30"),
    ("2026-10-25T00:59:59Z", "2026-10-25 02:59"),
    ("2026-10-25T00:30:00Z", "2026-10-25 02:30"),
    ("2026-10-24T23:30:00Z", "2026-10-25 01:30"),
    ("2026-03-29T01:00:00Z", "2026-03-29 03:00"),
    ("2026-03-29T00:59:59Z", "2026-03-29 01:59"),
];

fn completed(number: u64, instant: &str) -> Viewing {
    let (at, of) = (at(instant), NonZeroU8::MIN);
    let parts = Parts::kept(of, [CompletedPart { index: 0, of, at }]);
    Viewing {
        started_at: at,
        position_at: at,
        parts,
        ..viewing(number, &format!("/videos/{number}.mkv"), 100, true)
    }
}

#[tokio::test]
async fn history_keeps_its_order_and_its_instants_over_the_changes_of_the_clocks() {
    let mut there = home();
    let journal = Journal::open(&there.state_dir()).expect("a new journal");
    for (number, (instant, _)) in (1..).zip(AROUND) {
        let completed = completed(number, instant);
        journal.record(event(EventKind::Completed, &completed), vec![recipient()]).await.expect("it is kept");
    }
    journal.close().await;
    for (zone, shown) in [
        (CENTRAL, AROUND.map(|(_, local)| local.to_owned())),
        ("UTC", AROUND.map(|(instant, _)| instant[..16].replace('T', " "))),
    ] {
        there = there.with_variable("TZ", zone);
        let listing = there.run(&["history"]).stdout;
        let whens: Vec<&str> = listing
            .lines()
            .filter_map(|line| shown.iter().find(|when| line.contains(*when)))
            .map(String::as_str)
            .collect();
        assert_eq!(whens, shown, "{zone}:\n{listing}");
        let json = there.json(&["history"]);
        let instants: Vec<_> =
            json.as_array().expect("a list").iter().map(|row| row["completed_at"].clone()).collect();
        assert_eq!(instants, AROUND.map(|(instant, _)| serde_json::Value::from(instant)), "{zone}");
    }
    report::held("time", "summer time begins and ends, and the time zone is another one", &[]);
}

//! A thousand players at once, all of them well-behaved: each is followed, what is completed is told once, and the memory
//! that it takes is a few times that of a daemon at rest.

use std::fs;
use std::process::Command;

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::{Daemon, Home};
use discovr_scrobbler_support::report;
use discovr_scrobbler_support::scripted_player::ScriptedPlayer;
use discovr_scrobbler_support::wait::patiently;
use zbus::zvariant::Value;

use crate::scene::*;

/// How many there are.
const PLAYERS: u32 = 1_000;

/// How many of them play something to its end.
const TO_THE_END: u32 = 5;

/// From where, as a share of the whole, and how fast, in seconds a second: slow enough that a busy machine sees it happen.
const FROM: f64 = 0.2;
const FAST: f64 = 20.0;

/// What the daemon has in memory, in KiB: `VmRSS` now, `VmHWM` at most.
fn memory(daemon: &Daemon, what: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).expect("it runs");
    let line = status.lines().find(|line| line.starts_with(what)).expect("Linux says it");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// A player in which the first episode of series `number` is loaded and stands at `seconds`.
async fn loaded(bus: &Bus, home: &Home, number: u32, seconds: f64) -> ScriptedPlayer {
    let player = ScriptedPlayer::nameless(bus).await;
    let folder = home.videos().join(format!("Show {number} {{tmdb-{}}}/Season 01", 10_000 + number));
    let file = folder.join(format!("Show {number} S01E01.mkv"));
    let length = 2_700_000_000_i64;
    player.metadata([
        ("mpris:trackid", Value::from(format!("/track/{number}"))),
        ("mpris:length", Value::from(length)),
        ("xesam:title", Value::from(format!("Show {number}"))),
        (
            "xesam:url",
            Value::from(
                format!("file://{}", file.display())
                    .replace(' ', "%20")
                    .replace('{', "%7B")
                    .replace('}', "%7D"),
            ),
        ),
    ]);
    player.status("Paused").set("Rate", 1.0).stand_at(seconds);
    player
}

/// The same, and it plays.
async fn playing(bus: &Bus, home: &Home, number: u32, seconds: f64) -> ScriptedPlayer {
    let player = loaded(bus, home, number, seconds).await;
    player.status("Playing").run_from(seconds, 1.0);
    player.own(&format!("player{number}")).await;
    player
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_players_at_once_are_followed_and_what_is_completed_is_told_once() {
    let pid = std::process::id().to_string();
    // Each has a connection of its own.
    let raised = Command::new("prlimit")
        .args(["--pid", &pid, "--nofile=4096:"])
        .status()
        .expect("util-linux has prlimit");
    assert!(raised.success(), "4096 files must be allowed");
    let bus = Bus::start();
    let discovr = Discovr::start().await;
    // Positions are told as often as they are without settings.
    let home = home().with_bus(bus.address());
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), ""));
    let daemon = home.start_daemon();
    let _ = home.json(&["status"]);
    let idle = memory(&daemon, "VmRSS:");
    let mut players = Vec::new();
    for number in 1..=TO_THE_END {
        let player = loaded(&bus, &home, number, LENGTH * FROM).await;
        player.own(&format!("player{number}")).await;
        players.push(player);
    }
    for number in TO_THE_END + 1..=PLAYERS {
        players.push(playing(&bus, &home, number, 100.0).await);
        // Well-behaved ones do not all appear in one instant.
        if number % 100 == 0 {
            patiently("they are seen", LIMIT * 4, || {
                let seen = home.json(&["status"])["daemon"]["players"].as_array()?.len();
                (seen >= players.len()).then_some(())
            })
            .await;
        }
    }
    patiently("all are followed", LIMIT * 4, || {
        let status = home.json(&["status"]);
        let watching = status["daemon"]["watching"].as_array()?;
        let begun = watching.iter().filter(|one| one["viewing"].is_string()).count();
        (begun >= PLAYERS as usize - TO_THE_END as usize).then_some(())
    })
    .await;
    let crowded = memory(&daemon, "VmRSS:");
    // In the middle of all the others, these play to their ends.
    for player in &players[..TO_THE_END as usize] {
        player.status("Playing").set("Rate", FAST).run_from(LENGTH * FROM, FAST);
        player.emit(["PlaybackStatus", "Rate"]).await;
    }
    let entries_came = patiently("the entries", LIMIT * 4, || {
        (discovr.history(PROFILE).len() >= TO_THE_END as usize).then_some(())
    });
    if tokio::time::timeout(LIMIT * 3, entries_came).await.is_err() {
        let rows = home.json(&["history", "--limit", "2000"]);
        // The newest first.
        let last: Vec<_> = rows.as_array().unwrap().iter().take(TO_THE_END as usize).collect();
        panic!(
            "entries: {:?}\nqueue: {:#}\nthe last viewings: {last:#?}",
            discovr.history(PROFILE),
            home.json(&["queue", "list"])
        );
    }
    let rows = home.json(&["history", "--limit", "2000"]);
    assert_eq!(rows.as_array().unwrap().len(), PLAYERS as usize, "each is one viewing");
    for player in players {
        player.vanish().await;
    }
    patiently("all are gone", LIMIT * 4, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    })
    .await;
    let after = memory(&daemon, "VmRSS:");
    let most = memory(&daemon, "VmHWM:");
    let entries = discovr.history(PROFILE);
    let titles: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.media_id.clone()).collect();
    let wanted: std::collections::BTreeSet<_> =
        (1..=TO_THE_END).map(|number| format!("TV_{}", 10_000 + number)).collect();
    assert_eq!(
        (entries.len(), titles),
        (TO_THE_END as usize, wanted),
        "one entry for each that was completed"
    );
    // What a thousand viewings take must not be much more than the viewings.
    assert!(most < idle + f64::from(PLAYERS) * 64.0, "{idle} KiB at rest, {most} KiB at most");
    assert_eq!(daemon.stop(), Some(0));
    report::held(
        "load",
        "a thousand players play at once",
        &[
            ("memory with all of them, times that at rest", format!("{:.1}", crowded / idle).into()),
            ("at most", format!("{:.1}", most / idle).into()),
            ("after them", format!("{:.1}", after / idle).into()),
            ("KiB per player", format!("{:.0}", (most - idle) / f64::from(PLAYERS)).into()),
        ],
    );
}

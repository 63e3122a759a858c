//! A service whose answers never end: what it did is asked for afterwards, and neither lost nor done twice.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::{Home, Ran};
use discovr_scrobbler_support::report;
use discovr_scrobbler_support::sign_in::{CLIENT_ID, Plan, Verdict};
use discovr_scrobbler_support::wait::patiently;
use serde_json::json;

use crate::flood::{Flood, Flooding};
use crate::hostile::{SHORTLY, held, peak, played};
use crate::scene::*;

const HISTORY: &str = "POST /profile/history";

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_gibibyte_is_an_unclear_answer() {
    one_entry_after(Flood::Body, "answers of 1 GiB, to every kind of call and to the entry itself").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_without_an_end_are_an_unclear_answer() {
    one_entry_after(
        Flood::Chunks,
        "answers in chunks that do not end, to every kind of call and to the entry itself",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gibibyte_that_comes_packed_is_an_unclear_answer() {
    one_entry_after(
        Flood::Packed,
        "answers that unpack to 1 GiB, to every kind of call and to the entry itself",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_without_an_end_are_an_unclear_answer() {
    one_entry_after(
        Flood::Headers,
        "answers with headers that do not end, to every kind of call and to the entry itself",
    )
    .await;
}

/// Discovr answers the sign-in, a position, the entry and the question after it with floods, and TMDB everything.
async fn one_entry_after(flood: Flood, scenario: &str) {
    let discovr = Discovr::start().await;
    let flooding = Flooding::before(&discovr.url()).await;
    // The stand-in says of everything that it is not there, which is an answer too.
    let tmdb = Flooding::before(&discovr.url()).await;
    tmdb.answer("GET /", flood, usize::MAX);
    for (call, times) in [
        ("POST /auth/session-token", 1),
        ("PATCH /profile/playback", 1),
        (HISTORY, 1),
        ("GET /profile/history", 1),
    ] {
        flooding.answer(call, flood, times);
    }
    let home = home().with_variable("DISCOVR_SCROBBLER_LOG", "info");
    let more = format!("{SHORTLY}\n[tmdb]\napi_url = \"{}\"\ntoken = \"not.a.token\"\n", tmdb.url());
    home.configure(&home.settings(&flooding.url(), REFRESH_TOKEN, Some(PROFILE), &more));
    fs::set_permissions(home.config_dir().join("config.toml"), Permissions::from_mode(0o600))
        .expect("a file of our own");
    let daemon = home.start_daemon();
    let idle = peak(&daemon);
    let completed = played(&home).await;
    // Whatever is waited with after a failure is tried at once.
    patiently("all floods are over", LIMIT, || {
        let _ = home.run(&["queue", "retry"]);
        (flooding.left() == 0).then_some(())
    })
    .await;
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    assert_eq!(discovr.calls_to(HISTORY).len(), 1, "it was asked for and not repeated");
    held(scenario, &home, &daemon, idle, &[("floods", json!(4))]);
    assert_eq!(daemon.stop(), Some(0));
}

/// How much memory a sign-in may take, in KiB: each answer of it is short.
const SIGN_IN: u64 = 96 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_answered_without_an_end_ends_and_takes_no_memory() {
    for (flood, words) in [
        (Flood::Body, "answers of 1 GiB"),
        (Flood::Chunks, "chunks that do not end"),
        (Flood::Packed, "answers that unpack to 1 GiB"),
        (Flood::Headers, "headers that do not end"),
    ] {
        let discovr = Discovr::start().await;
        let flooding = Flooding::before(&discovr.url()).await;
        let home = home();
        home.configure(&format!("[discovr]\napi_url = \"{}\"\n", flooding.url()));
        // The code itself: there is nothing to wait for.
        flooding.answer("POST /auth/device-codes?", flood, 1);
        let (refused, first) = signed_in(&home).await;
        assert_eq!((refused.code, flooding.left()), (Some(1), 0), "{words}: {refused:?}");
        // The questions whether it is approved, of which a lost one means that nothing is known yet.
        discovr.plans(&[Plan::new(3, Verdict::Approved)]);
        flooding.answer("POST /auth/device-codes/", flood, 2);
        let (done, second) = signed_in(&home).await;
        assert_eq!((done.code, flooding.left()), (Some(0), 0), "{words}: {done:?}");
        // The profiles: the sign-in stands without them.
        discovr.plans(&[Plan::new(0, Verdict::Approved)]);
        flooding.answer("GET /", flood, 1);
        let (stands, third) = signed_in(&home).await;
        assert_eq!(flooding.left(), 0, "{words}: {stands:?}");
        assert!(stands.stderr.contains("Discovr") || stands.code == Some(0), "{words}: {stands:?}");
        let worst = first.max(second).max(third);
        assert!((1..SIGN_IN).contains(&worst), "{words}: {worst} KiB");
        let scenario = format!("{words}, to the calls of a sign-in");
        report::held("hostile input", &scenario, &[("floods", json!(4)), ("peak_memory_kib", json!(worst))]);
    }
}

/// Signs in without a terminal, and gives the most memory it was seen to take, in KiB.
async fn signed_in(home: &Home) -> (Ran, u64) {
    let mut command = home.command(&["login", "--client-id", CLIENT_ID, "--profile", "Kim"]);
    let mut process =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary was built");
    let mut worst = 0;
    patiently("the sign-in ends", LIMIT * 2, || {
        worst = worst.max(most_memory(&process));
        process.try_wait().expect("a process of our own")
    })
    .await;
    (process.wait_with_output().expect("it has ended").into(), worst)
}

/// The most memory that a process ever had, in KiB; 0 once it has ended.
fn most_memory(process: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

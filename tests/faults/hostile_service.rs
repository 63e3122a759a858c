//! A service whose answers never end: what it did is asked for afterwards, and neither lost nor done twice.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
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

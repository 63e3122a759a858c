//! Two services at once, with real players: Discovr gets positions and an entry, Trakt what happens in the player and a
//! play. What happens to one is nothing to the other.

use discovr_scrobbler_support::both::{home_with_both, is_of, sign_in_to_trakt, the_plays_are};
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, Entry, PROFILE};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::mpv::Reached;
use discovr_scrobbler_support::players::RealPlayer;
use discovr_scrobbler_support::remote::Remote as Buttons;
use discovr_scrobbler_support::stand_in::Call;
use discovr_scrobbler_support::trakt::Trakt;
use discovr_scrobbler_support::wait::until;
use serde_json::json;

use crate::scene::*;

const BINARY: &str = env!("CARGO_BIN_EXE_discovr-scrobbler");
const SCROBBLE: &str = "POST /scrobble/";
const ADD: &str = "POST /sync/history";

async fn both() -> (Discovr, Trakt, Home) {
    let (discovr, trakt) = (Discovr::start().await, Trakt::start().await);
    let home = home_with_both(BINARY, &discovr, &trakt);
    (discovr, trakt, home)
}

/// The scrobbles that Trakt took, in order: the verb and the progress.
fn scrobbles(trakt: &Trakt) -> Vec<(String, f64)> {
    let verb = |call: &Call| call.path.rsplit('/').next().unwrap_or_default().to_owned();
    let taken = trakt.calls_to(SCROBBLE).into_iter().filter(|call| call.status == 201);
    taken.map(|call| (verb(&call), call.body["progress"].as_f64().unwrap_or(-1.0))).collect()
}

/// Waits for this many scrobbles, and gives the last.
async fn scrobble(trakt: &Trakt, number: usize) -> (String, f64) {
    trakt.wait_until("a scrobble", LIMIT, || scrobbles(trakt).len() >= number).await;
    scrobbles(trakt)[number - 1].clone()
}

fn is_near(progress: f64, other: f64) -> bool {
    (progress - other).abs() < 1.0
}

fn until_nobody_watches(home: &Home) {
    until("the player is gone", LIMIT, || {
        home.json(&["status"])["daemon"]["watching"].as_array()?.is_empty().then_some(())
    });
}

fn until_nothing_waits(home: &Home) {
    until_nobody_watches(home);
    until("nothing to wait", LIMIT, || home.json(&["queue", "list"]).as_array()?.is_empty().then_some(()));
}

/// Start, pause, start again and stop were told in this order with true progress, and there is one play.
fn assert_was_told_live(home: &Home, trakt: &Trakt, paused_at: f64, reached: impl Into<Reached>) {
    let told = scrobbles(trakt);
    let verbs: Vec<&str> = told.iter().map(|(verb, _)| verb.as_str()).collect();
    assert_eq!(verbs, ["start", "pause", "start", "stop"], "{told:?}");
    let progress: Vec<f64> = told.iter().map(|(_, progress)| *progress).collect();
    assert!(progress[0] < paused_at, "{told:?}");
    assert!(is_near(progress[1], paused_at) && is_near(progress[2], paused_at), "{told:?}, not {paused_at}");
    let left_at = viewings(home)[0]["progress_percent"].as_f64().expect("a number");
    assert!(progress[3] > 80.0 && is_near(progress[3], left_at), "{told:?}, not {left_at}");
    let plays = trakt.plays();
    assert!(plays.len() == 1 && is_of(&plays[0], &Watched::the_episode(reached)), "{plays:?}");
    assert_eq!(plays[0].action, "scrobble");
    assert!(trakt.calls_to(ADD).is_empty(), "{:?}", trakt.calls_to(ADD));
    // As a person sees it.
    let history = home.run(&["history"]).stdout;
    assert!(history.contains("discovr: recorded; trakt: recorded"), "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_mpv_discovr_gets_positions_and_an_entry_and_trakt_what_happens_and_a_play() {
    let (discovr, trakt, home) = both().await;
    let daemon = home.start_daemon();
    let file = episode(&home);
    let (player, remote) = mpv(&home, &file, &["--speed=50"]);
    assert_eq!(scrobble(&trakt, 1).await.0, "start");
    remote.wait_until_at(900.0);
    remote.command(&json!(["set_property", "pause", true]));
    let paused_at = remote.position() / LENGTH * 100.0;
    assert_eq!(scrobble(&trakt, 2).await.0, "pause");
    remote.command(&json!(["set_property", "pause", false]));
    assert_eq!(scrobble(&trakt, 3).await.0, "start");
    let reached = wait_for_four_fifths(&remote);
    let entry = the_entry(&discovr).await;
    assert_is_the_episode(&entry, reached);
    assert!(trakt.plays().is_empty(), "it is still being watched");
    player.quit();
    assert_eq!(scrobble(&trakt, 4).await.0, "stop");
    until_nothing_waits(&home);
    assert_was_told_live(&home, &trakt, paused_at, reached);
    assert!(last_progress(&discovr).is_some_and(|progress| progress > 80.0));
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!((trakt.plays().len(), discovr.history(PROFILE).len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_vlc_discovr_gets_positions_and_an_entry_and_trakt_what_happens_and_a_play() {
    let (discovr, trakt, home) = both().await;
    let bus = Bus::start();
    let home = home.with_bus(bus.address());
    let daemon = home.start_daemon();
    let file = episode(&home);
    let player = RealPlayer::vlc(&bus, &[&file], &["--rate=30", "--start-time=600"]);
    assert_eq!(scrobble(&trakt, 1).await.0, "start");
    let progress = || home.json(&["status"])["daemon"]["watching"][0]["progress"].as_f64();
    until("it has moved on", LIMIT, || (progress()? > 30.0).then_some(()));
    let buttons = Buttons::of(&bus, "vlc").await;
    buttons.pause().await;
    assert_eq!(scrobble(&trakt, 2).await.0, "pause");
    let paused_at = progress().expect("it is still there");
    buttons.play().await;
    assert_eq!(scrobble(&trakt, 3).await.0, "start");
    let entry = the_entry(&discovr).await;
    let reached = completed_at(&home).expect("it is completed");
    assert_is_the_episode(&entry, reached);
    player.quit();
    assert_eq!(scrobble(&trakt, 4).await.0, "stop");
    until_nothing_waits(&home);
    assert_was_told_live(&home, &trakt, paused_at, reached);
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!((trakt.plays().len(), discovr.history(PROFILE).len()), (1, 1));
}

/// Has the last part of the episode watched, to its completion.
fn watch(home: &Home) -> Watched {
    let (player, remote) = mpv(home, &episode(home), &["--start=60%", "--speed=50"]);
    let reached = wait_for_four_fifths(&remote);
    remote.wait_until_at(LENGTH * 0.83);
    player.quit();
    until_nobody_watches(home);
    Watched::the_episode(reached)
}

/// The season and the number of the one entry and of the one play.
fn told(discovr: &Discovr, trakt: &Trakt) -> Option<[(u64, u64); 2]> {
    let (entries, plays) = (discovr.history(PROFILE), trakt.plays());
    let ([Entry { season, episode, .. }], [play]) = (entries.as_slice(), plays.as_slice()) else {
        return None;
    };
    Some([season.zip(*episode)?, play.episode?])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_and_its_undoing_put_both_right() {
    let (discovr, trakt, home) = both().await;
    let daemon = home.start_daemon();
    let watched = watch(&home);
    the_plays_are(&home, &trakt, &[watched.clone()]).await;
    the_history_is(&home, &discovr, &[watched.clone()]).await;
    for episode in [3, 2] {
        let number = episode.to_string();
        let arguments = ["match", "1", "--tmdb", "1396", "--season", "1", "--episode", &number];
        let said = home.run(&arguments);
        assert_eq!(said.code, Some(0), "{said:?}");
        for service in ["discovr", "trakt"] {
            assert!(said.stdout.contains(&format!(" at {service} ")), "{said:?}");
        }
        until("both are put right", LIMIT, || (told(&discovr, &trakt)? == [(1, episode); 2]).then_some(()));
        until_nothing_waits(&home);
        let right = Watched { episode: Some((1, episode)), ..watched.clone() };
        the_plays_are(&home, &trakt, &[right.clone()]).await;
        the_history_is(&home, &discovr, &[right]).await;
    }
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trakt_that_is_down_at_the_end_gets_one_play_with_the_true_time_later() {
    let (discovr, mut trakt, home) = both().await;
    let daemon = home.start_daemon();
    let (player, remote) = mpv(&home, &episode(&home), &["--start=60%", "--speed=50"]);
    assert_eq!(scrobble(&trakt, 1).await.0, "start");
    trakt.go_down();
    let reached = wait_for_four_fifths(&remote);
    let watched = Watched::the_episode(reached);
    remote.wait_until_at(LENGTH * 0.83);
    player.quit();
    until_nobody_watches(&home);
    the_entry(&discovr).await;
    assert_eq!(daemon.stop(), Some(0), "a service that is down holds nothing up");
    trakt.come_up().await;
    let daemon = home.start_daemon();
    the_plays_are(&home, &trakt, &[watched.clone()]).await;
    assert_eq!((trakt.calls_to(ADD).len(), trakt.plays()[0].action.as_str()), (1, "watch"));
    the_history_is(&home, &discovr, &[watched]).await;
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trakt_that_never_answers_keeps_nothing_from_discovr_and_holds_up_no_end() {
    let (discovr, trakt, home) = both().await;
    trakt.is_deaf(true);
    let daemon = home.start_daemon();
    let watched = watch(&home);
    the_entry(&discovr).await;
    until("the end is told", LIMIT, || (last_progress(&discovr)? > 80.0).then_some(()));
    assert_eq!(daemon.stop(), Some(0));
    assert!(trakt.plays().is_empty());
    trakt.is_deaf(false);
    let daemon = home.start_daemon();
    the_plays_are(&home, &trakt, &[watched.clone()]).await;
    the_history_is(&home, &discovr, &[watched]).await;
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_out_of_trakt_is_told_so_and_discovr_has_everything() {
    let (discovr, trakt, home) = both().await;
    trakt.forgets_everyone();
    let daemon = home.start_daemon();
    let watched = watch(&home);
    the_entry(&discovr).await;
    let status = home.run(&["status"]);
    assert!(status.stdout.contains("trakt      sign-in needed: "), "{status:?}");
    assert!(status.stdout.contains("discovr    reached, "), "{status:?}");
    assert_eq!(status.code, Some(3), "{status:?}");
    assert!(trakt.plays().is_empty());
    // Signed in again: the daemon finds it by itself.
    sign_in_to_trakt(&home, &trakt);
    the_plays_are(&home, &trakt, &[watched.clone()]).await;
    the_history_is(&home, &discovr, &[watched]).await;
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_out_of_discovr_is_told_so_and_trakt_has_everything() {
    let (discovr, trakt, home) = both().await;
    std::fs::remove_file(home.token_file()).expect("it was made");
    let daemon = home.start_daemon();
    let watched = watch(&home);
    the_plays_are_although(&trakt, &watched).await;
    let status = home.run(&["status"]);
    assert!(status.stdout.contains("discovr    sign-in needed: "), "{status:?}");
    assert!(status.stdout.contains("trakt      reached, "), "{status:?}");
    assert!(discovr.history(PROFILE).is_empty());
    home.write_token(discovr_scrobbler_support::discovr::REFRESH_TOKEN);
    the_history_is(&home, &discovr, &[watched.clone()]).await;
    the_plays_are(&home, &trakt, &[watched]).await;
    assert_eq!(daemon.stop(), Some(0));
}

/// There is one play, whatever waits for the other service.
async fn the_plays_are_although(trakt: &Trakt, watched: &Watched) {
    trakt.wait_until("a play", LIMIT, || !trakt.plays().is_empty()).await;
    let plays = trakt.plays();
    assert!(plays.len() == 1 && is_of(&plays[0], watched), "{plays:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_for_one_service_starts_no_other_worker_anew() {
    let (discovr, trakt, home) = both().await;
    let daemon = home.start_daemon();
    let greetings = |trakt: &Trakt| trakt.calls_to("GET /sync/playback").len();
    trakt.wait_until("the greeting", LIMIT, || greetings(&trakt) == 1).await;
    discovr.wait_for("the sign-in", LIMIT, |d| d.calls_to("POST /auth/session-token").len() == 1).await;
    let text = std::fs::read_to_string(home.config_dir().join("config.toml")).expect("it was written");
    home.configure(&text.replace("[trakt]\nenabled = true", "[trakt]\nenabled = false"));
    until("it is off", LIMIT, || home.log().contains("the configuration has changed").then_some(()));
    home.configure(&text);
    trakt.wait_until("another greeting", LIMIT, || greetings(&trakt) > 1).await;
    assert_eq!(discovr.calls_to("POST /auth/session-token").len(), 1, "{}", home.log());
    let before = greetings(&trakt);
    home.write_token("rt_another_one");
    discovr.wait_for("another sign-in", LIMIT, |d| d.calls_to("POST /auth/session-token").len() > 1).await;
    assert_eq!(greetings(&trakt), before, "{}", home.log());
    assert_eq!(daemon.stop(), Some(0));
}

//! Many scenarios at once: each has a thread, a service, a home, a daemon and a player to itself.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::Pin;
use std::sync::Mutex;

use discovr_scrobbler_support::both::{home_with_both, the_plays_are};
use discovr_scrobbler_support::discovr::Discovr;
use discovr_scrobbler_support::home::{Daemon, Home};
use discovr_scrobbler_support::mpv::Reached;
use discovr_scrobbler_support::report;
use discovr_scrobbler_support::trakt::Trakt;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::scene::*;

/// How many players play at once: that is what takes the processor.
static PLAYING: Semaphore = Semaphore::const_new(4);
/// How many scenarios are under way at once: most of their time they wait.
static UNDER_WAY: Semaphore = Semaphore::const_new(16);

/// A scenario on its way.
type Running = Pin<Box<dyn Future<Output = ()>>>;

/// What happens, and whether it ends as it should.
pub(crate) struct Scenario {
    /// A sentence: what goes wrong.
    pub(crate) name: String,
    run: Box<dyn FnOnce() -> Running + Send>,
}

impl Scenario {
    pub(crate) fn new<R>(name: impl Into<String>, run: impl FnOnce() -> R + Send + 'static) -> Self
    where
        R: Future<Output = ()> + 'static,
    {
        Self { name: name.into(), run: Box::new(move || Box::pin(run())) }
    }
}

/// Runs all scenarios of a group and says which of them have held.
///
/// # Panics
/// With the names of those that have not.
pub(crate) fn all_hold(group: &'static str, scenarios: Vec<Scenario>) {
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for Scenario { name, run } in scenarios {
            let failed = &failed;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()
                    .expect("a runtime");
                let _one = runtime.block_on(UNDER_WAY.acquire()).expect("it is never closed");
                let begun = now();
                let held = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run())));
                // What a stand-in still has to do late is done for nobody.
                runtime.shutdown_background();
                if let Err(why) = held {
                    let why = why.downcast_ref::<String>().map_or("it panicked", String::as_str);
                    // Not by the macro: at once, not when all others have ended too.
                    let _ = writeln!(std::io::stderr(), "{name}: {why}");
                    failed.lock().expect("no thread panics with it").push(name);
                } else {
                    let seconds = now().duration_since(begun).as_secs();
                    report::held(group, &name, &[("seconds", json!(seconds))]);
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no thread panics with it");
    assert!(failed.is_empty(), "{group}: these have not held:\n{}", failed.join("\n"));
}

/// A service, a home with an account on it, and a daemon that is signed in.
pub(crate) struct Stage {
    pub(crate) discovr: Discovr,
    /// The second service, if it is on.
    trakt: Option<Trakt>,
    pub(crate) home: Home,
    daemon: Option<Daemon>,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let discovr = Discovr::start().await;
        let home = home_with_account(&discovr);
        let daemon = home.start_daemon();
        discovr
            .wait_for("the sign-in", LIMIT, |discovr| {
                !discovr.calls_to("POST /auth/session-token").is_empty()
            })
            .await;
        Self { discovr, trakt: None, home, daemon: Some(daemon) }
    }

    /// The same with both services on, after `before`.
    pub(crate) async fn set_with_trakt(before: fn(&Home, &Trakt)) -> Self {
        let (discovr, trakt) = (Discovr::start().await, Trakt::start().await);
        let home = home_with_both(env!("CARGO_BIN_EXE_discovr-scrobbler"), &discovr, &trakt);
        before(&home, &trakt);
        let daemon = home.start_daemon();
        let stage = Self { discovr, trakt: Some(trakt), home, daemon: Some(daemon) };
        stage.called("POST /auth/session-token", 0).await;
        stage
    }

    /// The second service.
    pub(crate) fn trakt(&self) -> &Trakt {
        self.trakt.as_ref().expect("it is on")
    }

    /// The same, to end or begin it.
    pub(crate) fn trakt_mut(&mut self) -> &mut Trakt {
        self.trakt.as_mut().expect("it is on")
    }

    /// Kills the daemon.
    pub(crate) fn kill(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Starts the daemon again.
    pub(crate) fn start_again(&mut self) {
        self.daemon = Some(self.home.start_daemon());
    }

    /// Has the episode watched, and gives what the player says of it.
    pub(crate) async fn watch(&self) -> Watched {
        let file = episode(&self.home);
        Watched::the_episode(self.watch_parts(&file, &[(74, 80)]).await[0])
    }

    /// Has the episode watched from its beginning: after [`Stage::watch`], that is watching it again.
    pub(crate) async fn watch_again(&self) -> Watched {
        let file = episode(&self.home);
        Watched::the_episode(self.watch_parts(&file, &[(10, 16), (74, 80)]).await[1])
    }

    /// Has two episodes in one file watched.
    pub(crate) async fn watch_two_episodes(&self) -> [Watched; 2] {
        let name = "Example Show {tmdb-1396}/Season 01/Example Show S01E01E02.mkv";
        let times = self.watch_parts(&video(&self.home, name), &[(34, 40), (84, 90)]).await;
        [(1, times[0]), (2, times[1])].map(|(episode, completed_at)| Watched {
            media_id: "TV_1396".into(),
            episode: Some((1, episode)),
            completed_at,
        })
    }

    /// Has a film watched.
    pub(crate) async fn watch_film(&self) -> Watched {
        let file = video(&self.home, "Example Film (1999) {tmdb-603}.mkv");
        let times = self.watch_parts(&file, &[(74, 80)]).await;
        Watched { media_id: "MV_603".into(), episode: None, completed_at: times[0] }
    }

    /// Has parts of a file played, each from here to there (in percent) and a little on, and gives when they had been.
    pub(crate) async fn watch_parts(&self, file: &Path, parts: &[(u32, u32)]) -> Vec<Reached> {
        let _turn = PLAYING.acquire().await.expect("it is never closed");
        // A player before this one has left its socket.
        let _ = std::fs::remove_file(socket(&self.home));
        let start = format!("--start={}%", parts[0].0);
        let (player, remote) = mpv(&self.home, file, &[&start, "--speed=50"]);
        let mut times = Vec::new();
        for (number, &(from, to)) in parts.iter().enumerate() {
            if number > 0 {
                remote.command(&json!(["seek", from, "absolute-percent+exact"]));
            }
            times.push(remote.wait_until_at(LENGTH * f64::from(to) / 100.0));
            remote.wait_until_at(LENGTH * (f64::from(to) / 100.0 + 0.02));
        }
        player.quit();
        times
    }

    /// Waits for the next call that begins with `call`, after `before` of them.
    pub(crate) async fn called(&self, call: &str, before: usize) {
        self.discovr.wait_for(call, LIMIT, |discovr| discovr.calls_to(call).len() > before).await;
    }

    /// What was watched is in the history of each service, and stays there when the daemon has ended.
    pub(crate) async fn ends_with(&mut self, watched: &[Watched]) {
        self.has_told(watched).await;
        self.discovr.wait_for("what is done late", LIMIT, |discovr| !discovr.is_late()).await;
        if let Some(trakt) = &self.trakt {
            trakt.wait_until("what is done late", LIMIT, || !trakt.is_late()).await;
        }
        if let Some(daemon) = self.daemon.take() {
            assert_eq!(daemon.stop(), Some(0));
        }
        self.has_told(watched).await;
    }

    /// What was watched is in the history of each service.
    pub(crate) async fn has_told(&self, watched: &[Watched]) {
        the_history_is(&self.home, &self.discovr, watched).await;
        if let Some(trakt) = &self.trakt {
            the_plays_are(&self.home, trakt, watched).await;
        }
    }
}

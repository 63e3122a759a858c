//! The ground of every attack: a daemon that logs what it always logs, a well-behaved mpv that plays an episode to its end
//! while the attack goes on, and bounds for memory and log.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::{Daemon, Home};
use discovr_scrobbler_support::mpv::Reached;
use discovr_scrobbler_support::report;
use discovr_scrobbler_support::wait::patiently;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::scene::*;

/// How much more memory an attack may cost at its worst than a daemon has that has nothing to do, in KiB.
const MEMORY: u64 = 64 * 1024;
/// How many lines the log may have after it.
const LINES: usize = 100;
/// The last minute up to completion is enough to have watched it: a player that is short of processor time keeps up with
/// its clock only if it does not play fast.
pub(crate) const SHORTLY: &str = "[playback]\nprogress_interval = \"10s\"\nmin_watched_percent = 1\n";
/// How many positions may be told meanwhile, of the episode and of what attackers pretend to play.
const POSITIONS: usize = 100;

/// What an attacker has to work with.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    pub(crate) bus: Arc<Bus>,
    /// The folder whose videos count.
    pub(crate) videos: PathBuf,
    /// The daemon's runtime folder. In `mpv` below it every socket is taken for an mpv's.
    pub(crate) runtime_dir: PathBuf,
    sent: Arc<AtomicU64>,
    begun: Arc<Notify>,
}

impl Ground {
    /// The attack is under way.
    pub(crate) fn begun(&self) {
        self.begun.notify_one();
    }

    /// So many messages more were sent.
    pub(crate) fn sent(&self, count: u64) {
        self.sent.fetch_add(count, Ordering::Relaxed);
    }
}

/// Lets `attack` rage while an episode is played to its end. It is told as it always is, and neither memory nor the log have
/// grown beyond bounds. The attack ends when its task is aborted.
pub(crate) async fn an_episode_is_told_during<A>(scenario: &str, attack: impl FnOnce(Ground) -> A)
where
    A: Future<Output = ()> + Send + 'static,
{
    let discovr = Discovr::start().await;
    let bus = Arc::new(Bus::start());
    let home = home().with_bus(bus.address()).with_variable("DISCOVR_SCROBBLER_LOG", "info");
    let more = format!("{SHORTLY}\n[players]\nmpv_sockets = [\"{}/mpv/*\"]\n", home.runtime_dir().display());
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &more));
    let daemon = home.start_daemon();
    discovr.wait_for("the sign-in", LIMIT, |discovr| !discovr.calls().is_empty()).await;
    let idle = peak(&daemon);
    let ground = Ground {
        bus,
        videos: home.videos(),
        runtime_dir: home.runtime_dir(),
        sent: Arc::default(),
        begun: Arc::default(),
    };
    let mut raging = tokio::spawn(attack(ground.clone()));
    tokio::select! {
        () = ground.begun.notified() => {}
        ended = &mut raging => panic!("the attack has ended: {ended:?}"),
    }
    let completed = played(&home).await;
    assert!(!raging.is_finished(), "the attack has ended: {:?}", raging.await);
    raging.abort();
    let _ = raging.await;
    the_history_is(&home, &discovr, &[Watched::the_episode(completed)]).await;
    let positions = discovr.calls_to("PATCH /profile/playback").len();
    assert!(positions < POSITIONS, "{positions} positions were told");
    let figures = [
        ("messages_sent", json!(ground.sent.load(Ordering::Relaxed))),
        ("positions_told", json!(positions)),
        ("viewings_kept", json!(viewings(&home).len())),
    ];
    held(scenario, &home, &daemon, idle, &figures);
    assert_eq!(daemon.stop(), Some(0));
}

/// Plays the episode in a well-behaved mpv, and gives the time at which it was completed.
pub(crate) async fn played(home: &Home) -> Reached {
    let file = episode(home);
    let (player, remote) = mpv(home, &file, &["--start=78%", "--speed=2"]);
    // The player is waited for without keeping the attack up.
    let completed = tokio::task::block_in_place(|| wait_for_four_fifths(&remote));
    patiently("the completion", LIMIT, || {
        viewings(home).iter().any(|viewing| viewing["completed_at"].is_string()).then_some(())
    })
    .await;
    tokio::task::block_in_place(|| player.quit());
    completed
}

/// Says that the scenario has held, after it is sure that memory and log have stayed within bounds.
pub(crate) fn held(scenario: &str, home: &Home, daemon: &Daemon, idle: u64, more: &[(&str, Value)]) {
    let worst = peak(daemon);
    let lines = home.log().lines().count();
    #[expect(clippy::cast_precision_loss, reason = "a ratio to read")]
    let ratio = worst as f64 / idle as f64;
    let mut figures = more.to_vec();
    figures.extend([
        ("peak_memory_ratio_to_idle", json!((ratio * 100.0).round() / 100.0)),
        ("peak_memory_kib", json!(worst)),
        ("log_lines", json!(lines)),
    ]);
    report::held("hostile input", scenario, &figures);
    assert!(worst < idle + MEMORY, "{worst} KiB at worst, {idle} KiB before");
    assert!(lines < LINES, "{lines} lines:\n{}", home.log());
}

/// The most memory that a daemon ever had, in KiB.
pub(crate) fn peak(daemon: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel counts it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

//! One home, one daemon after the other, one player and one service, and what happens to them round after round.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Call, Discovr, Entry, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::{Daemon, Home};
use discovr_scrobbler_support::media;
use discovr_scrobbler_support::mpv::Remote;
use discovr_scrobbler_support::players::RealPlayer;
use discovr_scrobbler_support::wait::until;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::draw::Draw;
use super::eye::Eye;
use super::plan::{Cut, Gesture, Kill, PlayKill, Round, Show, Stage, When};
use super::tally::{Step, Tally};
use super::truth::{Watched, compare};
use crate::scene::{LIMIT, now, socket, viewings, waiting_history};

/// How long everything is that is played here, in seconds.
const LENGTH: f64 = 1200.0;
/// How fast it is played.
const SPEED: f64 = 50.0;
/// How long a call is waited for that a kill is to cut off.
const PATIENCE: Duration = Duration::from_millis(4000);
const ENTRIES: &str = "POST /profile/history";
const QUESTIONS: &str = "GET /profile/history";
const POSITIONS: [&str; 2] = ["PATCH /profile/playback", "POST /profile/playback"];

/// See the module.
#[derive(Debug)]
pub(super) struct Lane {
    number: usize,
    home: Home,
    video: PathBuf,
    discovr: Arc<Discovr>,
    daemon: Option<Daemon>,
    draw: Draw,
    tally: Tally,
    watched: Vec<Watched>,
    /// How many works were played so far.
    works: u64,
    /// Entries that the service makes later.
    late: Vec<JoinHandle<()>>,
    trail: Vec<String>,
    /// Another lane has failed.
    failed: Arc<AtomicBool>,
}

/// A part of what is played: what counts as watching it.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// In seconds from the beginning, as all that follow.
    threshold: f64,
    length: f64,
}

/// A player and how to know where it is.
#[derive(Debug)]
struct Scene {
    player: RealPlayer,
    remote: Remote,
    eye: Eye,
}

impl Lane {
    pub(super) fn new(number: usize, discovr: Discovr, mut draw: Draw, failed: Arc<AtomicBool>) -> Self {
        let home = super::super::scene::home();
        let debounce = draw.one_of(&["0s", "0s", "500ms"]);
        let more = format!("[playback]\nprogress_interval = \"10s\"\ndebounce = \"{debounce}\"\n");
        home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &more));
        let video = media::video(home.path(), "video.mkv", 1200, 2);
        Self {
            number,
            home,
            video,
            discovr: Arc::new(discovr),
            daemon: None,
            draw,
            tally: Tally::default(),
            watched: Vec::new(),
            works: 0,
            late: Vec::new(),
            trail: Vec::new(),
            failed,
        }
    }

    /// Round after round until there were so many kills; then everything is told and compared.
    pub(super) fn run(&mut self, kills: usize) -> Tally {
        for number in 1.. {
            if self.tally.total() >= kills || self.failed.load(Ordering::Relaxed) {
                break;
            }
            let round = Round::draw(&mut self.draw);
            self.note(&format!("round {number}: {round:?}"));
            self.play(&round);
        }
        self.settle();
        self.tally.clone()
    }

    fn play(&mut self, round: &Round) {
        self.discovr.show_after(round.hidden);
        for kill in &round.opening {
            self.kill(kill, Step::StartUp);
        }
        self.works += 1;
        let (file, ids) = self.put(round.show);
        let parts = parts(round.show);
        let start = parts[0].leads_from() * (round.start as f64) / 100.0;
        let scene = self.start_mpv(&file, start, &parts, false);
        if round.is_missed {
            self.miss(&scene, &round.stages[0]);
        } else {
            for ((part, stage), id) in parts.iter().zip(&round.stages).zip(&ids) {
                self.watch(&scene, *part, stage, id);
            }
        }
        self.quit(scene, round.ending.as_ref());
        if let Some(stage) = &round.again {
            self.watch_again(&file, parts[0], stage, &ids[0]);
        }
    }

    /// Up to and beyond one threshold, with all the kills on the way.
    fn watch(&mut self, scene: &Scene, part: Part, stage: &Stage, id: &Id) {
        for kill in &stage.play {
            if scene.eye.position() >= part.leads_from() {
                break;
            }
            self.kill_at_play(scene, kill);
        }
        for kill in &stage.completion {
            let at = part.threshold + kill.after as f64 / 1000.0 * SPEED;
            self.wait_for_position(scene, at, kill.kill.away == 0);
            if scene.eye.position() > part.end() - part.length * 0.05 {
                break;
            }
            self.kill(&kill.kill, Step::Completion);
        }
        // From here on a daemon is there, and what it takes is played before its eyes.
        self.hold(scene);
        if scene.eye.position() > part.threshold + part.length * 0.1 {
            seek(scene, part.threshold + part.length * 0.06);
        }
        let delivery = stage.delivery.split_first().map(|(first, rest)| (self.arm(first, false), rest));
        if let Some(fault) = &stage.fault {
            self.discovr.fail(ENTRIES, fault.clone(), 1);
        }
        self.go_on(scene, SPEED);
        self.wait_for_position(scene, part.threshold + part.length * 0.17, false);
        pause(scene);
        let to = now();
        let reached = || scene.eye.reached(part.threshold);
        let (from, reached) = until("mpv was at the threshold", LIMIT, reached);
        let to = if stage.completion.is_empty() { reached } else { to };
        self.watched.push(Watched { media_id: id.media_id.clone(), episode: id.episode, from, to });
        self.tally.completions += 1;
        self.wait_for_completion(id);
        if let Some((armed, rest)) = delivery {
            self.kill_at_deliveries(armed, rest);
        }
        self.discovr.forgive();
        let _ = self.daemon();
        self.go_on(scene, SPEED);
    }

    /// A real second viewing, from the beginning.
    fn watch_again(&mut self, file: &Path, part: Part, stage: &Stage, id: &Id) {
        let _ = self.daemon();
        let first = self.newest_viewing();
        let scene = self.start_mpv(file, 0.0, &[part], true);
        self.hold(&scene);
        self.note("again");
        self.go_on(&scene, SPEED);
        self.wait_for_position(&scene, LENGTH * 0.09, false);
        pause(&scene);
        until("it counts as a second viewing", LIMIT, || (self.newest_viewing() != first).then_some(()));
        seek(&scene, LENGTH * 0.5);
        self.go_on(&scene, SPEED);
        self.watch(&scene, part, stage, id);
        self.quit(scene, None);
    }

    /// The daemon is away for so much of it that it must not count.
    fn miss(&mut self, scene: &Scene, stage: &Stage) {
        for kill in &stage.play {
            if scene.eye.position() >= LENGTH * 0.3 {
                break;
            }
            self.kill_at_play(scene, kill);
        }
        let _ = self.daemon();
        pause(scene);
        self.kill_now(Step::Play);
        if scene.eye.position() < LENGTH * 0.6 {
            seek(scene, LENGTH * 0.7);
        }
        self.go_on(scene, SPEED);
        self.wait_for_position(scene, LENGTH * 0.84, false);
        pause(scene);
        self.hold(scene);
        self.go_on(scene, 1.0);
        self.wait_for_position(scene, scene.eye.position() + 1.0, false);
        self.kill_now(Step::Play);
        let _ = self.daemon();
        self.wait_for_position(scene, scene.eye.position() + 0.5, false);
        self.tally.missed += 1;
    }

    fn kill_at_play(&mut self, scene: &Scene, play: &PlayKill) {
        match play.gesture {
            Gesture::Nothing => {}
            Gesture::Pauses => pause(scene),
            Gesture::GoesBack => drop(scene.remote.command(&json!(["seek", -20, "relative"]))),
        }
        self.kill(&play.kill, Step::Play);
        if play.gesture == Gesture::Pauses {
            self.go_on(scene, SPEED);
        }
    }

    /// Kills the daemon, which is started for it if there is none, and leaves it away for a while.
    fn kill(&mut self, kill: &Kill, step: Step) {
        match &kill.at {
            When::Starting(after) => {
                if self.daemon.is_none() {
                    self.daemon = Some(self.home.launch_daemon());
                }
                sleep(*after);
                self.kill_now(Step::StartUp);
            }
            When::Ready(after) => {
                let _ = self.daemon();
                sleep(*after);
                self.kill_now(step);
            }
            When::Writing(within) => {
                let log = self.home.state_dir().join("journal.db-wal");
                let before = written(&log);
                if self.daemon.is_none() {
                    self.daemon = Some(self.home.launch_daemon());
                }
                self.wait_while(Duration::from_millis(*within), || written(&log) == before);
                self.kill_now(step);
            }
            When::Call { .. } => {
                let armed = self.arm(kill, true);
                if !self.kill_armed(&armed, Duration::from_millis(400)) {
                    self.kill_now(step);
                }
            }
        }
        sleep(kill.away);
    }

    /// Cuts off the calls about the history one after the other, as long as there are any.
    fn kill_at_deliveries(&mut self, first: Armed, rest: &[Kill]) {
        let mut armed = first;
        for next in rest.iter().map(Some).chain([None]) {
            if !self.kill_armed(&armed, PATIENCE) {
                return;
            }
            sleep(armed.kill.away);
            if let Some(next) = next {
                armed = self.arm(next, false);
            }
        }
    }

    /// Has the service keep the next calls waiting, all or only those about the history.
    fn arm(&self, kill: &Kill, all: bool) -> Armed {
        let When::Call { cut, .. } = kill.at else { panic!("only a call can be cut off") };
        let mut calls = vec![ENTRIES, QUESTIONS];
        if all {
            calls.extend(POSITIONS);
        }
        let known = self.discovr.count();
        if let Some(fault) = cut.fault() {
            for call in &calls {
                self.discovr.fail(call, fault.clone(), 1);
            }
        }
        Armed { kill: kill.clone(), calls, known }
    }

    /// Kills the daemon when a call comes that was waited for. `false` if none does.
    fn kill_armed(&mut self, armed: &Armed, patience: Duration) -> bool {
        if self.daemon.is_none() {
            self.daemon = Some(self.home.launch_daemon());
        }
        let find = || {
            let calls = self.discovr.calls_after(armed.known);
            calls.into_iter().find(|call| armed.calls.iter().any(|name| is(call, name)))
        };
        let mut found = None;
        self.wait_while(patience, || {
            found = find();
            found.is_none()
        });
        let When::Call { cut, delay } = armed.kill.at else { panic!("only a call can be cut off") };
        if let Some(call) = &found {
            sleep(delay);
            let asks = is(call, QUESTIONS);
            self.kill_now(if asks { Step::Reconciliation } else { Step::Delivery });
            if let (Cut::Late(after), true) = (cut, is(call, ENTRIES)) {
                self.make_later(call.body.clone(), after);
            }
        }
        self.discovr.forgive();
        found.is_some()
    }

    /// The service does what it was asked to by a daemon that is long gone.
    fn make_later(&mut self, body: Value, after: u64) {
        let discovr = Arc::clone(&self.discovr);
        self.note(&format!("in {after} ms the service makes {body}"));
        self.late.push(thread::spawn(move || {
            sleep(after);
            let entry = Entry {
                media_id: body["mediaId"].as_str().expect("a call has one").to_owned(),
                season: body["season"].as_u64(),
                episode: body["episode"].as_u64(),
                progress: body["progress"].as_f64().expect("a call has one"),
                updated_at: body["updatedAt"]
                    .as_str()
                    .and_then(|at| at.parse().ok())
                    .expect("a call has one"),
                created_at: now(),
            };
            discovr.has_already(PROFILE, entry);
        }));
    }

    fn kill_now(&mut self, step: Step) {
        if let Some(daemon) = self.daemon.take() {
            daemon.kill();
            self.tally.add(step);
            self.note(&format!("killed in {step:?}"));
        }
    }

    /// The daemon, ready.
    fn daemon(&mut self) -> &Daemon {
        let home = &self.home;
        self.daemon.get_or_insert_with(|| home.start_daemon())
    }

    /// Pauses, and waits until the daemon has seen that.
    fn hold(&mut self, scene: &Scene) {
        pause(scene);
        let _ = self.daemon();
        self.note(&format!("holds at {}", scene.eye.position()));
        until("the daemon has seen the player", LIMIT, || {
            sleep(30);
            let status = self.home.json(&["status"]);
            let players = status["daemon"]["players"].as_array()?;
            let ours = players.iter().find(|player| player["pid"] == scene.player.pid())?;
            (ours["state"] == "paused" && ours["not_followed"].is_null()).then_some(())
        });
    }

    fn go_on(&mut self, scene: &Scene, speed: f64) {
        self.note(&format!("goes on at {}", scene.eye.position()));
        scene.eye.plays_at(speed);
        scene.remote.command(&json!(["set_property", "speed", speed]));
        scene.remote.command(&json!(["set_property", "pause", false]));
    }

    /// Waits until it is there, or at its end. `with_daemon`: with one looking on.
    fn wait_for_position(&mut self, scene: &Scene, seconds: f64, with_daemon: bool) {
        if with_daemon {
            let _ = self.daemon();
        }
        let seconds = seconds.min(LENGTH - 2.0);
        self.note(&format!("waits for {seconds}"));
        until("mpv gets there", LIMIT, || (scene.eye.position() >= seconds).then_some(()));
    }

    /// Waits until the journal has the completion.
    fn wait_for_completion(&self, id: &Id) {
        until("the completion is in the journal", LIMIT, || {
            sleep(30);
            let parts = viewings(&self.home).first()?["parts"].as_array()?.clone();
            let of_it =
                |part: &&Value| id.episode.is_none() || part["episode"].as_u64() == id.episode.map(|id| id.1);
            parts.iter().find(of_it)?["completed_at"].as_str().map(drop)
        });
    }

    fn newest_viewing(&self) -> Option<String> {
        Some(viewings(&self.home).first()?["id"].as_str()?.to_owned())
    }

    /// A file of its own for each work that is played.
    fn put(&self, show: Show) -> (PathBuf, Vec<Id>) {
        let number = self.works;
        let season = self.number as u64 + 1;
        let episode = |episode| Id { media_id: "TV_1396".into(), episode: Some((season, episode)) };
        let series = "Example Show {tmdb-1396}";
        let (name, ids) = match show {
            Show::Film => {
                let tmdb = 1000 * season + number;
                (
                    format!("Example Film {{tmdb-{tmdb}}}/Example Film.mkv"),
                    vec![Id { media_id: format!("MV_{tmdb}"), episode: None }],
                )
            }
            Show::Episode => {
                let at = 2 * number;
                (
                    format!("{series}/Season {season:02}/Example Show S{season:02}E{at:02}.mkv"),
                    vec![episode(at)],
                )
            }
            Show::TwoEpisodes => {
                let (at, next) = (2 * number, 2 * number + 1);
                (
                    format!("{series}/Season {season:02}/Example Show S{season:02}E{at:02}E{next:02}.mkv"),
                    vec![episode(at), episode(next)],
                )
            }
        };
        let path = self.home.videos().join(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder of our own");
        fs::hard_link(&self.video, &path).expect("a file of our own");
        (path, ids)
    }

    fn start_mpv(&self, file: &Path, start: f64, parts: &[Part], paused: bool) -> Scene {
        let socket = socket(&self.home);
        let _ = fs::remove_file(&socket);
        let arguments = [
            format!("--input-ipc-server={}", socket.display()),
            format!("--start={start}"),
            format!("--speed={SPEED}"),
            format!("--pause={}", if paused { "yes" } else { "no" }),
            "--keep-open=yes".to_owned(),
        ];
        let player = RealPlayer::bare_mpv(&[file], &arguments.each_ref().map(String::as_str));
        let remote = Remote::new(&socket);
        let marks: Vec<f64> = parts.iter().map(|part| part.threshold).collect();
        let _ = remote.position();
        let eye = Eye::on(&socket, SPEED, &marks);
        Scene { player, remote, eye }
    }

    fn quit(&mut self, scene: Scene, ending: Option<&Kill>) {
        scene.player.quit();
        if let Some(kill) = ending {
            self.kill(kill, Step::Play);
        }
    }

    /// All is forgiven; everything that waits is told, and compared with what was watched.
    fn settle(&mut self) {
        for late in self.late.drain(..) {
            late.join().expect("it only makes an entry");
        }
        self.discovr.forgive();
        self.discovr.show_after(Duration::ZERO);
        let _ = self.daemon();
        let _ = self.home.run(&["queue", "retry"]);
        until("everything is told", LIMIT, || {
            sleep(200);
            waiting_history(&self.home).is_empty().then_some(())
        });
        let compared = compare(&self.watched, &self.discovr.history(PROFILE));
        let log = self.home.log();
        let set_aside = self.home.json(&["status"])["set_aside"].as_array().map_or(0, Vec::len);
        let stopped = self.daemon.take().and_then(Daemon::stop);
        let fault = match compared {
            Err(fault) => Some(fault),
            Ok(()) if log.contains("panicked") => Some("the daemon has panicked".to_owned()),
            Ok(()) if set_aside > 0 => Some("a journal was set aside".to_owned()),
            Ok(()) if stopped != Some(0) => Some(format!("it ended with {stopped:?}")),
            Ok(()) => None,
        };
        if let Some(fault) = fault {
            panic!("{fault}");
        }
    }

    fn note(&mut self, what: &str) {
        self.trail.push(format!("{} {what}", clock(now())));
    }

    /// What led to a failure.
    fn story(&self) -> String {
        let calls = self.discovr.calls();
        let calls = calls.iter().filter(|call| is(call, ENTRIES) || is(call, QUESTIONS));
        let calls: Vec<String> = calls
            .map(|call| {
                format!("{} {} {} {} -> {}", clock(call.at), call.method, call.path, call.body, call.status)
            })
            .collect();
        let lines = ["ERROR", "WARN", "INFO"];
        let log = self.home.log();
        let log: Vec<&str> =
            log.lines().filter(|line| lines.iter().any(|level| line.contains(level))).collect();
        format!(
            "What happened:\n{}\nCalls:\n{}\nLog:\n{}",
            self.trail.join("\n"),
            calls.join("\n"),
            log.join("\n")
        )
    }

    /// Waits while `holds`, and no longer than `limit`.
    fn wait_while(&self, limit: Duration, mut holds: impl FnMut() -> bool) {
        let end = Instant::now() + limit;
        while Instant::now() < end && holds() {
            sleep(1);
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if thread::panicking() {
            self.failed.store(true, Ordering::Relaxed);
            let _ = writeln!(std::io::stderr(), "kills: lane {} has failed. {}", self.number, self.story());
        }
    }
}

/// What an entry is of.
#[derive(Debug, Clone)]
struct Id {
    media_id: String,
    episode: Option<(u64, u64)>,
}

/// Calls that are waited for.
#[derive(Debug)]
struct Armed {
    kill: Kill,
    calls: Vec<&'static str>,
    /// How many calls there were before.
    known: usize,
}

impl Part {
    /// Where kills at play end: who has watched up to here and goes on beyond the threshold has watched it.
    fn leads_from(self) -> f64 {
        self.threshold - self.length * 0.1
    }

    fn end(self) -> f64 {
        self.threshold + self.length * 0.2
    }
}

fn parts(show: Show) -> Vec<Part> {
    let count = if show == Show::TwoEpisodes { 2 } else { 1 };
    let length = LENGTH / f64::from(count);
    (0..count).map(|part| Part { threshold: length * (f64::from(part) + 0.8), length }).collect()
}

/// Goes elsewhere in a pause, and waits until it is there.
fn seek(scene: &Scene, seconds: f64) {
    scene.remote.command(&json!(["seek", seconds, "absolute", "exact"]));
    until("mpv goes there", LIMIT, || ((scene.eye.position() - seconds).abs() < 5.0).then_some(()));
}

fn pause(scene: &Scene) {
    scene.remote.command(&json!(["set_property", "pause", true]));
}

fn is(call: &Call, name: &str) -> bool {
    name.split_once(' ').is_some_and(|(method, path)| call.method == method && call.path.starts_with(path))
}

/// How much of the journal's log there is, and since when.
fn written(log: &Path) -> Option<(u64, std::time::SystemTime)> {
    let log = fs::metadata(log).ok()?;
    Some((log.len(), log.modified().ok()?))
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S%.3f").to_string()
}

fn sleep(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

//! One home, one daemon after the other, one player and one of each service, and what happens to them round after round.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use discovr_scrobbler_support::both::{settings_of_trakt, sign_in_to_trakt};
use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::{Daemon, Home};
use discovr_scrobbler_support::media;
use discovr_scrobbler_support::trakt::Trakt;
use discovr_scrobbler_support::wait::until;
use jiff::Timestamp;
use serde_json::Value;

use super::draw::Draw;
use super::killing::{ENTRIES, QUESTIONS, is, sleep};
use super::plan::{Gesture, Kill, PlayKill, Round, Show, Stage};
use super::player::{LENGTH, Part, Player, SPEED, parts};
use super::tally::{Step, Tally};
use super::truth::{Watched, compare, compare_plays};
use crate::scene::{LIMIT, now, viewings, waiting_history};

/// The calls by which Trakt makes plays.
const PLAYS: [&str; 2] = ["POST /scrobble/stop", "POST /sync/history"];

/// See the module.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) number: usize,
    pub(super) home: Home,
    pub(super) video: PathBuf,
    pub(super) discovr: Arc<Discovr>,
    /// The second service: nobody waits for its calls, and it fails together with the first.
    pub(super) trakt: Trakt,
    pub(super) daemon: Option<Daemon>,
    pub(super) draw: Draw,
    pub(super) tally: Tally,
    pub(super) watched: Vec<Watched>,
    /// How many works were played so far.
    pub(super) works: u64,
    /// Entries that the service makes later.
    pub(super) late: Vec<JoinHandle<()>>,
    pub(super) trail: Vec<String>,
    /// Another lane has failed.
    pub(super) failed: Arc<AtomicBool>,
}

impl Lane {
    pub(super) fn new(
        number: usize,
        (discovr, trakt): (Discovr, Trakt),
        mut draw: Draw,
        failed: Arc<AtomicBool>,
    ) -> Self {
        let home = super::super::scene::home();
        let debounce = draw.one_of(&["0s", "0s", "500ms"]);
        sign_in_to_trakt(&home, &trakt);
        let of_trakt = settings_of_trakt(&home, &trakt);
        let more =
            format!("{of_trakt}\n[playback]\nprogress_interval = \"10s\"\ndebounce = \"{debounce}\"\n");
        home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &more));
        let video = media::video(home.path(), "video.mkv", 1200, 2);
        Self {
            number,
            home,
            video,
            discovr: Arc::new(discovr),
            trakt,
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
        self.trakt.show_after(round.hidden);
        for kill in &round.opening {
            self.kill(kill, Step::StartUp);
        }
        self.works += 1;
        let (file, ids) = self.put(round.show);
        let parts = parts(round.show);
        // What is to be missed begins early: nobody may come near the threshold with a daemon looking on.
        let share = (round.start as f64) / if round.is_missed { 300.0 } else { 100.0 };
        let start = parts[0].leads_from() * share;
        let player = Player::start(&self.home, &file, start, &parts, false);
        if round.is_missed {
            self.miss(&player, &round.stages[0]);
        } else {
            for ((part, stage), id) in parts.iter().zip(&round.stages).zip(&ids) {
                self.watch(&player, *part, stage, id);
            }
        }
        self.quit(player, round.ending.as_ref());
        if let Some(stage) = &round.again {
            self.watch_again(&file, parts[0], stage, &ids[0]);
        }
    }

    /// Up to and beyond one threshold, with all the kills on the way.
    fn watch(&mut self, player: &Player, part: Part, stage: &Stage, id: &Id) {
        for kill in &stage.play {
            if player.position() >= part.leads_from() {
                break;
            }
            self.kill_at_play(player, kill);
        }
        for kill in &stage.completion {
            let at = part.threshold + kill.after as f64 / 1000.0 * SPEED;
            if kill.kill.away == 0 {
                let _ = self.daemon();
            }
            player.wait_until_at(at);
            if player.position() > part.end() - part.length * 0.05 {
                break;
            }
            self.kill(&kill.kill, Step::Completion);
        }
        // From here on a daemon is there, and what it takes is played before its eyes.
        self.hold(player);
        if player.position() > part.threshold + part.length * 0.1 {
            player.seek(part.threshold + part.length * 0.06);
        }
        let delivery = stage.delivery.split_first().map(|(first, rest)| (self.arm(first, false), rest));
        if let Some(fault) = &stage.fault {
            self.discovr.fail(ENTRIES, fault.clone(), 1);
            for call in PLAYS {
                self.trakt.fail(call, fault.clone(), 1);
            }
        }
        player.go_on(SPEED);
        player.wait_until_at(part.threshold + part.length * 0.17);
        player.pause();
        let to = now();
        let (from, reached) = player.reached(part.threshold);
        let to = if stage.completion.is_empty() { reached } else { to };
        self.watched.push(Watched { media_id: id.media_id.clone(), episode: id.episode, from, to });
        self.tally.completions += 1;
        self.wait_for_completion(id);
        if let Some((armed, rest)) = delivery {
            self.kill_at_deliveries(armed, rest);
        }
        self.discovr.forgive();
        let _ = self.daemon();
        player.go_on(SPEED);
    }

    /// A real second viewing, from the beginning.
    fn watch_again(&mut self, file: &Path, part: Part, stage: &Stage, id: &Id) {
        let _ = self.daemon();
        let first = self.newest_viewing();
        let player = Player::start(&self.home, file, 0.0, &[part], true);
        self.hold(&player);
        self.note("again");
        player.go_on(SPEED);
        player.wait_until_at(LENGTH * 0.09);
        player.pause();
        until("it counts as a second viewing", LIMIT, || (self.newest_viewing() != first).then_some(()));
        player.seek(LENGTH * 0.5);
        player.go_on(SPEED);
        self.watch(&player, part, stage, id);
        self.quit(player, None);
    }

    /// The daemon is away for so much of it that it must not count.
    fn miss(&mut self, player: &Player, stage: &Stage) {
        for kill in &stage.play {
            if player.position() >= LENGTH * 0.3 {
                break;
            }
            self.kill_at_play(player, kill);
        }
        // What is needed of it has been seen, though not what leads to the threshold.
        self.hold(player);
        player.go_on(SPEED);
        player.wait_until_at(player.position() + LENGTH * 0.08);
        player.pause();
        until("the journal has what was watched", LIMIT, || {
            sleep(30);
            viewings(&self.home).first()?["watched_percent"].as_f64().filter(|&watched| watched >= 5.0)
        });
        self.kill_now(Step::Play);
        if player.position() < LENGTH * 0.6 {
            player.seek(LENGTH * 0.7);
        }
        player.go_on(SPEED);
        player.wait_until_at(LENGTH * 0.84);
        player.pause();
        self.hold(player);
        player.go_on(1.0);
        player.wait_until_at(player.position() + 1.0);
        self.kill_now(Step::Play);
        let _ = self.daemon();
        player.wait_until_at(player.position() + 0.5);
        self.tally.missed += 1;
    }

    fn kill_at_play(&mut self, player: &Player, play: &PlayKill) {
        match play.gesture {
            Gesture::Nothing => {}
            Gesture::Pauses => player.pause(),
            Gesture::GoesBack => player.go_back(),
        }
        self.kill(&play.kill, Step::Play);
        if play.gesture == Gesture::Pauses {
            player.go_on(SPEED);
        }
    }

    /// Pauses, and waits until the daemon has seen that.
    fn hold(&mut self, player: &Player) {
        player.pause();
        let _ = self.daemon();
        self.note(&format!("holds at {}", player.position()));
        until("the daemon has seen the player", LIMIT, || {
            sleep(30);
            let status = self.home.json(&["status"]);
            let players = status["daemon"]["players"].as_array()?;
            let ours = players.iter().find(|seen| seen["pid"] == player.pid())?;
            (ours["state"] == "paused" && ours["not_followed"].is_null()).then_some(())
        });
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
        // No series has episodes without end.
        let (tmdb, place) = (1396 + number / 25, number % 25);
        let episode = |episode| Id { media_id: format!("TV_{tmdb}"), episode: Some((season, episode)) };
        let series = format!("Example Show {{tmdb-{tmdb}}}");
        let (name, ids) = match show {
            Show::Film => {
                let tmdb = 1000 * season + number;
                (
                    format!("Example Film {{tmdb-{tmdb}}}/Example Film.mkv"),
                    vec![Id { media_id: format!("MV_{tmdb}"), episode: None }],
                )
            }
            Show::Episode => {
                let at = 2 * place + 1;
                (
                    format!("{series}/Season {season:02}/Example Show S{season:02}E{at:02}.mkv"),
                    vec![episode(at)],
                )
            }
            Show::TwoEpisodes => {
                let (at, next) = (2 * place + 1, 2 * place + 2);
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

    fn quit(&mut self, player: Player, ending: Option<&Kill>) {
        player.quit();
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
        self.trakt.forgive();
        self.trakt.show_after(Duration::ZERO);
        let _ = self.daemon();
        let _ = self.home.run(&["queue", "retry"]);
        until("everything is told", LIMIT, || {
            sleep(200);
            waiting_history(&self.home).is_empty().then_some(())
        });
        let compared = compare(&self.watched, &self.discovr.history(PROFILE))
            .and_then(|()| compare_plays(&self.watched, self.trakt.plays()));
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

    pub(super) fn note(&mut self, what: &str) {
        self.trail.push(format!("{} {what}", clock(now())));
    }

    /// What led to a failure.
    fn story(&self) -> String {
        let calls = self.discovr.calls();
        let of_trakt = self.trakt.calls();
        let calls = calls.iter().filter(|call| is(call, ENTRIES) || is(call, QUESTIONS)).chain(&of_trakt);
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

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S%.3f").to_string()
}

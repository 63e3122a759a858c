//! How the daemon is killed: at which moment, and what the service does meanwhile.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use discovr_scrobbler_support::discovr::{Call, Entry, PROFILE};
use discovr_scrobbler_support::home::Daemon;
use serde_json::Value;
use tokio::time::Instant;

use super::lane::Lane;
use super::plan::{Cut, Kill, When};
use super::tally::Step;
use crate::scene::now;

/// How long a call is waited for that a kill is to cut off.
const PATIENCE: Duration = Duration::from_millis(4000);
/// Calls by which entries are made.
pub(super) const ENTRIES: &str = "POST /profile/history";
/// Calls by which the service is asked.
pub(super) const QUESTIONS: &str = "GET /profile/history";
const POSITIONS: [&str; 2] = ["PATCH /profile/playback", "POST /profile/playback"];

impl Lane {
    /// Kills the daemon, which is started for it if there is none, and leaves it away for a while.
    pub(super) fn kill(&mut self, kill: &Kill, step: Step) {
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
    pub(super) fn kill_at_deliveries(&mut self, first: Armed, rest: &[Kill]) {
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
    pub(super) fn arm(&self, kill: &Kill, all: bool) -> Armed {
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

    pub(super) fn kill_now(&mut self, step: Step) {
        if let Some(daemon) = self.daemon.take() {
            daemon.kill();
            self.tally.add(step);
            self.note(&format!("killed in {step:?}"));
        }
    }

    /// The daemon, ready.
    pub(super) fn daemon(&mut self) -> &Daemon {
        let home = &self.home;
        self.daemon.get_or_insert_with(|| home.start_daemon())
    }

    /// Waits while `holds`, and no longer than `limit`.
    fn wait_while(&self, limit: Duration, mut holds: impl FnMut() -> bool) {
        let end = Instant::now() + limit;
        while Instant::now() < end && holds() {
            sleep(1);
        }
    }
}

/// Calls that are waited for.
#[derive(Debug)]
pub(super) struct Armed {
    kill: Kill,
    calls: Vec<&'static str>,
    /// How many calls there were before.
    known: usize,
}

pub(super) fn is(call: &Call, name: &str) -> bool {
    name.split_once(' ').is_some_and(|(method, path)| call.method == method && call.path.starts_with(path))
}

/// How much of the journal's log there is, and since when.
fn written(log: &Path) -> Option<(u64, SystemTime)> {
    let log = fs::metadata(log).ok()?;
    Some((log.len(), log.modified().ok()?))
}

pub(super) fn sleep(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

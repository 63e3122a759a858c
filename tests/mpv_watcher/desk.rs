//! A desk: a home of its own, the watcher, and what it reports.

use std::path::{Path, PathBuf};
use std::time::Duration;

use discovr_scrobbler::player::mpv::{MpvSettings, Places, watch};
use discovr_scrobbler::player::{Location, Observation, PlayState, PlayerReport, SourceId, WatcherContext};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Generous: a loaded machine may need long, and only a failure waits for it.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Desk {
    home: tempfile::TempDir,
    reports: mpsc::Receiver<PlayerReport>,
    context: WatcherContext,
    watching: Option<JoinHandle<()>>,
    /// Everything that was reported.
    pub(crate) seen: Vec<PlayerReport>,
}

impl Desk {
    /// A desk with the folders `runtime` and `tmp`, and nobody watching yet.
    pub(crate) fn new() -> Self {
        Self::with_room_for(64)
    }

    /// The same with room for so many reports that nobody takes.
    pub(crate) fn with_room_for(reports: usize) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        for folder in ["runtime", "tmp"] {
            std::fs::create_dir(home.path().join(folder)).expect("a new folder");
        }
        let (sender, reports) = mpsc::channel(reports);
        let context = WatcherContext::new(sender);
        Self { home, reports, context, watching: None, seen: Vec::new() }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The desk's own folders, without a look at the processes of the machine.
    pub(crate) fn places(&self) -> Places {
        Places {
            runtime_folder: Some(self.at("runtime")),
            folders: vec![self.at("tmp")],
            configurations: vec![self.at("config/mpv/mpv.conf")],
            home: Some(self.home.path().to_owned()),
            processes: false,
        }
    }

    pub(crate) fn watch(&mut self) {
        self.watch_at(self.places(), &[]);
    }

    pub(crate) fn watch_at(&mut self, places: Places, sockets: &[&Path]) {
        let sockets = sockets.iter().map(|path| path.to_str().expect("UTF-8").to_owned()).collect();
        let settings = MpvSettings { sockets, places };
        self.watching = Some(tokio::spawn(watch(settings, self.context.clone())));
    }

    /// A player appeared on the bus.
    pub(crate) fn look_again(&self) {
        self.context.look_again.notify_one();
    }

    /// Waits for the next report, whatever it is.
    pub(crate) async fn next(&mut self) -> PlayerReport {
        let report = tokio::time::timeout(LIMIT, self.reports.recv()).await;
        let report = report.unwrap_or_else(|_| panic!("no report; so far: {}", self.story()));
        let report = report.expect("a watcher");
        self.seen.push(report.clone());
        report
    }

    /// Waits for an observation that is as wanted.
    pub(crate) async fn observed(&mut self, wanted: impl Fn(&Observation) -> bool) -> Observation {
        let deadline = tokio::time::Instant::now() + LIMIT;
        loop {
            let next = tokio::time::timeout_at(deadline, self.next()).await;
            let next = next.unwrap_or_else(|_| panic!("not observed; so far: {}", self.story()));
            if let PlayerReport::Observed(observation) = next
                && wanted(&observation)
            {
                return observation;
            }
        }
    }

    /// Waits until a source is gone.
    pub(crate) async fn gone(&mut self, source: SourceId) {
        loop {
            if let PlayerReport::Gone { source: gone, .. } = self.next().await
                && gone.id == source
            {
                return;
            }
        }
    }

    /// Waits until the file at `path` plays.
    pub(crate) async fn plays(&mut self, path: &Path) -> Observation {
        self.observed(|observation| plays(observation) && path_of(observation) == Some(path)).await
    }

    /// All observations so far.
    pub(crate) fn observations(&self) -> impl Iterator<Item = &Observation> {
        self.seen.iter().filter_map(|report| match report {
            PlayerReport::Observed(observation) => Some(observation),
            PlayerReport::Gone { .. } => None,
        })
    }

    /// Everything that was reported, a line each.
    fn story(&self) -> String {
        self.seen.iter().map(|report| format!("\n  {report:?}")).collect()
    }

    /// Takes in what has been reported by now.
    pub(crate) fn drain(&mut self) {
        while let Ok(report) = self.reports.try_recv() {
            self.seen.push(report);
        }
    }

    /// Ends the watcher, and waits for its end.
    pub(crate) async fn end(mut self) {
        self.context.cancel.cancel();
        if let Some(watching) = self.watching.take() {
            let ended = tokio::time::timeout(LIMIT, watching).await;
            ended.expect("the watcher ends when it is told to").expect("the watcher does not panic");
        }
    }
}

/// Whether it moves.
pub(crate) fn plays(observation: &Observation) -> bool {
    observation.state == PlayState::Playing && observation.rate.get() > 0.0
}

pub(crate) fn path_of(observation: &Observation) -> Option<&Path> {
    observation.media.as_ref()?.location.path()
}

pub(crate) fn url_of(observation: &Observation) -> Option<&str> {
    match &observation.media.as_ref()?.location {
        Location::Url(url) => Some(url),
        Location::File(_) | Location::Unknown => None,
    }
}

/// The position in seconds; -1 when there is none.
pub(crate) fn seconds(observation: &Observation) -> f64 {
    observation.position.map_or(-1.0, |position| position.offset().as_secs_f64())
}

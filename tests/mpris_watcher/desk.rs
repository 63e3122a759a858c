//! A desk with a bus: the watcher under test, the state machine behind it, and a journal that remembers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use discovr_scrobbler::clock::{Clock, Moment};
use discovr_scrobbler::playback::{Event, EventKind, Input, Output, Settings, Tracker, Viewing, ViewingId};
use discovr_scrobbler::player::mpris::{MprisSettings, watch};
use discovr_scrobbler::player::{
    MediaKey, Observation, PlayState, PlayerReport, Position, Source, WatcherContext,
};
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::scripted_player::ScriptedPlayer;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use zbus::zvariant::Value;

/// For how long anything is waited for. Nothing takes so long; a slow machine may.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// How long the films of these tests are: at [`FAST`] they last some seconds.
pub(crate) const LENGTH: u64 = 200;
/// A speed at which the films of these tests last some seconds.
pub(crate) const FAST: f64 = 50.0;

pub(crate) struct Desk {
    reports: mpsc::Receiver<PlayerReport>,
    pub(crate) seen: Vec<PlayerReport>,
    tracker: Tracker,
    clock: Clock,
    journal: BTreeMap<MediaKey, Viewing>,
    pub(crate) events: Vec<Event>,
    /// How many of `events` were waited for.
    waited_for: usize,
    pub(crate) look_again: Arc<Notify>,
    cancel: CancellationToken,
    watcher: Option<JoinHandle<()>>,
}

impl Desk {
    /// The watcher of all players on `bus`.
    pub(crate) fn at(bus: &Bus) -> Self {
        Self::with(MprisSettings { address: Some(bus.address()), ..MprisSettings::default() })
    }

    pub(crate) fn with(settings: MprisSettings) -> Self {
        let (sender, reports) = mpsc::channel(64);
        let context = WatcherContext::new(sender);
        let playback = Settings {
            debounce: Duration::from_millis(200),
            min_duration: Duration::from_secs(10),
            ..Settings::default()
        };
        let mut next = 0;
        let tracker = Tracker::new(playback, move || {
            next += 1;
            ViewingId(Uuid::from_u64_pair(0, next))
        });
        Self {
            reports,
            seen: Vec::new(),
            tracker,
            clock: context.clock.clone(),
            journal: BTreeMap::new(),
            events: Vec::new(),
            waited_for: 0,
            look_again: Arc::clone(&context.look_again),
            cancel: context.cancel.clone(),
            watcher: Some(tokio::spawn(watch(settings, context))),
        }
    }

    /// Waits for a report that was not waited for yet.
    pub(crate) async fn report(&mut self, what: &str, fits: impl Fn(&PlayerReport) -> bool) -> PlayerReport {
        let from = self.seen.len();
        let found = |desk: &Self| desk.seen[from..].iter().position(&fits);
        self.until(what, |desk| found(desk).is_some()).await;
        self.seen[from + found(self).expect("it was waited for")].clone()
    }

    /// Waits for the next observation that fits.
    pub(crate) async fn sees(&mut self, what: &str, fits: impl Fn(&Observation) -> bool) -> Observation {
        let report = self
            .report(what, |report| matches!(report, PlayerReport::Observed(observation) if fits(observation)))
            .await;
        match report {
            PlayerReport::Observed(observation) => observation,
            PlayerReport::Gone { .. } => unreachable!("it was an observation"),
        }
    }

    /// Waits for the next observation of this state of anything.
    pub(crate) async fn sees_state(&mut self, state: PlayState) -> Observation {
        self.sees(&format!("{state}"), |seen| seen.state == state && seen.media.is_some()).await
    }

    /// Waits until some player has been seen that has nothing loaded.
    pub(crate) async fn sees_nothing_loaded(&mut self) {
        self.until("nothing loaded", |desk| {
            desk.seen
                .iter()
                .any(|report| matches!(report, PlayerReport::Observed(seen) if seen.media.is_none()))
        })
        .await;
    }

    /// Waits until a player is gone.
    pub(crate) async fn sees_it_go(&mut self) -> Arc<Source> {
        match self.report("gone", |report| matches!(report, PlayerReport::Gone { .. })).await {
            PlayerReport::Gone { source, .. } => source,
            PlayerReport::Observed(_) => unreachable!("it was gone"),
        }
    }

    /// Waits for the next event of this kind; those in between are skipped.
    pub(crate) async fn event(&mut self, kind: EventKind) -> Event {
        let from = self.waited_for;
        let found = |desk: &Self| desk.events[from..].iter().position(|event| event.kind == kind);
        self.until(&format!("{kind:?}"), |desk| found(desk).is_some()).await;
        let index = from + found(self).expect("it was waited for");
        self.waited_for = index + 1;
        self.events[index].clone()
    }

    /// Waits until the state machine has nothing to do in a while: whatever settles has settled.
    pub(crate) async fn settles(&mut self) {
        let soon = Duration::from_millis(1500);
        let mut quiet_since = self.clock.now().moment;
        let mut known = (self.seen.len(), self.events.len());
        self.until("quiet", |desk| {
            let now = desk.clock.now().moment;
            let latest = (desk.seen.len(), desk.events.len());
            if latest != known {
                (known, quiet_since) = (latest, now);
            }
            now.since(quiet_since) >= soon
        })
        .await;
    }

    pub(crate) fn kinds(&self) -> Vec<EventKind> {
        self.events.iter().map(|event| event.kind).collect()
    }

    pub(crate) fn count(&self, kind: EventKind) -> usize {
        self.events.iter().filter(|event| event.kind == kind).count()
    }

    /// How many viewings there were.
    pub(crate) fn viewings(&self) -> usize {
        let mut ids: Vec<Uuid> = self.events.iter().map(|event| event.viewing.id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    /// Ends the watcher and waits until it has.
    pub(crate) async fn end(&mut self) {
        self.cancel.cancel();
        if let Some(watcher) = self.watcher.take() {
            tokio::time::timeout(LIMIT, watcher).await.expect("the watcher ends").expect("it did not panic");
        }
    }

    /// Lets reports and time reach the state machine until something is so.
    pub(crate) async fn until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let limit = tokio::time::Instant::now() + LIMIT;
        while !is_so(self) {
            let next_look = tokio::time::Instant::now() + Duration::from_millis(100);
            let due =
                self.tracker.deadline().map_or(next_look, |due| self.clock.instant(due.at).min(next_look));
            tokio::select! {
                report = self.reports.recv() => {
                    let report = report.expect("the watcher still runs");
                    self.seen.push(report.clone());
                    self.give(Input::Report(report));
                }
                () = tokio::time::sleep_until(due) => self.give(Input::Tick),
            }
            assert!(
                tokio::time::Instant::now() < limit,
                "this was waited for in vain: {what}\nevents: {:?}\nthe last reports: {:?}",
                self.kinds(),
                &self.seen[self.seen.len().saturating_sub(5)..]
            );
        }
    }

    fn give(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for output in self.tracker.handle(input, self.clock.now()) {
                match output {
                    Output::Recall(media) => {
                        let viewing = self.journal.get(&media).cloned().map(Box::new);
                        inputs.push(Input::Recalled { media, viewing });
                    }
                    Output::Event(event) => {
                        self.journal.insert(event.viewing.media_key(), event.viewing.clone());
                        self.events.push(*event);
                    }
                }
            }
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// What a player says of a film of [`LENGTH`], as most do.
pub(crate) fn film(url: &str) -> [(&'static str, Value<'static>); 2] {
    [("xesam:url", Value::from(url.to_owned())), ("mpris:length", micros(LENGTH))]
}

pub(crate) fn micros(seconds: u64) -> Value<'static> {
    Value::from(i64::try_from(seconds * 1_000_000).expect("a short film"))
}

/// Plays `url` from `seconds` on at [`FAST`], and says so.
pub(crate) async fn play_fast(player: &ScriptedPlayer, url: &str, seconds: f64) {
    player.status("Playing").set("Rate", FAST).metadata(film(url)).run_from(seconds, FAST);
    player.emit(["PlaybackStatus", "Metadata", "Rate"]).await;
}

/// Plays `url` from `seconds` on as it was made, and says so.
pub(crate) async fn play(player: &ScriptedPlayer, url: &str, seconds: f64) {
    player.status("Playing").set("Rate", 1.0).metadata(film(url)).run_from(seconds, 1.0);
    player.emit(["PlaybackStatus", "Metadata", "Rate"]).await;
}

/// Lets a scripted player get as far as `seconds`.
pub(crate) async fn until_at(desk: &mut Desk, player: &ScriptedPlayer, seconds: f64) {
    desk.until("the scripted player gets there", |_| player.seconds() >= seconds).await;
}

pub(crate) fn secs(position: Option<Position>) -> f64 {
    position.expect("a position").offset().as_secs_f64()
}

pub(crate) fn path_of(observation: &Observation) -> &Path {
    observation.media.as_ref().and_then(|media| media.location.path()).expect("a file")
}

pub(crate) fn moment_of(report: &PlayerReport) -> Moment {
    match report {
        PlayerReport::Observed(observation) => observation.at,
        PlayerReport::Gone { at, .. } => *at,
    }
}

//! A desk to watch at: a simulated clock, simulated players that obey physics, the state machine under test and
//! a journal that remembers what it was told.

use std::collections::BTreeMap;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use discovr_scrobbler::clock::{Moment, Now};
use discovr_scrobbler::playback::{Event, EventKind, Input, Output, Settings, Tracker, Viewing, ViewingId};
use discovr_scrobbler::player::{
    Interface, Location, Media, MediaKey, Observation, PlayState, PlayerReport, Position, Rate, Source,
    SourceId,
};
use jiff::Timestamp;
use uuid::Uuid;

/// The watchers' heartbeat.
const HEARTBEAT: Duration = Duration::from_secs(30);

pub(crate) const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A player that obeys physics, and the interfaces through which it is seen.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    pub(crate) sources: Vec<Arc<Source>>,
    pub(crate) media: Option<Arc<Media>>,
    pub(crate) duration: Duration,
    pub(crate) state: PlayState,
    /// What it says it does, when that is not true.
    pub(crate) says: Option<PlayState>,
    pub(crate) position: Duration,
    pub(crate) rate: f64,
    beat: Duration,
}

pub(crate) struct Desk {
    pub(crate) now: Duration,
    wall_offset: Duration,
    pub(crate) tracker: Tracker,
    settings: Settings,
    pub(crate) journal: BTreeMap<MediaKey, Viewing>,
    pub(crate) events: Vec<Event>,
    pub(crate) player: Player,
    /// Media time that really passed.
    pub(crate) played: Duration,
    next_source: u64,
    /// How late each interface speaks, by its place in `player.sources`.
    pub(crate) delays: Vec<Duration>,
    late: Vec<(Duration, PlayerReport)>,
    /// How many parts everything that is played has, as far as the daemon knows.
    pub(crate) parts: NonZeroU8,
}

pub(crate) fn media(path: &str) -> Arc<Media> {
    Arc::new(Media { video: Some(true), ..Media::at(Location::File(PathBuf::from(path))) })
}

fn work(viewing: ViewingId, parts: NonZeroU8) -> Input {
    Input::Work { viewing, kind: None, parts }
}

fn tracker(settings: &Settings, run: u64) -> Tracker {
    let mut next = 0;
    Tracker::new(settings.clone(), move || {
        next += 1;
        ViewingId(Uuid::from_u64_pair(run, next))
    })
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let player = Player {
            sources: Vec::new(),
            media: None,
            duration: minutes(45),
            state: PlayState::Stopped,
            says: None,
            position: Duration::ZERO,
            rate: 1.0,
            beat: Duration::ZERO,
        };
        Self {
            now: Duration::from_secs(1000),
            wall_offset: Duration::ZERO,
            tracker: tracker(&settings, 1),
            settings,
            journal: BTreeMap::new(),
            events: Vec::new(),
            player,
            played: Duration::ZERO,
            next_source: 1,
            delays: Vec::new(),
            late: Vec::new(),
            parts: NonZeroU8::MIN,
        }
    }

    pub(crate) fn now(&self) -> Now {
        let wall = Timestamp::from_second(1_800_000_000)
            .and_then(|start| start.checked_add(self.now + self.wall_offset))
            .expect("a time in this century");
        Now { moment: Moment::new(self.now), wall }
    }

    /// Opens an interface to the player.
    pub(crate) fn connect(&mut self, interface: Interface, pid: Option<u32>) {
        let id = SourceId(self.next_source);
        self.next_source += 1;
        let source = Source { id, interface, player: "mpv".into(), pid, parent: None };
        self.player.sources.push(Arc::new(source));
        self.delays.push(Duration::ZERO);
    }

    /// Plays `path` from `from` on; seen through mpv's socket unless interfaces were opened before.
    pub(crate) fn play(&mut self, path: &str, from: Duration) {
        self.play_media(media(path), from);
    }

    /// The same with any media.
    pub(crate) fn play_media(&mut self, media: Arc<Media>, from: Duration) {
        if self.player.sources.is_empty() {
            self.connect(Interface::MpvIpc, Some(100));
        }
        self.player.media = Some(media);
        self.player.state = PlayState::Playing;
        self.player.position = from;
        self.speak();
    }

    pub(crate) fn pause(&mut self) {
        self.player.state = PlayState::Paused;
        self.speak();
    }

    pub(crate) fn resume(&mut self) {
        self.player.state = PlayState::Playing;
        self.speak();
    }

    pub(crate) fn seek(&mut self, to: Duration) {
        self.player.position = to.min(self.player.duration);
        self.speak();
    }

    pub(crate) fn stop(&mut self) {
        self.player.state = PlayState::Stopped;
        self.player.media = None;
        self.speak();
    }

    /// The process ends without a word.
    pub(crate) fn kill_player(&mut self) {
        for (index, source) in std::mem::take(&mut self.player.sources).into_iter().enumerate() {
            let at = Moment::new(self.now);
            self.send(index, PlayerReport::Gone { source, at });
        }
        self.delays.clear();
        self.player.state = PlayState::Stopped;
        self.player.media = None;
    }

    /// One interface goes, the player plays on.
    pub(crate) fn disconnect(&mut self, index: usize) {
        let source = self.player.sources.remove(index);
        let at = Moment::new(self.now);
        self.send(index, PlayerReport::Gone { source, at });
        self.delays.remove(index);
    }

    /// The daemon is killed and started again: only the journal is left.
    pub(crate) fn restart_daemon(&mut self) {
        self.late.clear();
        let run = self.next_source + 1000;
        self.tracker = tracker(&self.settings, run);
        for source in &mut self.player.sources {
            *source = Arc::new(Source { id: SourceId(self.next_source), ..(**source).clone() });
            self.next_source += 1;
        }
        self.speak();
    }

    /// The machine sleeps: the wall clock goes on, everything else stands still.
    pub(crate) fn sleep(&mut self, time: Duration) {
        self.wall_offset += time;
    }

    /// The machine falls asleep: for a moment, `dozing`, nothing is done any more, and then it sleeps.
    pub(crate) fn fall_asleep(&mut self, dozing: Duration, time: Duration) {
        self.now += dozing;
        self.player.beat += dozing;
        self.sleep(time);
    }

    /// Lets time pass, with heartbeats, deadlines and the end of the media where they fall.
    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let deadline = self.tracker.deadline().map(|deadline| deadline.at.since_origin().max(self.now));
            let beat = self.is_moving().then(|| self.player.beat + HEARTBEAT);
            let end = self
                .is_moving()
                .then(|| self.now + (self.player.duration - self.player.position).div_f64(self.player.rate));
            let late = self.late.iter().map(|&(at, _)| at).min();
            let next = [deadline, beat, end, late].into_iter().flatten().min().filter(|&at| at <= until);
            let Some(next) = next else { break };
            self.flow(next);
            if late == Some(next) {
                let index = self.late.iter().position(|&(at, _)| at == next).expect("it was just found");
                let (_, report) = self.late.remove(index);
                self.give(Input::Report(report));
            } else if end == Some(next) {
                self.reach_end();
            } else if beat == Some(next) {
                self.speak();
            } else {
                self.give(Input::Tick);
            }
        }
        self.flow(until);
    }

    /// The player says through every interface what it does.
    pub(crate) fn speak(&mut self) {
        self.player.beat = self.now;
        for index in 0..self.player.sources.len() {
            let observation = self.observation(index);
            self.send(index, PlayerReport::Observed(observation));
        }
    }

    pub(crate) fn observation(&self, index: usize) -> Observation {
        Observation {
            source: Arc::clone(&self.player.sources[index]),
            at: Moment::new(self.now),
            state: self.player.says.unwrap_or(self.player.state),
            position: self.player.media.as_ref().map(|_| Position::new(self.player.position)),
            rate: Rate::new(self.player.rate),
            duration: self.player.media.as_ref().map(|_| self.player.duration),
            media: self.player.media.clone(),
            ended: false,
        }
    }

    pub(crate) fn report(&mut self, observation: Observation) {
        self.give(Input::Report(PlayerReport::Observed(observation)));
    }

    pub(crate) fn give(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for output in self.tracker.handle(input, self.now()) {
                match output {
                    Output::Recall(media) => {
                        let viewing = self.journal.get(&media).cloned().map(Box::new);
                        inputs.push(Input::Recalled { media, viewing });
                    }
                    Output::Event(event) => {
                        self.journal.insert(event.viewing.media_key(), event.viewing.clone());
                        if event.kind == EventKind::Started && event.viewing.parts.count() != self.parts {
                            inputs.push(work(event.viewing.id, self.parts));
                        }
                        self.events.push(*event);
                    }
                }
            }
        }
    }

    /// It turns out that what is played has `count` parts.
    pub(crate) fn learn_parts(&mut self, count: u8) {
        self.parts = NonZeroU8::new(count).expect("not zero");
        let watching = self.tracker.sittings(self.now()).into_iter().filter_map(|sitting| sitting.viewing);
        for viewing in watching.collect::<Vec<_>>() {
            self.give(work(viewing.id, self.parts));
        }
    }

    pub(crate) fn kinds(&self) -> Vec<EventKind> {
        self.events.iter().map(|event| event.kind).collect()
    }

    pub(crate) fn count(&self, kind: EventKind) -> usize {
        self.events.iter().filter(|event| event.kind == kind).count()
    }

    fn send(&mut self, index: usize, report: PlayerReport) {
        let delay = self.delays.get(index).copied().unwrap_or_default();
        if delay.is_zero() {
            self.give(Input::Report(report));
        } else {
            self.late.push((self.now + delay, report));
        }
    }

    fn is_moving(&self) -> bool {
        self.player.state == PlayState::Playing && self.player.media.is_some() && self.player.rate > 0.0
    }

    fn flow(&mut self, to: Duration) {
        if self.is_moving() {
            let moved = (to - self.now).mul_f64(self.player.rate);
            let moved = moved.min(self.player.duration - self.player.position);
            self.player.position += moved;
            self.played += moved;
        }
        self.now = to;
    }

    fn reach_end(&mut self) {
        self.player.position = self.player.duration;
        self.player.state = PlayState::Stopped;
        for index in 0..self.player.sources.len() {
            let observation = Observation { ended: true, ..self.observation(index) };
            self.send(index, PlayerReport::Observed(observation));
        }
        self.player.media = None;
        self.speak();
    }
}

//! All sittings at once: which player shows what, twins merged, and whom to believe.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::anchor::distance;
use super::settings::{Kind, NotAViewing, Settings};
use super::sitting::{Context, Sitting};
use super::source::SourceState;
use super::{Event, Viewing, ViewingId};
use crate::clock::{Moment, Now};
use crate::player::{
    Interface, Media, MediaKey, Observation, PlayState, PlayerReport, Position, Source, SourceId,
};

/// How far two interfaces of one player may be apart (players reference, section 3).
const TWIN_TOLERANCE: Duration = Duration::from_secs(2);

/// What the state machine takes in.
#[derive(Debug, Clone)]
pub enum Input {
    /// A watcher's report.
    Report(PlayerReport),
    /// The answer to [`Output::Recall`]: the newest viewing of that media in the journal, if there is one.
    Recalled {
        /// Which media was asked for.
        media: MediaKey,
        /// What the journal has.
        viewing: Option<Box<Viewing>>,
    },
    /// It is known, or known better, what a viewing is: from now on its kind's threshold counts, for each of its parts.
    /// Parts that were watched before it was known that they are parts are completed at once.
    Work {
        /// Which viewing.
        viewing: ViewingId,
        /// What it is; `None` while only its parts are known.
        kind: Option<Kind>,
        /// In how many parts, 1 to [`Parts::MOST`](super::Parts::MOST).
        parts: NonZeroU8,
    },
    /// New settings are in force.
    Settings(Box<Settings>),
    /// Nothing but time has passed.
    Tick,
    /// The daemon ends: every sitting is stopped at once.
    Shutdown,
}

/// What the state machine gives out.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// It wants to know the newest viewing of this media. Answered with [`Input::Recalled`], always.
    Recall(MediaKey),
    /// Something happened.
    Event(Box<Event>),
}

/// When the machine wants to be called again, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Deadline {
    /// When.
    #[serde(skip)]
    pub at: Moment,
    /// Why.
    pub reason: Reason,
}

/// Why time alone will change something. In the order in which things of one moment happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It will have played for long enough to be announced.
    Announcement,
    /// It will have been watched again for long enough to be a new viewing.
    SecondViewing,
    /// It will have been watched.
    Completion,
    /// A seek will have settled.
    SeekSettles,
    /// The position is to be told.
    Progress,
    /// A pause will have settled.
    PauseSettles,
    /// A stop will have settled.
    StopSettles,
}

/// What a player is doing, for `status`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlayerNow {
    /// Its short name.
    pub player: String,
    /// Through which interface it is seen.
    pub interface: Interface,
    /// Its process, if known.
    pub pid: Option<u32>,
    /// What it does.
    pub state: PlayState,
    /// Why it is not followed, if it is not.
    pub not_followed: Option<NotFollowed>,
}

/// Why a player is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFollowed {
    /// What it has loaded is no viewing.
    NotAViewing(NotAViewing),
    /// The same player is seen better through another interface.
    Twin,
    /// It is stopped.
    Stopped,
}

/// What is being watched, for `status`.
#[derive(Debug, Clone, PartialEq)]
pub struct SittingNow {
    /// The viewing as it is now; `None` until it is known which one it is.
    pub viewing: Option<Viewing>,
    /// The player that shows it.
    pub player: String,
    /// Whether its position moves.
    pub playing: bool,
    /// Whether it has been announced.
    pub announced: bool,
    /// What happens next by time alone, and when.
    pub next: Option<Deadline>,
}

/// Makes names for viewings. The daemon gives random ones, a test gives numbers.
pub(crate) struct Ids(Box<dyn FnMut() -> ViewingId + Send>);

impl Ids {
    pub(crate) fn next(&mut self) -> ViewingId {
        (self.0)()
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

/// The state machine.
#[derive(Debug)]
pub struct Tracker {
    settings: Settings,
    ids: Ids,
    sources: BTreeMap<SourceId, SourceState>,
    sittings: BTreeMap<MediaKey, Sitting>,
    outputs: Vec<Output>,
    /// When it was called last.
    before: Option<Now>,
}

impl Tracker {
    /// A machine that has seen nothing yet. `ids` must never give the same name twice.
    #[must_use]
    pub fn new(settings: Settings, ids: impl FnMut() -> ViewingId + Send + 'static) -> Self {
        Self {
            settings,
            ids: Ids(Box::new(ids)),
            sources: BTreeMap::new(),
            sittings: BTreeMap::new(),
            outputs: Vec::new(),
            before: None,
        }
    }

    /// Takes in `input` at `now` and gives out what follows from it and from the time that has passed.
    /// `now.moment` must not run backwards.
    #[must_use]
    pub fn handle(&mut self, input: Input, now: Now) -> Vec<Output> {
        match input {
            Input::Report(PlayerReport::Observed(observation)) => self.observed(observation, now),
            Input::Report(PlayerReport::Gone { source, at }) => self.gone(&source, at, now),
            Input::Recalled { media, viewing } => {
                self.with(&media, now, |sitting, context| {
                    sitting.recalled(viewing.map(|viewing| *viewing), context);
                });
            }
            Input::Work { viewing, kind, parts } => {
                self.advance(now.moment, now);
                let shows = self.sittings.iter().filter(|(_, sitting)| sitting.viewing_id() == Some(viewing));
                let keys: Vec<_> = shows.map(|(key, _)| key.clone()).collect();
                for key in keys {
                    self.with(&key, now, |sitting, context| sitting.known_as(kind, parts, context));
                }
            }
            Input::Settings(settings) => {
                self.advance(now.moment, now);
                self.settings = *settings;
                let keys: BTreeSet<_> = self.sources.values().filter_map(|state| state.key.clone()).collect();
                for key in keys {
                    self.reconcile(&key, None, now.moment, now);
                }
            }
            Input::Tick => {}
            Input::Shutdown => {
                self.advance(now.moment, now);
                let keys: Vec<_> = self.sittings.keys().cloned().collect();
                for key in keys {
                    self.with(&key, now, Sitting::close);
                }
                self.sittings.clear();
                self.sources.clear();
            }
        }
        self.advance(now.moment, now);
        self.before = Some(now);
        std::mem::take(&mut self.outputs)
    }

    /// When to call again if nothing else happens; `None` means never.
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        self.sittings
            .values()
            .filter_map(|sitting| sitting.due(&self.settings))
            .map(|(at, reason)| Deadline { at, reason })
            .min()
    }

    /// What is being watched.
    #[must_use]
    pub fn sittings(&self, now: Now) -> Vec<SittingNow> {
        self.sittings
            .values()
            .map(|sitting| SittingNow {
                viewing: sitting.viewing(now),
                player: sitting.player.clone(),
                playing: sitting.is_playing(),
                announced: sitting.is_announced(),
                next: sitting.due(&self.settings).map(|(at, reason)| Deadline { at, reason }),
            })
            .collect()
    }

    /// The players that are seen, and why each is followed or not.
    #[must_use]
    pub fn players(&self) -> Vec<PlayerNow> {
        self.sources
            .values()
            .map(|state| PlayerNow {
                player: state.source.player.clone(),
                interface: state.source.interface,
                pid: state.source.pid,
                state: state.state,
                not_followed: if !self.leads(state) {
                    Some(NotFollowed::Twin)
                } else if let Err(reason) = self.admit(state) {
                    Some(NotFollowed::NotAViewing(reason))
                } else {
                    (state.state == PlayState::Stopped).then_some(NotFollowed::Stopped)
                },
            })
            .collect()
    }

    fn observed(&mut self, observation: Observation, now: Now) {
        // What the watchers noticed before this machine was called happened then.
        let at = observation.at.min(now.moment);
        self.advance(at, now);
        let id = observation.source.id;
        let before = self.keys_of_program(&observation.source);
        match self.sources.get_mut(&id) {
            Some(state) => state.observe(observation),
            None => {
                self.sources.insert(id, SourceState::new(observation));
            }
        }
        let source = self.sources.get(&id).map(|state| Arc::clone(&state.source));
        let after = source.map(|source| self.keys_of_program(&source)).unwrap_or_default();
        for key in before.union(&after) {
            self.reconcile(key, Some(id), at, now);
        }
    }

    fn gone(&mut self, source: &Source, at: Moment, now: Now) {
        let at = at.min(now.moment);
        self.advance(at, now);
        let keys = self.keys_of_program(source);
        self.sources.remove(&source.id);
        for key in keys {
            self.reconcile(&key, None, at, now);
        }
    }

    /// Lets the time up to `until` happen to every sitting.
    fn advance(&mut self, until: Moment, now: Now) {
        let mut events = Vec::new();
        let mut context = Context {
            now,
            before: self.before,
            settings: &self.settings,
            ids: &mut self.ids,
            events: &mut events,
        };
        self.sittings.retain(|_, sitting| sitting.pass(until, &mut context));
        events.sort_by_key(|event| event.at.moment);
        self.outputs.extend(events.into_iter().map(|event| Output::Event(Box::new(event))));
    }

    fn with(&mut self, key: &MediaKey, now: Now, act: impl FnOnce(&mut Sitting, &mut Context<'_>)) {
        let Some(sitting) = self.sittings.get_mut(key) else { return };
        let mut events = Vec::new();
        let mut context = Context {
            now,
            before: self.before,
            settings: &self.settings,
            ids: &mut self.ids,
            events: &mut events,
        };
        act(sitting, &mut context);
        self.outputs.extend(events.into_iter().map(|event| Output::Event(Box::new(event))));
    }

    /// Finds out who shows `key` now, and tells its sitting. `spoke` is the source that has just said something.
    fn reconcile(&mut self, key: &MediaKey, spoke: Option<SourceId>, at: Moment, now: Now) {
        let driver = self.driver_of(key);
        let driver_id = driver.as_ref().map(|driver| driver.id);
        // A driver's last word about the end counts, although it no longer plays.
        if let Some(state) = driver_id.filter(|_| driver_id == spoke).and_then(|id| self.sources.get(&id))
            && state.key.as_ref() == Some(key)
            && let Some(reading) = state.reading().filter(|reading| reading.ended)
        {
            self.with(key, now, |sitting, context| sitting.observe(reading, context));
        }
        let Some(next) = self.choose_driver(key, at) else {
            self.with(key, now, |sitting, context| sitting.leave(at, context));
            return;
        };
        let Some((state, duration)) =
            self.sources.get(&next).and_then(|state| Some((state, self.admit(state).ok()?)))
        else {
            return;
        };
        let took_over = driver_id != Some(next);
        if !took_over && spoke != Some(next) {
            return;
        }
        let reading = if spoke == Some(next) { state.reading() } else { state.reading_at(at) };
        let (Some(reading), Some(media)) = (reading, state.media.clone()) else { return };
        let source = Arc::clone(&state.source);
        let is_twin = driver.is_some_and(|driver| same_program(&driver, &source));
        if !self.sittings.contains_key(key) {
            // What is merely open, paused, is no sitting yet.
            if !reading.playing {
                return;
            }
            self.sittings
                .insert(key.clone(), Sitting::new(Arc::clone(&media), source.player.clone(), duration));
            self.outputs.push(Output::Recall(key.clone()));
        }
        self.with(key, now, |sitting, context| {
            sitting.media = richer(&sitting.media, &media);
            sitting.player.clone_from(&source.player);
            sitting.duration = duration;
            sitting.driver = Some(source);
            let agrees = |position: Position| {
                sitting
                    .position_at(reading.at)
                    .is_some_and(|believed| distance(believed, position) <= TWIN_TOLERANCE)
            };
            // A twin that takes over without a word of its own changes nothing: what is believed is as good as what
            // it said some time ago.
            let position = reading.position.filter(|&position| {
                let silent = is_twin && spoke != Some(next);
                !(took_over && (silent || agrees(position)))
            });
            sitting.observe(super::source::Reading { position, ..reading }, context);
        });
    }

    /// The source to believe about `key`: one that plays before one that is paused, the richest interface of
    /// those that agree, and rather the one that is believed already.
    fn choose_driver(&self, key: &MediaKey, at: Moment) -> Option<SourceId> {
        let sitting = self.sittings.get(key);
        let current = self.driver_of(key).map(|driver| driver.id);
        let believed = sitting.and_then(|sitting| sitting.position_at(at));
        self.sources
            .values()
            .filter(|state| {
                state.key.as_ref() == Some(key)
                    && state.state != PlayState::Stopped
                    && self.leads(state)
                    && self.admit(state).is_ok()
            })
            .max_by_key(|state| {
                let position = state.reading_at(at).and_then(|reading| reading.position);
                let agrees = match (believed, position) {
                    (Some(believed), Some(position)) => distance(believed, position) <= TWIN_TOLERANCE,
                    _ => true,
                };
                let is_current = current == Some(state.source.id);
                (
                    state.state == PlayState::Playing,
                    is_current || agrees,
                    std::cmp::Reverse(state.source.interface),
                    is_current,
                    std::cmp::Reverse(state.source.id),
                )
            })
            .map(|state| state.source.id)
    }

    fn driver_of(&self, key: &MediaKey) -> Option<Arc<Source>> {
        self.sittings.get(key).and_then(|sitting| sitting.driver.clone())
    }

    fn admit(&self, state: &SourceState) -> Result<Duration, NotAViewing> {
        let Some(media) = &state.media else { return Err(NotAViewing::NothingLoaded) };
        if state.is_live() {
            return Err(NotAViewing::Live);
        }
        self.settings.admit(&state.source.player, media, state.duration)
    }

    /// Whether no richer interface shows the same process.
    fn leads(&self, state: &SourceState) -> bool {
        let rank = |state: &SourceState| (state.source.interface, state.source.id);
        !self.sources.values().any(|other| {
            rank(other) < rank(state)
                && other.source.interface != state.source.interface
                && same_program(&other.source, &state.source)
        })
    }

    /// What `source` and the other interfaces of its process have loaded: what those show may depend on it. Other players of
    /// its process, such as a browser's tabs, do not.
    fn keys_of_program(&self, source: &Source) -> BTreeSet<MediaKey> {
        let is_twin = |other: &Source| other.interface != source.interface && same_program(other, source);
        self.sources
            .values()
            .filter(|state| state.source.id == source.id || is_twin(&state.source))
            .filter_map(|state| state.key.clone())
            .collect()
    }
}

/// Whether two sources show one process, or a process and its child (SMPlayer runs mpv as a child).
fn same_program(a: &Source, b: &Source) -> bool {
    let is = |pid: Option<u32>, other: Option<u32>| pid.is_some() && pid == other;
    is(a.pid, b.pid) || is(a.parent, b.pid) || is(a.pid, b.parent)
}

/// The fuller of two descriptions of one media; the newer if neither is.
fn richer(old: &Arc<Media>, new: &Arc<Media>) -> Arc<Media> {
    let fullness = |media: &Media| (media.tags.len(), media.title.is_some());
    if fullness(new) >= fullness(old) { Arc::clone(new) } else { Arc::clone(old) }
}

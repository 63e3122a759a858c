//! One player on the bus: asked when something changed, once per heartbeat while it plays, and again when it did not
//! answer; never otherwise.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, info};
use zbus::Connection;
use zbus::names::OwnedUniqueName;

use super::bus;
use super::heard::Ear;
use super::reading::Reading;
use crate::clock::Moment;
use crate::player::{Media, Observation, PlayState, PlayerReport, Position, Source, WatcherContext};

/// How often a playing player is asked for its position, which is never signalled.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Signals come in bursts; one question answers them all.
const SETTLE: Duration = Duration::from_millis(20);
/// Bursts without an end are answered ever more rarely, down to this.
const LONG_SETTLE: Duration = Duration::from_millis(640);
/// Reading what a player says takes at most one part in so many of the time: who sends a hundred thousand values is asked
/// rarely, and keeps nobody up.
const SHARE: u32 = 20;
/// Positions are up to a quarter of a second old (VLC), so what is said right after a change is looked at once more.
const SECOND_LOOK: Duration = Duration::from_millis(400);
/// A player that says `Stopped` may play all the same (mpv-mpris before 1.1, after an idle): whether its position
/// moves is looked at so often, a second apart, after something was loaded or the position was elsewhere.
const PROBES: u8 = 3;
const PROBE: Duration = Duration::from_secs(1);
/// When a player that did not answer is asked again: doubled each time, up to the heartbeat.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Follows a player until nothing can be heard of it any more, and reports that it is gone.
pub(crate) async fn follow(
    bus: Connection,
    name: OwnedUniqueName,
    source: Arc<Source>,
    ear: Ear,
    context: WatcherContext,
) {
    let mut followed = Followed { bus, name, source, context, ear, last: Last::default() };
    let mut changed = true;
    let mut settle = SETTLE;
    loop {
        followed.ask(changed).await;
        let asked_at = Instant::now();
        tokio::select! {
            is_there = followed.ear.wait() => {
                if !is_there {
                    break;
                }
                changed = true;
                let calm = asked_at.elapsed() > LONG_SETTLE;
                tokio::time::sleep(settle).await;
                sleep_until(followed.last.rests_until.or(Some(asked_at))).await;
                settle = if calm { SETTLE } else { (settle * 2).min(LONG_SETTLE) };
            }
            () = sleep_until(followed.last.next_question) => changed = false,
        }
    }
    let at = followed.context.clock.now().moment;
    // The daemon is ending if nobody listens.
    let _ = followed.context.reports.send(PlayerReport::Gone { source: followed.source, at }).await;
}

struct Followed {
    bus: Connection,
    name: OwnedUniqueName,
    source: Arc<Source>,
    context: WatcherContext,
    ear: Ear,
    last: Last,
}

/// What was observed last.
#[derive(Debug, Default)]
pub(crate) struct Last {
    state: Option<PlayState>,
    position: Option<Position>,
    media: Option<Arc<Media>>,
    probes_left: u8,
    /// It says `Stopped`, but its position moves.
    stuck: bool,
    /// How long to wait after the next question without an answer; `None` while it answers.
    retry: Option<Duration>,
    next_question: Option<Instant>,
    /// Before this it is not asked again.
    rests_until: Option<Instant>,
}

impl Followed {
    /// Asks for everything in one call and reports it. A player that does not answer is asked again, ever more
    /// rarely: nothing says when a frozen one thaws.
    async fn ask(&mut self, changed: bool) {
        self.ear.asking();
        let asked_at = self.context.clock.now().moment;
        let answer = bus::all_properties(&self.bus, &self.name).await;
        let answered_at = self.context.clock.now().moment;
        let began = Instant::now();
        let read = answer.and_then(|answer| {
            if bus::is_cut(&answer) && self.last.retry.is_none() {
                info!(player = %self.source.player, "a player says too much to be read, and is not followed until it says less");
            }
            let properties = bus::read(&answer)?;
            self.ear.answered(&properties);
            Ok(Reading::of(&properties))
        });
        self.last.rests_until = Some(began + (began.elapsed() * SHARE).min(HEARTBEAT));
        match read {
            Ok(reading) => {
                // The position is true somewhere between question and answer.
                let at = asked_at.after(answered_at.since(asked_at) / 2);
                self.last.retry = None;
                let observation = self.last.observe(reading, &self.source, at);
                // The daemon is ending if nobody listens.
                let _ = self.context.reports.send(PlayerReport::Observed(observation)).await;
            }
            Err(error) => {
                debug!(player = %self.source.player, %error, "a player did not answer");
                let retry = self.last.retry.map_or(FIRST_RETRY, |retry| (retry * 2).min(HEARTBEAT));
                self.last.retry = Some(retry);
            }
        }
        self.plan(changed);
    }

    /// When to ask without being told to. `changed`: the player has just said that something did.
    fn plan(&mut self, changed: bool) {
        let rests_until = self.last.rests_until.unwrap_or_else(Instant::now);
        self.last.next_question =
            self.last.pause(changed).map(|pause| (Instant::now() + pause).max(rests_until));
    }
}

impl Last {
    /// What was read says of `source` at `at`.
    pub(crate) fn observe(&mut self, reading: Reading, source: &Arc<Source>, at: Moment) -> Observation {
        let media = match (&self.media, reading.media) {
            (Some(old), Some(new)) if **old == new => Some(Arc::clone(old)),
            (_, new) => new.map(Arc::new),
        };
        let state = reading.state.or(self.state).unwrap_or(PlayState::Stopped);
        let loaded = media.is_some() && media != self.media;
        let moved = media == self.media && reading.position > self.position;
        // A first position of zero says nothing at a stop: many players reset theirs to it.
        let from_somewhere = self.position > Some(Position::ZERO);
        let stopped_before = self.state == Some(PlayState::Stopped);
        self.stuck = state == PlayState::Stopped && stopped_before && moved && from_somewhere;
        self.probes_left = match state {
            PlayState::Stopped if loaded || moved => PROBES,
            PlayState::Stopped => self.probes_left.saturating_sub(1),
            PlayState::Playing | PlayState::Paused => 0,
        };
        self.state = Some(state);
        self.position = reading.position;
        self.media.clone_from(&media);
        Observation {
            source: Arc::clone(source),
            at,
            state,
            position: reading.position,
            rate: reading.rate,
            duration: reading.duration,
            media,
            ended: false,
        }
    }

    /// How long from the last question to the next; `None` when it is asked only when told to.
    pub(crate) fn pause(&self, changed: bool) -> Option<Duration> {
        match self.state {
            _ if self.retry.is_some() => self.retry,
            Some(PlayState::Playing) if changed => Some(SECOND_LOOK),
            Some(PlayState::Playing) => Some(HEARTBEAT),
            Some(PlayState::Stopped) if self.stuck => Some(HEARTBEAT),
            Some(PlayState::Stopped) if self.probes_left > 0 => Some(PROBE),
            Some(PlayState::Paused | PlayState::Stopped) | None => None,
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

//! What one interface said last, and what of it is believed.

use std::sync::Arc;
use std::time::Duration;

use super::anchor::{Anchor, distance};
use crate::clock::Moment;
use crate::player::{Media, MediaKey, Observation, PlayState, Position, Rate, Source};

/// From how many growths of its length on a media counts as live (players reference, section 1: `duration`
/// grows second by second on live sources).
const LIVE_GROWTHS: u8 = 3;
/// A longer media is no media: what players say of streams without an end.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a position must stand still while "playing" before it counts as standing still.
const STANDSTILL: Duration = Duration::from_secs(2);

/// What one interface says now, judged: the input of a sitting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    pub(crate) at: Moment,
    pub(crate) playing: bool,
    /// What the player said, if it is to be believed.
    pub(crate) position: Option<Position>,
    pub(crate) rate: Rate,
    pub(crate) ended: bool,
}

/// The last words of one interface.
#[derive(Debug)]
pub(crate) struct SourceState {
    pub(crate) source: Arc<Source>,
    pub(crate) media: Option<Arc<Media>>,
    pub(crate) key: Option<MediaKey>,
    pub(crate) duration: Option<Duration>,
    /// What it does, by what its position does as much as by its word.
    pub(crate) state: PlayState,
    /// Its word.
    said: PlayState,
    reported: Option<(Moment, Position)>,
    line: Option<Anchor>,
    growths: u8,
    ended: bool,
}

impl SourceState {
    pub(crate) fn new(observation: Observation) -> Self {
        let mut state = Self {
            source: Arc::clone(&observation.source),
            media: None,
            key: None,
            duration: None,
            state: PlayState::Stopped,
            said: PlayState::Stopped,
            reported: None,
            line: None,
            growths: 0,
            ended: false,
        };
        state.observe(observation);
        state
    }

    /// Takes in what the interface says now.
    pub(crate) fn observe(&mut self, observation: Observation) {
        let Observation { source: _, at, state, position, rate, duration, media, ended } = observation;
        let name = |media: &Option<Arc<Media>>| media.as_ref().map(|media| media.key(None));
        if name(&media) != name(&self.media) {
            self.duration = None;
            self.growths = 0;
            self.forget_position();
        }
        self.media = media;
        if let (Some(old), Some(new)) = (self.duration, duration)
            && new > old.saturating_add(Duration::from_millis(500))
        {
            self.growths = self.growths.saturating_add(1);
        }
        let before = self.duration;
        self.duration = duration.filter(|&duration| duration <= LONGEST).or(self.duration);
        let key = self.media.as_ref().map(|media| media.key(self.duration));
        // A length that is known at last tells nothing new; another one may be that of the next disc.
        if key != self.key && before.is_some() {
            self.forget_position();
        }
        self.key = key;
        let believed = self.line.map(|line| line.position_at(at, self.duration.unwrap_or(Duration::MAX)));
        let position = position.filter(|&position| !self.is_reset(state, position, believed));

        let moves_while_stopped = state == PlayState::Stopped
            && self.said == PlayState::Stopped
            && match (self.reported, position) {
                (Some((then, before)), Some(now)) => at > then && now > before,
                _ => false,
            };
        let stands_still = state == PlayState::Playing
            && match (self.reported, position) {
                (Some((then, before)), Some(now)) => {
                    self.said == PlayState::Playing && before == now && at.since(then) >= STANDSTILL
                }
                _ => false,
            };
        self.said = state;
        self.state = if moves_while_stopped { PlayState::Playing } else { state };
        self.ended = ended;
        let moving = self.state == PlayState::Playing && !stands_still && !ended;
        if let Some(position) = position {
            // A standstill is measured from its first reading.
            if !stands_still {
                self.reported = Some((at, position));
            }
        }
        let position = if ended { self.duration.map(Position::new).or(position) } else { position };
        self.line = position.or(believed).map(|position| Anchor {
            at,
            position,
            rate: if moving { rate } else { Rate::ZERO },
        });
    }

    /// Whether the media is live, by the player's word or because its length keeps growing.
    pub(crate) fn is_live(&self) -> bool {
        self.growths >= LIVE_GROWTHS
    }

    /// What it said last, at the moment it said it.
    pub(crate) fn reading(&self) -> Option<Reading> {
        let line = self.line?;
        let position = match self.state {
            // After the end and on a stop, positions are reset: only the believed one counts.
            PlayState::Stopped => None,
            PlayState::Playing | PlayState::Paused => self.reported.map(|_| line.position),
        };
        Some(Reading {
            at: line.at,
            playing: self.state == PlayState::Playing,
            position,
            rate: line.rate,
            ended: self.ended,
        })
    }

    /// What it would say at `now`, if it has gone on as it said.
    pub(crate) fn reading_at(&self, now: Moment) -> Option<Reading> {
        let line = self.line?.moved_to(now, self.duration.unwrap_or(Duration::MAX));
        self.reading().map(|reading| Reading { at: now, position: Some(line.position), ..reading })
    }

    /// What is loaded now has not been heard of before.
    fn forget_position(&mut self) {
        self.reported = None;
        self.line = None;
        self.said = PlayState::Stopped;
    }

    /// A 0 at a stop, or in a pause near the end, is the player's way to say that it is over (VLC, Totem).
    fn is_reset(&self, state: PlayState, position: Position, believed: Option<Position>) -> bool {
        let near_end = || match (believed, self.duration) {
            (Some(believed), Some(duration)) => {
                believed.offset() >= duration.mul_f32(0.9)
                    && distance(believed, Position::ZERO) > Duration::from_secs(1)
            }
            _ => false,
        };
        position == Position::ZERO
            && match state {
                PlayState::Playing => false,
                PlayState::Paused => near_end(),
                PlayState::Stopped => true,
            }
    }
}

//! One mpv, as far as its words tell. Pure: messages and the time go in; questions and observations come out.
//!
//! What mpv signals is a reason to ask; an observation is made when the answers are there, the position last.
//! Only one round of questions is ever open, so a player that does not answer is not asked again until it speaks.

use std::sync::Arc;
use std::time::Duration;

use super::facts::Facts;
use super::protocol::{self, EndReason, Message, Property};
use crate::clock::Moment;
use crate::player::{Media, Observation, PlayState, Position, Rate, Source};

/// Signals come in bursts; one round of questions answers them all.
const SETTLE: Duration = Duration::from_millis(20);
/// How long answers may take. A stopped process accepts connections and never answers.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a playing player is asked for its position.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// A round slower than this was answered by a player that had been held up, so its position is that of the answer.
const PROMPT: Duration = Duration::from_millis(200);
/// An end that comes earlier than this share of the length is that of a broken file.
const NEARLY_ALL: f64 = 0.9;

#[derive(Debug)]
pub(crate) struct Model {
    source: Arc<Source>,
    facts: Facts,
    file: File,
    media: Option<Arc<Media>>,
    last: Option<Observation>,
    wish: Option<Wish>,
    round: Option<Round>,
    next_number: u64,
    heartbeat: Option<Moment>,
    /// Whether mpv ever said anything.
    heard: bool,
    /// The last round was not answered.
    deaf: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum File {
    /// We came while it was running and do not know.
    Unknown,
    None,
    Loading,
    Loaded,
}

/// A round of questions that is to be asked.
#[derive(Debug, Clone, Copy)]
struct Wish {
    at: Moment,
    everything: bool,
    /// Observe even if nothing is new.
    must: bool,
}

/// A round of questions that has been asked.
#[derive(Debug)]
struct Round {
    asked: Moment,
    first: u64,
    properties: &'static [Property],
    must: bool,
}

impl Round {
    fn property(&self, number: u64) -> Option<Property> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.properties.get(place).copied()
    }
}

impl Model {
    pub(crate) fn new(source: Arc<Source>, now: Moment) -> Self {
        Self {
            source,
            facts: Facts::default(),
            file: File::Unknown,
            media: None,
            last: None,
            wish: Some(Wish { at: now, everything: true, must: true }),
            round: None,
            next_number: 1,
            heartbeat: None,
            heard: false,
            deaf: false,
        }
    }

    /// Takes in a line of what mpv says.
    pub(crate) fn hear(&mut self, line: &[u8], now: Moment) -> Option<Observation> {
        let message =
            protocol::decode(line, |number| self.round.as_ref().and_then(|round| round.property(number)))?;
        self.heard = true;
        if std::mem::take(&mut self.deaf) {
            self.wish(now, true, true);
        }
        match message {
            Message::Answer(number, data) => {
                let property = self.round.as_ref().and_then(|round| round.property(number))?;
                self.facts.take(property, data);
                if property == Property::TimePos { self.answered(now) } else { None }
            }
            Message::Changed(property, data) => {
                let before = self.facts.clone();
                self.facts.take(property, data);
                if self.facts != before && self.file != File::Loading {
                    self.wish(now, !Property::MOVEMENT.contains(&property), false);
                }
                None
            }
            Message::StartFile => {
                self.file = File::Loading;
                self.facts.new_file();
                self.forget_questions();
                None
            }
            Message::FileLoaded => {
                self.file = File::Loaded;
                self.forget_questions();
                self.wish(now, true, true);
                None
            }
            Message::Seek => {
                self.wish(now, false, false);
                None
            }
            Message::PlaybackRestart => {
                let everything = self.file != File::Loaded;
                self.file = File::Loaded;
                self.wish(now, everything, true);
                None
            }
            Message::EndFile(reason) => self.file_ended(reason, now),
            Message::Idle => self.unloaded(now),
            Message::Other => None,
        }
    }

    /// The lines to send now, if there is something to ask.
    pub(crate) fn questions(&mut self, now: Moment) -> Option<Vec<u8>> {
        if self.heartbeat.is_some_and(|at| at <= now) {
            self.heartbeat = None;
            self.wish(now, false, true);
        }
        let wish = self.wish.filter(|wish| wish.at <= now && self.round.is_none())?;
        self.wish = None;
        let properties: &[_] = if wish.everything { &Property::ALL } else { &Property::MOVEMENT };
        let mut lines = Vec::new();
        let first = self.next_number;
        for &property in properties {
            protocol::ask(&mut lines, property, self.next_number);
            self.next_number += 1;
        }
        self.round = Some(Round { asked: now, first, properties, must: wish.must });
        Some(lines)
    }

    /// Gives up on answers that do not come.
    pub(crate) fn give_up(&mut self, now: Moment) -> Option<Observation> {
        let round = self.round.take_if(|round| now.since(round.asked) >= PATIENCE)?;
        self.deaf = true;
        self.heartbeat = None;
        self.wish = None;
        if !self.heard {
            return None;
        }
        self.facts.position = None;
        self.observe(now, round.must)
    }

    /// When [`Self::questions`] or [`Self::give_up`] want to be called, if ever.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        match &self.round {
            Some(round) => Some(round.asked.after(PATIENCE)),
            None => [self.wish.map(|wish| wish.at), self.heartbeat].into_iter().flatten().min(),
        }
    }

    /// Whether questions are open.
    pub(crate) fn is_waiting(&self) -> bool {
        self.round.is_some()
    }

    fn wish(&mut self, now: Moment, everything: bool, must: bool) {
        self.wish = Some(match self.wish {
            Some(wish) => {
                Wish { at: wish.at, everything: wish.everything || everything, must: wish.must || must }
            }
            None => Wish { at: now.after(SETTLE), everything, must },
        });
    }

    fn forget_questions(&mut self) {
        self.round = None;
        self.wish = None;
        self.heartbeat = None;
    }

    /// A round is complete.
    fn answered(&mut self, now: Moment) -> Option<Observation> {
        let round = self.round.take()?;
        let time = now.since(round.asked);
        // The position is true somewhere between question and answer.
        let at = if time <= PROMPT { round.asked.after(time / 2) } else { now };
        self.observe(at, round.must)
    }

    fn observe(&mut self, at: Moment, must: bool) -> Option<Observation> {
        let facts = &self.facts;
        self.file = match self.file {
            _ if !facts.has_path() => File::None,
            File::Unknown | File::None if facts.position.is_some() || facts.duration.is_some() => {
                File::Loaded
            }
            File::Unknown | File::None => File::Loading,
            other => other,
        };
        match self.file {
            File::Loading => return None,
            File::None | File::Unknown => return self.unloaded(at),
            File::Loaded => {}
        }
        let media = facts.media();
        if self.media.as_deref() != media.as_ref() {
            self.media = media.map(Arc::new);
        }
        let ended =
            facts.at_end && facts.position.is_none_or(|position| reaches_end(position, facts.duration));
        let observation = Observation {
            source: Arc::clone(&self.source),
            at,
            state: if facts.paused { PlayState::Paused } else { PlayState::Playing },
            position: if ended {
                facts.duration.map(Position::new).or(facts.position)
            } else {
                facts.position
            },
            rate: facts.rate(),
            duration: facts.duration,
            media: self.media.clone(),
            ended,
        };
        self.heartbeat = (!facts.paused && !self.deaf).then(|| at.after(HEARTBEAT));
        if !must && self.last.as_ref().is_some_and(|last| says_the_same(last, &observation)) {
            return None;
        }
        self.last = Some(observation.clone());
        Some(observation)
    }

    fn file_ended(&mut self, reason: EndReason, now: Moment) -> Option<Observation> {
        let was_loaded = self.file == File::Loaded;
        self.file = File::None;
        self.facts.new_file();
        self.forget_questions();
        match reason {
            // The end of the stream says it better.
            EndReason::Quit => None,
            EndReason::Eof if was_loaded => {
                let last = self.last.as_ref().filter(|last| last.media.is_some())?;
                let position = position_at(last, now);
                let duration = last.duration;
                // Positions lose their value before the end, so only the line up to there tells how far it was.
                let ended = position.is_none_or(|position| reaches_end(position, duration));
                let observation = Observation {
                    at: now,
                    state: PlayState::Stopped,
                    position: if ended { duration.map(Position::new).or(position) } else { position },
                    rate: Rate::ZERO,
                    ended,
                    ..last.clone()
                };
                self.last = Some(observation.clone());
                Some(observation)
            }
            EndReason::Eof | EndReason::Other => self.unloaded(now),
        }
    }

    /// Nothing is loaded.
    fn unloaded(&mut self, at: Moment) -> Option<Observation> {
        self.file = File::None;
        self.media = None;
        self.heartbeat = None;
        if self.last.as_ref().is_some_and(|last| last.media.is_none()) {
            return None;
        }
        let observation = Observation {
            source: Arc::clone(&self.source),
            at,
            state: PlayState::Stopped,
            position: None,
            rate: self.facts.speed(),
            duration: None,
            media: None,
            ended: false,
        };
        self.last = Some(observation.clone());
        Some(observation)
    }
}

/// Where it is at `now` if it has gone on as it said.
fn position_at(last: &Observation, now: Moment) -> Option<Position> {
    let moved = match last.state {
        PlayState::Playing => last.rate.advance(now.since(last.at)),
        PlayState::Paused | PlayState::Stopped => Duration::ZERO,
    };
    last.position.map(|position| Position::new(position.offset().saturating_add(moved)))
}

fn reaches_end(position: Position, duration: Option<Duration>) -> bool {
    duration.is_none_or(|duration| position.offset() >= duration.mul_f64(NEARLY_ALL))
}

/// Whether an observation only repeats what follows from the one before.
fn says_the_same(last: &Observation, new: &Observation) -> bool {
    let expected = position_at(last, new.at);
    let near = match (expected, new.position) {
        (Some(expected), Some(position)) => {
            let tolerance = Duration::from_millis(200) + new.rate.advance(Duration::from_millis(50));
            expected.offset().abs_diff(position.offset()) <= tolerance
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    near && (last.state, last.rate, last.duration, &last.media, last.ended)
        == (new.state, new.rate, new.duration, &new.media, new.ended)
}

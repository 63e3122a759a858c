//! What holds for whatever an mpv says on its socket.

use std::sync::Arc;
use std::time::Duration;

use super::lines::{Lines, MAX_LINE};
use super::model::Model;
use crate::clock::Moment;
use crate::player::{Interface, Observation, PlayState, Position, Rate, Source, SourceId};
use crate::promises::{Bytes, observation_holds, says_nothing_is_loaded};

/// Reads `bytes` as the stream of one mpv and gives back what was observed. A zero byte lets time pass before the stream
/// goes on: the byte behind it says how long.
pub(crate) fn observed(bytes: &[u8]) -> Vec<Observation> {
    let mut desk = Desk::new();
    let mut bytes = Bytes::new(bytes);
    desk.ask();
    while !bytes.is_empty() {
        let piece = bytes.until(0);
        desk.read(piece);
        desk.pass(bytes.byte());
    }
    // Whatever it is waiting for comes to an end.
    for _ in 0..4 {
        desk.pass(u8::MAX);
    }
    assert_eq!(desk.model.deadline(), None, "a silent player is left alone");
    desk.observations
}

struct Desk {
    model: Model,
    lines: Lines,
    source: Arc<Source>,
    now: Moment,
    observations: Vec<Observation>,
}

impl Desk {
    fn new() -> Self {
        let source = Arc::new(Source {
            id: SourceId(1),
            interface: Interface::MpvIpc,
            player: "mpv".into(),
            pid: Some(100),
            parent: None,
        });
        let now = Moment::new(Duration::from_secs(1));
        let model = Model::new(Arc::clone(&source), Some("/films".into()), now);
        Self { model, lines: Lines::default(), source, now, observations: Vec::new() }
    }

    /// What has been read of the socket at once.
    fn read(&mut self, bytes: &[u8]) {
        let mut heard = Vec::new();
        self.lines.feed(bytes, |line| {
            assert!(line.len() <= MAX_LINE && !line.contains(&b'\n'), "no line");
            heard.extend(self.model.hear(line, self.now));
        });
        for observation in heard {
            self.observe(observation);
        }
        self.ask();
    }

    /// Up to 1.28 s, or else up to two minutes.
    fn pass(&mut self, time: u8) {
        let time = match time {
            0..128 => Duration::from_millis(10 * u64::from(time)),
            128.. => Duration::from_secs(u64::from(time) - 127),
        };
        self.now = self.now.after(time);
        let observation = self.model.give_up(self.now);
        observation.into_iter().for_each(|observation| self.observe(observation));
        self.ask();
    }

    /// Asks what is to be asked. After that there must be nothing to do at this instant, or the session would never rest.
    fn ask(&mut self) {
        if let Some(questions) = self.model.questions(self.now) {
            assert!(questions.ends_with(b"\n") && questions.len() < 4096, "no questions");
        }
        assert!(self.model.questions(self.now).is_none(), "asked twice");
        assert!(self.model.deadline().is_none_or(|at| at > self.now), "a deadline that has passed");
    }

    fn observe(&mut self, observation: Observation) {
        observation_holds(&observation);
        assert_eq!(observation.source, self.source);
        assert!(observation.at <= self.now, "observed before it was");
        if observation.media.is_none() {
            assert!(says_nothing_is_loaded(&observation), "nothing is played");
        }
        if observation.ended {
            let moves = observation.state == PlayState::Playing && observation.rate > Rate::ZERO;
            let is_there = observation.position == observation.duration.map(Position::new);
            assert!(!moves, "it moves behind its end");
            assert!(observation.duration.is_none() || is_there, "it ended elsewhere");
        }
        if let Some(last) = self.observations.last() {
            assert!(observation.at >= last.at, "observed before what came before");
            // Media that has not changed is not told anew.
            let same = last.media == observation.media;
            let shared = last.media.as_ref().zip(observation.media.as_ref());
            assert!(!same || shared.is_none_or(|(one, other)| Arc::ptr_eq(one, other)), "kept twice");
        }
        self.observations.push(observation);
    }
}

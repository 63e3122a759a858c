//! One mpv, as far as its words tell. Pure: messages and the time go in; questions and observations come out.
//!
//! What mpv signals is a reason to ask; an observation is made when the answers are there, the position last.
//! Only one round of questions is ever open, so a player that does not answer is not asked again until it speaks.

use std::path::PathBuf;
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
/// So many times a growing length is told at once: enough to know a live stream. Then it waits for the heartbeat.
const GROWTHS: u8 = 5;

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
    /// How often the length of this file has grown.
    growths: u8,
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
    /// A player that was connected to now, with the folder that its process is in.
    pub(crate) fn new(source: Arc<Source>, folder: Option<PathBuf>, now: Moment) -> Self {
        Self {
            source,
            facts: Facts::of_player_in(folder),
            file: File::Unknown,
            media: None,
            last: None,
            wish: Some(Wish { at: now, everything: true, must: true }),
            round: None,
            next_number: 1,
            heartbeat: None,
            growths: 0,
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
                let grew = before.duration.is_some() && self.facts.duration > before.duration;
                self.growths = self.growths.saturating_add(u8::from(grew));
                let told = !grew || self.growths <= GROWTHS;
                if self.facts != before && self.file != File::Loading && told {
                    self.wish(now, !Property::MOVEMENT.contains(&property), false);
                }
                None
            }
            Message::StartFile => {
                self.file = File::Loading;
                self.growths = 0;
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
            let everything = self.wish.is_some_and(|wish| wish.everything);
            self.wish = Some(Wish { at: now, everything, must: true });
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
        // The position is true somewhere between question and answer, and after all that was observed before.
        let at = if time <= PROMPT { round.asked.after(time / 2) } else { now };
        let at = self.last.as_ref().map_or(at, |last| at.max(last.at));
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
            // Nobody knows whether a player that does not answer moves at all.
            rate: if self.deaf { Rate::ZERO } else { facts.rate() },
            duration: facts.duration,
            media: self.media.clone(),
            ended,
        };
        let moves = observation.state == PlayState::Playing && observation.rate > Rate::ZERO;
        self.heartbeat = (moves && !self.deaf).then(|| at.after(HEARTBEAT));
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
                // Either the next file starts, or nothing is loaded any more.
                self.wish(now, true, false);
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::player::{Interface, SourceId};

    /// A model, and a player that answers it.
    struct Desk {
        model: Model,
        now: Moment,
        properties: serde_json::Map<String, Value>,
    }

    impl Desk {
        fn new() -> Self {
            let source = Source {
                id: SourceId(0),
                interface: Interface::MpvIpc,
                player: "mpv".into(),
                pid: None,
                parent: None,
            };
            let now = Moment::default();
            Self { model: Model::new(Arc::new(source), None, now), now, properties: serde_json::Map::new() }
        }

        /// A film of 100 s at 10 s.
        fn playing() -> Self {
            let mut desk = Self::new();
            for (name, value) in [
                ("path", json!("/v/a.mkv")),
                ("duration", json!(100.0)),
                ("time-pos", json!(10.0)),
                ("pause", json!(false)),
            ] {
                desk.properties.insert(name.into(), value);
            }
            assert_eq!(desk.answer().len(), 1);
            desk
        }

        fn pass(&mut self, seconds: f64) {
            self.now = self.now.after(Duration::try_from_secs_f64(seconds).unwrap());
        }

        fn say(&mut self, line: &Value) -> Option<Observation> {
            self.model.hear(line.to_string().as_bytes(), self.now)
        }

        fn event(&mut self, name: &str) -> Option<Observation> {
            self.say(&json!({ "event": name }))
        }

        fn ends(&mut self, reason: &str) -> Option<Observation> {
            self.say(&json!({"event": "end-file", "reason": reason}))
        }

        /// Answers what is asked after the bursts have settled.
        fn answer(&mut self) -> Vec<Observation> {
            self.pass(0.02);
            let Some(lines) = self.model.questions(self.now) else { return Vec::new() };
            let mut seen = Vec::new();
            for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                let question: Value = serde_json::from_slice(line).unwrap();
                let name = question["command"][1].as_str().unwrap();
                let mut answer = json!({"request_id": question["request_id"], "error": "success"});
                match self.properties.get(name) {
                    Some(value) => answer["data"] = value.clone(),
                    None => answer["error"] = json!("property unavailable"),
                }
                seen.extend(self.say(&answer));
            }
            seen
        }
    }

    #[test]
    fn nothing_wakes_while_nothing_plays() {
        let mut desk = Desk::new();
        assert_eq!(desk.answer().len(), 1);
        assert_eq!(desk.model.deadline(), None, "idle");
        let mut desk = Desk::playing();
        desk.properties.insert("pause".into(), json!(true));
        desk.say(&json!({"event": "property-change", "name": "pause", "data": true}));
        assert_eq!(desk.answer()[0].state, PlayState::Paused);
        assert_eq!(desk.model.deadline(), None, "paused");
        desk.ends("stop");
        assert_eq!(desk.model.deadline(), None, "stopped");
        let mut desk = Desk::playing();
        desk.properties.insert("eof-reached".into(), json!(true));
        desk.properties.insert("time-pos".into(), json!(99.9));
        desk.say(&json!({"event": "property-change", "name": "eof-reached", "data": true}));
        assert!(desk.answer()[0].ended);
        assert_eq!(desk.model.deadline(), None, "open at its end");
    }

    #[test]
    fn a_playing_player_is_asked_once_per_heartbeat() {
        let mut desk = Desk::playing();
        let beat = desk.model.deadline().unwrap();
        assert_eq!(beat.since(desk.now), HEARTBEAT);
        desk.pass(29.0);
        assert!(desk.model.questions(desk.now).is_none());
        desk.pass(1.0);
        desk.properties.insert("time-pos".into(), json!(40.0));
        assert_eq!(desk.answer().len(), 1, "it is told even if it is where it was expected");
    }

    #[test]
    fn what_was_asked_before_something_happened_is_not_observed_before_it() {
        let mut desk = Desk::playing();
        desk.event("seek");
        desk.pass(0.02);
        assert!(desk.model.questions(desk.now).is_some());
        desk.pass(0.1);
        let idle = desk.event("idle").unwrap();
        let last = desk.say(&json!({"request_id": 20, "error": "success", "data": 50.0})).unwrap();
        assert!(last.at >= idle.at);
    }

    #[test]
    fn a_player_that_does_not_answer_is_not_asked_again_until_it_speaks() {
        let mut desk = Desk::playing();
        desk.pass(30.0);
        assert!(desk.model.questions(desk.now).is_some());
        assert!(desk.model.questions(desk.now).is_none(), "one round at a time");
        desk.pass(5.0);
        let seen = desk.model.give_up(desk.now).unwrap();
        assert_eq!((seen.state, seen.position), (PlayState::Playing, None));
        assert_eq!(seen.rate, Rate::ZERO, "what it plays meanwhile is not believed");
        assert_eq!(desk.model.deadline(), None);
        desk.event("tick");
        let seen = desk.answer();
        assert_eq!(seen.iter().map(|seen| seen.rate).collect::<Vec<_>>(), [Rate::NORMAL]);
        assert!(desk.model.deadline().is_some());
    }

    #[test]
    fn the_old_files_answers_are_not_the_new_ones() {
        let mut desk = Desk::playing();
        desk.event("seek");
        desk.pass(0.02);
        assert!(desk.model.questions(desk.now).is_some());
        let late = json!({"request_id": desk.model.next_number - 1, "error": "success", "data": 99.0});
        desk.ends("eof");
        desk.event("start-file");
        assert_eq!(desk.say(&late), None);
        assert_eq!(desk.answer(), [], "nothing is told while it loads");
        desk.properties.insert("path".into(), json!("/v/b.mkv"));
        desk.event("file-loaded");
        let seen = desk.answer().remove(0);
        assert_eq!(seen.media.as_ref().unwrap().location.path(), Some(Path::new("/v/b.mkv")));
    }

    #[test]
    fn the_end_is_an_end_only_near_the_end() {
        for (seconds, ended) in [(85.0, true), (82.0, true), (75.0, false), (1.0, false), (900.0, true)] {
            let mut desk = Desk::playing();
            desk.pass(seconds);
            let seen = desk.ends("eof").unwrap();
            assert_eq!((seen.ended, seen.state), (ended, PlayState::Stopped), "after {seconds} s");
            assert!(seen.media.is_some());
            let position = seen.position.unwrap().offset().as_secs_f64();
            assert!((position - if ended { 100.0 } else { 10.0 + seconds }).abs() < 0.1, "{position}");
            let idle = desk.event("idle").unwrap();
            assert_eq!((idle.media, idle.ended), (None, false));
        }
    }

    #[test]
    fn after_the_end_nothing_is_loaded_even_if_mpv_does_not_say_that_it_idles() {
        let mut desk = Desk::playing();
        desk.pass(90.0);
        assert!(desk.ends("eof").unwrap().ended);
        desk.properties.clear();
        let seen = desk.answer().remove(0);
        assert_eq!((seen.state, seen.media), (PlayState::Stopped, None));
        assert_eq!(desk.model.deadline(), None);
    }

    #[test]
    fn a_pause_is_not_counted_on_the_way_to_the_end() {
        let mut desk = Desk::playing();
        desk.properties.insert("pause".into(), json!(true));
        desk.say(&json!({"event": "property-change", "name": "pause", "data": true}));
        desk.answer();
        desk.pass(3600.0);
        assert!(!desk.ends("eof").unwrap().ended);
    }

    #[test]
    fn a_live_stream_that_grows_every_second_is_not_asked_every_second() {
        let mut desk = Desk::playing();
        let mut seen = 0;
        for second in 0..25 {
            desk.pass(1.0);
            let duration = json!(101.0 + f64::from(second));
            desk.properties.insert("duration".into(), duration.clone());
            desk.properties.insert("time-pos".into(), json!(11.0 + f64::from(second)));
            desk.say(&json!({"event": "property-change", "name": "duration", "data": duration}));
            seen += desk.answer().len();
        }
        assert_eq!(seen, usize::from(GROWTHS));
    }

    #[test]
    fn quitting_says_nothing_more() {
        let mut desk = Desk::playing();
        assert_eq!(desk.ends("quit"), None);
        assert_eq!(desk.model.deadline(), None);
    }

    #[test]
    fn what_only_repeats_is_not_told() {
        let mut desk = Desk::playing();
        desk.pass(5.0);
        desk.properties.insert("time-pos".into(), json!(15.02));
        desk.event("seek");
        assert_eq!(desk.answer(), []);
        desk.properties.insert("time-pos".into(), json!(50.0));
        desk.event("seek");
        assert_eq!(desk.answer().len(), 1);
    }

    #[test]
    fn a_slow_answer_is_true_when_it_comes_and_a_prompt_one_in_between() {
        for (time, at) in [(0.1, 0.05), (3.0, 3.0)] {
            let mut desk = Desk::playing();
            desk.event("playback-restart");
            desk.pass(0.02);
            let asked = desk.now;
            desk.model.questions(desk.now).unwrap();
            desk.pass(time);
            let last = desk.model.next_number - 1;
            let seen = desk.say(&json!({"request_id": last, "error": "success", "data": 20.0})).unwrap();
            assert!((seen.at.since(asked).as_secs_f64() - at).abs() < 0.001);
        }
    }

    fn any_line() -> impl Strategy<Value = Vec<u8>> {
        let value = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(|flag| json!(flag)),
            any::<f64>().prop_map(|number| json!(number)),
            ".{0,8}".prop_map(|text| json!(text)),
            Just(json!([{"type": "video"}])),
            Just(json!({"TITLE": "a"})),
        ];
        let property = (0..Property::ALL.len()).prop_map(|place| Property::ALL[place].name());
        let event = prop_oneof![
            Just("start-file"),
            Just("file-loaded"),
            Just("seek"),
            Just("playback-restart"),
            Just("idle"),
            Just("x"),
        ];
        prop_oneof![
            (property, value.clone()).prop_map(|(name, data)| {
                json!({"event": "property-change", "name": name, "data": data}).to_string().into_bytes()
            }),
            event.prop_map(|event| json!({ "event": event }).to_string().into_bytes()),
            prop_oneof![Just("eof"), Just("stop"), Just("quit")]
                .prop_map(|reason| json!({"event": "end-file", "reason": reason}).to_string().into_bytes()),
            (0..60_u64, value).prop_map(|(number, data)| {
                json!({"request_id": number, "error": "success", "data": data}).to_string().into_bytes()
            }),
            proptest::collection::vec(any::<u8>(), 0..64),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_said_positions_lie_in_the_media_of_an_end_and_nothing_stopped_wakes(
            lines in proptest::collection::vec((any_line(), 0.0..40.0_f64), 0..60),
        ) {
            let mut desk = Desk::new();
            let mut last: Option<Observation> = None;
            for (line, pause) in lines {
                desk.pass(pause);
                let mut seen: Vec<_> = desk.model.give_up(desk.now).into_iter().collect();
                seen.extend(desk.model.hear(&line, desk.now));
                desk.model.questions(desk.now);
                for observation in seen {
                    prop_assert!(observation.at <= desk.now);
                    if observation.ended {
                        prop_assert!(observation.media.is_some());
                        prop_assert!(observation.state != PlayState::Playing || observation.rate == Rate::ZERO);
                        if let Some(duration) = observation.duration {
                            prop_assert_eq!(observation.position, Some(Position::new(duration)));
                        }
                    }
                    prop_assert!(observation.media.is_some() || observation.state == PlayState::Stopped);
                    last = Some(observation);
                }
            }
            // Left alone, it comes to rest: one unanswered round at most.
            for _ in 0..3 {
                if let Some(deadline) = desk.model.deadline() {
                    desk.now = desk.now.max(deadline);
                    last = desk.model.give_up(desk.now).or(last);
                    desk.model.questions(desk.now);
                }
            }
            prop_assert_eq!(desk.model.deadline(), None, "after {:?}", last);
        }
    }
}

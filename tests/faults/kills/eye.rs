//! An eye on mpv that no kill touches: where it is, and when it was where first. This is the truth, as far as mpv tells it: on
//! a busy machine mpv plays more slowly than it says, and whoever believes it is early.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::scene::now;

/// How often it looks.
const STEP: Duration = Duration::from_millis(15);

/// Where an mpv is. It looks until mpv is gone.
#[derive(Debug, Clone)]
pub(super) struct Eye(Arc<Mutex<Seen>>);

#[derive(Debug)]
struct Seen {
    position: f64,
    /// How fast it plays, by its word: a machine that is busy does not always let it.
    speed: f64,
    marks: Vec<Mark>,
}

/// A position that matters.
#[derive(Debug)]
struct Mark {
    /// In seconds.
    at: f64,
    /// When it is reached if mpv keeps its word, by the most hopeful look since it began to play.
    hoped: Option<Timestamp>,
    /// The first of these hopes that nothing had come in between of.
    earliest: Option<Timestamp>,
    /// When it was seen there first.
    reached: Option<Timestamp>,
}

impl Eye {
    /// On the mpv behind `socket`, which listens there and plays at `speed`. Each of `marks` is noted when it is reached.
    pub(super) fn on(socket: &Path, speed: f64, marks: &[f64]) -> Self {
        let mark = |&at| Mark { at, hoped: None, earliest: None, reached: None };
        let marks = marks.iter().map(mark).collect();
        let seen = Arc::new(Mutex::new(Seen { position: 0.0, speed, marks }));
        let stream = UnixStream::connect(socket).expect("mpv listens");
        let looking = Self(Arc::clone(&seen));
        thread::spawn(move || looking.look(stream));
        Self(seen)
    }

    /// Seconds from the beginning; 0 while nothing is shown yet.
    pub(super) fn position(&self) -> f64 {
        self.seen().position
    }

    /// It plays at another speed from now on.
    pub(super) fn plays_at(&self, speed: f64) {
        self.seen().speed = speed;
    }

    /// When `mark` can have been reached at the earliest, and when it was for certain.
    pub(super) fn reached(&self, mark: f64) -> Option<(Timestamp, Timestamp)> {
        let seen = self.seen();
        let mark = seen.marks.iter().find(|known| (known.at - mark).abs() < 0.001)?;
        mark.earliest.zip(mark.reached)
    }

    /// Ends with mpv.
    fn look(&self, mut stream: UnixStream) -> Option<()> {
        let mut answers = BufReader::new(stream.try_clone().ok()?).lines();
        let mut ask = |property: &str| {
            let question = format!("{{\"command\":[\"get_property\",\"{property}\"],\"request_id\":7}}\n");
            stream.write_all(question.as_bytes()).ok()?;
            loop {
                let answer: Value = serde_json::from_str(&answers.next()?.ok()?).ok()?;
                if answer["request_id"] == 7 {
                    return Some(answer["data"].clone());
                }
            }
        };
        loop {
            // Asked before, so that what is not paused was not when it was there.
            let paused = ask("pause")? == true;
            if let Some(position) = ask("time-pos")?.as_f64() {
                self.note(position, paused);
            }
            thread::sleep(STEP);
        }
    }

    fn note(&self, position: f64, paused: bool) {
        let mut seen = self.seen();
        let (now, speed) = (now(), seen.speed);
        let went_back = position < seen.position - 0.1;
        seen.position = position;
        for mark in &mut seen.marks {
            mark.look(now, position, if paused { None } else { Some(speed) }, went_back);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("nobody panics while holding this")
    }
}

impl Mark {
    fn look(&mut self, now: Timestamp, position: f64, speed: Option<f64>, went_back: bool) {
        if self.earliest.is_none() && self.hoped.is_some_and(|hoped| hoped <= now) {
            self.earliest = self.hoped;
        }
        if went_back || speed.is_none() {
            self.hoped = None;
        }
        if let Some(speed) = speed {
            let missing =
                Duration::try_from_secs_f64((self.at - position).max(0.0) / speed).unwrap_or_default();
            let hope = now.saturating_add(missing).unwrap_or(Timestamp::MAX);
            self.hoped = Some(self.hoped.map_or(hope, |hoped| hoped.min(hope)));
        }
        if position >= self.at {
            self.reached.get_or_insert(now);
            self.earliest.get_or_insert(now);
        }
    }
}

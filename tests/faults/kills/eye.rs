//! An eye on mpv that no kill touches: where it is, and when it was where first. This is the truth.

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

#[derive(Debug, Default)]
struct Seen {
    position: f64,
    /// Positions, in seconds, and when they were reached first.
    marks: Vec<(f64, Option<Timestamp>)>,
}

impl Eye {
    /// On the mpv behind `socket`, which listens there. Each of `marks` is noted when it is reached.
    pub(super) fn on(socket: &Path, marks: &[f64]) -> Self {
        let marks = marks.iter().map(|&mark| (mark, None)).collect();
        let seen = Arc::new(Mutex::new(Seen { position: 0.0, marks }));
        let stream = UnixStream::connect(socket).expect("mpv listens");
        let looking = Self(Arc::clone(&seen));
        thread::spawn(move || looking.look(stream));
        Self(seen)
    }

    /// Seconds from the beginning; 0 while nothing is shown yet.
    pub(super) fn position(&self) -> f64 {
        self.seen().position
    }

    /// When `mark` was reached first.
    pub(super) fn reached(&self, mark: f64) -> Option<Timestamp> {
        self.seen().marks.iter().find(|(at, _)| (at - mark).abs() < 0.001)?.1
    }

    /// Ends with mpv.
    fn look(&self, mut stream: UnixStream) -> Option<()> {
        let mut answers = BufReader::new(stream.try_clone().ok()?).lines();
        loop {
            stream.write_all(b"{\"command\":[\"get_property\",\"time-pos\"],\"request_id\":7}\n").ok()?;
            loop {
                let answer: Value = serde_json::from_str(&answers.next()?.ok()?).ok()?;
                if answer["request_id"] == 7 {
                    if let Some(position) = answer["data"].as_f64() {
                        self.note(position);
                    }
                    break;
                }
            }
            thread::sleep(STEP);
        }
    }

    fn note(&self, position: f64) {
        let mut seen = self.seen();
        seen.position = position;
        for (mark, at) in &mut seen.marks {
            if position >= *mark && at.is_none() {
                *at = Some(now());
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("nobody panics while holding this")
    }
}

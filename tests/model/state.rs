//! A state of the whole: the journal's content, what the workers are doing, what the services have, and what a perfect
//! observer knows of it.

use crate::real::Content;

/// How far the model goes, and what may happen in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    /// How many services there are, each with a worker.
    pub(crate) services: usize,
    /// How many viewings of one movie, all completed at the same instant.
    pub(crate) viewings: usize,
    /// Whether there is a position to tell besides the history.
    pub(crate) positions: bool,
    /// The service is told live: the sittings go on at first, and an entry waits for its end.
    pub(crate) live: bool,
    /// How many things may happen one after the other; `None`: until there is nothing new.
    pub(crate) depth: Option<u32>,
    /// Which errors there are besides the answers that matter: fewer in the larger scopes.
    pub(crate) all_errors: bool,
    /// The service denies for a while that there is a profile.
    pub(crate) profile_denied: bool,
    /// The user asks for everything to be tried at once, or drops something.
    pub(crate) user: bool,
    /// A write shows up at most so many ticks after its call has ended, or never. With 0
    /// nothing is late, and no call takes long.
    pub(crate) late: u8,
    /// By how many milliseconds the service may change an instant.
    pub(crate) drifts: &'static [i64],
    /// The assumption about the services that does not hold.
    pub(crate) broken: Option<Broken>,
}

/// What a service does that is assumed not to do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// One write makes two entries.
    WritesTwice,
    /// It answers that it is done, and it is not.
    SaysDone,
    /// It says no (for good, or that it is busy), and does it.
    SaysNo,
    /// It does not find what it has shown long ago.
    Forgets,
    /// The wall clock is put forward between an attempt and a question.
    ClockForward,
    /// A second daemon works off the same journal.
    SecondDaemon,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) content: Content,
    pub(crate) workers: Vec<Worker>,
    pub(crate) services: Vec<Service>,
    /// By service and viewing.
    pub(crate) doubts: Vec<Vec<Option<Doubt>>>,
}

/// What the worker of a service is doing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Worker {
    /// It takes what is next.
    Free,
    /// A call is under way.
    Calling(Errand),
    /// It died, or was ended.
    Gone,
}

/// A delivery that a worker has taken: its number, and what it knew of it then.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Errand {
    pub(crate) id: i64,
    pub(crate) asks: bool,
    /// The number of the rest of it, among all that were ever taken.
    pub(crate) subject: u32,
    pub(crate) attempts: u32,
    /// The age of the last attempt, in milliseconds.
    pub(crate) attempted: Option<i64>,
    pub(crate) times_not_there: u32,
    /// It takes as long as a call may take.
    pub(crate) long: bool,
}

/// What a service has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Service {
    /// Viewing and instant (milliseconds) of each entry that it shows, sorted.
    pub(crate) shown: Vec<(usize, i64)>,
    /// What it does not show yet, sorted.
    pub(crate) coming: Vec<Coming>,
}

/// A write that does not show yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Coming {
    pub(crate) viewing: usize,
    pub(crate) at: i64,
    /// It is done. Otherwise it is still under way, and may yet be lost.
    pub(crate) done: bool,
    /// Ticks until it shows at the latest.
    pub(crate) left: u8,
}

/// An attempt without a clear end: what a perfect observer knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Doubt {
    /// Ticks since it ended, up to four.
    pub(crate) age: u8,
    /// How often the service has said since that it is not there, up to twice.
    pub(crate) not_there: u8,
    /// The last time was at least four ticks after it ended.
    pub(crate) late: bool,
}

impl Service {
    /// How many entries a viewing has or is certain to get.
    pub(crate) fn entries(&self, viewing: usize) -> usize {
        self.shown.iter().filter(|(of, _)| *of == viewing).count()
            + self.coming.iter().filter(|coming| coming.viewing == viewing && coming.done).count()
    }

    pub(crate) fn show(&mut self, viewing: usize, at: i64) {
        self.shown.push((viewing, at));
        self.shown.sort_unstable();
    }

    pub(crate) fn put_off(&mut self, coming: Coming) {
        self.coming.push(coming);
        self.coming.sort_unstable();
    }

    /// Whether it shows an entry that the program takes for the one at `at`: within two seconds.
    pub(crate) fn shows(&self, at: i64) -> bool {
        self.shown.iter().any(|(_, there)| (there - at).abs() <= 2_000)
    }

    /// Whether a look may find it although not every look does.
    pub(crate) fn may_show(&self, at: i64) -> bool {
        self.coming.iter().any(|coming| coming.done && (coming.at - at).abs() <= 2_000)
    }
}

//! Everything that can happen in a state, and where it leads.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use discovr_scrobbler::journal::{Content as Told, Delivery};
use discovr_scrobbler::playback::EventKind;
use discovr_scrobbler::service::{Outcome, Receipt, Trouble};
use jiff::Timestamp;

use crate::real::{Answer, Call, Real, SERVICES};
use crate::rows::{Columns, NOW, TICK};
use crate::state::{Broken, Coming, Doubt, Errand, Scope, Service, State, Worker};

/// Something that happens; the first number is the worker's, or the service's where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// The worker takes what is next.
    Takes(usize),
    /// What the worker takes reaches nobody, and is put back.
    TakesUnheard(usize),
    /// The call takes as long as it may (30 s).
    Lingers(usize),
    /// The attempt reaches the service, or not, and ends like this.
    Sent(usize, Effect, i64, Ending),
    /// The question ends like this.
    Asked(usize, Reply),
    /// The worker ends with what it has under way (crash, kill, shutdown): this much of an attempt is done.
    Dies(usize, Effect),
    /// A worker starts, and recovers what was under way.
    Starts(usize),
    /// What was not shown yet is: the number is its place.
    Shows(usize, usize),
    /// Five seconds go by. What is under way and must show now does so, or (the bit with its place is set) was lost.
    Tick(u8),
    /// `queue retry` of one delivery, or of all.
    Retry(Option<i64>),
    /// `queue drop`.
    Drop(i64),
    /// The wall clock is put forward by 20 s.
    ClockForward,
    /// The sitting of the viewing with this number ends, or it goes on in another.
    Ends(u64),
    Begins(u64),
}

/// What a service does with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    Done,
    DoneShownLater,
    UnderWay,
}

/// How an attempt ends for the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Answered,
    Lost,
    /// A 5xx with `Retry-After`.
    Failed,
    Busy,
    NotNow,
    NotThis,
    SignIn,
    No,
    NoSuchProfile,
}

/// How a question ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// What the service shows.
    Truth,
    /// It is found although not every look finds it yet.
    SeenEarly,
    /// It is not found although it has been shown for long.
    Forgotten,
    Busy,
    NotNow,
    NotThis,
    SignIn,
    NoSuchProfile,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = worker_name;
        match *self {
            Self::Takes(service) => write!(f, "{}: takes what is next", name(service)),
            Self::TakesUnheard(service) => write!(f, "{}: takes what is next and is gone", name(service)),
            Self::Lingers(service) => write!(f, "{}: the call takes 30 s", name(service)),
            Self::Sent(service, effect, drift, ending) => {
                write!(f, "{}: the attempt: {effect:?} ({drift} ms off), {ending:?}", name(service))
            }
            Self::Asked(service, reply) => write!(f, "{}: the question: {reply:?}", name(service)),
            Self::Dies(service, effect) => write!(f, "{}: the worker dies, {effect:?}", name(service)),
            Self::Starts(service) => write!(f, "{}: a worker starts", name(service)),
            Self::Shows(service, place) => write!(f, "{}: write {place} shows", name(service)),
            Self::Tick(0) => write!(f, "5 s go by"),
            Self::Tick(lost) => write!(f, "5 s go by, lost: {lost:b}"),
            Self::Retry(None) => write!(f, "queue retry --all"),
            Self::Retry(Some(id)) => write!(f, "queue retry {id}"),
            Self::Drop(id) => write!(f, "queue drop {id}"),
            Self::Ends(number) => write!(f, "viewing {number} is left"),
            Self::Begins(number) => write!(f, "viewing {number} goes on"),
            Self::ClockForward => write!(f, "the clock is put 20 s forward"),
        }
    }
}

/// The service of a worker: a third one is the first service's of a second daemon.
pub(crate) fn service_of(worker: usize) -> usize {
    worker % SERVICES.len()
}

fn worker_name(worker: usize) -> String {
    let service = SERVICES[service_of(worker)];
    if worker < SERVICES.len() { service.to_string() } else { format!("{service} (second daemon)") }
}

/// A rule that does not hold, in words.
pub(crate) type Broke = String;

/// Everything in which states are the same: the scope, the real journal, and what was ever taken from it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) scope: Scope,
    pub(crate) real: Real,
    subjects: Vec<Delivery>,
}

impl World {
    /// The world and its first state.
    pub(crate) fn new(scope: Scope) -> (Self, State) {
        let second = scope.broken == Some(Broken::SecondDaemon);
        let (real, content) = Real::new(&scope);
        let first = State {
            content,
            workers: vec![Worker::Gone; if second { SERVICES.len() + 1 } else { scope.services }],
            services: vec![Service::default(); scope.services],
            doubts: vec![vec![None; scope.viewings]; scope.services],
        };
        (Self { scope, real, subjects: Vec::new() }, first)
    }

    /// All that can happen in a state.
    pub(crate) fn moves(&mut self, state: &State) -> Vec<Move> {
        let mut moves = Vec::new();
        let services = self.scope.services;
        for (number, worker) in
            state.workers.iter().enumerate().filter(|&(number, _)| service_of(number) < services)
        {
            match worker {
                Worker::Free => {
                    moves.push(Move::Takes(number));
                    if self.scope.all_errors {
                        moves.extend([Move::Dies(number, Effect::Nothing), Move::TakesUnheard(number)]);
                    }
                }
                Worker::Gone => moves.push(Move::Starts(number)),
                Worker::Calling(errand) => self.endings(state, number, errand, &mut moves),
            }
        }
        for (service, there) in state.services.iter().enumerate() {
            for (place, coming) in there.coming.iter().enumerate() {
                if !coming.done {
                    moves.push(Move::Shows(service, place));
                }
            }
        }
        if state.workers.iter().all(|worker| !matches!(worker, Worker::Calling(_))) {
            moves.extend((0..1 << overdue(state).len()).map(Move::Tick));
        }
        if self.scope.user {
            for line in self.real.lines(state.content).iter() {
                if matches!(&*line.status, "due" | "unsure" | "refused") {
                    moves.extend([Move::Retry(Some(line.id)), Move::Drop(line.id)]);
                }
            }
        }
        if self.scope.live {
            let sits = Columns::sits(&self.real.rows(state.content));
            moves.extend((1..).zip(sits).map(
                |(number, sits)| {
                    if sits { Move::Ends(number) } else { Move::Begins(number) }
                },
            ));
        }
        if self.scope.broken == Some(Broken::ClockForward) {
            moves.push(Move::ClockForward);
        }
        moves
    }

    fn endings(&mut self, state: &State, worker: usize, errand: &Errand, moves: &mut Vec<Move>) {
        let service = service_of(worker);
        if !errand.long && self.scope.late > 0 {
            moves.push(Move::Lingers(worker));
        }
        if errand.asks {
            let at = millis(self.subjects[errand.subject as usize].content.at());
            let replies = [Reply::Truth, Reply::Busy].into_iter();
            let more = [Reply::NotNow, Reply::NotThis, Reply::SignIn];
            let mut replies: Vec<Reply> = replies.collect();
            if self.scope.all_errors {
                replies.extend(more);
            }
            if state.services[service].may_show(at) {
                replies.push(Reply::SeenEarly);
            }
            if self.profile_is_known_to_be_real(state, service) {
                replies.push(Reply::NoSuchProfile);
            }
            if self.scope.broken == Some(Broken::Forgets) {
                replies.push(Reply::Forgotten);
            }
            moves.extend(replies.into_iter().map(|reply| Move::Asked(worker, reply)));
            moves.push(Move::Dies(worker, Effect::Nothing));
            return;
        }
        let denied = self.profile_is_known_to_be_real(state, service);
        let mut sent = |effect: Effect, ending| match effect {
            Effect::Nothing => moves.push(Move::Sent(worker, effect, 0, ending)),
            _ => {
                moves
                    .extend(self.scope.drifts.iter().map(|&drift| Move::Sent(worker, effect, drift, ending)));
            }
        };
        let effects: &[Effect] = match self.scope.late {
            0 => &[Effect::Done, Effect::Nothing],
            _ => &[Effect::Done, Effect::DoneShownLater, Effect::Nothing, Effect::UnderWay],
        };
        for &effect in effects {
            sent(effect, Ending::Lost);
            if matches!(effect, Effect::Done | Effect::DoneShownLater) {
                sent(effect, Ending::Answered);
            }
        }
        sent(Effect::Nothing, Ending::Busy);
        sent(Effect::Nothing, Ending::No);
        if self.scope.all_errors {
            for effect in [Effect::Nothing, Effect::Done, Effect::UnderWay] {
                sent(effect, Ending::Failed);
            }
            for ending in [Ending::NotNow, Ending::NotThis, Ending::SignIn] {
                sent(Effect::Nothing, ending);
            }
        }
        if denied {
            sent(Effect::Nothing, Ending::NoSuchProfile);
        }
        match self.scope.broken {
            Some(Broken::SaysDone) => sent(Effect::Nothing, Ending::Answered),
            Some(Broken::SaysNo) => {
                sent(Effect::Done, Ending::No);
                sent(Effect::Done, Ending::Busy);
            }
            _ => {}
        }
        moves.extend(effects.iter().map(|&effect| Move::Dies(worker, effect)));
    }

    /// Only a profile that has got something is denied for a while here: what was told to one that never was is another
    /// one's from then on, which is not modelled.
    fn profile_is_known_to_be_real(&mut self, state: &State, service: usize) -> bool {
        self.scope.profile_denied
            && self.real.lines(state.content).iter().any(|line| {
                *line.service == *SERVICES[service].0 && *line.what == *"history" && *line.status == *"done"
            })
    }

    /// The state after something has happened; `None` when nothing has.
    ///
    /// # Errors
    /// When a rule is broken by it.
    pub(crate) fn after(&mut self, state: &State, step: Move) -> Result<Option<State>, Broke> {
        let mut next = state.clone();
        match step {
            Move::Takes(worker) => self.take(&mut next, worker)?,
            Move::TakesUnheard(worker) => {
                self.carry_out(&mut next, &Call::NextUnheard(service_of(worker)), Some(service_of(worker)))?;
            }
            Move::Lingers(worker) => {
                if let Worker::Calling(errand) = &mut next.workers[worker] {
                    errand.long = true;
                }
                for _ in 0..6 {
                    self.time(&mut next, 0);
                }
            }
            Move::Sent(worker, effect, drift, ending) => {
                self.sent(&mut next, worker, effect, drift, ending)?;
            }
            Move::Asked(worker, reply) => self.asked(&mut next, worker, reply)?,
            Move::Dies(worker, effect) => {
                if let Worker::Calling(errand) = next.workers[worker].clone()
                    && !errand.asks
                {
                    self.write(&mut next, service_of(worker), &errand, effect, 0);
                    self.doubt(&mut next, service_of(worker), &errand, true);
                }
                next.workers[worker] = Worker::Gone;
            }
            // With the daemon: nobody has seen the end of what was being watched.
            Move::Starts(worker) if self.scope.live => {
                self.carry_out(&mut next, &Call::RecoverAll, None)?;
                next.workers[worker] = Worker::Free;
            }
            Move::Ends(number) => {
                self.carry_out(&mut next, &Call::Happens(number, EventKind::Stopped), None)?;
            }
            Move::Begins(number) => {
                self.carry_out(&mut next, &Call::Happens(number, EventKind::Started), None)?;
            }
            Move::Starts(worker) => {
                self.carry_out(&mut next, &Call::Recover(service_of(worker)), Some(service_of(worker)))?;
                next.workers[worker] = Worker::Free;
            }
            Move::Shows(service, place) => {
                let there = &mut next.services[service];
                let coming = there.coming.remove(place);
                there.show(coming.viewing, coming.at);
            }
            Move::Tick(lost) => self.time(&mut next, lost),
            Move::Retry(id) => {
                self.carry_out(&mut next, &Call::Retry(id), None)?;
            }
            Move::Drop(id) => {
                self.carry_out(&mut next, &Call::Drop(id), None)?;
            }
            Move::ClockForward => {
                next.content = self.real.later(next.content, 4 * TICK);
                for worker in &mut next.workers {
                    age(worker, 4 * TICK);
                }
            }
        }
        if next == *state {
            return Ok(None);
        }
        self.check(&next)?;
        Ok(Some(next))
    }

    fn take(&mut self, state: &mut State, worker: usize) -> Result<(), Broke> {
        let service = service_of(worker);
        let answer = self.carry_out(state, &Call::Next(service), Some(service))?;
        let Some((delivery, asks)) = &answer.taken else { return Ok(()) };
        let id = answer.renumbered(delivery.id.0);
        let errand = Errand {
            id,
            asks: *asks,
            subject: self.subject(delivery),
            attempts: delivery.attempts,
            attempted: delivery.last_attempt_at.filter(|_| *asks).map(|at| (NOW - millis(at)).min(4 * TICK)),
            times_not_there: if *asks { delivery.times_not_there } else { 0 },
            long: false,
        };
        if !asks && let Some(viewing) = history(delivery) {
            let lines = self.real.lines(state.content);
            if !lines.iter().any(|line| line.id == id && *line.status == *"sending") {
                return Err("something is sent that is not marked as being sent".into());
            }
            match state.doubts[service][viewing] {
                None => {}
                Some(Doubt { not_there: 2, late: true, .. }) => state.doubts[service][viewing] = None,
                // These rules are about one worker and a clock that goes on as it should: without them, what comes of it
                // is looked for.
                Some(_) if matches!(self.scope.broken, Some(Broken::ClockForward | Broken::SecondDaemon)) => {
                }
                Some(doubt) => return Err(format!("sent again too early: {doubt:?}")),
            }
        }
        state.workers[worker] = Worker::Calling(errand);
        Ok(())
    }

    fn sent(
        &mut self,
        state: &mut State,
        worker: usize,
        effect: Effect,
        drift: i64,
        ending: Ending,
    ) -> Result<(), Broke> {
        let Worker::Calling(errand) = state.workers[worker].clone() else { return Ok(()) };
        let service = service_of(worker);
        self.write(state, service, &errand, effect, drift);
        let unclear = matches!(ending, Ending::Lost | Ending::Failed);
        self.doubt(state, service, &errand, unclear);
        let harmless = history(&self.subjects[errand.subject as usize]).is_none();
        self.settle(state, worker, &errand, &outcome(ending, harmless))
    }

    fn asked(&mut self, state: &mut State, worker: usize, reply: Reply) -> Result<(), Broke> {
        let Worker::Calling(errand) = state.workers[worker].clone() else { return Ok(()) };
        let service = service_of(worker);
        let subject = &self.subjects[errand.subject as usize];
        let found = || Outcome::Delivered(Receipt { proof: "found".into() });
        let outcome = match reply {
            Reply::Truth if state.services[service].shows(millis(subject.content.at())) => found(),
            Reply::SeenEarly => found(),
            Reply::Truth | Reply::Forgotten => Outcome::NotThere,
            Reply::Busy => outcome(Ending::Busy, true),
            Reply::NotNow => outcome(Ending::NotNow, true),
            Reply::NotThis => outcome(Ending::NotThis, true),
            Reply::SignIn => outcome(Ending::SignIn, true),
            Reply::NoSuchProfile => outcome(Ending::NoSuchProfile, true),
        };
        if let Some(viewing) = history(subject)
            && let Some(doubt) = &mut state.doubts[service][viewing]
        {
            match outcome {
                Outcome::NotThere => {
                    doubt.not_there = (doubt.not_there + 1).min(2);
                    doubt.late = doubt.age >= 4;
                }
                Outcome::Delivered(_) => state.doubts[service][viewing] = None,
                _ => {}
            }
        }
        self.settle(state, worker, &errand, &outcome)
    }

    fn settle(
        &mut self,
        state: &mut State,
        worker: usize,
        errand: &Errand,
        outcome: &Outcome,
    ) -> Result<(), Broke> {
        let service = service_of(worker);
        let delivery = self.delivery(errand);
        let before = state.content;
        let answer = self.real.settle(before, service, &delivery, errand.asks, outcome);
        state.workers[worker] = Worker::Free;
        self.adopt(state, &answer, Some(service))
    }

    /// Makes a call to the journal, of one service or of none in particular.
    fn carry_out(
        &mut self,
        state: &mut State,
        call: &Call,
        service: Option<usize>,
    ) -> Result<Rc<Answer>, Broke> {
        let answer = self.real.call(state.content, call);
        self.adopt(state, &answer, service)?;
        Ok(answer)
    }

    /// Goes on with what the journal has become. What is of one service leaves the rows of the others alone.
    fn adopt(&mut self, state: &mut State, answer: &Answer, service: Option<usize>) -> Result<(), Broke> {
        if let Some(service) = service
            && answer.after != state.content
        {
            let (before, after) = (self.real.rows(state.content), self.real.rows(answer.after));
            for (other, name) in SERVICES.iter().enumerate().take(self.scope.services) {
                let of = |rows| self.real.columns.of_service(rows, name.0);
                if other != service && of(&before) != of(&after) {
                    return Err(format!(
                        "what happened to {} changed what is kept of {name}",
                        SERVICES[service]
                    ));
                }
            }
        }
        state.content = answer.after;
        for worker in &mut state.workers {
            if let Worker::Calling(errand) = worker {
                errand.id = answer.renumbered(errand.id);
            }
        }
        Ok(())
    }

    fn write(&self, state: &mut State, service: usize, errand: &Errand, effect: Effect, drift: i64) {
        let subject = &self.subjects[errand.subject as usize];
        let there = &mut state.services[service];
        // Telling a position twice does no harm.
        let Some(viewing) = history(subject) else { return };
        let at = millis(subject.content.at()) + drift;
        let coming = Coming { viewing, at, done: true, left: self.scope.late };
        match effect {
            Effect::Nothing => {}
            Effect::Done => {
                there.show(viewing, at);
                if self.scope.broken == Some(Broken::WritesTwice) {
                    there.show(viewing, at);
                }
            }
            Effect::DoneShownLater => there.put_off(coming),
            Effect::UnderWay => there.put_off(Coming { done: false, ..coming }),
        }
    }

    fn doubt(&self, state: &mut State, service: usize, errand: &Errand, unclear: bool) {
        if let Some(viewing) = history(&self.subjects[errand.subject as usize]) {
            state.doubts[service][viewing] = unclear.then_some(Doubt { age: 0, not_there: 0, late: false });
        }
    }

    fn time(&mut self, state: &mut State, lost: u8) {
        let overdue = overdue(state);
        state.content = self.real.later(state.content, TICK);
        for worker in &mut state.workers {
            age(worker, TICK);
        }
        for (number, there) in state.services.iter_mut().enumerate() {
            for (place, mut coming) in std::mem::take(&mut there.coming).into_iter().enumerate() {
                coming.left = coming.left.saturating_sub(1);
                let bit = overdue.iter().position(|&one| one == (number, place));
                match bit {
                    Some(bit) if lost >> bit & 1 == 1 => {}
                    _ if coming.left == 0 => there.show(coming.viewing, coming.at),
                    _ => there.put_off(coming),
                }
            }
        }
        for doubt in state.doubts.iter_mut().flatten().flatten() {
            doubt.age = (doubt.age + 1).min(4);
        }
    }

    /// What must hold in every state.
    fn check(&mut self, state: &State) -> Result<(), Broke> {
        for (service, there) in state.services.iter().enumerate() {
            for viewing in 0..self.scope.viewings {
                if there.entries(viewing) > 1 {
                    return Err(format!("viewing {} is there twice at {}", viewing + 1, SERVICES[service]));
                }
            }
        }
        for line in self.real.lines(state.content).iter().filter(|line| *line.what == *"history") {
            let service = SERVICES.iter().position(|name| *name.0 == *line.service).unwrap();
            if *line.status == *"done" && state.services[service].entries(line.viewing) != 1 {
                return Err(format!(
                    "viewing {} is done and not there at {}",
                    line.viewing + 1,
                    line.service
                ));
            }
        }
        Ok(())
    }

    /// What must hold of the services that answer, once nothing is left to do for them.
    pub(crate) fn check_end(&mut self, state: &State, alive: &[usize]) -> Result<(), Broke> {
        for &service in alive {
            let name = SERVICES[service];
            let lines = self.real.lines(state.content);
            for viewing in 0..self.scope.viewings {
                let line = lines.iter().find(|line| {
                    *line.service == *name.0 && *line.what == *"history" && line.viewing == viewing
                });
                match line.map(|line| &*line.status) {
                    Some("done") if state.services[service].entries(viewing) == 1 => {}
                    Some("refused" | "dropped") => {}
                    other => return Err(format!("viewing {} ends as {other:?} at {name}", viewing + 1)),
                }
            }
        }
        Ok(())
    }

    /// Whether anything of these services is still to be done.
    pub(crate) fn is_drained(&mut self, state: &State, alive: &[usize]) -> bool {
        !self.real.lines(state.content).iter().any(|line| {
            alive.iter().any(|&service| *line.service == *SERVICES[service].0)
                && matches!(&*line.status, "due" | "unsure" | "sending")
        })
    }

    fn subject(&mut self, delivery: &Delivery) -> u32 {
        let bare = Delivery {
            id: discovr_scrobbler::journal::DeliveryId(0),
            attempts: 0,
            last_attempt_at: None,
            times_not_there: 0,
            ..delivery.clone()
        };
        let known = self.subjects.iter().position(|subject| *subject == bare);
        let place = known.unwrap_or_else(|| {
            self.subjects.push(bare);
            self.subjects.len() - 1
        });
        u32::try_from(place).unwrap()
    }

    fn delivery(&self, errand: &Errand) -> Delivery {
        Delivery {
            id: discovr_scrobbler::journal::DeliveryId(errand.id),
            attempts: errand.attempts,
            last_attempt_at: errand.attempted.map(|age| Timestamp::from_millisecond(NOW - age).unwrap()),
            times_not_there: errand.times_not_there,
            ..self.subjects[errand.subject as usize].clone()
        }
    }
}

/// Service and place of what is under way and may be lost with the next tick.
fn overdue(state: &State) -> Vec<(usize, usize)> {
    let of = |(service, there): (usize, &Service)| {
        let late = there.coming.iter().enumerate().filter(|(_, coming)| !coming.done && coming.left <= 1);
        late.map(|(place, _)| (service, place)).collect::<Vec<_>>()
    };
    state.services.iter().enumerate().flat_map(of).collect()
}

fn age(worker: &mut Worker, millis: i64) {
    if let Worker::Calling(Errand { attempted: Some(attempted), .. }) = worker {
        *attempted = (*attempted + millis).min(4 * TICK);
    }
}

/// The viewing that a history entry tells of, from 0.
fn history(delivery: &Delivery) -> Option<usize> {
    let (_, number) = delivery.viewing.0.as_u64_pair();
    matches!(delivery.content, Told::History { .. }).then(|| usize::try_from(number).unwrap() - 1)
}

fn outcome(ending: Ending, harmless: bool) -> Outcome {
    let why = || "so it is".to_owned();
    let patience = Some(Duration::from_secs(77));
    let later = |trouble, after| Outcome::TryLater { trouble, after, why: why() };
    match ending {
        Ending::Answered => Outcome::Delivered(Receipt { proof: "answered 200".into() }),
        Ending::Lost if harmless => later(Trouble::Service, None),
        Ending::Failed if harmless => later(Trouble::Either, patience),
        Ending::Lost => Outcome::Unsure { after: None, why: why() },
        Ending::Failed => Outcome::Unsure { after: patience, why: why() },
        Ending::Busy => later(Trouble::Service, patience),
        Ending::NotNow => later(Trouble::Either, None),
        Ending::NotThis => later(Trouble::Delivery, None),
        Ending::SignIn => Outcome::SignInNeeded { why: why() },
        Ending::No => Outcome::Refused { why: why() },
        Ending::NoSuchProfile => Outcome::ProfileUnknown { why: why(), hint: "name another".into() },
    }
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

//! The real journal and the real plan. Each call is made once per content of the journal; its answer is remembered.

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use discovr_scrobbler::clock::{Moment, Now};
use discovr_scrobbler::identify::{
    Confidence, Evidence, EvidenceKind, Identification, Identified, Identity, MovieId,
};
use discovr_scrobbler::journal::{
    Account, Addressee, Delivery, DeliveryId, Journal, Next, ProfileId, Recipient, ServiceName, ServiceState,
    Settlement, Telling,
};
use discovr_scrobbler::playback::{CompletedPart, Event, EventKind, Parts, Ranges, Viewing, ViewingId};
use discovr_scrobbler::player::{Location, Media, Position};
use discovr_scrobbler::service::{Outcome, Timing, plan};
use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::rows::{Columns, Line, NOW, Rows, TICK};
use crate::state::Scope;

/// The services, by the place that the model gives them.
pub(crate) const SERVICES: [ServiceName; 2] = [ServiceName("discovr"), ServiceName("other")];

/// The length of everything that is watched here.
const LENGTH: Duration = Duration::from_secs(6_000);

/// The number of some content of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Content(u32);

/// What is asked of the journal.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Recover(usize),
    Next(usize),
    /// The next one is taken, and nobody is there any more to receive it.
    NextUnheard(usize),
    Settle(i64, Settlement, ServiceState),
    Retry(Option<i64>),
    Drop(i64),
    /// The daemon starts: no sitting goes on.
    RecoverAll,
    /// Something happens to the viewing with this number.
    Happens(u64, EventKind),
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) after: Content,
    /// Of [`Call::Next`]: what is to be sent (`false`) or asked for (`true`).
    pub(crate) taken: Option<(Delivery, bool)>,
    /// The new numbers of deliveries.
    ids: Vec<(i64, i64)>,
}

impl Answer {
    /// The number that a delivery has now; 0 when it is gone.
    pub(crate) fn renumbered(&self, id: i64) -> i64 {
        self.ids.iter().find(|(old, _)| *old == id).map_or(0, |(_, new)| *new)
    }
}

pub(crate) struct Real {
    _folder: TempDir,
    runtime: Runtime,
    journal: Journal,
    /// The profile that the settings name.
    active: ProfileId,
    /// A connection of the test's own, to put rows into the file and to take them out.
    side: Connection,
    pub(crate) columns: Columns,
    held: Rows,
    contents: Vec<Rc<Rows>>,
    numbers: HashMap<Rc<Rows>, Content>,
    lines: HashMap<Content, Rc<Vec<Line>>>,
    answers: HashMap<(Content, String), Rc<Answer>>,
    states: HashMap<(Content, usize), ServiceState>,
    later: HashMap<(Content, i64), Content>,
    /// How many calls were really made.
    pub(crate) calls: u64,
}

impl fmt::Debug for Real {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Real").field("calls", &self.calls).finish_non_exhaustive()
    }
}

impl Real {
    /// A journal with `viewings` of the same movie, completed at the same instant long ago, for that many services.
    pub(crate) fn new(scope: &Scope) -> (Self, Content) {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let telling = if scope.live { Telling::Live } else { Telling::Positions };
        let addressees: Vec<_> = SERVICES[..scope.services]
            .iter()
            .map(|&service| Addressee { recipient: recipient(service), telling })
            .collect();
        for number in 1..=scope.viewings {
            let ended = if scope.live { NOW } else { NOW - 3_600_000 };
            runtime.block_on(watch(&journal, u64::try_from(number).unwrap(), &addressees, ended));
        }
        let side = Connection::open(folder.path().join("journal.db")).unwrap();
        side.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;").unwrap();
        side.set_prepared_statement_cache_capacity(64);
        if !scope.positions {
            side.execute("DELETE FROM deliveries WHERE what = 'playback'", ()).unwrap();
        }
        let columns = Columns::of(&side);
        let held = columns.read(&side);
        let mut real = Self {
            _folder: folder,
            runtime,
            journal,
            active: if scope.profile_denied { ProfileId("p2".into()) } else { profile() },
            side,
            columns,
            held,
            contents: Vec::new(),
            numbers: HashMap::new(),
            lines: HashMap::new(),
            answers: HashMap::new(),
            states: HashMap::new(),
            later: HashMap::new(),
            calls: 0,
        };
        let (rows, _) = real.columns.canonical(&real.held);
        let content = real.number(rows);
        (real, content)
    }

    pub(crate) fn rows(&self, content: Content) -> Rc<Rows> {
        Rc::clone(&self.contents[content.0 as usize])
    }

    pub(crate) fn lines(&mut self, content: Content) -> Rc<Vec<Line>> {
        if let Some(lines) = self.lines.get(&content) {
            return Rc::clone(lines);
        }
        let lines = Rc::new(self.columns.lines(&self.rows(content)));
        self.lines.insert(content, Rc::clone(&lines));
        lines
    }

    /// The same content after time has gone by.
    pub(crate) fn later(&mut self, content: Content, millis: i64) -> Content {
        if let Some(&known) = self.later.get(&(content, millis)) {
            return known;
        }
        let rows = self.columns.later(&self.rows(content), millis);
        let later = self.number(rows);
        self.later.insert((content, millis), later);
        later
    }

    pub(crate) fn call(&mut self, content: Content, call: &Call) -> Rc<Answer> {
        let key = (content, format!("{call:?}"));
        if let Some(answer) = self.answers.get(&key) {
            return Rc::clone(answer);
        }
        let answer = Rc::new(self.really(content, call));
        self.answers.insert(key, Rc::clone(&answer));
        answer
    }

    /// What the real plan makes of an outcome, written into the journal.
    pub(crate) fn settle(
        &mut self,
        content: Content,
        service: usize,
        delivery: &Delivery,
        asked: bool,
        outcome: &Outcome,
    ) -> Rc<Answer> {
        let state = self.state(content, service);
        let (settlement, state) = plan(outcome, delivery, asked, &state, now(), &Timing::default());
        let settlement = match settlement {
            Settlement::Again { at, why } => Settlement::Again { at: on_a_tick(at), why },
            Settlement::Unsure { at, why, not_there } => {
                Settlement::Unsure { at: on_a_tick(at), why, not_there }
            }
            other @ (Settlement::Done { .. }
            | Settlement::NoSuchProfile { .. }
            | Settlement::Refused { .. }) => other,
        };
        let state = ServiceState { not_before: state.not_before.map(on_a_tick), ..state };
        self.call(content, &Call::Settle(delivery.id.0, settlement, state))
    }

    fn state(&mut self, content: Content, service: usize) -> ServiceState {
        if let Some(state) = self.states.get(&(content, service)) {
            return state.clone();
        }
        self.put(content);
        let state = self.runtime.block_on(self.journal.service_state(SERVICES[service])).unwrap();
        self.states.insert((content, service), state.clone());
        state
    }

    fn put(&mut self, content: Content) {
        let rows = self.rows(content);
        self.columns.write(&mut self.side, &self.held, &rows);
        self.held = rows.as_ref().clone();
    }

    fn really(&mut self, content: Content, call: &Call) -> Answer {
        self.put(content);
        self.calls += 1;
        let taken = self.runtime.block_on(carry_out(&self.journal, &self.active, &self.side, call));
        let rows = self.columns.read(&self.side);
        self.held = rows.clone();
        let (rows, ids) = self.columns.canonical(&rows);
        Answer { after: self.number(rows), taken, ids }
    }

    fn number(&mut self, rows: Rows) -> Content {
        if let Some(&known) = self.numbers.get(&rows) {
            return known;
        }
        let content = Content(u32::try_from(self.contents.len()).unwrap());
        let rows = Rc::new(rows);
        self.contents.push(Rc::clone(&rows));
        self.numbers.insert(rows, content);
        content
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW).unwrap()
}

/// Pauses with jitter become one tick, others at most four: how long nothing happens changes nothing but the length of
/// the wait, and the user may cut it short at any time.
fn on_a_tick(at: Timestamp) -> Timestamp {
    let pause = at.duration_since(now());
    let tick = i128::from(TICK) * 1_000_000;
    let ticks = match pause.as_nanos() {
        ..=0 => 0,
        exact if exact % tick == 0 => i64::try_from((exact / tick).min(4)).unwrap(),
        _ => 1,
    };
    Timestamp::from_millisecond(NOW + ticks * TICK).unwrap()
}

fn recipient(service: ServiceName) -> Recipient {
    Recipient { service, account: account(), profile: Some(profile()) }
}

fn account() -> Account {
    Account("me".into())
}

fn profile() -> ProfileId {
    ProfileId("p1".into())
}

async fn carry_out(
    journal: &Journal,
    active: &ProfileId,
    side: &Connection,
    call: &Call,
) -> Option<(Delivery, bool)> {
    let next = |service: usize| journal.next(SERVICES[service], account(), Some(active.clone()), now());
    match call {
        Call::Recover(service) => {
            journal.recover_service(SERVICES[*service], now()).await.unwrap();
            None
        }
        Call::Next(service) => match next(*service).await.unwrap() {
            Next::Deliver(delivery) => Some((delivery, false)),
            Next::Verify(delivery) => Some((delivery, true)),
            Next::Idle | Next::WaitUntil(_) => None,
        },
        Call::NextUnheard(service) => {
            // While the file is locked the journal cannot answer: the asker is surely gone before.
            side.execute_batch("BEGIN IMMEDIATE").unwrap();
            {
                let mut asking = pin!(next(*service));
                let answered = poll_fn(|context| Poll::Ready(asking.as_mut().poll(context).is_ready())).await;
                assert!(!answered, "the journal answered although its file is locked");
            }
            side.execute_batch("COMMIT").unwrap();
            // It works off one thing after the other: what is put back is behind the first of these.
            journal.service_state(SERVICES[*service]).await.unwrap();
            journal.service_state(SERVICES[*service]).await.unwrap();
            None
        }
        Call::Settle(id, settlement, state) => {
            journal.settle(DeliveryId(*id), settlement.clone(), state.clone(), now()).await.unwrap();
            None
        }
        Call::Retry(id) => {
            journal.retry(id.map(DeliveryId)).await.unwrap();
            None
        }
        Call::Drop(id) => {
            journal.drop_delivery(DeliveryId(*id)).await.unwrap();
            None
        }
        Call::RecoverAll => {
            // The other one asks a real clock what time it is.
            for service in SERVICES {
                journal.recover_service(service, now()).await.unwrap();
            }
            journal.recover().await.unwrap();
            None
        }
        Call::Happens(number, kind) => {
            let event = event(*kind, &completed(*number, now()));
            journal.record(event, Vec::<Recipient>::new()).await.unwrap();
            None
        }
    }
}

/// A viewing that has just begun.
fn begun(number: u64, wall: Timestamp) -> Viewing {
    let media =
        Media { video: Some(true), ..Media::at(Location::File(format!("/films/{number}.mkv").into())) };
    Viewing {
        id: ViewingId(Uuid::from_u64_pair(number << 32, number)),
        media: Arc::new(media),
        player: "mpv".into(),
        duration: LENGTH,
        position: Position::new(Duration::ZERO),
        ranges: Ranges::default(),
        started_at: wall,
        position_at: wall,
        parts: Parts::default(),
    }
}

/// The same, completed.
fn completed(number: u64, wall: Timestamp) -> Viewing {
    let mut ended = begun(number, wall);
    ended.position = Position::new(LENGTH * 9 / 10);
    ended.ranges.add(Position::new(Duration::ZERO), ended.position);
    let of = ended.parts.count();
    ended.parts = Parts::kept(of, [CompletedPart { index: 0, of, at: wall }]);
    ended
}

/// An event at the time of the viewing's position.
fn event(kind: EventKind, viewing: &Viewing) -> Event {
    let at = Now { moment: Moment::new(Duration::ZERO), wall: viewing.position_at };
    Event { kind, at, viewing: viewing.clone() }
}

/// A viewing that was begun, identified and completed at `ended` (milliseconds).
async fn watch(journal: &Journal, number: u64, addressees: &[Addressee], ended: i64) {
    let wall = Timestamp::from_millisecond(ended).unwrap();
    let begun = begun(number, wall);
    journal.record(event(EventKind::Started, &begun), addressees.to_vec()).await.unwrap();
    let known = Identification::Known(Identified {
        identity: Identity::Movie { tmdb: MovieId(1) },
        label: "Some Title".into(),
        absolute: Vec::new(),
        evidence: vec![Evidence { kind: EvidenceKind::NameId, says: "it says so".into() }],
        confidence: Confidence::CERTAIN,
    });
    journal.identify(begun.id, known, wall).await.unwrap();
    let ended = completed(number, wall);
    journal.record(event(EventKind::Completed, &ended), addressees.to_vec()).await.unwrap();
}

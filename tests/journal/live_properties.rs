//! Random sittings beside a service that is told live and remembers what it was told: every play once, and nothing old.

use std::collections::{BTreeMap, BTreeSet};

use discovr_scrobbler::identify::{Identification, Identity, Work};
use discovr_scrobbler::journal::{
    Account, Addressee, Content, Delivery, DeliveryStatus, Journal, LiveWord, Next, Recipient, Settlement,
    Telling,
};
use discovr_scrobbler::playback::{EventKind, Parts, Viewing, ViewingId};
use discovr_scrobbler::player::Position;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::desk::{
    Desk, LENGTH, LIVE, at, done, episodes, event, id, known, matched, movie, on, part_completed, told,
    viewing, well,
};

const WAITS_AT_MOST: i64 = 4 * 3_600;

/// What can happen to one of the viewings, with its number, and to the journal.
#[derive(Debug, Clone)]
enum Op {
    Begins(u64),
    /// It plays on by so many percent, or stands still.
    GoesOn(u64, u32),
    JumpsTo(u64, u32),
    PausesOrResumes(u64),
    Ends(u64),
    Identify {
        number: u64,
        what: usize,
        by_the_user: bool,
    },
    Work(Fate),
    Retry,
    /// The daemon ends, at once or in order. What plays is begun anew.
    Restart {
        crash: bool,
        arrived: bool,
    },
    /// The service's worker does.
    WorkerRestarts,
    Wait(i64),
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    ArrivesWithoutAnswer,
    IsLost,
    Fails,
}

fn op() -> impl Strategy<Value = Op> {
    let number = || 1..=2_u64;
    let fate = prop_oneof![
        5 => Just(Fate::Arrives),
        1 => Just(Fate::ArrivesWithoutAnswer),
        1 => Just(Fate::IsLost),
        1 => Just(Fate::Fails),
    ];
    prop_oneof![
        4 => number().prop_map(Op::Begins),
        8 => (number(), 1..=50_u32).prop_map(|(number, percent)| Op::GoesOn(number, percent)),
        2 => (number(), 0..=100_u32).prop_map(|(number, percent)| Op::JumpsTo(number, percent)),
        3 => number().prop_map(Op::PausesOrResumes),
        4 => number().prop_map(Op::Ends),
        4 => (number(), 0..4_usize, any::<bool>())
            .prop_map(|(number, what, by_the_user)| Op::Identify { number, what, by_the_user }),
        12 => fate.prop_map(Op::Work),
        1 => Just(Op::Retry),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(crash, arrived)| Op::Restart { crash, arrived }),
        1 => Just(Op::WorkerRestarts),
        3 => prop_oneof![3 => 1..100_i64, 1 => 100..20_000_i64].prop_map(Op::Wait),
    ]
}

fn what_it_can_be() -> [Identity; 4] {
    [movie(1), movie(2), episodes(5, 1, &[1, 2]), episodes(5, 1, &[2])]
}

#[derive(Debug, Clone)]
struct Watched {
    viewing: Viewing,
    doing: LiveWord,
    identity: Option<Identity>,
    /// The user wanted what waits to be told at once.
    hurried: bool,
}

struct Life {
    desk: Desk,
    now: i64,
    watched: BTreeMap<u64, Watched>,
    /// How many plays the service has.
    plays: BTreeMap<(ViewingId, Work), u32>,
    /// Until when what was last told of a work was new.
    newest: BTreeMap<(ViewingId, Work), Timestamp>,
    /// What did not play at some time after its completion.
    left: BTreeSet<(ViewingId, Work)>,
}

fn live() -> Recipient {
    Recipient { service: LIVE, account: Account(String::new()), profile: None }
}

impl Life {
    async fn happens(&self, kind: EventKind, number: u64) {
        let addressee = Addressee { recipient: live(), telling: Telling::Live };
        let event = event(kind, &self.watched[&number].viewing);
        self.desk.journal.record(event, vec![addressee]).await.unwrap();
    }

    async fn does(&mut self, op: &Op) {
        self.now += 1;
        match *op {
            Op::Begins(number) => self.begins(number).await,
            Op::GoesOn(number, percent) => self.goes_on(number, percent).await,
            Op::JumpsTo(number, percent) => {
                let now = self.now;
                let Some(watched) = self.sitting(number) else { return };
                let mut viewing = watched.viewing.clone();
                viewing.position = Position::new(LENGTH * percent / 100);
                viewing.position_at = at(now);
                watched.viewing = viewing;
                self.happens(EventKind::Sought, number).await;
            }
            Op::PausesOrResumes(number) => {
                let now = self.now;
                let Some(watched) = self.sitting(number) else { return };
                watched.viewing.position_at = at(now);
                let (doing, kind) = match watched.doing {
                    LiveWord::Playing => (LiveWord::Paused, EventKind::Paused),
                    LiveWord::Paused | LiveWord::Stopped => (LiveWord::Playing, EventKind::Resumed),
                };
                watched.doing = doing;
                self.happens(kind, number).await;
            }
            Op::Ends(number) => {
                let now = self.now;
                let Some(watched) = self.sitting(number) else { return };
                watched.viewing.position_at = at(now);
                watched.doing = LiveWord::Stopped;
                self.happens(EventKind::Stopped, number).await;
            }
            Op::Identify { number, what, by_the_user } => self.identify(number, what, by_the_user).await,
            Op::Work(fate) => drop(self.work(fate).await),
            Op::Retry => {
                self.desk.journal.retry(None).await.unwrap();
                self.watched.values_mut().for_each(|watched| watched.hurried = true);
            }
            Op::Restart { crash, arrived } => self.restart(crash, arrived).await,
            Op::WorkerRestarts => {
                self.desk.journal.recover_service(LIVE, at(self.now)).await.unwrap();
            }
            Op::Wait(seconds) => self.now += seconds,
        }
    }

    /// What does not play now need not wait any more, also when it plays again.
    async fn notes_what_is_left(&mut self) {
        for row in self.desk.history().await {
            let (work, _) = told(&row.content);
            let watched = self.watched.values().find(|watched| watched.viewing.id == row.viewing).unwrap();
            let here =
                watched.identity.as_ref().and_then(|identity| identity.work_at(watched.viewing.progress()));
            if watched.doing == LiveWord::Stopped || here.is_none_or(|(here, _)| here != work) {
                self.left.insert((row.viewing, work));
            }
        }
    }

    fn sitting(&mut self, number: u64) -> Option<&mut Watched> {
        self.watched.get_mut(&number).filter(|watched| watched.doing != LiveWord::Stopped)
    }

    async fn begins(&mut self, number: u64) {
        let now = self.now;
        let watched = self.watched.entry(number).or_insert_with(|| Watched {
            viewing: viewing(number, &format!("/{number}.mkv"), now),
            doing: LiveWord::Stopped,
            identity: None,
            hurried: false,
        });
        if watched.doing == LiveWord::Stopped {
            watched.viewing.position_at = at(now);
            (watched.doing, watched.hurried) = (LiveWord::Playing, false);
            self.happens(EventKind::Started, number).await;
        }
    }

    async fn goes_on(&mut self, number: u64, percent: u32) {
        let now = self.now;
        let Some(watched) = self.sitting(number) else { return };
        if watched.doing != LiveWord::Playing {
            return;
        }
        let from = watched.viewing.progress().get();
        let to = (from.round() as u32 + percent).min(100);
        watched.viewing = on(&watched.viewing, to, now);
        let count = watched.viewing.parts.count().get();
        let share = 100.0 / f64::from(count);
        let mut kind = EventKind::Progressed;
        for index in 0..count {
            let threshold = share * (f64::from(index) + 0.8);
            if from < threshold && f64::from(to) >= threshold {
                watched.viewing = part_completed(&watched.viewing, index, now);
                kind = EventKind::Completed;
            }
        }
        self.happens(kind, number).await;
    }

    async fn identify(&mut self, number: u64, what: usize, by_the_user: bool) {
        let Some(watched) = self.watched.get_mut(&number) else { return };
        let identity = what_it_can_be()[what].clone();
        let word = if by_the_user { matched(identity.clone()) } else { known(identity.clone()) };
        self.desk.journal.identify(id(number), word, at(self.now)).await.unwrap();
        let row = self.desk.journal.viewing(id(number)).await.unwrap().unwrap();
        let Some(Identification::Known(identified)) = row.identification else { panic!("it is known") };
        // The daemon learns how many parts there are.
        let count = Parts::number(identified.identity.works().len());
        let parts = watched.viewing.parts_with(count);
        watched.viewing.parts = Parts::kept(count, parts.completed().iter().copied());
        watched.identity = Some(identified.identity);
    }

    /// One step of the worker. `false` when nothing was ready.
    async fn work(&mut self, fate: Fate) -> bool {
        let recipient = live();
        match self.desk.next_for(&recipient, self.now).await {
            Next::Deliver(delivery) => {
                self.is_in_order(&delivery);
                if matches!(fate, Fate::Arrives | Fate::ArrivesWithoutAnswer) {
                    self.receive(&delivery);
                }
                let settlement = match fate {
                    Fate::Arrives => done(),
                    Fate::ArrivesWithoutAnswer | Fate::IsLost => {
                        Settlement::Unsure { at: at(self.now + 5), why: "no answer".into(), not_there: false }
                    }
                    Fate::Fails => Settlement::Again { at: at(self.now + 5), why: "busy".into() },
                };
                self.desk.settle(&delivery, settlement, self.now).await;
                true
            }
            Next::Verify(delivery) => {
                let key = (delivery.viewing, delivery.content.work());
                let is_there = self.plays.get(&key).is_some_and(|&plays| plays > 0);
                let is_retraction = matches!(delivery.content, Content::Retraction { .. });
                let settlement = if is_there != is_retraction {
                    done()
                } else if delivery.times_not_there == 0 && !is_retraction {
                    Settlement::Unsure { at: at(self.now + 20), why: "not there".into(), not_there: true }
                } else {
                    Settlement::Again { at: at(self.now), why: "not there".into() }
                };
                self.desk.settle(&delivery, settlement, self.now).await;
                true
            }
            Next::WaitUntil(_) | Next::Idle => false,
        }
    }

    fn receive(&mut self, delivery: &Delivery) {
        let key = (delivery.viewing, delivery.content.work());
        match delivery.content {
            Content::History { .. } => *self.plays.entry(key).or_default() += 1,
            Content::Retraction { .. } => {
                self.plays.remove(&key);
            }
            Content::Playback { .. } | Content::Clearing { .. } => {}
        }
        let is_word = !matches!(delivery.content, Content::Retraction { .. });
        if let Some(live) = delivery.live.filter(|live| is_word && at(self.now) < live.until) {
            self.newest.insert(key, live.until);
        }
    }

    /// What is told live is never older than what was told before; and an entry is not told while it may still end.
    fn is_in_order(&self, delivery: &Delivery) {
        let key = (delivery.viewing, delivery.content.work());
        let number = (1..=2).find(|&number| id(number) == delivery.viewing).unwrap();
        let watched = &self.watched[&number];
        let is_new = delivery.live.filter(|live| at(self.now) < live.until);
        match delivery.content {
            Content::Playback { .. } => {
                assert!(delivery.live.is_some(), "a place that nobody wants to know: {delivery:?}");
                if let Some(live) = is_new {
                    let told = self.newest.get(&key);
                    assert!(told.is_none_or(|&told| live.until >= told), "{delivery:?} after {told:?}");
                }
            }
            Content::History { work, at: instant, .. } => {
                assert!(is_new.is_none_or(|live| live.word == LiveWord::Stopped), "{delivery:?}");
                let here = watched
                    .identity
                    .as_ref()
                    .and_then(|identity| identity.work_at(watched.viewing.progress()))
                    .map(|(here, _)| here);
                let may_end = watched.doing != LiveWord::Stopped && here == Some(work) && !watched.hurried;
                let is_old = at(self.now).duration_since(instant).as_secs() >= WAITS_AT_MOST;
                // One that was left or ended once is told, although its work plays again.
                let was_left = delivery.live.is_some() || delivery.attempts > 0 || self.left.contains(&key);
                assert!(!may_end || is_old || was_left, "it still plays: {delivery:?}, {watched:?}");
            }
            Content::Retraction { .. } | Content::Clearing { .. } => {}
        }
    }

    async fn restart(&mut self, crash: bool, arrived: bool) {
        if crash {
            if let Next::Deliver(delivery) = self.desk.next_for(&live(), self.now).await
                && arrived
            {
                self.receive(&delivery);
            }
            self.desk = self.desk.crashed();
        } else {
            let journal = Journal::open(self.desk.folder.path()).unwrap();
            std::mem::replace(&mut self.desk.journal, journal).close().await;
        }
        self.desk.journal.recover().await.unwrap();
        for watched in self.watched.values_mut() {
            watched.doing = LiveWord::Stopped;
        }
    }

    async fn ends(&mut self) {
        for number in 1..=2 {
            self.does(&Op::Ends(number)).await;
        }
        self.desk.journal.set_service_state(well(LIVE)).await.unwrap();
        for _ in 0..200 {
            self.now += 100;
            self.work(Fate::Arrives).await;
        }
        assert_eq!(self.desk.next_for(&live(), self.now).await, Next::Idle);
        for row in self.desk.all().await {
            assert_eq!(row.status, DeliveryStatus::Done, "left over: {row:?}");
            assert!(!row.awaits_end, "{row:?}");
        }
        for row in self.desk.journal.viewings(10).await.unwrap() {
            let mut due: Vec<Work> = Vec::new();
            if let Some(Identification::Known(identified)) = &row.identification {
                let works = identified.identity.works();
                let completions = row.viewing.completions(Parts::number(works.len()));
                due.extend(
                    works.iter().zip(completions).filter(|(_, at)| at.is_some()).map(|(work, _)| *work),
                );
            }
            let mut there: Vec<Work> = Vec::new();
            for (&(viewing, work), &plays) in self.plays.iter().filter(|(_, plays)| **plays > 0) {
                assert_eq!(plays, 1, "{viewing} was told twice as {work:?}");
                if viewing == row.viewing.id {
                    there.push(work);
                }
            }
            due.sort();
            there.sort();
            assert_eq!(there, due, "{row:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_play_is_told_once_and_no_word_after_a_newer_one(ops in prop::collection::vec(op(), 1..60)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let mut life = Life {
                desk: Desk::new(),
                now: 10,
                watched: BTreeMap::new(),
                plays: BTreeMap::new(),
                newest: BTreeMap::new(),
                left: BTreeSet::new(),
            };
            for op in &ops {
                life.does(op).await;
                life.notes_what_is_left().await;
            }
            life.ends().await;
        });
    }
}

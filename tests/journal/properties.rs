//! Random lives of a journal beside a service that remembers what arrived: nothing twice, nothing lost.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU8;

use discovr_scrobbler::identify::{Identification, Identity, Work};
use discovr_scrobbler::journal::{
    Content, Delivery, DeliveryId, DeliveryStatus, Next, Recipient, Settlement, ViewingRow,
};
use discovr_scrobbler::playback::{EventKind, Parts, Viewing, ViewingId};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::desk::{
    DISCOVR, Desk, at, done, episodes, held, id, is_history, is_position, is_retraction, known, matched,
    movie, of_parts, on, part_completed, refused, to, told, viewing, well,
};

/// Everything that can happen to a journal.
#[derive(Debug, Clone)]
enum Op {
    /// A viewing begins or goes on; at 80 percent it completes.
    Watch { number: u64, recipient: usize, percent: u32 },
    /// The chain (or the user) says what it is, or that it does not know.
    Identify { number: u64, what: Option<usize>, by_the_user: bool },
    /// The worker takes what is next, with this many of the settings filled in.
    Work { named: bool, fate: Fate },
    /// The user wants everything tried at once.
    Retry,
    /// The user drops the delivery with this place in the list.
    Drop { place: usize },
    /// The daemon dies in the middle of an attempt, or ends in order.
    Restart { crash: bool, arrived: bool },
    /// Time goes by.
    Wait { seconds: i64 },
}

/// What happens to an attempt.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    ArrivesWithoutAnswer,
    IsLost,
    Fails,
    IsRefused,
}

fn what_it_can_be() -> [Identity; 5] {
    [movie(1), movie(5), episodes(5, 1, &[1, 2]), episodes(5, 1, &[2]), episodes(6, 1, &[1])]
}

fn whom_it_can_be_for() -> [Recipient; 5] {
    [to("me", "p1"), to("me", "p1"), to("me", ""), to("", ""), to("you", "p9")]
}

fn op() -> impl Strategy<Value = Op> {
    let number = 1..=4_u64;
    let fate = prop_oneof![
        4 => Just(Fate::Arrives),
        2 => Just(Fate::ArrivesWithoutAnswer),
        2 => Just(Fate::IsLost),
        1 => Just(Fate::Fails),
        1 => Just(Fate::IsRefused),
    ];
    prop_oneof![
        6 => (number.clone(), 0..5_usize, prop_oneof![Just(10_u32), Just(45), Just(60), Just(80), Just(100)])
            .prop_map(|(number, recipient, percent)| Op::Watch { number, recipient, percent }),
        4 => (number, prop::option::weighted(0.9, 0..5_usize), any::<bool>())
            .prop_map(|(number, what, by_the_user)| Op::Identify { number, what, by_the_user }),
        8 => (prop::bool::weighted(0.8), fate).prop_map(|(named, fate)| Op::Work { named, fate }),
        1 => Just(Op::Retry),
        1 => (0..8_usize).prop_map(|place| Op::Drop { place }),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(crash, arrived)| Op::Restart { crash, arrived }),
        1 => (1..5_000_i64).prop_map(|seconds| Op::Wait { seconds }),
    ]
}

/// What can happen to viewings, up to `viewings`, that were watched to their end and are matched again and again.
fn correction(viewings: u64, things: usize) -> impl Strategy<Value = Op> {
    let fate = prop_oneof![
        3 => Just(Fate::Arrives),
        2 => Just(Fate::ArrivesWithoutAnswer),
        2 => Just(Fate::IsLost),
        1 => Just(Fate::Fails),
    ];
    prop_oneof![
        4 => (1..=viewings, 0..things)
            .prop_map(|(number, what)| Op::Identify { number, what: Some(what), by_the_user: true }),
        8 => fate.prop_map(|fate| Op::Work { named: true, fate }),
        1 => Just(Op::Retry),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(crash, arrived)| Op::Restart { crash, arrived }),
        1 => (1..5_000_i64).prop_map(|seconds| Op::Wait { seconds }),
    ]
}

/// A service that keeps what reaches it. Like Discovr it can only take back all entries of a work at once.
#[derive(Debug, Default)]
struct Service {
    history: BTreeMap<(ViewingId, Work), Vec<(Recipient, Timestamp)>>,
    /// The last position of each title for each recipient.
    positions: HashMap<(String, bool, u64), (Work, Timestamp)>,
}

impl Service {
    /// `false`: it says no for good.
    fn receive(&mut self, delivery: &Delivery) -> bool {
        let (work, at) = told(&delivery.content);
        let title = title(&delivery.recipient, work);
        match delivery.content {
            Content::History { .. } => {
                let entry = (delivery.recipient.clone(), at);
                self.history.entry((delivery.viewing, work)).or_default().push(entry);
            }
            Content::Retraction { .. } => return self.take_back(delivery),
            Content::Playback { .. } => {
                self.positions.insert(title, (work, at));
            }
            Content::Clearing { .. } => {
                self.positions.remove(&title);
            }
        }
        true
    }

    fn take_back(&mut self, delivery: &Delivery) -> bool {
        let (work, at) = told(&delivery.content);
        if !self.has(delivery) {
            return true;
        }
        let mut wrong: Vec<_> =
            delivery.siblings.iter().filter(|other| other.wrong).map(|other| other.at).collect();
        wrong.push(at);
        let right_one = delivery.siblings.iter().any(|sibling| !sibling.wrong);
        let foreign = self.instants(&delivery.recipient, work).into_iter().any(|there| {
            let ours = wrong.iter().position(|&instant| near(instant, there));
            ours.map(|place| wrong.swap_remove(place)).is_none()
        });
        if right_one || foreign {
            return false;
        }
        for ((_, there), entries) in &mut self.history {
            if *there == work {
                entries.retain(|(whom, _)| *whom != delivery.recipient);
            }
        }
        self.history.retain(|_, entries| !entries.is_empty());
        true
    }

    fn instants(&self, recipient: &Recipient, work: Work) -> Vec<Timestamp> {
        let of_it =
            self.history.iter().filter(|((_, there), _)| *there == work).flat_map(|(_, entries)| entries);
        of_it.filter(|(whom, _)| whom == recipient).map(|&(_, at)| at).collect()
    }

    fn has(&self, delivery: &Delivery) -> bool {
        let (work, at) = told(&delivery.content);
        self.history
            .iter()
            .filter(|((_, there), _)| *there == work)
            .flat_map(|(_, entries)| entries)
            .any(|(whom, there)| *whom == delivery.recipient && near(*there, at))
    }
}

/// Whether the service's answer cannot tell the two apart.
fn near(one: Timestamp, other: Timestamp) -> bool {
    (one.as_millisecond() - other.as_millisecond()).abs() <= 2_000
}

fn title(recipient: &Recipient, work: Work) -> (String, bool, u64) {
    let whom = format!("{}/{:?}", recipient.account.0, recipient.profile);
    match work {
        Work::Movie { tmdb } => (whom, true, tmdb.0),
        Work::Episode { tmdb, .. } => (whom, false, tmdb.0),
    }
}

struct Life {
    desk: Desk,
    now: i64,
    service: Service,
    watched: BTreeMap<u64, (Viewing, Recipient)>,
    /// What was sent last under each number, to compare with what is asked for.
    sent: HashMap<DeliveryId, Content>,
    dropped: BTreeSet<(ViewingId, Work)>,
    /// What they still tell of these is the user's doing.
    dropped_titles: Vec<Work>,
    /// In how many parts the daemon learnt that a viewing is shown.
    learnt: BTreeMap<u64, NonZeroU8>,
}

impl Life {
    async fn does(&mut self, op: &Op) {
        self.now += 10;
        match *op {
            Op::Watch { number, recipient, percent } => self.watch(number, recipient, percent).await,
            Op::Identify { number, what, by_the_user } => self.identify(number, what, by_the_user).await,
            Op::Work { named, fate } => {
                let active = to("me", if named { "p1" } else { "" });
                self.work(&active, fate).await;
            }
            Op::Retry => {
                self.desk.journal.retry(None).await.unwrap();
            }
            Op::Drop { place } => self.drop_one(place).await,
            Op::Restart { crash, arrived } => self.restart(crash, arrived).await,
            Op::Wait { seconds } => self.now += seconds,
        }
    }

    async fn watch(&mut self, number: u64, recipient: usize, percent: u32) {
        let recipient = whom_it_can_be_for()[recipient].clone();
        let now = self.now;
        let (before, recipient) = self
            .watched
            .entry(number)
            .or_insert_with(|| {
                let begun = viewing(number, &format!("/{number}.mkv"), now);
                // Of every other one it is known from the beginning that it has two parts.
                let count = if number.is_multiple_of(2) { 2 } else { 1 };
                (of_parts(&begun, count), recipient)
            })
            .clone();
        let recipients = std::slice::from_ref(&recipient);
        let mut after = on(&before, percent, now);
        let count = self.learnt.get(&number).copied().unwrap_or(before.parts.count());
        after.parts = Parts::kept(count, before.parts.completed().iter().copied());
        for part in 0..count.get() {
            let open = after.parts.instants()[usize::from(part)].is_none();
            if open && percent * u32::from(count.get()) >= u32::from(part) * 100 + 80 {
                // All within two seconds, to tempt it.
                after = part_completed(&after, part, i64::try_from(number / 2 % 2).unwrap());
                self.desk.record_for(EventKind::Completed, &after, recipients).await;
            }
        }
        self.desk.record_for(EventKind::Stopped, &after, recipients).await;
        self.watched.insert(number, (after, recipient));
    }

    async fn identify(&mut self, number: u64, what: Option<usize>, by_the_user: bool) {
        if !self.watched.contains_key(&number) {
            return;
        }
        let identification = match what.map(|what| what_it_can_be()[what].clone()) {
            Some(identity) if by_the_user => matched(identity),
            Some(identity) => known(identity),
            None => held(),
        };
        if let Identification::Known(identified) = &identification {
            self.learnt.insert(number, Parts::number(identified.identity.works().len()));
        }
        self.desk.identify(number, identification, self.now).await;
    }

    /// One turn of the worker. `false` when there was nothing to do.
    async fn work(&mut self, active: &Recipient, fate: Fate) -> bool {
        match self.desk.next_for(active, self.now).await {
            Next::Deliver(delivery) => {
                self.send(&delivery, fate).await;
                true
            }
            Next::Verify(delivery) => {
                self.ask(&delivery).await;
                true
            }
            Next::WaitUntil(_) | Next::Idle => false,
        }
    }

    async fn send(&mut self, delivery: &Delivery, fate: Fate) {
        self.sent.insert(delivery.id, delivery.content);
        // Who names no profile is asked to name one: nothing is taken.
        let fate = if delivery.recipient.profile.is_none() { Fate::Fails } else { fate };
        let arrives = matches!(fate, Fate::Arrives | Fate::ArrivesWithoutAnswer);
        let fate = if arrives && !self.service.receive(delivery) { Fate::IsRefused } else { fate };
        let why = || "so it went".to_owned();
        let later = at(self.now + 500);
        let settlement = match fate {
            Fate::Arrives => done(),
            Fate::ArrivesWithoutAnswer | Fate::IsLost => {
                Settlement::Unsure { at: later, why: why(), not_there: false }
            }
            Fate::Fails => Settlement::Again { at: later, why: why() },
            Fate::IsRefused => refused(),
        };
        self.desk.settle(delivery, settlement, self.now).await;
    }

    async fn ask(&mut self, delivery: &Delivery) {
        assert!(!is_position(&delivery.content), "nobody is asked for a position");
        let sent = self.sent.get(&delivery.id);
        // Another one may have taken back the same.
        let told = sent == Some(&delivery.content) || (sent.is_none() && is_retraction(&delivery.content));
        assert!(told, "it is asked for what was sent: {delivery:?}, {sent:?}");
        let settlement = if self.service.has(delivery) == is_history(&delivery.content) {
            done()
        } else if delivery.times_not_there > 0 {
            Settlement::Again { at: at(self.now), why: "it is not there".into() }
        } else {
            Settlement::Unsure { at: at(self.now + 20), why: "it is not there".into(), not_there: true }
        };
        self.desk.settle(delivery, settlement, self.now).await;
    }

    async fn drop_one(&mut self, place: usize) {
        let rows = self.desk.all().await;
        let Some(row) = rows.get(place) else { return };
        if self.desk.journal.drop_delivery(row.id).await.unwrap() {
            let (work, _) = told(&row.content);
            if is_position(&row.content) {
                self.dropped_titles.push(work);
            } else {
                self.dropped.insert((row.viewing, work));
            }
        }
    }

    async fn restart(&mut self, crash: bool, arrived: bool) {
        if crash {
            if let Next::Deliver(delivery) = self.desk.next_for(&to("me", "p1"), self.now).await {
                self.sent.insert(delivery.id, delivery.content);
                if arrived && delivery.recipient.profile.is_some() {
                    self.service.receive(&delivery);
                }
            }
            self.desk = self.desk.crashed();
        } else {
            let journal = discovr_scrobbler::journal::Journal::open(self.desk.folder.path()).unwrap();
            std::mem::replace(&mut self.desk.journal, journal).close().await;
        }
        self.desk.journal.recover().await.unwrap();
    }

    /// What holds at any time.
    async fn verify(&self) {
        for ((viewing, work), entries) in &self.service.history {
            assert_eq!(entries.len(), 1, "{viewing} arrived more than once as {work:?}");
        }
        let rows = self.desk.all().await;
        let mut seen = BTreeSet::new();
        let (mut waiting, mut retracted) = (BTreeSet::new(), BTreeSet::new());
        for row in &rows {
            let (work, instant) = told(&row.content);
            if is_history(&row.content) {
                assert!(seen.insert((row.viewing, work)), "queued twice: {row:?}");
                let viewing = self.watched.values().find(|(viewing, _)| viewing.id == row.viewing).unwrap();
                let completed = viewing.0.parts.completed().iter().map(|part| part.at).min();
                let earliest = completed.map_or(viewing.0.started_at, |at| at.min(viewing.0.started_at));
                assert!(instant >= earliest, "earlier than it was: {row:?}");
            } else if is_retraction(&row.content) {
                let open = row.status != DeliveryStatus::Done;
                assert!(!open || retracted.insert((row.viewing, work)), "taken back twice: {row:?}");
            } else {
                assert!(row.status != DeliveryStatus::Done && row.status != DeliveryStatus::Unsure);
                if row.status != DeliveryStatus::Sending {
                    assert!(waiting.insert(title(&row.recipient, work)), "two positions wait: {row:?}");
                }
            }
        }
        // Those that always had the same recipient. What may have been sent for another cannot be moved any more.
        let mine: Vec<_> = rows
            .iter()
            .filter(|row| {
                is_history(&row.content)
                    && self.watched.iter().any(|(&number, (_, recipient))| {
                        id(number) == row.viewing && recipient.profile.is_some()
                    })
            })
            .collect();
        for (place, one) in mine.iter().enumerate() {
            for other in &mine[place + 1..] {
                let ((work, at), (other_work, other_at)) = (told(&one.content), told(&other.content));
                assert!(
                    work != other_work || one.recipient != other.recipient || !near(at, other_at),
                    "{one:?} cannot be told from {other:?}"
                );
            }
        }
    }

    fn arrived(&self, viewing: ViewingId) -> BTreeSet<Work> {
        self.service.history.keys().filter(|(there, _)| *there == viewing).map(|&(_, work)| work).collect()
    }

    /// In the end everything works, for everyone: what is there then?
    async fn ends(&mut self) {
        self.desk.journal.set_service_state(well(DISCOVR)).await.unwrap();
        self.desk.journal.retry(None).await.unwrap();
        for active in [to("me", "p1"), to("you", "p9")] {
            for _ in 0..400 {
                self.now += 1_000;
                if !self.work(&active, Fate::Arrives).await {
                    break;
                }
                self.verify().await;
            }
            assert_eq!(self.desk.next_for(&active, self.now).await, Next::Idle);
        }
        let mut stays = BTreeSet::new();
        for row in self.desk.all().await {
            let refused = is_retraction(&row.content) && row.status == DeliveryStatus::Refused;
            assert!(row.status == DeliveryStatus::Done || refused, "left over: {row:?}");
            if refused {
                let (work, _) = told(&row.content);
                let there = self.service.instants(&row.recipient, work);
                assert!(there.len() > 1, "nothing is in the way of {row:?}: {there:?}");
                stays.insert((row.viewing, work));
            }
        }
        self.wrong_ones_stay_only_beside_right_ones(&stays).await;
        let rows = self.desk.journal.viewings(100).await.unwrap();
        assert_eq!(rows.len(), self.watched.len());
        let mut newest: HashMap<(String, bool, u64), (Timestamp, Work)> = HashMap::new();
        for row in &rows {
            let number = (1..=4).find(|&number| id(number) == row.viewing.id).unwrap();
            let watched = &self.watched[&number].0;
            // What it was identified as may have parts that were completed, too, and then earlier.
            let parts = row.viewing.parts.clone();
            let names = |parts: &Parts| -> BTreeSet<_> {
                parts.completed().iter().map(|part| (part.index, part.of)).collect()
            };
            assert!(names(&watched.parts).is_subset(&names(&parts)));
            assert_eq!(watched.parts.count(), parts.count());
            assert_eq!(row.viewing, Viewing { parts, ..watched.clone() });
            let Some(Identification::Known(identified)) = &row.identification else {
                assert!(row.deliveries.is_empty());
                continue;
            };
            self.is_told(row, &identified.identity, &stays);
            let (work, _) = identified.identity.work_at(row.viewing.progress()).unwrap();
            let recipient = match &self.watched[&number].1 {
                other if other.account.0 == "you" => other.clone(),
                _ => to("me", "p1"),
            };
            let place = newest.entry(title(&recipient, work)).or_insert((row.viewing.position_at, work));
            if row.viewing.position_at > place.0 {
                *place = (row.viewing.position_at, work);
            }
        }
        for (title, (at, work)) in newest {
            let dropped = self.dropped_titles.iter().any(|&dropped| {
                (title.1, title.2) == {
                    let (_, movie, tmdb) = self::title(&to("", ""), dropped);
                    (movie, tmdb)
                }
            });
            if !dropped {
                assert_eq!(self.service.positions.get(&title), Some(&(work, at)), "the place in {title:?}");
            }
        }
    }

    /// A viewing is there as each of its works that is completed, and as nothing else.
    fn is_told(&self, row: &ViewingRow, identity: &Identity, stays: &BTreeSet<(ViewingId, Work)>) {
        let viewing = row.viewing.id;
        let arrived = self.arrived(viewing);
        let one_or_two = [1, 2].map(|count| NonZeroU8::new(count).unwrap());
        if one_or_two.iter().all(|&count| row.viewing.completions(count).iter().all(Option::is_none)) {
            assert!(arrived.is_empty());
            return;
        }
        let meant =
            |work: &Work| self.dropped.contains(&(viewing, *work)) || stays.contains(&(viewing, *work));
        let completions = row.viewing.completions(Parts::number(identity.works().len()));
        for (work, completed) in identity.works().into_iter().zip(completions) {
            let told = completed.is_none() || arrived.contains(&work) || meant(&work);
            assert!(told, "{viewing} never arrived as {work:?}");
        }
        for work in arrived.difference(&works(identity)) {
            assert!(meant(work), "{viewing} arrived as {work:?}");
        }
    }

    /// Where a wrong entry could not be taken back, a right one of the same work is there, or one of the user's doing.
    async fn wrong_ones_stay_only_beside_right_ones(&self, stays: &BTreeSet<(ViewingId, Work)>) {
        let rows = self.desk.journal.viewings(100).await.unwrap();
        for (_, work) in stays {
            let right = rows.iter().any(|row| match &row.identification {
                Some(Identification::Known(identified)) => {
                    let works = identified.identity.works();
                    let completions = row.viewing.completions(Parts::number(works.len()));
                    works.iter().zip(completions).any(|(right, at)| right == work && at.is_some())
                }
                _ => false,
            });
            let meddled = self.dropped.iter().any(|(_, dropped)| dropped == work);
            assert!(right || meddled, "{work:?} stays without a reason");
        }
    }
}

fn works(identity: &Identity) -> BTreeSet<Work> {
    identity.works().into_iter().collect()
}

async fn lives(ops: &[Op]) -> Life {
    let mut life = Life {
        desk: Desk::new(),
        now: 10,
        service: Service::default(),
        watched: BTreeMap::new(),
        sent: HashMap::new(),
        dropped: BTreeSet::new(),
        dropped_titles: Vec::new(),
        learnt: BTreeMap::new(),
    };
    for op in ops {
        life.does(op).await;
        life.verify().await;
    }
    life.ends().await;
    life
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_told_twice_and_nothing_is_lost(ops in prop::collection::vec(op(), 1..40)) {
        run(async { drop(lives(&ops).await) });
    }

    #[test]
    fn a_viewing_that_is_matched_again_and_again_ends_as_what_it_is(
        corrections in prop::collection::vec(correction(1, 5), 1..40),
        last in 0..5_usize,
    ) {
        let mut ops = vec![Op::Watch { number: 1, recipient: 0, percent: 100 }];
        ops.extend(corrections);
        ops.push(Op::Identify { number: 1, what: Some(last), by_the_user: true });
        run(async {
            let life = lives(&ops).await;
            assert_eq!(life.arrived(id(1)), works(&what_it_can_be()[last]));
            // A position whose answer was lost may stay.
            let lost = |op: &Op| {
                matches!(op, Op::Work { fate: Fate::ArrivesWithoutAnswer, .. } | Op::Restart { crash: true, .. })
            };
            assert!(life.service.positions.len() == 1 || ops.iter().any(lost));
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_taken_back_takes_no_right_one_along(
        corrections in prop::collection::vec(correction(2, 2), 1..40),
    ) {
        let mut ops = Vec::new();
        for number in 1..=2 {
            ops.push(Op::Watch { number, recipient: 0, percent: 100 });
            ops.push(Op::Identify { number, what: Some(0), by_the_user: false });
        }
        ops.extend([const { Op::Work { named: true, fate: Fate::Arrives } }; 3]);
        ops.extend(corrections);
        run(async { drop(lives(&ops).await) });
    }
}

fn run(life: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(life);
}

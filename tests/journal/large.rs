//! Large journals: a long queue that keeps nothing new waiting, a long history that is found at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use discovr_scrobbler::clock::Clock;
use discovr_scrobbler::journal::{
    Delivery, DeliveryStatus, Journal, Next, ProfileId, Recipient, ServiceName,
};
use discovr_scrobbler::playback::{EventKind, Viewing, ViewingId};
use discovr_scrobbler::service::{Active, End, Ending, Outcome, Receipt, Service, Timing, deliver};
use discovr_scrobbler_support::large::{Large, fill};
use discovr_scrobbler_support::report;
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{Notify, mpsc};

use crate::desk::{
    DISCOVR, Desk, again, at, completed, done, event, file, held, id, is_history, is_position, known,
    matched, movie, movie_work, on, refused, to, told, viewing, well,
};

fn p1() -> Recipient {
    to("", "p1")
}

/// A desk with so many viewings, the oldest of which wait: the last a day before these tests' time.
async fn desk_of(viewings: u32, waiting: u32) -> Desk {
    desk_before(at(0), viewings, waiting).await
}

async fn desk_before(now: Timestamp, viewings: u32, waiting: u32) -> Desk {
    let desk = Desk::new();
    let Desk { folder, journal } = desk;
    journal.close().await;
    let until = now.as_millisecond() - 86_400_000;
    fill(folder.path(), Large { viewings, waiting, until }, "p1").unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(journal.set_aside(), None);
    Desk { folder, journal }
}

async fn next(desk: &Desk, seconds: i64) -> Option<Delivery> {
    match desk.next_for(&p1(), seconds).await {
        Next::Deliver(delivery) => {
            desk.settle(&delivery, done(), seconds).await;
            Some(delivery)
        }
        Next::Verify(_) | Next::Idle | Next::WaitUntil(_) => None,
    }
}

async fn record(desk: &Desk, kind: EventKind, viewing: &Viewing) {
    desk.record_for(kind, viewing, &[p1()]).await;
}

#[tokio::test]
async fn what_is_watched_now_does_not_wait_for_a_hundred_thousand_and_they_keep_their_order() {
    let desk = desk_of(100_000, 100_000).await;
    let mut old = Vec::new();
    for _ in 0..20 {
        old.push(next(&desk, 0).await.unwrap());
    }
    let now = viewing(900_001, "/now.mkv", 10);
    record(&desk, EventKind::Started, &now).await;
    desk.identify(900_001, known(movie(9_001)), 10).await;
    let mut positions = 0;
    let mut entries = 0;
    for round in 0..20_i64 {
        let second = 20 + round * 30;
        let percent = u32::try_from(round).unwrap() * 5;
        let further = if percent < 80 { on(&now, percent, second) } else { completed(&now, second) };
        let kind = if percent == 80 { EventKind::Completed } else { EventKind::Progressed };
        record(&desk, kind, &further).await;
        // Whatever is new is among the next few.
        let mut fresh = 0;
        for call in 0..4 {
            let delivery = next(&desk, second + call).await.unwrap();
            if delivery.viewing == now.id {
                fresh += 1;
                positions += usize::from(is_position(&delivery.content));
                entries += usize::from(is_history(&delivery.content));
            } else {
                old.push(delivery);
            }
        }
        assert_eq!(fresh, 1, "in round {round}");
    }
    assert_eq!((positions, entries), (19, 1));
    let instants: Vec<_> = old.iter().map(|delivery| told(&delivery.content).1).collect();
    assert!(old.len() == 80 && instants.is_sorted(), "{} of the old ones", old.len());
    let counts = desk.journal.counts().await.unwrap();
    assert_eq!(counts.due, 100_000 - 80);
}

#[tokio::test]
async fn with_much_that_is_new_every_second_call_is_for_the_oldest() {
    let desk = desk_of(50, 50).await;
    for number in 1..=50_u64 {
        let now = viewing(900_000 + number, &format!("/{number}.mkv"), number.cast_signed());
        record(&desk, EventKind::Started, &now).await;
        desk.identify(900_000 + number, known(movie(9_000 + number)), 100).await;
    }
    let mut is_new = Vec::new();
    for _ in 0..100 {
        is_new.push(told(&next(&desk, 200).await.unwrap().content).1 >= at(0));
    }
    assert!(is_new.iter().enumerate().all(|(call, new)| *new == (call % 2 == 0)), "{is_new:?}");
    assert!(next(&desk, 200).await.is_none());
}

#[tokio::test]
async fn no_new_entry_goes_before_the_retraction_of_another_of_its_work() {
    let desk = desk_of(1_000, 1_000).await;
    // Told as something that it is not; then the same thing is really watched.
    let wrong = completed(&viewing(900_001, "/a.mkv", 0), 80);
    record(&desk, EventKind::Started, &viewing(900_001, "/a.mkv", 0)).await;
    desk.identify(900_001, known(movie(9_001)), 0).await;
    record(&desk, EventKind::Completed, &wrong).await;
    let mut sent = false;
    for _ in 0..6 {
        let delivery = next(&desk, 90).await.unwrap();
        sent |= delivery.viewing == wrong.id && is_history(&delivery.content);
    }
    assert!(sent);
    desk.identify(900_001, matched(movie(9_002)), 100).await;
    record(&desk, EventKind::Started, &viewing(900_002, "/b.mkv", 100)).await;
    desk.identify(900_002, known(movie(9_001)), 100).await;
    record(&desk, EventKind::Completed, &completed(&viewing(900_002, "/b.mkv", 100), 180)).await;
    let mut order = Vec::new();
    for _ in 0..14 {
        let delivery = next(&desk, 200).await.unwrap();
        let (work, _) = told(&delivery.content);
        if !is_position(&delivery.content) && work == movie_work(9_001) {
            order.push(is_history(&delivery.content));
        }
    }
    assert_eq!(order, [false, true], "the retraction, then the entry");
}

/// A service that takes everything and remembers it.
struct Remembers {
    told: Arc<Mutex<Vec<(ViewingId, Timestamp, tokio::time::Instant)>>>,
    count: mpsc::UnboundedSender<usize>,
}

impl Service for Remembers {
    fn name(&self) -> ServiceName {
        DISCOVR
    }

    async fn greet(&mut self, _: Option<&ProfileId>) -> Result<(), Outcome> {
        Ok(())
    }

    async fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        let count = {
            let mut all = self.told.lock().unwrap();
            all.push((delivery.viewing, told(&delivery.content).1, tokio::time::Instant::now()));
            all.len()
        };
        let _ = self.count.send(count);
        Outcome::Delivered(Receipt { proof: "answered 200".into() })
    }

    async fn verify(&mut self, _: &Delivery) -> Outcome {
        Outcome::NotThere
    }
}

/// What this process has in memory, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_worker_drains_a_long_queue_at_its_pace_while_something_is_being_watched() {
    // LOAD_DRAIN takes as many; every delivery is written to disk twice, which takes its time.
    let ordered: Option<usize> = std::env::var("LOAD_DRAIN").ok().map(|count| count.parse().unwrap());
    let drained = ordered.unwrap_or(400);
    let wall = || Clock::system().now().wall;
    let waiting = u32::try_from(drained).unwrap().max(5_000);
    let desk = desk_before(wall(), waiting, waiting).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let (count, mut counted) = mpsc::unbounded_channel();
    let wake = Arc::new(Notify::new());
    let end = End::new();
    let active = Active { account: p1().account, profile: p1().profile };
    let service = Remembers { told: Arc::clone(&told), count };
    let timing = Timing::default();
    let worker = deliver(
        service,
        desk.journal.clone(),
        Clock::system(),
        Arc::clone(&wake),
        active,
        timing,
        end.clone(),
    );
    let worker = tokio::spawn(worker);
    let begun = wall();
    let now = Viewing { started_at: begun, position_at: begun, ..viewing(900_001, "/now.mkv", 0) };
    record(&desk, EventKind::Started, &now).await;
    desk.identify(900_001, known(movie(9_001)), 0).await;
    let mut waits = VecDeque::from([0]);
    let mut memory = (0, 0);
    let mut latest = 0;
    while let Some(calls) = counted.recv().await {
        if told.lock().unwrap()[calls - 1].0 == now.id {
            latest = latest.max(calls - waits.pop_front().unwrap());
            assert!(waits.is_empty());
        }
        if calls == drained / 10 {
            memory.0 = resident();
        }
        if calls >= drained {
            memory.1 = resident();
            break;
        }
        if waits.is_empty() && calls % 50 == 0 {
            let further = Viewing { position_at: wall(), ..on(&now, 10, 0) };
            let mut event = event(EventKind::Progressed, &further);
            event.at.wall = wall();
            desk.journal.record(event, vec![p1()]).await.unwrap();
            waits.push_back(calls);
            wake.notify_one();
        }
    }
    end.order(Ending::Replaced);
    worker.await.unwrap();
    assert!(latest <= 2, "something new waited for {latest} calls");
    let told = told.lock().unwrap();
    let old: Vec<_> = told.iter().filter(|(viewing, ..)| *viewing != now.id).map(|(_, at, _)| *at).collect();
    assert!(old.is_sorted(), "the old ones are out of order");
    assert!(told.windows(2).all(|two| two[1].2 - two[0].2 >= Timing::default().pace), "the pace is kept");
    // Of a short queue the other tests of this process are more than the worker.
    let whole = u64::try_from(told.len()).unwrap() >= 100_000;
    let bound = memory.0 + 16 * 1024;
    assert!(!whole || memory.1 < bound, "{} KiB after a tenth, {} KiB in the end", memory.0, memory.1);
    let mut figures = vec![
        ("waiting", waiting.into()),
        ("drained", old.len().into()),
        ("new ones told within calls", latest.into()),
    ];
    if ordered.is_some() {
        let percent = memory.1 * 100 / memory.0.max(1);
        figures.push(("percent of the memory after a tenth of it", percent.into()));
    }
    report::held("load", "a long queue drains at its pace while something is being watched", &figures);
}

#[tokio::test]
async fn what_waits_is_counted_and_listed_as_far_as_is_asked() {
    let desk = desk_of(500, 300).await;
    let waiting = DeliveryStatus::WAITING.to_vec();
    let first = next(&desk, 0).await.unwrap();
    let Next::Deliver(second) = desk.next_for(&p1(), 0).await else { panic!() };
    desk.settle(&second, again(500), 0).await;
    desk.journal.settle(second.id, refused(), well(DISCOVR), at(1)).await.unwrap();
    let counts = desk.journal.counts().await.unwrap();
    assert_eq!((counts.due, counts.unsure, counts.refused, counts.held), (299, 0, 0, 0));
    let listed = desk.journal.deliveries_up_to(None, waiting.clone(), 10).await.unwrap();
    let all = desk.journal.deliveries(waiting).await.unwrap();
    assert_eq!((listed.len(), all.len()), (10, 299));
    assert_eq!(listed, all[..10]);
    assert_eq!(listed[0].id, second.id);
    assert!(listed.iter().all(|row| row.id != first.id));
    assert_eq!(desk.journal.deliveries_up_to(None, Vec::new(), 7).await.unwrap()[0].id, first.id);
    // Those that are not shown can be retried and dropped all the same.
    assert!(desk.journal.drop_delivery(all[250].id).await.unwrap());
    assert_eq!(desk.journal.retry(None).await.unwrap(), 298);
}

#[tokio::test]
async fn held_viewings_are_counted() {
    let desk = Desk::new();
    for number in 1..=3 {
        desk.record(EventKind::Started, &viewing(number, &format!("/{number}.mkv"), 0)).await;
    }
    desk.identify(1, held(), 1).await;
    desk.identify(2, known(movie(1)), 1).await;
    assert_eq!(desk.journal.counts().await.unwrap().held, 1);
}

async fn found(desk: &Desk, words: &str) -> Vec<ViewingId> {
    desk.journal.search(words.into(), 20).await.unwrap().into_iter().map(|row| row.viewing.id).collect()
}

#[tokio::test]
async fn viewings_are_found_by_the_words_of_their_title_and_their_files_name() {
    let desk = Desk::new();
    for (number, path) in [
        (1, "/films/Amélie.2001.1080p/Le.fabuleux.destin.mkv"),
        (2, "/series/Straße nach Süden S01E02.mkv"),
        (3, "/films/It's \"quoted\" (1999).mkv"),
    ] {
        desk.record(EventKind::Started, &viewing(number, path, number.cast_signed())).await;
    }
    for (words, which) in [
        ("fabuleux", vec![1]),
        ("DESTIN fab", vec![1]),
        ("amelie", vec![]),
        ("suden", vec![2]),
        ("SÜDEN s01e02", vec![2]),
        ("s0", vec![2]),
        ("it's", vec![3]),
        ("\"quoted\" 1999", vec![3]),
        ("mkv", vec![3, 2, 1]),
        ("abuleux", vec![]),
        ("destin nothing", vec![]),
        ("- * \" ()", vec![]),
        ("destin -", vec![1]),
        ("words:destin", vec![]),
        ("destin OR suden", vec![]),
    ] {
        assert_eq!(found(&desk, words).await, which.into_iter().map(id).collect::<Vec<_>>(), "{words}");
    }
    // Known by a title now, and no longer by the one before.
    desk.identify(1, known(movie(194)), 1).await;
    assert_eq!(found(&desk, "some tit").await, [id(1)]);
    assert_eq!(found(&desk, "fabuleux").await, [id(1)]);
    assert_eq!(found(&desk, "SOME FABULEUX").await, [id(1)]);
    assert_eq!(desk.journal.search("mkv".into(), 2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn words_are_found_whatever_the_journal_went_through() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let desk = desk.reopened().await;
    assert_eq!(found(&desk, "some").await, [id(1)]);
    assert_eq!(found(&desk.crashed(), "some").await, [id(1)]);
    desk.journal.close().await;
    // Whoever has spoiled what a media is must not keep the rest from being written.
    let database = Connection::open(file(desk.folder.path())).unwrap();
    database.execute_batch("UPDATE viewings SET media = '{'").unwrap();
    let rows: i64 = database
        .query_row("SELECT count(*) FROM viewing_words WHERE viewing_words MATCH 'some'", (), |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn many_that_go_on_and_on_leave_a_turn_to_every_other() {
    let desk = Desk::new();
    let begun: Vec<_> = (1..=30).map(|number| viewing(number, &format!("/{number}.mkv"), 0)).collect();
    for (now, number) in begun.iter().zip(1..) {
        desk.record(EventKind::Started, now).await;
        desk.identify(number, known(movie(number)), 0).await;
    }
    // Each goes on ten times as fast as the service is told.
    let mut told = std::collections::BTreeMap::new();
    for second in 1..=90_i64 {
        for now in begun.iter().skip(usize::try_from(second).unwrap() % 3).step_by(3) {
            desk.record(EventKind::Progressed, &on(now, 10, second)).await;
        }
        let delivery = desk.deliver(second).await;
        desk.settle(&delivery, done(), second).await;
        *told.entry(delivery.viewing).or_insert(0) += 1;
    }
    assert_eq!(told.values().copied().collect::<Vec<_>>(), [3; 30], "each three times in ninety calls");
}

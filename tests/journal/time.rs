//! Times: those of a clock that was wrong are mended as long as nobody was told, also by a later run, and those that were
//! told stay.

use std::time::Duration;

use discovr_scrobbler::clock::{Clock, Hand};
use discovr_scrobbler::journal::{Content, Delivery, Journal, Next};
use discovr_scrobbler::playback::{EventKind, Viewing};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rusqlite::Connection;
use tokio::runtime::Builder;

use crate::desk::{
    Desk, again, at, completed, completed_at, done, event, is_history, known, me, movie, not_there, on, told,
    unsure, viewing, well,
};

/// By how much the clock is set when it is right at last.
const STEP: SignedDuration = SignedDuration::from_hours(50 * 365 * 24);

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// A clock that says `at(0)`, and the hand that sets it.
fn clock() -> (Clock, Hand) {
    let hand = Hand::at(at(0));
    (Clock::by_hand(&hand), hand)
}

async fn keep(desk: &Desk, clock: &Clock) -> bool {
    desk.journal.keep_time(clock).await.unwrap()
}

/// A desk whose run has kept its clock, and a movie watched in it from `at(0)`.
async fn watched() -> (Desk, Clock, Hand) {
    let (desk, (clock, hand)) = (Desk::new(), clock());
    keep(&desk, &clock).await;
    desk.watched(1, movie(1), 0).await;
    (desk, clock, hand)
}

async fn entry(desk: &Desk) -> Timestamp {
    told(&desk.history().await[0].content).1
}

async fn kept(desk: &Desk, number: u64) -> Viewing {
    desk.journal.viewing(crate::desk::id(number)).await.unwrap().unwrap().viewing
}

/// Takes the history entry, past the position.
async fn take_entry(desk: &Desk, seconds: i64) -> Delivery {
    loop {
        let delivery = desk.deliver(seconds).await;
        if is_history(&delivery.content) {
            return delivery;
        }
        desk.settle(&delivery, done(), seconds).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_watched_before_the_clock_was_set_gets_its_true_times_and_is_told_with_them() {
    let (desk, clock, hand) = watched().await;
    hand.step(STEP);
    assert!(keep(&desk, &clock).await);
    let mended = kept(&desk, 1).await;
    assert_eq!(
        (mended.started_at, mended.position_at, mended.completed_at()),
        (at(0) + STEP, at(100) + STEP, Some(at(80) + STEP))
    );
    assert_eq!(entry(&desk).await, at(80) + STEP);
    for row in desk.positions().await {
        assert_eq!(told(&row.content).1, at(100) + STEP);
    }
    // The run goes on in its own time.
    assert_eq!(told(&take_entry(&desk, 200).await.content).1, at(80) + STEP);
    assert!(!keep(&desk, &clock).await, "there is nothing more to mend");
}

#[tokio::test(start_paused = true)]
async fn a_viewing_goes_on_over_the_step_with_each_time_right_and_one_beginning() {
    let (desk, (clock, hand)) = (Desk::new(), clock());
    keep(&desk, &clock).await;
    let begun = viewing(1, "/a.mkv", 0);
    desk.record(EventKind::Started, &begun).await;
    desk.identify(1, known(movie(1)), 0).await;
    hand.step(hours(2));
    keep(&desk, &clock).await;
    // The daemon's own memory of it knows nothing of the step.
    desk.record(EventKind::Completed, &completed(&begun, 80)).await;
    let mended = kept(&desk, 1).await;
    assert_eq!((mended.started_at, mended.completed_at()), (at(0) + hours(2), Some(at(80) + hours(2))));
    assert_eq!(entry(&desk).await, at(80) + hours(2));
    hand.step(hours(-3));
    keep(&desk, &clock).await;
    assert_eq!(entry(&desk).await, at(80) - hours(1));
    assert_eq!(kept(&desk, 1).await.started_at, at(0) - hours(1));
}

#[tokio::test(start_paused = true)]
async fn there_and_back_again_changes_nothing() {
    let (desk, clock, hand) = watched().await;
    let before = (kept(&desk, 1).await, desk.all().await);
    hand.step(hours(-7));
    assert!(keep(&desk, &clock).await);
    assert_ne!((kept(&desk, 1).await, desk.all().await), before);
    hand.step(hours(7));
    assert!(keep(&desk, &clock).await);
    assert_eq!((kept(&desk, 1).await, desk.all().await), before);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_told_keeps_the_instant_by_which_it_is_recognised() {
    for settlement in [unsure(300), done(), not_there(300)] {
        let (desk, clock, hand) = watched().await;
        let entry_sent = take_entry(&desk, 200).await;
        desk.settle(&entry_sent, settlement.clone(), 200).await;
        hand.step(hours(2));
        keep(&desk, &clock).await;
        assert_eq!(entry(&desk).await, at(80), "{settlement:?}");
    }
    // Under way, when the daemon dies.
    let (desk, _, _) = watched().await;
    take_entry(&desk, 200).await;
    let desk = desk.crashed();
    desk.journal.recover().await.unwrap();
    let (clock, hand) = clock();
    keep(&desk, &clock).await;
    hand.step(hours(2));
    keep(&desk, &clock).await;
    assert_eq!(entry(&desk).await, at(80));
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_about_and_is_sent_again_keeps_its_instant_too() {
    let (desk, clock, hand) = watched().await;
    let sent = take_entry(&desk, 200).await;
    desk.settle(&sent, unsure(200), 200).await;
    let asked = desk.verify(230).await;
    desk.settle(&asked, again(230), 230).await;
    hand.step(hours(2));
    keep(&desk, &clock).await;
    assert_eq!(told(&take_entry(&desk, 240).await.content).1, at(80));
}

#[tokio::test(start_paused = true)]
async fn what_was_tried_and_certainly_not_told_is_mended_also_if_the_step_came_during_the_attempt() {
    let (desk, clock, hand) = watched().await;
    let first = take_entry(&desk, 200).await;
    desk.settle(&first, again(201), 200).await;
    let second = take_entry(&desk, 202).await;
    hand.step(hours(2));
    keep(&desk, &clock).await;
    assert_eq!(entry(&desk).await, at(80), "while it may be under way it stays");
    desk.settle(&second, again(203), 202).await;
    assert_eq!(told(&take_entry(&desk, 204).await.content).1, at(80) + hours(2));
}

#[tokio::test(start_paused = true)]
async fn a_held_viewing_that_gets_its_title_after_the_step_has_its_true_time() {
    let (desk, (clock, hand)) = (Desk::new(), clock());
    keep(&desk, &clock).await;
    let begun = viewing(1, "/a.mkv", 0);
    desk.record(EventKind::Started, &begun).await;
    desk.identify(1, crate::desk::held(), 0).await;
    desk.record(EventKind::Completed, &completed(&begun, 80)).await;
    hand.step(STEP);
    keep(&desk, &clock).await;
    desk.identify(1, known(movie(1)), 500).await;
    assert_eq!(entry(&desk).await, at(80) + STEP);
}

#[tokio::test(start_paused = true)]
async fn entries_of_one_work_stay_apart_when_they_are_moved() {
    for step in [hours(2), hours(-2)] {
        let (desk, (clock, hand)) = (Desk::new(), clock());
        keep(&desk, &clock).await;
        for number in 1..=4 {
            desk.watched(number, movie(1), i64::try_from(number).unwrap()).await;
        }
        let before = desk.history().await;
        hand.step(step);
        keep(&desk, &clock).await;
        let mut moved: Vec<_> = desk.history().await.iter().map(|row| told(&row.content).1).collect();
        moved.sort_unstable();
        for pair in moved.windows(2) {
            assert!(pair[1].duration_since(pair[0]) >= SignedDuration::from_secs(3), "{moved:?}");
        }
        let first = before.iter().map(|row| told(&row.content).1).min().unwrap();
        assert!(moved[0].duration_since(first + step).abs() <= SignedDuration::from_secs(12), "{moved:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_run_in_the_same_start_of_the_machine_mends_what_the_first_one_kept() {
    let (desk, clock, hand) = watched().await;
    let desk = desk.crashed();
    hand.step(hours(2));
    assert!(keep(&desk, &clock).await);
    assert_eq!(entry(&desk).await, at(80) + hours(2));
}

#[tokio::test(start_paused = true)]
async fn times_of_an_earlier_start_of_the_machine_stay() {
    let (desk, _, _) = watched().await;
    let desk = desk.reopened().await;
    let (clock, hand) = clock();
    keep(&desk, &clock).await;
    // Also those of a viewing that goes on in this one.
    let goes_on = kept(&desk, 1).await;
    desk.record(EventKind::Stopped, &on(&goes_on, 100, 5_000)).await;
    hand.step(hours(2));
    keep(&desk, &clock).await;
    let mended = kept(&desk, 1).await;
    assert_eq!((mended.started_at, mended.completed_at()), (at(0), Some(at(80))));
    assert_eq!(mended.position_at, at(5_000) + hours(2));
    assert_eq!(entry(&desk).await, at(80));
}

#[tokio::test(start_paused = true)]
async fn times_of_a_clock_that_was_never_set_become_the_latest_that_they_can_have_been() {
    let desk = Desk::new();
    let never_set = Clock::by_hand(&Hand::at(Timestamp::from_second(1_900).unwrap()));
    keep(&desk, &never_set).await;
    let then = |seconds: i64| Timestamp::from_second(2_000 + seconds).unwrap();
    let begun = Viewing { started_at: then(0), position_at: then(0), ..viewing(1, "/a.mkv", 0) };
    desk.record(EventKind::Started, &begun).await;
    desk.identify(1, known(movie(1)), 0).await;
    let complete = Viewing { position_at: then(80), ..completed_at(&on(&begun, 80, 0), then(80)) };
    desk.record(EventKind::Completed, &complete).await;
    assert_eq!(entry(&desk).await, then(80));
    let desk = desk.reopened().await;
    let (clock, _) = clock();
    assert!(keep(&desk, &clock).await);
    assert_eq!(entry(&desk).await, clock.belief().started);
    assert_eq!(kept(&desk, 1).await.started_at, clock.belief().started - SignedDuration::from_secs(80));
    assert!(!keep(&desk, &clock).await);
}

#[tokio::test(start_paused = true)]
async fn waits_are_as_long_as_before_whatever_the_clock_is_set_to() {
    for step in [hours(9), hours(-9), STEP] {
        let (desk, clock, hand) = watched().await;
        let sent = take_entry(&desk, 200).await;
        desk.settle(&sent, unsure(260), 200).await;
        hand.step(step);
        keep(&desk, &clock).await;
        assert_eq!(desk.next(230).await, Next::WaitUntil(at(260)), "{step}");
        let asked = desk.verify(261).await;
        assert_eq!(asked.last_attempt_at, Some(at(200)), "{step}");
        let state = discovr_scrobbler::journal::ServiceState {
            not_before: Some(at(400)),
            failures: 1,
            ..well(me().service)
        };
        desk.journal.settle(asked.id, unsure(300), state.clone(), at(261)).await.unwrap();
        hand.step(-step);
        keep(&desk, &clock).await;
        assert_eq!(desk.journal.service_state(me().service).await.unwrap(), state, "{step}");
        assert_eq!(desk.next(399).await, Next::WaitUntil(at(400)), "{step}");
        desk.verify(400).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_with_a_clock_that_was_set_back_waits_no_longer_than_before() {
    let (desk, _, _) = watched().await;
    let sent = take_entry(&desk, 200).await;
    let state = discovr_scrobbler::journal::ServiceState {
        not_before: Some(at(330)),
        failures: 1,
        ..well(me().service)
    };
    desk.journal.settle(sent.id, unsure(260), state, at(200)).await.unwrap();
    let desk = desk.reopened().await;
    let hand = Hand::at(at(-20_000));
    keep(&desk, &Clock::by_hand(&hand)).await;
    assert_eq!(desk.next(-19_871).await, Next::WaitUntil(at(-19_870)));
    desk.verify(-19_870).await;
}

#[tokio::test(start_paused = true)]
async fn no_wait_from_a_clock_that_was_far_ahead_lasts_longer_than_a_day() {
    let (desk, _, _) = watched().await;
    let folder = desk.folder;
    desk.journal.close().await;
    let far = Connection::open(crate::desk::file(folder.path())).unwrap();
    far.execute("UPDATE deliveries SET not_before = 4000000000000", ()).unwrap();
    far.execute(
        "INSERT INTO services (service, not_before, failures) VALUES ('discovr', 4000000000000, 1)",
        (),
    )
    .unwrap();
    drop(far);
    let journal = Journal::open(folder.path()).unwrap();
    let desk = Desk { folder, journal };
    let (clock, _) = clock();
    keep(&desk, &clock).await;
    assert_eq!(desk.next(0).await, Next::WaitUntil(at(86_400)));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_a_crash_ended_is_dated_by_the_clock_of_the_run() {
    // Too early shortens the pause before it is sent again, and too late makes it last for hours.
    for off in [-STEP, hours(2)] {
        let (desk, _, _) = watched().await;
        take_entry(&desk, 200).await;
        let desk = desk.crashed();
        let real = Clock::system().now().wall;
        let clock = Clock::by_hand(&Hand::at(real + off));
        keep(&desk, &clock).await;
        assert_eq!(desk.journal.recover().await.unwrap(), 1);
        let now = clock.now().wall;
        let Next::Verify(asked) =
            desk.journal.next(crate::desk::DISCOVR, me().account, me().profile, now).await.unwrap()
        else {
            panic!("it is asked for")
        };
        let ended = asked.last_attempt_at.unwrap();
        assert!(now.duration_since(ended).abs() < SignedDuration::from_mins(10), "{ended}, now {now}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_user_wants_tried_again_is_ready_whatever_the_machines_clock_says() {
    let (desk, _clock, _) = watched().await;
    let position = desk.deliver(200).await;
    desk.settle(&position, again(90_000_000), 200).await;
    let entry = desk.deliver(201).await;
    desk.settle(&entry, again(90_000_000), 201).await;
    let other = Journal::open_existing(desk.folder.path()).unwrap();
    other.retry(None).await.unwrap();
    for row in desk.all().await {
        assert_eq!(row.not_before, None, "{row:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_machines_sleep_counts_for_waits() {
    let (desk, (clock, hand)) = (Desk::new(), clock());
    let before = clock.now().wall;
    hand.sleep(Duration::from_secs(3_600));
    assert_eq!(clock.now().wall.duration_since(before), hours(1));
    assert!(!keep(&desk, &clock).await);
}

#[derive(Debug, Clone)]
enum Happens {
    Watch,
    Step(i64),
    Send,
    Fail,
    Arrive,
    Crash,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => Just(Happens::Watch),
        3 => (-30_000_i64..30_000).prop_map(Happens::Step),
        2 => Just(Happens::Send),
        1 => Just(Happens::Fail),
        1 => Just(Happens::Arrive),
        1 => Just(Happens::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is set, sent and lost, in whatever order: what was not told has the true time by the clock as it is now, and
    /// what may have been told keeps what it was told with.
    #[test]
    fn every_entry_is_right_or_as_it_was_told(history in prop::collection::vec(happens(), 1..30)) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (clock, hand) = clock();
            let mut desk = Desk::new();
            keep(&desk, &clock).await;
            let (mut number, mut offset, mut now) = (0_u64, 0_i64, 0_i64);
            let mut under_way: Option<Delivery> = None;
            // The viewing, its completion as the run counts, and what a service may have been told.
            let mut watched: Vec<(u64, i64, Option<Timestamp>)> = Vec::new();
            for step in history {
                now += 200;
                match step {
                    Happens::Watch => {
                        number += 1;
                        desk.watched(number, movie(number), now).await;
                        watched.push((number, now + 80, None));
                    }
                    Happens::Step(by) => {
                        hand.step(SignedDuration::from_secs(by));
                        offset += by;
                    }
                    Happens::Send => {
                        if under_way.is_none() {
                            keep(&desk, &clock).await;
                            if let Next::Deliver(delivery) = desk.next(now).await {
                                under_way = Some(delivery);
                            }
                        }
                    }
                    Happens::Fail => {
                        if let Some(delivery) = under_way.take() {
                            desk.settle(&delivery, again(now), now).await;
                        }
                    }
                    Happens::Arrive => {
                        if let Some(delivery) = under_way.take() {
                            desk.settle(&delivery, done(), now).await;
                            if let Content::History { at, .. } = delivery.content {
                                let of = watched.iter_mut().find(|(number, ..)| crate::desk::id(*number) == delivery.viewing);
                                of.unwrap().2 = Some(at);
                            }
                        }
                    }
                    Happens::Crash => {
                        if let Some(delivery) = under_way.take()
                            && let Content::History { at, .. } = delivery.content
                        {
                            let of = watched.iter_mut().find(|(number, ..)| crate::desk::id(*number) == delivery.viewing);
                            of.unwrap().2 = Some(at);
                        }
                        desk = desk.crashed();
                        keep(&desk, &clock).await;
                        desk.journal.recover().await.unwrap();
                    }
                }
            }
            if let Some(delivery) = under_way.take() {
                desk.settle(&delivery, again(now), now).await;
            }
            keep(&desk, &clock).await;
            // A step of less than a second is none.
            let true_time = |seconds: i64| at(seconds + offset);
            for (number, completion, told_at) in watched {
                let rows = desk.history().await;
                let row = rows.iter().find(|row| row.viewing == crate::desk::id(number)).unwrap();
                let is = told(&row.content).1;
                match told_at {
                    Some(told_at) => assert_eq!(is, told_at, "viewing {number} was told"),
                    None => {
                        let seen = kept(&desk, number).await.completed_at().unwrap();
                        assert!(seen.duration_since(true_time(completion)).abs() <= SignedDuration::from_secs(1), "viewing {number}");
                        // While it was under way it stayed; it is renewed when it is taken again.
                        let renewed = is.duration_since(true_time(completion)).abs() <= SignedDuration::from_secs(1);
                        assert!(renewed || row.attempts > 0, "viewing {number} is at {is}");
                    }
                }
            }
            for delivery in desk.deliver_all(now + 100_000).await {
                if let Content::History { at, .. } = delivery.content {
                    let seen = desk.journal.viewing(delivery.viewing).await.unwrap().unwrap().viewing;
                    assert!(delivery.attempts == 0 || seen.completed_at().is_some());
                    let fixed = seen.completed_at() != Some(at);
                    assert!(!fixed || delivery.attempts > 0, "told with another instant than it has");
                }
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_waited_in_memory_for_the_journal_is_kept_with_its_true_time() {
    let (desk, (clock, hand)) = (Desk::new(), clock());
    let waited = event(EventKind::Completed, &completed(&viewing(1, "/a.mkv", 0), 80));
    hand.step(STEP);
    keep(&desk, &clock).await;
    desk.journal.record(waited, vec![me()]).await.unwrap();
    let viewing = kept(&desk, 1).await;
    assert_eq!((viewing.started_at, viewing.completed_at()), (at(0) + STEP, Some(at(80) + STEP)));
}

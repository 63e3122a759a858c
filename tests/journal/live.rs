//! What is told live: what happens in a player, while it is new; and an entry that waits for the end of its sitting, and is
//! told once, as that end or afterwards.

use discovr_scrobbler::clock::{Clock, Hand};
use discovr_scrobbler::identify::{Identification, Identified, Work};
use discovr_scrobbler::journal::{
    Account, Addressee, Content, Delivery, DeliveryRow, DeliveryStatus, Live, LiveWord, Next, ProfileId,
    Recipient, Settlement, Telling,
};
use discovr_scrobbler::playback::{Event, EventKind, Viewing};
use jiff::SignedDuration;

use crate::desk::{
    Desk, LIVE, again, at, completed, done, episode_work, episodes, event, id, is_history, is_position,
    known, matched, me, movie, movie_work, of_parts, on, part_completed, percent, refused, told, unsure,
    viewing, well,
};

/// In seconds: for how long something is new, and an entry waits for the end of its sitting at most.
const NEW_FOR: i64 = 60;
const WAITS_AT_MOST: i64 = 4 * 3_600;

fn live() -> Recipient {
    Recipient { service: LIVE, account: Account(String::new()), profile: None }
}

fn told_live() -> Addressee {
    Addressee { recipient: live(), telling: Telling::Live }
}

/// Something happens to a viewing that is told live.
async fn happens(desk: &Desk, kind: EventKind, viewing: &Viewing) {
    desk.journal.record(event(kind, viewing), vec![told_live()]).await.unwrap();
}

/// A movie that plays since `at(start)` and is known.
async fn plays(desk: &Desk, number: u64, start: i64) -> Viewing {
    let begun = viewing(number, &format!("/films/{number}.mkv"), start);
    happens(desk, EventKind::Started, &begun).await;
    desk.identify(number, known(movie(number)), start).await;
    begun
}

/// The same, played on to its completion at `at(start + 80)`, with nothing of it told.
async fn completes(desk: &Desk, number: u64, start: i64) -> Viewing {
    let complete = completed(&plays(desk, number, start).await, start + 80);
    happens(desk, EventKind::Completed, &complete).await;
    complete
}

/// The one word that waits, if there is one: of what, what, how far in percent, and until when, in seconds.
async fn word(desk: &Desk) -> Option<(Work, LiveWord, f64, i64)> {
    let positions = desk.positions().await;
    assert!(positions.len() <= 1, "{positions:?}");
    let row = positions.first()?;
    let live = row.live.expect("a word is live");
    assert_eq!(percent(&row.content), live.progress.get());
    Some((told(&row.content).0, live.word, live.progress.get().round(), seconds(live)))
}

fn seconds(live: Live) -> i64 {
    live.until.duration_since(at(0)).as_secs()
}

fn stop(row: &DeliveryRow) -> Option<(LiveWord, f64, i64)> {
    row.live.map(|live| (live.word, live.progress.get().round(), seconds(live)))
}

async fn entry(desk: &Desk) -> DeliveryRow {
    let mut entries = desk.history().await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

fn waits(row: &DeliveryRow) -> bool {
    row.awaits_end && row.not_before.is_some() && row.status == DeliveryStatus::Due
}

async fn deliver(desk: &Desk, seconds: i64) -> Delivery {
    match desk.next_for(&live(), seconds).await {
        Next::Deliver(delivery) => delivery,
        other => panic!("nothing to deliver: {other:?}"),
    }
}

/// Tells all that is ready at `seconds`.
async fn deliver_all(desk: &Desk, seconds: i64) -> Vec<Delivery> {
    let mut delivered = Vec::new();
    while let Next::Deliver(delivery) = desk.next_for(&live(), seconds).await {
        desk.settle(&delivery, done(), seconds).await;
        delivered.push(delivery);
    }
    delivered
}

#[tokio::test]
async fn a_word_is_queued_when_something_happens_and_never_because_time_goes_by() {
    let desk = Desk::new();
    let begun = viewing(1, "/films/1.mkv", 0);
    happens(&desk, EventKind::Started, &begun).await;
    assert_eq!(word(&desk).await, None, "it is not known yet what it is");
    desk.identify(1, known(movie(1)), 5).await;
    let work = movie_work(1);
    assert_eq!(word(&desk).await, Some((work, LiveWord::Playing, 0.0, 5 + NEW_FOR)));
    deliver_all(&desk, 6).await;
    for (kind, percent, second, expected) in [
        (EventKind::Progressed, 10, 60, None),
        (EventKind::Paused, 20, 100, Some(LiveWord::Paused)),
        (EventKind::Sought, 30, 110, None),
        (EventKind::Resumed, 30, 120, Some(LiveWord::Playing)),
        (EventKind::Sought, 50, 130, Some(LiveWord::Playing)),
        (EventKind::Progressed, 52, 190, None),
        (EventKind::Stopped, 55, 200, Some(LiveWord::Stopped)),
        (EventKind::Started, 55, 900, Some(LiveWord::Playing)),
    ] {
        happens(&desk, kind, &on(&begun, percent, second)).await;
        let expected = expected.map(|word| (work, word, f64::from(percent), second + NEW_FOR));
        assert_eq!(word(&desk).await, expected, "{kind:?}");
        deliver_all(&desk, second + 1).await;
    }
}

#[tokio::test]
async fn a_service_that_is_told_positions_is_told_them_as_ever_beside_one_that_is_told_live() {
    let desk = Desk::new();
    let begun = viewing(1, "/films/1.mkv", 0);
    let both = || vec![Addressee::from(me()), told_live()];
    desk.journal.record(event(EventKind::Started, &begun), both()).await.unwrap();
    desk.identify(1, known(movie(1)), 0).await;
    let complete = completed(&begun, 80);
    for (kind, viewing) in [
        (EventKind::Progressed, on(&begun, 40, 60)),
        (EventKind::Completed, complete.clone()),
        (EventKind::Stopped, on(&complete, 90, 100)),
    ] {
        desk.journal.record(event(kind, &viewing), both()).await.unwrap();
    }
    let told: Vec<_> = desk.deliver_all(110).await;
    let told: Vec<_> = told.iter().map(|told| (is_history(&told.content), told.live)).collect();
    assert_eq!(told, [(false, None), (true, None)], "a position and an entry, neither of them live");
    let told = deliver_all(&desk, 110).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(is_history(&told[0].content) && told[0].live.is_some());
}

#[tokio::test]
async fn of_each_title_the_newest_word_alone_waits() {
    let desk = Desk::new();
    let begun = plays(&desk, 1, 0).await;
    happens(&desk, EventKind::Paused, &on(&begun, 10, 20)).await;
    happens(&desk, EventKind::Resumed, &on(&begun, 10, 30)).await;
    happens(&desk, EventKind::Paused, &on(&begun, 20, 40)).await;
    assert_eq!(word(&desk).await, Some((movie_work(1), LiveWord::Paused, 20.0, 40 + NEW_FOR)));
    let sent = deliver(&desk, 41).await;
    happens(&desk, EventKind::Resumed, &on(&begun, 20, 42)).await;
    desk.settle(&sent, again(45), 42).await;
    assert_eq!(word(&desk).await, Some((movie_work(1), LiveWord::Playing, 20.0, 42 + NEW_FOR)));
}

#[tokio::test]
async fn an_entry_is_kept_at_its_completion_and_waits_for_the_end_of_its_sitting() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    let row = entry(&desk).await;
    assert!(waits(&row), "{row:?}");
    assert_eq!((told(&row.content).1, row.not_before), (at(80), Some(at(80 + WAITS_AT_MOST))));
    deliver_all(&desk, 81).await;
    assert_eq!(desk.next_for(&live(), 90).await, Next::WaitUntil(at(80 + WAITS_AT_MOST)));
    happens(&desk, EventKind::Progressed, &on(&complete, 90, 95)).await;
    assert!(waits(&entry(&desk).await));
    happens(&desk, EventKind::Stopped, &on(&complete, 97, 100)).await;
    let told_last = deliver_all(&desk, 101).await;
    assert_eq!(told_last.len(), 1, "the stop is told once: {told_last:?}");
    let Content::History { at: instant, .. } = told_last[0].content else { panic!("{told_last:?}") };
    assert_eq!(instant, at(80), "what was watched keeps its own instant");
    let stop = told_last[0].live.map(|live| (live.word, live.progress.get(), seconds(live)));
    assert_eq!(stop, Some((LiveWord::Stopped, 97.0, 100 + NEW_FOR)));
    assert_eq!(desk.next_for(&live(), 200).await, Next::Idle);
}

#[tokio::test]
async fn nothing_but_words_is_told_of_a_completed_viewing_whose_sitting_goes_on() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    happens(&desk, EventKind::Paused, &on(&complete, 85, 100)).await;
    happens(&desk, EventKind::Resumed, &on(&complete, 85, 200)).await;
    let all = deliver_all(&desk, 201).await;
    assert!(all.iter().all(|delivery| is_position(&delivery.content)), "{all:?}");
    assert!(waits(&entry(&desk).await));
}

#[tokio::test]
async fn a_word_that_waits_is_not_told_after_the_end() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    assert!(word(&desk).await.is_some());
    happens(&desk, EventKind::Stopped, &on(&complete, 97, 100)).await;
    assert_eq!(word(&desk).await, None);

    // Nor one that was under way.
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    let sent = deliver(&desk, 90).await;
    happens(&desk, EventKind::Stopped, &on(&complete, 97, 100)).await;
    desk.settle(&sent, again(101), 100).await;
    let all = deliver_all(&desk, 105).await;
    assert!(all.len() == 1 && is_history(&all[0].content), "{all:?}");
}

#[tokio::test]
async fn a_viewing_that_was_paused_over_night_gives_one_entry() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    happens(&desk, EventKind::Paused, &on(&complete, 85, 100)).await;
    deliver_all(&desk, 101).await;
    let late = 80 + WAITS_AT_MOST;
    let told_late = deliver_all(&desk, late).await;
    assert_eq!(told_late.len(), 1);
    assert!(is_history(&told_late[0].content) && told_late[0].live.is_none(), "{told_late:?}");
    happens(&desk, EventKind::Resumed, &on(&complete, 85, late + 9_000)).await;
    happens(&desk, EventKind::Stopped, &on(&complete, 99, late + 9_100)).await;
    assert_eq!(
        word(&desk).await,
        Some((movie_work(1), LiveWord::Stopped, 99.0, late + 9_100 + NEW_FOR)),
        "the entry was told before: this is a word"
    );
    assert_eq!(desk.history().await.len(), 1);
}

#[tokio::test]
async fn an_entry_that_waited_too_long_is_not_dated_by_a_later_stop() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    desk.journal
        .set_service_state(discovr_scrobbler::journal::ServiceState {
            not_before: Some(at(90 + 2 * WAITS_AT_MOST)),
            ..well(LIVE)
        })
        .await
        .unwrap();
    let late = 90 + WAITS_AT_MOST;
    assert!(matches!(desk.next_for(&live(), late).await, Next::WaitUntil(_)));
    happens(&desk, EventKind::Stopped, &on(&complete, 99, late + 10)).await;
    let row = entry(&desk).await;
    assert_eq!((row.live, row.awaits_end, row.not_before), (None, false, None));
}

#[tokio::test]
async fn a_start_of_the_daemon_makes_an_entry_due_whose_end_nobody_saw() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    let desk = desk.crashed();
    assert_eq!(desk.journal.recover().await.unwrap(), 0);
    let row = entry(&desk).await;
    assert_eq!((row.live, row.awaits_end, row.not_before), (None, false, None));
    // It goes on in a later sitting: still one entry, and that one is not told as what ends now.
    happens(&desk, EventKind::Started, &on(&complete, 85, 5_000)).await;
    happens(&desk, EventKind::Stopped, &on(&complete, 99, 5_100)).await;
    let row = entry(&desk).await;
    assert_eq!((row.live, told(&row.content).1), (None, at(80)));
    assert_eq!(deliver_all(&desk, 5_101).await.len(), 2, "the entry, and that it stopped");
    assert_eq!(desk.next_for(&live(), 9_000).await, Next::Idle);
}

#[tokio::test]
async fn after_a_start_of_the_daemon_nobody_is_told_that_something_plays_that_may_not() {
    let desk = Desk::new();
    plays(&desk, 1, 0).await;
    let paused = plays(&desk, 2, 0).await;
    happens(&desk, EventKind::Paused, &on(&paused, 10, 10)).await;
    let sent = deliver(&desk, 11).await;
    assert_eq!(sent.content.work(), movie_work(1), "it is under way");
    let desk = desk.crashed();
    desk.journal.recover().await.unwrap();
    assert_eq!(
        word(&desk).await,
        Some((movie_work(2), LiveWord::Paused, 10.0, 10 + NEW_FOR)),
        "where it was left is true for ever"
    );
}

#[tokio::test]
async fn a_worker_that_starts_anew_does_not_end_what_plays() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    desk.journal.recover_service(LIVE, at(90)).await.unwrap();
    assert!(waits(&entry(&desk).await));
    happens(&desk, EventKind::Stopped, &on(&complete, 99, 100)).await;
    assert_eq!(stop(&entry(&desk).await), Some((LiveWord::Stopped, 99.0, 100 + NEW_FOR)));
}

#[tokio::test]
async fn what_becomes_known_after_its_end_is_told_at_once_and_not_live() {
    for identification in [known(movie(1)), matched(movie(1))] {
        let desk = Desk::new();
        let complete = completed(&viewing(1, "/1.mkv", 0), 80);
        happens(&desk, EventKind::Completed, &complete).await;
        happens(&desk, EventKind::Stopped, &on(&complete, 90, 100)).await;
        assert_eq!(desk.identify(1, identification, 110).await.queued, 1);
        let all = deliver_all(&desk, 110).await;
        assert_eq!(all.len(), 1, "no position: {all:?}");
        assert!(is_history(&all[0].content) && all[0].live.is_none());
    }
}

#[tokio::test]
async fn what_becomes_known_while_it_plays_is_told_from_then_on_and_its_entry_at_the_end() {
    let desk = Desk::new();
    let complete = completed(&viewing(1, "/1.mkv", 0), 80);
    happens(&desk, EventKind::Started, &viewing(1, "/1.mkv", 0)).await;
    happens(&desk, EventKind::Completed, &complete).await;
    happens(&desk, EventKind::Paused, &on(&complete, 82, 90)).await;
    desk.identify(1, matched(movie(1)), 300).await;
    assert_eq!(word(&desk).await, Some((movie_work(1), LiveWord::Paused, 82.0, 300 + NEW_FOR)));
    assert!(waits(&entry(&desk).await));
    happens(&desk, EventKind::Stopped, &on(&complete, 83, 400)).await;
    assert_eq!(stop(&entry(&desk).await), Some((LiveWord::Stopped, 83.0, 400 + NEW_FOR)));
}

#[tokio::test]
async fn what_turns_out_to_be_something_else_while_it_plays_waits_as_that() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    desk.identify(1, matched(movie(2)), 90).await;
    let row = entry(&desk).await;
    assert!(waits(&row) && told(&row.content).0 == movie_work(2), "{row:?}");
    assert_eq!(word(&desk).await.map(|(work, ..)| work), Some(movie_work(2)));
    happens(&desk, EventKind::Stopped, &on(&complete, 90, 100)).await;
    let all = deliver_all(&desk, 101).await;
    assert_eq!(all.iter().map(|told| told.content.work()).collect::<Vec<_>>(), [movie_work(2)]);
}

#[tokio::test]
async fn a_title_that_was_told_live_by_mistake_is_cleared_and_no_other_viewing_is_told_in_its_place() {
    let desk = Desk::new();
    let first = plays(&desk, 7, 0).await;
    happens(&desk, EventKind::Stopped, &on(&first, 30, 50)).await;
    deliver_all(&desk, 51).await;
    let second = viewing(8, "/films/8.mkv", 1_000);
    happens(&desk, EventKind::Started, &second).await;
    desk.identify(8, known(movie(7)), 1_000).await;
    happens(&desk, EventKind::Stopped, &on(&second, 40, 1_100)).await;
    deliver_all(&desk, 1_101).await;
    desk.identify(8, matched(movie(9)), 2_000).await;
    let all = deliver_all(&desk, 2_001).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(matches!(all[0].content, Content::Clearing { work, .. } if work == movie_work(7)), "{all:?}");
}

#[tokio::test]
async fn a_retry_of_the_users_tells_a_waiting_entry_at_once() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    deliver_all(&desk, 81).await;
    let waiting = entry(&desk).await;
    assert_eq!(desk.journal.retry(Some(waiting.id)).await.unwrap(), 1);
    let all = deliver_all(&desk, 90).await;
    assert!(all.len() == 1 && is_history(&all[0].content) && all[0].live.is_none(), "{all:?}");
    happens(&desk, EventKind::Stopped, &on(&complete, 95, 100)).await;
    assert_eq!(word(&desk).await.map(|(_, word, ..)| word), Some(LiveWord::Stopped));
    assert_eq!(desk.history().await.len(), 1);
}

#[tokio::test]
async fn an_entry_that_the_user_drops_while_it_waits_stays_dropped_at_the_end() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    assert!(desk.journal.drop_delivery(entry(&desk).await.id).await.unwrap());
    happens(&desk, EventKind::Stopped, &on(&complete, 95, 100)).await;
    let all = deliver_all(&desk, 101).await;
    assert!(all.iter().all(|told| is_position(&told.content)), "{all:?}");
}

#[tokio::test]
async fn an_entry_whose_completion_could_not_be_kept_is_told_with_the_end() {
    let desk = Desk::new();
    let begun = plays(&desk, 1, 0).await;
    happens(&desk, EventKind::Stopped, &on(&completed(&begun, 80), 95, 100)).await;
    let row = entry(&desk).await;
    assert_eq!((row.awaits_end, row.not_before), (false, None));
    assert_eq!(deliver_all(&desk, 101).await.iter().filter(|told| is_history(&told.content)).count(), 1);
}

#[tokio::test]
async fn the_end_of_a_viewing_that_was_left_long_before_is_not_told_live() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    deliver_all(&desk, 81).await;
    // It was begun again at once, and only now that counts as another viewing.
    let left = on(&complete, 95, 100);
    let over = Event {
        at: discovr_scrobbler::clock::Now { wall: at(1_500), ..event(EventKind::Stopped, &left).at },
        ..event(EventKind::Stopped, &left)
    };
    desk.journal.record(over, vec![told_live()]).await.unwrap();
    let row = entry(&desk).await;
    assert_eq!((row.live, row.awaits_end), (None, false));
    assert_eq!(word(&desk).await, None);
}

#[tokio::test]
async fn the_first_of_two_episodes_is_told_when_the_second_begins() {
    let desk = Desk::new();
    let begun = of_parts(&viewing(1, "/two.mkv", 0), 2);
    happens(&desk, EventKind::Started, &begun).await;
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 0).await;
    deliver_all(&desk, 1).await;
    let first = part_completed(&on(&begun, 45, 400), 0, 400);
    happens(&desk, EventKind::Completed, &first).await;
    assert!(waits(&entry(&desk).await));
    happens(&desk, EventKind::Progressed, &on(&first, 49, 440)).await;
    assert!(waits(&entry(&desk).await));
    happens(&desk, EventKind::Progressed, &on(&first, 51, 500)).await;
    assert_eq!(stop(&entry(&desk).await), Some((LiveWord::Stopped, 100.0, 500 + NEW_FOR)));
    let second = episode_work(5, 1, 2);
    assert_eq!(word(&desk).await, Some((second, LiveWord::Playing, 2.0, 500 + NEW_FOR)));
    let all = deliver_all(&desk, 501).await;
    let order: Vec<_> = all.iter().map(|told| (told.content.work(), is_history(&told.content))).collect();
    assert_eq!(order, [(episode_work(5, 1, 1), true), (second, false)], "the end of one before the other");
    // The second is completed, and the file is at its end.
    let both = part_completed(&on(&first, 95, 900), 1, 900);
    happens(&desk, EventKind::Completed, &both).await;
    assert_eq!(desk.next_for(&live(), 901).await, Next::WaitUntil(at(900 + WAITS_AT_MOST)));
    happens(&desk, EventKind::Stopped, &on(&both, 99, 950)).await;
    let all = deliver_all(&desk, 951).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!((all[0].content.work(), all[0].live.map(|live| live.progress.get())), (second, Some(98.0)));
}

#[tokio::test]
async fn a_completed_episode_that_is_left_for_the_other_one_by_a_jump_is_told_as_far_as_it_was() {
    let desk = Desk::new();
    let begun = of_parts(&viewing(1, "/two.mkv", 0), 2);
    happens(&desk, EventKind::Started, &begun).await;
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 0).await;
    let first = part_completed(&on(&begun, 45, 400), 0, 400);
    happens(&desk, EventKind::Completed, &first).await;
    happens(&desk, EventKind::Sought, &on(&first, 60, 410)).await;
    assert_eq!(stop(&entry(&desk).await), Some((LiveWord::Stopped, 90.0, 410 + NEW_FOR)));
    assert_eq!(
        word(&desk).await.map(|(work, word, ..)| (work, word)),
        Some((episode_work(5, 1, 2), LiveWord::Playing))
    );
}

#[tokio::test]
async fn an_episode_that_is_left_before_it_is_watched_is_followed_by_the_other_one_alone() {
    let desk = Desk::new();
    let begun = of_parts(&viewing(1, "/two.mkv", 0), 2);
    happens(&desk, EventKind::Started, &begun).await;
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 0).await;
    happens(&desk, EventKind::Sought, &on(&begun, 60, 10)).await;
    let all = deliver_all(&desk, 11).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].content.work(), episode_work(5, 1, 2));
    // While it is paused, what it is at is told when it goes on.
    happens(&desk, EventKind::Paused, &on(&begun, 60, 20)).await;
    deliver_all(&desk, 21).await;
    happens(&desk, EventKind::Sought, &on(&begun, 10, 30)).await;
    assert_eq!(word(&desk).await, None);
    happens(&desk, EventKind::Resumed, &on(&begun, 10, 40)).await;
    assert_eq!(word(&desk).await.map(|(work, ..)| work), Some(episode_work(5, 1, 1)));
}

#[tokio::test]
async fn what_is_new_goes_before_a_hundred_old_entries() {
    let desk = Desk::new();
    for number in 100..200 {
        let begun = viewing(number, &format!("/{number}.mkv"), i64::try_from(number).unwrap() * 200);
        happens(&desk, EventKind::Stopped, &completed(&begun, i64::try_from(number).unwrap() * 200 + 80))
            .await;
        desk.identify(number, known(movie(number)), 90_000).await;
    }
    let begun = plays(&desk, 1, 100_000).await;
    let mut now = 100_001;
    for (kind, percent) in [(EventKind::Paused, 10), (EventKind::Resumed, 10), (EventKind::Sought, 40)] {
        happens(&desk, kind, &on(&begun, percent, now)).await;
        // The past has its turns all the same.
        for is_word in [true, false] {
            now += 1;
            let delivery = deliver(&desk, now).await;
            desk.settle(&delivery, done(), now).await;
            assert_eq!(is_position(&delivery.content), is_word, "{kind:?}");
        }
    }
    let complete = completed(&begun, now);
    happens(&desk, EventKind::Completed, &complete).await;
    happens(&desk, EventKind::Stopped, &on(&complete, 95, now + 10)).await;
    let delivery = deliver(&desk, now + 11).await;
    assert_eq!(delivery.content.work(), movie_work(1), "so does the end");
}

#[tokio::test]
async fn what_is_not_new_any_more_has_no_turn_before_others() {
    let desk = Desk::new();
    let old = completed(&viewing(5, "/5.mkv", 0), 80);
    happens(&desk, EventKind::Stopped, &old).await;
    desk.identify(5, known(movie(5)), 100).await;
    plays(&desk, 1, 10_000).await;
    let first = deliver(&desk, 10_000 + NEW_FOR).await;
    let second = deliver(&desk, 10_000 + NEW_FOR).await;
    // The service says of the word that it is too late, whenever it comes.
    assert!(is_position(&first.content) != is_position(&second.content));
    assert!(
        [first, second].iter().all(|told| told.live.is_none_or(|live| live.until <= at(10_000 + NEW_FOR)))
    );
}

#[tokio::test]
async fn an_end_that_could_not_be_told_keeps_how_it_could_have_been() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    happens(&desk, EventKind::Stopped, &on(&complete, 95, 100)).await;
    let sent = deliver(&desk, 101).await;
    desk.settle(&sent, unsure(130), 105).await;
    let Next::Verify(asked) = desk.next_for(&live(), 131).await else { panic!("it is asked for first") };
    assert_eq!((asked.live, asked.last_attempt_at), (sent.live, Some(at(105))));
    desk.settle(&asked, done(), 131).await;
    // Its retraction knows it too.
    desk.identify(1, matched(movie(2)), 200).await;
    let retraction = deliver(&desk, 201).await;
    assert!(matches!(retraction.content, Content::Retraction { .. }), "{retraction:?}");
    assert_eq!(retraction.live, sent.live);
}

#[tokio::test]
async fn an_entry_that_was_put_back_is_told_as_it_was_to_be() {
    let desk = Desk::new();
    let complete = completes(&desk, 1, 0).await;
    happens(&desk, EventKind::Stopped, &on(&complete, 95, 100)).await;
    let sent = deliver(&desk, 101).await;
    desk.settle(&sent, again(102), 101).await;
    let second = deliver(&desk, 103).await;
    assert_eq!((second.live, second.last_attempt_at), (sent.live, Some(at(101))));
}

#[tokio::test]
async fn how_a_service_is_told_stays_with_the_viewing_when_accounts_and_profiles_change() {
    let desk = Desk::new();
    let nobody = Recipient { service: LIVE, account: Account(String::new()), profile: None };
    let begun = viewing(1, "/1.mkv", 0);
    let addressee = Addressee { recipient: nobody, telling: Telling::Live };
    desk.journal.record(event(EventKind::Started, &begun), vec![addressee]).await.unwrap();
    desk.identify(1, known(movie(1)), 0).await;
    let somebody =
        Recipient { service: LIVE, account: Account("me".into()), profile: Some(ProfileId("p1".into())) };
    let Next::Deliver(first) = desk.next_for(&somebody, 1).await else { panic!("nothing") };
    assert!(first.live.is_some() && first.recipient == somebody);
    desk.settle(&first, Settlement::NoSuchProfile { why: "gone".into() }, 2).await;
    let complete = completed(&begun, 80);
    happens(&desk, EventKind::Completed, &complete).await;
    assert!(waits(&entry(&desk).await));
    happens(&desk, EventKind::Stopped, &on(&complete, 90, 100)).await;
    let other = Recipient { profile: Some(ProfileId("p2".into())), ..somebody };
    let Next::Deliver(last) = desk.next_for(&other, 101).await else { panic!("nothing") };
    assert!(is_history(&last.content) && last.live.is_some() && last.recipient == other, "{last:?}");
    // What is refused for the sake of its profile does not wait for an end as well.
    desk.settle(&last, refused(), 102).await;
    assert_eq!(desk.next_for(&other, 103).await, Next::Idle);
}

#[tokio::test]
async fn the_number_in_the_whole_series_comes_with_the_episode() {
    let desk = Desk::new();
    let begun = of_parts(&viewing(1, "/two.mkv", 0), 2);
    happens(&desk, EventKind::Started, &begun).await;
    let Identification::Known(identified) = known(episodes(5, 2, &[3, 4])) else { panic!("it is known") };
    let counted = Identified { absolute: vec![15, 16], ..identified };
    desk.identify(1, Identification::Known(counted), 0).await;
    assert_eq!(deliver(&desk, 1).await.absolute, Some(15));
    let both = part_completed(&part_completed(&on(&begun, 95, 400), 0, 200), 1, 400);
    happens(&desk, EventKind::Stopped, &both).await;
    let numbers = deliver_all(&desk, 401).await.into_iter().map(|told| (told.content.work(), told.absolute));
    assert!(numbers.into_iter().all(|(work, number)| match work {
        Work::Episode { episode, .. } => number == Some(episode + 12),
        Work::Movie { .. } => false,
    }));
    let plain = plays(&desk, 9, 1_000).await;
    assert_eq!(plain.id, id(9));
    assert_eq!(deliver(&desk, 1_001).await.absolute, None);
}

#[tokio::test(start_paused = true)]
async fn when_the_clock_is_put_right_what_is_left_of_every_wait_is_the_same() {
    for hours in [-30, 30] {
        let desk = Desk::new();
        let hand = Hand::at(at(0));
        let clock = Clock::by_hand(&hand);
        desk.journal.keep_time(&clock).await.unwrap();
        completes(&desk, 1, 0).await;
        let begun = plays(&desk, 2, 100).await;
        happens(&desk, EventKind::Paused, &on(&begun, 10, 110)).await;
        hand.step(SignedDuration::from_hours(hours));
        desk.journal.keep_time(&clock).await.unwrap();
        let by = hours * 3_600;
        let word =
            desk.positions().await.into_iter().find(|row| told(&row.content).0 == movie_work(2)).unwrap();
        assert_eq!(seconds(word.live.unwrap()), 110 + NEW_FOR + by);
        assert_eq!(entry(&desk).await.not_before, Some(at(80 + WAITS_AT_MOST + by)));
        // To the run it is as before.
        let sent = deliver(&desk, 112).await;
        assert_eq!(sent.live.map(seconds), Some(110 + NEW_FOR));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_stays_new_because_the_clock_was_set_back_between_two_runs() {
    let desk = Desk::new();
    plays(&desk, 1, 1_000_000).await;
    let desk = desk.reopened().await;
    let clock = Clock::by_hand(&Hand::at(at(0)));
    desk.journal.keep_time(&clock).await.unwrap();
    assert_eq!(word(&desk).await.map(|(.., until)| until), Some(NEW_FOR));
}

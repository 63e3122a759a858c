//! Deliveries on their way: what comes next, how it ends, what the user does with it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use discovr_scrobbler::journal::{DeliveryId, DeliveryStatus, Next, Remedy, ServiceState, Settlement};
use discovr_scrobbler::playback::EventKind;

use crate::desk::{
    DISCOVR, Desk, OTHER, again, at, completed, done, id, is_history, known, matched, me, movie, movie_work,
    not_there, on, refused, told, unsure, viewing, well,
};

/// A desk with one history entry under way, its position delivered.
async fn sending_history() -> (Desk, discovr_scrobbler::journal::Delivery) {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let position = desk.deliver(200).await;
    assert!(!is_history(&position.content));
    desk.settle(&position, done(), 200).await;
    let history = desk.deliver(200).await;
    assert!(is_history(&history.content));
    (desk, history)
}

/// A desk with one position under way and nothing else.
async fn sending_position() -> (Desk, discovr_scrobbler::journal::Delivery) {
    let desk = Desk::new();
    desk.record(EventKind::Started, &viewing(1, "/a.mkv", 0)).await;
    desk.identify(1, known(movie(1)), 0).await;
    let position = desk.deliver(100).await;
    (desk, position)
}

#[tokio::test]
async fn an_empty_outbox_is_idle() {
    let desk = Desk::new();
    assert_eq!(desk.next(0).await, Next::Idle);
    desk.watched(1, movie(1), 0).await;
    assert_eq!(desk.deliver_all(200).await.len(), 2);
    assert_eq!(desk.next(200).await, Next::Idle);
}

#[tokio::test]
async fn the_oldest_viewing_comes_first_whenever_it_was_queued() {
    let desk = Desk::new();
    for (number, start) in [(1, 3_000), (2, 1_000), (3, 2_000)] {
        desk.watched(number, movie(number), start).await;
    }
    let order: Vec<_> = desk.deliver_all(9_000).await.iter().map(|delivery| delivery.viewing).collect();
    assert_eq!(order, [id(2), id(2), id(3), id(3), id(1), id(1)]);
}

#[tokio::test]
async fn what_is_to_be_sent_is_marked_on_disk_before_it_is_handed_out() {
    let (desk, history) = sending_history().await;
    let after_the_crash = desk.crashed();
    let row = &after_the_crash.history().await[0];
    assert_eq!((row.id, row.status, row.attempts), (history.id, DeliveryStatus::Sending, 1));
    assert_eq!(desk.next(300).await, Next::Idle, "what is being sent is not sent again");
}

#[tokio::test]
async fn a_delivery_knows_its_earlier_attempts() {
    let (desk, first) = sending_history().await;
    assert_eq!((first.attempts, first.last_attempt_at), (0, None));
    desk.settle(&first, again(300), 250).await;
    let second = desk.deliver(300).await;
    assert_eq!((second.id, second.attempts, second.last_attempt_at), (first.id, 1, Some(at(200))));
}

#[tokio::test]
async fn each_delivery_has_its_own_clock_and_blocks_no_other() {
    let desk = Desk::new();
    for number in 1..=3 {
        desk.watched(number, movie(number), number.cast_signed() * 200).await;
    }
    let bad = desk.deliver(1_000).await;
    desk.settle(&bad, again(5_000), 1_000).await;
    let passed = desk.deliver_all(1_000).await;
    assert_eq!(passed.len(), 5);
    assert!(passed.iter().all(|delivery| delivery.id != bad.id));
    assert_eq!(desk.next(1_000).await, Next::WaitUntil(at(5_000)));
    assert_eq!(desk.next(4_999).await, Next::WaitUntil(at(5_000)));
    assert_eq!(desk.deliver(5_000).await.id, bad.id);
}

#[tokio::test]
async fn what_has_waited_takes_its_old_place_again() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let bad = desk.deliver(1_000).await;
    desk.settle(&bad, again(2_000), 1_000).await;
    desk.watched(2, movie(2), 500).await;
    assert_eq!(desk.deliver(2_000).await.id, bad.id);
}

#[tokio::test]
async fn nothing_is_tried_before_the_services_clock() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let first = desk.deliver(1_000).await;
    let ill = ServiceState { not_before: Some(at(3_000)), failures: 1, ..well(DISCOVR) };
    desk.journal.settle(first.id, again(1_000), ill.clone(), at(1_000)).await.unwrap();
    assert_eq!(desk.journal.service_state(DISCOVR).await.unwrap(), ill);
    assert_eq!(desk.next(1_000).await, Next::WaitUntil(at(3_000)));
    assert_eq!(desk.next(2_999).await, Next::WaitUntil(at(3_000)));
    assert_eq!(desk.deliver_all(3_000).await.len(), 2);
    // With nothing to tell there is nothing to wait for.
    desk.journal.set_service_state(ServiceState { not_before: Some(at(9_000)), ..ill }).await.unwrap();
    assert_eq!(desk.next(3_000).await, Next::Idle);
}

#[tokio::test]
async fn while_a_service_is_in_trouble_each_delivery_has_its_turn() {
    let desk = Desk::new();
    for number in 1..=3 {
        desk.watched(number, movie(number), number.cast_signed() * 200).await;
    }
    let ill = ServiceState { failures: 1, ..well(DISCOVR) };
    let mut tried = Vec::new();
    for second in 1_000..1_006 {
        let delivery = desk.deliver(second).await;
        desk.journal.settle(delivery.id, again(second), ill.clone(), at(second)).await.unwrap();
        tried.push(delivery.id);
    }
    let first = tried[0];
    tried.sort_unstable();
    tried.dedup();
    assert_eq!(tried.len(), 6);
    // The first that arrives ends it: the oldest comes first again.
    let arrived = desk.deliver(1_010).await;
    assert_eq!(arrived.id, first);
    desk.settle(&arrived, done(), 1_010).await;
    assert_eq!(desk.deliver(1_020).await.viewing, id(1));
}

#[tokio::test]
async fn the_later_of_both_clocks_counts() {
    let (desk, history) = sending_history().await;
    let ill = ServiceState { not_before: Some(at(1_000)), ..well(DISCOVR) };
    desk.journal.settle(history.id, again(5_000), ill, at(300)).await.unwrap();
    assert_eq!(desk.next(300).await, Next::WaitUntil(at(5_000)));
}

#[tokio::test]
async fn one_service_never_delays_another() {
    let desk = Desk::new();
    let both = [me(), discovr_scrobbler::journal::Recipient { service: OTHER, ..me() }];
    desk.record_for(EventKind::Completed, &completed(&viewing(1, "/a.mkv", 0), 80), &both).await;
    assert_eq!(desk.identify(1, known(movie(1)), 90).await.queued, 4);
    let ill = ServiceState { not_before: Some(at(9_000)), failures: 3, ..well(DISCOVR) };
    desk.journal.set_service_state(ill.clone()).await.unwrap();
    assert_eq!(desk.next(100).await, Next::WaitUntil(at(9_000)));
    for _ in 0..2 {
        let Next::Deliver(delivery) = desk.next_for(&both[1], 100).await else { panic!("nothing for it") };
        desk.settle(&delivery, done(), 100).await;
    }
    assert_eq!(desk.next_for(&both[1], 100).await, Next::Idle);
    assert_eq!(desk.journal.service_state(DISCOVR).await.unwrap(), ill);
}

#[tokio::test]
async fn how_a_service_does_survives_the_daemon() {
    let desk = Desk::new();
    assert_eq!(desk.journal.service_state(DISCOVR).await.unwrap(), well(DISCOVR));
    let state = ServiceState {
        service: DISCOVR,
        not_before: Some(at(5)),
        failures: 4,
        needs_user: Some("sign in".into()),
        last_error: Some("401".into()),
        last_success_at: Some(at(1)),
    };
    desk.journal.set_service_state(state.clone()).await.unwrap();
    let desk = desk.reopened().await;
    assert_eq!(desk.journal.service_state(DISCOVR).await.unwrap(), state);
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_put_back() {
    for answered in [false, true] {
        let desk = Desk::new();
        desk.watched(1, movie(1), 0).await;
        let position = desk.deliver(200).await;
        desk.settle(&position, done(), 200).await;
        let first = desk.deliver(200).await;
        desk.settle(&first, again(300), 200).await;
        {
            let recipient = me();
            let mut asked =
                pin!(desk.journal.next(recipient.service, recipient.account, recipient.profile, at(300)));
            poll_fn(|context| {
                assert!(asked.as_mut().poll(context).is_pending() || answered);
                Poll::Ready(())
            })
            .await;
            if answered {
                // Whatever is asked later is answered later: the first answer is there now.
                desk.all().await;
            }
        }
        let status = async || desk.history().await[0].status;
        let mut tries = 0;
        while status().await != DeliveryStatus::Due {
            tries += 1;
            assert!(tries < 1_000, "it stays marked as sending");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let again = desk.deliver(400).await;
        assert_eq!((again.id, again.attempts, again.last_attempt_at), (first.id, 1, Some(at(200))));
    }
}

#[tokio::test]
async fn an_attempt_without_a_clear_answer_lasts_until_it_is_given_up() {
    let (desk, history) = sending_history().await;
    desk.settle(&history, unsure(240), 230).await;
    let asked = desk.verify(240).await;
    assert_eq!(asked.last_attempt_at, Some(at(230)), "it was begun at 200");
    desk.settle(&asked, not_there(260), 250).await;
    let asked = desk.verify(260).await;
    assert_eq!(
        (asked.last_attempt_at, asked.times_not_there),
        (Some(at(230)), 1),
        "a question is no attempt"
    );
}

#[tokio::test]
async fn an_entry_waits_while_another_of_the_same_work_is_asked_for() {
    let desk = Desk::new();
    for (number, work) in [(1, 1), (2, 1), (3, 2)] {
        desk.watched(number, movie(work), number.cast_signed() * 1_000).await;
    }
    let mut first = desk.deliver(9_000).await;
    while !is_history(&first.content) {
        desk.settle(&first, done(), 9_000).await;
        first = desk.deliver(9_000).await;
    }
    assert_eq!(first.viewing, id(1));
    desk.settle(&first, unsure(9_500), 9_100).await;
    let others = desk.deliver_all(9_200).await;
    assert!(others.iter().all(|other| other.viewing == id(3) || !is_history(&other.content)), "{others:?}");
    assert!(others.iter().any(|other| other.viewing == id(3)), "{others:?}");
    // And nothing spins meanwhile.
    assert_eq!(desk.next(9_300).await, Next::WaitUntil(at(9_500)));
    let asked = desk.verify(9_500).await;
    desk.settle(&asked, done(), 9_500).await;
    assert_eq!(desk.deliver(9_600).await.viewing, id(2));
}

#[tokio::test]
async fn history_found_as_sending_is_asked_for_first() {
    let (desk, history) = sending_history().await;
    let desk = desk.crashed();
    assert_eq!(desk.journal.recover_service(DISCOVR, at(250)).await.unwrap(), 1);
    assert_eq!(desk.journal.recover_service(DISCOVR, at(260)).await.unwrap(), 0);
    assert_eq!(desk.statuses().await, [DeliveryStatus::Unsure]);
    let asked = desk.verify(300).await;
    assert_eq!((asked.id, asked.content), (history.id, history.content));
    // When the attempt ended nobody knows: not later than this.
    assert_eq!((asked.attempts, asked.last_attempt_at), (1, Some(at(250))));
    // A question that nobody heard the answer of is asked again.
    assert_eq!(desk.verify(300).await.id, history.id);
}

#[tokio::test]
async fn one_services_worker_recovers_what_is_its_own() {
    let desk = Desk::new();
    let both = [me(), discovr_scrobbler::journal::Recipient { service: OTHER, ..me() }];
    desk.record_for(EventKind::Completed, &completed(&viewing(1, "/a.mkv", 0), 80), &both).await;
    desk.identify(1, known(movie(1)), 90).await;
    for recipient in both.iter().chain(&both) {
        assert!(matches!(desk.next_for(recipient, 100).await, Next::Deliver(_)));
    }
    assert_eq!(desk.journal.recover_service(DISCOVR, at(200)).await.unwrap(), 2);
    for row in desk.all().await {
        let sending = row.status == DeliveryStatus::Sending;
        assert_eq!(sending, row.recipient.service == OTHER, "{row:?}");
    }
}

#[tokio::test]
async fn a_position_found_as_sending_is_sent_again() {
    let (desk, position) = sending_position().await;
    let desk = desk.crashed();
    assert_eq!(desk.journal.recover().await.unwrap(), 1);
    assert_eq!(desk.deliver(300).await.id, position.id);
}

#[tokio::test]
async fn a_position_found_as_sending_gives_way_to_a_newer_one() {
    let (desk, _) = sending_position().await;
    desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 40, 400)).await;
    let desk = desk.crashed();
    assert_eq!(desk.journal.recover().await.unwrap(), 1);
    let delivered = desk.deliver_all(500).await;
    assert_eq!(delivered.iter().map(|delivery| told(&delivery.content).1).collect::<Vec<_>>(), [at(400)]);
}

#[tokio::test]
async fn a_position_that_arrived_is_forgotten_and_history_is_kept_with_its_proof() {
    let (desk, history) = sending_history().await;
    assert_eq!(desk.positions().await, []);
    desk.settle(&history, done(), 300).await;
    let row = &desk.history().await[0];
    assert_eq!((row.status, row.receipt.as_deref()), (DeliveryStatus::Done, Some("answered 200")));
    assert_eq!((row.last_error.as_deref(), row.not_before), (None, None));
}

#[tokio::test]
async fn a_position_without_a_clear_answer_is_simply_due_again() {
    let (desk, position) = sending_position().await;
    desk.settle(&position, unsure(300), 200).await;
    assert_eq!(desk.next(299).await, Next::WaitUntil(at(300)));
    assert_eq!(desk.deliver(300).await.id, position.id);
}

#[tokio::test]
async fn a_failed_position_gives_way_to_the_newer_one_that_waits() {
    for settlement in [again(900), unsure(900), refused(), done()] {
        let (desk, position) = sending_position().await;
        desk.record(EventKind::Paused, &on(&viewing(1, "/a.mkv", 0), 40, 400)).await;
        assert_eq!(desk.positions().await.len(), 2);
        desk.settle(&position, settlement.clone(), 450).await;
        let delivered = desk.deliver_all(500).await;
        let instants: Vec<_> = delivered.iter().map(|delivery| told(&delivery.content).1).collect();
        assert_eq!(instants, [at(400)], "{settlement:?}");
    }
}

#[tokio::test]
async fn history_without_a_clear_answer_is_asked_for_until_there_is_one() {
    let (desk, history) = sending_history().await;
    desk.settle(&history, unsure(300), 200).await;
    assert_eq!(desk.next(250).await, Next::WaitUntil(at(300)));
    let asked = desk.verify(300).await;
    assert_eq!(asked.times_not_there, 0);
    desk.settle(&asked, not_there(400), 300).await;
    let asked = desk.verify(400).await;
    assert_eq!((asked.times_not_there, asked.attempts), (1, 1));
    desk.settle(&asked, unsure(500), 400).await;
    let asked = desk.verify(500).await;
    assert_eq!(asked.times_not_there, 1, "a question without an answer does not count");
    desk.settle(&asked, again(500), 500).await;
    let sent = desk.deliver(500).await;
    assert_eq!((sent.id, sent.attempts), (history.id, 1));
    desk.settle(&sent, unsure(600), 500).await;
    assert_eq!(desk.verify(600).await.times_not_there, 0, "it counts from the last attempt on");
    desk.settle(&sent, done(), 600).await;
    assert_eq!(desk.statuses().await, [DeliveryStatus::Done]);
}

#[tokio::test]
async fn what_is_settled_stays_settled() {
    for (settlement, status) in [(done(), DeliveryStatus::Done), (refused(), DeliveryStatus::Refused)] {
        let (desk, history) = sending_history().await;
        desk.settle(&history, settlement, 300).await;
        for late in [again(400), unsure(400), refused(), done()] {
            desk.settle(&history, late, 400).await;
            assert_eq!(desk.statuses().await, [status]);
        }
    }
    let desk = Desk::new();
    desk.journal.settle(DeliveryId(77), done(), well(DISCOVR), at(0)).await.unwrap();
}

#[tokio::test]
async fn a_later_time_is_never_rounded_down() {
    let (desk, history) = sending_history().await;
    let late = at(300) + Duration::from_nanos(1);
    desk.settle(&history, Settlement::Again { at: late, why: "busy".into() }, 200).await;
    let Next::WaitUntil(until) = desk.next(300).await else { panic!("it is early") };
    assert!(until >= late);
}

#[tokio::test]
async fn what_is_refused_waits_for_the_user_and_is_shown() {
    let (desk, history) = sending_history().await;
    desk.settle(&history, refused(), 300).await;
    assert_eq!(desk.next(1_000_000).await, Next::Idle);
    let shown = desk.journal.deliveries(vec![DeliveryStatus::Refused]).await.unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].last_error.as_deref(), Some("no such title"));
    assert_eq!(desk.journal.deliveries(vec![DeliveryStatus::Due]).await.unwrap(), []);
    assert_eq!(desk.journal.retry(Some(history.id)).await.unwrap(), 1);
    // A service that says no may have done it, and an earlier attempt may have got there.
    assert_eq!(desk.verify(400).await.id, history.id);
}

#[tokio::test]
async fn the_time_of_an_unclear_attempt_is_that_of_its_end() {
    let (desk, history) = sending_history().await;
    desk.settle(&history, unsure(240), 230).await;
    let asked = desk.verify(240).await;
    assert_eq!(asked.last_attempt_at, Some(at(230)));
    desk.settle(&asked, not_there(250), 240).await;
    assert_eq!(desk.verify(250).await.last_attempt_at, Some(at(230)), "a question is no attempt");
}

#[tokio::test]
async fn what_the_service_cannot_tell_is_sent_again_when_the_user_says_so() {
    let (desk, history) = sending_history().await;
    desk.settle(&history, unsure(240), 230).await;
    desk.settle(&history, not_there(250), 240).await;
    desk.settle(&history, refused(), 250).await;
    desk.journal.retry(None).await.unwrap();
    // To ask once more would give the same answer.
    let again = desk.deliver(400).await;
    assert_eq!((again.id, again.times_not_there), (history.id, 0));
}

#[tokio::test]
async fn a_refused_position_gives_way_to_the_next_one() {
    let (desk, position) = sending_position().await;
    desk.settle(&position, refused(), 200).await;
    desk.record(EventKind::Progressed, &on(&viewing(1, "/a.mkv", 0), 40, 400)).await;
    assert_eq!(desk.statuses().await, [DeliveryStatus::Due]);
    let next = desk.deliver(400).await;
    assert_eq!((told(&next.content).1, next.attempts), (at(400), 0));
}

#[tokio::test]
async fn a_retry_makes_everything_ready_and_clears_the_clocks() {
    let desk = Desk::new();
    for number in 1..=3 {
        desk.watched(number, movie(number), number.cast_signed() * 200).await;
    }
    for settlement in [refused(), again(90_000), again(90_000)] {
        let delivery = desk.deliver(1_000).await;
        desk.settle(&delivery, settlement, 1_000).await;
    }
    let ill = ServiceState { not_before: Some(at(50_000)), failures: 9, ..well(DISCOVR) };
    desk.journal.set_service_state(ill).await.unwrap();
    assert_eq!(desk.next(2_000).await, Next::WaitUntil(at(50_000)));
    assert_eq!(desk.journal.retry(None).await.unwrap(), 6);
    assert_eq!(desk.journal.service_state(DISCOVR).await.unwrap(), well(DISCOVR));
    assert_eq!(desk.deliver_all(2_000).await.len(), 6);
    assert_eq!(desk.journal.retry(None).await.unwrap(), 0, "what arrived is left alone");
}

#[tokio::test]
async fn a_retry_of_one_leaves_the_others_and_what_is_unsure_is_asked_for() {
    let (desk, history) = sending_history().await;
    desk.settle(&history, unsure(90_000), 200).await;
    desk.watched(2, movie(2), 1_000).await;
    let other = desk.deliver(1_100).await;
    desk.settle(&other, again(80_000), 1_100).await;
    assert_eq!(desk.journal.retry(Some(history.id)).await.unwrap(), 1);
    assert_eq!(desk.verify(2_000).await.id, history.id);
    desk.settle(&history, done(), 2_000).await;
    desk.deliver_all(2_000).await;
    assert_eq!(desk.next(2_000).await, Next::WaitUntil(at(80_000)));
    assert_eq!(desk.journal.retry(Some(DeliveryId(99))).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_dropped_never_comes_back() {
    let desk = Desk::new();
    let ended = desk.watched(1, movie(1), 0).await;
    for row in desk.all().await {
        assert!(desk.journal.drop_delivery(row.id).await.unwrap());
        assert!(!desk.journal.drop_delivery(row.id).await.unwrap());
    }
    desk.record(EventKind::Completed, &ended).await;
    desk.identify(1, matched(movie(1)), 300).await;
    assert_eq!(desk.journal.retry(None).await.unwrap(), 0);
    assert_eq!(desk.all().await, []);
    assert_eq!(desk.next(400).await, Next::Idle);
}

#[tokio::test]
async fn what_is_on_its_way_or_done_cannot_be_dropped() {
    let (desk, history) = sending_history().await;
    assert!(!desk.journal.drop_delivery(history.id).await.unwrap());
    desk.settle(&history, done(), 300).await;
    assert!(!desk.journal.drop_delivery(history.id).await.unwrap());
    assert!(!desk.journal.drop_delivery(DeliveryId(99)).await.unwrap());
    let (desk, position) = sending_position().await;
    assert!(!desk.journal.drop_delivery(position.id).await.unwrap());
    for settlement in [unsure(300), refused()] {
        let (desk, history) = sending_history().await;
        desk.settle(&history, settlement, 300).await;
        assert!(desk.journal.drop_delivery(history.id).await.unwrap());
    }
}

#[tokio::test]
async fn a_delivery_that_is_dropped_while_it_is_asked_for_stays_dropped() {
    let (desk, history) = sending_history().await;
    desk.settle(&history, unsure(200), 200).await;
    let asked = desk.verify(300).await;
    assert!(desk.journal.drop_delivery(asked.id).await.unwrap());
    desk.settle(&asked, again(300), 300).await;
    assert_eq!(desk.next(400).await, Next::Idle);
}

#[tokio::test]
async fn what_is_put_back_after_a_correction_is_corrected_too() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let position = desk.deliver(200).await;
    desk.settle(&position, done(), 200).await;
    {
        let recipient = me();
        let mut asked =
            pin!(desk.journal.next(recipient.service, recipient.account, recipient.profile, at(300)));
        poll_fn(|context| {
            assert!(asked.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        // It is marked as sending when this arrives, and unheard of until the block ends.
        let filed = desk.identify(1, matched(movie(2)), 300).await;
        assert_eq!(filed.repairs[0].remedy, Remedy::AskedFirst);
    }
    let works = async || desk.history().await.iter().map(|row| told(&row.content).0).collect::<Vec<_>>();
    let mut tries = 0;
    while works().await != [movie_work(2)] {
        tries += 1;
        assert!(tries < 1_000, "{:?}", works().await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_the_viewing_really_was_does_not_wait_for_what_may_have_been_told() {
    let (desk, history) = sending_history().await;
    desk.settle(&history, unsure(300), 250).await;
    desk.identify(1, matched(movie(2)), 250).await;
    let sent = desk.deliver_all(260).await;
    assert!(sent.iter().any(|delivery| told(&delivery.content) == (movie_work(2), at(80))), "{sent:?}");
    assert!(desk.journal.drop_delivery(history.id).await.unwrap());
    let works: Vec<_> = desk.history().await.iter().map(|row| told(&row.content)).collect();
    assert_eq!(works, [(movie_work(2), at(80))]);
}

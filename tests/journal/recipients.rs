//! Whom a viewing is told: fixed when it begins, adopted when nothing was configured then.

use discovr_scrobbler::journal::{DeliveryStatus, Next, Recipient, Remedy, Settlement};
use discovr_scrobbler::playback::EventKind;

use crate::desk::{
    Desk, OTHER, at, completed, done, episodes, id, is_history, known, matched, me, movie, movie_work,
    of_parts, on, refused, to, told, unsure, viewing,
};

/// A movie completed at the 80th second after `start`, for `recipient`.
async fn watched(desk: &Desk, number: u64, tmdb: u64, start: i64, recipient: &Recipient) {
    let begun = viewing(number, &format!("/{number}.mkv"), start);
    let complete = completed(&begun, start + 80);
    desk.record_for(EventKind::Completed, &complete, std::slice::from_ref(recipient)).await;
    desk.identify(number, known(movie(tmdb)), start + 90).await;
}

#[tokio::test]
async fn recipients_are_fixed_when_a_viewing_begins() {
    let desk = Desk::new();
    let begun = viewing(1, "/a.mkv", 0);
    desk.record_for(EventKind::Started, &begun, &[to("me", "p1")]).await;
    desk.identify(1, known(movie(1)), 0).await;
    let elsewhere = [to("you", "p2"), Recipient { service: OTHER, ..to("me", "p1") }];
    desk.record_for(EventKind::Completed, &completed(&begun, 80), &elsewhere).await;
    let rows = desk.all().await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.recipient == to("me", "p1")), "{rows:?}");
}

#[tokio::test]
async fn a_viewing_without_recipients_is_told_to_nobody() {
    let desk = Desk::new();
    desk.record_for(EventKind::Completed, &completed(&viewing(1, "/a.mkv", 0), 80), &[]).await;
    assert_eq!(desk.identify(1, known(movie(1)), 90).await.queued, 0);
    assert_eq!(desk.all().await, []);
}

#[tokio::test]
async fn one_service_is_told_once_even_if_it_is_named_twice() {
    let desk = Desk::new();
    let complete = completed(&viewing(1, "/a.mkv", 0), 80);
    desk.record_for(EventKind::Completed, &complete, &[to("me", "p1"), to("you", "p2")]).await;
    desk.identify(1, known(movie(1)), 90).await;
    assert_eq!(desk.history().await.len(), 1);
}

#[tokio::test]
async fn what_was_queued_before_a_profile_was_named_goes_to_the_one_that_is_named_now() {
    let desk = Desk::new();
    watched(&desk, 1, 1, 0, &to("me", "")).await;
    let Next::Deliver(first) = desk.next_for(&to("me", ""), 100).await else { panic!("nothing") };
    assert_eq!(first.recipient, to("me", ""));
    desk.settle(&first, done(), 100).await;
    let Next::Deliver(second) = desk.next_for(&to("me", "p1"), 100).await else { panic!("nothing") };
    assert_eq!(second.recipient, to("me", "p1"));
    assert_eq!(told(&second.content).1, at(80));
    // What the viewing gives rise to later goes there too.
    desk.record_for(EventKind::Stopped, &on(&completed(&viewing(1, "/1.mkv", 0), 80), 90, 100), &[]).await;
    assert_eq!(desk.positions().await[0].recipient, to("me", "p1"));
}

#[tokio::test]
async fn what_was_queued_before_an_account_was_known_goes_to_it_and_keeps_a_named_profile() {
    let desk = Desk::new();
    watched(&desk, 1, 1, 0, &to("", "")).await;
    watched(&desk, 2, 2, 200, &to("", "kids")).await;
    let mut recipients = Vec::new();
    while let Next::Deliver(delivery) = desk.next_for(&to("me", "p1"), 1_000).await {
        desk.settle(&delivery, done(), 1_000).await;
        recipients.push(delivery.recipient);
    }
    assert_eq!(recipients, [to("me", "p1"), to("me", "p1"), to("me", "kids"), to("me", "kids")]);
}

#[tokio::test]
async fn what_belongs_to_another_account_stays_and_to_another_profile_comes_with_its_own() {
    let desk = Desk::new();
    watched(&desk, 1, 1, 0, &to("you", "p9")).await;
    watched(&desk, 2, 2, 200, &to("me", "p2")).await;
    watched(&desk, 3, 3, 400, &to("you", "")).await;
    let delivered = desk.deliver_all(1_000).await;
    assert_eq!(delivered.len(), 2);
    assert!(delivered.iter().all(|delivery| delivery.recipient == to("me", "p2")));
    assert_eq!(desk.next(1_000).await, Next::Idle);
    let rest = desk.journal.deliveries(vec![DeliveryStatus::Due]).await.unwrap();
    assert_eq!(rest.len(), 4);
    assert!(rest.iter().all(|row| row.recipient.account.0 == "you"));
    assert_eq!(rest[3].recipient, to("you", ""));
}

#[tokio::test]
async fn adopted_history_keeps_its_distance_from_what_is_there() {
    let desk = Desk::new();
    watched(&desk, 1, 1, 0, &to("me", "p1")).await;
    watched(&desk, 2, 1, 0, &to("me", "")).await;
    watched(&desk, 3, 1, 0, &to("", "")).await;
    let history: Vec<_> =
        desk.deliver_all(1_000).await.into_iter().filter(|delivery| is_history(&delivery.content)).collect();
    assert_eq!(history.len(), 3);
    assert!(history.iter().all(|delivery| delivery.recipient == to("me", "p1")));
    let mut instants: Vec<_> =
        history.iter().map(|delivery| told(&delivery.content).1.as_millisecond()).collect();
    instants.sort_unstable();
    assert!(instants.windows(2).all(|pair| pair[1] - pair[0] > 2_000), "{instants:?}");
}

#[tokio::test]
async fn of_an_adopted_position_and_the_one_that_waits_the_newer_stays() {
    for (adopted, waiting) in [(0, 500), (500, 0)] {
        let desk = Desk::new();
        for (number, start, recipient) in [(1, adopted, to("me", "")), (2, waiting, to("me", "p1"))] {
            let stopped = on(&viewing(number, &format!("/{number}.mkv"), start), 50, start + 50);
            desk.record_for(EventKind::Stopped, &stopped, &[recipient]).await;
            desk.identify(number, known(movie(1)), 600).await;
        }
        let delivered = desk.deliver_all(1_000).await;
        assert_eq!(delivered.len(), 1);
        assert_eq!(told(&delivered[0].content).1, at(550));
    }
}

#[tokio::test]
async fn what_may_have_been_sent_is_adopted_with_the_instant_it_was_sent_with() {
    let desk = Desk::new();
    let nobody = to("me", "");
    watched(&desk, 1, 1, 0, &nobody).await;
    watched(&desk, 2, 1, 0, &to("me", "p1")).await;
    while let Next::Deliver(delivery) = desk.next_for(&nobody, 100).await {
        let settlement =
            if delivery.viewing == id(1) && is_history(&delivery.content) { unsure(200) } else { refused() };
        desk.settle(&delivery, settlement, 100).await;
    }
    let asked = desk.verify(300).await;
    assert_eq!((asked.recipient, told(&asked.content).1), (to("me", "p1"), at(80)));
}

#[tokio::test]
async fn an_adopted_position_is_not_told_after_a_newer_one() {
    let desk = Desk::new();
    for (number, start, recipient) in [(1, 0, to("me", "")), (2, 500, to("me", "p1"))] {
        let stopped = on(&viewing(number, &format!("/{number}.mkv"), start), 50, start + 50);
        desk.record_for(EventKind::Stopped, &stopped, &[recipient]).await;
        desk.identify(number, known(movie(1)), 600).await;
    }
    // Without a profile the first cannot be told yet; the second can.
    let Next::Deliver(first) = desk.next_for(&to("me", ""), 700).await else { panic!("nothing") };
    assert_eq!(first.viewing, id(1));
    desk.settle(&first, unsure(900), 700).await;
    let Next::Deliver(second) = desk.next_for(&to("me", ""), 700).await else { panic!("nothing") };
    assert_eq!(second.viewing, id(2));
    desk.settle(&second, done(), 700).await;
    assert_eq!(desk.next(1_000).await, Next::Idle);
    assert_eq!(desk.all().await, []);
}

fn no_such_profile() -> Settlement {
    Settlement::NoSuchProfile { why: "no such profile".into() }
}

#[tokio::test]
async fn what_waits_for_a_profile_that_does_not_exist_is_adopted() {
    let desk = Desk::new();
    watched(&desk, 1, 1, 0, &to("me", "typo")).await;
    watched(&desk, 2, 2, 200, &to("me", "typo")).await;
    watched(&desk, 3, 1, 0, &to("me", "p1")).await;
    let Next::Deliver(first) = desk.next(1_000).await else { panic!("nothing") };
    assert_eq!(first.recipient, to("me", "typo"));
    desk.settle(&first, no_such_profile(), 1_000).await;
    let rest = desk.deliver_all(1_000).await;
    assert!(rest.iter().all(|delivery| delivery.recipient == me()), "{rest:?}");
    // Of the movie that was watched for both, one position and two entries at a distance.
    assert_eq!(rest.iter().filter(|delivery| !is_history(&delivery.content)).count(), 2);
    let mut instants: Vec<_> = rest
        .iter()
        .filter(|delivery| is_history(&delivery.content))
        .map(|delivery| told(&delivery.content).1.as_millisecond())
        .collect();
    assert_eq!(instants.len(), 3);
    instants.sort_unstable();
    assert!(instants.windows(2).all(|pair| pair[1] - pair[0] > 2_000), "{instants:?}");
    // What the viewing gives rise to later goes there too.
    desk.record_for(EventKind::Stopped, &on(&completed(&viewing(2, "/2.mkv", 200), 280), 90, 1_100), &[])
        .await;
    assert_eq!(desk.positions().await[0].recipient, me());
}

#[tokio::test]
async fn what_is_unsure_for_a_profile_that_does_not_exist_is_asked_for_in_the_one_that_is_named_now() {
    let desk = Desk::new();
    watched(&desk, 1, 1, 0, &to("me", "typo")).await;
    let position = desk.deliver(100).await;
    desk.settle(&position, done(), 100).await;
    let history = desk.deliver(100).await;
    desk.settle(&history, unsure(200), 100).await;
    let asked = desk.verify(300).await;
    desk.settle(&asked, no_such_profile(), 300).await;
    let asked = desk.verify(300).await;
    assert_eq!((asked.id, asked.recipient, told(&asked.content).1), (history.id, me(), at(80)));
}

#[tokio::test]
async fn what_waits_for_a_profile_that_was_told_something_is_refused_until_it_is_retried() {
    let desk = Desk::new();
    watched(&desk, 1, 1, 0, &to("me", "p2")).await;
    assert_eq!(desk.deliver_all(100).await.len(), 2);
    watched(&desk, 2, 2, 200, &to("me", "p2")).await;
    let unclear = desk.deliver(300).await;
    desk.settle(&unclear, no_such_profile(), 300).await;
    assert_eq!(desk.next(400).await, Next::Idle);
    let refused = desk.journal.deliveries(vec![DeliveryStatus::Refused]).await.unwrap();
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|row| row.last_error.as_deref() == Some("no such profile")));
    assert_eq!(desk.journal.retry(None).await.unwrap(), 2);
    assert!(desk.deliver_all(500).await.iter().all(|delivery| delivery.recipient == me()));
    let recipients: Vec<_> = desk.history().await.into_iter().map(|row| row.recipient).collect();
    assert_eq!(recipients, [to("me", "p2"), me()]);
}

#[tokio::test]
async fn a_correction_while_a_profile_turns_out_to_be_gone_is_refused_with_the_rest() {
    let desk = Desk::new();
    watched(&desk, 1, 1, 0, &to("me", "p2")).await;
    assert_eq!(desk.deliver_all(100).await.len(), 2);
    let begun = of_parts(&viewing(2, "/2.mkv", 200), 2);
    desk.record_for(EventKind::Completed, &completed(&begun, 280), &[to("me", "p2")]).await;
    desk.identify(2, known(episodes(7, 1, &[1, 2])), 290).await;
    let position = desk.deliver(300).await;
    desk.settle(&position, done(), 300).await;
    for _ in 0..2 {
        let entry = desk.deliver(300).await;
        desk.settle(&entry, unsure(400), 300).await;
    }
    let filed = desk.identify(2, matched(movie(2)), 350).await;
    assert!(filed.repairs.iter().all(|repair| repair.remedy == Remedy::AskedFirst), "{filed:?}");
    assert_eq!(filed.repairs.len(), 2);
    let position = desk.deliver(360).await;
    desk.settle(&position, no_such_profile(), 360).await;
    assert_eq!(desk.next(1_000).await, Next::Idle);
    let works: Vec<_> = desk.history().await.iter().map(|row| (told(&row.content).0, row.status)).collect();
    assert_eq!(works, [(movie_work(1), DeliveryStatus::Done), (movie_work(2), DeliveryStatus::Refused)]);
}

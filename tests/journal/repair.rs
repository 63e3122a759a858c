//! What a service was told of a viewing by mistake: every state in which a correction can find it.

use discovr_scrobbler::journal::{
    Content, Delivery, DeliveryRow, DeliveryStatus, Filed, Next, Remedy, Settlement, Sibling,
};
use discovr_scrobbler::playback::EventKind;
use jiff::Timestamp;

use crate::desk::{
    Desk, again, at, completed, done, episode_work, episodes, id, is_history, is_retraction, known, matched,
    movie, movie_work, not_there, on, refused, ruled, to, told, unsure, viewing,
};

/// A movie that was watched to its end and told as movie 1.
async fn told_as_movie_1() -> Desk {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    assert_eq!(desk.deliver_all(200).await.len(), 2);
    desk
}

/// Corrects the viewing, and says what is done about what it was told as.
async fn corrected(desk: &Desk, tmdb: u64, seconds: i64) -> Vec<Remedy> {
    let filed = desk.identify(1, matched(movie(tmdb)), seconds).await;
    assert!(filed.changed);
    filed.repairs.into_iter().map(|repair| repair.remedy).collect()
}

/// Work and status of what lasts, in order.
async fn lasting(desk: &Desk) -> Vec<(&'static str, u64, DeliveryStatus)> {
    desk.all()
        .await
        .iter()
        .filter_map(|row| {
            let what = match row.content {
                Content::History { .. } => "entry",
                Content::Retraction { .. } => "retraction",
                Content::Playback { .. } | Content::Clearing { .. } => return None,
            };
            Some((what, tmdb(row), row.status))
        })
        .collect()
}

fn tmdb(row: &DeliveryRow) -> u64 {
    (1..9).find(|&tmdb| movie_work(tmdb) == told(&row.content).0).unwrap()
}

/// Delivers positions and entries until a retraction comes.
async fn the_retraction(desk: &Desk, seconds: i64) -> Delivery {
    for _ in 0..9 {
        let delivery = desk.deliver(seconds).await;
        if is_retraction(&delivery.content) {
            return delivery;
        }
        desk.settle(&delivery, done(), seconds).await;
    }
    panic!("there is none: {:?}", desk.all().await);
}

#[tokio::test]
async fn what_has_arrived_is_taken_back_and_told_right_with_its_true_time() {
    let desk = told_as_movie_1().await;
    let filed = desk.identify(1, matched(movie(2)), 500).await;
    assert_eq!(filed.queued, 2, "its position and its entry");
    assert_eq!(filed.repairs.len(), 1);
    let repair = &filed.repairs[0];
    assert_eq!((repair.work, repair.remedy), (movie_work(1), Remedy::TakenBack));
    assert_eq!((repair.service, repair.label.as_str()), (crate::desk::DISCOVR, "Some Title"));

    let delivered = desk.deliver_all(600).await;
    assert!(is_retraction(&delivered[0].content), "it goes first");
    assert_eq!(told(&delivered[0].content), (movie_work(1), at(80)), "it names the entry by its instant");
    let entry = delivered.iter().find(|delivery| is_history(&delivery.content)).unwrap();
    assert_eq!(told(&entry.content), (movie_work(2), at(80)));
    assert_eq!(
        lasting(&desk).await,
        [("retraction", 1, DeliveryStatus::Done), ("entry", 2, DeliveryStatus::Done)],
    );
    assert_eq!(desk.next(700).await, Next::Idle);
}

#[tokio::test]
async fn nothing_is_done_twice_however_often_the_viewing_goes_on_or_is_matched() {
    let desk = told_as_movie_1().await;
    desk.identify(1, matched(movie(2)), 500).await;
    for round in 0..3 {
        desk.record(
            EventKind::Stopped,
            &on(&completed(&viewing(1, "/films/1.mkv", 0), 80), 100, 600 + round),
        )
        .await;
        desk.identify(1, matched(movie(2)), 600 + round).await;
        desk.deliver_all(600 + round).await;
    }
    assert_eq!(desk.retractions().await.len(), 1);
    assert_eq!(desk.history().await.len(), 1);
}

#[tokio::test]
async fn what_may_have_arrived_is_asked_for_and_taken_back_only_when_it_is_there() {
    for (there, sending) in [(true, true), (true, false), (false, true), (false, false)] {
        let desk = Desk::new();
        desk.watched(1, movie(1), 0).await;
        let position = desk.deliver(200).await;
        desk.settle(&position, done(), 200).await;
        let entry = desk.deliver(200).await;
        if !sending {
            desk.settle(&entry, unsure(300), 200).await;
        }
        assert_eq!(corrected(&desk, 2, 250).await, [Remedy::AskedFirst]);
        // The right one does not wait for the answer.
        let right = desk.history().await.into_iter().find(|row| tmdb(row) == 2).unwrap();
        assert_eq!((right.status, told(&right.content).1), (DeliveryStatus::Due, at(80)));
        if sending {
            desk.settle(&entry, unsure(300), 290).await;
        }
        let asked = desk.verify(300).await;
        assert_eq!(asked.content, entry.content);
        if there {
            desk.settle(&asked, done(), 300).await;
            desk.deliver_all(310).await;
            let expected = [("entry", 2, DeliveryStatus::Done), ("retraction", 1, DeliveryStatus::Done)];
            assert_eq!(lasting(&desk).await, expected);
        } else {
            desk.settle(&asked, not_there(320), 300).await;
            let asked = desk.verify(320).await;
            desk.settle(&asked, again(320), 320).await;
            desk.deliver_all(330).await;
            assert_eq!(lasting(&desk).await, [("entry", 2, DeliveryStatus::Done)], "it is never sent again");
        }
        assert_eq!(desk.next(900).await, Next::Idle);
    }
}

#[tokio::test]
async fn what_is_on_its_way_is_withdrawn_once_it_certainly_did_not_arrive() {
    for settlement in [again(700), refused()] {
        let desk = Desk::new();
        desk.watched(1, movie(1), 0).await;
        let position = desk.deliver(200).await;
        desk.settle(&position, done(), 200).await;
        let entry = desk.deliver(200).await;
        corrected(&desk, 2, 500).await;
        desk.settle(&entry, settlement, 600).await;
        assert_eq!(lasting(&desk).await, [("entry", 2, DeliveryStatus::Due)]);
    }
}

#[tokio::test]
async fn what_was_refused_or_waits_is_simply_withdrawn() {
    for settlement in [None, Some(refused()), Some(again(900))] {
        let desk = Desk::new();
        desk.watched(1, movie(1), 0).await;
        if let Some(settlement) = settlement {
            let position = desk.deliver(200).await;
            desk.settle(&position, done(), 200).await;
            let entry = desk.deliver(200).await;
            desk.settle(&entry, settlement, 200).await;
        }
        assert_eq!(corrected(&desk, 2, 500).await, []);
        assert_eq!(lasting(&desk).await, [("entry", 2, DeliveryStatus::Due)]);
    }
}

#[tokio::test]
async fn a_correction_back_cancels_what_was_not_taken_back_yet() {
    for settlement in [None, Some(again(900)), Some(refused())] {
        let desk = told_as_movie_1().await;
        corrected(&desk, 2, 500).await;
        if let Some(settlement) = settlement {
            let retraction = the_retraction(&desk, 510).await;
            desk.settle(&retraction, settlement, 510).await;
        }
        assert_eq!(corrected(&desk, 1, 520).await, []);
        assert_eq!(lasting(&desk).await, [("entry", 1, DeliveryStatus::Done)]);
    }
}

#[tokio::test]
async fn a_correction_back_after_both_were_done_takes_back_the_one_and_adds_the_other_again() {
    let desk = told_as_movie_1().await;
    corrected(&desk, 2, 500).await;
    desk.deliver_all(510).await;
    assert_eq!(corrected(&desk, 1, 520).await, [Remedy::TakenBack]);
    desk.deliver_all(530).await;
    assert_eq!(
        lasting(&desk).await,
        [
            ("retraction", 1, DeliveryStatus::Done),
            ("retraction", 2, DeliveryStatus::Done),
            ("entry", 1, DeliveryStatus::Done),
        ]
    );
    // Its instant cannot be taken for that of the one that was taken back.
    let instant = told(&desk.history().await[0].content).1;
    assert!(instant.duration_since(at(80)).as_secs() >= 3 && instant < at(90), "{instant}");
    // And once more.
    assert_eq!(corrected(&desk, 2, 600).await, [Remedy::TakenBack]);
    let delivered = desk.deliver_all(610).await;
    assert_eq!(told(&delivered[0].content), (movie_work(1), instant));
    let entries: Vec<_> = desk.history().await.iter().map(tmdb).collect();
    assert_eq!(entries, [2]);
}

#[tokio::test]
async fn a_correction_back_while_it_is_taken_back_waits_for_how_that_ends() {
    for (asked, gone) in [(false, true), (false, false), (true, true), (true, false)] {
        let desk = told_as_movie_1().await;
        corrected(&desk, 2, 500).await;
        let retraction = the_retraction(&desk, 510).await;
        if asked {
            desk.settle(&retraction, unsure(515), 510).await;
        }
        let filed = desk.identify(1, matched(movie(1)), 520).await;
        assert_eq!(filed.repairs[0].remedy, Remedy::Returns);
        assert!(!desk.history().await.iter().any(|row| tmdb(row) == 1 && row.status == DeliveryStatus::Due));
        let retraction = if asked { desk.verify(530).await } else { retraction };
        desk.settle(&retraction, if gone { done() } else { again(530) }, 530).await;
        desk.deliver_all(540).await;
        let entries: Vec<_> = desk.history().await.iter().map(|row| (tmdb(row), row.status)).collect();
        assert_eq!(entries, [(1, DeliveryStatus::Done)], "asked {asked}, gone {gone}");
        let there_again = told(&desk.history().await[0].content).1 > at(80);
        assert_eq!(there_again, gone, "it is added again only when it is gone");
    }
}

#[tokio::test]
async fn a_retraction_found_as_sending_is_asked_for() {
    let desk = told_as_movie_1().await;
    corrected(&desk, 2, 500).await;
    let retraction = the_retraction(&desk, 510).await;
    let desk = desk.crashed();
    assert_eq!(desk.journal.recover().await.unwrap(), 1);
    let asked = desk.verify(520).await;
    assert_eq!((asked.id, asked.content), (retraction.id, retraction.content));
    desk.settle(&asked, not_there(540), 520).await;
    let asked = desk.verify(540).await;
    desk.settle(&asked, again(540), 540).await;
    assert_eq!(desk.deliver(540).await.id, retraction.id);
}

#[tokio::test]
async fn a_correction_that_a_crash_follows_is_whole() {
    let desk = told_as_movie_1().await;
    corrected(&desk, 2, 500).await;
    let desk = desk.crashed();
    assert_eq!(
        lasting(&desk).await,
        [
            ("entry", 1, DeliveryStatus::Done),
            ("retraction", 1, DeliveryStatus::Due),
            ("entry", 2, DeliveryStatus::Due),
        ]
    );
}

#[tokio::test]
async fn a_second_correction_takes_back_only_what_was_told() {
    let desk = told_as_movie_1().await;
    corrected(&desk, 2, 500).await;
    assert_eq!(corrected(&desk, 3, 510).await, [Remedy::TakenBack]);
    desk.deliver_all(520).await;
    assert_eq!(
        lasting(&desk).await,
        [("retraction", 1, DeliveryStatus::Done), ("entry", 3, DeliveryStatus::Done)]
    );
}

#[tokio::test]
async fn of_several_episodes_only_the_wrong_ones_are_taken_back() {
    let desk = Desk::new();
    desk.watched(1, episodes(5, 1, &[1, 2]), 0).await;
    desk.deliver_all(200).await;
    let filed = desk.identify(1, matched(episodes(5, 1, &[2, 3])), 300).await;
    let repaired: Vec<_> = filed.repairs.iter().map(|repair| (repair.work, repair.label.as_str())).collect();
    assert_eq!(repaired, [(episode_work(5, 1, 1), "Some Title S01E01")]);
    desk.deliver_all(400).await;
    let works: Vec<_> = desk.history().await.iter().map(|row| told(&row.content).0).collect();
    assert_eq!(works, [episode_work(5, 1, 2), episode_work(5, 1, 3)]);
}

#[tokio::test]
async fn a_retraction_knows_which_other_entries_must_stay() {
    let desk = Desk::new();
    for number in 1..=3 {
        desk.watched(number, movie(1), number.cast_signed() * 1_000).await;
    }
    desk.deliver_all(9_000).await;
    assert_eq!(corrected(&desk, 2, 9_100).await, [Remedy::MayStay]);
    let instant = |number: i64| at(number * 1_000 + 80);
    let Settlement::Done { proof } = done() else { panic!("that is no proof") };
    let receipt = || Some(proof.clone());
    let sibling = |(number, wrong)| Sibling { at: instant(number), wrong, receipt: receipt() };
    let siblings = |of: [(i64, bool); 2]| of.map(sibling).to_vec();
    let retraction = the_retraction(&desk, 9_200).await;
    assert_eq!(retraction.receipt, receipt());
    assert_eq!(retraction.siblings, siblings([(2, false), (3, false)]));
    desk.settle(&retraction, refused(), 9_200).await;
    // Another one that goes is another chance.
    desk.identify(2, matched(movie(2)), 9_300).await;
    let first = the_retraction(&desk, 9_400).await;
    assert_eq!((first.id, first.siblings.clone()), (retraction.id, siblings([(2, true), (3, false)])));
    desk.settle(&first, refused(), 9_400).await;
    let second = the_retraction(&desk, 9_400).await;
    assert_eq!(second.siblings, siblings([(1, true), (3, false)]));
    desk.settle(&second, refused(), 9_400).await;
    assert_eq!(desk.identify(3, matched(movie(2)), 9_500).await.repairs[0].remedy, Remedy::TakenBack);
    let first = the_retraction(&desk, 9_600).await;
    assert!(first.siblings.iter().all(|sibling| sibling.wrong), "{first:?}");
    desk.settle(&first, done(), 9_600).await;
    // The others may have gone with it.
    for _ in 0..2 {
        let asked = desk.verify(9_600).await;
        assert!(is_retraction(&asked.content));
        desk.settle(&asked, done(), 9_600).await;
    }
    desk.deliver_all(9_600).await;
    assert!(desk.history().await.iter().all(|row| tmdb(row) == 2));
}

#[tokio::test]
async fn an_entry_that_may_have_gone_with_another_is_asked_for_before_it_is_right_again() {
    for (settled_first, gone) in [(true, true), (true, false), (false, true), (false, false)] {
        let desk = Desk::new();
        for number in 1..=2 {
            desk.watched(number, movie(1), number.cast_signed() * 1_000).await;
        }
        desk.deliver_all(9_000).await;
        desk.identify(1, matched(movie(2)), 9_100).await;
        desk.identify(2, matched(movie(2)), 9_100).await;
        let first = the_retraction(&desk, 9_200).await;
        if settled_first {
            desk.settle(&first, done(), 9_200).await;
        }
        let filed = desk.identify(2, matched(movie(1)), 9_300).await;
        assert!(filed.repairs.iter().any(|repair| repair.remedy == Remedy::Returns), "{filed:?}");
        if !settled_first {
            desk.settle(&first, done(), 9_310).await;
        }
        let asked = desk.verify(9_320).await;
        assert_eq!((asked.viewing, told(&asked.content).0), (id(2), movie_work(1)));
        desk.settle(&asked, if gone { done() } else { again(9_330) }, 9_320).await;
        desk.deliver_all(9_400).await;
        let of_2: Vec<_> = desk.history().await.into_iter().filter(|row| row.viewing == id(2)).collect();
        assert_eq!(of_2.len(), 1);
        assert_eq!((tmdb(&of_2[0]), of_2[0].status), (1, DeliveryStatus::Done));
        assert_eq!(told(&of_2[0].content).1 > at(2_080), gone, "it is added again if it is gone");
    }
}

#[tokio::test]
async fn entries_of_other_profiles_and_works_do_not_count() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    desk.watched(2, movie(3), 1_000).await;
    let begun = viewing(3, "/3.mkv", 2_000);
    desk.record_for(EventKind::Completed, &completed(&begun, 2_080), &[to("me", "p2")]).await;
    desk.identify(3, known(movie(1)), 2_090).await;
    // Watched again, and not told yet.
    desk.deliver_all(3_000).await;
    desk.watched(4, movie(1), 4_000).await;
    assert_eq!(corrected(&desk, 2, 5_000).await, [Remedy::TakenBack]);
    let retraction = desk.deliver(5_100).await;
    assert!(is_retraction(&retraction.content), "it goes before the new entry of the same work");
    assert_eq!(retraction.siblings, []);
}

#[tokio::test]
async fn what_is_given_up_stays_and_counts_as_right() {
    let desk = Desk::new();
    for number in 1..=2 {
        desk.watched(number, movie(1), number.cast_signed() * 1_000).await;
    }
    desk.deliver_all(9_000).await;
    corrected(&desk, 2, 9_100).await;
    let retraction = desk.retractions().await.remove(0);
    assert!(desk.journal.drop_delivery(retraction.id).await.unwrap());
    desk.deliver_all(9_200).await;
    assert_eq!(desk.identify(2, matched(movie(2)), 9_300).await.repairs[0].remedy, Remedy::MayStay);
    assert_eq!(corrected(&desk, 3, 9_400).await, [Remedy::Stays, Remedy::TakenBack]);
}

#[tokio::test]
async fn a_retraction_stays_with_the_profile_that_has_the_entry() {
    let desk = Desk::new();
    let begun = viewing(1, "/1.mkv", 0);
    desk.record_for(EventKind::Completed, &completed(&begun, 80), &[to("me", "p2")]).await;
    desk.identify(1, known(movie(1)), 90).await;
    desk.deliver_all(100).await;
    corrected(&desk, 2, 200).await;
    let retraction = desk.deliver(300).await;
    assert!(is_retraction(&retraction.content));
    desk.settle(&retraction, Settlement::NoSuchProfile { why: "no such profile".into() }, 300).await;
    assert_eq!(desk.next(400).await, Next::Idle);
    let row = desk.retractions().await.remove(0);
    assert_eq!((row.status, row.recipient), (DeliveryStatus::Refused, to("me", "p2")));
    assert_eq!(row.last_error.as_deref(), Some("no such profile"));
    desk.journal.retry(None).await.unwrap();
    assert_eq!(desk.verify(500).await.recipient, to("me", "p2"));
}

#[tokio::test]
async fn the_listings_call_a_wrong_entry_by_its_own_name() {
    let desk = Desk::new();
    let named = |tmdb: u64, label: &str| match matched(movie(tmdb)) {
        discovr_scrobbler::identify::Identification::Known(mut identified) => {
            identified.label = label.into();
            discovr_scrobbler::identify::Identification::Known(identified)
        }
        held @ discovr_scrobbler::identify::Identification::Held { .. } => held,
    };
    desk.record(EventKind::Completed, &completed(&viewing(1, "/1.mkv", 0), 80)).await;
    desk.identify(1, named(1, "One"), 100).await;
    desk.deliver_all(200).await;
    desk.identify(1, named(2, "Two"), 300).await;
    desk.identify(1, named(3, "Three"), 310).await;
    let labels: Vec<_> = desk.all().await.into_iter().map(|row| (tmdb(&row), row.label)).collect();
    for (tmdb, label) in labels {
        assert_eq!(label, ["One", "Two", "Three"][usize::try_from(tmdb).unwrap() - 1], "{tmdb}");
    }
    let shown = desk.journal.viewing(id(1)).await.unwrap().unwrap();
    assert_eq!(
        shown.deliveries.iter().filter(|row| row.label == "One").count(),
        3,
        "{:#?}",
        shown.deliveries
    );
}

/// The titles that there is no position of any more, and when that was found out.
async fn cleared(desk: &Desk) -> Vec<(u64, Timestamp)> {
    let positions = desk.positions().await;
    let clearing = positions.iter().filter(|row| matches!(row.content, Content::Clearing { .. }));
    clearing.map(|row| (tmdb(row), told(&row.content).1)).collect()
}

#[tokio::test]
async fn a_position_that_was_told_of_another_title_is_taken_back() {
    let desk = Desk::new();
    desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 50, 50)).await;
    desk.identify(1, known(movie(1)), 60).await;
    desk.deliver_all(100).await;
    desk.identify(1, matched(movie(2)), 200).await;
    assert_eq!(cleared(&desk).await, [(1, at(200))]);
    assert_eq!(desk.deliver_all(300).await.len(), 2);
    assert_eq!(desk.positions().await, []);
    // It is done: a later correction does not do it again.
    desk.identify(1, matched(movie(3)), 400).await;
    assert_eq!(cleared(&desk).await, [(2, at(400))]);
}

#[tokio::test]
async fn a_position_that_was_never_told_is_not_taken_back() {
    let desk = Desk::new();
    desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 50, 50)).await;
    desk.identify(1, known(movie(1)), 60).await;
    desk.identify(1, matched(movie(2)), 200).await;
    assert_eq!(cleared(&desk).await, []);
    // Nor what another viewing of that title has told since.
    desk.deliver_all(300).await;
    desk.record(EventKind::Stopped, &on(&viewing(2, "/b.mkv", 0), 10, 350)).await;
    desk.identify(2, known(movie(2)), 360).await;
    desk.deliver_all(400).await;
    desk.identify(1, matched(movie(3)), 500).await;
    assert_eq!(cleared(&desk).await, []);
}

#[tokio::test]
async fn a_position_on_its_way_is_taken_back_when_it_arrives_after_all() {
    let desk = Desk::new();
    desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 50, 50)).await;
    desk.identify(1, known(movie(1)), 60).await;
    let wrong = desk.deliver(100).await;
    desk.identify(1, matched(movie(2)), 200).await;
    assert_eq!(cleared(&desk).await, []);
    desk.settle(&wrong, done(), 210).await;
    assert_eq!(cleared(&desk).await, [(1, at(210))]);
}

#[tokio::test]
async fn a_title_that_is_watched_after_all_gets_its_position() {
    // Matched back, before and after the taking back was sent.
    for sent in [false, true] {
        let desk = Desk::new();
        desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 50, 50)).await;
        desk.identify(1, known(movie(1)), 60).await;
        desk.deliver_all(100).await;
        desk.identify(1, matched(movie(2)), 200).await;
        if sent {
            desk.deliver_all(250).await;
        }
        desk.identify(1, matched(movie(1)), 300).await;
        assert_eq!(cleared(&desk).await, if sent { vec![(2, at(300))] } else { vec![] });
        let last: Vec<_> = desk.deliver_all(400).await.iter().map(|delivery| delivery.content).collect();
        let last_of_1 = last.iter().rev().find(|content| told(content).0 == movie_work(1)).unwrap();
        assert!(matches!(last_of_1, Content::Playback { .. }), "{last:?}");
        assert_eq!(told(last_of_1).1, at(50));
    }
    // Another one of it begins while that is on its way, which fails then.
    let desk = Desk::new();
    desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 50, 50)).await;
    desk.identify(1, known(movie(1)), 60).await;
    desk.deliver_all(100).await;
    desk.identify(1, matched(movie(2)), 200).await;
    let clearing = loop {
        let delivery = desk.deliver(210).await;
        if matches!(delivery.content, Content::Clearing { .. }) {
            break delivery;
        }
        desk.settle(&delivery, done(), 210).await;
    };
    desk.record(EventKind::Stopped, &on(&viewing(2, "/b.mkv", 190), 10, 195)).await;
    desk.identify(2, known(movie(1)), 220).await;
    desk.settle(&clearing, again(230), 220).await;
    let rest: Vec<_> = desk.deliver_all(300).await.iter().map(|delivery| told(&delivery.content)).collect();
    assert_eq!(rest, [(movie_work(2), at(50)), (movie_work(1), at(195))]);
}

#[tokio::test]
async fn a_position_is_not_taken_back_from_another_profile() {
    let desk = Desk::new();
    desk.record_for(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 50, 50), &[to("me", "p2")]).await;
    desk.identify(1, known(movie(1)), 60).await;
    desk.deliver_all(100).await;
    desk.identify(1, matched(movie(2)), 200).await;
    assert_eq!(cleared(&desk).await, [(1, at(200))]);
    let first = desk.deliver(300).await;
    desk.settle(&first, Settlement::NoSuchProfile { why: "no such profile".into() }, 300).await;
    assert_eq!(cleared(&desk).await, []);
    assert!(desk.deliver_all(400).await.iter().all(|delivery| told(&delivery.content).0 == movie_work(2)));
}

#[tokio::test]
async fn a_look_up_that_comes_late_changes_nothing_that_was_told_or_that_the_user_said() {
    let desk = told_as_movie_1().await;
    assert_eq!(desk.identify(1, known(movie(2)), 300).await, Filed::default());
    assert_eq!(lasting(&desk).await, [("entry", 1, DeliveryStatus::Done)]);
    // A rule is the user's word for many.
    assert!(desk.identify(1, ruled(movie(3)), 400).await.changed);
    assert_eq!(desk.identify(1, known(movie(1)), 500).await, Filed::default());
    desk.deliver_all(600).await;
    assert_eq!(lasting(&desk).await.iter().filter(|row| row.0 == "entry").count(), 1);

    let fresh = Desk::new();
    fresh.watched(1, movie(1), 0).await;
    assert!(fresh.identify(1, ruled(movie(3)), 1).await.changed, "nothing was told yet");
    assert_eq!(fresh.identify(1, known(movie(1)), 2).await, Filed::default());
}

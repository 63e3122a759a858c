//! What a viewing gives rise to: positions that coalesce, history that never does.

use std::collections::HashSet;

use discovr_scrobbler::journal::{DeliveryStatus, Filed};
use discovr_scrobbler::playback::EventKind;

use crate::desk::{
    Desk, again, at, completed, completed_at, done, episode_work, episodes, held, id, known, matched, movie,
    movie_work, of_parts, on, part_completed, percent, told, viewing,
};

#[tokio::test]
async fn what_is_held_is_told_to_nobody_and_what_is_matched_later_has_its_true_times() {
    let desk = Desk::new();
    let begun = viewing(1, "/a.mkv", 0);
    desk.record(EventKind::Started, &begun).await;
    desk.identify(1, held(), 1).await;
    desk.record(EventKind::Progressed, &on(&begun, 40, 400)).await;
    let complete = completed(&begun, 800);
    desk.record(EventKind::Completed, &complete).await;
    desk.record(EventKind::Stopped, &on(&complete, 97, 970)).await;
    assert_eq!(desk.all().await, []);

    let filed = desk.identify(1, matched(movie(7)), 5_000).await;
    assert_eq!(filed, Filed { changed: true, queued: 2, repairs: Vec::new() });
    let (positions, history) = (desk.positions().await, desk.history().await);
    assert_eq!((positions.len(), history.len()), (1, 1));
    assert_eq!(told(&positions[0].content), (movie_work(7), at(970)));
    assert!((percent(&positions[0].content) - 97.0).abs() < 1e-9);
    assert_eq!(told(&history[0].content), (movie_work(7), at(800)));
    assert_eq!(history[0].created_at, at(5_000));
}

#[tokio::test]
async fn what_was_never_identified_waits_just_like_what_is_held() {
    let desk = Desk::new();
    desk.record(EventKind::Completed, &completed(&viewing(1, "/a.mkv", 0), 80)).await;
    assert_eq!(desk.all().await, []);
    let desk = desk.reopened().await;
    assert_eq!(desk.identify(1, known(movie(1)), 100).await.queued, 2);
}

#[tokio::test]
async fn what_was_not_completed_has_no_history() {
    let desk = Desk::new();
    desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 79, 100)).await;
    assert_eq!(desk.identify(1, known(movie(1)), 200).await.queued, 1);
    assert_eq!(desk.history().await, []);
}

#[tokio::test]
async fn of_each_title_only_the_newest_position_waits() {
    let desk = Desk::new();
    let begun = viewing(1, "/a.mkv", 0);
    desk.record(EventKind::Started, &begun).await;
    desk.identify(1, known(movie(1)), 0).await;
    for (percent, kind) in [
        (10, EventKind::Progressed),
        (20, EventKind::Paused),
        (15, EventKind::Sought),
        (30, EventKind::Stopped),
    ] {
        desk.record(kind, &on(&begun, percent, i64::from(percent) * 10 + 1_000)).await;
    }
    let positions = desk.positions().await;
    assert_eq!(positions.len(), 1);
    assert_eq!(told(&positions[0].content), (movie_work(1), at(1_300)));
}

#[tokio::test]
async fn an_older_position_never_takes_the_place_of_a_newer_one() {
    let desk = Desk::new();
    let (old, new) = (viewing(1, "/a.mkv", 0), viewing(2, "/b.mkv", 5_000));
    desk.record(EventKind::Stopped, &on(&old, 50, 100)).await;
    desk.record(EventKind::Stopped, &on(&new, 10, 5_100)).await;
    desk.identify(2, known(movie(1)), 6_000).await;
    assert_eq!(desk.identify(1, matched(movie(1)), 7_000).await.queued, 0);
    assert_eq!(told(&desk.positions().await[0].content).1, at(5_100));
    // Not even once the newer one has left the outbox.
    desk.deliver_all(8_000).await;
    desk.record(EventKind::Stopped, &on(&viewing(3, "/c.mkv", 0), 50, 90)).await;
    assert_eq!(desk.identify(3, matched(movie(1)), 9_000).await.queued, 0);
    assert_eq!(desk.positions().await, []);
}

#[tokio::test]
async fn titles_and_recipients_do_not_take_each_others_place() {
    let desk = Desk::new();
    // Movies and series are numbered apart.
    for (number, identity) in
        [(1, movie(1)), (2, movie(2)), (3, episodes(1, 1, &[1])), (4, episodes(2, 1, &[1]))]
    {
        desk.record(EventKind::Started, &viewing(number, &format!("/{number}.mkv"), 0)).await;
        desk.identify(number, known(identity), 0).await;
    }
    let other = crate::desk::to("me", "p2");
    desk.record_for(EventKind::Started, &viewing(5, "/5.mkv", 0), &[other]).await;
    desk.identify(5, known(movie(1)), 0).await;
    let elsewhere = crate::desk::to("you", "p1");
    desk.record_for(EventKind::Started, &viewing(6, "/6.mkv", 0), &[elsewhere]).await;
    desk.identify(6, known(movie(1)), 0).await;
    assert_eq!(desk.positions().await.len(), 6);
    // Two episodes of one series are one title: where the viewer is, is in the later one.
    desk.record(EventKind::Started, &viewing(7, "/7.mkv", 100)).await;
    desk.identify(7, known(episodes(1, 1, &[2])), 100).await;
    let positions = desk.positions().await;
    assert_eq!(positions.len(), 6);
    assert!(positions.iter().any(|row| told(&row.content).0 == episode_work(1, 1, 2)));
}

#[tokio::test]
async fn history_never_coalesces() {
    let desk = Desk::new();
    for number in 1..=3 {
        desk.watched(number, movie(1), number.cast_signed() * 1_000).await;
    }
    let history = desk.history().await;
    assert_eq!(history.len(), 3);
    assert_eq!(history.iter().map(|row| row.viewing).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
    assert_eq!(desk.positions().await.len(), 1);
    assert_eq!(desk.deliver_all(10_000).await.len(), 4);
}

#[tokio::test]
async fn a_viewing_is_told_once_however_often_its_completion_is() {
    let desk = Desk::new();
    let ended = desk.watched(1, movie(1), 0).await;
    for kind in [EventKind::Completed, EventKind::Stopped, EventKind::Started, EventKind::Completed] {
        desk.record(kind, &ended).await;
        desk.deliver_all(500).await;
    }
    assert_eq!(desk.history().await.len(), 1);
    assert_eq!(desk.history().await[0].status, DeliveryStatus::Done);
    assert_eq!(desk.history().await[0].receipt.as_deref(), Some("answered 200"));
}

#[tokio::test]
async fn entries_of_one_work_have_instants_that_cannot_be_mistaken_for_each_other() {
    let desk = Desk::new();
    for number in 1..=6 {
        // All completed at the same instant, or nearly.
        let begun = viewing(number, &format!("/{number}.mkv"), 0);
        desk.record(EventKind::Completed, &completed(&begun, number.cast_signed() % 3)).await;
        desk.identify(number, known(movie(1)), 100).await;
    }
    desk.record(EventKind::Completed, &completed(&viewing(7, "/7.mkv", 0), 0)).await;
    desk.identify(7, known(movie(2)), 100).await;
    let history = desk.history().await;
    let mut instants: Vec<i64> = history
        .iter()
        .filter(|row| told(&row.content).0 == movie_work(1))
        .map(|row| told(&row.content).1.as_millisecond())
        .collect();
    instants.sort_unstable();
    assert_eq!(instants.len(), 6);
    assert!(instants.windows(2).all(|pair| pair[1] - pair[0] > 2_000), "{instants:?}");
    // Another work may have the same.
    assert_eq!(told(&history[6].content), (movie_work(2), at(0)));
}

#[tokio::test]
async fn instants_are_whole_milliseconds_and_never_change() {
    let desk = Desk::new();
    let begun = viewing(1, "/a.mkv", 0);
    let not_whole = at(80) + std::time::Duration::from_nanos(999_999);
    let complete = completed_at(&on(&begun, 80, 80), not_whole);
    desk.record(EventKind::Completed, &complete).await;
    desk.identify(1, known(movie(1)), 100).await;
    let first = desk.deliver(100).await;
    assert_eq!(told(&first.content).1, told(&desk.history().await[0].content).1);
    for attempt in 0..4 {
        for row in desk.history().await {
            assert_eq!(told(&row.content).1, at(80));
        }
        if let discovr_scrobbler::journal::Next::Deliver(delivery) = desk.next(200 + attempt).await {
            desk.settle(&delivery, again(200 + attempt), 200 + attempt).await;
        }
    }
}

#[tokio::test]
async fn a_file_of_several_episodes_is_one_entry_each_and_one_position() {
    let desk = Desk::new();
    let begun = of_parts(&viewing(1, "/a.mkv", 0), 2);
    desk.record(EventKind::Started, &begun).await;
    desk.identify(1, known(episodes(5, 2, &[3, 4, 4])), 0).await;
    let first = part_completed(&on(&begun, 40, 40), 0, 40);
    desk.record(EventKind::Completed, &first).await;
    let told_so_far = async || desk.history().await.iter().map(|row| told(&row.content)).collect::<Vec<_>>();
    assert_eq!(told_so_far().await, [(episode_work(5, 2, 3), at(40))]);
    let second = on(&first, 50, 50);
    desk.record(EventKind::Progressed, &second).await;
    assert_eq!(told(&desk.positions().await[0].content).0, episode_work(5, 2, 4));
    assert_eq!(told_so_far().await.len(), 1);
    desk.record(EventKind::Completed, &part_completed(&on(&second, 90, 90), 1, 90)).await;
    assert_eq!(told_so_far().await, [(episode_work(5, 2, 3), at(40)), (episode_work(5, 2, 4), at(90))]);
    assert!(desk.history().await.iter().all(|row| percent(&row.content) >= 80.0));
}

#[tokio::test]
async fn a_history_entry_says_watched_even_if_the_viewer_has_gone_back_since() {
    let desk = Desk::new();
    let complete = completed(&viewing(1, "/a.mkv", 0), 80);
    desk.record(EventKind::Completed, &complete).await;
    desk.record(EventKind::Stopped, &on(&complete, 3, 90)).await;
    desk.identify(1, known(movie(1)), 100).await;
    assert!((percent(&desk.history().await[0].content) - 80.0).abs() < 1e-9);
    assert!((percent(&desk.positions().await[0].content) - 3.0).abs() < 1e-9);
}

#[tokio::test]
async fn what_waits_is_replaced_when_the_viewing_is_something_else() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    let filed = desk.identify(1, matched(movie(2)), 500).await;
    assert_eq!(filed, Filed { changed: true, queued: 2, repairs: Vec::new() });
    let works: HashSet<_> = desk.all().await.iter().map(|row| told(&row.content).0).collect();
    assert_eq!(works, HashSet::from([movie_work(2)]));
    assert_eq!(desk.all().await.len(), 2);
}

#[tokio::test]
async fn a_position_on_its_way_gives_way_to_what_the_viewing_really_is() {
    let desk = Desk::new();
    let begun = viewing(1, "/a.mkv", 0);
    desk.record(EventKind::Stopped, &on(&begun, 50, 50)).await;
    desk.identify(1, known(movie(1)), 60).await;
    let sent = desk.deliver(100).await;
    desk.identify(1, matched(movie(2)), 110).await;
    desk.settle(&sent, again(120), 120).await;
    let works: Vec<_> = desk.positions().await.iter().map(|row| told(&row.content).0).collect();
    assert_eq!(works, [movie_work(2)]);
}

#[tokio::test]
async fn a_correction_gives_the_title_its_earlier_position_back() {
    let desk = Desk::new();
    desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 50, 50)).await;
    desk.identify(1, known(movie(1)), 60).await;
    desk.record(EventKind::Stopped, &on(&viewing(2, "/b.mkv", 100), 10, 150)).await;
    desk.identify(2, known(movie(1)), 160).await;
    desk.identify(2, matched(movie(2)), 200).await;
    let mut told_of: Vec<_> = desk.positions().await.iter().map(|row| told(&row.content)).collect();
    told_of.sort_unstable();
    assert_eq!(told_of, [(movie_work(1), at(50)), (movie_work(2), at(150))]);
}

#[tokio::test]
async fn a_correction_gives_the_title_its_earlier_position_back_also_after_the_wrong_one_was_sent() {
    for settled_first in [true, false] {
        let desk = Desk::new();
        desk.record(EventKind::Stopped, &on(&viewing(1, "/a.mkv", 0), 50, 50)).await;
        desk.identify(1, known(movie(1)), 60).await;
        desk.record(EventKind::Stopped, &on(&viewing(2, "/b.mkv", 100), 10, 150)).await;
        desk.identify(2, known(movie(1)), 160).await;
        let wrong = desk.deliver(170).await;
        if settled_first {
            desk.settle(&wrong, done(), 170).await;
        }
        desk.identify(2, matched(movie(2)), 200).await;
        if !settled_first {
            desk.settle(&wrong, done(), 210).await;
        }
        let mut told_of: Vec<_> = desk.positions().await.iter().map(|row| told(&row.content)).collect();
        told_of.sort_unstable();
        assert_eq!(told_of, [(movie_work(1), at(50)), (movie_work(2), at(150))]);
    }
}

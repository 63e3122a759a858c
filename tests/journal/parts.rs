//! Several episodes in one file: each has its entry as soon as it is completed, with its own time.

use discovr_scrobbler::identify::Work;
use discovr_scrobbler::playback::EventKind;
use jiff::Timestamp;

use crate::desk::{
    Desk, at, completed, episode_work, episodes, id, known, matched, of_parts, on, part_completed, told,
    viewing,
};

async fn entries(desk: &Desk) -> Vec<(Work, Timestamp)> {
    desk.history().await.iter().map(|row| told(&row.content)).collect()
}

/// Two episodes watched to the end: the first was completed at the 40th second, the second at the 90th.
async fn two_watched(desk: &Desk) {
    let begun = of_parts(&viewing(1, "/a.mkv", 0), 2);
    desk.record(EventKind::Started, &begun).await;
    let first = part_completed(&on(&begun, 40, 40), 0, 40);
    desk.record(EventKind::Completed, &first).await;
    let second = part_completed(&on(&first, 90, 90), 1, 90);
    desk.record(EventKind::Completed, &second).await;
    desk.record(EventKind::Stopped, &on(&second, 100, 100)).await;
}

#[tokio::test]
async fn parts_come_back_as_they_were_and_are_completed_once() {
    let desk = Desk::new();
    let begun = of_parts(&viewing(1, "/a.mkv", 0), 2);
    let second_only = part_completed(&on(&begun, 40, 40), 1, 40);
    desk.record(EventKind::Completed, &second_only).await;
    let desk = desk.reopened().await;
    let kept = desk.journal.recall(begun.media_key()).await.unwrap().unwrap();
    assert_eq!((&kept, kept.completed_at()), (&second_only, None));
    // A daemon that forgot it completes it again.
    desk.record(EventKind::Completed, &part_completed(&on(&begun, 90, 300), 1, 300)).await;
    desk.record(EventKind::Completed, &part_completed(&on(&begun, 95, 400), 0, 400)).await;
    let kept = desk.journal.recall(begun.media_key()).await.unwrap().unwrap();
    assert_eq!(kept.parts.instants(), [Some(at(400)), Some(at(40))]);
    assert_eq!(kept.completed_at(), Some(at(400)));
}

#[tokio::test]
async fn what_is_identified_after_it_was_watched_has_the_true_time_of_each_part() {
    let desk = Desk::new();
    two_watched(&desk).await;
    assert_eq!(entries(&desk).await, []);
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 500).await;
    assert_eq!(entries(&desk).await, [(episode_work(5, 1, 1), at(40)), (episode_work(5, 1, 2), at(90))]);
}

#[tokio::test]
async fn only_the_second_half_watched_is_only_the_second_episode() {
    let desk = Desk::new();
    let begun = of_parts(&viewing(1, "/a.mkv", 0), 2);
    desk.record(EventKind::Completed, &part_completed(&begun, 1, 90)).await;
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 500).await;
    assert_eq!(entries(&desk).await, [(episode_work(5, 1, 2), at(90))]);
}

#[tokio::test]
async fn two_episodes_that_turn_out_to_be_others_keep_their_times() {
    let desk = Desk::new();
    two_watched(&desk).await;
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 500).await;
    desk.identify(1, matched(episodes(6, 1, &[3, 4])), 600).await;
    assert_eq!(entries(&desk).await, [(episode_work(6, 1, 3), at(40)), (episode_work(6, 1, 4), at(90))]);
}

#[tokio::test]
async fn two_episodes_that_turn_out_to_be_one_are_completed_with_the_later_one_and_back() {
    let desk = Desk::new();
    two_watched(&desk).await;
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 500).await;
    desk.identify(1, matched(episodes(5, 1, &[1])), 600).await;
    assert_eq!(entries(&desk).await, [(episode_work(5, 1, 1), at(90))]);
    desk.identify(1, matched(episodes(5, 1, &[1, 2])), 700).await;
    assert_eq!(entries(&desk).await, [(episode_work(5, 1, 1), at(40)), (episode_work(5, 1, 2), at(90))]);
}

#[tokio::test]
async fn one_episode_that_turns_out_to_be_two_is_as_many_as_were_watched() {
    for (percent, expected) in [(100, vec![1, 2]), (85, vec![1])] {
        let desk = Desk::new();
        let complete = completed(&viewing(1, "/a.mkv", 0), 80);
        desk.record(EventKind::Completed, &complete).await;
        desk.record(EventKind::Stopped, &on(&complete, percent, 120)).await;
        desk.identify(1, known(episodes(5, 1, &[1])), 500).await;
        assert_eq!(entries(&desk).await, [(episode_work(5, 1, 1), at(80))]);
        desk.deliver_all(500).await;
        desk.identify(1, matched(episodes(5, 1, &[1, 2])), 600).await;
        let works: Vec<_> = entries(&desk).await;
        // What was told already stays; of the other nothing better is known than when it was left.
        let times = [at(80), at(120)];
        let expected: Vec<_> =
            expected.into_iter().zip(times).map(|(episode, at)| (episode_work(5, 1, episode), at)).collect();
        assert_eq!(works, expected);
    }
}

#[tokio::test]
async fn a_movie_in_a_file_whose_name_says_two_episodes_is_completed_as_a_whole() {
    let desk = Desk::new();
    two_watched(&desk).await;
    desk.identify(1, matched(crate::desk::movie(7)), 500).await;
    assert_eq!(entries(&desk).await, [(crate::desk::movie_work(7), at(90))]);
    assert_eq!(desk.journal.viewing(id(1)).await.unwrap().unwrap().deliveries.len(), 2);
}

#[tokio::test]
async fn the_same_episodes_watched_again_at_once_have_instants_of_their_own() {
    let desk = Desk::new();
    two_watched(&desk).await;
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 500).await;
    let again = of_parts(&viewing(2, "/b.mkv", 10), 2);
    desk.record(EventKind::Completed, &part_completed(&part_completed(&on(&again, 90, 91), 0, 41), 1, 91))
        .await;
    desk.identify(2, known(episodes(5, 1, &[1, 2])), 500).await;
    let of_the_first: Vec<_> =
        entries(&desk).await.into_iter().filter(|(work, _)| *work == episode_work(5, 1, 1)).collect();
    assert_eq!(of_the_first, [(episode_work(5, 1, 1), at(40)), (episode_work(5, 1, 1), at(45))]);
}

#[tokio::test]
async fn what_the_ranges_show_of_an_episode_is_decided_once() {
    let desk = Desk::new();
    let begun = viewing(1, "/a.mkv", 0);
    let left = on(&begun, 45, 45);
    desk.record(EventKind::Stopped, &left).await;
    desk.identify(1, known(episodes(5, 1, &[1, 2])), 500).await;
    assert_eq!(entries(&desk).await, [(episode_work(5, 1, 1), at(45))]);
    // It goes on before the daemon has learnt that there are two, and is corrected there and back.
    desk.record(EventKind::Progressed, &on(&left, 60, 700)).await;
    desk.identify(1, matched(episodes(6, 1, &[1])), 800).await;
    assert_eq!(entries(&desk).await, []);
    desk.identify(1, matched(episodes(5, 1, &[1, 2])), 900).await;
    assert_eq!(entries(&desk).await, [(episode_work(5, 1, 1), at(45))]);
}

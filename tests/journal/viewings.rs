//! Viewings: kept, recalled, named, found again.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use discovr_scrobbler::identify::{HeldReason, Identification};
use discovr_scrobbler::journal::{Filed, JournalError};
use discovr_scrobbler::playback::{EventKind, Parts, Viewing};
use discovr_scrobbler::player::{Location, Media, MediaKey};

use crate::desk::{
    Desk, at, completed, completed_at, episodes, event, held, id, known, matched, me, movie, on, viewing,
};

#[tokio::test]
async fn a_viewing_comes_back_as_it_was_after_its_last_event() {
    let desk = Desk::new();
    let begun = viewing(1, "/films/heat.mkv", 0);
    desk.record(EventKind::Started, &begun).await;
    let half = on(&begun, 50, 300);
    desk.record(EventKind::Paused, &half).await;
    assert_eq!(desk.journal.recall(half.media_key()).await.unwrap(), Some(half.clone()));
    let complete = completed(&half, 500);
    desk.record(EventKind::Completed, &complete).await;
    let desk = desk.reopened().await;
    assert_eq!(desk.journal.recall(half.media_key()).await.unwrap(), Some(complete.clone()));
    assert_eq!(desk.journal.viewing(id(1)).await.unwrap().unwrap().viewing, complete);
}

#[tokio::test]
async fn the_newest_viewing_of_a_media_is_recalled_and_an_unknown_media_is_not() {
    let desk = Desk::new();
    let (first, second) = (viewing(2, "/a.mkv", 0), viewing(1, "/a.mkv", 900));
    desk.record(EventKind::Started, &second).await;
    desk.record(EventKind::Started, &first).await;
    desk.record(EventKind::Started, &viewing(3, "/b.mkv", 2_000)).await;
    assert_eq!(desk.journal.recall(first.media_key()).await.unwrap(), Some(second));
    assert_eq!(desk.journal.recall(MediaKey::from_stored("file:/c.mkv".into())).await.unwrap(), None);
}

#[tokio::test]
async fn beginning_and_completion_are_written_once() {
    let desk = Desk::new();
    let complete = completed(&viewing(1, "/a.mkv", 0), 100);
    desk.record(EventKind::Completed, &complete).await;
    let forgetful = Viewing { started_at: at(50), parts: Parts::default(), ..on(&complete, 90, 200) };
    desk.record(EventKind::Progressed, &forgetful).await;
    let again = completed_at(&on(&forgetful, 95, 300), at(300));
    desk.record(EventKind::Completed, &again).await;
    let kept = desk.journal.viewing(id(1)).await.unwrap().unwrap().viewing;
    assert_eq!((kept.started_at, kept.completed_at()), (at(0), Some(at(100))));
    assert_eq!(kept.position_at, at(300));
}

#[tokio::test]
async fn names_of_any_bytes_and_media_without_a_place_survive() {
    let desk = Desk::new();
    let strange = PathBuf::from(OsStr::from_bytes(b"/films/\xff\xfe%41 \xe2\x98\x83\n.mkv"));
    let anonymous = Media { title: Some("Heat".into()), live: true, ..Media::at(Location::Unknown) };
    let address = Media::at(Location::Url("https://user:word@example.org/a?b=%20".into()));
    let media = [Media::at(Location::File(strange)), anonymous, address];
    for (number, media) in (1..).zip(media) {
        let kept = Viewing { media: Arc::new(media), ..viewing(number, "/", 0) };
        desk.record(EventKind::Started, &kept).await;
        assert_eq!(desk.journal.recall(kept.media_key()).await.unwrap(), Some(kept.clone()));
    }
}

#[tokio::test]
async fn the_users_word_outranks_the_chain_and_what_is_known_outranks_what_is_not() {
    let desk = Desk::new();
    desk.record(EventKind::Started, &viewing(1, "/a.mkv", 0)).await;
    let nothing = Filed::default();
    assert!(desk.identify(1, held(), 1).await.changed);
    assert!(desk.identify(1, known(movie(7)), 2).await.changed);
    assert_eq!(desk.identify(1, held(), 3).await, nothing);
    assert_eq!(desk.identify(1, known(movie(7)), 3).await, nothing);
    assert!(desk.identify(1, matched(movie(8)), 4).await.changed);
    assert_eq!(desk.identify(1, known(movie(7)), 5).await, nothing);
    assert_eq!(desk.identify(1, matched(movie(8)), 5).await, nothing);
    assert!(desk.identify(1, matched(movie(9)), 6).await.changed);
    let row = desk.journal.viewing(id(1)).await.unwrap().unwrap();
    assert_eq!(row.identification, Some(matched(movie(9))));
}

#[tokio::test]
async fn a_media_is_known_by_the_users_word_first_and_by_the_newest_viewing_next() {
    let desk = Desk::new();
    let media = viewing(1, "/a.mkv", 0).media_key();
    for number in 1..=4 {
        desk.record(EventKind::Started, &viewing(number, "/a.mkv", number.cast_signed() * 1_000)).await;
    }
    assert_eq!(desk.journal.known_identity(media.clone()).await.unwrap(), None);
    desk.identify(4, held(), 1).await;
    assert_eq!(desk.journal.known_identity(media.clone()).await.unwrap(), None);
    desk.identify(1, known(movie(1)), 1).await;
    desk.identify(2, known(movie(2)), 1).await;
    assert_eq!(desk.journal.known_identity(media.clone()).await.unwrap(), Some(known(movie(2))));
    desk.identify(1, matched(movie(3)), 1).await;
    assert_eq!(desk.journal.known_identity(media).await.unwrap(), Some(matched(movie(3))));
}

#[tokio::test]
async fn what_only_has_a_name_in_common_is_neither_recalled_nor_known() {
    let desk = Desk::new();
    let pilot = Arc::new(Media { title: Some("Pilot".into()), ..Media::at(Location::Unknown) });
    let first = Viewing { media: Arc::clone(&pilot), ..viewing(1, "/", 0) };
    let other = Viewing { media: pilot, duration: first.duration * 2, ..viewing(2, "/", 1_000) };
    desk.record(EventKind::Started, &first).await;
    desk.identify(1, matched(movie(1)), 1).await;
    assert_eq!(desk.journal.recall(other.media_key()).await.unwrap(), None);
    assert_eq!(desk.journal.known_identity(other.media_key()).await.unwrap(), None);
    assert_eq!(desk.journal.recall(first.media_key()).await.unwrap(), Some(first));
}

#[tokio::test]
async fn what_is_held_or_was_never_identified_is_listed_newest_first() {
    let desk = Desk::new();
    for number in 1..=4 {
        let path = format!("/{number}.mkv");
        desk.record(EventKind::Started, &viewing(number, &path, number.cast_signed())).await;
    }
    desk.identify(2, known(movie(1)), 10).await;
    desk.identify(3, held(), 10).await;
    let listed = desk.journal.unidentified().await.unwrap();
    assert_eq!(listed.iter().map(|row| row.viewing.id).collect::<Vec<_>>(), [id(4), id(3), id(1)]);
    assert_eq!(listed[1].identification, Some(held()));
    let newest = desk.journal.viewings(2).await.unwrap();
    assert_eq!(newest.iter().map(|row| row.viewing.id).collect::<Vec<_>>(), [id(4), id(3)]);
    assert_eq!(desk.journal.viewings(0).await.unwrap(), []);
    assert_eq!(desk.journal.viewings(u32::MAX).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_viewing_is_found_by_its_number_and_by_the_beginning_of_its_id() {
    let desk = Desk::new();
    for number in [0xab_01, 0xab_02, 0xcd_03] {
        desk.record(EventKind::Started, &viewing(number, "/a.mkv", 0)).await;
    }
    let found = async |name: &str| {
        let rows = desk.journal.find_viewings(name.to_owned()).await.unwrap();
        rows.into_iter().map(|row| row.viewing.id).collect::<Vec<_>>()
    };
    assert_eq!(found("2").await, [id(0xab_02)]);
    assert_eq!(found("0000ab").await, [id(0xab_02), id(0xab_01)]);
    assert_eq!(found("0000AB01").await, [id(0xab_01)]);
    assert_eq!(found(&id(0xcd_03).to_string()).await, [id(0xcd_03)]);
    // No viewing has number 4, hence it is the beginning of an id, of which there is none either.
    for nothing in ["4", "", "-5", "0000ac", "%", "_", "' OR 1 --", "Heat", "99999999999999999999"] {
        assert_eq!(found(nothing).await, [], "{nothing}");
    }
    assert_eq!(found("0").await.len(), 3);
}

#[tokio::test]
async fn a_search_ends_at_what_anyone_would_choose_from() {
    let desk = Desk::new();
    for number in 1..=30 {
        desk.record(EventKind::Started, &viewing(number, "/a.mkv", 0)).await;
    }
    assert_eq!(desk.journal.find_viewings("00".into()).await.unwrap().len(), 20);
}

#[tokio::test]
async fn what_was_never_kept_cannot_be_identified() {
    let desk = Desk::new();
    let error = desk.journal.identify(id(5), held(), at(0)).await.unwrap_err();
    assert!(matches!(error, JournalError::NoSuchViewing(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("the journal has no viewing {}: `discovr-scrobbler history` lists them", id(5))
    );
}

#[tokio::test]
async fn one_unreadable_viewing_does_not_take_the_others_along() {
    let desk = Desk::new();
    for number in 1..=3 {
        desk.record(EventKind::Started, &viewing(number, &format!("/{number}.mkv"), 0)).await;
        desk.identify(number, known(movie(number)), 0).await;
    }
    let other = rusqlite::Connection::open(desk.path()).unwrap();
    other.execute("UPDATE viewings SET identification = '{' WHERE number = 2", ()).unwrap();
    assert_eq!(desk.journal.viewings(10).await.unwrap().len(), 2);
    let error = desk.journal.viewing(id(2)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read what is known of viewing 2 in the journal: the other viewings are not affected"
    );
    // It is kept on all the same, and can be matched anew.
    desk.record(EventKind::Stopped, &completed(&viewing(2, "/2.mkv", 0), 50)).await;
    desk.identify(2, matched(movie(2)), 60).await;
    assert_eq!(desk.journal.viewings(10).await.unwrap().len(), 3);
    assert_eq!(desk.history().await.len(), 1);
}

#[tokio::test]
async fn the_label_is_the_files_name_until_more_is_known() {
    let desk = Desk::new();
    desk.watched(1, movie(1), 0).await;
    desk.watched(2, episodes(2, 1, &[4]), 200).await;
    let labels: Vec<String> = desk.history().await.into_iter().map(|row| row.label).collect();
    assert_eq!(labels, ["Some Title", "Some Title S01E04"]);
}

#[tokio::test]
async fn nothing_is_asked_of_a_closed_journal() {
    let desk = Desk::new();
    let clone = desk.journal.clone();
    desk.journal.close().await;
    let error =
        clone.record(event(EventKind::Started, &viewing(1, "/a.mkv", 0)), vec![me()]).await.unwrap_err();
    assert!(matches!(error, JournalError::Closed), "{error:?}");
    clone.close().await;
}

#[tokio::test]
async fn an_identification_says_why_it_is_held_after_a_restart_too() {
    let desk = Desk::new();
    desk.record(EventKind::Started, &viewing(1, "/a.mkv", 0)).await;
    desk.identify(1, held(), 0).await;
    let desk = desk.reopened().await;
    let row = desk.journal.viewing(id(1)).await.unwrap().unwrap();
    assert!(matches!(row.identification, Some(Identification::Held { .. })));
    assert_eq!(row.deliveries, []);
}

#[tokio::test]
async fn what_is_held_for_the_same_reason_again_is_no_news() {
    let desk = Desk::new();
    desk.record(EventKind::Started, &viewing(1, "/a.mkv", 0)).await;
    assert!(desk.identify(1, held(), 0).await.changed);
    assert_eq!(desk.identify(1, held(), 10).await, Filed::default());
    let Identification::Held { label, evidence, .. } = held() else { panic!("it is held") };
    let other = Identification::Held { reason: HeldReason::NoToken, label, evidence };
    assert!(desk.identify(1, other, 20).await.changed);
}

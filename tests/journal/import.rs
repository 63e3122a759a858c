//! What another program has watched, beside what was seen here.

use std::time::Duration;

use discovr_scrobbler::playback::Viewing;

use crate::desk::{Desk, completed, held, id, matched, me, movie, viewing};

/// A watching of which another program knows when it was over, and nothing else.
async fn imported(desk: &Desk, number: u64, ended: i64) {
    let watched = completed(&viewing(number, &format!("/elsewhere/{number}.mkv"), ended - 80), ended);
    let watched = Viewing { duration: Duration::ZERO, position_at: watched.position_at, ..watched };
    assert!(desk.journal.import(watched.clone(), vec![me()]).await.unwrap());
    assert!(!desk.journal.import(watched, vec![me()]).await.unwrap(), "once");
    desk.identify(number, held(), ended).await;
}

#[tokio::test]
async fn what_was_seen_here_too_is_told_once_whenever_the_imported_one_gets_its_title() {
    let desk = Desk::new();
    desk.watched(1, movie(603), 0).await;
    for (number, ended) in [(2, 84), (3, 3 * 3600), (4, 4 * 3600)] {
        imported(&desk, number, ended).await;
        desk.identify(number, matched(movie(603)), 5 * 3600).await;
    }
    let told: Vec<_> = desk.history().await.into_iter().map(|row| row.viewing).collect();
    assert_eq!(told, [id(1), id(4)], "only what was seen hours later is another watching");
}

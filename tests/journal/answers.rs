//! Cached answers of look-ups.

use crate::desk::{Desk, at};

#[tokio::test]
async fn an_answer_is_kept_until_it_expires() {
    let desk = Desk::new();
    let cached = async |key: &str, seconds| desk.journal.cached(key.to_owned(), at(seconds)).await.unwrap();
    desk.journal.cache("heat".into(), "949".into(), at(100)).await.unwrap();
    assert_eq!(cached("heat", 99).await.as_deref(), Some("949"));
    assert_eq!(cached("heat", 100).await, None);
    assert_eq!(cached("Heat", 0).await, None);
    desk.journal.cache("heat".into(), "950".into(), at(200)).await.unwrap();
    assert_eq!(cached("heat", 150).await.as_deref(), Some("950"));
}

#[tokio::test]
async fn answers_survive_the_daemon_and_expired_ones_are_deleted() {
    let desk = Desk::new();
    desk.journal.cache("a".into(), "1".into(), at(10)).await.unwrap();
    desk.journal.cache("b".into(), "2".into(), at(1_000)).await.unwrap();
    let desk = desk.reopened().await;
    assert_eq!(desk.journal.cached("b".into(), at(50)).await.unwrap().as_deref(), Some("2"));
    desk.journal.cache("c".into(), "3".into(), at(1_000)).await.unwrap();
    let other = rusqlite::Connection::open(desk.path()).unwrap();
    let keys: String =
        other.query_row("SELECT group_concat(key) FROM answers", (), |row| row.get(0)).unwrap();
    assert_eq!(keys, "b,c");
}

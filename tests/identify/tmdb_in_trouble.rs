//! TMDB in trouble, and the cache.

use discovr_scrobbler::identify::AnswerCache;
use std::time::Duration;

use crate::bench::{NOBODY, episodes, held, identify, known, movie, online, settings};
use discovr_scrobbler::identify::{HeldReason, Identifier, MemoryCache, Rules};
use discovr_scrobbler_support::tmdb::{BEARER, Fault, Tmdb};

#[tokio::test]
async fn a_failed_look_up_says_so_and_succeeds_later() {
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Status(401),
        Fault::TooMany(Some(0)),
        Fault::TooMany(None),
        Fault::Hangup,
        Fault::Garbage,
        Fault::Endless,
        Fault::Redirect,
    ] {
        for path in ["/search", "/movie/603"] {
            let tmdb = Tmdb::start().await;
            let identifier = online(&tmdb);
            tmdb.fail(path, fault.clone(), usize::MAX);
            let name = "/v/The.Matrix.1999.mkv";
            let reason = held(&identifier, name, None).await;
            assert!(matches!(reason, HeldReason::LookupFailed { .. }), "{fault:?}: {reason:?}");
            tmdb.recover();
            assert_eq!(known(&identifier, name, None).await.identity, movie(603), "{fault:?} is over");
        }
    }
}

#[tokio::test]
async fn a_pause_that_tmdb_asks_for_is_kept() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    tmdb.fail("/search", Fault::TooMany(Some(300)), 1);
    for _ in 0..3 {
        let reason = held(&identifier, "/v/The.Matrix.1999.mkv", None).await;
        assert!(matches!(reason, HeldReason::LookupFailed { .. }));
    }
    assert_eq!(tmdb.calls().len(), 1);
}

#[tokio::test]
async fn nobody_at_the_address_is_a_failed_look_up_but_explicit_ids_hold() {
    let identifier = Identifier::new(Rules::default(), settings(NOBODY, Some(BEARER)), MemoryCache::new());
    let reason = held(&identifier, "/v/The.Matrix.1999.mkv", None).await;
    let HeldReason::LookupFailed { error } = reason else { panic!("{reason:?}") };
    assert!(!error.contains("127.0.0.1") && !error.contains("Matrix"), "{error}");
    assert_eq!(known(&identifier, "/v/The Matrix (1999) {tmdb-603}.mkv", None).await.identity, movie(603));
    let path = "/v/BB {tmdb-1396}/BB S01E02.mkv";
    assert_eq!(known(&identifier, path, None).await.identity, episodes(1396, 1, &[2]));
    // An id of another catalogue is not overruled by a search while it cannot be looked up.
    let reason = held(&identifier, "/v/The Mummy (1999) {imdb-tt0133093}.mkv", None).await;
    assert!(matches!(reason, HeldReason::LookupFailed { .. }));
}

#[tokio::test]
async fn nothing_is_asked_twice() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let paths = [
        "/v/The.Matrix.1999.mkv",
        "/v/Breaking.Bad.S01E02.mkv",
        "/v/No.Such.Thing.2014.mkv",
        "/v/M {imdb-tt0133093}.mkv",
    ];
    for path in paths {
        identify(&identifier, path, None).await;
    }
    let calls = tmdb.calls().len();
    for path in paths {
        identify(&identifier, path, None).await;
    }
    assert_eq!(tmdb.calls().len(), calls);
}

#[tokio::test(start_paused = true)]
async fn the_memory_cache_forgets_in_time_and_is_bounded() {
    let cache = MemoryCache::new();
    cache.put("a", "1", Duration::from_secs(10)).await;
    assert_eq!(cache.get("a").await.as_deref(), Some("1"));
    tokio::time::advance(Duration::from_secs(11)).await;
    assert_eq!(cache.get("a").await, None);
    for number in 0..2 * MemoryCache::MAX_ANSWERS {
        cache.put(&number.to_string(), "x", Duration::from_secs(1000 + number as u64)).await;
    }
    assert_eq!(cache.get("0").await, None);
    assert!(cache.get(&(2 * MemoryCache::MAX_ANSWERS - 1).to_string()).await.is_some());
}

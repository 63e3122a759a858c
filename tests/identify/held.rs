//! What is held, and the cause that is named for it.

use discovr_scrobbler::identify::{EvidenceKind, HeldReason, Identification};
use discovr_scrobbler_support::tmdb::Tmdb;

use crate::bench::{episodes, held, identify, known, minutes, online};

/// Why `path` is held, and what TMDB said that it is held for.
async fn cause(path: &str) -> (HeldReason, Option<String>) {
    let tmdb = Tmdb::start().await;
    match identify(&online(&tmdb), path, None).await {
        Identification::Held { reason, evidence, .. } => {
            let said = evidence.into_iter().rev().find(|evidence| evidence.kind == EvidenceKind::Tmdb);
            (reason, said.map(|evidence| evidence.says))
        }
        known @ Identification::Known(_) => panic!("{path} is known: {known:?}"),
    }
}

#[tokio::test]
async fn what_tmdb_lacks_is_named() {
    for (path, says) in [
        ("/v/A Film {tmdb-99999999}.mkv", Some("TMDB has no movie with the id 99999999")),
        ("/v/Breaking.Bad.S09E01.mkv", Some("TMDB has Breaking Bad (2008), but no S09E01 of it")),
        (
            "/v/Breaking Bad {tmdb-1396}/Breaking.Bad.S09E01E02.mkv",
            Some("TMDB has Breaking Bad (2008), but no S09E01E02 of it"),
        ),
        ("/v/No.Such.Series.S01E01.mkv", None),
        ("/v/No.Such.Thing.At.All.2014.mkv", None),
    ] {
        let (reason, said) = cause(path).await;
        assert_eq!((reason, said.as_deref()), (HeldReason::NotFound, says), "{path}");
    }
}

#[tokio::test]
async fn an_id_that_the_name_contradicts_is_named_with_both() {
    let (reason, said) = cause("/v/Films {tmdb-603}/Random Title.mkv").await;
    assert!(matches!(reason, HeldReason::Ambiguous { .. }), "{reason:?}");
    let says = "the id in the folder's name is The Matrix (1999), and the file's name reads as Random Title";
    assert_eq!(said.as_deref(), Some(says));
}

#[tokio::test]
async fn numbers_that_may_be_none_are_held() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in [
        "/v/The Daily Show 2023-02-30.mkv",
        "/v/The Daily Show 02-30.mkv",
        "/v/Breaking Bad - 03.5.mkv",
        "/v/Breaking.Bad.S01E03.5.mkv",
        "/v/Breaking Bad S01E01-S02E01.mkv",
        "/v/Breaking Bad S01E05 Preview.mkv",
        "/v/Breaking.Bad.S01E05.sample.mkv",
        "/v/The.Matrix.1999.sample.mkv",
        "/v/Breaking Bad NCOP1.mkv",
    ] {
        assert_eq!(held(&identifier, path, None).await, HeldReason::Unreadable, "{path}");
    }
    let bare = "/v/Breaking Bad 02-03.mkv";
    assert!(matches!(held(&identifier, bare, None).await, HeldReason::Ambiguous { .. }));
    assert_eq!(known(&identifier, bare, minutes(96)).await.identity, episodes(1396, 1, &[2, 3]));
}

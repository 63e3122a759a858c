//! Bad input of every kind: the file it belongs to is identified or held, and the next one is identified all the same.

use std::path::Path;
use std::time::Duration;

use discovr_scrobbler::identify::{AnswerCache, HeldReason, Identification, Identifier};
use discovr_scrobbler_support::tmdb::{Fault, Tmdb};

use crate::bench::{episodes, held, identify, known, minutes, movie, online, write};

/// The files that come after the bad one.
async fn the_next_are_identified(identifier: &Identifier<impl AnswerCache>) {
    let next = known(identifier, "/v/Whiplash.2014.1080p.mkv", minutes(107)).await;
    assert_eq!(next.identity, movie(244_786));
    let next = known(identifier, "/v/The.Wire.S02E03.720p.mkv", minutes(59)).await;
    assert_eq!(next.identity, episodes(1438, 2, &[3]));
}

/// A movie with `nfo` beside it is taken for what its name says, and the next one for what it is.
async fn an_nfo_of_no_use(nfo: impl AsRef<[u8]>) {
    let folder = tempfile::tempdir().expect("a folder");
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let path = folder.path().join("Heat (1995)/Heat (1995).mkv");
    write(&path, "");
    write(&path.with_extension("nfo"), nfo);
    assert_eq!(known(&identifier, text(&path), minutes(170)).await.identity, movie(949));
    the_next_are_identified(&identifier).await;
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[tokio::test]
async fn an_nfo_of_a_mebibyte_of_xml() {
    let plot = "<plot>The same word again. </plot>\n".repeat(32 * 1024);
    assert!(plot.len() >= 1024 * 1024);
    an_nfo_of_no_use(format!("<movie><title>Heat</title>{plot}</movie>")).await;
}

#[tokio::test]
async fn an_nfo_of_a_mebibyte_of_nothing() {
    an_nfo_of_no_use(vec![b'<'; 1024 * 1024]).await;
    an_nfo_of_no_use(vec![0; 1024 * 1024]).await;
}

#[tokio::test]
async fn an_nfo_of_deeply_nested_tags() {
    an_nfo_of_no_use("<a>".repeat(20_000)).await;
}

#[tokio::test]
async fn an_nfo_of_binary() {
    let bytes: Vec<u8> = (0..64 * 1024_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    an_nfo_of_no_use(bytes).await;
    an_nfo_of_no_use(
        [b"<movie><tmdbid>".as_slice(), &[0xFF, 0xFE, 0x00, 0x80], b"</tmdbid></movie>"].concat(),
    )
    .await;
}

#[tokio::test]
async fn an_nfo_with_numbers_beyond_all_bounds() {
    an_nfo_of_no_use("<movie><tmdbid>99999999999999999999999999</tmdbid></movie>").await;
    an_nfo_of_no_use("<movie><tmdbid>-1</tmdbid><season>x</season></movie>").await;
}

/// TMDB fails so for one file, and answers again for the next.
async fn tmdb_fails_once(fault: Fault) {
    for path in ["/search", "/movie", "/tv"] {
        let tmdb = Tmdb::start().await;
        let identifier = online(&tmdb);
        tmdb.fail(path, fault.clone(), usize::MAX);
        let name = if path == "/tv" { "/v/Lost.S02E05.mkv" } else { "/v/Heat (1995).mkv" };
        let found = identify(&identifier, name, None).await;
        let failed = matches!(&found, Identification::Held { reason: HeldReason::LookupFailed { .. }, .. });
        assert!(failed || matches!(found, Identification::Known(_)), "{fault:?}: {found:?}");
        tmdb.recover();
        the_next_are_identified(&identifier).await;
        // The failure was no answer, so that the file itself is found now.
        assert!(matches!(identify(&identifier, name, None).await, Identification::Known(_)), "{fault:?}");
    }
}

#[tokio::test]
async fn tmdb_answers_with_a_page_of_html() {
    tmdb_fails_once(Fault::Html).await;
    tmdb_fails_once(Fault::Garbage).await;
}

#[tokio::test]
async fn tmdb_refuses_the_token() {
    tmdb_fails_once(Fault::Status(401)).await;
}

#[tokio::test]
async fn tmdb_is_asked_too_often() {
    tmdb_fails_once(Fault::TooMany(Some(0))).await;
    tmdb_fails_once(Fault::TooMany(None)).await;
}

#[tokio::test]
async fn tmdb_breaks_down() {
    for fault in [Fault::Status(500), Fault::Status(504), Fault::Hangup, Fault::Endless] {
        tmdb_fails_once(fault).await;
    }
}

#[tokio::test]
async fn tmdb_says_nothing_for_longer_than_anyone_waits() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    tmdb.fail("/search", Fault::Stall(Duration::from_secs(600)), 1);
    let reason = held(&identifier, "/v/Heat (1995).mkv", None).await;
    assert!(matches!(reason, HeldReason::LookupFailed { .. }), "{reason:?}");
    the_next_are_identified(&identifier).await;
}

#[tokio::test]
async fn tmdb_knows_neither_dates_nor_lengths() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (path, length, identity) in [
        ("/v/Lanterns.of.Ash.1080p.mkv", minutes(101), movie(901_020)),
        ("/v/The Salt Road (2021).mkv", None, movie(901_021)),
        ("/v/The.Unlisted.Hour.S02E04.mkv", minutes(40), episodes(900_201, 2, &[4])),
        ("/v/The.Unlisted.Hour.S01E02.The.Borrowed.Coat.mkv", None, episodes(900_201, 1, &[2])),
        ("/v/Harbour.Lights.Again.S01E03.mkv", minutes(45), episodes(900_202, 1, &[3])),
    ] {
        assert_eq!(known(&identifier, path, length).await.identity, identity, "{path}");
    }
    // A day cannot be looked for where none is written.
    held(&identifier, "/v/The.Unlisted.Hour.2020.03.04.mkv", None).await;
    the_next_are_identified(&identifier).await;
}

#[tokio::test]
async fn names_without_sense_or_end() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let long = format!("/v/{}.S01E02.mkv", "word.".repeat(800));
    for path in
        ["/v/....mkv", "/v/S99E99.mkv", "/v/[][][].mkv", "/v/- - -.mkv", "/v/\u{202e}\u{0}.mkv", &long]
    {
        let found = identify(&identifier, path, None).await;
        assert!(matches!(found, Identification::Held { .. }), "{found:?}");
    }
    the_next_are_identified(&identifier).await;
}

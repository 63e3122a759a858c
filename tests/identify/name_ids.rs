//! Ids in the names of files and folders.

use crate::bench::{candidates, episodes, held, known, minutes, movie, online, without_token};
use discovr_scrobbler::identify::{EvidenceKind, HeldReason};
use discovr_scrobbler_support::tmdb::Tmdb;

#[tokio::test]
async fn an_id_in_a_name_holds_without_a_token() {
    let identifier = without_token();
    for (path, identity) in [
        ("/v/The Matrix (1999) {tmdb-603}.mkv", movie(603)),
        ("/v/The Matrix (1999) [tmdbid=603]/The Matrix (1999) - 1080p.mkv", movie(603)),
        ("/v/The Matrix (1999) {tmdb-603}/VIDEO_TS/VTS_01_1.VOB", movie(603)),
        ("/v/Anything {tmdb-2020}.mkv", movie(2020)),
        ("/v/Breaking Bad {tmdb-1396}/Season 01/Breaking Bad - S01E02.mkv", episodes(1396, 1, &[2])),
        ("/v/Breaking Bad [tmdbid-1396]/Season 2/03 - Bit by a Bee.mkv", episodes(1396, 2, &[3])),
        ("/v/Breaking Bad {tmdb-1396}/S01E01E02.mkv", episodes(1396, 1, &[1, 2])),
        ("/v/Breaking Bad {tmdb-1396}/Specials/S00E01.mkv", episodes(1396, 0, &[1])),
    ] {
        let known = known(&identifier, path, None).await;
        assert_eq!(known.identity, identity, "{path}");
        assert_eq!(known.evidence[0].kind, EvidenceKind::NameId, "{path}");
    }
}

#[tokio::test]
async fn what_lies_in_a_series_folder_is_not_a_movie_of_its_number() {
    let identifier = without_token();
    for path in [
        "/v/Breaking Bad (2008) {tmdb-1396}/Interview with the Makers.mkv",
        "/v/Breaking Bad (2008) {tmdb-1396}/Extras/Breaking Bad.mkv",
        "/v/Breaking Bad (2008) {tmdb-1396}/Season 1/Making of.mkv",
        "/v/The Matrix (1999) {tmdb-603}/The Matrix (1999)-trailer.mkv",
        "/v/The Matrix (1999) {tmdb-603}/Featurettes/The Matrix.mkv",
    ] {
        let reason = held(&identifier, path, None).await;
        assert!(matches!(reason, HeldReason::NoToken | HeldReason::Unreadable), "{path}: {reason:?}");
    }
}

#[tokio::test]
async fn a_number_that_may_be_of_the_title_needs_tmdb_to_tell() {
    let path = "/v/Room.237.1080p {tmdb-84334}.mkv";
    assert_eq!(held(&without_token(), path, None).await, HeldReason::NoToken);
    let tmdb = Tmdb::start().await;
    assert_eq!(known(&online(&tmdb), path, minutes(102)).await.identity, movie(84_334));
}

#[tokio::test]
async fn other_catalogues_ids_become_tmdbs() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (path, identity, label) in [
        ("/v/M {imdb-tt0133093}.mkv", movie(603), "The Matrix (1999)"),
        ("/v/The.Matrix.1999.tt0133093.1080p.mkv", movie(603), "The Matrix (1999)"),
        ("/v/BB {tvdb-81189}/Season 2/BB S02E13.mkv", episodes(1396, 2, &[13]), "Breaking Bad"),
        ("/v/BB [imdbid=tt0903747]/BB S01E03.mkv", episodes(1396, 1, &[3]), "Breaking Bad"),
        ("/v/BB S01E01 [imdb-tt0959621].mkv", episodes(1396, 1, &[1]), "Breaking Bad"),
    ] {
        let known = known(&identifier, path, None).await;
        assert_eq!((known.identity, known.label.as_str()), (identity, label), "{path}");
    }
    assert_eq!(held(&without_token(), "/v/M (1999) {imdb-tt0133093}.mkv", None).await, HeldReason::NoToken);
}

#[tokio::test]
async fn a_tvdb_number_on_a_movie_is_passed_over() {
    let tmdb = Tmdb::start().await;
    // It is a series' number too.
    let known = known(&online(&tmdb), "/v/The Matrix (1999) {tvdb-81189}.mkv", minutes(136)).await;
    assert_eq!(known.identity, movie(603));
}

#[tokio::test]
async fn it_may_be_asked_from_any_task() {
    let tmdb = Tmdb::start().await;
    let identifier = std::sync::Arc::new(online(&tmdb));
    let path = "/v/The.Matrix.1999.mkv";
    let asking = tokio::spawn(async move { known(&identifier, path, None).await });
    assert_eq!(asking.await.expect("no panic").identity, movie(603));
}

#[tokio::test]
async fn an_explicit_series_without_that_episode_is_not_searched_elsewhere() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    // The other series of the name has a second season with such an episode.
    let path = "/v/The Office {tmdb-2996}/The Office S02E20.mkv";
    assert_eq!(held(&identifier, path, minutes(22)).await, HeldReason::NotFound);
    assert!(tmdb.calls().iter().all(|call| !call.path.starts_with("/search")));
    // An episode's id on another one, and an episode's number that is another series'.
    let path = "/v/The Office S01E02 {tmdb-1396}.mkv";
    assert_eq!(candidates(held(&identifier, path, None).await), ["Breaking Bad (2008) S01E02"]);
    let path = "/v/BB S01E02 [imdb-tt0959621].mkv";
    assert_eq!(candidates(held(&identifier, path, None).await), ["BB S01E01", "BB S01E02"]);
}

#[tokio::test]
async fn a_movies_id_that_contradicts_title_and_year_is_held() {
    let tmdb = Tmdb::start().await;
    let reason = held(&online(&tmdb), "/v/The Quiet Mill (1987) {tmdb-603}.mkv", None).await;
    assert_eq!(candidates(reason), ["The Matrix (1999)"]);
}

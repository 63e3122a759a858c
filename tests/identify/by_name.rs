//! Release names, found by searching TMDB.

use crate::bench::{candidates, episodes, held, identify, kinds, known, minutes, movie, online, settings};
use discovr_scrobbler::identify::{
    EvidenceKind, HeldReason, Identification, Identifier, MemoryCache, Rules, Subject,
};
use discovr_scrobbler::player::{Location, Media};
use discovr_scrobbler_support::tmdb::Tmdb;

#[tokio::test]
async fn a_name_is_found_by_title_year_and_length() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (path, length, identity, label) in [
        ("/v/The.Matrix.1999.1080p.BluRay.x264-GRP.mkv", None, movie(603), "The Matrix (1999)"),
        ("/v/The.Mummy.2017.720p.mkv", minutes(110), movie(282_035), "The Mummy (2017)"),
        ("/v/The Mummy (1998).mkv", minutes(124), movie(564), "The Mummy (1999)"),
        ("/v/Dune (1984).mkv", None, movie(841), "Dune (1984)"),
        ("/v/Dune.Part.Two.2024.mkv", None, movie(693_134), "Dune: Part Two (2024)"),
        ("/v/Pinocchio (2022).mkv", minutes(105), movie(532_639), "Pinocchio (2022)"),
        ("/v/The Quiet Mill.mkv", minutes(99), movie(901_002), "The Quiet Mill (1987)"),
        ("/v/Der Pate (1972).mkv", None, movie(238), "The Godfather (1972)"),
        ("/v/Wonder.Woman.1984.1080p.mkv", minutes(151), movie(464_052), "Wonder Woman 1984 (2020)"),
        ("/v/Wonder Woman (2017).mkv", minutes(141), movie(297_762), "Wonder Woman (2017)"),
        ("/v/1917.2019.1080p.mkv", None, movie(530_915), "1917 (2019)"),
        ("/v/Breaking.Bad.S02E13.mkv", minutes(47), episodes(1396, 2, &[13]), "Breaking Bad"),
        ("/v/Breaking.Bad.S01E01E02.mkv", minutes(94), episodes(1396, 1, &[1, 2]), "Breaking Bad"),
        ("/v/The.Office.US.S01E02.mkv", minutes(22), episodes(2316, 1, &[2]), "The Office"),
        ("/v/The Office (US) - S01E02.mkv", None, episodes(2316, 1, &[2]), "The Office"),
        ("/v/The Office (UK) - S01E02.mkv", None, episodes(2996, 1, &[2]), "The Office"),
        ("/v/The.Office.S03E10.mkv", minutes(22), episodes(2316, 3, &[10]), "The Office"),
        ("/v/This.Is.Us.S01E02.mkv", None, episodes(900_004, 1, &[2]), "This Is Us"),
        ("/v/Battlestar Galactica (2003) S01E01.mkv", None, episodes(1972, 1, &[1]), "Battlestar Galactica"),
        ("/v/Battlestar.Galactica.1978.S01E01.mkv", None, episodes(501, 1, &[1]), "Battlestar Galactica"),
        ("/v/[Kelp] Umi no Hi - 07 [1080p].mkv", minutes(24), episodes(900_001, 1, &[7]), "Day of the Sea"),
        ("/v/[Kelp] Umi no Hi - 14 [1080p].mkv", minutes(24), episodes(900_001, 2, &[2]), "Day of the Sea"),
        (
            "/v/[Kelp] Umi no Hi S2 - 03 [1080p].mkv",
            minutes(24),
            episodes(900_001, 2, &[3]),
            "Day of the Sea",
        ),
        ("/v/[Kelp] Long Tide - 33 [1080p].mkv", minutes(24), episodes(900_002, 2, &[33]), "Long Tide"),
    ] {
        let known = known(&identifier, path, length).await;
        assert_eq!((known.identity.clone(), known.label.as_str()), (identity, label), "{path}");
        assert_eq!(kinds(&known), [EvidenceKind::ReleaseName, EvidenceKind::Tmdb], "{path}");
        assert!(known.confidence.get() >= 0.85, "{path}");
    }
}

#[tokio::test]
async fn a_number_of_the_whole_series_is_kept_where_the_file_is_numbered_like_that() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (path, numbers) in [
        ("/v/[Kelp] Umi no Hi - 07 [1080p].mkv", &[7][..]),
        ("/v/[Kelp] Umi no Hi - 14 [1080p].mkv", &[14]),
        ("/v/[Kelp] Umi no Hi S2 - 03 [1080p].mkv", &[]),
        ("/v/Breaking.Bad.S02E13.mkv", &[]),
        ("/v/The.Matrix.1999.1080p.BluRay.x264-GRP.mkv", &[]),
    ] {
        // Also when it is only remembered what was found.
        for _ in 0..2 {
            let known = known(&identifier, path, minutes(24).filter(|_| path.contains("Umi"))).await;
            assert_eq!(known.absolute, numbers, "{path}");
        }
    }
}

#[tokio::test]
async fn what_could_be_another_is_held_with_its_candidates() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (path, length, first, least) in [
        // Namesakes without a year, even when the length favours one.
        ("/v/The Mummy.mkv", minutes(124), "The Mummy (1999)", 3),
        ("/v/Dune.1080p.mkv", None, "Dune (2021)", 2),
        ("/v/Pinocchio (2022).mkv", None, "Pinocchio (2022)", 2),
        // A single one of the name, but nothing besides the title speaks for it.
        ("/v/The Quiet Mill.mkv", None, "The Quiet Mill (1987)", 1),
        ("/v/The Quiet Mill.mkv", minutes(20), "The Quiet Mill (1987)", 1),
        // Another year's film.
        ("/v/The Quiet Mill (2004).mkv", minutes(98), "The Quiet Mill (1987)", 1),
        ("/v/Kung Fu (2021) S01E01.mkv", None, "Kung Fu (1972) S01E01", 1),
        // Twins that both have the episode.
        ("/v/The.Office.S01E02.mkv", None, "The Office (2005) S01E02", 2),
        ("/v/Battlestar.Galactica.S01E05.mkv", None, "Battlestar Galactica (2004) S01E05", 2),
        // Counted through the series or within its season.
        ("/v/[Kelp] Two Ways - 12.mkv", minutes(24), "Two Ways (2010) S02E07", 2),
        // Specials are numbered differently everywhere.
        ("/v/Breaking.Bad.S00E02.mkv", minutes(47), "Breaking Bad (2008) S00E02", 1),
    ] {
        let candidates = candidates(held(&identifier, path, length).await);
        assert_eq!(candidates.first().map(String::as_str), Some(first), "{path}: {candidates:?}");
        assert!(candidates.len() >= least, "{path}: {candidates:?}");
    }
}

#[tokio::test]
async fn what_tmdb_does_not_have_is_not_found() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in [
        "/v/Breaking.Bad.S01E08.mkv",
        "/v/Breaking.Bad.S09E01.mkv",
        "/v/Breaking.Bad.S01E07E08.mkv",
        "/v/No.Such.Thing.At.All.2014.mkv",
        "/v/No.Such.Series.S01E01.mkv",
        "/v/No.Such.Desk.2024.03.05.720p.mkv",
        "/v/[Kelp] Umi no Hi - 99.mkv",
    ] {
        assert_eq!(held(&identifier, path, None).await, HeldReason::NotFound, "{path}");
    }
}

#[tokio::test]
async fn names_that_say_nothing_are_unreadable_and_ask_nobody() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in ["/", "/movie.mkv", "/home/somebody/Videos/video.mkv"] {
        assert_eq!(held(&identifier, path, None).await, HeldReason::Unreadable, "{path}");
    }
    let nothing = Media::at(Location::Unknown);
    let found = identifier.identify(Subject { media: &nothing, duration: None }).await;
    assert!(matches!(found, Identification::Held { reason: HeldReason::Unreadable, .. }));
    assert_eq!(tmdb.calls(), []);
}

#[tokio::test]
async fn without_a_token_a_name_waits_and_nobody_is_asked() {
    let tmdb = Tmdb::start().await;
    let identifier = Identifier::new(Rules::default(), settings(&tmdb.url(), None), MemoryCache::new());
    let found = identify(&identifier, "/v/Films/The.Matrix.1999.mkv", None).await;
    let Identification::Held { reason, label, evidence } = found else { panic!("{found:?}") };
    assert_eq!((reason, label.as_str()), (HeldReason::NoToken, "The.Matrix.1999.mkv"));
    assert_eq!(evidence.len(), 1);
    assert_eq!(tmdb.calls(), []);
}

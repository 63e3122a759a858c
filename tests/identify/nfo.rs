//! NFO files, in their real-world forms.

use std::fs;

use crate::bench::{episodes, held, kinds, known, movie, online, without_token, write};
use discovr_scrobbler::identify::{EvidenceKind, HeldReason, Identity};
use discovr_scrobbler_support::tmdb::Tmdb;

/// Files by name, with what is in them.
type Files = Vec<(&'static str, String)>;

#[tokio::test]
async fn every_kind_of_nfo_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let unique = |kind: &str, id: &str| {
        format!("<{kind}><title>T</title><uniqueid type=\"tmdb\">{id}</uniqueid></{kind}>")
    };
    let episode = |n: u32| {
        format!(
            "<episodedetails><season>2</season><episode>{n}</episode><uniqueid type=\"tmdb\">99</uniqueid></episodedetails>"
        )
    };
    let cases: Vec<(&str, Files, Identity)> = vec![
        ("a/x.mkv", vec![("a/x.nfo", unique("movie", "603"))], movie(603)),
        ("b/x.mkv", vec![("b/movie.nfo", unique("movie", "603"))], movie(603)),
        ("c/x.mkv", vec![("c/c.nfo", "<movie><tmdbid>603</tmdbid></movie>".into())], movie(603)),
        ("d/VIDEO_TS/VTS_01_1.VOB", vec![("d/VIDEO_TS/VIDEO_TS.nfo", unique("movie", "603"))], movie(603)),
        ("e/x.mkv", vec![("e/x.nfo", "<movie><id TMDB=\"603\" IMDB=\"tt0133093\">tt0133093</id></movie>".into())], movie(603)),
        ("f/x.mkv", vec![("f/x.nfo", "https://www.themoviedb.org/movie/603-the-matrix\n".into())], movie(603)),
        (
            "g/x.mkv",
            vec![("g/x.nfo", "<movie><title>T & T</title></movie>\nhttps://www.themoviedb.org/movie/603".into())],
            movie(603),
        ),
        // Broken XML, actors with ids of their own, an entity, a byte order mark.
        (
            "h/x.mkv",
            vec![(
                "h/x.nfo",
                "\u{feff}<?xml version=\"1.0\"?><movie><actor><tmdbid>1</tmdbid></actor><plot>A &amp; B &nbsp; C</plot>\
                 <tmdbid>603</tmdbid><unclosed></movie"
                    .into(),
            )],
            movie(603),
        ),
        (
            "i/Season 2/x S02E03.mkv",
            vec![("i/tvshow.nfo", unique("tvshow", "1396")), ("i/Season 2/x S02E03.nfo", episode(3))],
            episodes(1396, 2, &[3]),
        ),
        // The NFO knows better than the name.
        (
            "j/Season 2/x S09E09.mkv",
            vec![("j/tvshow.nfo", unique("tvshow", "1396")), ("j/Season 2/x S09E09.nfo", episode(4))],
            episodes(1396, 2, &[4]),
        ),
        (
            "k/x.mkv",
            vec![("k/tvshow.nfo", unique("tvshow", "1396")), ("k/x.nfo", episode(5) + "\n" + &episode(6))],
            episodes(1396, 2, &[5, 6]),
        ),
        ("l/Season 1/x S01E02.mkv", vec![("l/tvshow.nfo", unique("tvshow", "1396"))], episodes(1396, 1, &[2])),
        (
            "m/x S01E02.mkv",
            vec![("m/tvshow.nfo", "http://www.themoviedb.org/tv/1396-breaking-bad".into())],
            episodes(1396, 1, &[2]),
        ),
        ("n/x.mkv", vec![("n/x.nfo", "https://www.themoviedb.org/tv/1396/season/1/episode/7".into())], episodes(1396, 1, &[7])),
    ];
    let identifier = without_token();
    for (name, nfos, identity) in cases {
        write(&root.join(name), "");
        for (place, text) in nfos {
            write(&root.join(place), text);
        }
        let path = root.join(name);
        let known = known(&identifier, path.to_str().expect("UTF-8"), None).await;
        assert_eq!(known.identity, identity, "{name}");
        assert!(kinds(&known).contains(&EvidenceKind::Nfo), "{name}");
    }
}

#[tokio::test]
async fn an_nfo_in_utf_16_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend("<movie><tmdbid>603</tmdbid></movie>".encode_utf16().flat_map(u16::to_le_bytes));
    write(&folder.path().join("x.nfo"), bytes);
    let path = folder.path().join("x.mkv");
    assert_eq!(known(&without_token(), path.to_str().expect("UTF-8"), None).await.identity, movie(603));
}

#[tokio::test]
async fn nfos_that_mean_something_else_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    // Two videos in one folder: its NFO may mean either.
    write(&root.join("a/movie.nfo"), "<movie><title>The Matrix</title><tmdbid>603</tmdbid></movie>");
    write(&root.join("a/The Quiet Mill.mkv"), "");
    write(&root.join("a/The Matrix.mkv"), "");
    // An episode's own number is not its series'.
    write(
        &root.join("b/BB S01E01.nfo"),
        "<episodedetails><uniqueid type=\"tmdb\">62085</uniqueid><season>1</season><episode>1</episode></episodedetails>",
    );
    // A catalogue's front page, two works, art, and nothing.
    write(&root.join("c/x.nfo"), "https://www.themoviedb.org/");
    write(&root.join("d/x.nfo"), "themoviedb.org/movie/603 themoviedb.org/movie/604");
    write(&root.join("e/x.nfo"), [0xDB, 0xDB, 0xDB, b'<', 0x00, 0xB1]);
    write(&root.join("f/x.nfo"), "");
    fs::create_dir_all(root.join("g/x.nfo")).expect("a folder is made");
    let identifier = without_token();
    for name in
        ["a/The Quiet Mill.mkv", "b/BB S01E01.mkv", "c/x.mkv", "d/x.mkv", "e/x.mkv", "f/x.mkv", "g/x.mkv"]
    {
        let path = root.join(name);
        let reason = held(&identifier, path.to_str().expect("UTF-8"), None).await;
        assert_eq!(reason, HeldReason::NoToken, "{name}");
    }
    let path = root.join("a/The Matrix.mkv");
    assert_eq!(known(&identifier, path.to_str().expect("UTF-8"), None).await.identity, movie(603));
}

#[tokio::test]
async fn an_episodes_nfo_without_its_series_is_looked_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(
        &root.join("a/x.nfo"),
        "<episodedetails><season>1</season><episode>2</episode><uniqueid type=\"tvdb\">349235</uniqueid></episodedetails>",
    );
    write(
        &root.join("b/x.nfo"),
        "<episodedetails><showtitle>Breaking Bad</showtitle><season>1</season><episode>3</episode></episodedetails>",
    );
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (name, identity) in [("a/x.mkv", episodes(1396, 1, &[2])), ("b/x.mkv", episodes(1396, 1, &[3]))] {
        let path = root.join(name);
        assert_eq!(
            known(&identifier, path.to_str().expect("UTF-8"), None).await.identity,
            identity,
            "{name}"
        );
    }
}

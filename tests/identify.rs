//! The identify room: what a file is taken for, against a strict stand-in of TMDB and real folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use discovr_scrobbler::identify::{
    AnswerCache, Candidate, Credential, CredentialError, EvidenceKind, HeldReason, Identification,
    Identified, Identifier, Identity, MemoryCache, MovieId, Rule, RuleKind, Rules, SeriesId, Subject,
    TmdbSettings,
};
use discovr_scrobbler::player::mpv::{MpvSettings, Places, watch};
use discovr_scrobbler::player::{Location, Media, PlayerReport, WatcherContext};
use discovr_scrobbler_support::scripted_mpv::ScriptedMpv;
use discovr_scrobbler_support::tmdb::{API_KEY, BEARER, Fault, Tmdb};
use secrecy::SecretString;

/// An address at which nobody listens.
const NOBODY: &str = "http://127.0.0.1:9/3";

/// Files by name, with what is in them.
type Files = Vec<(&'static str, String)>;
/// Container tags, with their values.
type Tags = &'static [(&'static str, &'static str)];

fn settings(url: &str, token: Option<&str>) -> TmdbSettings {
    TmdbSettings {
        api_url: url.parse().expect("an address"),
        credential: token.map(|token| Credential::parse(&SecretString::from(token)).expect("a token")),
        language: "en-US".into(),
    }
}

fn online(tmdb: &Tmdb) -> Identifier<MemoryCache> {
    Identifier::new(Rules::default(), settings(&tmdb.url(), Some(BEARER)), MemoryCache::new())
}

fn without_token() -> Identifier<MemoryCache> {
    Identifier::new(Rules::default(), settings(NOBODY, None), MemoryCache::new())
}

fn file(path: impl Into<PathBuf>) -> Media {
    Media::at(Location::File(path.into()))
}

fn minutes(minutes: u64) -> Option<Duration> {
    Some(Duration::from_secs(minutes * 60))
}

async fn identify(
    identifier: &Identifier<impl AnswerCache>,
    path: &str,
    duration: Option<Duration>,
) -> Identification {
    identifier.identify(Subject { media: &file(path), duration }).await
}

async fn known(
    identifier: &Identifier<impl AnswerCache>,
    path: &str,
    duration: Option<Duration>,
) -> Identified {
    match identify(identifier, path, duration).await {
        Identification::Known(known) => known,
        held @ Identification::Held { .. } => panic!("{path} is held: {held:?}"),
    }
}

async fn held(
    identifier: &Identifier<impl AnswerCache>,
    path: &str,
    duration: Option<Duration>,
) -> HeldReason {
    match identify(identifier, path, duration).await {
        Identification::Held { reason, .. } => reason,
        known @ Identification::Known(_) => panic!("{path} is known: {known:?}"),
    }
}

fn movie(id: u64) -> Identity {
    Identity::Movie { tmdb: MovieId(id) }
}

fn episodes(id: u64, season: u32, episodes: &[u32]) -> Identity {
    Identity::Episodes { tmdb: SeriesId(id), season, episodes: episodes.to_vec() }
}

fn kinds(known: &Identified) -> Vec<EvidenceKind> {
    known.evidence.iter().map(|evidence| evidence.kind).collect()
}

fn candidates(reason: HeldReason) -> Vec<String> {
    match reason {
        HeldReason::Ambiguous { candidates } => candidates.into_iter().map(named).collect(),
        reason => panic!("not ambiguous but {reason:?}"),
    }
}

fn named(candidate: Candidate) -> String {
    let numbers = match candidate.identity {
        Identity::Movie { .. } => String::new(),
        Identity::Episodes { season, episodes, .. } => format!(" S{season:02}E{:02}", episodes[0]),
    };
    candidate.label + &numbers
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
    fs::write(path, text).expect("a file is written");
}

// Ids in names.

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

// NFO files.

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

// Rules.

fn rule(kind: RuleKind, tmdb: u64) -> Rule {
    Rule {
        path: None,
        regex: None,
        title: None,
        tmdb,
        kind,
        season: None,
        episode: None,
        episode_offset: None,
    }
}

#[tokio::test]
async fn a_rule_is_stronger_than_everything_else() {
    let series = rule(RuleKind::Series, 1396);
    let rules = [
        Rule { path: Some("~/Films/*.mkv".into()), ..rule(RuleKind::Movie, 603) },
        Rule {
            path: Some("/anime/Second Half/".into()),
            season: Some(2),
            episode_offset: Some(-12),
            ..series.clone()
        },
        Rule { regex: Some(r"Disc (?<season>\d)/Track (?<episode>\d+)".into()), ..series.clone() },
        Rule { title: Some("El Show".into()), ..series.clone() },
        Rule { path: Some("**/pilot.mkv".into()), season: Some(1), episode: Some(1), ..series },
    ];
    let rules = Rules::compile(&rules, Some(Path::new("/home/[me]"))).expect("rules");
    let identifier = Identifier::new(rules, settings(NOBODY, None), MemoryCache::new());
    for (path, identity) in [
        ("/home/[me]/Films/The Mummy (1999) {tmdb-564}.mkv", movie(603)),
        ("/anime/Second Half/[Kelp] Show - 14.mkv", episodes(1396, 2, &[2])),
        ("/rips/Disc 3/Track 04.mkv", episodes(1396, 3, &[4])),
        ("/v/el.show.S02E05.mkv", episodes(1396, 2, &[5])),
        ("/anywhere/pilot.mkv", episodes(1396, 1, &[1])),
    ] {
        let known = known(&identifier, path, None).await;
        assert_eq!(known.identity, identity, "{path}");
        assert_eq!(known.evidence[0].kind, EvidenceKind::Rule, "{path}");
        assert!(known.confidence.get() >= 1.0);
    }
    // `*` stops at a slash, an offset below the first episode is no episode, and a rule fits whole or not at all.
    assert_eq!(held(&identifier, "/home/[me]/Films/More/A (2000).mkv", None).await, HeldReason::NoToken);
    assert_eq!(held(&identifier, "/anime/Second Half/Show - 12.mkv", None).await, HeldReason::Unreadable);
    assert_eq!(held(&identifier, "/v/El Show extra.mkv", None).await, HeldReason::NoToken);
}

#[test]
fn rules_that_cannot_be_used_are_all_named() {
    let movie = rule(RuleKind::Movie, 603);
    let rules = [
        Rule { path: Some("/v/[".into()), ..movie.clone() },
        Rule { regex: Some("(".into()), ..movie.clone() },
        Rule { title: Some("X".into()), season: Some(1), ..movie.clone() },
        movie.clone(),
        Rule { path: Some("~/v/**".into()), ..movie.clone() },
        Rule { path: Some("v/**".into()), ..movie.clone() },
        Rule { title: Some("fine".into()), ..movie.clone() },
        Rule { title: Some("?!".into()), tmdb: 0, ..movie },
    ];
    let errors = Rules::compile(&rules, None).expect_err("none of them is fine but one");
    let numbers: Vec<usize> = errors.iter().map(|error| error.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 8, 8]);
    for error in &errors {
        assert!(error.to_string().starts_with(&format!("rule {}: ", error.number)), "{error}");
    }
}

#[test]
fn an_unknown_key_in_a_rule_is_refused() {
    let good = r#"{"title": "X", "tmdb": 1, "kind": "series"}"#;
    let rule: Rule = serde_json::from_str(good).expect("a rule");
    assert_eq!(rule.kind, RuleKind::Series);
    for bad in [
        r#"{"title": "X", "tmdb": 1, "kind": "series", "ofset": 1}"#,
        r#"{"title": "X", "tmdb": 1}"#,
        r#"{"title": "X", "kind": "movie"}"#,
        r#"{"title": "X", "tmdb": 1, "kind": "show"}"#,
    ] {
        assert!(serde_json::from_str::<Rule>(bad).is_err(), "{bad}");
    }
}

// What the player says.

#[tokio::test]
async fn container_tags_name_an_id() {
    let cases: [(&str, Tags, Identity); 4] = [
        ("/v/x.mkv", &[("tmdb", "movie/603")], movie(603)),
        ("/v/x S01E02.mkv", &[("tmdb", "tv/1396")], episodes(1396, 1, &[2])),
        (
            "/v/x.mp4",
            &[("tmdb", "tv/1396"), ("season_number", "1"), ("episode_sort", "4")],
            episodes(1396, 1, &[4]),
        ),
        ("/v/x S01E02.mkv", &[("tmdb", "tv/1396 / tv/1396")], episodes(1396, 1, &[2])),
    ];
    let identifier = without_token();
    for (path, tags, identity) in cases {
        let mut media = file(path);
        media.tags = tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let Identification::Known(known) =
            identifier.identify(Subject { media: &media, duration: None }).await
        else {
            panic!("{tags:?} is held");
        };
        assert_eq!(known.identity, identity, "{tags:?}");
        assert!(kinds(&known).contains(&EvidenceKind::Player));
    }
}

#[tokio::test]
async fn tags_in_words_are_looked_up_before_the_name() {
    let tmdb = Tmdb::start().await;
    let mut media = file("/v/episode.mp4");
    for (key, value) in [("show", "Breaking Bad"), ("season_number", "2"), ("episode_sort", "7")] {
        media.tags.insert(key.into(), value.into());
    }
    let found = online(&tmdb).identify(Subject { media: &media, duration: None }).await;
    assert!(matches!(found, Identification::Known(known) if known.identity == episodes(1396, 2, &[7])));
}

#[tokio::test]
async fn a_stream_goes_by_its_title_only_when_that_looks_like_a_video() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let mut media = Media::at(Location::Url("https://user:pass@host.example/s/8213?token=abc".into()));
    media.title = Some("Breaking Bad S01E02".into());
    let found = identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
    assert!(matches!(found, Identification::Known(known) if known.identity == episodes(1396, 1, &[2])));
    let before = tmdb.calls().len();
    media.title = Some("My holiday, part one".into());
    let found = identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
    assert!(matches!(found, Identification::Held { reason: HeldReason::Unreadable, .. }), "{found:?}");
    assert_eq!(tmdb.calls().len(), before);
}

// The release name and TMDB.

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
async fn what_could_be_another_is_held_with_its_candidates() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (path, length, first, count) in [
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
        ("/v/Battlestar.Galactica.S01E05.mkv", None, "Battlestar Galactica (1978) S01E05", 2),
        // Specials are numbered differently everywhere.
        ("/v/Breaking.Bad.S00E02.mkv", minutes(47), "Breaking Bad (2008) S00E02", 1),
    ] {
        let candidates = candidates(held(&identifier, path, length).await);
        assert_eq!(
            (candidates.first().map(String::as_str), candidates.len()),
            (Some(first), count),
            "{path}: {candidates:?}"
        );
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
        "/v/[Kelp] Umi no Hi - 99.mkv",
        "/v/[Kelp] Two Ways - 12.mkv",
    ] {
        assert_eq!(held(&identifier, path, None).await, HeldReason::NotFound, "{path}");
    }
}

#[tokio::test]
async fn names_that_say_nothing_are_unreadable_and_ask_nobody() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in ["/", "/movie.mkv", "/home/somebody/Videos/video.mkv", "/The.Late.Desk.2024.03.05.720p.mkv"] {
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

// TMDB in trouble, the cache, and what is given away.

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

#[tokio::test]
async fn only_the_title_leaves_the_machine() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in [
        "/home/somebody/Private Folder/The.Matrix.1999.1080p.BluRay.x264-SECRETGRP.mkv",
        "/home/somebody/Private Folder/Breaking Bad/Season 1/Breaking.Bad.S01E02.Cats.in.the.Bag.mkv",
        "/home/somebody/Private Folder/Room.237.1080p {tmdb-84334}.mkv",
    ] {
        identify(&identifier, path, minutes(47)).await;
    }
    let address = "https://somebody:private@host.example/tv/Breaking.Bad.S01E02.1080p.mkv?token=secretgrp";
    let media = Media::at(Location::Url(address.into()))
        .with_title(Some("Breaking.Bad.S01E02.1080p.mkv?token=secretgrp".into()));
    let found = identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
    assert!(matches!(found, Identification::Known(_)), "{found:?}");
    assert!(!format!("{found:?}").contains("secretgrp"), "{found:?}");
    let calls = tmdb.calls();
    assert!(!calls.is_empty());
    for call in calls {
        let all = format!("{} {:?}", call.path, call.query).to_lowercase();
        for private in ["somebody", "private", "secretgrp", "1080p", "mkv", "cats", "/home", "eyj"] {
            assert!(!all.contains(private), "{private} in {all}");
        }
        assert_ne!(call.status, 422, "{all}");
        assert_ne!(call.status, 401, "{all}");
    }
}

#[tokio::test]
async fn a_token_in_an_address_that_mpv_shows_as_a_title_stays_on_the_machine() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("mpv");
    let settings = MpvSettings {
        sockets: vec![socket.to_str().expect("UTF-8").to_owned()],
        places: Places { folders: vec![folder.path().to_owned()], ..Places::default() },
    };
    let (sender, mut reports) = tokio::sync::mpsc::channel(64);
    let context = WatcherContext::new(sender);
    let cancel = context.cancel.clone().drop_guard();
    let watching = tokio::spawn(watch(settings, context));
    for (name, answered) in
        [("tv/Breaking.Bad.S01E02.mkv", true), ("tv/The.Matrix.1999.mkv", true), ("play", false)]
    {
        let address = format!("https://host.example/{name}?token=s3cret%20S01E02&path=/Heat.s3cret.S01E02");
        let mpv = ScriptedMpv::play(&socket, Path::new(&address), 47.0 * 60.0, 1.0);
        let media = loop {
            let report = tokio::time::timeout(Duration::from_secs(60), reports.recv()).await;
            if let Some(PlayerReport::Observed(seen)) = report.expect("it is seen")
                && let Some(media) = seen.media
            {
                break media;
            }
        };
        assert_eq!(media.title, None);
        let asked = tmdb.calls().len();
        let found = identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
        assert!(!format!("{found:?}").contains("s3cret"), "{found:?}");
        assert_eq!(tmdb.calls().len() > asked, answered, "{name}");
        mpv.quit().await;
        while !matches!(reports.recv().await.expect("a watcher"), PlayerReport::Gone { .. }) {}
    }
    for call in tmdb.calls() {
        assert!(!format!("{} {:?}", call.path, call.query).contains("s3cret"));
    }
    drop(cancel);
    watching.await.expect("the watcher does not panic");
}

#[tokio::test]
async fn both_kinds_of_credential_work_and_neither_is_shown() {
    for token in [BEARER, API_KEY] {
        let tmdb = Tmdb::start().await;
        let settings = settings(&tmdb.url(), Some(token));
        assert!(!format!("{settings:?}").contains(token));
        let identifier = Identifier::new(Rules::default(), settings, MemoryCache::new());
        assert_eq!(known(&identifier, "/v/The.Matrix.1999.mkv", None).await.identity, movie(603));
        assert!(!format!("{identifier:?}").contains(token));
        tmdb.fail("/search", Fault::Hangup, 2);
        let found = identify(&identifier, "/v/The.Mummy.1999.mkv", None).await;
        assert!(!format!("{found:?}").contains(token), "{found:?}");
    }
}

#[test]
fn a_credential_is_told_by_its_shape() {
    let parse = |text: &str| Credential::parse(&SecretString::from(text));
    assert!(matches!(parse(&format!(" {BEARER}\n")), Ok(Credential::Bearer(_))));
    assert!(matches!(parse(API_KEY), Ok(Credential::ApiKey(_))));
    assert!(matches!(parse("  \n"), Err(CredentialError::Empty)));
    for wrong in ["eyJ with spaces", "abc", "0123456789abcdef0123456789abcdeg", "eyJ\u{7f}"] {
        let error = parse(wrong).expect_err("no credential");
        assert_eq!(error, CredentialError::UnknownShape);
        assert!(!error.to_string().contains(wrong));
    }
}

#[tokio::test]
async fn the_chain_goes_by_the_strongest() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("The Mummy (1999) {tmdb-603}.mkv");
    write(&path.with_extension("nfo"), "<movie><tmdbid>841</tmdbid></movie>");
    let plain = folder.path().join("The Mummy (1999).mkv");
    write(&plain.with_extension("nfo"), "<movie><tmdbid>841</tmdbid></movie>");
    let bare = folder.path().join("sub/The Mummy (1999).mkv");
    write(&bare, "");
    let tmdb = Tmdb::start().await;
    let of = async |rules: &[Rule], path: &Path| {
        let rules = Rules::compile(rules, None).expect("rules");
        let identifier = Identifier::new(rules, settings(&tmdb.url(), Some(BEARER)), MemoryCache::new());
        let mut media = file(path);
        media.tags.insert("tmdb".into(), "movie/679".into());
        match identifier.identify(Subject { media: &media, duration: None }).await {
            Identification::Known(known) => known.identity,
            held @ Identification::Held { .. } => panic!("{held:?}"),
        }
    };
    let rules = [Rule { title: Some("the mummy".into()), ..rule(RuleKind::Movie, 348) }];
    assert_eq!(of(&rules, &plain).await, movie(348));
    assert_eq!(of(&[], &plain).await, movie(841));
    assert_eq!(of(&[], &bare).await, movie(679));
    assert_eq!(of(&[], &path).await, movie(603));
}

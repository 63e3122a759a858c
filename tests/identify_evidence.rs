//! Exact evidence: what ids in names, files beside a video and a video's own tags say, and which of them is believed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use discovr_scrobbler::identify::{
    Credential, EvidenceKind, HeldReason, Identification, Identified, Identifier, Identity, MemoryCache,
    MovieId, Rules, SeriesId, Subject, TmdbSettings,
};
use discovr_scrobbler::player::{Location, Media};
use discovr_scrobbler_support::media::tagged_video;
use discovr_scrobbler_support::tmdb::{BEARER, Fault, Tmdb};
use secrecy::SecretString;

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
    Identifier::new(Rules::default(), settings("http://127.0.0.1:9/3", None), MemoryCache::new())
}

fn movie(id: u64) -> Identity {
    Identity::Movie { tmdb: MovieId(id) }
}

fn episodes(id: u64, season: u32, episodes: &[u32]) -> Identity {
    Identity::Episodes { tmdb: SeriesId(id), season, episodes: episodes.to_vec() }
}

/// A folder with files in it; those that a test does not give content are empty.
struct Library(tempfile::TempDir);

impl Library {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let library = Self(tempfile::tempdir().expect("a folder"));
        for (name, content) in files {
            library.write(name, content);
        }
        library
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, content).expect("a file is written");
    }

    async fn identify(&self, identifier: &Identifier<MemoryCache>, name: &str) -> Identification {
        identify(identifier, &Media::at(Location::File(self.path(name)))).await
    }

    async fn known(&self, identifier: &Identifier<MemoryCache>, name: &str) -> Identified {
        match self.identify(identifier, name).await {
            Identification::Known(known) => known,
            held @ Identification::Held { .. } => panic!("{name} is held: {held:?}"),
        }
    }

    async fn held(&self, identifier: &Identifier<MemoryCache>, name: &str) -> HeldReason {
        match self.identify(identifier, name).await {
            Identification::Held { reason, .. } => reason,
            known @ Identification::Known(_) => panic!("{name} is known: {known:?}"),
        }
    }
}

async fn identify(identifier: &Identifier<MemoryCache>, media: &Media) -> Identification {
    identifier.identify(Subject { media, duration: None }).await
}

fn said(identification: &Identification) -> Vec<String> {
    let evidence = match identification {
        Identification::Known(known) => &known.evidence,
        Identification::Held { evidence, .. } => evidence,
    };
    evidence.iter().map(|evidence| evidence.says.clone()).collect()
}

// Ids in names.

#[tokio::test]
async fn a_series_folders_id_goes_with_the_numbers_in_the_name() {
    let identifier = without_token();
    let library = Library::new(&[]);
    for folder in [
        "Breaking Bad {tmdb-1396}",
        "Breaking Bad (2008) [tmdbid-1396]",
        "Breaking Bad (2008) [tmdbid=1396]",
        "Breaking Bad (tmdb=1396)",
        "Breaking Bad [tmdb-1396] [imdbid=tt0903747]",
        "Breaking Bad {tvdb-81189} {tmdb-1396}",
    ] {
        for (file, season, numbers) in [
            ("Season 01/Breaking Bad - S01E02.mkv", 1, vec![2]),
            ("S02E03E04.mkv", 2, vec![3, 4]),
            ("Specials/S00E01 - Extra.mkv", 0, vec![1]),
        ] {
            let name = format!("{folder}/{file}");
            let known = library.known(&identifier, &name).await;
            assert_eq!(known.identity, episodes(1396, season, &numbers), "{name}");
            assert_eq!(known.evidence[0].kind, EvidenceKind::NameId, "{name}");
        }
    }
}

#[tokio::test]
async fn an_id_in_an_address_or_a_title_counts_but_not_a_bare_one() {
    let identifier = without_token();
    let at = |location| Media::at(location);
    let titled = |title: &str| Media { title: Some(title.into()), ..at(Location::Unknown) };
    for media in [
        at(Location::Url("https://host/s/The%20Matrix%20%7Btmdb-603%7D.mkv?token=x".into())),
        titled("The Matrix (1999) [tmdbid=603]"),
    ] {
        let found = identify(&identifier, &media).await;
        assert!(matches!(&found, Identification::Known(known) if known.identity == movie(603)), "{found:?}");
    }
    for media in [at(Location::Url("https://host/title/tt0133093".into())), titled("tt0133093")] {
        let found = identify(&identifier, &media).await;
        assert!(matches!(found, Identification::Held { .. }), "{found:?}");
    }
}

// NFO files.

/// `text` in single bytes.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char)).expect("Latin-1")).collect()
}

fn utf_16(text: &str, mark: bool, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xFEFF);
    mark.into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
}

#[tokio::test]
async fn nfos_are_read_in_whatever_state_they_are() {
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><movie><title>Am\u{e9}lie</title><uniqueid type=\"tmdb\">603</uniqueid></movie>";
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;&lol;&lol;&lol;&lol;\">\
         <!ENTITY lol3 \"&lol2;&lol2;&lol2;&lol2;\"><!ENTITY file SYSTEM \"file:///etc/hostname\">]>\
         <movie><title>&lol3;&file;</title><plot>&undefined; & &#0; &#xFFFFFFFF;</plot><tmdbid>603</tmdbid></movie>";
    let mut art = b"\xDB\xDB\xB1\xB2 < \xC9\xCD\xBB > \x1A <<< www.release.example >>>\r\n iMDB: http://www.imdb.com/Title/".to_vec();
    art.extend(b"x\r\n https://www.themoviedb.org/movie/603-the-matrix \xBA\xC8\xCD\xBC\x00\xFF");
    let mut large = xml.as_bytes().to_vec();
    large.resize(1024 * 1024, b' ');
    let nested = format!("<movie><tmdbid>603</tmdbid>{}", "<a>".repeat(20_000));
    let attributes = format!("<movie {}><tmdbid>603</tmdbid></movie>", "a=\"1\" ".repeat(9_000));
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("UTF-8", xml.into()),
        ("a mark", [b"\xEF\xBB\xBF", xml.as_bytes()].concat()),
        ("Latin-1 that says UTF-8", latin_1(xml)),
        ("Windows-1252", b"<movie><title>It\x92s \x80</title><tmdbid>603</tmdbid></movie>".to_vec()),
        ("UTF-16 LE with a mark", utf_16(xml, true, u16::to_le_bytes)),
        ("UTF-16 BE with a mark", utf_16(xml, true, u16::to_be_bytes)),
        ("UTF-16 LE without", utf_16(xml, false, u16::to_le_bytes)),
        ("UTF-16 BE without", utf_16(xml, false, u16::to_be_bytes)),
        ("UTF-8 that says UTF-16", xml.replace("UTF-8", "UTF-16").into()),
        ("an address", b"https://www.themoviedb.org/movie/603".to_vec()),
        ("an address and a line", b"\r\n http://www.themoviedb.org/movie/603-the-matrix\r\n\r\n".to_vec()),
        (
            "XML and an address",
            b"<movie><title>T</title></movie>\nhttps://www.themoviedb.org/movie/603".to_vec(),
        ),
        ("art and an address", art),
        ("a megabyte", large),
        ("entities", laughs.into()),
        ("nesting", nested.into()),
        ("attributes", attributes.into()),
        ("an older writer", b"<movie><id TMDB=\"603\" IMDB=\"tt0133093\">tt0133093</id></movie>".to_vec()),
        ("upper case", b"<Movie><TMDBID> 603 </TMDBID></Movie>".to_vec()),
        ("text in CDATA", b"<movie><tmdbid><![CDATA[603]]></tmdbid></movie>".to_vec()),
        ("a wrong end", b"<movie><plot>a > b</plot><set><name>x</name></set><tmdbid>603</tmdbid></tvshow>".to_vec()),
        ("an end that is missing", b"<movie><tmdbid>603</tmdbid><title>The Mat".to_vec()),
        (
            "a default",
            b"<movie><uniqueid type=\"tmdb\">604</uniqueid><uniqueid type=\"tmdb\" default=\"true\">603</uniqueid></movie>".to_vec(),
        ),
        (
            "other catalogues",
            b"<movie><uniqueid type=\"x\" default=\"true\">1</uniqueid><uniqueid type=\"tmdbset\">2</uniqueid>\
              <tmdbcollectionid>3</tmdbcollectionid><uniqueid type=\"tmdb\">603</uniqueid></movie>"
                .to_vec(),
        ),
        ("an actor's id", b"<movie><actor><name>K</name><tmdbid>6384</tmdbid></actor><tmdbid>603</tmdbid></movie>".to_vec()),
    ];
    let identifier = without_token();
    for (name, content) in cases {
        let library = Library::new(&[("a/x.mkv", b""), ("a/x.nfo", &content)]);
        let found = library.identify(&identifier, "a/x.mkv").await;
        assert!(
            matches!(&found, Identification::Known(known) if known.identity == movie(603)),
            "{name}: {found:?}"
        );
    }
}

#[tokio::test]
async fn nfos_without_an_id_stop_nothing() {
    let mut late = b"<movie><plot>".to_vec();
    late.resize(1024 * 1024, b'x');
    late.extend(b"</plot><tmdbid>603</tmdbid></movie>");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("zeroes", vec![0; 1024 * 1024]),
        ("brackets", vec![b'<'; 200_000]),
        ("ampersands", vec![b'&'; 200_000]),
        ("too far back", late),
        ("a mark", vec![0xFF, 0xFE]),
        ("half a character", vec![0xFF, 0xFE, 0x3C]),
        (
            "another kind of number",
            b"<movie><tmdbid>-603</tmdbid><id>603</id><tmdbid>6e2</tmdbid></movie>".to_vec(),
        ),
        ("a video", [b"\x1A\x45\xDF\xA3".to_vec(), vec![0x93; 5000]].concat()),
    ];
    let identifier = without_token();
    for (name, content) in cases {
        let library = Library::new(&[("a/x {tmdb-603}.mkv", b""), ("a/The Mummy (1999).mkv", b"")]);
        library.write("a/x {tmdb-603}.nfo", &content);
        library.write("a/The Mummy (1999).nfo", &content);
        assert_eq!(library.held(&identifier, "a/The Mummy (1999).mkv").await, HeldReason::NoToken, "{name}");
        assert_eq!(library.known(&identifier, "a/x {tmdb-603}.mkv").await.identity, movie(603), "{name}");
    }
}

#[tokio::test]
async fn the_nfo_that_means_a_movie_is_found_by_every_usual_name() {
    let identifier = without_token();
    let nfo: &[u8] = b"<movie><title>T</title><tmdbid>603</tmdbid></movie>";
    for (video, place) in [
        ("M/x.mkv", "M/x.nfo"),
        ("M/x.mkv", "M/X.NFO"),
        ("M/x.mkv", "M/movie.nfo"),
        ("M/x.mkv", "M/Movie.nfo"),
        ("M/x.mkv", "M/M.nfo"),
        ("M/Ame\u{301}lie.mkv", "M/Am\u{e9}lie.nfo"),
        ("M/x.mkv", "M/m.NFO"),
        ("M/VIDEO_TS/VTS_01_1.VOB", "M/VIDEO_TS/VIDEO_TS.nfo"),
        ("M/VIDEO_TS/VTS_01_1.VOB", "M/VIDEO_TS/video_ts.nfo"),
        ("M/VIDEO_TS/VTS_01_1.VOB", "M/movie.nfo"),
        ("M/VIDEO_TS/VTS_01_1.VOB", "M/M.nfo"),
        ("M/BDMV/STREAM/00001.m2ts", "M/BDMV/index.nfo"),
        ("M/BDMV/STREAM/00001.m2ts", "M/movie.nfo"),
        ("M/BDMV/STREAM/00001.m2ts", "M/M.nfo"),
    ] {
        let library = Library::new(&[(video, b""), (place, nfo)]);
        let known = library.known(&identifier, video).await;
        assert_eq!(known.identity, movie(603), "{place}");
        assert_eq!(known.evidence[0].kind, EvidenceKind::Nfo, "{place}");
    }
}

#[tokio::test]
async fn an_episodes_series_is_in_the_files_above_it() {
    let show: &[u8] = b"<tvshow><title>Breaking Bad</title><uniqueid type=\"tmdb\">1396</uniqueid></tvshow>";
    let guide: &[u8] = b"<tvshow><episodeguide><url>http://api.themoviedb.org/3/tv/1396?api_key=x</url></episodeguide></tvshow>";
    let episode: &[u8] =
        b"<episodedetails><season>2</season><episode>3</episode><uniqueid type=\"tmdb\" default=\"true\">62092</uniqueid></episodedetails>";
    let two: &[u8] = b"<episodedetails><season>2</season><episode>3</episode><plot>open\n<episodedetails><season>2</season>\
        <episode>4</episode></episodedetails>";
    let address: &[u8] = b"<episodedetails><title>x</title></episodedetails>\nhttps://www.themoviedb.org/tv/1396/season/2/episode/3";
    let season: &[u8] =
        b"<season><seasonnumber>2</seasonnumber><uniqueid type=\"tmdb\">3573</uniqueid></season>";
    let identifier = without_token();
    for (video, files, identity) in [
        (
            "S/Season 2/x.mkv",
            vec![("S/tvshow.nfo", show), ("S/Season 2/x.nfo", episode)],
            episodes(1396, 2, &[3]),
        ),
        (
            "S/Season 2/x.mkv",
            vec![("S/TVShow.NFO", show), ("S/Season 2/X.nfo", episode)],
            episodes(1396, 2, &[3]),
        ),
        (
            "S/a/Season 2/x.mkv",
            vec![("S/tvshow.nfo", show), ("S/a/Season 2/x.nfo", two)],
            episodes(1396, 2, &[3, 4]),
        ),
        ("S/x S01E05.mkv", vec![("S/tvshow.nfo", guide)], episodes(1396, 1, &[5])),
        ("S/x.mkv", vec![("S/x.nfo", address)], episodes(1396, 2, &[3])),
        (
            "S/Two/05 - x.mkv",
            vec![("S/tvshow.nfo", show), ("S/Two/season.nfo", season)],
            episodes(1396, 2, &[5]),
        ),
    ] {
        let library = Library::new(&[(video, b"")]);
        for (name, content) in files {
            library.write(name, content);
        }
        assert_eq!(library.known(&identifier, video).await.identity, identity, "{video}");
    }
    // Neither a season's nor an episode's id is the series', and three folders are enough.
    for (video, files) in [
        ("S/x S01E05.mkv", vec![("S/season.nfo", season)]),
        ("S/x S01E05.mkv", vec![("S/x S01E05.nfo", episode)]),
        ("S/a/b/c/x S01E05.mkv", vec![("S/tvshow.nfo", show)]),
        ("S/x S01E05.mkv", vec![("S/movie.nfo", b"<movie><tmdbid>603</tmdbid></movie>")]),
    ] {
        let library = Library::new(&[(video, b"")]);
        for (name, content) in files {
            library.write(name, content);
        }
        assert_eq!(library.held(&identifier, video).await, HeldReason::NoToken, "{video}");
    }
}

// `.plexmatch` files.

#[tokio::test]
async fn a_plexmatch_file_tells_the_series_and_the_numbers() {
    let identifier = without_token();
    for (video, files, identity) in [
        ("S/Season 1/S01E02.mkv", vec![("S/.plexmatch", "tmdbid: 1396")], episodes(1396, 1, &[2])),
        (
            "S/Season 1/S01E02.mkv",
            vec![("S/Season 1/.plexmatch", "guid: tmdb://1396")],
            episodes(1396, 1, &[2]),
        ),
        (
            "S/Season 1/S01E02.mkv",
            vec![("S/.plexmatch", "tmdbid: 1"), ("S/Season 1/.plexmatch", "TMDBID : 1396")],
            episodes(1396, 1, &[2]),
        ),
        (
            "S/Two/07.mkv",
            vec![("S/.plexmatch", "tmdbid: 1396"), ("S/Two/.plexmatch", "# hint\nseason: 2")],
            episodes(1396, 2, &[7]),
        ),
        (
            "S/Bottle.mkv",
            vec![("S/.plexmatch", "title: Breaking Bad\ntmdbid: 1396\nseason: 2\nep: 5: Bottle.mkv")],
            episodes(1396, 2, &[5]),
        ),
        (
            "S/a/S09E09.mkv",
            vec![("S/.plexmatch", "tmdbid: 1396\nepisode: S02E05-E06: a/S09E09.mkv")],
            episodes(1396, 2, &[5, 6]),
        ),
        (
            "S/E\u{301}te\u{301}.mkv",
            vec![("S/.plexmatch", "tmdbid: 1396\nep: S02E04: \u{c9}t\u{e9}.mkv")],
            episodes(1396, 2, &[4]),
        ),
        ("S/Extra.mkv", vec![("S/.plexmatch", "tmdbid: 1396\nep: SP01: Extra.mkv")], episodes(1396, 0, &[1])),
        // The user's own word before a program's.
        (
            "S/S01E02.mkv",
            vec![
                ("S/.plexmatch", "guid: com.plexapp.agents.themoviedb://1396?lang=en"),
                ("tvshow.nfo", "<tvshow><tmdbid>5</tmdbid></tvshow>"),
            ],
            episodes(1396, 1, &[2]),
        ),
    ] {
        let library = Library::new(&[(video, b"")]);
        for (name, content) in files {
            library.write(name, content.as_bytes());
        }
        let known = library.known(&identifier, video).await;
        assert_eq!(known.identity, identity, "{video}");
        assert_eq!(known.evidence[0].kind, EvidenceKind::Plexmatch, "{video}");
    }
    // It speaks of series, and `plex://` is of no use.
    for (video, text) in [
        ("M/The Mummy (1999).mkv", "tmdbid: 603"),
        ("M/x S01E01.mkv", "guid: plex://show/5d9c086c02391c001f58656a"),
    ] {
        let library = Library::new(&[(video, b""), ("M/.plexmatch", text.as_bytes())]);
        assert_eq!(library.held(&identifier, video).await, HeldReason::NoToken, "{video}");
    }
}

#[tokio::test]
async fn a_title_beside_a_file_is_looked_up_with_the_names_numbers() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (place, text) in [
        ("S/.plexmatch", "title: Breaking Bad\nyear: 2008"),
        ("S/.plexmatch", "show: Breaking Bad\nguid: plex://show/5d9c086c02391c001f58656a"),
        ("S/tvshow.nfo", "<tvshow><title>Breaking Bad</title><year>2008</year></tvshow>"),
    ] {
        let library = Library::new(&[("S/Season 1/S01E02.mkv", b""), (place, text.as_bytes())]);
        let known = library.known(&identifier, "S/Season 1/S01E02.mkv").await;
        assert_eq!(known.identity, episodes(1396, 1, &[2]), "{place}: {text}");
        let of_its_kind =
            if place.ends_with(".plexmatch") { EvidenceKind::Plexmatch } else { EvidenceKind::Nfo };
        assert!(known.evidence.iter().any(|found| found.kind == of_its_kind), "{place}: {known:?}");
    }
}

// A video's own tags.

#[tokio::test]
async fn tags_that_the_player_does_not_tell_are_read_from_the_file() {
    let tmdb = Tmdb::start().await;
    let offline = without_token();
    let identifier = online(&tmdb);
    let library = Library::new(&[]);
    let folder = library.path("v");
    tagged_video(&folder, "a.mkv", 1, 10, &[("TMDB", "movie/603")]);
    tagged_video(&folder, "b S01E02.mkv", 1, 10, &[("TMDB", "tv/1396")]);
    tagged_video(
        &folder,
        "c.mkv",
        1,
        10,
        &[("TMDB", "tv/1396"), ("season_number", "2"), ("episode_sort", "3")],
    );
    tagged_video(&folder, "d.mkv", 1, 10, &[("IMDB", "tt0133093"), ("title", "Junk")]);
    tagged_video(&folder, "e.mkv", 1, 10, &[("TVDB2", "episodes/349235")]);
    let show = [("show", "Breaking Bad"), ("season_number", "2"), ("episode_sort", "7")];
    tagged_video(&folder, "f.mp4", 1, 10, &show);
    tagged_video(&folder, "g.mp4", 1, 10, &[("media_type", "9"), ("title", "The Matrix"), ("date", "1999")]);
    for name in ["v/a.mkv", "v/b S01E02.mkv", "v/c.mkv"] {
        let known = library.known(&offline, name).await;
        assert!(said(&Identification::Known(known)).iter().any(|says| says.contains("TMDB")), "{name}");
    }
    for (name, identity) in [
        ("v/a.mkv", movie(603)),
        ("v/b S01E02.mkv", episodes(1396, 1, &[2])),
        ("v/c.mkv", episodes(1396, 2, &[3])),
        ("v/d.mkv", movie(603)),
        ("v/e.mkv", episodes(1396, 1, &[2])),
        ("v/f.mp4", episodes(1396, 2, &[7])),
        ("v/g.mp4", movie(603)),
    ] {
        let known = library.known(&identifier, name).await;
        assert_eq!(known.identity, identity, "{name}");
        assert_eq!(known.evidence[0].kind, EvidenceKind::Player, "{name}");
    }
}

#[tokio::test]
async fn what_the_player_tells_counts_more_than_the_header() {
    let library = Library::new(&[]);
    let path = tagged_video(&library.path("v"), "a.mkv", 1, 10, &[("TMDB", "movie/604")]);
    let tags = [("tmdb".to_owned(), "movie/603".to_owned())].into();
    let media = Media { tags, ..Media::at(Location::File(path)) };
    let found = identify(&without_token(), &media).await;
    assert!(matches!(&found, Identification::Known(known) if known.identity == movie(603)), "{found:?}");
}

#[tokio::test]
async fn a_series_and_an_episodes_id_that_mpv_joins_are_told_apart() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for imdb in ["tt0903747 / tt0959621", "tt0959621 / tt0903747"] {
        let tags = [("imdb".to_owned(), imdb.to_owned())].into();
        let media = Media { tags, ..Media::at(Location::File("/v/x S01E01.mkv".into())) };
        let found = identify(&identifier, &media).await;
        assert!(
            matches!(&found, Identification::Known(known) if known.identity == episodes(1396, 1, &[1])),
            "{imdb}: {found:?}"
        );
    }
    // Two films in one file are neither.
    let tags = [("imdb".to_owned(), "tt0133093 / tt0068646".to_owned())].into();
    let media = Media { tags, ..Media::at(Location::File("/v/x.mkv".into())) };
    assert!(matches!(identify(&identifier, &media).await, Identification::Held { .. }));
}

// Which is believed.

#[tokio::test]
async fn the_nearest_and_the_strongest_place_decides() {
    let tags: [(&str, &str); 1] = [("TMDB", "movie/604")];
    let nfo: &[u8] = b"<movie><tmdbid>238</tmdbid></movie>";
    let identifier = without_token();
    let library = Library::new(&[]);
    tagged_video(&library.path("M {tmdb-348}"), "x [tmdbid=603].mkv", 1, 10, &tags);
    library.write("M {tmdb-348}/x [tmdbid=603].nfo", nfo);
    assert_eq!(library.known(&identifier, "M {tmdb-348}/x [tmdbid=603].mkv").await.identity, movie(603));
    tagged_video(&library.path("N {tmdb-348}"), "N.mkv", 1, 10, &tags);
    library.write("N {tmdb-348}/N.nfo", nfo);
    assert_eq!(library.known(&identifier, "N {tmdb-348}/N.mkv").await.identity, movie(348));
    tagged_video(&library.path("O"), "x.mkv", 1, 10, &tags);
    assert_eq!(library.known(&identifier, "O/x.mkv").await.identity, movie(604));
    library.write("O/movie.nfo", b"<movie><tmdbid>348</tmdbid></movie>");
    assert_eq!(library.known(&identifier, "O/x.mkv").await.identity, movie(348));
    library.write("O/x.nfo", nfo);
    assert_eq!(library.known(&identifier, "O/x.mkv").await.identity, movie(238));
}

#[tokio::test]
async fn two_ids_of_one_place_that_contradict_each_other_are_held() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for (video, files) in [
        ("a/The Matrix (1999) {tmdb-603} {imdb-tt0068646}.mkv", vec![]),
        ("b/x.mkv", vec![("b/x.nfo", "<movie><tmdbid>603</tmdbid><imdbid>tt0068646</imdbid></movie>")]),
        (
            "c/x.mkv",
            vec![("c/x.nfo", "<movie><tmdbid>603</tmdbid><uniqueid type=\"tmdb\">604</uniqueid></movie>")],
        ),
        (
            "d/S01E01.mkv",
            vec![
                ("d/tvshow.nfo", "<tvshow><tmdbid>1396</tmdbid></tvshow>"),
                ("d/.plexmatch", "tmdbid: 2316"),
            ],
        ),
        ("e {tmdb-2316} {tvdb-81189}/The Office S01E01.mkv", vec![]),
    ] {
        let library = Library::new(&[(video, b"")]);
        for (name, content) in files {
            library.write(name, content.as_bytes());
        }
        let found = library.identify(&identifier, video).await;
        let Identification::Held { reason: HeldReason::Ambiguous { candidates }, .. } = &found else {
            panic!("{video}: {found:?}")
        };
        assert_eq!(candidates.len(), 2, "{video}");
        assert!(said(&found).iter().any(|says| says.contains("which is another than")), "{video}: {found:?}");
    }
    // What agrees, what TMDB does not know, and what it cannot be asked for is no contradiction.
    for (video, text, identity) in [
        (
            "a/x.mkv",
            "<movie><tmdbid>603</tmdbid><imdbid>tt0133093</imdbid><tvdbid>81189</tvdbid></movie>",
            movie(603),
        ),
        ("b/x.mkv", "<movie><tmdbid>603</tmdbid><imdbid>tt9999999</imdbid></movie>", movie(603)),
    ] {
        let library = Library::new(&[(video, b"")]);
        library.write(&video.replace(".mkv", ".nfo"), text.as_bytes());
        assert_eq!(library.known(&identifier, video).await.identity, identity, "{video}");
    }
    let name = "The Matrix (1999) {tmdb-603} {imdb-tt0068646}.mkv";
    assert_eq!(Library::new(&[]).known(&without_token(), name).await.identity, movie(603));
}

#[tokio::test]
async fn an_id_that_cannot_be_looked_up_is_not_overruled_by_the_name() {
    let tmdb = Tmdb::start().await;
    tmdb.fail("/find", Fault::Status(503), 1000);
    let identifier = online(&tmdb);
    let library = Library::new(&[
        ("The Mummy (1999).mkv", b""),
        ("The Mummy (1999).nfo", b"http://www.imdb.com/title/tt0133093/"),
    ]);
    let reason = library.held(&identifier, "The Mummy (1999).mkv").await;
    assert!(matches!(reason, HeldReason::LookupFailed { .. }), "{reason:?}");
    tmdb.recover();
    assert_eq!(library.known(&identifier, "The Mummy (1999).mkv").await.identity, movie(603));
}

// What a file system may have.

#[tokio::test]
async fn odd_things_in_a_folder_stop_nothing() {
    let identifier = without_token();
    let library = Library::new(&[("a/x {tmdb-603}.mkv", b""), ("b/The Mummy (1999).mkv", b"")]);
    let pipe = |name: &str| {
        let made = Command::new("mkfifo").arg(library.path(name)).status().expect("mkfifo is installed");
        assert!(made.success());
    };
    let link =
        |to: &Path, name: &str| std::os::unix::fs::symlink(to, library.path(name)).expect("a link is made");
    pipe("b/The Mummy (1999).nfo");
    pipe("b/.plexmatch");
    link(&library.path("b/movie.nfo"), "b/movie.nfo");
    link(Path::new("/dev/zero"), "b/b.nfo");
    link(&library.path("b"), "b/Season 1");
    for name in [
        "b/The Mummy (1999).mkv",
        "b/Season 1/The Mummy (1999).mkv",
        "b/Season 1/Season 1/The Mummy (1999).mkv",
    ] {
        assert_eq!(library.held(&identifier, name).await, HeldReason::NoToken, "{name}");
    }
    // A video that is a pipe, a folder, or nothing.
    pipe("b/The Mummy (1999) pipe.mkv");
    fs::create_dir(library.path("b/The Mummy (1999) folder.mkv")).expect("a folder is made");
    for name in ["pipe", "folder", "nothing"] {
        let name = format!("b/The Mummy (1999) {name}.mkv");
        let found = library.identify(&identifier, &name).await;
        assert!(matches!(found, Identification::Held { .. }), "{name}: {found:?}");
    }
}

#[tokio::test]
async fn a_folder_of_thousands_of_files_is_looked_into_all_the_same() {
    let library = Library::new(&[("c/x.nfo", b"<movie><tmdbid>603</tmdbid></movie>")]);
    for number in 0..3000 {
        library.write(&format!("c/{number}.nfo"), b"");
    }
    assert_eq!(library.known(&without_token(), "c/x.mkv").await.identity, movie(603));
    // It may hold other videos: its NFO is not known to mean this one.
    library.write("c/movie.nfo", b"<movie><tmdbid>604</tmdbid></movie>");
    assert_eq!(library.held(&without_token(), "c/The Mummy (1999).mkv").await, HeldReason::NoToken);
}

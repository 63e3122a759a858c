//! What holds for whatever names, the files beside a video, its header and TMDB's answers say.

use std::cell::RefCell;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt;

use super::clue::{Clue, Id};
use super::folder::Folder;
use super::release_name::{self, Reading};
use super::{
    AnswerCache, HeldReason, Identification, Identifier, Identity, Rules, Subject, TmdbSettings, container,
    player_words, sidecar,
};
use crate::player::{Location, Media};
use crate::promises::Bytes;

/// The largest number that is believed to be TMDB's or TVDB's.
const MAX_ID: u64 = 999_999_999;
/// The most ids that one video may have of all places.
const MAX_CLUES: usize = 24;
/// The most episodes that one video may have.
const MAX_EPISODES: usize = 100;

/// Text as the name of a file.
pub fn release_name(bytes: &[u8]) {
    let Ok(name) = std::str::from_utf8(bytes) else { return };
    let readings = release_name::read(name);
    assert!(readings.len() <= 4, "more readings than are weighed");
    assert!(readings.is_sorted_by(|one, other| one.score >= other.score), "the best is not first");
    for reading in &readings {
        reading_holds(reading);
        assert!((0.0..=1.0).contains(&reading.score), "a score of {}", reading.score);
        assert!(reading.other_titles.len() <= 6, "more titles than are searched for");
        assert!(!reading.other_titles.contains(&reading.title), "one title twice");
    }
    let _ = release_name::numbers_alone(name);
}

fn reading_holds(reading: &Reading) {
    assert!(!reading.title.trim().is_empty(), "a reading without a title");
    assert!(reading.numbers().len() <= MAX_EPISODES, "{} episodes in one file", reading.numbers().len());
}

/// A video, the other files in its folder, and those in the folder above.
struct Around {
    video: &'static str,
    beside: &'static [&'static str],
    above: &'static [&'static str],
}

const PLACES: [Around; 5] = [
    Around { video: "/films/A Film (2010)/A Film (2010).mkv", beside: &["A Film (2010).nfo"], above: &[] },
    Around { video: "/films/A Film (2010)/x.mkv", beside: &["MOVIE.nfo"], above: &[] },
    Around {
        video: "/shows/A Show/Season 1/A Show S01E02.mkv",
        beside: &["A Show S01E02.nfo"],
        above: &["tvshow.nfo", ".plexmatch"],
    },
    Around {
        video: "/shows/A Show/Season 1/07.mkv",
        beside: &["07.nfo", "season.nfo", ".plexmatch"],
        above: &["tvshow.nfo"],
    },
    Around {
        video: "/films/A Film/VIDEO_TS/VTS_01_1.VOB",
        beside: &["VIDEO_TS.nfo"],
        above: &["A Film.nfo"],
    },
];

thread_local! {
    /// The files of a case: the NFO and the `.plexmatch` file.
    static FILES: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
    /// What the videos' own names say, which is always the same.
    static BY_NAME: [Option<Reading>; PLACES.len()] =
        PLACES.map(|place| release_name::read(place.video).into_iter().next());
}

/// What an NFO says, and behind a record separator (1E) what `.plexmatch` does: the NFO may be of the video, its folder,
/// its season or its series. Without a separator both say the same.
pub fn nfo(bytes: &[u8]) {
    let mut rest = Bytes::new(bytes);
    let nfo = rest.until(b'\x1e');
    let plexmatch = if rest.is_empty() { nfo } else { rest.rest() };
    FILES.set([nfo.to_vec(), plexmatch.to_vec()]);
    BY_NAME.with(|by_name| {
        for (place, by_name) in PLACES.iter().zip(by_name) {
            beside(place, by_name.as_ref());
        }
    });
}

fn beside(place: &Around, by_name: Option<&Reading>) {
    let video = Path::new(place.video);
    let mut ancestors = video.ancestors().skip(1);
    let files = [place.beside, place.above];
    let folders: Vec<Folder> =
        files.iter().filter_map(|names| Some(Folder::of(ancestors.next()?, names, file))).collect();
    let found = sidecar::among(video, &folders, by_name);
    clues_hold(&found.clues);
    if let Some(reading) = &found.reading {
        reading_holds(reading);
        assert!(reading.title.len() <= Media::MAX_TEXT, "a title of {} bytes", reading.title.len());
    }
}

/// The beginning of a file of the case.
fn file(path: &Path, limit: usize) -> Option<Vec<u8>> {
    let which = usize::from(path.ends_with(".plexmatch"));
    FILES.with_borrow(|files| Some(Bytes::new(&files[which]).take(limit).to_vec()))
}

/// A video's header. The first byte says as what it begins, so that few cases are neither.
pub fn container(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let start: &[u8] = match bytes.byte() % 3 {
        0 => b"",
        1 => b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\xFF",
        _ => b"\0\0\0\x08ftyp\0\0\0\0moov",
    };
    let tags = container::of(Cursor::new([start, bytes.rest()].concat()));
    assert!(tags.len() <= Media::MAX_TAGS, "{} tags", tags.len());
    for (name, value) in &tags {
        assert!(name.len() <= Media::MAX_TEXT && value.len() <= Media::MAX_TEXT, "a long tag");
    }
    clues_hold(&player_words::ids(&tags));
    player_words::reading(&tags).iter().for_each(reading_holds);
}

fn clues_hold(clues: &[Clue]) {
    assert!(clues.len() <= MAX_CLUES, "{} ids", clues.len());
    for clue in clues {
        match &clue.id {
            Id::Tmdb(number) | Id::Tvdb(number) => assert!((1..=MAX_ID).contains(number), "the id {number}"),
            Id::Imdb(id) => {
                let digits = id.strip_prefix("tt").unwrap_or_default();
                let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
                assert!((7..=10).contains(&digits.len()) && is_number, "the id {id}");
            }
        }
        let episodes = clue.numbers.as_ref().map(|(_, episodes)| episodes.len());
        assert!(episodes.is_none_or(|count| (1..=MAX_EPISODES).contains(&count)), "{episodes:?} episodes");
        assert!(!clue.evidence.says.contains(char::is_control), "evidence that is no line");
    }
}

/// What TMDB answers: a byte for what is played, then its answers by kind, each with a zero byte behind it.
pub(crate) fn tmdb(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let (url, minutes) = *bytes.choose(&[
        ("https://host/Harbour.Lights.S02E05.1080p.mkv", 44),
        ("https://host/Harbour.Lights.2010.1080p.mkv", 110),
        ("https://host/%5BGroup%5D%20Harbour%20Lights%20-%2031%20%5B1080p%5D.mkv", 24),
        ("https://host/Harbour.Lights.2019.03.14.1080p.mkv", 30),
        ("https://host/Harbour.Lights.S01E01-E03.The.Pier.mkv", 130),
        ("https://host/Harbour%20Lights%20(2010)%20%7Btmdb-7%7D.mkv", 0),
        ("https://host/Harbour%20Lights%20S01E02%20%7Btvdb-7%7D.mkv", 40),
        ("https://host/Harbour%20Lights%20S01E02%20%7Bimdb-tt0000007%7D.mkv", 40),
    ]);
    let answers = std::array::from_fn(|_| String::from_utf8_lossy(bytes.until(0)).into_owned());
    let settings = TmdbSettings { api_url: nobody(), credential: None, language: "en-US".into() };
    let identifier = Identifier::new(Rules::default(), settings, Answers(answers));
    let media = Media::at(Location::Url(url.into()));
    let duration = (minutes > 0).then(|| Duration::from_secs(60 * minutes));
    let explained = identifier.explain(Subject { media: &media, duration }).now_or_never();
    let explained = explained.expect("nothing is waited for");
    for candidate in &explained.candidates {
        identity_holds(&candidate.identity);
    }
    match &explained.identification {
        Identification::Known(known) => {
            identity_holds(&known.identity);
            assert!((0.0..=1.0).contains(&known.confidence.get()), "no confidence");
            assert!(!known.evidence.is_empty(), "without evidence");
        }
        Identification::Held { reason, label, .. } => {
            assert!(!label.is_empty(), "without a name");
            if let HeldReason::Ambiguous { candidates } = reason {
                candidates.iter().for_each(|candidate| identity_holds(&candidate.identity));
            }
        }
    }
}

fn identity_holds(identity: &Identity) {
    if let Identity::Episodes { episodes, .. } = identity {
        assert!((1..=MAX_EPISODES).contains(&episodes.len()), "{} episodes", episodes.len());
    }
}

/// An address that is never called.
fn nobody() -> reqwest::Url {
    reqwest::Url::parse("https://tmdb.invalid/3").expect("it is an address")
}

/// Answers as if they had been given before: searches for movies and for series, a movie, a series, a season, another
/// order, and what another catalogue's id is.
struct Answers([String; 7]);

impl AnswerCache for Answers {
    async fn get(&self, key: &str) -> Option<String> {
        // That a kept answer is not enough is not asked about either.
        let Some(question) = key.strip_prefix("tmdb2:en-US:") else {
            return key.starts_with("again:").then(String::new);
        };
        let kind = match question.split(['/', '&']).collect::<Vec<_>>().as_slice() {
            ["search", "movie", ..] => 0,
            ["search", ..] => 1,
            ["movie", ..] => 2,
            ["tv", "episode_group", ..] => 5,
            ["tv", _, "season", ..] => 4,
            ["tv", ..] => 3,
            _ => 6,
        };
        self.0.get(kind).filter(|answer| !answer.is_empty()).cloned()
    }

    async fn put(&self, _: &str, _: &str, _: Duration) {}
}

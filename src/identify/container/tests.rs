//! Headers as programs write them, and as nobody should.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::process::Command;

use discovr_scrobbler_support::media::tagged_video;
use proptest::prelude::*;

use super::tags::{of, read};
use crate::player::Media;

fn map(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Those of `tags` that have one of `names`.
fn only(mut tags: BTreeMap<String, String>, names: &[&str]) -> BTreeMap<String, String> {
    tags.retain(|name, _| names.contains(&name.as_str()));
    tags
}

#[test]
fn what_ffmpeg_writes_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let episode = [
        ("show", "Breaking Bad"),
        ("season_number", "1"),
        ("episode_sort", "2"),
        ("title", "Cat's in the Bag"),
    ];
    let names: Vec<&str> = episode.iter().map(|(name, _)| *name).collect();
    for name in ["a.mkv", "a.mp4", "a.m4v"] {
        let path = tagged_video(folder.path(), name, 1, 10, &episode);
        assert_eq!(only(read(&path), &names), map(&episode), "{name}");
    }
    let ids = [("TMDB", "movie/603"), ("IMDB", "tt0133093"), ("TVDB2", "movies/169")];
    let path = tagged_video(folder.path(), "b.mkv", 1, 10, &ids);
    let expected = map(&[("tmdb", "movie/603"), ("imdb", "tt0133093"), ("tvdb2", "movies/169")]);
    assert_eq!(only(read(&path), &["tmdb", "imdb", "tvdb2"]), expected);
    let named = folder.path().join("b.mp4");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-loglevel", "error", "-i"]).arg(&path).args([
        "-c",
        "copy",
        "-movflags",
        "use_metadata_tags",
    ]);
    assert!(ffmpeg.arg(&named).status().expect("ffmpeg is installed").success());
    assert_eq!(only(read(&named), &["tmdb", "imdb", "tvdb2"]), expected);
    let path = tagged_video(
        folder.path(),
        "c.mp4",
        1,
        10,
        &[("media_type", "9"), ("date", "1999"), ("episode_id", "102")],
    );
    assert_eq!(
        only(read(&path), &["media_type", "date", "episode_id"]),
        map(&[("media_type", "9"), ("date", "1999"), ("episode_id", "102")])
    );
}

#[test]
fn a_header_that_is_cut_off_anywhere_does_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.mkv", "a.mp4"] {
        let path = tagged_video(folder.path(), name, 1, 10, &[("show", "S"), ("season_number", "1")]);
        let whole = fs::read(&path).expect("a video");
        for end in 0..whole.len() {
            let _ = of(Cursor::new(&whole[..end]));
        }
    }
}

/// A Matroska element of a one-byte to four-byte identifier.
fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect();
    let size = u64::try_from(content.len()).expect("small") | (1 << 56);
    bytes.extend(size.to_be_bytes());
    bytes.extend(content);
    bytes
}

fn simple_tag(name: &str, value: &str) -> Vec<u8> {
    element(0x67C8, &[element(0x45A3, name.as_bytes()), element(0x4487, value.as_bytes())].concat())
}

fn tag(level: u8, tags: &[(&str, &str)]) -> Vec<u8> {
    let mut content = element(0x63C0, &element(0x68CA, &[level]));
    content.extend(tags.iter().flat_map(|(name, value)| simple_tag(name, value)));
    element(0x7373, &content)
}

fn matroska(parts: &[Vec<u8>]) -> Vec<u8> {
    [element(0x1A45_DFA3, b""), element(0x1853_8067, &parts.concat())].concat()
}

fn tags_element(tags: &[Vec<u8>]) -> Vec<u8> {
    element(0x1254_C367, &tags.concat())
}

#[test]
fn the_levels_of_matroska_tell_series_season_and_episode() {
    let of_track =
        element(0x7373, &[element(0x63C0, &element(0x63C5, &[9])), simple_tag("TMDB", "movie/1")].concat());
    let bytes = matroska(&[
        element(0x1549_A966, &element(0x7BA9, b"Pilot")),
        tags_element(&[
            of_track,
            tag(70, &[("TITLE", "Breaking Bad"), ("TMDB", "tv/1396"), ("IMDB", "tt0903747")]),
            tag(60, &[("PART_NUMBER", "1")]),
            tag(50, &[("PART_NUMBER", "2"), ("IMDB", "tt0959621"), ("EMPTY", " \0")]),
        ]),
    ]);
    let expected = [
        ("title", "Pilot"),
        ("show", "Breaking Bad"),
        ("tmdb", "tv/1396"),
        ("imdb", "tt0903747 / tt0959621"),
        ("season_number", "1"),
        ("episode_sort", "2"),
    ];
    assert_eq!(of(Cursor::new(bytes)), map(&expected));
}

#[test]
fn no_more_tags_are_kept_than_a_player_may_tell() {
    let names: Vec<String> = (0..Media::MAX_TAGS).map(|number| format!("tag{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let bytes = matroska(&[tags_element(&[tag(50, &many), tag(70, &[("TITLE", "A Show")])])]);
    assert_eq!(of(Cursor::new(bytes)).len(), Media::MAX_TAGS);
}

#[test]
fn tags_behind_everything_else_are_found_where_the_header_says() {
    let cluster = element(0x1F43_B675, &vec![0; 3_000_000]);
    let head = |place: u64| {
        let seek =
            [element(0x53AB, &0x1254_C367_u32.to_be_bytes()), element(0x53AC, &place.to_be_bytes())].concat();
        element(0x114D_9B74, &element(0x4DBB, &seek))
    };
    let length = u64::try_from(head(0).len() + cluster.len()).expect("small");
    let tags = || tags_element(&[tag(50, &[("TMDB", "movie/603")])]);
    let at = |place: u64| of(Cursor::new(matroska(&[head(place), cluster.clone(), tags()])));
    assert_eq!(at(length), map(&[("tmdb", "movie/603")]));
    for elsewhere in [0, length - 1, length + 1, 1 << 62, u64::MAX] {
        assert_eq!(at(elsewhere), map(&[]), "{elsewhere}");
    }
}

#[test]
fn sizes_beyond_everything_are_not_believed() {
    let huge = |id: u32, size: u64| {
        let mut bytes: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect();
        bytes.extend((size | (1 << 56)).to_be_bytes());
        bytes
    };
    // The segment of a live recording has no known size.
    let unknown = (1 << 56) - 1;
    for size in [unknown, unknown - 1, 1 << 55] {
        let inner = tags_element(&[tag(50, &[("TMDB", "movie/603")])]);
        let bytes = [element(0x1A45_DFA3, b""), huge(0x1853_8067, size), inner].concat();
        assert_eq!(of(Cursor::new(bytes)), map(&[("tmdb", "movie/603")]), "{size}");
        let bytes =
            [element(0x1A45_DFA3, b""), huge(0x1853_8067, size), huge(0x1254_C367, size), huge(0x7373, size)];
        assert_eq!(of(Cursor::new(bytes.concat())), map(&[]), "{size}");
    }
    for size in [1_u64 << 62, u64::MAX, 0, 7, 15] {
        let mut bytes = b"\0\0\0\x08ftyp\0\0\0\x01moov".to_vec();
        bytes.extend(size.to_be_bytes());
        bytes.extend(b"\0\0\0\x01udta\x40\0\0\0\0\0\0\0\0\0\0\x01meta\x40\0\0\0\0\0\0\0");
        assert_eq!(of(Cursor::new(bytes)), map(&[]), "{size}");
    }
}

#[test]
fn a_cover_before_the_tags_does_not_hide_them() {
    fn atom(kind: &[u8], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).expect("small");
        [&size.to_be_bytes(), kind, content].concat()
    }
    let data = |kind: u32, value: &[u8]| atom(b"data", &[&kind.to_be_bytes(), &[0; 4][..], value].concat());
    let list = atom(
        b"ilst",
        &[
            atom(b"covr", &data(13, &vec![0; 2_000_000])),
            atom(b"tvsh", &data(1, b"Breaking Bad")),
            atom(b"tvsn", &data(21, &[0, 0, 0, 2])),
            atom(b"tves", &data(0, &[0, 7])),
            atom(
                b"----",
                &[
                    atom(b"mean", b"\0\0\0\0com.apple.iTunes"),
                    atom(b"name", b"\0\0\0\0TMDB"),
                    data(1, b"tv/1396"),
                ]
                .concat(),
            ),
        ]
        .concat(),
    );
    let meta = atom(b"meta", &[&[0; 4], &atom(b"hdlr", &[0; 24])[..], &list].concat());
    let moov = atom(b"moov", &[atom(b"mvhd", &[0; 100]), atom(b"udta", &meta)].concat());
    let bytes = [atom(b"ftyp", b"isom"), atom(b"mdat", &vec![0; 3_000_000]), moov].concat();
    let expected =
        [("show", "Breaking Bad"), ("season_number", "2"), ("episode_sort", "7"), ("tmdb", "tv/1396")];
    assert_eq!(of(Cursor::new(bytes)), map(&expected));
}

#[test]
fn only_regular_files_are_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe.mkv");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is installed");
    assert!(made.success());
    let looped = folder.path().join("loop.mkv");
    std::os::unix::fs::symlink(&looped, &looped).expect("a link is made");
    for path in [
        pipe.as_path(),
        &looped,
        folder.path(),
        "/dev/zero".as_ref(),
        "/dev/null".as_ref(),
        "/no/such".as_ref(),
    ] {
        assert_eq!(read(path), map(&[]), "{}", path.display());
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        let _ = of(Cursor::new(&bytes));
        let _ = of(Cursor::new([&[0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67, 0xFF], &bytes[..]].concat()));
        let _ = of(Cursor::new([b"\0\0\0\x08ftyp\0\0\0\0moov", &bytes[..]].concat()));
    }

    #[test]
    fn no_change_to_a_header_is_too_strange(changes in proptest::collection::vec((0_usize..400, any::<u8>()), 1..8)) {
        let mut bytes = matroska(&[
            element(0x1549_A966, &element(0x7BA9, b"Pilot")),
            tags_element(&[tag(70, &[("TITLE", "Breaking Bad"), ("TMDB", "tv/1396")]), tag(60, &[("PART_NUMBER", "1")])]),
        ]);
        for (place, byte) in changes {
            if let Some(changed) = bytes.get_mut(place) {
                *changed = byte;
            }
        }
        for (name, value) in of(Cursor::new(bytes)) {
            prop_assert!(name.len() <= 1024 && value.len() <= 1024);
        }
    }
}

use super::*;

fn first(name: &str) -> Option<Reading> {
    read(name).into_iter().next()
}

fn episode(name: &str) -> (String, Option<u32>, Vec<u32>) {
    let reading = first(name).unwrap_or_else(|| panic!("{name} says something"));
    assert_eq!(reading.kind, ReadingKind::Episode, "{name}: {reading:?}");
    (reading.title.clone(), reading.season, reading.numbers().to_vec())
}

fn movie(name: &str) -> (String, Option<u16>) {
    let reading = first(name).unwrap_or_else(|| panic!("{name} says something"));
    assert_eq!(reading.kind, ReadingKind::Movie, "{name}: {reading:?}");
    (reading.title, reading.year)
}

#[test]
fn season_and_episode_are_read_in_every_form() {
    for (name, title, season, episodes) in [
        ("Harbour.Lights.S02E05.1080p.WEB.h264-GRP.mkv", "Harbour Lights", Some(2), &[5][..]),
        ("harbour lights s2e5.mkv", "harbour lights", Some(2), &[5]),
        ("Harbour Lights - 2x05 - The Ferry.mkv", "Harbour Lights", Some(2), &[5]),
        ("Harbour.Lights.S02E05E06.mkv", "Harbour Lights", Some(2), &[5, 6]),
        ("Harbour.Lights.S02E05-E07.720p.mkv", "Harbour Lights", Some(2), &[5, 6, 7]),
        ("Harbour.Lights.S02E05-06.mkv", "Harbour Lights", Some(2), &[5, 6]),
        ("Harbour.Lights.S02E05-1080p.mkv", "Harbour Lights", Some(2), &[5]),
        ("Harbour Lights Season 2 Episode 5.mkv", "Harbour Lights", Some(2), &[5]),
        ("Harbour Lights/Season 2/05 - The Ferry.mkv", "Harbour Lights", Some(2), &[5]),
        ("Harbour Lights (2019)/Season 02/S02E05.mkv", "Harbour Lights", Some(2), &[5]),
        ("Harbour Lights/Specials/Harbour Lights S00E01.mkv", "Harbour Lights", Some(0), &[1]),
        ("[Kelp] Umi no Hi - 07 [1080p][8F21C0DE].mkv", "Umi no Hi", None, &[7]),
        ("[Kelp] Umi no Hi - 07v2 [1080p].mkv", "Umi no Hi", None, &[7]),
        ("[Kelp] Umi no Hi S2 - 07 [1080p].mkv", "Umi no Hi", Some(2), &[7]),
        ("[Kelp][BD][1080p] Umi no Hi 07 [8F21C0DE].mkv", "Umi no Hi", None, &[7]),
        ("[Kelp] Umi no Hi - 07-09 [1080p].mkv", "Umi no Hi", None, &[7, 8, 9]),
        ("[Kelp][Umi no Hi][07][1080p].mkv", "Umi no Hi", None, &[7]),
        ("Harbour Lights/Season 4/Harbour Lights [405] The Ferry.avi", "Harbour Lights", Some(4), &[5]),
        ("Harbour.Lights.S02E14.X264.mkv", "Harbour Lights", Some(2), &[14]),
        ("Film.S01E01.mkv", "Film", Some(1), &[1]),
        ("Harbour Lights Episode 5.mkv", "Harbour Lights", None, &[5]),
    ] {
        assert_eq!(episode(name), (title.to_owned(), season, episodes.to_vec()), "{name}");
    }
}

#[test]
fn movies_have_a_title_and_a_year() {
    for (name, title, year) in [
        ("The.Quiet.Mill.1987.1080p.BluRay.x264-GRP.mkv", "The Quiet Mill", Some(1987)),
        ("The Quiet Mill (1987).mkv", "The Quiet Mill", Some(1987)),
        ("The Quiet Mill (1987)/the-quiet-mill-720p.mkv", "The Quiet Mill", Some(1987)),
        ("2031.2009.1080p.BluRay.mkv", "2031", Some(2009)),
        ("1918.2019.mkv", "1918", Some(2019)),
        ("The.Last.German.2006.DVDRip.avi", "The Last German", Some(2006)),
        ("The.Final.Limited.2009.1080p.mkv", "The Final Limited", Some(2009)),
        ("The Quiet Mill.mkv", "The Quiet Mill", None),
        ("The Quiet Mill (1987)/Making of a Mill.mkv", "Making of a Mill", None),
        ("The Quiet Mill (1987)/movie.mkv", "The Quiet Mill", Some(1987)),
        ("The.Quiet.Mill.PROPER.1080p.WEB-DL.mkv", "The Quiet Mill", None),
        ("The Quiet Mill (1987)/VIDEO_TS/VTS_01_1.VOB", "The Quiet Mill", Some(1987)),
    ] {
        assert_eq!(movie(name), (title.to_owned(), year), "{name}");
    }
}

#[test]
fn a_day_makes_an_episode_without_numbers_and_no_movie() {
    let reading = first("The.Late.Desk.2024.03.05.Some.Guest.720p.mkv").expect("a reading");
    assert_eq!((reading.kind, reading.season), (ReadingKind::Episode, None));
    assert!(reading.episodes.is_empty());
}

#[test]
fn bare_numbers_are_not_certain() {
    let certain = |name: &str| first(name).expect("a reading").certain;
    assert!(certain("Harbour.Lights.S02E05.mkv"));
    assert!(!certain("Room.237.1080p.mkv"));
    assert!(!certain("[Kelp] Umi no Hi - 07.mkv"));
}

#[test]
fn names_that_say_nothing_have_no_reading() {
    for name in ["", "/", "....", "[]", "   ", "1080p.mkv/", "movie.mkv"] {
        assert!(first(name).is_none_or(|reading| !reading.title.is_empty()), "{name:?}");
    }
    assert_eq!(first("movie.mkv"), None);
}

#[test]
fn the_owner_of_a_home_is_no_title() {
    for name in [
        "/home/alice/movie.mkv",
        "/home/alice/Videos/S01E01.mkv",
        "/run/media/alice/film.mkv",
        "/home/alice/S01E02.mkv",
    ] {
        assert_eq!(first(name), None, "{name}");
    }
}

proptest::proptest! {
    #[test]
    fn no_name_is_too_strange(name in "\\PC{0,80}") {
        let _ = first(&name);
    }

    #[test]
    fn no_mixture_of_marks_is_too_strange(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "S01", "E02", "1x02", "-", ".", " ", "[", "]", "(", ")", "{", "【", "】", "2019", "1080p", "第", "話",
                "É", "Season 1", "/", "cap", "408", "_", "v2", "www.", "s", "e", "x", "99999", "2024.03.05",
            ]),
            0..20,
        )
    ) {
        let _ = first(&parts.concat());
    }
}

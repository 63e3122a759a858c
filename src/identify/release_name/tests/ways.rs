//! Names that can be read in more ways than one, and what readings rest on.

use super::said::{check, said, text};
use crate::identify::release_name::{Reading, ReadingKind, numbers_alone, read};

/// Asserts that each name has a reading that says the text.
fn has(rows: &[(&str, &str)]) {
    for (name, expected) in rows {
        let all: Vec<String> = read(name).iter().map(text).collect();
        assert!(all.iter().any(|text| text == expected), "{name} has no {expected} in {all:?}");
    }
}

fn first(name: &str) -> Reading {
    read(name).into_iter().next().unwrap_or_else(|| panic!("{name} says something"))
}

#[test]
fn a_number_at_the_end_is_episode_running_number_or_title() {
    has(&[
        ("Harbour.Lights.103.720p.mkv", "Harbour Lights | s1 e3"),
        ("Harbour.Lights.103.720p.mkv", "Harbour Lights | #103"),
        ("Harbour.Lights.103.720p.mkv", "Harbour Lights 103 | movie"),
        ("Harbour Lights 237.mkv", "Harbour Lights 237 | movie"),
        ("Harbour Lights 237.mkv", "Harbour Lights | s2 e37"),
        ("Harbour Lights 237.mkv", "Harbour Lights | #237"),
        ("Harbour Lights - 105.mkv", "Harbour Lights | #105"),
        ("Harbour Lights - 105.mkv", "Harbour Lights | s1 e5"),
        ("Harbour.Lights.07.PDTV-GRP", "Harbour Lights 07 | movie"),
    ]);
}

#[test]
fn a_part_is_of_a_movie_or_an_episode() {
    has(&[
        ("Star Mills Part Two.mkv", "Star Mills Part Two | movie part 2"),
        ("Star Mills Part Two.mkv", "Star Mills | e2"),
        ("Star Mills Episode 2.mkv", "Star Mills | e2"),
        ("Star Mills Episode 2.mkv", "Star Mills Episode 2 | movie"),
        ("Star Mills Episode 2 (2002).mkv", "Star Mills Episode 2 (2002) | movie"),
        ("Star Mills Episode 2 (2002).mkv", "Star Mills (2002) | #2"),
        ("Star.Mills.Part.3.720p.HDTV.mkv", "Star Mills Part 3 | movie part 3"),
    ]);
}

#[test]
fn a_number_beside_a_season_may_run_through_the_series() {
    has(&[
        ("[Kelp] Umi no Hi S2 - 05 [1080p].mkv", "Umi no Hi | s2 e5 #5"),
        ("[Kelp] Umi no Hi S2 - 05 [1080p].mkv", "Umi no Hi | #5"),
        ("[Kelp] Umi no Hi 2nd Season - 05 [1080p].mkv", "Umi no Hi | #5"),
    ]);
}

#[test]
fn a_year_may_be_a_word_of_the_title() {
    has(&[
        ("Wonder.Mill.1984.1080p.mkv", "Wonder Mill (1984) | movie"),
        ("Wonder.Mill.1984.1080p.mkv", "Wonder Mill 1984 | movie"),
    ]);
}

#[test]
fn a_folder_may_know_the_title_better() {
    let readings = read("/tv/Harbour Lights/Season 1/HL - 1x05.mkv");
    assert_eq!(readings[0].title, "HL");
    assert!(readings[0].other_titles.contains(&String::from("Harbour Lights")));
    assert!(readings.iter().any(|reading| reading.title == "Harbour Lights"), "{readings:?}");
}

#[test]
fn other_titles_are_forms_of_the_title() {
    for (name, other) in [
        ("Harbour.Lights.US.S01E05.mkv", "Harbour Lights US"),
        ("Harbour.Lights.2019.S01E05.mkv", "Harbour Lights 2019"),
        ("[Kelp] Umi no Hi - Still no Hi - 11.mkv", "Umi no Hi"),
        ("[Kelp] Umi no Hi - Still no Hi - 11.mkv", "Still no Hi"),
        ("Original Mill aka The Quiet Mill (2010).mkv", "The Quiet Mill"),
        ("Quiet.Mill.(aka.The.Grinder).1997.DVDRip.avi", "The Grinder"),
        ("Moulin (The Quiet Mill) (1997).avi", "The Quiet Mill"),
        ("Гавань / Harbour Lights (2019) S03E05.avi", "Гавань"),
        ("海の日.Harbour.Lights.S01E01.1080p.mkv", "海の日"),
        ("[Kelp][海の日][Umi no Hi][07][1080p].mkv", "海の日"),
        ("Moulin.German.2014.LD.1080p.mkv", "Moulin German"),
        ("[Kelp] Umi no Hi - SP2 [720p].mkv", "Umi no Hi"),
    ] {
        let reading = first(name);
        assert!(reading.other_titles.iter().any(|title| title == other), "{name}: {reading:?}");
    }
}

#[test]
fn only_what_is_beyond_doubt_is_certain() {
    for (name, certain) in [
        ("Harbour.Lights.S02E05.mkv", true),
        ("Harbour Lights 2x05.mkv", true),
        ("Harbour Lights/Season 2/05 - The Ferry.mkv", true),
        ("Harbour Lights/Season 2/Harbour Lights - 101.mkv", false),
        ("Room.412.1080p.mkv", false),
        ("[Kelp] Umi no Hi - 07.mkv", false),
        ("Harbour Lights E05.mkv", false),
        ("Harbour.Lights.Part.3.720p.HDTV.mkv", false),
        ("The Quiet Mill (1987).mkv", false),
    ] {
        assert_eq!(first(name).certain, certain, "{name}");
    }
}

#[test]
fn only_names_of_videos_are_marked() {
    for (name, marked) in [
        ("The Quiet Mill (1987).mkv", true),
        ("The Quiet Mill 1080p", true),
        ("Harbour Lights - 1x05", true),
        ("Some words of anyone", false),
        ("Ferry to the other side", false),
    ] {
        assert_eq!(first(name).marked, marked, "{name}");
    }
}

#[test]
fn the_words_behind_the_numbers_may_be_the_title_of_the_episode() {
    for (name, title) in [
        ("Harbour.Lights.S01E05.The.Ferry.1080p.WEB.x264-GRP.mkv", Some("The Ferry")),
        ("Harbour Lights - 1x05 - The Ferry.mkv", Some("The Ferry")),
        ("Harbour Lights/Season 2/05 - The Ferry.mkv", Some("The Ferry")),
        ("Harbour Lights/Season 2/16 The Ferry.mkv", Some("The Ferry")),
        ("Harbour.Lights.S01E05.PROPER.720p.HDTV.mkv", None),
        ("Harbour.Lights.S01E05.720p.HDTV.mkv", None),
        ("Late.Desk.2024.03.05.Some.Guest.720p.mkv", Some("Some Guest")),
    ] {
        assert_eq!(first(name).episode_title.as_deref(), title, "{name}");
    }
}

#[test]
fn numbers_without_a_title_are_found_alone() {
    check(&[
        ("S01E04.mkv", "no title | s1 e4"),
        ("1x1.mkv", "no title | s1 e1"),
        ("S02E03-04-05.720p.BluRay-GRP", "no title | s2 e3,4,5"),
        ("Season 4/S004 E012.avi", "no title | s4 e12"),
        ("Season 2/16 Ferry Title.avi", "no title | s2 e16"),
        ("2018-11-14.mp4", "no title | 2018-11-14"),
        ("movie.mkv", "nothing"),
        ("", "nothing"),
    ]);
    let alone = numbers_alone("S6E02-Unwrapped").expect("numbers");
    assert_eq!(alone.episode_title.as_deref(), Some("Unwrapped"));
    assert_eq!(numbers_alone("Harbour Lights S01E02"), None);
}

#[test]
fn every_reading_says_what_it_rests_on() {
    let reading = first("/tv/Harbour Lights/Season 1/S01E05.mkv");
    assert_eq!(reading.evidence[0], "season 1, episode 5 from `S01E05` in the file's name");
    assert!(reading.evidence.iter().any(|says| says.contains("a folder above")), "{:?}", reading.evidence);
    let movie = first("The.Quiet.Mill.1987.1080p.mkv");
    assert_eq!(movie.evidence, ["the year 1987"]);
}

#[test]
fn the_owner_of_a_home_is_no_title() {
    for name in [
        "/home/alice/movie.mkv",
        "/home/alice/Videos/S01E01.mkv",
        "/run/media/alice/film.mkv",
        "/home/alice/S01E02.mkv",
        "/export/home/alice/S01E02.mkv",
        "/mnt/nas/users/Alice Smith/S01E02.mkv",
        "/volume1/homes/alice/Videos/S01E02.mkv",
        "/media/alice/Videos/S01E01.mkv",
    ] {
        assert_eq!(read(name), [], "{name}: {}", said(name));
    }
    for name in ["/media/Harbour Lights/S01E02.mkv", "/media/Harbour Lights/Season 1/02.mkv"] {
        assert_eq!(first(name).title, "Harbour Lights", "{name}");
    }
}

#[test]
fn movies_and_episodes_are_told_apart() {
    for (name, kind) in [
        ("The.Quiet.Mill.2010.720p.HDTV.mkv", ReadingKind::Movie),
        ("The.Quiet.Mill.720p.HDTV.mkv", ReadingKind::Movie),
        ("Quiet.Mill.2.720p.mkv", ReadingKind::Movie),
        ("Harbour.Lights.S02.1080p.mkv", ReadingKind::Episode),
        ("/tv/Harbour Lights/Season 2/The Ferry.mkv", ReadingKind::Episode),
    ] {
        assert_eq!(first(name).kind, kind, "{name}");
    }
}

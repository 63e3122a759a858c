//! Whatever is read: nothing panics, and what comes back keeps its promises.

use std::time::Duration;

use proptest::prelude::*;

use crate::identify::release_name::{numbers_alone, read};

/// What names are glued from.
const PIECES: &[&str] = &[
    "S01",
    "E02",
    "S01E02",
    "s1e2-e5",
    "1x02",
    "1x02-03",
    "-",
    " - ",
    ".",
    " ",
    "_",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "【",
    "】",
    "/",
    "\\",
    "2019",
    "1984",
    "(2019)",
    "1080p",
    "x264",
    "WEB-DL",
    "HDTV",
    "第",
    "2",
    "07",
    "103",
    "話",
    "第07話",
    "第二季",
    "海の日",
    "Гавань",
    "сезон",
    "серия",
    "É",
    "Season 1",
    "Season",
    "Episode",
    "Part",
    "II",
    "of",
    "3of6",
    "Cap.408_409",
    "408",
    "v2",
    "www.",
    "site.com",
    "s",
    "e",
    "x",
    "99999",
    "123456",
    "2024.03.05",
    "24.03.05",
    "#",
    "~",
    "+",
    "&",
    ",",
    ":",
    "'",
    "’",
    "★",
    "新番",
    "END",
    "German",
    "Extended",
    "Edition",
    "Collection",
    "The",
    "aka",
    "Title",
    "TitleS01E02",
    "SP1",
    "-x02-",
    "{tmdb-1}",
    "8F21C0DE",
    "/home/",
    ".mkv",
    "\u{301}",
    "ﬁ",
    "İ",
    "ẞ",
    "\u{0}",
];

fn keeps_its_promises(name: &str) -> Result<(), TestCaseError> {
    let readings = read(name);
    prop_assert!(readings.len() <= 4, "{} readings of {name:?}", readings.len());
    for reading in &readings {
        prop_assert!(!reading.title.trim().is_empty(), "an empty title of {name:?}");
        prop_assert!((0.0..=1.0).contains(&reading.score), "{} of {name:?}", reading.score);
        prop_assert!(reading.other_titles.len() <= 6, "{reading:?}");
        prop_assert!(!reading.other_titles.contains(&reading.title), "{reading:?}");
        prop_assert!(reading.episodes.windows(2).all(|pair| pair[0] != pair[1]), "{reading:?}");
        prop_assert!(reading.episodes.len() + reading.absolute.len() < 1000, "{reading:?}");
    }
    prop_assert!(readings.is_sorted_by(|one, other| one.score >= other.score), "{name:?}");
    let _ = numbers_alone(name);
    Ok(())
}

proptest! {
    #[test]
    fn any_text_keeps_the_promises(name in "\\PC{0,120}") {
        keeps_its_promises(&name)?;
    }

    #[test]
    fn any_mixture_of_marks_keeps_the_promises(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        keeps_its_promises(&pieces.concat())?;
    }

    #[test]
    fn any_spaced_mixture_keeps_the_promises(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        keeps_its_promises(&pieces.join(" "))?;
        keeps_its_promises(&pieces.join("."))?;
    }
}

/// The longest names that are read, of one piece each, are the worst that can be.
#[test]
fn the_longest_names_take_little_time() {
    const GENEROUS: Duration = Duration::from_secs(20);
    let started = tokio_free_clock();
    for piece in PIECES {
        for glue in ["", " ", ".", " - ", "[", "("] {
            let name = format!("{piece}{glue}").repeat(4096 / (piece.len() + glue.len()) + 1);
            let _ = read(&name);
        }
    }
    assert!(started.elapsed() < GENEROUS, "{:?}", started.elapsed());
}

#[expect(clippy::disallowed_methods, reason = "a generous limit on real time")]
fn tokio_free_clock() -> std::time::Instant {
    std::time::Instant::now()
}

//! What comes beside a movie or a series.

use crate::identify::release_name::is_extra;

#[test]
fn the_last_words_of_a_name_may_say_an_extra() {
    for name in [
        "Long Tide S01E05 Preview.mkv",
        "Long.Tide.S01E05.sample.mkv",
        "The.Matrix.1999.sample.mkv",
        "The.Matrix.1999.Trailer.1080p.BluRay.x264-GRP.mkv",
        "The Matrix (1999) - Teaser 2.mkv",
        "[Kelp] Long Tide - NCOP1 [BD 1080p].mkv",
        "[Kelp] Long Tide - NCED [8F21C0DE].mkv",
        "[Kelp] Long Tide - NCOP1v2.mkv",
        "Long Tide OP 02.mkv",
        "[Kelp] Long Tide ED 1 [1080p].mkv",
        "[Kelp] Long Tide - PV.mkv",
        "[Kelp] Long Tide PV2 [1080p].mkv",
        "[Kelp] Long Tide - CM 03.mkv",
        "[Kelp][Long Tide][Menu][1080p].mkv",
        "Long Tide - Menu01.mkv",
        "NCOP1.mkv",
    ] {
        assert!(is_extra(name), "{name}");
    }
}

#[test]
fn titles_with_such_words_are_no_extras() {
    for name in [
        "Trailer.mkv",
        "Preview (2019).mkv",
        "The Trailer (2009).mkv",
        "The.Sample.2009.1080p.mkv",
        "Trailer Park Tide S01E05.mkv",
        "The Menu (2022).mkv",
        "The.Menu.2022.1080p.WEB.mkv",
        "The Menu.mkv",
        "Mister Ed.mkv",
        "Mister Ed 12.mkv",
        "OP 1090.mkv",
        "Long Tide S01E05 Preview of a Storm.mkv",
        "Long Tide S00E05 Trailer.mkv",
        "Long Tide S01E05.mkv",
    ] {
        assert!(!is_extra(name), "{name}");
    }
}

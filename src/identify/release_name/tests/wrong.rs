//! What other programs get wrong.

use super::said::check;

#[test]
fn words_like_release_tags_do_not_end_a_title() {
    check(&[
        ("The.Gatherer.2009.1080p.mkv", "The Gatherer (2009) | movie"),
        ("The.Convert.2023.mkv", "The Convert (2023) | movie"),
        ("Mill.The.Final.Chapter.2016", "Mill The Final Chapter (2016) | movie"),
        ("The.Old.German.2006.mkv", "The Old German (2006) | movie"),
        ("Peter.English.2003.mkv", "Peter English (2003) | movie"),
        ("Proper.2011.1080p.mkv", "Proper (2011) | movie"),
        ("Unrated.2009.mkv", "Unrated (2009) | movie"),
        ("The.Complete.2012.1080p.mkv", "The Complete (2012) | movie"),
    ]);
}

#[test]
fn a_site_is_no_title() {
    check(&[
        (
            "www.Harbourblasters.party - The Wheel of Tides (2021) 720p x264",
            "The Wheel of Tides (2021) | movie",
        ),
        ("www.HarbourMovies.show - Some Mill (2024) 1080p", "Some Mill (2024) | movie"),
        ("[HarbourSite.com].Lights.S02E03.720p.mkv", "Lights | s2 e3"),
        ("[ www.harbour.cd ] - Lights.S02E03.720p.mkv", "Lights | s2 e3"),
    ]);
}

#[test]
fn a_season_folder_says_that_numbers_are_episodes() {
    check(&[
        ("Harbour/Season 2/16 Some Ferry.avi", "Harbour | s2 e16"),
        ("Harbour/Season 2/7 - 12 Angry Gulls.avi", "Harbour | s2 e7"),
    ]);
}

#[test]
fn bare_numbers_are_numbers() {
    check(&[
        ("[K-L] Some Tide 214", "Some Tide | #214"),
        ("Tide.103.720p", "Tide | s1 e3"),
        ("Tide 21 - 101", "Tide 21 | #101"),
    ]);
}

#[test]
fn miniseries_have_parts() {
    check(&[
        ("Tide.Part.III.720p.HDTV.mkv", "Tide | e3"),
        ("Tide.Part.3.720p.HDTV.mkv", "Tide | e3"),
        ("Tide.3of6.720p.mkv", "Tide | e3"),
        ("Tide.E03.720p.mkv", "Tide | e3"),
    ]);
}

#[test]
fn chinese_brackets_hold_titles() {
    check(&[("[汐字幕组][潮汐/Tide][12END][720p]", "Tide | #12")]);
}

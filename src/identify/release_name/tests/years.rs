//! The years of series.

use super::said::{check, text};
use crate::identify::release_name::read;

#[test]
fn a_series_year_is_no_part_of_its_title() {
    check(&[
        ("Harbour.Lights.2019.S01E05.mkv", "Harbour Lights (2019) | s1 e5"),
        ("Harbour Lights 2019 - 1x05.mkv", "Harbour Lights (2019) | s1 e5"),
        ("Harbour Lights (2019) - 1x05 - The Ferry.mkv", "Harbour Lights (2019) | s1 e5"),
        ("Harbour.Lights.2012.E01.The.Ferry.mkv", "Harbour Lights (2012) | e1"),
        ("Harbour.Lights.S01E05.2019.1080p.mkv", "Harbour Lights (2019) | s1 e5"),
        ("Harbour.Lights.S01E05.German.2019.DL.1080p.mkv", "Harbour Lights (2019) | s1 e5"),
        ("Case Lights (1996-2007)/Case Lights - 317.mkv", "Case Lights (1996) | #317"),
        ("1931.S01E02.mkv", "1931 | s1 e2"),
    ]);
}

#[test]
fn a_year_before_a_dash_may_be_of_the_title() {
    let readings = read("2001 - A Tide Odyssey.mkv");
    let said: Vec<String> = readings.iter().map(text).collect();
    assert_eq!(said[..2], ["A Tide Odyssey (2001) | movie", "2001 A Tide Odyssey | movie"], "{said:?}");
}

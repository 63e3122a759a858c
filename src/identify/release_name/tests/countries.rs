//! Series that a country tells apart.

use super::said::check;

#[test]
fn a_country_tells_series_apart() {
    check(&[
        ("Harbour.Lights.US.S01E05.mkv", "Harbour Lights [US] | s1 e5"),
        ("Harbour Lights (US) - S01E05.mkv", "Harbour Lights [US] | s1 e5"),
        ("Harbour.Lights.UK.2019.S01E05.mkv", "Harbour Lights (2019) [GB] | s1 e5"),
        ("Harbour Lights (UK) (2019) S01E05.mkv", "Harbour Lights (2019) [GB] | s1 e5"),
        ("Harbour.Lights.NZ.S01E05.mkv", "Harbour Lights [NZ] | s1 e5"),
        ("Harbour.Lights.AU.1x05.mkv", "Harbour Lights [AU] | s1 e5"),
        ("This.Is.Us.Now.S01E05.mkv", "This Is Us Now | s1 e5"),
    ]);
}

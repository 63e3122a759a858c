//! Titles in two languages.

use super::said::check;

#[test]
fn the_title_of_two_is_the_latin_one() {
    check(&[
        (
            "Гавань (S2E1) / Harbour: Lights (S2E1) (2023) WEB-DL 1080p Ukr/Eng | sub Eng",
            "Harbour: Lights (2023) | s2 e1",
        ),
        ("Гавань / Harbour Lights (2019) S03E05.avi", "Harbour Lights (2019) | s3 e5"),
        ("Harbour Lights / Гавань [S03E05].avi", "Harbour Lights | s3 e5"),
        ("海の日.Harbour.Lights.S01E01.1080p.mkv", "Harbour Lights | s1 e1"),
        (
            "Гавань / Harbour Lights (2020) UHD WEB-DL 2160p Ukr/Eng | Sub Ukr/Eng",
            "Harbour Lights (2020) | movie",
        ),
        ("Original Mill aka The Quiet Mill (2010).mkv", "Original Mill (2010) | movie"),
        ("Original.Mill.AKA.The.Quiet.Mill.1978.1080p.mkv", "Original Mill (1978) | movie"),
    ]);
}

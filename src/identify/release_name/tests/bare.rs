//! Numbers without a word for them.

use super::said::check;

#[test]
fn bare_numbers_are_read_for_what_they_may_be() {
    check(&[
        ("Harbour.Lights.07.PDTV-GRP", "Harbour Lights | e7"),
        ("Harbour.Lights.07v4.PDTV-GRP", "Harbour Lights | e7"),
        ("Harbour.Lights.14.HDTV-GRP", "Harbour Lights | e14"),
        ("Harbour.Lights.05.The.Ferry.avi", "Harbour Lights | e5"),
        ("Harbour.Lights.E23.Test.avi", "Harbour Lights | e23"),
        ("Harbour.Lights.E576.720p.mkv", "Harbour Lights | e576"),
        ("harbour.lights.105.hdtv-lol.avi", "harbour lights | s1 e5"),
        ("harbour.lights.1013.720p.hdtv.mkv", "harbour lights | s10 e13"),
        ("harbour.0103.avi", "harbour | s1 e3"),
        ("harbour.103.avi", "harbour | s1 e3"),
        ("Harbour.Lights.103.720p.mkv", "Harbour Lights | s1 e3"),
        ("Harbour.Lights.105.The.Ferry.HDTV.avi", "Harbour Lights | s1 e5"),
        ("Harbour Lights 1-05 The Ferry.avi", "Harbour Lights | s1 e5"),
        ("Harbour 21 - 101.mkv", "Harbour 21 | #101"),
        ("Harbour Lights 213 - The Ferry.avi", "Harbour Lights | s2 e13"),
        ("Harbour Lights - 5.mkv", "Harbour Lights | #5"),
        ("Harbour Lights - 722 [HD_1280x720].mp4", "Harbour Lights | #722"),
        ("Harbour_Lights_-_05_(of_12)_-_Ferry.avi", "Harbour Lights | #5"),
        ("Harbour.Lights.1of4.720p.HDTV.mkv", "Harbour Lights | e1"),
        ("Harbour Lights (1 of 4) The Ferry.mkv", "Harbour Lights | e1"),
        ("Harbour Lights (3/6).avi", "Harbour Lights | e3"),
        ("Harbour.Lights.Series.2.5of6.The.Ferry.HDTV.mkv", "Harbour Lights | s2 e5"),
        ("Harbour.Lights.Part.3.720p.HDTV.mkv", "Harbour Lights | e3"),
        ("Harbour.Lights.Part.Two.720p.HDTV.mkv", "Harbour Lights | e2"),
        ("Harbour Lights Pt.II 720p HDTV.mkv", "Harbour Lights | e2"),
        ("Harbour Lights [.01.] 720p.mkv", "Harbour Lights | #1"),
        ("2-06. The Ferry.mkv", "The Ferry | s2 e6"),
        ("003. Harbour Lights - The Ferry.avi", "Harbour Lights | e3"),
        ("611-612 - Harbour Lights.mp4", "Harbour Lights | e611,612"),
        ("Harbour Lights 05.mkv", "Harbour Lights | e5"),
        ("E.010910.HDTVx264.mp4", "E | s1 e9,10"),
        ("Harbour.Lights.10.720p.mkv", "Harbour Lights | e10"),
        ("Harbour Lights 13-16.mkv", "Harbour Lights | e13,14,15,16"),
        ("Harbour Lights 2018 06 720p.mp4", "Harbour Lights (2018) | e6"),
    ]);
}

//! Episodes that go by their day.

use super::said::check;

#[test]
fn a_day_is_read_in_every_form() {
    check(&[
        ("Late.Desk.2024.03.05.Some.Guest.720p.mkv", "Late Desk | 2024-03-05"),
        ("Late Desk - 2024-03-05 - Some Guest.mkv", "Late Desk | 2024-03-05"),
        ("Late Desk 05.03.2024.mkv", "Late Desk | 2024-03-05"),
        ("Late Desk 03-25-2024.mkv", "Late Desk | 2024-03-25"),
        ("Late Desk - 30-04-2024 HDTV 1080p", "Late Desk | 2024-04-30"),
        ("Late.Desk.20240305.720p.mkv", "Late Desk | 2024-03-05"),
        ("Late Desk (2024-03-05).mkv", "Late Desk | 2024-03-05"),
        ("Late Desk [2024.03.05] Guest.mkv", "Late Desk | 2024-03-05"),
        ("Late.Desk.2024.03.05.Part2.720p.mkv", "Late Desk | 2024-03-05 part 2"),
        ("Late Desk 5 March 2024.mkv", "Late Desk | 2024-03-05"),
        ("Late Desk 31st Jan 2025 1080", "Late Desk | 2025-01-31"),
        ("Late Desk March 5, 2024.mkv", "Late Desk | 2024-03-05"),
        ("Late Desk 5th of March 2024.mkv", "Late Desk | 2024-03-05"),
        ("Late Desk - 2024 03 05 - Guest.mkv", "Late Desk | 2024-03-05"),
        ("Late_Desk_2024_03_05.mp4", "Late Desk | 2024-03-05"),
        ("Late.Desk.24.03.05.Guest.720p.mkv", "Late Desk | 2024-03-05"),
        ("Late.Desk.S01E05.2024.03.05.mkv", "Late Desk | s1 e5 2024-03-05"),
        ("Late.Desk.2024-03-05.S01E05.mkv", "Late Desk | s1 e5 2024-03-05"),
        ("Late Desk - S01E01 - HDTV - [2011-09-19].mkv", "Late Desk | s1 e1 2011-09-19"),
        ("2024.03.05.Late.Desk.720p.mkv", "Late Desk | 2024-03-05"),
        ("Late.Desk.2024.13.05.mkv", "Late Desk | 2024-05-13"),
        ("Late Desk 2024年3月5日.mkv", "Late Desk | 2024-03-05"),
        ("Late.Desk.E100.240305.720p-NEXT.mkv", "Late Desk | e100 2024-03-05"),
        ("Late Desk (1955) - 1954-01-23 05 00 00 - Cottage.ts", "Late Desk (1955) | 1954-01-23"),
    ]);
}

//! Numbers that are no episode's, or not surely one's.

use super::said::said;
use crate::identify::release_name::{Snag, read};

fn snag(name: &str) -> Option<Snag> {
    read(name).first().and_then(|reading| reading.snag)
}

#[test]
fn a_day_that_no_calendar_has_is_no_range_of_episodes() {
    for name in [
        "Late Desk 2023-02-30.mkv",
        "Late Desk - 2023-02-30 - Guest.mkv",
        "Late.Desk.2023.04.31.720p.mkv",
        "Late Desk 31-11-2023.mkv",
        "/v/Late Desk/Season 28/Late Desk 2023-13-14.mkv",
    ] {
        assert_eq!((said(name).as_str(), snag(name)), ("Late Desk |", Some(Snag::NoSuchDay)), "{name}");
        assert_eq!(read(name).len(), 1, "{name}");
    }
    for name in ["Late Desk 2023-02-28.mkv", "Late Desk 2023 12 35.mkv", "Late Desk 2023.mkv"] {
        assert_eq!(snag(name), None, "{name}");
    }
}

#[test]
fn two_bare_numbers_are_at_most_a_few_episodes() {
    for (name, text, expected) in [
        ("Late Desk 02-30.mkv", "Late Desk |", Snag::WideRange),
        ("Long Tide 10-60.mkv", "Long Tide |", Snag::WideRange),
        ("24 12-14.mkv", "24 | e12,13,14", Snag::BareRange),
        ("Long Tide 01-02.mkv", "Long Tide | e1,2", Snag::BareRange),
    ] {
        assert_eq!((said(name).as_str(), snag(name)), (text, Some(expected)), "{name}");
    }
    for name in [
        "Long Tide - 10-60.mkv",
        "Long Tide [10-60].mkv",
        "Long Tide Episodes 10-14.mkv",
        "[Kelp] Long Tide 10-14 [1080p].mkv",
        "Long Tide S01E10-14.mkv",
        "/v/Long Tide/Season 1/Long Tide 10-12.mkv",
    ] {
        assert_eq!(snag(name), None, "{name}");
    }
}

#[test]
fn a_half_number_is_of_no_episode() {
    for name in [
        "Long Tide - 13.5.mkv",
        "Long Tide S01E13.5.mkv",
        "Long.Tide.S01E13.5.720p.WEB-GRP.mkv",
        "Long Tide 1x13.5 Recap.mkv",
        "Long Tide Episode 13.5.mkv",
        "[Kelp] Long Tide - 13.5v2 [1080p].mkv",
        "/v/Long Tide/Season 1/Long Tide - 13.5.mkv",
        "/v/Long Tide/Season 1/13.5 - Recap.mkv",
    ] {
        assert_eq!((said(name).as_str(), snag(name)), ("Long Tide |", Some(Snag::HalfEpisode)), "{name}");
        assert_eq!(read(name).len(), 1, "{name}");
    }
    for name in ["Long.Tide.S01E13.5.1.AAC.mkv", "Long.Tide.S01E13.5.Days.Later.mkv", "Long Tide - 13.mkv"] {
        assert_eq!(snag(name), None, "{name}");
    }
}

#[test]
fn what_spans_two_seasons_is_no_single_episode() {
    for name in ["Long Tide S01E01-S02E01.mkv", "Long.Tide.S01E13.S02E01.720p.mkv", "Long Tide 1x13-2x01.mkv"]
    {
        assert_eq!((said(name).as_str(), snag(name)), ("Long Tide |", Some(Snag::SeveralSeasons)), "{name}");
    }
    assert_eq!(snag("Long Tide S01E01-S01E03.mkv"), None);
}

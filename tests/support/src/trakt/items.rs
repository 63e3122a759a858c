//! What the stand-in's catalogue holds: any movie and any series up to a number, each with a Trakt number of its own that is
//! easily told from that of TMDB, and seasons of as many episodes.

use serde_json::{Value, json};

/// TMDB numbers above this are not known.
const LAST: u64 = 900_000;
/// Seasons and episodes of every series.
const SEASONS: u64 = 12;
const EPISODES: u64 = 60;

/// Something that can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    /// A movie, by TMDB.
    Movie(u64),
    /// An episode: the series by TMDB, season, number.
    Episode(u64, u64, u64),
}

impl Item {
    pub(crate) fn movie(tmdb: u64) -> Option<Self> {
        (1..=LAST).contains(&tmdb).then_some(Self::Movie(tmdb))
    }

    pub(crate) fn episode(show: u64, season: u64, number: u64) -> Option<Self> {
        let known = (1..=LAST).contains(&show) && season <= SEASONS && (1..=EPISODES).contains(&number);
        known.then_some(Self::Episode(show, season, number))
    }

    /// Counted through all seasons, from 1.
    pub(crate) fn absolute(show: u64, number: u64) -> Option<Self> {
        let at = number.checked_sub(1)?;
        Self::episode(show, at / EPISODES + 1, at % EPISODES + 1)
    }

    /// The series or movie with Trakt's own number.
    pub(crate) fn title_by_trakt(trakt: u64) -> Option<u64> {
        trakt.checked_sub(1_000_000).filter(|tmdb| (1..=LAST).contains(tmdb))
    }

    /// The episode with Trakt's own number.
    pub(crate) fn episode_by_trakt(trakt: u64) -> Option<Self> {
        let place = trakt.checked_sub(10_000_000_000)?;
        Self::episode(place / 10_000, place / 100 % 100, place % 100)
    }

    pub(crate) fn trakt(self) -> u64 {
        match self {
            Self::Movie(tmdb) => 1_000_000 + tmdb,
            Self::Episode(show, season, number) => 10_000_000_000 + show * 10_000 + season * 100 + number,
        }
    }

    /// The title that a history can be asked for.
    pub(crate) fn title(self) -> u64 {
        match self {
            Self::Movie(tmdb) | Self::Episode(tmdb, ..) => 1_000_000 + tmdb,
        }
    }

    /// As an answer names it.
    pub(crate) fn describe(self) -> Value {
        match self {
            Self::Movie(tmdb) => json!({"type": "movie", "movie": movie(tmdb)}),
            Self::Episode(show, season, number) => json!({
                "type": "episode",
                "episode": {"season": season, "number": number, "title": format!("Part {number}"),
                    "ids": {"trakt": self.trakt(), "tvdb": null, "imdb": null, "tmdb": null}},
                "show": show_of(show),
            }),
        }
    }
}

pub(crate) fn movie(tmdb: u64) -> Value {
    json!({"title": format!("Movie {tmdb}"), "year": null,
        "ids": {"trakt": 1_000_000 + tmdb, "slug": format!("movie-{tmdb}"), "imdb": null, "tmdb": tmdb}})
}

pub(crate) fn show_of(tmdb: u64) -> Value {
    json!({"title": format!("Show {tmdb}"), "year": null, "ids": {"trakt": 1_000_000 + tmdb,
        "slug": format!("show-{tmdb}"), "tvdb": null, "imdb": null, "tmdb": tmdb}})
}

//! How Trakt names a work (Trakt reference, sections 3.1 and 4.1): a movie by its TMDB number, an episode by the TMDB number
//! of its **series** with season and number. The number of a series is never given as that of an episode: those are other
//! numbers, and would name an unrelated episode.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::identify::Work;

/// Trakt's own number of a movie, a series or an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TraktId(pub(super) u64);

/// `movie`, or `show` and `episode`, as a scrobble names it.
pub(super) fn named(work: Work) -> Map<String, Value> {
    let mut body = Map::new();
    match work {
        Work::Movie { tmdb } => {
            body.insert("movie".into(), json!({"ids": {"tmdb": tmdb.0}}));
        }
        Work::Episode { tmdb, season, episode } => {
            body.insert("show".into(), json!({"ids": {"tmdb": tmdb.0}}));
            body.insert("episode".into(), json!({"season": season, "number": episode}));
        }
    }
    body
}

/// The episode, or the movie, by Trakt's own number.
pub(super) fn numbered(work: Work, id: TraktId) -> Map<String, Value> {
    let key = match work {
        Work::Movie { .. } => "movie",
        Work::Episode { .. } => "episode",
    };
    Map::from_iter([(key.to_owned(), json!({"ids": {"trakt": id.0}}))])
}

/// What is added to the history: exactly this work. A show without its seasons would mark every episode.
pub(super) fn watched(work: Work, at: Timestamp) -> Value {
    let at = format!("{at:.3}");
    match work {
        Work::Movie { tmdb } => json!({"movies": [{"ids": {"tmdb": tmdb.0}, "watched_at": at}]}),
        Work::Episode { tmdb, season, episode } => json!({"shows": [{
            "ids": {"tmdb": tmdb.0},
            "seasons": [{"number": season, "episodes": [{"number": episode, "watched_at": at}]}],
        }]}),
    }
}

/// Whether a play in a history is of this work, as far as it says; `false` where that cannot be read.
pub(super) fn is_of(play: &Value, work: Work) -> bool {
    let number = |pointer: &str| play.pointer(pointer).and_then(Value::as_u64);
    match work {
        Work::Movie { tmdb } => number("/movie/ids/tmdb").is_none_or(|id| id == tmdb.0),
        Work::Episode { season, episode, .. } => {
            number("/episode/season") == Some(season.into())
                && number("/episode/number") == Some(episode.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::{MovieId, SeriesId};

    const EPISODE: Work = Work::Episode { tmdb: SeriesId(1399), season: 2, episode: 7 };
    const MOVIE: Work = Work::Movie { tmdb: MovieId(603) };

    #[test]
    fn an_episode_is_named_by_its_series_and_numbers_and_never_by_the_series_number_alone() {
        let body = named(EPISODE);
        assert_eq!(body["show"], json!({"ids": {"tmdb": 1399}}));
        assert_eq!(body["episode"], json!({"season": 2, "number": 7}));
        assert_eq!(Value::Object(named(MOVIE)), json!({"movie": {"ids": {"tmdb": 603}}}));
        assert_eq!(
            Value::Object(numbered(EPISODE, TraktId(73_640))),
            json!({"episode": {"ids": {"trakt": 73_640}}})
        );
    }

    #[test]
    fn exactly_one_episode_is_added_to_the_history_at_its_time() {
        let at = "2026-03-01T21:14:05.25Z".parse().expect("a time");
        assert_eq!(
            watched(EPISODE, at),
            json!({"shows": [{"ids": {"tmdb": 1399}, "seasons": [{"number": 2,
                "episodes": [{"number": 7, "watched_at": "2026-03-01T21:14:05.250Z"}]}]}]})
        );
        assert_eq!(
            watched(MOVIE, at),
            json!({"movies": [{"ids": {"tmdb": 603}, "watched_at": "2026-03-01T21:14:05.250Z"}]})
        );
    }

    #[test]
    fn a_play_is_of_the_episode_only_with_both_numbers() {
        for (play, of_it) in [
            (json!({"episode": {"season": 2, "number": 7}}), true),
            (json!({"episode": {"season": 2, "number": 8}}), false),
            (json!({"episode": {"season": 1, "number": 7}}), false),
            (json!({"episode": {"number": 7}}), false),
            (json!({}), false),
        ] {
            assert_eq!(is_of(&play, EPISODE), of_it, "{play}");
        }
        assert!(is_of(&json!({"movie": {"ids": {"tmdb": 603}}}), MOVIE));
        assert!(!is_of(&json!({"movie": {"ids": {"tmdb": 604}}}), MOVIE));
    }
}

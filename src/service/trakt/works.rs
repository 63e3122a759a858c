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
fn named(work: Work) -> Map<String, Value> {
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
fn numbered(work: Work, id: TraktId) -> Map<String, Value> {
    let key = match work {
        Work::Movie { .. } => "movie",
        Work::Episode { .. } => "episode",
    };
    Map::from_iter([(key.to_owned(), json!({"ids": {"trakt": id.0}}))])
}

/// The ways in which a scrobble can name a work, the surest first: what Trakt does not know by one, it may by the next. The last
/// is for series that Trakt and TMDB divide into seasons differently, and whose files are numbered through.
pub(super) fn forms(
    work: Work,
    known: Option<TraktId>,
    absolute: Option<u32>,
) -> Vec<(Form, Map<String, Value>)> {
    let mut forms = Vec::with_capacity(3);
    forms.extend(known.map(|id| (Form::Own, numbered(work, id))));
    forms.push((Form::Numbers, named(work)));
    if let (Work::Episode { tmdb, .. }, Some(number)) = (work, absolute) {
        let mut body = Map::new();
        body.insert("show".into(), json!({"ids": {"tmdb": tmdb.0}}));
        body.insert("episode".into(), json!({"number_abs": number}));
        forms.push((Form::Absolute, body));
    }
    forms
}

/// A way to name a work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By the number that Trakt gave it.
    Own,
    /// A movie by its TMDB number, an episode by that of its series with season and number.
    Numbers,
    /// An episode by its number in the whole series.
    Absolute,
}

/// Trakt's own number of the episode that a scrobble's answer is about; `None` where it tells none, or is about another
/// episode than the one that was named with season and number.
pub(super) fn told(body: &Value, work: Work, form: Form) -> Option<TraktId> {
    let Work::Episode { season, episode, .. } = work else { return None };
    let number = |pointer: &str| body.pointer(pointer).and_then(Value::as_u64);
    let is_other = |pointer: &str, ours: u32| number(pointer).is_some_and(|theirs| theirs != u64::from(ours));
    let other = is_other("/episode/season", season) || is_other("/episode/number", episode);
    number("/episode/ids/trakt").filter(|_| form == Form::Absolute || !other).map(TraktId)
}

/// The same addition as [`watched`], of an episode that Trakt knows by its own number.
pub(super) fn watched_by_number(id: TraktId, at: Timestamp) -> Value {
    json!({"episodes": [{"ids": {"trakt": id.0}, "watched_at": format!("{at:.3}")}]})
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

/// Whether a play in a history that was asked for by title is of this work, by its numbers or by Trakt's own number of the
/// episode; `false` where that cannot be read.
pub(super) fn is_of(play: &Value, work: Work, known: Option<TraktId>) -> bool {
    let number = |pointer: &str| play.pointer(pointer).and_then(Value::as_u64);
    match work {
        Work::Movie { tmdb } => number("/movie/ids/tmdb").is_none_or(|id| id == tmdb.0),
        Work::Episode { season, episode, .. } => {
            let by_numbers = number("/episode/season") == Some(season.into())
                && number("/episode/number") == Some(episode.into());
            let own = number("/episode/ids/trakt").map(TraktId);
            by_numbers || known.is_some() && own == known
        }
    }
}

/// Whether a place, in whatever title, is in this work for certain.
pub(super) fn is_place_in(place: &Value, work: Work, known: Option<TraktId>) -> bool {
    let number = |pointer: &str| place.pointer(pointer).and_then(Value::as_u64);
    let title = match work {
        Work::Movie { tmdb } => number("/movie/ids/tmdb") == Some(tmdb.0),
        Work::Episode { tmdb, .. } => number("/show/ids/tmdb") == Some(tmdb.0),
    };
    title && is_of(place, work, known)
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
            assert_eq!(is_of(&play, EPISODE, None), of_it, "{play}");
        }
        assert!(is_of(&json!({"movie": {"ids": {"tmdb": 603}}}), MOVIE, None));
        assert!(!is_of(&json!({"movie": {"ids": {"tmdb": 604}}}), MOVIE, None));
    }

    #[test]
    fn a_place_is_in_a_work_only_when_it_says_so() {
        let nameless = json!({"id": 1, "movie": {"ids": {"trakt": 1, "tmdb": null}}});
        assert!(!is_place_in(&nameless, MOVIE, None));
        let elsewhere = json!({"show": {"ids": {"tmdb": 1}}, "episode": {"season": 2, "number": 7}});
        assert!(!is_place_in(&elsewhere, EPISODE, None));
        let here = json!({"show": {"ids": {"tmdb": 1399}}, "episode": {"season": 2, "number": 7}});
        assert!(is_place_in(&here, EPISODE, None));
    }

    #[test]
    fn the_number_of_another_episode_is_not_remembered() {
        let body = |number: u32| json!({"episode": {"season": 2, "number": number, "ids": {"trakt": 9}}});
        assert_eq!(told(&body(7), EPISODE, Form::Numbers), Some(TraktId(9)));
        assert_eq!(told(&body(8), EPISODE, Form::Numbers), None);
        assert_eq!(told(&body(8), EPISODE, Form::Absolute), Some(TraktId(9)));
        assert_eq!(told(&json!({"episode": {}}), EPISODE, Form::Numbers), None);
        assert_eq!(told(&json!({"episode": {"ids": {"trakt": 9}}}), MOVIE, Form::Numbers), None);
    }
}

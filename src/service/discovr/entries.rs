//! The entries of one work in a profile's history, and which of them a retraction may take away. Pure.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::media_id::MediaId;
use crate::journal::Sibling;

/// How far an `updatedAt` that comes back may be off and still be ours: the service may round it.
const SAME_INSTANT: SignedDuration = SignedDuration::from_secs(2);
/// From which progress on an entry counts as completed (Discovr reference, section 6.1).
pub(crate) const COMPLETED: f64 = 80.0;

/// An entry as Discovr shows it. Every field but the id may be missing (Discovr reference, section 6.5).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    updated_at: Option<Timestamp>,
    completed: bool,
    /// For how many viewings it stands.
    count: u64,
    /// When it was made, for people.
    pub(crate) created_at: Option<String>,
}

impl Entry {
    /// `item`, if it is of this work: without an episode it is of a whole season.
    pub(crate) fn of(item: &Value, id: MediaId) -> Option<Self> {
        let number = |key| item.get(key).and_then(whole);
        let same = id.episode().is_none_or(|(season, episode)| {
            number("season") == Some(u64::from(season)) && number("episode") == Some(u64::from(episode))
        });
        let progress = item.get("progress").and_then(Value::as_f64);
        let completed = item.get("completed").and_then(Value::as_bool);
        same.then(|| Self {
            updated_at: item.get("updatedAt").and_then(Value::as_str).and_then(|text| text.parse().ok()),
            // What says neither may be completed.
            completed: completed.or(progress.map(|progress| progress >= COMPLETED)).unwrap_or(true),
            count: item.get("watched_count").map_or(1, count),
            created_at: item.get("createdAt").and_then(Value::as_str).map(str::to_owned),
        })
    }

    pub(crate) fn is_at(&self, at: Timestamp) -> bool {
        self.updated_at.is_some_and(|theirs| theirs.duration_since(at).abs() <= SAME_INSTANT)
    }

    /// It lies before all that could be at `at`.
    pub(crate) fn is_before(&self, at: Timestamp) -> bool {
        self.updated_at.is_some_and(|theirs| at.duration_since(theirs) > SAME_INSTANT)
    }

    /// It may stand for a viewing at `at` too, besides one that came later and `others` of this user's: the time of several
    /// is that of the last.
    pub(crate) fn may_hide(&self, at: Timestamp, others: usize) -> bool {
        self.count > 1 && !self.is_before(at) && self.count > others as u64
    }

    /// Somebody watched it at `at`, says the history.
    pub(crate) fn is_completed_at(&self, at: Timestamp) -> bool {
        self.is_at(at) && self.completed
    }
}

/// For how many viewings an entry stands that says `value` of it; what is no number of viewings and yet more than one may
/// be any number.
fn count(value: &Value) -> u64 {
    match value.as_f64() {
        Some(number) if number > 1.0 => whole(value).unwrap_or(u64::MAX),
        _ => 1,
    }
}

/// A whole number, also one that is written as `2.0`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is whole and in the range of `u32`"
)]
fn whole(value: &Value) -> Option<u64> {
    let as_float = || {
        value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number))
    };
    value.as_u64().or_else(|| as_float().map(|number| number as u64))
}

/// What can be done about a wrong entry. Discovr has no ids for entries: what takes away one takes away all of its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It is not there, or not as completed.
    Gone,
    /// It is there, and nothing besides it that is to stay.
    Alone,
    /// It is there, and something else would go with it.
    AmongOthers,
}

/// Looks at all `entries` of a work for the wrong one at `at`.
pub(crate) fn find_wrong(entries: &[Entry], at: Timestamp, siblings: &[Sibling]) -> Finding {
    if !entries.iter().any(|entry| entry.is_completed_at(at)) {
        return Finding::Gone;
    }
    let mut wrong: Vec<Timestamp> = vec![at];
    wrong.extend(siblings.iter().filter(|sibling| sibling.wrong).map(|sibling| sibling.at));
    let right_one = siblings.iter().any(|sibling| !sibling.wrong);
    let foreign = entries.iter().any(|entry| {
        // Each wrong instant stands for one entry.
        let ours =
            wrong.iter().position(|&instant| entry.is_at(instant)).map(|place| wrong.swap_remove(place));
        entry.count > 1 || ours.is_none()
    });
    if right_one || foreign { Finding::AmongOthers } else { Finding::Alone }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::identify::{MovieId, SeriesId, Work};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn movie() -> MediaId {
        MediaId::of(Work::Movie { tmdb: MovieId(603) }).unwrap()
    }

    fn item(second: i64) -> Value {
        json!({"id": "MV_603", "progress": 90.0, "completed": true, "updatedAt": at(second).to_string()})
    }

    fn entries(items: &[Value]) -> Vec<Entry> {
        items.iter().filter_map(|item| Entry::of(item, movie())).collect()
    }

    #[test]
    fn a_wrong_entry_goes_only_when_nothing_else_goes_with_it() {
        let wrong = |second| Sibling { at: at(second), wrong: true, receipt: None };
        let right = |second| Sibling { at: at(second), wrong: false, receipt: None };
        let unmarked = json!({"id": "MV_603", "progress": 0.0, "updatedAt": at(0).to_string()});
        let folded = json!({"id": "MV_603", "updatedAt": at(0).to_string(), "watched_count": 2});
        let undated = json!({"id": "MV_603", "completed": true});
        for (items, siblings, finding) in [
            (vec![], vec![], Finding::Gone),
            (vec![item(10)], vec![], Finding::Gone),
            (vec![unmarked.clone()], vec![], Finding::Gone),
            (vec![undated.clone()], vec![], Finding::Gone),
            (vec![item(1)], vec![], Finding::Alone),
            (vec![item(0), item(10)], vec![], Finding::AmongOthers),
            (vec![item(0), item(10)], vec![wrong(11)], Finding::Alone),
            (vec![item(0), item(10)], vec![right(11)], Finding::AmongOthers),
            (vec![item(0)], vec![wrong(11)], Finding::Alone),
            // Not shown yet, perhaps.
            (vec![item(0)], vec![right(11)], Finding::AmongOthers),
            // Two where one of ours is: one is somebody else's.
            (vec![item(0), item(1)], vec![], Finding::AmongOthers),
            (vec![item(0), undated], vec![], Finding::AmongOthers),
            (vec![item(0), unmarked], vec![], Finding::AmongOthers),
            (vec![folded.clone()], vec![], Finding::AmongOthers),
            (
                vec![{
                    let mut half = folded;
                    half["watched_count"] = json!(2.0);
                    half
                }],
                vec![],
                Finding::AmongOthers,
            ),
        ] {
            let found = find_wrong(&entries(&items), at(0), &siblings);
            assert_eq!(found, finding, "{items:?} with {siblings:?}");
        }
    }

    #[test]
    fn several_viewings_in_one_may_hide_one_that_was_earlier() {
        let folded = |second: i64, count: u64| json!({"id": "MV_603", "updatedAt": at(second).to_string(), "watched_count": count});
        for (shown, others, hides) in [
            (item(10), 0, false),
            (folded(10, 1), 0, false),
            (folded(10, 2), 0, true),
            (folded(10, 2), 1, true),
            (folded(10, 2), 2, false),
            // Those came before it.
            (folded(-10, 2), 0, false),
            (json!({"id": "MV_603", "watched_count": 2}), 0, true),
        ] {
            let entry = Entry::of(&shown, movie()).unwrap();
            assert_eq!(entry.may_hide(at(0), others), hides, "{shown} with {others} others");
        }
    }

    #[test]
    fn a_season_or_another_episode_is_not_this_episode() {
        let id = MediaId::of(Work::Episode { tmdb: SeriesId(1396), season: 1, episode: 2 }).unwrap();
        for (season, episode, is_it) in [
            (json!(1), json!(2), true),
            (json!(1), Value::Null, false),
            (json!(1), json!(3), false),
            (json!(1.0), json!(2.0), true),
            (json!(1.0), json!(2.5), false),
            (json!(-1), json!(2), false),
        ] {
            let item = json!({"id": "TV_1396", "season": season, "episode": episode});
            assert_eq!(Entry::of(&item, id).is_some(), is_it, "{item}");
        }
    }
}

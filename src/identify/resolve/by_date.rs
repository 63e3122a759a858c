//! Episodes that go by the day they were shown.

use jiff::civil::Date;
use jiff::{SpanRound, ToSpan, Unit};

use super::episode_names::{self, Named};
use super::wanted::Wanted;
use crate::identify::tmdb::{EpisodeFacts, Season};

/// How many seasons are looked into.
const SEASONS: usize = 3;

/// The seasons in which something of `date` may be, the likeliest first.
pub(crate) fn seasons_around(seasons: &[Season], date: Date) -> Vec<u32> {
    let mut begun: Vec<(Option<Date>, u32)> = Vec::new();
    for season in seasons.iter().filter(|season| season.season_number > 0) {
        match season.date() {
            // A day's difference is the earth's.
            Some(first) if first > date.checked_add(1.day()).unwrap_or(date) => {}
            first => begun.push((first, season.season_number)),
        }
    }
    begun.sort_by(|one, other| other.cmp(one));
    let mut numbers: Vec<u32> = begun.into_iter().map(|(_, number)| number).collect();
    numbers.truncate(SEASONS);
    if seasons.iter().any(|season| season.season_number == 0) {
        numbers.push(0);
    }
    numbers
}

/// The episodes of `date`, and whether that is the day itself and not the one beside it.
pub(crate) fn find<'a>(
    episodes: &'a [EpisodeFacts],
    date: Date,
    wanted: &Wanted,
) -> Option<(Vec<&'a EpisodeFacts>, bool)> {
    let off = |episode: &EpisodeFacts| {
        let days =
            episode.date()?.until(date).ok()?.round(SpanRound::new().largest(Unit::Day).days_are_24_hours());
        days.ok().map(|days| days.get_days().unsigned_abs())
    };
    for (days, exact) in [(0, true), (1, false)] {
        let mut found: Vec<&EpisodeFacts> =
            episodes.iter().filter(|episode| off(episode) == Some(days)).collect();
        if found.len() > 1 {
            let part = wanted.part.and_then(|part| usize::try_from(part).ok()).and_then(|part| {
                let part = found.get(part.checked_sub(1)?)?;
                Some(*part)
            });
            let mut named = found.iter().filter(|episode| {
                episode_names::compare(wanted.title.as_deref(), &episode.name) == Named::Same
            });
            if let Some(one) = part.or_else(|| named.next().copied()) {
                found = vec![one];
            }
        }
        if !found.is_empty() {
            return Some((found, exact));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn season(season_number: u32, air_date: Option<&str>) -> Season {
        Season {
            season_number,
            episode_count: 10,
            air_date: air_date.map(str::to_owned),
            ..Season::default()
        }
    }

    fn episode(episode_number: u32, air_date: &str) -> EpisodeFacts {
        EpisodeFacts { episode_number, air_date: Some(air_date.to_owned()), ..EpisodeFacts::default() }
    }

    #[test]
    fn a_day_is_looked_for_in_the_seasons_that_had_begun() {
        let seasons = [
            season(0, None),
            season(1, Some("2015-09-08")),
            season(2, Some("2016-09-06")),
            season(3, Some("2017-09-05")),
        ];
        let date: Date = "2017-03-02".parse().expect("a date");
        assert_eq!(seasons_around(&seasons, date), [2, 1, 0]);
        let eve: Date = "2017-09-04".parse().expect("a date");
        assert_eq!(seasons_around(&seasons, eve), [3, 2, 1, 0]);
    }

    #[test]
    fn the_day_itself_comes_before_the_day_beside() {
        let episodes = [
            episode(1, "2017-03-01"),
            episode(2, "2017-03-02"),
            episode(3, "2017-03-04"),
            episode(4, "2017-03-04"),
            episode(5, ""),
        ];
        let on = |date: &str, wanted: &Wanted| {
            let found = find(&episodes, date.parse().expect("a date"), wanted);
            found.map(|(found, exact)| {
                (found.iter().map(|episode| episode.episode_number).collect::<Vec<_>>(), exact)
            })
        };
        let wanted = Wanted::default();
        assert_eq!(on("2017-03-02", &wanted), Some((vec![2], true)));
        assert_eq!(on("2017-02-28", &wanted), Some((vec![1], false)));
        assert_eq!(on("2017-03-04", &wanted), Some((vec![3, 4], true)));
        assert_eq!(on("2017-03-04", &Wanted { part: Some(2), ..wanted.clone() }), Some((vec![4], true)));
        assert_eq!(on("2018-03-04", &wanted), None);
    }
}

//! Numbers that run through a whole series.

use crate::identify::tmdb::Season;

/// The season that running numbers fall into, and which of its episodes they are, counted from 1. All must fall into
/// one season; the last one may have grown beyond its known end.
pub(crate) fn count(seasons: &[Season], numbers: &[u32]) -> Option<(u32, Vec<u32>)> {
    let regular = regular(seasons);
    let mut before = 0_u32;
    for (index, season) in regular.iter().enumerate() {
        let is_last = index + 1 == regular.len();
        let end = if is_last { u32::MAX } else { before.saturating_add(season.episode_count) };
        if !numbers.is_empty() && numbers.iter().all(|&number| number > before && number <= end) {
            return Some((season.season_number, numbers.iter().map(|number| number - before).collect()));
        }
        before = end;
    }
    None
}

/// How many episodes there are in the seasons before `season`.
pub(crate) fn before(seasons: &[Season], season: u32) -> u32 {
    let earlier = regular(seasons).into_iter().filter(|its| its.season_number < season);
    earlier.fold(0, |sum, its| sum.saturating_add(its.episode_count))
}

/// All but the specials, in order.
pub(crate) fn regular(seasons: &[Season]) -> Vec<&Season> {
    let mut regular: Vec<&Season> = seasons.iter().filter(|season| season.season_number > 0).collect();
    regular.sort_by_key(|season| season.season_number);
    regular
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seasons(counts: &[(u32, u32)]) -> Vec<Season> {
        let season =
            |&(season_number, episode_count)| Season { season_number, episode_count, ..Season::default() };
        counts.iter().map(season).collect()
    }

    #[test]
    fn running_numbers_fall_into_one_season() {
        let seasons = seasons(&[(0, 9), (2, 12), (1, 25), (3, 10)]);
        for (numbers, place) in [
            (&[1][..], Some((1, vec![1]))),
            (&[25], Some((1, vec![25]))),
            (&[26], Some((2, vec![1]))),
            (&[36, 37], Some((2, vec![11, 12]))),
            (&[37, 38], None),
            (&[38], Some((3, vec![1]))),
            (&[60], Some((3, vec![23]))),
            (&[0], None),
            (&[], None),
        ] {
            assert_eq!(count(&seasons, numbers), place, "{numbers:?}");
        }
        assert_eq!(before(&seasons, 3), 37);
        assert_eq!(before(&seasons, 1), 0);
    }
}

//! The numbers that a file's episodes have in their whole series, where it is numbered like that. Pure.

use super::identity::{Identity, Work};

/// `numbers` as those of the episodes of `identity` in their whole series, if each can be that of one: in the same order, one
/// for each, and none that only counts within its season. Otherwise none.
pub(super) fn of_series(identity: &Identity, numbers: &[u32]) -> Vec<u32> {
    let works = identity.works();
    let fits = |(work, &number): (&Work, &u32)| match *work {
        Work::Movie { .. } => false,
        // The first season counts as the series does; in a later one, more came before.
        Work::Episode { season: 0, .. } => false,
        Work::Episode { season: 1, episode, .. } => number == episode,
        Work::Episode { episode, .. } => number > episode,
    };
    let all_fit = works.len() == numbers.len() && works.iter().zip(numbers).all(fits);
    if all_fit { numbers.to_vec() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::{MovieId, SeriesId};

    #[test]
    fn a_number_of_the_series_is_told_from_one_of_a_season() {
        let episodes = |season, episodes: &[u32]| Identity::Episodes {
            tmdb: SeriesId(1),
            season,
            episodes: episodes.to_vec(),
        };
        for (identity, numbers, kept) in [
            (episodes(1, &[5]), &[5][..], true),
            (episodes(1, &[5]), &[30], false),
            (episodes(2, &[5]), &[30], true),
            (episodes(2, &[5, 6]), &[30, 31], true),
            (episodes(2, &[5, 6]), &[30], false),
            (episodes(2, &[5]), &[5], false),
            (episodes(0, &[5]), &[30], false),
            (episodes(2, &[5]), &[], false),
            (Identity::Movie { tmdb: MovieId(1) }, &[5], false),
        ] {
            let expected = if kept { numbers.to_vec() } else { Vec::new() };
            assert_eq!(of_series(&identity, numbers), expected, "{identity:?} {numbers:?}");
        }
    }
}

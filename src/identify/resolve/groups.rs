//! Other orders of a series' episodes, which TMDB's users make: by DVD, by production, in one long row.

use crate::identify::tmdb::{Group, GroupEpisode, GroupOrder, GroupPart};

/// One long row.
pub(crate) const ABSOLUTE: u32 = 2;
/// Orders in seasons, the likeliest to be what a file goes by first: television, production, original air date, DVD,
/// digital, story arc.
const IN_SEASONS: [u32; 6] = [7, 6, 1, 3, 4, 5];
/// How many orders are looked into.
const LOOKED_INTO: usize = 3;

/// The orders worth looking into for a number that runs through the series, or for one in a season. Of several of one
/// kind the one comes first that has as many episodes as the series.
pub(crate) fn worth_a_look(groups: &[Group], absolute: bool, episodes: u32) -> Vec<&Group> {
    let rank = |group: &Group| {
        if absolute {
            (group.kind == ABSOLUTE).then_some(0)
        } else {
            IN_SEASONS.iter().position(|&kind| kind == group.kind)
        }
    };
    let mut found: Vec<_> = groups.iter().filter_map(|group| Some((rank(group)?, group))).collect();
    found.sort_by_key(|(rank, group)| (*rank, group.episode_count.abs_diff(episodes)));
    found.into_iter().map(|(_, group)| group).take(LOOKED_INTO).collect()
}

/// Where the running `numbers` are, if the order has them all.
pub(crate) fn by_running(order: &GroupOrder, numbers: &[u32]) -> Option<(u32, Vec<u32>)> {
    let mut parts: Vec<&GroupPart> = order.parts.iter().filter(|part| !is_specials(part)).collect();
    parts.sort_by_key(|part| part.order);
    let row: Vec<&GroupEpisode> = parts.into_iter().flat_map(in_order).collect();
    together(numbers, |number| row.get(usize::try_from(number.checked_sub(1)?).ok()?).copied())
}

/// Where the `episodes` of `season` are, if the order has them all.
pub(crate) fn by_season(order: &GroupOrder, season: u32, episodes: &[u32]) -> Option<(u32, Vec<u32>)> {
    let mut parts: Vec<&GroupPart> = order.parts.iter().filter(|part| !is_specials(part)).collect();
    parts.sort_by_key(|part| part.order);
    let numbered = parts.iter().find(|part| number_in(&part.name) == Some(season));
    let unnumbered = parts.iter().all(|part| number_in(&part.name).is_none());
    let counted = || parts.get(usize::try_from(season.checked_sub(1)?).ok()?).filter(|_| unnumbered);
    let part = numbered.or_else(counted)?;
    let row = in_order(part);
    together(episodes, |number| row.get(usize::try_from(number.checked_sub(1)?).ok()?).copied())
}

fn together<'a>(numbers: &[u32], find: impl Fn(u32) -> Option<&'a GroupEpisode>) -> Option<(u32, Vec<u32>)> {
    let found: Vec<&GroupEpisode> = numbers.iter().map(|&number| find(number)).collect::<Option<_>>()?;
    let season = found.first()?.season_number;
    let one_season = found.iter().all(|episode| episode.season_number == season);
    one_season.then(|| (season, found.iter().map(|episode| episode.episode_number).collect()))
}

fn in_order(part: &GroupPart) -> Vec<&GroupEpisode> {
    let mut row: Vec<&GroupEpisode> = part.episodes.iter().collect();
    row.sort_by_key(|episode| episode.order);
    row
}

fn is_specials(part: &GroupPart) -> bool {
    let name = part.name.to_lowercase();
    name.contains("special") || name.contains("extra") || name == "ova" || name == "season 0"
}

/// The number in `Season 2`, `Part 2`, `Staffel 2`; none when there are several.
fn number_in(name: &str) -> Option<u32> {
    let mut numbers = name.split(|char: char| !char.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let number = numbers.next()?.parse().ok()?;
    numbers.next().is_none().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, order: u32, episodes: &[(u32, u32)]) -> GroupPart {
        let episodes = episodes.iter().zip(0..).map(|(&(season_number, episode_number), order)| {
            GroupEpisode { season_number, episode_number, order }
        });
        GroupPart { name: name.to_owned(), order, episodes: episodes.collect() }
    }

    #[test]
    fn an_order_leads_to_the_series_own_numbers() {
        let order = GroupOrder {
            parts: vec![
                part("Specials", 0, &[(0, 1)]),
                part("Part 2", 2, &[(1, 10), (1, 11), (2, 1)]),
                part("Part 1", 1, &[(1, 1), (1, 2)]),
            ],
        };
        assert_eq!(by_season(&order, 2, &[2]), Some((1, vec![11])));
        assert_eq!(by_season(&order, 2, &[1, 2]), Some((1, vec![10, 11])));
        assert_eq!(by_season(&order, 2, &[2, 3]), None);
        assert_eq!(by_season(&order, 2, &[4]), None);
        assert_eq!(by_season(&order, 3, &[1]), None);
        assert_eq!(by_running(&order, &[3]), Some((1, vec![10])));
        assert_eq!(by_running(&order, &[5]), Some((2, vec![1])));
        assert_eq!(by_running(&order, &[0]), None);
        assert_eq!(by_running(&order, &[6]), None);
    }

    #[test]
    fn parts_without_numbers_are_counted() {
        let order = GroupOrder { parts: vec![part("The Sea", 4, &[(1, 5)]), part("The Land", 1, &[(1, 1)])] };
        assert_eq!(by_season(&order, 2, &[1]), Some((1, vec![5])));
    }

    #[test]
    fn of_several_of_one_kind_the_complete_one_comes_first() {
        let group =
            |id: &str, kind: u32, episode_count: u32| Group { id: id.to_owned(), kind, episode_count };
        let groups = [group("a", 2, 12), group("b", 3, 24), group("c", 2, 25), group("d", 6, 24)];
        let ids = |absolute| {
            worth_a_look(&groups, absolute, 24).iter().map(|group| group.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(true), ["c", "a"]);
        assert_eq!(ids(false), ["d", "b"]);
    }
}

//! Numbers of an episode in a name that has no title: `S01E04.mkv`.

use jiff::civil::Date;

use super::combine;

/// What a name says of an episode of a series that something else must name: an id, a container's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nameless {
    /// The season; 0 holds the specials.
    pub season: Option<u32>,
    /// The episodes within the season, in order.
    pub episodes: Vec<u32>,
    /// Numbers that run through the whole series, in order.
    pub absolute: Vec<u32>,
    /// The day that the episode goes by.
    pub date: Option<Date>,
    /// What stands behind the numbers: perhaps the episode's own title.
    pub episode_title: Option<String>,
}

/// The numbers of a name that has no title, such as `S01E04.mkv`. `None` for a name with a title, and for one without
/// numbers.
#[must_use]
pub fn numbers_alone(name: &str) -> Option<Nameless> {
    let whole = combine::read(name).filter(|whole| whole.titles.is_none() && whole.episode)?;
    if whole.snag.is_some_and(|snag| !snag.leaves_numbers()) {
        return None;
    }
    Some(Nameless {
        season: whole.season,
        episodes: whole.episodes,
        absolute: whole.absolute,
        date: whole.date,
        episode_title: whole.behind,
    })
}

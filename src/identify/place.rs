//! Where episode numbers lie in a series: whether they exist, and in which season a running number is.

use super::AnswerCache;
use super::tmdb::{Client, Details, EpisodeDetails, NoAnswer};

/// Where some episodes are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Placed {
    /// Here; all of them exist.
    At {
        season: u32,
        episodes: Vec<u32>,
        /// The first of them.
        first: EpisodeDetails,
    },
    /// The series, or one of the episodes, does not exist.
    Nowhere,
    /// They could be at two places.
    Unclear,
}

/// Places `episodes` of `season`; without a season their numbers run from the series' first episode on.
pub(crate) async fn place<C: AnswerCache>(
    client: &Client<C>,
    series: u64,
    season: Option<u32>,
    episodes: &[u32],
) -> Result<Placed, NoAnswer> {
    match season {
        Some(season) => check(client, series, season, episodes.to_vec()).await,
        None => place_running(client, series, episodes).await,
    }
}

async fn place_running<C: AnswerCache>(
    client: &Client<C>,
    series: u64,
    episodes: &[u32],
) -> Result<Placed, NoAnswer> {
    let Some(details) = client.series(series).await? else { return Ok(Placed::Nowhere) };
    let Some((season, counted)) = count(&details, episodes) else { return Ok(Placed::Nowhere) };
    let placed = check(client, series, season, counted.clone()).await?;
    if counted == episodes {
        return Ok(placed);
    }
    // Some seasons go on counting where the one before ended.
    let going_on = check(client, series, season, episodes.to_vec()).await?;
    Ok(match (placed, going_on) {
        (placed, Placed::Nowhere) => placed,
        (Placed::Nowhere, going_on) => going_on,
        _ => Placed::Unclear,
    })
}

/// The season that running numbers fall into, and their numbers there.
fn count(details: &Details, episodes: &[u32]) -> Option<(u32, Vec<u32>)> {
    let mut seasons: Vec<_> = details.seasons.iter().filter(|season| season.season_number > 0).collect();
    seasons.sort_by_key(|season| season.season_number);
    let mut before = 0_u32;
    for season in seasons {
        let end = before.saturating_add(season.episode_count);
        if episodes.iter().all(|&number| number > before && number <= end) {
            return Some((season.season_number, episodes.iter().map(|number| number - before).collect()));
        }
        before = end;
    }
    None
}

async fn check<C: AnswerCache>(
    client: &Client<C>,
    series: u64,
    season: u32,
    episodes: Vec<u32>,
) -> Result<Placed, NoAnswer> {
    let (Some(&one), Some(&last)) = (episodes.first(), episodes.iter().max()) else {
        return Ok(Placed::Nowhere);
    };
    let Some(first) = client.episode(series, season, one).await? else { return Ok(Placed::Nowhere) };
    // Seasons have no holes: with the first and the last the others exist.
    if last != one && client.episode(series, season, last).await?.is_none() {
        return Ok(Placed::Nowhere);
    }
    Ok(Placed::At { season, episodes, first })
}

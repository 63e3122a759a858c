//! Seasons and episodes as TMDB tells them.

use serde_json::{Value, json};

use super::catalogue::Work;
use super::episodes::{Episode, Season};
use super::refusal::Refusal;

pub(super) fn season(series: &Work, number: u32) -> Result<Value, Refusal> {
    let season = find(series, number)?;
    let episodes: Vec<Value> = season.episodes.iter().map(|its| item(series, season, its)).collect();
    Ok(json!({
        "_id": format!("{:024x}", season.id), "id": season.id, "season_number": season.number, "name": season.name,
        "air_date": season.date, "overview": "", "poster_path": null, "episodes": episodes,
    }))
}

pub(super) fn episode(series: &Work, season: u32, number: u32) -> Result<Value, Refusal> {
    let season = find(series, season)?;
    let episode = season.episodes.iter().find(|its| its.number == number).ok_or(Refusal::NOT_FOUND)?;
    let mut item = item(series, season, episode);
    if let Some(fields) = item.as_object_mut() {
        // Only lists say this.
        fields.remove("show_id");
    }
    Ok(item)
}

/// An episode as it stands in lists.
pub(super) fn item(series: &Work, season: &Season, episode: &Episode) -> Value {
    let kind = match season.episodes.last() {
        Some(last) if last.number == episode.number => "finale",
        _ => "standard",
    };
    json!({
        "id": episode.id, "show_id": series.id, "season_number": season.number, "episode_number": episode.number,
        "name": episode.name, "air_date": episode.date, "runtime": episode.runtime, "episode_type": kind,
        "overview": "", "production_code": "", "still_path": null, "vote_average": 0.0, "vote_count": 0,
    })
}

fn find(series: &Work, number: u32) -> Result<&Season, Refusal> {
    series.seasons.iter().find(|season| season.number == number).ok_or(Refusal::NOT_FOUND)
}

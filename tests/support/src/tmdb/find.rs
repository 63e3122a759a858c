//! What another catalogue's id is here. TVDB's ids are of series and episodes, never of movies.

use serde_json::{Value, json};

use super::catalogue::catalogue;
use super::items::{movie_item, series_item};
use super::parameters::{language, only};
use super::refusal::Refusal;
use super::seasons::episode;
use crate::http::Request;

const SOURCES: &[&str] = &[
    "imdb_id",
    "tvdb_id",
    "wikidata_id",
    "facebook_id",
    "instagram_id",
    "twitter_id",
    "tiktok_id",
    "youtube_id",
];

pub(super) fn find(request: &Request, id: &str) -> Result<Value, Refusal> {
    only(request, &["external_source"])?;
    let source = request.query.get("external_source").map(String::as_str).unwrap_or_default();
    if !SOURCES.contains(&source) {
        return Err(Refusal::BAD_PARAMETER);
    }
    let (language, all) = (language(request), catalogue());
    let imdb = |its: &Option<String>| source == "imdb_id" && its.as_deref() == Some(id);
    let movies: Vec<Value> = all
        .movies
        .iter()
        .filter(|movie| imdb(&movie.imdb))
        .map(|movie| media(movie_item(movie, language), "movie"))
        .collect();
    let tvdb = |its: Option<u64>| source == "tvdb_id" && its.is_some_and(|its| its.to_string() == id);
    let series: Vec<Value> = all
        .series
        .iter()
        .filter(|series| imdb(&series.imdb) || tvdb(series.tvdb))
        .map(|series| media(series_item(series, language), "tv"))
        .collect();
    let episodes: Vec<Value> = all
        .foreign_episodes
        .iter()
        .filter(|its| its.source == source && its.id == id)
        .filter_map(|its| {
            let series = all.series.iter().find(|series| series.id == its.series)?;
            let mut found = episode(series, its.season, its.episode).ok()?;
            found["show_id"] = json!(series.id);
            Some(media(found, "tv_episode"))
        })
        .collect();
    Ok(json!({
        "movie_results": movies, "person_results": [], "tv_results": series, "tv_episode_results": episodes,
        "tv_season_results": [],
    }))
}

fn media(mut item: Value, kind: &str) -> Value {
    item["media_type"] = json!(kind);
    item
}

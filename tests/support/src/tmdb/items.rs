//! Works as they stand in lists; movies and series name their keys differently.

use serde_json::{Value, json};

use super::catalogue::Work;

pub(super) fn movie_item(movie: &Work, language: &str) -> Value {
    let mut item = common(movie);
    item["title"] = json!(movie.title_in(language));
    item["original_title"] = json!(movie.original());
    item["video"] = json!(false);
    dated(item, "release_date", movie)
}

pub(super) fn series_item(series: &Work, language: &str) -> Value {
    let mut item = common(series);
    item["name"] = json!(series.title_in(language));
    item["original_name"] = json!(series.original());
    item["origin_country"] = json!(series.country);
    dated(item, "first_air_date", series)
}

fn common(work: &Work) -> Value {
    json!({
        "id": work.id, "original_language": work.language, "popularity": work.popularity, "adult": false, "genre_ids": [18],
        "overview": "…", "vote_average": 7.1, "vote_count": 12, "poster_path": null, "backdrop_path": null,
    })
}

/// A work without a date has an empty one, or none at all: both are seen.
fn dated(mut item: Value, key: &str, work: &Work) -> Value {
    match &work.date {
        Some(date) => item[key] = json!(date),
        None if work.id.is_multiple_of(2) => item[key] = json!(""),
        None => {}
    }
    item
}

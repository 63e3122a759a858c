//! One work in full, and what hangs below it: other titles, translations, other catalogues' ids.

use serde_json::{Value, json};

use super::catalogue::Work;
use super::items::{movie_item, series_item};

pub(super) fn movie(movie: &Work, language: &str) -> Value {
    let mut details = movie_item(movie, language);
    details["runtime"] = json!(movie.runtime);
    details["imdb_id"] = json!(movie.imdb);
    details["status"] = json!("Released");
    details["origin_country"] = json!(movie.country);
    details["belongs_to_collection"] = Value::Null;
    details
}

pub(super) fn series(series: &Work, language: &str) -> Value {
    let mut details = series_item(series, language);
    // Often empty, whatever the episodes last.
    let runtimes: Vec<u32> = series.runtime.filter(|_| series.id.is_multiple_of(3)).into_iter().collect();
    details["episode_run_time"] = json!(runtimes);
    details["status"] = json!(series.status);
    details["type"] = json!("Scripted");
    let proper = || series.seasons.iter().filter(|season| season.number > 0);
    details["number_of_seasons"] = json!(proper().count());
    details["number_of_episodes"] = json!(proper().map(|season| season.episodes.len()).sum::<usize>());
    let last =
        proper().filter_map(|season| season.episodes.last()).filter_map(|episode| episode.date.as_ref());
    details["last_air_date"] = json!(last.max());
    details["in_production"] = json!(series.status == "Returning Series");
    let seasons: Vec<Value> = series
        .seasons
        .iter()
        .map(|season| {
            json!({
                "id": season.id, "season_number": season.number, "episode_count": season.episodes.len(),
                "air_date": season.date, "name": season.name, "overview": "", "poster_path": null,
            })
        })
        .collect();
    details["seasons"] = json!(seasons);
    details
}

/// `key` is `titles` for movies and `results` for series.
pub(super) fn alternative_titles(work: &Work, key: &str) -> Value {
    let titles: Vec<Value> = work
        .aka
        .iter()
        .map(|title| {
            let (country, title) = match title.split_once('|') {
                Some((country, title)) => (country, title),
                None => ("US", title.as_str()),
            };
            json!({"iso_3166_1": country, "title": title, "type": ""})
        })
        .collect();
    let mut answer = json!({"id": work.id});
    answer[key] = json!(titles);
    answer
}

/// `key` is `title` for movies and `name` for series. A translation may lack a title of its own.
pub(super) fn translations(work: &Work, key: &str) -> Value {
    let translation = |language: &str, title: &str| {
        let mut data = json!({"overview": "…", "homepage": "", "tagline": ""});
        data[key] = json!(title);
        let country = match language {
            "en" => "US".to_owned(),
            "ja" => "JP".to_owned(),
            "ko" => "KR".to_owned(),
            "zh" => "CN".to_owned(),
            other => other.to_uppercase(),
        };
        json!({"iso_3166_1": country, "iso_639_1": language, "name": language, "english_name": language, "data": data})
    };
    let mut all: Vec<Value> =
        work.translations.iter().map(|(language, title)| translation(language, title)).collect();
    if !work.translations.contains_key("en") {
        let own = if work.original() == work.title { "" } else { work.title.as_str() };
        all.push(translation("en", own));
    }
    json!({"id": work.id, "translations": all})
}

pub(super) fn external_ids(work: &Work) -> Value {
    json!({
        "id": work.id, "imdb_id": work.imdb, "tvdb_id": work.tvdb, "wikidata_id": null, "facebook_id": null,
        "instagram_id": null, "twitter_id": null,
    })
}

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::API_KEY;
use super::catalogue::catalogue;
use super::routes::answer;
use crate::http::Request;

fn ask(path: &str, query: &[(&str, &str)]) -> Result<Value, u16> {
    let pairs = query.iter().chain([&("api_key", API_KEY)]);
    let request = Request {
        method: "GET".into(),
        path: format!("/3/{path}"),
        query: pairs.map(|&(key, value)| (key.to_owned(), value.to_owned())).collect(),
        headers: BTreeMap::new(),
        body: Vec::new(),
    };
    answer(&request).map_err(|refusal| refusal.0)
}

fn found(what: &str, query: &[(&str, &str)]) -> Vec<u64> {
    let page = ask(&format!("search/{what}"), query).expect("a page");
    let ids = page["results"].as_array().expect("results").iter().map(|item| item["id"].as_u64());
    ids.map(|id| id.expect("an id")).collect()
}

#[test]
fn the_catalogue_is_large_and_of_one_piece() {
    let all = catalogue();
    assert!(all.movies.len() >= 180 && all.series.len() >= 140);
    for works in [&all.movies, &all.series] {
        let ids: BTreeSet<u64> = works.iter().map(|work| work.id).collect();
        assert_eq!(ids.len(), works.len(), "every number is one work's");
    }
    assert!(all.series.iter().all(|series| !series.seasons.is_empty()));
    for group in &all.groups {
        assert!(ask(&format!("tv/episode_group/{}", group.id), &[]).is_ok(), "{}", group.name);
    }
    let named = all.series.iter().filter(|series| {
        series.seasons.iter().flat_map(|season| &season.episodes).any(|its| !its.name.starts_with("Episode "))
    });
    assert!(named.count() >= 60);
}

#[test]
fn a_search_finds_every_title_and_sorts_by_fit_and_popularity() {
    assert_eq!(found("movie", &[("query", "der pate")]), [238, 240]);
    assert_eq!(found("tv", &[("query", "Shingeki no Kyojin")]), [1429]);
    assert_eq!(found("tv", &[("query", "進撃の巨人")]), [1429]);
    assert_eq!(found("movie", &[("query", "amelie")]), [194]);
    assert_eq!(found("movie", &[("query", "the mummy"), ("primary_release_year", "2017")]), [282_035]);
    // Popular works that hold the word go before an obscure one that is it, which is left to the second page.
    assert!(!found("movie", &[("query", "home")]).contains(&62_320));
    assert!(found("movie", &[("query", "home"), ("page", "2")]).contains(&62_320));
    assert_eq!(found("movie", &[("query", "white noise"), ("year", "2022")]), [613_504, 901_010]);
    // `&` is no word, and not `and`.
    assert_eq!(found("movie", &[("query", "mr peabody and sherman")]), [0; 0]);
    assert_eq!(found("movie", &[("query", "mr. peabody & sherman")]), [82_703]);
    assert_eq!(found("tv", &[("query", "doctor who"), ("first_air_date_year", "2010")]), [0; 0]);
    assert_eq!(found("tv", &[("query", "doctor who"), ("year", "2010")]), [57_243]);
}

#[test]
fn pages_hold_twenty_and_end() {
    let page = |page: &str| ask("search/tv", &[("query", "the"), ("page", page)]).expect("a page");
    let total = page("1")["total_results"].as_u64().expect("a number");
    assert!(total > 20);
    assert_eq!(page("1")["results"].as_array().map(Vec::len), Some(20));
    assert_eq!(page("500")["results"].as_array().map(Vec::len), Some(0));
    assert_eq!(ask("search/tv", &[("query", "the"), ("page", "501")]), Err(400));
    assert_eq!(ask("search/tv", &[("query", "the"), ("page", "0")]), Err(400));
}

#[test]
fn questions_that_are_mistakes_are_refused() {
    for (path, query, status) in [
        ("search/movie", &[][..], 422),
        ("search/movie", &[("query", " ")], 422),
        ("search/movie", &[("query", "x"), ("first_air_date_year", "1999")], 422),
        ("search/tv", &[("query", "x"), ("year", "99")], 422),
        ("search/tv", &[("query", "x"), ("language", "english")], 422),
        ("find/tt0133093", &[], 422),
        ("find/tt0133093", &[("external_source", "tmdb_id")], 422),
        ("movie/603", &[("page", "1")], 422),
        ("movie/999999999", &[], 404),
        ("movie/x", &[], 404),
        ("tv/1396/season/9", &[], 404),
        ("tv/1396/season/1/episode/8", &[], 404),
        ("tv/episode_group/no", &[], 404),
        ("nothing", &[], 404),
    ] {
        assert_eq!(ask(path, query), Err(status), "{path} {query:?}");
    }
}

#[test]
fn details_take_further_answers_along() {
    let parts = "season/1,season/99,alternative_titles,external_ids,translations,episode_groups";
    let series = ask("tv/1429", &[("append_to_response", parts)]).expect("a series");
    assert_eq!(series["season/1"]["episodes"].as_array().map(Vec::len), Some(25));
    assert_eq!(series.get("season/99"), None);
    assert_eq!(series["alternative_titles"]["results"][0]["title"], "Shingeki no Kyojin");
    assert_eq!(series["external_ids"]["tvdb_id"], 267_440);
    assert_eq!(series["episode_groups"]["results"].as_array().map(Vec::len), Some(2));
    assert_eq!(series["translations"]["translations"][0]["data"]["name"], "L'Attaque des Titans");
    let movie = ask("movie/194", &[("append_to_response", "alternative_titles"), ("language", "de-DE")]);
    let movie = movie.expect("a movie");
    assert_eq!(movie["title"], "Die fabelhafte Welt der Amélie");
    assert!(movie["alternative_titles"]["titles"].is_array());
    let many = ["season/1"; 21].join(",");
    assert_eq!(ask("tv/1429", &[("append_to_response", &many)]), Err(400));
}

#[test]
fn episodes_have_the_days_names_and_lengths_of_their_season() {
    let episode = ask("tv/1396/season/1/episode/1", &[]).expect("an episode");
    assert_eq!(
        (episode["name"].as_str(), episode["air_date"].as_str(), episode["runtime"].as_u64()),
        (Some("Pilot"), Some("2008-01-20"), Some(58))
    );
    let daily = ask("tv/2224/season/28", &[]).expect("a season");
    let days: Vec<&str> = daily["episodes"]
        .as_array()
        .expect("episodes")
        .iter()
        .take(5)
        .map(|its| its["air_date"].as_str().expect("a day"))
        .collect();
    assert_eq!(days, ["2022-10-03", "2022-10-04", "2022-10-05", "2022-10-06", "2022-10-10"]);
    let undated = ask("tv/900201/season/2/episode/6", &[]).expect("an episode");
    assert!(undated["air_date"].is_null() && undated["runtime"].is_null());
    // It goes on counting.
    assert!(ask("tv/37854/season/2/episode/62", &[]).is_ok());
    assert_eq!(ask("tv/37854/season/2/episode/1", &[]), Err(404));
}

#[test]
fn other_catalogues_ids_are_found_but_never_a_movie_by_tvdb() {
    let find = |id: &str, source: &str| {
        ask(&format!("find/{id}"), &[("external_source", source)]).expect("an answer")
    };
    assert_eq!(find("tt0133093", "imdb_id")["movie_results"][0]["id"], 603);
    assert_eq!(find("81189", "tvdb_id")["tv_results"][0]["id"], 1396);
    let episode = &find("349235", "tvdb_id")["tv_episode_results"][0];
    assert_eq!((episode["show_id"].as_u64(), episode["episode_number"].as_u64()), (Some(1396), Some(2)));
    assert_eq!(find("tt9999999", "imdb_id")["movie_results"], Value::Array(Vec::new()));
}

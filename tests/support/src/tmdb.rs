//! A stand-in of TMDB: strict about what it is asked, with a small catalogue of namesakes, remakes and twins.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::http::{Reply, ReplyFuture, Request, Server};

/// The read access token that the stand-in accepts.
pub const BEARER: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdGFuZC1pbiJ9.c2lnbmF0dXJl";
/// The API key that the stand-in accepts.
pub const API_KEY: &str = "0123456789abcdef0123456789abcdef";

/// A running stand-in.
#[derive(Debug)]
pub struct Tmdb {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Without the query and without the `/3` of the base address.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: BTreeMap<String, String>,
    /// The status that was, or would have been, answered.
    pub status: u16,
}

/// How a call is made to fail.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answers this status.
    Status(u16),
    /// Answers 429 with this `Retry-After` in seconds, or none.
    TooMany(Option<u64>),
    /// Closes the connection.
    Hangup,
    /// Answers something that is no JSON.
    Garbage,
    /// Answers more than anyone should read.
    Endless,
    /// Answers 302 to elsewhere.
    Redirect,
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<(String, Fault, usize)>,
    calls: Vec<Call>,
}

impl Tmdb {
    /// Starts on a free port of loopback.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let server = Server::start(handler(&state)).await;
        Self { server, state }
    }

    /// The base address for `tmdb.api_url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/3", self.server.url())
    }

    /// Makes the next `times` calls fail whose path begins with `path`.
    pub fn fail(&self, path: &str, fault: Fault, times: usize) {
        self.lock().faults.push((path.to_owned(), fault, times));
    }

    /// Lets every call succeed again.
    pub fn recover(&self) {
        self.lock().faults.clear();
    }

    /// All calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }
}

fn handler(state: &Arc<Mutex<State>>) -> impl Fn(Request) -> ReplyFuture + Send + Sync + 'static {
    let state = Arc::clone(state);
    move |request| {
        let state = Arc::clone(&state);
        Box::pin(async move { state.lock().expect("no test panics while it holds this").reply(&request) })
    }
}

/// An error as TMDB puts it: the HTTP status, its own number, and a message.
struct No(u16, u16, &'static str);

impl State {
    fn reply(&mut self, request: &Request) -> Reply {
        let path = request.path.strip_prefix("/3").unwrap_or(&request.path).to_owned();
        let fault =
            self.faults.iter_mut().find(|(call, _, times)| *times > 0 && path.starts_with(call.as_str()));
        let fault = fault.map(|(_, fault, times)| {
            *times -= 1;
            fault.clone()
        });
        let (status, reply) = match fault {
            Some(Fault::Hangup) => (0, Reply::Hangup),
            Some(Fault::Status(status)) => (status, error(&No(status, 11, "as the test asked"))),
            Some(Fault::TooMany(seconds)) => {
                let headers = seconds.map(|seconds| ("retry-after".to_owned(), seconds.to_string()));
                (
                    429,
                    Reply::Answer {
                        status: 429,
                        headers: headers.into_iter().collect(),
                        body: b"{}".to_vec(),
                    },
                )
            }
            Some(Fault::Garbage) => (200, plain(b"<html>not today</html>".to_vec())),
            Some(Fault::Endless) => (200, plain(vec![b' '; 3 * 1024 * 1024])),
            Some(Fault::Redirect) => {
                let headers = vec![("location".to_owned(), "http://127.0.0.1:9/".to_owned())];
                (302, Reply::Answer { status: 302, headers, body: Vec::new() })
            }
            None => match answer(request) {
                Ok(body) => (200, Reply::json(200, &body)),
                Err(no) => (no.0, error(&no)),
            },
        };
        self.calls.push(Call { path, query: request.query.clone(), status });
        reply
    }
}

fn plain(body: Vec<u8>) -> Reply {
    Reply::Answer { status: 200, headers: Vec::new(), body }
}

fn error(No(status, code, message): &No) -> Reply {
    Reply::json(*status, &json!({"success": false, "status_code": code, "status_message": message}))
}

fn answer(request: &Request) -> Result<Value, No> {
    if request.method != "GET" {
        return Err(No(405, 3, "only GET is of use here"));
    }
    authorize(request)?;
    let path = request.path.strip_prefix("/3/").ok_or(NOT_FOUND)?;
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        ["authentication"] => {
            known(request, &[])?;
            Ok(json!({"success": true, "status_code": 1, "status_message": "Success."}))
        }
        ["search", "movie"] => {
            known(request, &["query", "page", "include_adult", "primary_release_year", "year", "region"])?;
            search(request, MOVIES, &["primary_release_year", "year"], movie_item)
        }
        ["search", "tv"] => {
            known(request, &["query", "page", "include_adult", "first_air_date_year", "year"])?;
            search(request, SERIES, &["first_air_date_year"], series_item)
        }
        ["find", id] => {
            known(request, &["external_source"])?;
            find(request, id)
        }
        ["movie", id] => {
            known(request, &[])?;
            let movie = by_id(MOVIES, id)?;
            let mut details = movie_item(movie);
            details["runtime"] = json!(movie.runtime);
            details["imdb_id"] = json!(movie.imdb);
            Ok(details)
        }
        ["tv", id] => {
            known(request, &[])?;
            let series = by_id(SERIES, id)?;
            let mut details = series_item(series);
            details["episode_run_time"] = json!([]);
            details["seasons"] = series
                .seasons
                .iter()
                .map(|season| json!({"season_number": season.number, "episode_count": season.count, "name": "Season"}))
                .collect();
            Ok(details)
        }
        ["movie", id, "alternative_titles"] => {
            known(request, &[])?;
            Ok(json!({"id": by_id(MOVIES, id)?.id, "titles": others(by_id(MOVIES, id)?)}))
        }
        ["tv", id, "alternative_titles"] => {
            known(request, &[])?;
            Ok(json!({"id": by_id(SERIES, id)?.id, "results": others(by_id(SERIES, id)?)}))
        }
        ["tv", id, "season", season, "episode", episode] => {
            known(request, &[])?;
            let series = by_id(SERIES, id)?;
            let (season, episode) = (number(season)?, number(episode)?);
            let season = series.seasons.iter().find(|its| its.number == season).ok_or(NOT_FOUND)?;
            if episode < season.first || episode >= season.first + season.count {
                return Err(NOT_FOUND);
            }
            Ok(json!({
                "id": 1_000_000 + series.id * 1000 + episode, "season_number": season.number, "episode_number": episode,
                "name": "An episode", "air_date": format!("{}-03-0{}", season.year, episode % 9 + 1), "runtime": series.runtime,
            }))
        }
        _ => Err(NOT_FOUND),
    }
}

const NOT_FOUND: No = No(404, 34, "The resource you requested could not be found.");
const INVALID: No = No(422, 22, "a parameter is not as it should be");

/// Exactly one credential, in its place.
fn authorize(request: &Request) -> Result<(), No> {
    let bearer = request.headers.get("authorization").map(String::as_str);
    let key = request.query.get("api_key").map(String::as_str);
    match (bearer, key) {
        (Some(bearer), None) if bearer == format!("Bearer {BEARER}") => Ok(()),
        (None, Some(API_KEY)) => Ok(()),
        _ => Err(No(401, 7, "Invalid API key: You must be granted a valid key.")),
    }
}

fn known(request: &Request, known: &[&str]) -> Result<(), No> {
    let always = ["language", "api_key"];
    let unknown =
        request.query.keys().any(|key| !known.contains(&key.as_str()) && !always.contains(&key.as_str()));
    let language = request.query.get("language");
    let odd = language.is_some_and(|language| !matches!(language.as_bytes(), [_, _] | [_, _, b'-', _, _]));
    if unknown || odd { Err(INVALID) } else { Ok(()) }
}

fn number(text: &str) -> Result<u64, No> {
    text.parse().map_err(|_| INVALID)
}

fn by_id(works: &'static [Work], id: &str) -> Result<&'static Work, No> {
    let id = number(id)?;
    works.iter().find(|work| work.id == id).ok_or(NOT_FOUND)
}

fn search(
    request: &Request,
    works: &'static [Work],
    years: &[&str],
    item: fn(&Work) -> Value,
) -> Result<Value, No> {
    const PAGE: usize = 20;
    let query = request.query.get("query").filter(|query| !query.trim().is_empty()).ok_or(INVALID)?;
    let page = request.query.get("page").map_or(Ok(1), |page| number(page))?;
    if !(1..=500).contains(&page) {
        return Err(No(400, 22, "Invalid page: Pages start at 1 and max at 500."));
    }
    let mut found: Vec<&Work> = works.iter().filter(|work| work.is_named(query)).collect();
    for name in years {
        if let Some(year) = request.query.get(*name) {
            let year = number(year)?;
            found.retain(|work| u64::from(work.year) == year);
        }
    }
    found.sort_by_key(|work| std::cmp::Reverse(work.popularity));
    let total = found.len();
    let from = usize::try_from(page - 1).unwrap_or(usize::MAX).saturating_mul(PAGE);
    let results: Vec<Value> = found.into_iter().skip(from).take(PAGE).map(item).collect();
    Ok(json!({"page": page, "results": results, "total_pages": total.div_ceil(PAGE), "total_results": total}))
}

fn find(request: &Request, id: &str) -> Result<Value, No> {
    let source = request.query.get("external_source").map(String::as_str).ok_or(INVALID)?;
    let matches = |work: &&Work| match source {
        "imdb_id" => work.imdb == Some(id),
        "tvdb_id" => work.tvdb.is_some_and(|tvdb| tvdb.to_string() == id),
        _ => false,
    };
    if !["imdb_id", "tvdb_id"].contains(&source) {
        return Err(INVALID);
    }
    let movies: Vec<Value> =
        MOVIES.iter().filter(|work| source == "imdb_id" && matches(work)).map(movie_item).collect();
    let series: Vec<Value> = SERIES.iter().filter(matches).map(series_item).collect();
    let episodes: Vec<Value> = EPISODES
        .iter()
        .filter(|(name, its, ..)| *name == source && *its == id)
        .map(|(_, _, show, season, episode)| {
            json!({"id": 62085, "show_id": show, "season_number": season, "episode_number": episode, "name": "An episode"})
        })
        .collect();
    Ok(json!({
        "movie_results": movies, "person_results": [], "tv_results": series, "tv_episode_results": episodes,
        "tv_season_results": [],
    }))
}

fn movie_item(work: &Work) -> Value {
    json!({
        "id": work.id, "title": work.title, "original_title": work.original, "original_language": "en",
        "release_date": format!("{}-05-14", work.year), "popularity": work.popularity, "adult": false, "video": false,
        "genre_ids": [18], "overview": "…", "vote_average": 7.1, "vote_count": 12, "poster_path": null,
    })
}

fn series_item(work: &Work) -> Value {
    json!({
        "id": work.id, "name": work.title, "original_name": work.original, "original_language": "en",
        "origin_country": [work.country], "first_air_date": format!("{}-01-20", work.year), "popularity": work.popularity,
        "adult": false, "genre_ids": [18], "overview": "…", "vote_average": 8.9, "vote_count": 12, "poster_path": null,
    })
}

fn others(work: &Work) -> Vec<Value> {
    work.others.iter().map(|title| json!({"iso_3166_1": "XX", "title": title, "type": ""})).collect()
}

/// A movie or a series of the catalogue.
#[derive(Debug)]
struct Work {
    id: u64,
    title: &'static str,
    original: &'static str,
    others: &'static [&'static str],
    year: u16,
    country: &'static str,
    popularity: u32,
    /// In minutes; a series' is each episode's.
    runtime: u32,
    imdb: Option<&'static str>,
    tvdb: Option<u64>,
    seasons: &'static [Season],
}

/// A season of a series.
#[derive(Debug)]
struct Season {
    number: u64,
    /// The number of its first episode.
    first: u64,
    count: u64,
    year: u16,
}

impl Work {
    /// Like TMDB's search: every word of the query is in one of the titles.
    fn is_named(&self, query: &str) -> bool {
        let words = |text: &str| -> Vec<String> {
            let plain = text.to_lowercase().replace(['\'', '’'], "");
            plain
                .split(|char: char| !char.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let wanted = words(query);
        [self.title, self.original].iter().chain(self.others).any(|title| {
            let its = words(title);
            wanted.iter().all(|word| its.contains(word))
        })
    }
}

const fn movie(id: u64, title: &'static str, year: u16, runtime: u32, popularity: u32) -> Work {
    Work {
        id,
        title,
        original: title,
        others: &[],
        year,
        country: "US",
        popularity,
        runtime,
        imdb: None,
        tvdb: None,
        seasons: &[],
    }
}

const fn series(
    id: u64,
    title: &'static str,
    year: u16,
    country: &'static str,
    runtime: u32,
    seasons: &'static [Season],
) -> Work {
    Work { country, seasons, ..movie(id, title, year, runtime, 40) }
}

const fn season(number: u64, count: u64, year: u16) -> Season {
    Season { number, first: 1, count, year }
}

const MOVIES: &[Work] = &[
    Work { imdb: Some("tt0133093"), others: &["Matrix"], ..movie(603, "The Matrix", 1999, 136, 80) },
    movie(604, "The Matrix Reloaded", 2003, 138, 60),
    // Three of one name, years apart.
    movie(564, "The Mummy", 1999, 125, 70),
    movie(282_035, "The Mummy", 2017, 111, 65),
    movie(15_849, "The Mummy", 1932, 73, 20),
    // A remake, and a sequel that holds its name.
    movie(841, "Dune", 1984, 137, 40),
    movie(438_631, "Dune", 2021, 155, 90),
    movie(693_134, "Dune: Part Two", 2024, 167, 95),
    // Two of one name in one year.
    movie(532_639, "Pinocchio", 2022, 105, 50),
    movie(901_001, "Pinocchio", 2022, 63, 5),
    movie(84_334, "Room 237", 2012, 102, 15),
    movie(264_644, "Room", 2015, 118, 45),
    movie(348, "Alien", 1979, 117, 70),
    movie(679, "Aliens", 1986, 137, 68),
    Work { others: &["Der Pate"], imdb: Some("tt0068646"), ..movie(238, "The Godfather", 1972, 175, 99) },
    movie(530_915, "1917", 2019, 119, 60),
    // A title that ends in a year.
    movie(297_762, "Wonder Woman", 2017, 141, 75),
    movie(464_052, "Wonder Woman 1984", 2020, 151, 70),
    // Alone of its name.
    movie(901_002, "The Quiet Mill", 1987, 98, 3),
    // Has a series' number.
    movie(1396, "The Mirror", 1975, 107, 12),
];

const SERIES: &[Work] = &[
    Work {
        imdb: Some("tt0903747"),
        tvdb: Some(81_189),
        ..series(
            1396,
            "Breaking Bad",
            2008,
            "US",
            47,
            &[season(0, 9, 2009), season(1, 7, 2008), season(2, 13, 2009)],
        )
    },
    // Twins of two countries.
    Work {
        popularity: 90,
        ..series(
            2316,
            "The Office",
            2005,
            "US",
            22,
            &[season(1, 6, 2005), season(2, 22, 2005), season(3, 25, 2006)],
        )
    },
    series(2996, "The Office", 2001, "GB", 30, &[season(1, 6, 2001), season(2, 6, 2002)]),
    // A remake.
    series(501, "Battlestar Galactica", 1978, "US", 46, &[season(1, 24, 1978)]),
    series(1972, "Battlestar Galactica", 2004, "US", 44, &[season(1, 13, 2004), season(2, 20, 2005)]),
    // One that only has its old version here.
    series(3100, "Kung Fu", 1972, "US", 50, &[season(1, 15, 1972)]),
    // Known by another title; its seasons begin anew.
    Work {
        original: "海の日",
        others: &["Umi no Hi"],
        ..series(900_001, "Day of the Sea", 2019, "JP", 24, &[season(1, 12, 2019), season(2, 13, 2021)])
    },
    // Its second season goes on counting.
    series(
        900_002,
        "Long Tide",
        2010,
        "JP",
        24,
        &[season(1, 20, 2010), Season { number: 2, first: 21, count: 30, year: 2012 }],
    ),
    // Both ways of counting lead somewhere.
    series(900_003, "Two Ways", 2010, "JP", 24, &[season(1, 5, 2010), season(2, 20, 2012)]),
    series(900_004, "This Is Us", 2016, "US", 43, &[season(1, 18, 2016)]),
];

/// Episodes by another catalogue's id: series, season, episode.
const EPISODES: &[(&str, &str, u64, u64, u64)] = &[
    ("imdb_id", "tt0959621", 1396, 1, 1),
    ("tvdb_id", "349232", 1396, 1, 1),
    ("tvdb_id", "349235", 1396, 1, 2),
];

//! Which path is answered how.

use serde_json::{Value, json};

use super::append::{Kind, with_appended};
use super::catalogue::{Work, catalogue};
use super::find::find;
use super::parameters::{authorize, number, only};
use super::refusal::Refusal;
use super::search::{search_movies, search_series};
use super::{details, groups, seasons};
use crate::http::Request;

/// The answer to a request.
pub(super) fn answer(request: &Request) -> Result<Value, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::ONLY_GET);
    }
    authorize(request)?;
    let path = request.path.strip_prefix("/3/").ok_or(Refusal::NOT_FOUND)?;
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        ["authentication"] => {
            only(request, &[])?;
            Ok(json!({"success": true, "status_code": 1, "status_message": "Success."}))
        }
        ["search", "movie"] => search_movies(request),
        ["search", "tv"] => search_series(request),
        ["find", id] => find(request, id),
        ["tv", "episode_group", id] => {
            only(request, &[])?;
            groups::group(id)
        }
        ["movie", id] => with_appended(request, Kind::Movie, by_id(&catalogue().movies, id)?),
        ["tv", id] => with_appended(request, Kind::Series, by_id(&catalogue().series, id)?),
        ["movie", id, ref rest @ ..] => {
            only(request, &[])?;
            movie_part(by_id(&catalogue().movies, id)?, rest)
        }
        ["tv", id, ref rest @ ..] => {
            only(request, &[])?;
            series_part(by_id(&catalogue().series, id)?, rest)
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// What hangs below a movie.
pub(super) fn movie_part(movie: &Work, path: &[&str]) -> Result<Value, Refusal> {
    match path {
        ["alternative_titles"] => Ok(details::alternative_titles(movie, "titles")),
        ["translations"] => Ok(details::translations(movie, "title")),
        ["external_ids"] => Ok(details::external_ids(movie)),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// What hangs below a series.
pub(super) fn series_part(series: &Work, path: &[&str]) -> Result<Value, Refusal> {
    match path {
        ["alternative_titles"] => Ok(details::alternative_titles(series, "results")),
        ["translations"] => Ok(details::translations(series, "name")),
        ["external_ids"] => Ok(details::external_ids(series)),
        ["episode_groups"] => Ok(groups::groups(series)),
        ["season", season] => seasons::season(series, number(season)?),
        ["season", season, "episode", episode] => seasons::episode(series, number(season)?, number(episode)?),
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn by_id<'works>(works: &'works [Work], id: &str) -> Result<&'works Work, Refusal> {
    // The real one takes `603-the-matrix`, too.
    let id: u64 = number(id.split('-').next().unwrap_or_default())?;
    works.iter().find(|work| work.id == id).ok_or(Refusal::NOT_FOUND)
}

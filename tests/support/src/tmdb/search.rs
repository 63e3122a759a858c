//! Searches: by original, translated and alternative titles, ranked by a mix of how a title fits and how popular a work is.

use serde_json::{Value, json};

use super::catalogue::{Work, catalogue};
use super::items::{movie_item, series_item};
use super::parameters::{language, number, only};
use super::refusal::Refusal;
use super::words::{Fit, fit, words};
use crate::http::Request;

const PAGE: usize = 20;

pub(super) fn search_movies(request: &Request) -> Result<Value, Refusal> {
    only(request, &["query", "page", "include_adult", "primary_release_year", "year", "region"])?;
    search(request, &catalogue().movies, movie_item, |work| {
        wanted(request, "primary_release_year").is_none_or(|year| work.year() == Some(year))
            && wanted(request, "year").is_none_or(|year| work.release_years().any(|its| its == year))
    })
}

pub(super) fn search_series(request: &Request) -> Result<Value, Refusal> {
    only(request, &["query", "page", "include_adult", "first_air_date_year", "year"])?;
    search(request, &catalogue().series, series_item, |work| {
        wanted(request, "first_air_date_year").is_none_or(|year| work.year() == Some(year))
            && wanted(request, "year").is_none_or(|year| work.year() == Some(year) || work.aired_in(year))
    })
}

fn search(
    request: &Request,
    works: &[Work],
    item: fn(&Work, &str) -> Value,
    fits: impl Fn(&Work) -> bool,
) -> Result<Value, Refusal> {
    let query = request.query.get("query").map(|query| words(query)).unwrap_or_default();
    if request.query.get("query").is_none_or(|query| query.trim().is_empty()) {
        return Err(Refusal::BAD_PARAMETER);
    }
    let page: usize = request.query.get("page").map_or(Ok(1), |page| number(page))?;
    if !(1..=500).contains(&page) {
        return Err(Refusal::BAD_PAGE);
    }
    let mut found: Vec<(f64, &Work)> = works
        .iter()
        .filter(|work| fits(work))
        .filter_map(|work| Some((rank(work.fit(&query)?, work.popularity), work)))
        .collect();
    found.sort_by(|(one, a), (other, b)| other.total_cmp(one).then(a.id.cmp(&b.id)));
    let total = found.len();
    let language = language(request);
    let results: Vec<Value> =
        found.into_iter().skip((page - 1) * PAGE).take(PAGE).map(|(_, work)| item(work, language)).collect();
    Ok(json!({"page": page, "results": results, "total_pages": total.div_ceil(PAGE), "total_results": total}))
}

/// A very popular work that merely holds the words comes before an obscure one that is them.
fn rank(fit: Fit, popularity: f64) -> f64 {
    let text = match fit {
        Fit::Is => 2.0,
        Fit::Begins => 1.2,
        Fit::Holds => 0.5,
    };
    text + popularity.max(0.0).ln_1p()
}

fn wanted(request: &Request, name: &str) -> Option<u16> {
    request.query.get(name)?.parse().ok()
}

impl Work {
    /// The best that any of its titles makes of the query.
    fn fit(&self, query: &[String]) -> Option<Fit> {
        if query.is_empty() {
            return None;
        }
        self.names.iter().filter_map(|name| fit(query, name)).max()
    }
}

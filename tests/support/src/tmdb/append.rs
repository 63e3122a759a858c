//! Details of a work, with further answers of the same work appended in one call.

use serde_json::Value;

use super::catalogue::Work;
use super::details;
use super::parameters::{language, only};
use super::refusal::Refusal;
use super::routes::{movie_part, series_part};
use crate::http::Request;

const MOST: usize = 20;

/// The details of `work`, with what `append_to_response` asks for. What does not exist is left out, as the real one does.
pub(super) fn with_appended(request: &Request, kind: &str, work: &Work) -> Result<Value, Refusal> {
    only(request, &["append_to_response"])?;
    let (mut answer, part): (_, fn(&Work, &[&str]) -> Result<Value, Refusal>) = match kind {
        "movie" => (details::movie(work, language(request)), movie_part),
        _ => (details::series(work, language(request)), series_part),
    };
    let appended = request.query.get("append_to_response").map(String::as_str).unwrap_or_default();
    let appended: Vec<&str> = appended.split(',').filter(|name| !name.is_empty()).collect();
    if appended.len() > MOST {
        return Err(Refusal::TOO_MANY_APPENDED);
    }
    for name in appended {
        let path: Vec<&str> = name.split('/').collect();
        if let Ok(more) = part(work, &path) {
            answer[name] = more;
        }
    }
    Ok(answer)
}

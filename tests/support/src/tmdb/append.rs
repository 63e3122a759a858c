//! Details of a work, with further answers of the same work appended in one call.

use serde_json::Value;

use super::catalogue::Work;
use super::details;
use super::parameters::{language, only};
use super::refusal::Refusal;
use super::routes::{movie_part, series_part};
use crate::http::Request;

const MOST: usize = 20;

/// What a work is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Movie,
    Series,
}

/// The details of `work`, with what `append_to_response` asks for. What does not exist is left out, as the real one does.
pub(super) fn with_appended(request: &Request, kind: Kind, work: &Work) -> Result<Value, Refusal> {
    only(request, &["append_to_response"])?;
    let mut answer = match kind {
        Kind::Movie => details::movie(work, language(request)),
        Kind::Series => details::series(work, language(request)),
    };
    let appended = request.query.get("append_to_response").map(String::as_str).unwrap_or_default();
    let appended: Vec<&str> = appended.split(',').filter(|name| !name.is_empty()).collect();
    if appended.len() > MOST {
        return Err(Refusal::TOO_MANY_APPENDED);
    }
    for name in appended {
        let path: Vec<&str> = name.split('/').collect();
        let part = match kind {
            Kind::Movie => movie_part(work, &path),
            Kind::Series => series_part(work, &path),
        };
        if let Ok(more) = part {
            answer[name] = more;
        }
    }
    Ok(answer)
}

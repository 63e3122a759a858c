//! What may be asked along with a path: exactly one credential, and only known parameters of sensible values.

use super::refusal::Refusal;
use super::stand_in::{API_KEY, BEARER};
use crate::http::Request;

/// Exactly one credential, in its place.
pub(super) fn authorize(request: &Request) -> Result<(), Refusal> {
    let bearer = request.headers.get("authorization").map(String::as_str);
    let key = request.query.get("api_key").map(String::as_str);
    match (bearer, key) {
        (Some(bearer), None) if bearer == format!("Bearer {BEARER}") => Ok(()),
        (None, Some(API_KEY)) => Ok(()),
        _ => Err(Refusal::BAD_KEY),
    }
}

/// Nothing but `known` parameters, the language and the key.
pub(super) fn only(request: &Request, known: &[&str]) -> Result<(), Refusal> {
    let always = ["language", "api_key"];
    let unknown =
        request.query.keys().any(|key| !known.contains(&key.as_str()) && !always.contains(&key.as_str()));
    let is = |name: &str, right: fn(&str) -> bool| request.query.get(name).is_none_or(|value| right(value));
    let fine = is("language", is_language)
        && is("region", is_country)
        && is("include_adult", |value| matches!(value, "true" | "false"))
        && ["year", "primary_release_year", "first_air_date_year"].iter().all(|name| is(name, is_year));
    if unknown || !fine { Err(Refusal::BAD_PARAMETER) } else { Ok(()) }
}

/// The two letters of the language that titles are wanted in.
pub(super) fn language(request: &Request) -> &str {
    request.query.get("language").and_then(|language| language.get(..2)).unwrap_or("en")
}

/// A number of a path.
pub(super) fn number<T: std::str::FromStr>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::BAD_ID)
}

fn is_language(text: &str) -> bool {
    match text.split_once('-') {
        None => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase()),
        Some((language, country)) => is_language(language) && is_country(country),
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0')
}

//! Answers of the services that are asked.

use crate::{identify, service};

/// An answer of Discovr's as it comes over HTTP; or with a `k` in front one of Trakt's, with a `t` those of TMDB, or with a `q`
/// the picture of a sign-in.
pub fn service_answers(bytes: &[u8]) {
    match bytes {
        [b't', rest @ ..] => identify::promises::tmdb(rest),
        [b'k', rest @ ..] => service::trakt::promises::answer(rest),
        [b'q', rest @ ..] => service::discovr::promises::picture(rest),
        _ => service::discovr::promises::answer(bytes),
    }
}

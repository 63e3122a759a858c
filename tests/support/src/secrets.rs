//! What must never be said: the tokens of all tests. Every command, every log and every terminal of the suite is looked
//! through for them when it ends.

use crate::tmdb::{API_KEY, BEARER};
use crate::trakt::{CLIENT_SECRET, IN_EVERY_TOKEN};

/// How the stand-ins' and the tests' own tokens begin; some more of them follows.
const BEGINNINGS: [&str; 3] = ["rt_", "jwt.", "dvc_"];

/// The first secret in `text`.
#[must_use]
pub fn found_in(text: &str) -> Option<String> {
    let known = [BEARER, API_KEY, CLIENT_SECRET, IN_EVERY_TOKEN]
        .into_iter()
        .find(|secret| text.contains(secret))
        .map(str::to_owned);
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    known.or_else(|| {
        BEGINNINGS.into_iter().find_map(|beginning| {
            text.match_indices(beginning).find_map(|(at, _)| {
                let before = text[..at].chars().next_back();
                let rest: String = text[at + beginning.len()..].chars().take_while(|&c| in_word(c)).collect();
                (!before.is_some_and(in_word) && !rest.is_empty()).then(|| format!("{beginning}{rest}"))
            })
        })
    })
}

/// # Panics
/// When there is a secret in `text`, which is `what`.
pub fn none_in(what: &str, text: &str) {
    if let Some(secret) = found_in(text) {
        assert!(std::thread::panicking(), "the secret {secret} is in {what}:\n{text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_and_words_are_not() {
        for (text, found) in [
            ("token=rt_5f0c.", Some("rt_5f0c")),
            ("\"jwt.000001.e9b1\"", Some("jwt.000001")),
            ("/auth/device-codes/dvc_1/poll", Some("dvc_1")),
            ("they begin with rt_, as a rule", None),
            ("start_again, part_1", None),
            ("aa00000000000000015ec0de5ec0de5ec0de", Some(IN_EVERY_TOKEN)),
            ("a 5ec0de", None),
        ] {
            assert_eq!(found_in(text).as_deref(), found, "{text}");
        }
    }
}

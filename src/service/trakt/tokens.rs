//! The pair of tokens that a sign-in to Trakt gives (Trakt reference, sections 2.3 and 2.4).

use std::fmt;

use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest token that is taken over, in bytes.
const MAX_TOKEN: usize = 8 * 1024;
/// How long an access token is good for when the service does not say, in seconds.
const USUAL_LIFE: i64 = 24 * 3600;

/// An access token with the refresh token that renews it. The refresh token works once.
#[derive(Clone)]
pub struct Tokens {
    pub(super) access: SecretString,
    pub(super) refresh: SecretString,
    /// When it was made, by the service's clock, in Unix seconds.
    created_at: i64,
    /// For how many seconds the access token is good from then on.
    expires_in: i64,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("ends", &self.ends()).finish_non_exhaustive()
    }
}

/// As Trakt gives it; what else there is does not matter.
#[derive(Deserialize)]
struct Given {
    access_token: SecretString,
    refresh_token: SecretString,
    created_at: Option<Value>,
    expires_in: Option<Value>,
}

/// As it is kept, on one line.
#[derive(Serialize)]
struct Kept<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
    created_at: i64,
    expires_in: i64,
}

impl Tokens {
    /// What a sign-in or a renewal answered at `now`, by this machine's clock; `None` when it is no pair of tokens.
    pub(super) fn given(answer: &[u8], now: Timestamp) -> Option<Self> {
        let Given { access_token, refresh_token, created_at, expires_in } =
            serde_json::from_slice(answer).ok()?;
        let number = |value: Option<Value>| value.as_ref().and_then(Value::as_i64);
        (is_token(&access_token) && is_token(&refresh_token)).then(|| Self {
            access: access_token,
            refresh: refresh_token,
            created_at: number(created_at).unwrap_or_else(|| now.as_second()),
            expires_in: number(expires_in).filter(|&life| life > 0).unwrap_or(USUAL_LIFE),
        })
    }

    /// The pair that was kept as `text`; `None` when it is none.
    #[must_use]
    pub fn from_text(text: &SecretString) -> Option<Self> {
        Self::given(text.expose_secret().as_bytes(), Timestamp::UNIX_EPOCH)
    }

    /// The pair as one line of text, to be kept.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let kept = Kept {
            access_token: self.access.expose_secret(),
            refresh_token: self.refresh.expose_secret(),
            created_at: self.created_at,
            expires_in: self.expires_in,
        };
        // Two texts and two numbers: that can be written.
        let text = Zeroizing::new(serde_json::to_string(&kept).unwrap_or_default());
        SecretString::from(text.as_str())
    }

    /// Whether ending the sign-in of the one would end that of the other.
    #[must_use]
    pub fn is_same_sign_in(&self, other: &Self) -> bool {
        self.access.expose_secret() == other.access.expose_secret()
            || self.refresh.expose_secret() == other.refresh.expose_secret()
    }

    /// When the access token ends, by the service's clock, in Unix seconds.
    #[must_use]
    pub fn ends(&self) -> i64 {
        self.created_at.saturating_add(self.expires_in)
    }

    /// Whether the access token is past half its life at `now`, in Unix seconds: early enough that a renewal that fails
    /// can be tried for days. A clock that is behind the token's own beginning says nothing.
    pub(super) fn wants_renewal(&self, now: i64) -> bool {
        now >= self.created_at.saturating_add(self.expires_in / 2)
    }

    /// Whether the access token has ended at `now`, in Unix seconds.
    pub(super) fn is_over(&self, now: i64) -> bool {
        now >= self.ends()
    }
}

/// Whether it can be kept on a line and carried by a header.
fn is_token(token: &SecretString) -> bool {
    let token = token.expose_secret();
    (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"access_token":"a1","token_type":"bearer","expires_in":1000,"refresh_token":"r1",
        "scope":"public","created_at":5000}"#;

    fn tokens() -> Tokens {
        Tokens::given(ANSWER.as_bytes(), Timestamp::UNIX_EPOCH).expect("a pair")
    }

    #[test]
    fn the_pair_is_renewed_at_half_its_life() {
        for (now, renewed, over) in
            [(4_000, false, false), (5_499, false, false), (5_500, true, false), (6_000, true, true)]
        {
            assert_eq!((tokens().wants_renewal(now), tokens().is_over(now)), (renewed, over), "at {now}");
        }
    }

    #[test]
    fn what_is_kept_is_what_was_given_on_one_line() {
        let text = tokens().to_text();
        assert!(!text.expose_secret().contains('\n'));
        let again = Tokens::from_text(&text).expect("a pair");
        assert_eq!((again.access.expose_secret(), again.refresh.expose_secret()), ("a1", "r1"));
        assert_eq!(again.ends(), 6_000);
    }

    #[test]
    fn what_is_no_pair_of_tokens_is_not_taken_for_one() {
        for answer in [
            "",
            "{}",
            "[]",
            r#"{"access_token":"a"}"#,
            r#"{"access_token":"a","refresh_token":""}"#,
            r#"{"access_token":"a b","refresh_token":"r"}"#,
            r#"{"access_token":1,"refresh_token":"r"}"#,
        ] {
            assert!(Tokens::given(answer.as_bytes(), Timestamp::UNIX_EPOCH).is_none(), "{answer}");
        }
    }

    #[test]
    fn a_debug_print_tells_no_token() {
        let shown = format!("{:?}", tokens());
        assert!(!shown.contains("a1") && !shown.contains("r1"), "{shown}");
    }
}

//! The addresses of services.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};
use url::Url;

const EXPECTED: &str = "an address such as \"https://api.example.org\"";

/// Reads an address. What is wrong with it is said without repeating it: it may hold a password.
pub(crate) fn parse(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            format!("it must begin with https://: expected {EXPECTED}")
        }
        _ => format!("{error}: expected {EXPECTED}"),
    })?;
    let wrong = if !matches!(url.scheme(), "http" | "https") {
        "it must begin with https:// or http://"
    } else if !url.username().is_empty() || url.password().is_some() {
        "it must not hold a user name or password"
    } else if url.query().is_some() || url.fragment().is_some() {
        "it must not hold a `?` or `#`"
    } else {
        return Ok(url);
    };
    Err(format!("{wrong}: expected {EXPECTED}"))
}

/// An address in this program.
#[expect(clippy::expect_used, reason = "the text is a constant, and a test builds the defaults")]
pub(crate) fn known(text: &'static str) -> Url {
    Url::parse(text).expect("the address is right")
}

pub(crate) fn serialize<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
    // Without the slash that parsing adds to a bare host. Another one is the user's.
    let text = url.as_str();
    serializer.serialize_str(if url.path() == "/" { text.trim_end_matches('/') } else { text })
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    deserializer.deserialize_str(AddressVisitor)
}

struct AddressVisitor;

impl Visitor<'_> for AddressVisitor {
    type Value = Url;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Url, E> {
        parse(text).map_err(E::custom)
    }
}

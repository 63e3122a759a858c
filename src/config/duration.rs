//! Lengths of time as people write them: `90s`, `5m`, `1h30m`, `500ms`.

use std::fmt;
use std::time::Duration;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

/// The units, the longest first, in milliseconds.
const UNITS: &[(&str, u64)] = &[("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
const EXPECTED: &str = "a length of time such as \"90s\", \"5m\" or \"1h30m\"";

/// Reads a length of time; each unit once, the longer first.
///
/// # Errors
/// What is wrong with it, and what is expected.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = |what: &str| format!("{what}: expected {EXPECTED}");
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong("nothing is given"));
    }
    let mut allowed = UNITS;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return Err(wrong(&format!("{text:?} has no number where one belongs")));
        }
        let (number, after) = rest.split_at(digits);
        let letters = after.len() - after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, after) = after.split_at(letters);
        if unit.is_empty() {
            return Err(wrong(&format!("{text:?} has no unit after {number} (h, m, s or ms)")));
        }
        let Some(at) = allowed.iter().position(|(name, _)| *name == unit) else {
            let known = UNITS.iter().any(|(name, _)| *name == unit);
            let what = if known { "is twice or out of order" } else { "is no unit (h, m, s or ms)" };
            return Err(wrong(&format!("{unit:?} in {text:?} {what}")));
        };
        let sum = number.parse().ok().and_then(|number: u64| number.checked_mul(allowed[at].1));
        let sum = sum.and_then(|part| total.checked_add(part));
        total = sum.ok_or_else(|| wrong(&format!("{text:?} is too long")))?;
        allowed = &allowed[at + 1..];
        rest = after;
    }
    Ok(Duration::from_millis(total))
}

/// Writes a length of time so that [`parse`] reads it, to the millisecond.
pub(crate) fn text(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, length) in UNITS {
        if rest >= *length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*duration))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_str(DurationVisitor)
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        parse(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written() {
        for (written, millis, again) in [
            ("5m", 300_000, "5m"),
            ("90s", 90_000, "1m30s"),
            ("1h30m", 5_400_000, "1h30m"),
            ("2s500ms", 2500, "2s500ms"),
            ("0s", 0, "0s"),
            (" 60s ", 60_000, "1m"),
        ] {
            assert_eq!(parse(written), Ok(Duration::from_millis(millis)), "{written}");
            assert_eq!(text(Duration::from_millis(millis)), again);
        }
    }

    #[test]
    fn what_is_no_length_says_why() {
        for (written, says) in [
            ("", "nothing is given"),
            ("5", "no unit after 5"),
            ("m", "no number"),
            ("-5m", "no number"),
            ("5 minutes", "no unit after 5"),
            ("5min", "is no unit"),
            ("5m1h", "out of order"),
            ("1m1m", "twice"),
            ("1.5h", "no unit after 1"),
            ("99999999999999999999h", "too long"),
            ("5124095576030432h", "too long"),
        ] {
            let error = parse(written).expect_err(written);
            assert!(error.contains(says), "{written}: {error}");
        }
    }
}

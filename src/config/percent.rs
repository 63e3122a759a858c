//! A share of the whole.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::playback::Progress;

/// A whole number of percent, 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Percent(u8);

impl Percent {
    pub(crate) const FIVE: Self = Self(5);
    pub(crate) const EIGHTY: Self = Self(80);

    /// From a number; `None` outside 1 to 100.
    #[must_use]
    pub fn new(percent: i64) -> Option<Self> {
        u8::try_from(percent).ok().filter(|percent| (1..=100).contains(percent)).map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// As the state machine counts it.
    #[must_use]
    pub fn progress(self) -> Progress {
        Progress::percent(f64::from(self.0))
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(PercentVisitor)
    }
}

struct PercentVisitor;

impl Visitor<'_> for PercentVisitor {
    type Value = Percent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 1 to 100")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Percent, E> {
        Percent::new(number).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Percent, E> {
        let percent = i64::try_from(number).ok().and_then(Percent::new);
        percent.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

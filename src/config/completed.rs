//! `completed_percent`, which is one number or one per kind.

use std::fmt;

use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::percent::Percent;
use crate::playback::Thresholds;

const KINDS: &[&str] = &["movie", "episode"];

/// From which progress on a viewing is completed: `80`, or `{ movie = 90, episode = 80 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompletedPercent {
    /// Of a movie.
    pub movie: Percent,
    /// Of an episode.
    pub episode: Percent,
}

impl CompletedPercent {
    /// As the state machine counts it. What is not known yet takes the lower one: a viewing that is
    /// given its title only later would otherwise be lost.
    #[must_use]
    pub fn thresholds(self) -> Thresholds {
        Thresholds {
            unknown: self.movie.min(self.episode).progress(),
            movie: self.movie.progress(),
            episode: self.episode.progress(),
        }
    }
}

impl Default for CompletedPercent {
    fn default() -> Self {
        Self { movie: Percent::EIGHTY, episode: Percent::EIGHTY }
    }
}

impl Serialize for CompletedPercent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.movie == self.episode {
            return self.movie.serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("movie", &self.movie)?;
        map.serialize_entry("episode", &self.episode)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for CompletedPercent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CompletedVisitor)
    }
}

struct CompletedVisitor;

impl<'de> Visitor<'de> for CompletedVisitor {
    type Value = CompletedPercent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 1 to 100, or a table such as { movie = 90, episode = 80 }")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<CompletedPercent, E> {
        let percent =
            Percent::new(number).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))?;
        Ok(CompletedPercent { movie: percent, episode: percent })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<CompletedPercent, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CompletedPercent, A::Error> {
        let mut completed = CompletedPercent::default();
        while let Some(kind) = map.next_key::<String>()? {
            match kind.as_str() {
                "movie" => completed.movie = map.next_value()?,
                "episode" => completed.episode = map.next_value()?,
                _ => return Err(A::Error::unknown_field(&kind, KINDS)),
            }
        }
        Ok(completed)
    }
}

//! The running stand-in, and what a test may want of it.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::items::Item;
use super::plays::Play;
use super::routes::State;
use super::sign_ins::Plan;
use crate::stand_in::StandIn;

/// The application that the stand-in knows.
pub const CLIENT_ID: &str = "6d1f0c5ab72e4c93a0d8";
/// Its secret.
pub const CLIENT_SECRET: &str = "c0ffee5ab72e4c93a0d84d1f";

/// A running stand-in. What all stand-ins can do, it can too.
#[derive(Debug)]
pub struct Trakt(StandIn<State>);

impl Deref for Trakt {
    type Target = StandIn<State>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Trakt {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Trakt {
    /// Starts on a free port of loopback. It knows the movies and series that [`super::items`] lists.
    pub async fn start() -> Self {
        Self(StandIn::start(State::default()).await)
    }

    /// Tokens as a sign-in gives them, already approved: the text that the program keeps.
    #[must_use]
    pub fn signed_in(&self) -> String {
        self.with(|state| state.sign_ins.grant().to_string())
    }

    /// The plays in the history, oldest first.
    #[must_use]
    pub fn plays(&self) -> Vec<Play> {
        self.with(|state| state.plays.all().to_vec())
    }

    /// Puts a play into the history, as if another program had made it: of a movie, or of an episode by season and number. Gives
    /// its number.
    pub fn has_already(&self, tmdb: u64, episode: Option<(u64, u64)>, watched_at: Timestamp) -> u64 {
        self.with(|state| state.plays.add(item(tmdb, episode), watched_at, "watch"))
    }

    /// The same, as if another program had told it live.
    pub fn was_told_live(&self, tmdb: u64, episode: Option<(u64, u64)>, watched_at: Timestamp) -> u64 {
        self.with(|state| state.plays.add(item(tmdb, episode), watched_at, "scrobble"))
    }

    /// What is being watched, by the last scrobble: its action and body.
    #[must_use]
    pub fn watching(&self) -> Option<(String, Value)> {
        self.with(|state| state.watching.clone())
    }

    /// How long a new play is not yet shown.
    pub fn show_after(&self, delay: Duration) {
        self.with(|state| state.plays.visible_after = delay);
    }

    /// For how long a second stop of the same item is a conflict.
    pub fn remembers_stops_for(&self, window: Duration) {
        self.with(|state| state.conflict_window = window);
    }

    /// Wants only so many writes in this time; the next ones are refused with 429.
    pub fn limits_writes(&self, writes: usize, within: Duration) {
        self.with(|state| state.limit = Some((writes, within)));
    }

    /// What happens to the codes that are asked for from now on, one after the other; the last plan stays.
    pub fn plans(&self, plans: &[Plan]) {
        self.with(|state| state.sign_ins.plans = plans.to_vec());
    }

    /// How long access tokens live that are given out from now on.
    pub fn tokens_live(&self, life: Duration) {
        self.with(|state| state.sign_ins.life = life);
    }

    /// Ends every access token now; refresh tokens stay good.
    pub fn ends_access(&self) {
        self.with(|state| state.sign_ins.end_access());
    }

    /// Ends every sign-in.
    pub fn forgets_everyone(&self) {
        self.with(|state| state.sign_ins.forget());
    }

    /// Forgets its own number of every episode, as when a season was made anew: calls that use one are answered 404.
    pub fn renumbers(&self) {
        self.with(|state| state.renumbered = true);
    }

    /// How many sign-ins are good: an access token, a refresh token or both.
    #[must_use]
    pub fn sign_ins(&self) -> usize {
        self.with(|state| state.sign_ins.good())
    }

    /// Every secret that the stand-in knows or gave out.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = self.with(|state| state.sign_ins.secrets());
        secrets.push(CLIENT_SECRET.to_owned());
        secrets
    }
}

fn item(tmdb: u64, episode: Option<(u64, u64)>) -> Item {
    let item = match episode {
        None => Item::movie(tmdb),
        Some((season, number)) => Item::episode(tmdb, season, number),
    };
    item.expect("it is in the catalogue")
}

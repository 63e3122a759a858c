//! The running stand-in, and what a test may want of it.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

use super::account::session_token;
use super::history::Entry;
use super::state::State;
use super::time::Precision;
use crate::sign_in::Plan;
use crate::stand_in::StandIn;

/// The refresh token that the stand-in accepts.
pub const REFRESH_TOKEN: &str = "rt_5f0c2a9be17d4c3386aa";
/// The profile of the account that the tests use; there is another one.
pub const PROFILE: &str = "prof_9d21";
/// The account's second profile.
pub const OTHER_PROFILE: &str = "prof_77aa";

/// A running stand-in. What all stand-ins can do, it can too.
#[derive(Debug)]
pub struct Discovr(StandIn<State>);

impl Deref for Discovr {
    type Target = StandIn<State>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Discovr {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Discovr {
    /// Starts on a free port of loopback.
    pub async fn start() -> Self {
        Self(StandIn::start(State::default()).await)
    }

    /// Answers this status, and does nothing, whenever this title is to be written.
    pub fn stumble_over(&self, media_id: &str, status: u16) {
        self.with(|state| state.stumbles.insert(media_id.to_owned(), status));
    }

    /// Takes a profile away.
    pub fn lose_profile(&self, profile: &str) {
        self.with(|state| {
            state.profiles.retain(|(id, _)| id != profile);
            state.sessions.retain(|_, (of, _)| of != profile);
        });
    }

    /// How long sessions live from now on; those that are open end at once.
    pub fn sessions_live(&self, life: Duration) {
        self.with(|state| {
            state.session_life = life;
            state.sessions.clear();
        });
    }

    /// How long a new entry is not yet shown.
    pub fn show_after(&self, delay: Duration) {
        self.with(|state| state.history.visible_after = delay);
    }

    /// How exactly times are kept from now on.
    pub fn keeps_times(&self, precision: Precision) {
        self.with(|state| state.history.precision = precision);
    }

    /// Shows the entries of one work as one from now on, with their number in `watched_count`.
    pub fn folds(&self) {
        self.with(|state| state.history.folds = true);
    }

    /// Shows no more than so many entries at once from now on, whatever is asked for.
    pub fn shows_at_most(&self, entries: usize) {
        self.with(|state| state.history.page = entries);
    }

    /// Ends all sessions now.
    pub fn ends_sessions(&self) {
        self.with(|state| state.sessions.clear());
    }

    /// Refuses, or accepts again, the refresh token.
    pub fn revoke(&self, revoked: bool) {
        self.with(|state| {
            state.revoked = revoked;
            state.sessions.clear();
        });
    }

    /// The account's profiles from now on, by id and name, the newest first.
    pub fn has_profiles(&self, profiles: &[(&str, &str)]) {
        let profiles = profiles.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned()));
        self.with(|state| state.profiles = profiles.collect());
    }

    /// What happens to the codes that are asked for from now on, one after the other; the last plan stays.
    pub fn plans(&self, plans: &[Plan]) {
        self.with(|state| state.sign_ins.plan = plans.to_vec());
    }

    /// How long codes are good for from now on.
    pub fn codes_live(&self, life: Duration) {
        self.with(|state| state.sign_ins.life = life);
    }

    /// When the refresh tokens that are given out from now on end, in Unix seconds.
    pub fn tokens_end(&self, second: i64) {
        self.with(|state| state.sign_ins.tokens_end = second);
    }

    /// Knows only the older way to ask for a token from now on, and answers this status to the newer one.
    pub fn asks_the_older_way(&self, status: u16) {
        self.with(|state| state.sign_ins.without_newer = Some(status));
    }

    /// Gives this picture with its codes from now on.
    pub fn shows_instead(&self, picture: &str) {
        self.with(|state| state.sign_ins.other_picture = Some(picture.to_owned()));
    }

    /// Gives no picture with its codes from now on.
    pub fn gives_no_picture(&self) {
        self.with(|state| state.sign_ins.with_picture = false);
    }

    /// Says in every answer from now on that its clock is this far ahead.
    pub fn clock_is_ahead(&self, ahead: SignedDuration) {
        self.with(|state| state.date_ahead = Some(ahead));
    }

    /// Ends a sign-in that was made with a code, and its sessions.
    pub fn forgets(&self, token: &str) {
        self.with(|state| {
            state.sign_ins.revoke(token);
            state.sessions.clear();
        });
    }

    /// Whether a refresh token is good.
    #[must_use]
    pub fn accepts(&self, token: &str) -> bool {
        self.with(|state| state.identity(token).is_ok())
    }

    /// Every secret that the stand-in knows or gave out.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        self.with(|state| {
            let mut secrets = state.sign_ins.secrets();
            secrets.extend((1..=state.minted).map(session_token));
            secrets.push(REFRESH_TOKEN.to_owned());
            secrets
        })
    }

    /// Puts an entry into a profile's history, as if another program had made it.
    pub fn has_already(&self, profile: &str, entry: Entry) {
        self.with(|state| state.history.of(profile).push(entry));
    }

    /// Takes everything out of a profile's history, as its user may in another program.
    pub fn purge(&self, profile: &str) {
        self.with(|state| state.history.of(profile).clear());
    }

    /// A profile's history, oldest first.
    #[must_use]
    pub fn history(&self, profile: &str) -> Vec<Entry> {
        self.with(|state| state.history.of(profile).clone())
    }

    /// The resume positions of a profile, by title.
    #[must_use]
    pub fn playback(&self, profile: &str) -> BTreeMap<String, Value> {
        self.with(|state| state.playback.get(profile).cloned().unwrap_or_default())
    }

    /// Waits until `condition` holds, which is looked at after every call.
    ///
    /// # Panics
    /// When it does not hold within `limit`.
    pub async fn wait_for(&self, what: &str, limit: Duration, condition: impl Fn(&Self) -> bool) {
        self.wait_until(what, limit, || condition(self)).await;
    }
}

//! The running stand-in, and what a test may want of it.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::watch;

use super::account::session_token;
use super::calls::Call;
use super::history::{Entry, History};
use super::state::State;
use super::time::Precision;
use crate::faults::{Fault, Faults};
use crate::http::{ReplyFuture, Request, Server};
use crate::sign_in::{Plan, SignIns};

/// The refresh token that the stand-in accepts.
pub const REFRESH_TOKEN: &str = "rt_5f0c2a9be17d4c3386aa";
/// The profile of the account that the tests use; there is another one.
pub const PROFILE: &str = "prof_9d21";
/// The account's second profile.
pub const OTHER_PROFILE: &str = "prof_77aa";

/// A running stand-in.
#[derive(Debug)]
pub struct Discovr {
    server: Option<Server>,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    changed: watch::Receiver<u64>,
}

impl Discovr {
    /// Starts on a free port of loopback.
    pub async fn start() -> Self {
        let (changes, changed) = watch::channel(0);
        let state = Arc::new(Mutex::new(State {
            history: History::default(),
            playback: BTreeMap::new(),
            sessions: HashMap::new(),
            session_life: Duration::from_secs(1800),
            revoked: false,
            faults: Faults::default(),
            late: 0,
            stumbles: HashMap::new(),
            profiles: [(OTHER_PROFILE, "Living room"), (PROFILE, "Kim")]
                .map(|(id, name)| (id.to_owned(), name.to_owned()))
                .to_vec(),
            calls: Vec::new(),
            minted: 0,
            sign_ins: SignIns::default(),
            date_ahead: None,
            changes,
        }));
        let server = Server::start(handler(&state)).await;
        Self { address: server.address(), server: Some(server), state, changed }
    }

    /// The base address for `discovr.api_url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses connections from now on.
    pub fn go_down(&mut self) {
        self.server = None;
    }

    /// Accepts connections again, at the same address.
    pub async fn come_up(&mut self) {
        self.server = Some(Server::start_at(self.address, handler(&self.state)).await);
    }

    /// Makes the next `times` calls fail whose `METHOD /path` begins with `call`.
    pub fn fail(&self, call: &str, fault: Fault, times: usize) {
        self.lock().faults.order(call, fault, times);
    }

    /// Lets no more calls fail.
    pub fn forgive(&self) {
        self.lock().faults.forgive();
    }

    /// Whether a call has failed as it was ordered by [`Discovr::fail`].
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.lock().faults.met() > 0
    }

    /// Whether calls that came in long ago are still to be done, for nobody.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.lock().late > 0
    }

    /// Answers this status, and does nothing, whenever this title is to be written.
    pub fn stumble_over(&self, media_id: &str, status: u16) {
        self.lock().stumbles.insert(media_id.to_owned(), status);
    }

    /// Takes a profile away.
    pub fn lose_profile(&self, profile: &str) {
        let mut state = self.lock();
        state.profiles.retain(|(id, _)| id != profile);
        state.sessions.retain(|_, (of, _)| of != profile);
    }

    /// How long sessions live from now on; those that are open end at once.
    pub fn sessions_live(&self, life: Duration) {
        let mut state = self.lock();
        state.session_life = life;
        state.sessions.clear();
    }

    /// How long a new entry is not yet shown.
    pub fn show_after(&self, delay: Duration) {
        self.lock().history.visible_after = delay;
    }

    /// How exactly times are kept from now on.
    pub fn keeps_times(&self, precision: Precision) {
        self.lock().history.precision = precision;
    }

    /// Shows the entries of one work as one from now on, with their number in `watched_count`.
    pub fn folds(&self) {
        self.lock().history.folds = true;
    }

    /// Shows no more than so many entries at once from now on, whatever is asked for.
    pub fn shows_at_most(&self, entries: usize) {
        self.lock().history.page = entries;
    }

    /// Ends all sessions now.
    pub fn ends_sessions(&self) {
        self.lock().sessions.clear();
    }

    /// Accepts connections but reads nothing from them, or goes on with what has come in meanwhile.
    pub fn is_deaf(&self, deaf: bool) {
        if let Some(server) = &self.server {
            server.is_deaf(deaf);
        }
    }

    /// Refuses, or accepts again, the refresh token.
    pub fn revoke(&self, revoked: bool) {
        let mut state = self.lock();
        state.revoked = revoked;
        state.sessions.clear();
    }

    /// The account's profiles from now on, by id and name, the newest first.
    pub fn has_profiles(&self, profiles: &[(&str, &str)]) {
        self.lock().profiles =
            profiles.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect();
    }

    /// What happens to the codes that are asked for from now on, one after the other; the last plan stays.
    pub fn plans(&self, plans: &[Plan]) {
        self.lock().sign_ins.plan = plans.to_vec();
    }

    /// How long codes are good for from now on.
    pub fn codes_live(&self, life: Duration) {
        self.lock().sign_ins.life = life;
    }

    /// When the refresh tokens that are given out from now on end, in Unix seconds.
    pub fn tokens_end(&self, second: i64) {
        self.lock().sign_ins.tokens_end = second;
    }

    /// Knows only the older way to ask for a token from now on, and answers this status to the newer one.
    pub fn asks_the_older_way(&self, status: u16) {
        self.lock().sign_ins.without_newer = Some(status);
    }

    /// Gives this picture with its codes from now on.
    pub fn shows_instead(&self, picture: &str) {
        self.lock().sign_ins.other_picture = Some(picture.to_owned());
    }

    /// Gives no picture with its codes from now on.
    pub fn gives_no_picture(&self) {
        self.lock().sign_ins.with_picture = false;
    }

    /// Says in every answer from now on that its clock is this far ahead.
    pub fn clock_is_ahead(&self, ahead: SignedDuration) {
        self.lock().date_ahead = Some(ahead);
    }

    /// Ends a sign-in that was made with a code, and its sessions.
    pub fn forgets(&self, token: &str) {
        let mut state = self.lock();
        state.sign_ins.revoke(token);
        state.sessions.clear();
    }

    /// Whether a refresh token is good.
    #[must_use]
    pub fn accepts(&self, token: &str) -> bool {
        self.lock().identity(token).is_ok()
    }

    /// Every secret that the stand-in knows or gave out.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let state = self.lock();
        let mut secrets = state.sign_ins.secrets();
        secrets.extend((1..=state.minted).map(session_token));
        secrets.push(REFRESH_TOKEN.to_owned());
        secrets
    }

    /// Puts an entry into a profile's history, as if another program had made it.
    pub fn has_already(&self, profile: &str, entry: Entry) {
        self.lock().history.of(profile).push(entry);
    }

    /// Takes everything out of a profile's history, as its user may in another program.
    pub fn purge(&self, profile: &str) {
        self.lock().history.of(profile).clear();
    }

    /// A profile's history, oldest first.
    #[must_use]
    pub fn history(&self, profile: &str) -> Vec<Entry> {
        self.lock().history.of(profile).clone()
    }

    /// The resume positions of a profile, by title.
    #[must_use]
    pub fn playback(&self, profile: &str) -> BTreeMap<String, Value> {
        self.lock().playback.get(profile).cloned().unwrap_or_default()
    }

    /// All calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// The calls whose `METHOD /path` begins with `call`.
    #[must_use]
    pub fn calls_to(&self, call: &str) -> Vec<Call> {
        self.calls()
            .into_iter()
            .filter(|made| format!("{} {}", made.method, made.path).starts_with(call))
            .collect()
    }

    /// How many calls there were so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().calls.len()
    }

    /// The calls after the first `known`.
    #[must_use]
    pub fn calls_after(&self, known: usize) -> Vec<Call> {
        self.lock().calls.iter().skip(known).cloned().collect()
    }

    /// Waits until `condition` holds, which is looked at after every call.
    ///
    /// # Panics
    /// When it does not hold within `limit`.
    pub async fn wait_for(&self, what: &str, limit: Duration, condition: impl Fn(&Self) -> bool) {
        let mut changed = self.changed.clone();
        let wait = async {
            while !condition(self) {
                // The sender lives as long as this stand-in.
                let _ = changed.changed().await;
            }
        };
        if tokio::time::timeout(limit, wait).await.is_err() {
            let calls: Vec<String> = self
                .calls()
                .iter()
                .map(|call| format!("{} {} {} -> {}", call.method, call.path, call.body, call.status))
                .collect();
            panic!("waited {limit:?} for {what}; the calls were:\n{}", calls.join("\n"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }
}

fn handler(state: &Arc<Mutex<State>>) -> impl Fn(Request) -> ReplyFuture + Send + Sync + 'static {
    let state = Arc::clone(state);
    move |request| {
        let state = Arc::clone(&state);
        Box::pin(async move { State::reply(&state, request) })
    }
}

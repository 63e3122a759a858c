//! A stand-in of Discovr: as strict as the real service, and able to fail in every way that a network can.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::http::{Reply, ReplyFuture, Request, Server};
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

/// One entry of a profile's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `MV_…` or `TV_…`.
    pub media_id: String,
    /// For series.
    pub season: Option<u64>,
    /// For series.
    pub episode: Option<u64>,
    /// In percent.
    pub progress: f64,
    /// The time of the viewing, as it was sent.
    pub updated_at: Timestamp,
    /// When it arrived.
    pub created_at: Timestamp,
}

impl Entry {
    fn is_of(&self, id: &str, season: Option<u64>, episode: Option<u64>) -> bool {
        self.media_id == id && self.season == season && self.episode == episode
    }
}

/// A call that was made, after it was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `PATCH`, …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The body, if it was JSON.
    pub body: Value,
    /// The status that was, or would have been, answered.
    pub status: u16,
    /// When.
    pub at: Timestamp,
}

/// How a call is made to fail.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answers this status and does nothing.
    Status(u16),
    /// Does it, and then answers this status.
    StatusAfter(u16),
    /// Answers 429 with this `Retry-After`, or none.
    TooMany(Option<String>),
    /// Closes the connection without doing it.
    Hangup,
    /// Does it, and closes the connection without an answer.
    HangupAfter,
    /// Does it, and answers half.
    HalfAnswer,
    /// Does it, and answers something that is no JSON.
    Garbage,
    /// Says nothing for this long, without doing it.
    Stall(Duration),
    /// Does it, and then says nothing for this long.
    StallAfter(Duration),
    /// Answers 302 to elsewhere.
    Redirect,
    /// Does it, and calls the JSON it answers plain text.
    WrongType,
}

#[derive(Debug)]
struct State {
    history: BTreeMap<String, Vec<Entry>>,
    playback: BTreeMap<String, BTreeMap<String, Value>>,
    sessions: HashMap<String, (String, Timestamp)>,
    session_life: Duration,
    visible_after: Duration,
    revoked: bool,
    faults: Vec<(String, Fault, usize)>,
    stumbles: HashMap<String, u16>,
    profiles: Vec<(String, String)>,
    calls: Vec<Call>,
    minted: u64,
    sign_ins: SignIns,
    date_ahead: Option<SignedDuration>,
    changes: watch::Sender<u64>,
}

impl Discovr {
    /// Starts on a free port of loopback.
    pub async fn start() -> Self {
        let (changes, changed) = watch::channel(0);
        let state = Arc::new(Mutex::new(State {
            history: BTreeMap::new(),
            playback: BTreeMap::new(),
            sessions: HashMap::new(),
            session_life: Duration::from_secs(1800),
            visible_after: Duration::ZERO,
            revoked: false,
            faults: Vec::new(),
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
        self.lock().faults.push((call.to_owned(), fault, times));
    }

    /// Lets no more calls fail.
    pub fn forgive(&self) {
        self.lock().faults.clear();
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
        self.lock().visible_after = delay;
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
        self.lock().history.entry(profile.to_owned()).or_default().push(entry);
    }

    /// A profile's history, oldest first.
    #[must_use]
    pub fn history(&self, profile: &str) -> Vec<Entry> {
        self.lock().history.get(profile).cloned().unwrap_or_default()
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
        Box::pin(async move { state.lock().expect("no test panics while it holds this").reply(&request) })
    }
}

/// An error as the service might put it.
struct No(u16, &'static str, String);

fn no<T>(status: u16, code: &'static str, message: impl Into<String>) -> Result<T, No> {
    Err(No(status, code, message.into()))
}

impl State {
    fn reply(&mut self, request: &Request) -> Reply {
        let name = format!("{} {}", request.method, request.path);
        let fault =
            self.faults.iter_mut().find(|(call, _, times)| *times > 0 && name.starts_with(call.as_str()));
        let fault = fault.map(|(_, fault, times)| {
            *times -= 1;
            fault.clone()
        });
        let stumble = || {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            Some(Fault::Status(*self.stumbles.get(body.get("mediaId")?.as_str()?)?))
        };
        let fault = fault.or_else(stumble);
        let does_it = !matches!(
            fault,
            Some(Fault::Status(_) | Fault::TooMany(_) | Fault::Hangup | Fault::Stall(_) | Fault::Redirect)
        );
        let (status, body) = match (&fault, does_it) {
            (Some(Fault::Status(status)), _) => (*status, json!({"message": "as the test asked"})),
            (Some(Fault::TooMany(_)), _) => (429, json!({"message": "slow down"})),
            (Some(Fault::Redirect), _) => (302, Value::Null),
            (_, false) => (0, Value::Null),
            (_, true) => match self.answer(request) {
                Ok(body) => (200, body),
                Err(No(status, code, message)) => (status, json!({"code": code, "message": message})),
            },
        };
        self.calls.push(Call {
            method: request.method.clone(),
            path: request.path.clone(),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
            status,
            at: now(),
        });
        self.changes.send_modify(|count| *count += 1);
        match fault {
            Some(Fault::Hangup | Fault::HangupAfter) => Reply::Hangup,
            Some(Fault::Stall(time) | Fault::StallAfter(time)) => Reply::Stall(time),
            Some(Fault::HalfAnswer) => {
                Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"message\":".to_vec())
            }
            Some(Fault::Garbage) => Reply::Answer {
                status: 200,
                headers: vec![("content-type".into(), "text/html".into())],
                body: b"<html>Please sign in to this network</html>".to_vec(),
            },
            // Such an answer has no body.
            Some(Fault::StatusAfter(204)) => {
                Reply::Answer { status: 204, headers: Vec::new(), body: Vec::new() }
            }
            Some(Fault::StatusAfter(status)) => Reply::json(status, &json!({"message": "as the test asked"})),
            Some(Fault::TooMany(after)) => Reply::Answer {
                status: 429,
                headers: after.map(|after| ("retry-after".to_owned(), after)).into_iter().collect(),
                body: body.to_string().into_bytes(),
            },
            Some(Fault::Redirect) => Reply::Answer {
                status: 302,
                headers: vec![("location".into(), "http://127.0.0.1:9/".into())],
                body: Vec::new(),
            },
            Some(Fault::WrongType) => Reply::Answer {
                status,
                headers: vec![("content-type".into(), "text/plain".into())],
                body: body.to_string().into_bytes(),
            },
            Some(Fault::Status(_)) | None => self.dated(Reply::json(status, &body)),
        }
    }

    fn dated(&self, reply: Reply) -> Reply {
        match (reply, self.date_ahead) {
            (Reply::Answer { status, mut headers, body }, Some(ahead)) => {
                let date = now().saturating_add(ahead).unwrap_or(Timestamp::MAX);
                headers.push(("date".into(), date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
                Reply::Answer { status, headers, body }
            }
            (reply, _) => reply,
        }
    }

    fn answer(&mut self, request: &Request) -> Result<Value, No> {
        let bearer = request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let path: Vec<&str> = request.path.split('/').skip(1).collect();
        let open =
            self.sign_ins.answer(&request.method, &path, &request.query, bearer.is_some(), &request.body);
        if let Some(answer) = open {
            return answer.or_else(|(status, code)| no(status, code, "as the sign-in says"));
        }
        let Some(token) = bearer else { return no(401, "TOKEN_INVALID", "no token") };
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["auth", "session-token"]) => {
                self.identity(token)?;
                self.mint(&body_of(request)?)
            }
            ("GET", ["profiles"]) => {
                self.identity(token)?;
                let days = self.profiles.len();
                let profile = |(at, (id, name)): (usize, &(String, String))| {
                    json!({"id": id, "name": name, "avatarUrl": "https://a.invalid/1",
                        "createdAt": format!("2026-01-{:02}T00:00:00.000Z", days - at)})
                };
                Ok(json!({"profiles": self.profiles.iter().enumerate().map(profile).collect::<Vec<_>>()}))
            }
            ("POST", ["profiles"]) => {
                self.identity(token)?;
                self.add_profile(&body_of(request)?)
            }
            ("DELETE", ["auth", "session"]) => {
                self.identity(token)?;
                if token == REFRESH_TOKEN {
                    self.revoked = true;
                }
                self.sign_ins.revoke(token);
                Ok(json!({"revoked": true}))
            }
            ("POST", ["profile", "history"]) => {
                let profile = self.session(token)?;
                self.add_history(&profile, &body_of(request)?)
            }
            ("GET", ["profile", "history", id]) => {
                let profile = self.session(token)?;
                self.read_history(&profile, id, &request.query)
            }
            ("PATCH", ["profile", "history", id]) => {
                let profile = self.session(token)?;
                self.set_history(&profile, id, &request.query, &body_of(request)?)
            }
            ("DELETE", ["profile", "history", id]) => {
                let profile = self.session(token)?;
                self.remove_history(&profile, id, request)
            }
            (method @ ("PATCH" | "POST"), ["profile", "playback"]) => {
                let profile = self.session(token)?;
                self.set_playback(&profile, &body_of(request)?, method == "PATCH")
            }
            _ => no(404, "NOT_FOUND", "no such endpoint"),
        }
    }

    fn identity(&self, token: &str) -> Result<(), No> {
        if token.starts_with("jwt.") {
            no(403, "WRONG_TOKEN_KIND", "a session token where the refresh token belongs")
        } else if (token != REFRESH_TOKEN || self.revoked) && !self.sign_ins.knows(token) {
            no(401, "TOKEN_INVALID", "this refresh token is not known")
        } else {
            Ok(())
        }
    }

    fn session(&self, token: &str) -> Result<String, No> {
        if token.starts_with("rt_") {
            return no(403, "WRONG_TOKEN_KIND", "the refresh token where a session token belongs");
        }
        match self.sessions.get(token) {
            Some((profile, ends)) if *ends > now() => Ok(profile.clone()),
            _ => no(401, "TOKEN_EXPIRED", "this session is over"),
        }
    }

    fn mint(&mut self, body: &Map<String, Value>) -> Result<Value, No> {
        only(body, &["profileId"])?;
        let profile = body.get("profileId").and_then(Value::as_str).unwrap_or_default();
        if !self.profiles.iter().any(|(id, _)| id == profile) {
            return no(404, "PROFILE_NOT_FOUND", "no such profile in this account");
        }
        self.minted += 1;
        let token = session_token(self.minted);
        let ends = now().saturating_add(self.session_life).unwrap_or(Timestamp::MAX);
        self.sessions.insert(token.clone(), (profile.to_owned(), ends));
        Ok(
            json!({"sessionToken": token, "sessionId": format!("s{}", self.minted), "expiresAt": ends.as_second()}),
        )
    }

    fn add_profile(&mut self, body: &Map<String, Value>) -> Result<Value, No> {
        only(body, &["name", "avatarUrl"])?;
        let text = |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(name), Some(avatar)) = (text("name"), text("avatarUrl")) else {
            return no(422, "VALIDATION", "name and avatarUrl are required");
        };
        if !avatar.starts_with("https://") && !avatar.starts_with("http://") {
            return no(422, "VALIDATION", "avatarUrl must be an address");
        }
        let id = format!("prof_new{}", self.profiles.len());
        self.profiles.insert(0, (id.clone(), name.to_owned()));
        Ok(json!({"profileId": id}))
    }

    fn add_history(&mut self, profile: &str, body: &Map<String, Value>) -> Result<Value, No> {
        only(body, &["mediaId", "updatedAt", "progress", "season", "episode", "imported"])?;
        let media_id = media_id(body)?;
        let (season, episode) = numbers(body, &media_id)?;
        if media_id.starts_with("TV_") && (season.is_none() || episode.is_none()) {
            // Without an episode it would mark the whole season; no scrobbler means that.
            return no(422, "VALIDATION", "season and episode are required here");
        }
        let progress = percent(body)?;
        let created_at = now();
        let updated_at = date(body)?.unwrap_or(created_at);
        let entry = Entry { media_id, season, episode, progress, updated_at, created_at };
        self.history.entry(profile.to_owned()).or_default().push(entry);
        Ok(json!({"message": "added", "added": null, "removed": null}))
    }

    fn read_history(&self, profile: &str, id: &str, query: &BTreeMap<String, String>) -> Result<Value, No> {
        if !is_media_id(id) {
            return no(422, "VALIDATION", "mediaId must match ^(MV|TV)_\\d+$");
        }
        let number = |key: &str| query.get(key).map(|value| value.parse::<u64>().unwrap_or(0));
        if id.starts_with("TV_") && number("season").is_none_or(|season| season == 0) {
            return no(422, "VALIDATION", "season is required for series");
        }
        let limit = number("limit").unwrap_or(10);
        if !(1..=50).contains(&limit) {
            return no(422, "VALIDATION", "limit must be 1 to 50");
        }
        let shown_before = now().saturating_sub(self.visible_after).unwrap_or(Timestamp::MIN);
        let mut entries: Vec<&Entry> = self.history.get(profile).into_iter().flatten().collect();
        entries.retain(|entry| {
            entry.media_id == id
                && entry.created_at <= shown_before
                && number("season").is_none_or(|season| entry.season == Some(season))
                && number("episode").is_none_or(|episode| entry.episode == Some(episode))
        });
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated_at));
        let limit = usize::try_from(limit).unwrap_or(50);
        let from: usize =
            query.get("nextPageToken").and_then(|token| token.strip_prefix('p')?.parse().ok()).unwrap_or(0);
        let items: Vec<Value> = entries
            .iter()
            .skip(from)
            .take(limit)
            .map(|entry| {
                json!({
                    "id": entry.media_id, "title": "A title", "progress": entry.progress,
                    "completed": entry.progress >= 80.0, "season": entry.season, "episode": entry.episode,
                    "updatedAt": format!("{:.3}", entry.updated_at), "createdAt": format!("{:.3}", entry.created_at),
                })
            })
            .collect();
        let more = entries.len() > from + limit;
        let mut page = json!({"items": items, "hasMore": more});
        if more {
            page["nextPageToken"] = json!(format!("p{}", from + limit));
        }
        Ok(page)
    }

    /// Updates the entry that was made last, or makes one. It has the time of the call: none can be given.
    fn set_history(
        &mut self,
        profile: &str,
        id: &str,
        query: &BTreeMap<String, String>,
        body: &Map<String, Value>,
    ) -> Result<Value, No> {
        only(body, &["progress"])?;
        let (season, episode) = named_in(query, id)?;
        let progress = percent(body)?;
        let entries = self.history.entry(profile.to_owned()).or_default();
        let created_at = now();
        let found = entries
            .iter_mut()
            .filter(|entry| entry.is_of(id, season, episode))
            .max_by_key(|entry| entry.created_at);
        match found {
            Some(entry) => (entry.progress, entry.updated_at) = (progress, created_at),
            None => entries.push(Entry {
                media_id: id.to_owned(),
                season,
                episode,
                progress,
                updated_at: created_at,
                created_at,
            }),
        }
        Ok(json!({"message": "updated", "added": null, "removed": null}))
    }

    /// Entries have no ids: all that match are removed.
    fn remove_history(&mut self, profile: &str, id: &str, request: &Request) -> Result<Value, No> {
        if !request.body.is_empty() {
            return no(422, "VALIDATION", "no body is wanted here");
        }
        let (season, episode) = named_in(&request.query, id)?;
        let entries = self.history.entry(profile.to_owned()).or_default();
        let before = entries.len();
        entries.retain(|entry| !entry.is_of(id, season, episode));
        if entries.len() == before {
            return no(404, "NOT_FOUND", "no such entry in the list");
        }
        Ok(json!({"message": "removed", "added": null, "removed": null}))
    }

    fn set_playback(&mut self, profile: &str, body: &Map<String, Value>, patch: bool) -> Result<Value, No> {
        let known: &[&str] = if patch {
            &["mediaId", "progress", "updatedAt", "season", "episode"]
        } else {
            &["mediaId", "progress", "updatedAt"]
        };
        only(body, known)?;
        let media_id = media_id(body)?;
        numbers(body, &media_id)?;
        percent(body)?;
        date(body)?;
        let items = self.playback.entry(profile.to_owned()).or_default();
        match (patch, items.contains_key(&media_id)) {
            (true, false) => return no(404, "NOT_FOUND", "no such item in the list"),
            (false, true) => return no(409, "CONFLICT", "the item is in the list"),
            _ => {}
        }
        items.insert(media_id, Value::Object(body.clone()));
        Ok(json!({"message": "saved"}))
    }
}

fn session_token(number: u64) -> String {
    format!("jwt.{number:06}.e9b1c07d")
}

fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "a stand-in has a clock of its own")]
    Timestamp::now()
}

fn body_of(request: &Request) -> Result<Map<String, Value>, No> {
    let json = request.headers.get("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) if json => Ok(body),
        _ => no(415, "VALIDATION", "a JSON object is wanted"),
    }
}

fn only(body: &Map<String, Value>, known: &[&str]) -> Result<(), No> {
    match body.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => no(422, "VALIDATION", format!("unknown field {unknown}")),
        None => Ok(()),
    }
}

fn is_media_id(id: &str) -> bool {
    id.strip_prefix("MV_")
        .or_else(|| id.strip_prefix("TV_"))
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn media_id(body: &Map<String, Value>) -> Result<String, No> {
    match body.get("mediaId").and_then(Value::as_str) {
        Some(id) if is_media_id(id) => Ok(id.to_owned()),
        _ => no(422, "VALIDATION", "mediaId must match ^(MV|TV)_\\d+$"),
    }
}

fn numbers(body: &Map<String, Value>, id: &str) -> Result<(Option<u64>, Option<u64>), No> {
    let number = |key: &str| match body.get(key) {
        None => Ok(None),
        Some(value) => match value.as_u64().filter(|&number| number >= 1) {
            Some(number) => Ok(Some(number)),
            None => no(422, "VALIDATION", format!("{key} must be an integer of at least 1")),
        },
    };
    let numbers = (number("season")?, number("episode")?);
    if id.starts_with("MV_") && numbers != (None, None) {
        return no(422, "VALIDATION", "a movie has no season or episode");
    }
    Ok(numbers)
}

/// Season and episode of a call on one work. Without an episode it would be about the whole season; no scrobbler means
/// that.
fn named_in(query: &BTreeMap<String, String>, id: &str) -> Result<(Option<u64>, Option<u64>), No> {
    if !is_media_id(id) {
        return no(422, "VALIDATION", "mediaId must match ^(MV|TV)_\\d+$");
    }
    if let Some(unknown) = query.keys().find(|key| !["season", "episode"].contains(&key.as_str())) {
        return no(422, "VALIDATION", format!("unknown parameter {unknown}"));
    }
    let number =
        |key: &str| query.get(key).and_then(|text| text.parse::<u64>().ok()).filter(|&number| number >= 1);
    match (id.starts_with("MV_"), query.is_empty(), number("season"), number("episode")) {
        (true, true, _, _) => Ok((None, None)),
        (true, false, _, _) => no(422, "VALIDATION", "a movie has no season or episode"),
        (false, _, Some(season), Some(episode)) => Ok((Some(season), Some(episode))),
        _ => no(422, "VALIDATION", "season and episode are required here, integers of at least 1"),
    }
}

fn percent(body: &Map<String, Value>) -> Result<f64, No> {
    match body.get("progress").and_then(Value::as_f64) {
        Some(progress) if (0.0..=100.0).contains(&progress) => Ok(progress),
        _ => no(422, "VALIDATION", "progress must be a number from 0 to 100"),
    }
}

fn date(body: &Map<String, Value>) -> Result<Option<Timestamp>, No> {
    let Some(value) = body.get("updatedAt") else { return Ok(None) };
    let date =
        value.as_str().filter(|text| text.ends_with('Z')).and_then(|text| text.parse::<Timestamp>().ok());
    let soon = now().saturating_add(SignedDuration::from_mins(5)).unwrap_or(Timestamp::MAX);
    match date {
        Some(date) if date <= soon => Ok(Some(date)),
        _ => no(422, "VALIDATION", "updatedAt must be an ISO date-time in UTC that is not in the future"),
    }
}

//! What is answered to whom.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::checks::{Refused, body_of, headers, item, only, progress};
use super::items::{Item, movie, show_of};
use super::plays::Plays;
use super::sign_ins::SignIns;
use crate::http::Request;
use crate::stand_in::{Answer, Service, now};

/// What the stand-in knows.
#[derive(Debug)]
pub struct State {
    pub(super) plays: Plays,
    pub(super) sign_ins: SignIns,
    pub(super) watching: Option<(String, Value)>,
    places: Vec<(u64, Item, f64)>,
    pub(super) conflict_window: Duration,
    pub(super) limit: Option<(usize, Duration)>,
    writes: VecDeque<Timestamp>,
    pub(super) renumbered: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            plays: Plays::default(),
            sign_ins: SignIns::default(),
            watching: None,
            places: Vec::new(),
            conflict_window: Duration::from_secs(3600),
            limit: None,
            writes: VecDeque::new(),
            renumbered: false,
        }
    }
}

impl Service for State {
    fn answer(&mut self, request: &Request) -> Answer {
        self.routed(request).unwrap_or_else(|refused| refused)
    }
}

impl State {
    fn routed(&mut self, request: &Request) -> Result<Answer, Refused> {
        let path: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["oauth", "device", "code"]) => return Ok(self.sign_ins.code(&body_of(request)?)),
            ("POST", ["oauth", "device", "token"]) => return Ok(self.sign_ins.token(&body_of(request)?)),
            ("POST", ["oauth", "token"]) => return Ok(self.sign_ins.renew(&body_of(request)?)),
            ("POST", ["oauth", "revoke"]) => return Ok(self.sign_ins.revoke(&body_of(request)?)),
            _ => {}
        }
        headers(request)?;
        if let ("GET", ["search", "tmdb", id]) = (request.method.as_str(), path.as_slice()) {
            return Ok(search(id, request.query.get("type").map(String::as_str)));
        }
        let bearer = request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if !bearer.is_some_and(|token| self.sign_ins.accepts(token)) {
            return Err(Answer::bare(401));
        }
        if request.method != "GET" {
            self.count_write()?;
        }
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["scrobble", verb @ ("start" | "pause" | "stop")]) => {
                self.scrobble(verb, &body_of(request)?)
            }
            ("POST", ["sync", "history"]) => self.add(&body_of(request)?),
            ("POST", ["sync", "history", "remove"]) => self.remove(&body_of(request)?),
            ("GET", ["sync", "history", kind @ ("movies" | "shows" | "episodes"), id]) => {
                self.history(kind, id, request)
            }
            ("GET", ["sync", "playback", kind]) => Ok(self.listed_places(kind)),
            ("DELETE", ["sync", "playback", id]) => {
                let before = self.places.len();
                self.places.retain(|(place, ..)| place.to_string() != *id);
                Ok(Answer::bare(if self.places.len() < before { 204 } else { 404 }))
            }
            _ => Err(Answer::bare(405)),
        }
    }

    /// One write in a second is allowed to a user (section 1.3); a test may set the limit otherwise.
    fn count_write(&mut self) -> Result<(), Refused> {
        let Some((writes, within)) = self.limit else { return Ok(()) };
        let now = now();
        let since = now.saturating_sub(within).unwrap_or(Timestamp::MIN);
        self.writes.retain(|at| *at > since);
        if self.writes.len() >= writes {
            let limit = json!({"name": "AUTHED_API_POST_LIMIT", "period": within.as_secs(), "limit": writes});
            return Err(Answer::bare(429)
                .with_header("retry-after", within.as_secs().max(1).to_string())
                .with_header("x-ratelimit", limit.to_string()));
        }
        self.writes.push_back(now);
        Ok(())
    }

    fn scrobble(&mut self, verb: &str, body: &Map<String, Value>) -> Result<Answer, Refused> {
        only(body, &["movie", "show", "episode", "progress", "sharing", "app_version", "app_date"])?;
        let (progress, item) = (progress(body)?, item(body, self.renumbered)?);
        let mut said = item.describe();
        said["progress"] = json!(progress);
        said["id"] = json!(0);
        self.places.retain(|(_, other, _)| *other != item);
        let action = match verb {
            "stop" if progress < 1.0 => return Err(Answer::bare(422)),
            // Whether this is a play is not said anywhere: nobody may rely on either.
            "stop" if progress > 79.0 && progress <= 80.0 => return Err(Answer::bare(422)),
            "stop" if progress > 80.0 => {
                let since = now().saturating_sub(self.conflict_window).unwrap_or(Timestamp::MIN);
                if let Some(play) = self.plays.scrobbled_since(item, since) {
                    let ends = play.watched_at.saturating_add(self.conflict_window).unwrap_or(Timestamp::MAX);
                    let body = json!({"watched_at": format!("{:.3}", play.watched_at), "expires_at": format!("{ends:.3}")});
                    return Err(Answer::json(409, &body));
                }
                said["id"] = json!(self.plays.add(item, now(), "scrobble"));
                "scrobble"
            }
            "start" => "start",
            _ => {
                self.places.push((500 + self.places.len() as u64, item, progress));
                "pause"
            }
        };
        said["action"] = json!(action);
        self.watching = Some((action.to_owned(), Value::Object(body.clone())));
        Ok(Answer::json(201, &said))
    }

    fn add(&mut self, body: &Map<String, Value>) -> Result<Answer, Refused> {
        only(body, &["movies", "shows", "seasons", "episodes"])?;
        let mut added = (0, 0);
        let mut not_found = json!({"movies": [], "shows": [], "seasons": [], "episodes": []});
        let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
        let missed = |lists: &mut Value, key: &str, item: &Value| {
            lists[key].as_array_mut().expect("a list").push(item.clone());
        };
        for given in list(body.get("movies")) {
            match given.pointer("/ids/tmdb").and_then(Value::as_u64).and_then(Item::movie) {
                Some(item) => {
                    self.plays.add(item, watched_at(&given)?, "watch");
                    added.0 += 1;
                }
                None => missed(&mut not_found, "movies", &given),
            }
        }
        for given in list(body.get("shows")) {
            let show = given.pointer("/ids/tmdb").and_then(Value::as_u64);
            // The real one would mark every episode; no scrobbler means that.
            let Some(seasons) = given.get("seasons").and_then(Value::as_array) else {
                return Err(Answer::bare(422));
            };
            for season in seasons {
                let Some(episodes) = season.get("episodes").and_then(Value::as_array) else {
                    return Err(Answer::bare(422));
                };
                for episode in episodes {
                    let number = |value: &Value| value.get("number").and_then(Value::as_u64);
                    let item = show.zip(number(season)).zip(number(episode));
                    match item.and_then(|((show, season), number)| Item::episode(show, season, number)) {
                        Some(item) => {
                            self.plays.add(item, watched_at(episode)?, "watch");
                            added.1 += 1;
                        }
                        None => missed(&mut not_found, "shows", &given),
                    }
                }
            }
        }
        for given in list(body.get("episodes")) {
            let own = given.pointer("/ids/trakt").and_then(Value::as_u64).filter(|_| !self.renumbered);
            match own.and_then(Item::episode_by_trakt) {
                Some(item) => {
                    self.plays.add(item, watched_at(&given)?, "watch");
                    added.1 += 1;
                }
                None => missed(&mut not_found, "episodes", &given),
            }
        }
        let added = json!({"movies": added.0, "episodes": added.1});
        Ok(Answer::json(
            201,
            &json!({"added": added, "updated": {"movies": 0, "episodes": 0}, "not_found": not_found}),
        ))
    }

    fn remove(&mut self, body: &Map<String, Value>) -> Result<Answer, Refused> {
        only(body, &["ids"])?;
        let Some(ids) = body.get("ids").and_then(Value::as_array) else { return Err(Answer::bare(422)) };
        let ids: Vec<u64> = ids.iter().filter_map(Value::as_u64).collect();
        let (movies, episodes) = self.plays.remove(&ids);
        let not_found = if movies + episodes == ids.len() { Vec::new() } else { ids };
        let deleted = json!({"movies": movies, "episodes": episodes});
        Ok(Answer::json(200, &json!({"deleted": deleted, "not_found": {"ids": not_found}})))
    }

    fn history(&self, kind: &str, id: &str, request: &Request) -> Result<Answer, Refused> {
        let Ok(id) = id.parse() else { return Err(Answer::bare(404)) };
        let number = |key: &str, usual: usize| {
            request.query.get(key).map_or(Ok(usual), |value| value.parse().map_err(|_| Answer::bare(400)))
        };
        let time = |key: &str| match request.query.get(key) {
            None => Ok(None),
            Some(value) => value.parse().map(Some).map_err(|_| Answer::bare(400)),
        };
        let (page, limit) = (number("page", 1)?.max(1), number("limit", 10)?.clamp(1, 100));
        let plays = self.plays.listed(kind, id, time("start_at")?, time("end_at")?);
        let pages = plays.len().div_ceil(limit).max(1);
        let shown: Vec<&Value> = plays.iter().skip((page - 1) * limit).take(limit).collect();
        Ok(Answer::json(200, &json!(shown))
            .with_header("x-pagination-page", page.to_string())
            .with_header("x-pagination-limit", limit.to_string())
            .with_header("x-pagination-page-count", pages.to_string())
            .with_header("x-pagination-item-count", plays.len().to_string()))
    }

    fn listed_places(&self, kind: &str) -> Answer {
        let wanted = |item: &Item| match kind {
            "movies" => matches!(item, Item::Movie(_)),
            "episodes" => matches!(item, Item::Episode(..)),
            _ => true,
        };
        let places: Vec<Value> = self
            .places
            .iter()
            .filter(|(_, item, _)| wanted(item))
            .map(|(id, item, progress)| {
                let mut place = item.describe();
                place["id"] = json!(id);
                place["progress"] = json!(progress);
                place
            })
            .collect();
        Answer::json(200, &json!(places))
    }
}

fn watched_at(given: &Value) -> Result<Timestamp, Refused> {
    let at = given.get("watched_at").and_then(Value::as_str).and_then(|at| at.parse().ok());
    at.ok_or_else(|| Answer::bare(422))
}

/// Without a kind a number finds what there is of each.
fn search(id: &str, kind: Option<&str>) -> Answer {
    let tmdb = id.parse().ok().filter(|&tmdb| Item::movie(tmdb).is_some());
    let Some(tmdb) = tmdb else { return Answer::json(200, &json!([])) };
    let movie = json!({"type": "movie", "score": 1000, "movie": movie(tmdb)});
    let show = json!({"type": "show", "score": 1000, "show": show_of(tmdb)});
    let found = match kind {
        Some("movie") => vec![movie],
        Some("show") => vec![show],
        _ => vec![movie, show],
    };
    Answer::json(200, &json!(found))
}

//! Trakt's own numbers of titles, by those of TMDB (Trakt reference, section 5). Remembered while the daemon runs.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::Value;

use super::plays::{read, unread};
use super::session::Session;
use super::works::TraktId;
use crate::identify::Work;
use crate::service::Outcome;
use crate::service::api::Call;

/// More than these are not remembered.
const ROOM: usize = 256;

/// The numbers that were looked up.
#[derive(Debug, Default)]
pub(super) struct Titles(HashMap<(&'static str, u64), TraktId>);

impl Titles {
    /// Trakt's number of the movie, or of the series that the episode is of; `None` where Trakt does not know it.
    ///
    /// # Errors
    /// When it could not be looked up.
    pub(super) async fn of(&mut self, session: &mut Session, work: Work) -> Result<Option<TraktId>, Outcome> {
        let (kind, tmdb) = match work {
            Work::Movie { tmdb } => ("movie", tmdb.0),
            Work::Episode { tmdb, .. } => ("show", tmdb.0),
        };
        if let Some(known) = self.0.get(&(kind, tmdb)) {
            return Ok(Some(*known));
        }
        let mut call = Call::new(Method::GET, &["search", "tmdb", &tmdb.to_string()]);
        call.query.push(("type", kind.to_owned()));
        let answer = read(session, &call).await?;
        let Some(results) = answer.body.as_ref().and_then(Value::as_array) else {
            return Err(unread("the search for a title could not be read"));
        };
        let found = results.iter().find_map(|result| {
            let ids = result.get(kind)?.get("ids")?;
            (ids.get("tmdb")?.as_u64()? == tmdb).then(|| ids.get("trakt")?.as_u64().map(TraktId))?
        });
        if let Some(found) = found {
            if self.0.len() >= ROOM {
                self.0.clear();
            }
            self.0.insert((kind, tmdb), found);
        }
        Ok(found)
    }
}

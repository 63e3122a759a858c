//! The resume positions: one for each title.

use serde_json::{Map, Value, json};

use super::checks::{No, date, media_id, no, numbers, only, percent};
use super::state::State;

impl State {
    pub(super) fn set_playback(
        &mut self,
        profile: &str,
        body: &Map<String, Value>,
        patch: bool,
    ) -> Result<Value, No> {
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

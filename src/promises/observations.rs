//! What every observation keeps, whatever the player said.

use std::os::unix::ffi::OsStrExt;

use crate::player::{Location, Media, Observation, PlayState, Rate};

/// The longest path or address that may come of a player's words, in bytes. A relative path gets a folder in front, and
/// bytes that are no text may become three each.
const MAX_LOCATION: usize = 32 * 1024;

/// Panics unless `observation` is one that `playback` may be given.
pub(crate) fn holds(observation: &Observation) {
    assert!((0.0..=Rate::MAX).contains(&observation.rate.get()), "a rate out of bounds");
    assert_ne!(observation.duration.map(|duration| duration.is_zero()), Some(true), "no length is none");
    match &observation.media {
        Some(media) => media_holds(media),
        None => assert!(!observation.ended, "nothing has ended"),
    }
}

/// Panics unless `media` is within its bounds.
fn media_holds(media: &Media) {
    let is_bounded = |text: &str| text.len() <= Media::MAX_TEXT;
    assert!(media.title.as_deref().is_none_or(is_bounded), "a long title");
    assert!(media.tags.len() <= Media::MAX_TAGS, "many tags");
    for (name, value) in &media.tags {
        assert!(is_bounded(name) && is_bounded(value), "a long tag");
    }
    match &media.location {
        Location::File(path) => {
            let bytes = path.as_os_str().as_bytes();
            assert!(path.is_absolute() && !bytes.contains(&0), "no path of a file");
            assert!(bytes.len() <= MAX_LOCATION, "a path of {} bytes", bytes.len());
            let key = media.key(None);
            assert!(key.names_one_thing() && !key.as_str().contains(char::is_control), "no key for a line");
        }
        Location::Url(url) => assert!(url.len() <= MAX_LOCATION, "an address of {} bytes", url.len()),
        Location::Unknown => {}
    }
}

/// Whether `observation` is one of a player that has nothing loaded.
pub(crate) fn says_nothing_is_loaded(observation: &Observation) -> bool {
    let Observation { state, position, duration, media, .. } = observation;
    media.is_none() && *state == PlayState::Stopped && position.is_none() && duration.is_none()
}

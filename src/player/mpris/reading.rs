//! From what a player's properties hold to what it means. Pure: every oddity of a value is dealt with here.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use zbus::zvariant::{OwnedValue, Value};

use crate::player::{Location, Media, PlayState, Position, Rate};

/// The properties of `org.mpris.MediaPlayer2.Player`, as they came.
pub(crate) type Properties = HashMap<String, OwnedValue>;

/// Longer names of files or addresses are not believed, in bytes.
const MAX_LOCATION: usize = 8 * 1024;

/// What the properties say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// `None` for a word that is not MPRIS's (SMPlayer says `Unknown` while seeking): nothing has changed.
    pub(crate) state: Option<PlayState>,
    pub(crate) position: Option<Position>,
    pub(crate) rate: Rate,
    pub(crate) duration: Option<Duration>,
    pub(crate) media: Option<Media>,
}

impl Reading {
    /// Reads what is there. Nothing in `properties` is trusted to be of the right type.
    pub(crate) fn of(properties: &Properties) -> Self {
        let state =
            properties.get("PlaybackStatus").and_then(|value| text(value)).and_then(|word| {
                match word.as_str() {
                    "Playing" => Some(PlayState::Playing),
                    "Paused" => Some(PlayState::Paused),
                    "Stopped" => Some(PlayState::Stopped),
                    _ => None,
                }
            });
        let metadata = properties.get("Metadata").map(|value| entries(value)).unwrap_or_default();
        let rate = match properties.get("Rate").and_then(|value| number(value)) {
            // Chromium's way to say that it is paused.
            Some(rate) if rate <= 0.0 && state == Some(PlayState::Playing) => Rate::ZERO,
            Some(rate) if rate > 0.0 => Rate::new(rate),
            _ => Rate::NORMAL,
        };
        Self {
            state,
            position: properties.get("Position").and_then(|value| micros(value)).map(Position::new),
            rate,
            duration: metadata
                .get("mpris:length")
                .and_then(|value| micros(value))
                .filter(|duration| !duration.is_zero()),
            media: media(&metadata),
        }
    }
}

fn media(metadata: &HashMap<String, Value<'_>>) -> Option<Media> {
    let location = metadata.get("xesam:url").and_then(text).map_or(Location::Unknown, |url| location(&url));
    let title = metadata.get("xesam:title").and_then(text).map(|title| bounded(&title));
    let video = match &location {
        Location::File(path) => path.extension().and_then(|end| is_audio(end.to_str()?)),
        Location::Url(_) | Location::Unknown => None,
    };
    let tags = metadata
        .iter()
        .filter(|(key, _)| !key.starts_with("vlc:") && !matches!(key.as_str(), "xesam:url" | "xesam:title"))
        .filter_map(|(key, value)| {
            let key = key.strip_prefix("xesam:").unwrap_or(key);
            if key.contains(':') {
                return None;
            }
            Some((bounded(&key.to_lowercase()), bounded(&text(value)?)))
        })
        .take(Media::MAX_TAGS)
        .collect();
    let media = Media { tags, video, ..Media::at(location).with_title(title) };
    (!media.is_anonymous()).then_some(media)
}

/// A `file:` URL or a plain path (SMPlayer) is a file; players encode more or less of it, so it is compared decoded.
fn location(url: &str) -> Location {
    let path = if let Some(rest) = url.strip_prefix("file://") {
        // With or without a host's name.
        rest.find('/').map(|at| percent_encoding::percent_decode_str(&rest[at..]).collect::<Vec<u8>>())
    } else if url.starts_with('/') {
        Some(url.as_bytes().to_vec())
    } else {
        None
    };
    match path {
        Some(path) if path.contains(&0) || path.len() > MAX_LOCATION => Location::Unknown,
        Some(path) => Location::File(PathBuf::from(OsString::from_vec(path))),
        None if url.trim().is_empty() || url.len() > MAX_LOCATION => Location::Unknown,
        None => Location::Url(url.to_owned()),
    }
}

/// `Some(false)` for what is clearly audio; `None` for everything else.
fn is_audio(extension: &str) -> Option<bool> {
    const AUDIO: &[&str] = &[
        "aac", "aiff", "ape", "flac", "m4a", "m4b", "mka", "mp2", "mp3", "oga", "ogg", "opus", "wav", "wma",
        "wv",
    ];
    AUDIO.iter().any(|audio| audio.eq_ignore_ascii_case(extension)).then_some(false)
}

fn bounded(text: &str) -> String {
    let mut end = text.len().min(Media::MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

/// The dictionary in a value, one level deep; empty for anything else.
fn entries<'v>(value: &'v Value<'_>) -> HashMap<String, Value<'v>> {
    match value {
        Value::Value(inner) => entries(inner),
        Value::Dict(dict) => {
            dict.iter().filter_map(|(key, value)| Some((text(key)?, value.try_clone().ok()?))).collect()
        }
        _ => HashMap::new(),
    }
}

/// A string, or the strings of a list in one (artists), or a number as text (tags).
fn text(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Value(inner) => text(inner),
        Value::Str(text) => Some(text.as_str().to_owned()),
        Value::ObjectPath(path) => Some(path.as_str().to_owned()),
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().take(8).filter_map(text).collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        }
        Value::U8(_)
        | Value::I16(_)
        | Value::U16(_)
        | Value::I32(_)
        | Value::U32(_)
        | Value::I64(_)
        | Value::U64(_) => whole(value).map(|number| number.to_string()),
        _ => None,
    }
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Value(inner) => number(inner),
        Value::F64(number) => Some(*number),
        #[expect(clippy::cast_precision_loss, reason = "rates are small")]
        _ => whole(value).map(|number| number as f64),
    }
}

fn whole(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::U8(number) => Some(i64::from(*number)),
        Value::I16(number) => Some(i64::from(*number)),
        Value::U16(number) => Some(i64::from(*number)),
        Value::I32(number) => Some(i64::from(*number)),
        Value::U32(number) => Some(i64::from(*number)),
        Value::I64(number) => Some(*number),
        Value::U64(number) => i64::try_from(*number).ok(),
        _ => None,
    }
}

/// Microseconds as `x`, `t`, `i`, `u` or `d`; negative (VLC's -1) and nonsense are none.
fn micros(value: &Value<'_>) -> Option<Duration> {
    match value {
        Value::Value(inner) => micros(inner),
        Value::F64(micros) => Duration::try_from_secs_f64(micros / 1e6).ok(),
        _ => u64::try_from(whole(value)?).ok().map(Duration::from_micros),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use zbus::zvariant::Dict;

    use super::*;

    fn read(metadata: &[(&str, Value<'_>)], rest: &[(&str, Value<'_>)]) -> Reading {
        let mut dict = Dict::new(&zbus::zvariant::Signature::Str, &zbus::zvariant::Signature::Variant);
        for (key, value) in metadata {
            dict.append(Value::from(*key), Value::Value(Box::new(value.try_clone().unwrap()))).unwrap();
        }
        let mut properties: Properties =
            rest.iter().map(|(key, value)| ((*key).to_owned(), value.try_to_owned().unwrap())).collect();
        properties.insert("Metadata".into(), Value::Dict(dict).try_to_owned().unwrap());
        Reading::of(&properties)
    }

    #[test]
    fn lengths_come_in_every_type_and_sometimes_not_at_all() {
        let hour = Some(Duration::from_secs(3600));
        for (value, duration) in [
            (Value::from(3_600_000_000_i64), hour),
            (Value::from(3_600_000_000_u64), hour),
            (Value::from(3_600_000_000_u32), hour),
            (Value::from(3_600_000_000.0_f64), hour),
            (Value::Value(Box::new(Value::from(3_600_000_000_i64))), hour),
            (Value::from(-1_i64), None),
            (Value::from(0_i64), None),
            (Value::from(f64::NAN), None),
            (Value::from(f64::INFINITY), None),
            (Value::from("long"), None),
        ] {
            assert_eq!(read(&[("mpris:length", value)], &[]).duration, duration);
        }
        assert_eq!(read(&[], &[]).duration, None);
    }

    #[test]
    fn unknown_status_words_mean_no_change() {
        for (word, state) in [
            ("Playing", Some(PlayState::Playing)),
            ("Paused", Some(PlayState::Paused)),
            ("Stopped", Some(PlayState::Stopped)),
            ("Unknown", None),
            ("", None),
        ] {
            assert_eq!(read(&[], &[("PlaybackStatus", Value::from(word))]).state, state);
        }
        assert_eq!(read(&[], &[("PlaybackStatus", Value::from(7_u32))]).state, None);
    }

    #[test]
    fn the_same_file_is_the_same_however_its_address_is_written() {
        let file = Location::File(PathBuf::from("/videos/Film (2010).mkv"));
        for url in [
            "file:///videos/Film%20%282010%29.mkv",
            "file:///videos/Film%20(2010).mkv",
            "file://localhost/videos/Film%20(2010).mkv",
            "/videos/Film (2010).mkv",
        ] {
            assert_eq!(location(url), file, "{url}");
        }
        let Location::File(path) = location("file:///v/Am%E9lie.mkv") else { panic!("no file") };
        assert_eq!(path.into_os_string().into_vec(), b"/v/Am\xe9lie.mkv");
        assert_eq!(location("https://a.invalid/v?key=1"), Location::Url("https://a.invalid/v?key=1".into()));
        assert_eq!(location(""), Location::Unknown);
        assert_eq!(location("file:///v/%00.mkv"), Location::Unknown);
        for long in ["/v/", "file:///v/", "https://a.invalid/"] {
            assert_eq!(location(&(long.to_owned() + &"a".repeat(MAX_LOCATION))), Location::Unknown);
        }
    }

    #[test]
    fn a_player_that_names_no_address_is_known_by_its_title() {
        let reading = read(&[("xesam:title", Value::from("A film"))], &[]);
        let media = reading.media.expect("a title is enough");
        assert_eq!((media.location, media.title.as_deref()), (Location::Unknown, Some("A film")));
        assert_eq!(read(&[("xesam:url", Value::from(""))], &[]).media, None);
        assert_eq!(read(&[], &[]).media, None);
    }

    #[test]
    fn the_end_of_an_address_is_not_its_title() {
        for (said, title) in [("film.mkv?token=s3cret", None), ("A film", Some("A film"))] {
            let url = Value::from("https://host/film.mkv?token=s3cret");
            let media = read(&[("xesam:url", url), ("xesam:title", Value::from(said))], &[]).media.unwrap();
            assert_eq!(media.title.as_deref(), title);
        }
    }

    #[test]
    fn bare_keys_are_tags_and_vlcs_own_are_not() {
        let reading = read(
            &[
                ("xesam:url", Value::from("file:///v/a.mkv")),
                ("SHOW", Value::from("Example Show")),
                ("SEASON_NUMBER", Value::from("1")),
                ("EPISODE_SORT", Value::from(2_i32)),
                ("xesam:artist", Value::from("one string")),
                ("vlc:time", Value::from(2700_u32)),
            ],
            &[],
        );
        let tags = reading.media.expect("a file").tags;
        let tags: Vec<(&str, &str)> =
            tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let expected = [
            ("artist", "one string"),
            ("episode_sort", "2"),
            ("season_number", "1"),
            ("show", "Example Show"),
        ];
        assert_eq!(tags, expected);
    }

    #[test]
    fn rates_are_normal_unless_they_are_numbers() {
        for (rate, status, expected) in [
            (Some(Value::from(1.5_f64)), "Playing", Rate::new(1.5)),
            (Some(Value::from(2_i32)), "Playing", Rate::new(2.0)),
            (Some(Value::from(0.0_f64)), "Paused", Rate::NORMAL),
            (Some(Value::from(0.0_f64)), "Playing", Rate::ZERO),
            (Some(Value::from(f64::NAN)), "Playing", Rate::NORMAL),
            (Some(Value::from(-3.0_f64)), "Paused", Rate::NORMAL),
            (Some(Value::from(1e300_f64)), "Playing", Rate::new(Rate::MAX)),
            (None, "Playing", Rate::NORMAL),
        ] {
            let mut rest = vec![("PlaybackStatus", Value::from(status))];
            rest.extend(rate.map(|rate| ("Rate", rate)));
            assert_eq!(read(&[], &rest).rate, expected);
        }
    }

    #[test]
    fn a_title_of_megabytes_is_cut_and_audio_is_seen_by_its_name() {
        let title = "é".repeat(1_000_000);
        let url = Value::from("file:///music/song.FLAC");
        let media = read(&[("xesam:title", Value::from(title)), ("xesam:url", url)], &[]).media.unwrap();
        assert!(media.title.unwrap().len() <= Media::MAX_TEXT);
        assert_eq!(media.video, Some(false));
        assert_eq!(media.location.path(), Some(Path::new("/music/song.FLAC")));
    }

    #[test]
    fn positions_before_the_beginning_are_none() {
        let at = |value: Value<'static>| read(&[], &[("Position", value)]).position;
        assert_eq!(at(Value::from(5_000_000_i64)), Some(Position::new(Duration::from_secs(5))));
        assert_eq!(at(Value::from(-5_i64)), None);
        assert_eq!(at(Value::from("5")), None);
    }
}

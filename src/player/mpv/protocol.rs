//! mpv's JSON IPC: what is said on the stream, decoded and encoded. Only reading commands exist here.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The properties that are watched. None of them changes with every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Property {
    Path,
    WorkingDirectory,
    MediaTitle,
    Duration,
    Metadata,
    TrackList,
    Seekable,
    Pause,
    Speed,
    EofReached,
    CoreIdle,
    PausedForCache,
    /// Asked for, never observed: it would come with every frame.
    TimePos,
}

impl Property {
    /// All of them, in the order in which they are asked for: what may be large first, the position last.
    pub(crate) const ALL: [Self; 13] = [
        Self::Path,
        Self::WorkingDirectory,
        Self::MediaTitle,
        Self::Metadata,
        Self::TrackList,
        Self::Seekable,
        Self::Duration,
        Self::Pause,
        Self::Speed,
        Self::EofReached,
        Self::CoreIdle,
        Self::PausedForCache,
        Self::TimePos,
    ];
    /// Those that say how it moves: enough when what is loaded has not changed.
    pub(crate) const MOVEMENT: [Self; 7] = [
        Self::Duration,
        Self::Pause,
        Self::Speed,
        Self::EofReached,
        Self::CoreIdle,
        Self::PausedForCache,
        Self::TimePos,
    ];

    /// mpv's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::WorkingDirectory => "working-directory",
            Self::MediaTitle => "media-title",
            Self::Duration => "duration",
            Self::Metadata => "metadata",
            Self::TrackList => "track-list",
            Self::Seekable => "seekable",
            Self::Pause => "pause",
            Self::Speed => "speed",
            Self::EofReached => "eof-reached",
            Self::CoreIdle => "core-idle",
            Self::PausedForCache => "paused-for-cache",
            Self::TimePos => "time-pos",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|property| property.name() == name)
    }

    /// Names of files are bytes, not text.
    const fn is_bytes(self) -> bool {
        matches!(self, Self::Path | Self::WorkingDirectory)
    }
}

/// A property's value. A property without one has no `data` member.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    Missing,
    /// A file name in the bytes that mpv knows.
    Bytes(Vec<u8>),
    Json(Value),
}

/// What mpv says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    /// A property that is observed has a new value.
    Changed(Property, Data),
    /// The answer to the request of this number; `None` when mpv has no value or reports an error.
    Answer(u64, Data),
    /// A file is about to be loaded.
    StartFile,
    /// It is loaded: title, length and tracks are known.
    FileLoaded,
    /// It is over.
    EndFile(EndReason),
    /// A jump has begun.
    Seek,
    /// A jump or the start has ended.
    PlaybackRestart,
    /// Nothing is left to play.
    Idle,
    /// Something else that mpv says.
    Other,
}

/// Why a file is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndReason {
    /// Its end was reached.
    Eof,
    /// The player quits; the end of the stream follows.
    Quit,
    /// Stopped, replaced, broken, or a playlist that was replaced by its entries.
    Other,
}

/// Reads a line; `None` when it is nothing that mpv says.
pub(crate) fn decode(line: &[u8], answered: impl Fn(u64) -> Option<Property>) -> Option<Message> {
    // A file name that is not UTF-8 makes a line that is not.
    let text = String::from_utf8_lossy(line);
    let mut fields: Map<String, Value> = serde_json::from_str(&text).ok()?;
    let data = |fields: &mut Map<String, Value>, property: Option<Property>| match fields.remove("data") {
        None | Some(Value::Null) => Data::Missing,
        Some(Value::String(_)) if property.is_some_and(Property::is_bytes) => {
            raw_data(line).map_or(Data::Missing, Data::Bytes)
        }
        Some(value) => Data::Json(value),
    };
    let Some(event) = fields.get("event").and_then(Value::as_str) else {
        let number = fields.get("request_id")?.as_u64()?;
        let succeeded = fields.get("error")?.as_str()? == "success";
        let data = if succeeded { data(&mut fields, answered(number)) } else { Data::Missing };
        return Some(Message::Answer(number, data));
    };
    Some(match event {
        "property-change" => match fields.get("name").and_then(Value::as_str).and_then(Property::by_name) {
            Some(property) => Message::Changed(property, data(&mut fields, Some(property))),
            None => Message::Other,
        },
        "start-file" => Message::StartFile,
        "file-loaded" => Message::FileLoaded,
        "end-file" => Message::EndFile(match fields.get("reason").and_then(Value::as_str) {
            Some("eof") => EndReason::Eof,
            Some("quit") => EndReason::Quit,
            _ => EndReason::Other,
        }),
        "seek" => Message::Seek,
        "playback-restart" => Message::PlaybackRestart,
        "idle" => Message::Idle,
        _ => Message::Other,
    })
}

/// The lines that make mpv report every change. They are sent once.
pub(crate) fn observe_all() -> Vec<u8> {
    let mut lines = Vec::new();
    for (number, property) in Property::ALL.into_iter().enumerate() {
        if property != Property::TimePos {
            command(&mut lines, &serde_json::json!(["observe_property", number + 1, property.name()]), 0);
        }
    }
    lines
}

/// Adds the line that asks for `property`; the answer carries `number`.
pub(crate) fn ask(lines: &mut Vec<u8>, property: Property, number: u64) {
    command(lines, &serde_json::json!(["get_property", property.name()]), number);
}

fn command(lines: &mut Vec<u8>, command: &Value, number: u64) {
    let line = serde_json::json!({ "command": command, "request_id": number });
    lines.extend_from_slice(line.to_string().as_bytes());
    lines.push(b'\n');
}

/// The bytes of a line's `data`, whatever their encoding.
fn raw_data(line: &[u8]) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    struct Line<'l> {
        #[serde(borrow, default)]
        data: Option<Raw<'l>>,
    }

    struct Raw<'l>(Cow<'l, [u8]>);

    impl<'de: 'l, 'l> Deserialize<'de> for Raw<'l> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = Raw<'de>;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a string")
                }

                fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Raw<'de>, E> {
                    Ok(Raw(Cow::Borrowed(bytes)))
                }

                fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Raw<'de>, E> {
                    Ok(Raw(Cow::Owned(bytes.to_vec())))
                }
            }
            deserializer.deserialize_bytes(Visitor)
        }
    }

    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    line.data.map(|data| data.0.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[u8]) -> Option<Message> {
        decode(line, |number| (number == 7).then_some(Property::Path))
    }

    #[test]
    fn file_names_keep_their_bytes() {
        let line = b"{\"event\":\"property-change\",\"id\":1,\"name\":\"path\",\"data\":\"/v/Am\xe9lie \\\"1\\\" \\u00e9.mkv\"}";
        assert_eq!(
            read(line),
            Some(Message::Changed(
                Property::Path,
                Data::Bytes(
                    "/v/Am\u{0}lie \"1\" é.mkv"
                        .bytes()
                        .map(|byte| if byte == 0 { 0xe9 } else { byte })
                        .collect()
                )
            ))
        );
        let line = b"{\"data\":\"/v/\xff.mkv\",\"request_id\":7,\"error\":\"success\"}";
        assert_eq!(read(line), Some(Message::Answer(7, Data::Bytes(b"/v/\xff.mkv".to_vec()))));
    }

    #[test]
    fn a_property_without_data_has_no_value() {
        let line = br#"{"event":"property-change","id":4,"name":"duration"}"#;
        assert_eq!(read(line), Some(Message::Changed(Property::Duration, Data::Missing)));
        let line = br#"{"request_id":9,"error":"property unavailable"}"#;
        assert_eq!(read(line), Some(Message::Answer(9, Data::Missing)));
    }

    #[test]
    fn what_mpv_does_not_say_is_nothing() {
        for line in [
            "",
            "{",
            "[]",
            "null",
            "hello",
            r#"{"error":"success"}"#,
            r#"{"event":7}"#,
            "\u{0}",
            r#"{"request_id":-1,"error":"success"}"#,
        ] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
        assert_eq!(read(br#"{"event":"log-message"}"#), Some(Message::Other));
        assert_eq!(read(&b"[".repeat(100_000)), None);
    }
}

//! What mpv's properties say, kept within bounds and turned into the words of the river.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::protocol::{Data, Property};
use crate::player::{Location, Media, Position, Rate};

/// Longer names of files or addresses are not believed.
const MAX_LOCATION: usize = 8 * 1024;

/// The last known value of each property. Missing values are `None` or the usual.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    path: Option<Vec<u8>>,
    /// Where the process is, by the kernel's word. mpv's own is `$PWD`, which may be wrong.
    folder: Option<Vec<u8>>,
    working_directory: Option<Vec<u8>>,
    title: Option<String>,
    tags: BTreeMap<String, String>,
    video: Option<bool>,
    seekable: Option<bool>,
    pub(crate) duration: Option<Duration>,
    pub(crate) position: Option<Position>,
    pub(crate) paused: bool,
    speed: Option<f64>,
    pub(crate) at_end: bool,
    core_idle: bool,
    waits_for_cache: bool,
}

impl Facts {
    /// Nothing is known but the folder that the process is in.
    pub(crate) fn of_player_in(folder: Option<PathBuf>) -> Self {
        Self { folder: folder.map(|folder| folder.into_os_string().into_vec()), ..Self::default() }
    }

    /// Takes a value in. A value of the wrong type is a missing one.
    pub(crate) fn take(&mut self, property: Property, data: Data) {
        match property {
            Property::Path => self.path = bytes(data),
            Property::WorkingDirectory => self.working_directory = bytes(data),
            Property::MediaTitle => self.title = json(data).as_ref().and_then(Value::as_str).map(bounded),
            Property::Metadata => self.tags = tags(json(data)),
            Property::TrackList => self.video = video(json(data).as_ref()),
            Property::Seekable => self.seekable = json(data).as_ref().and_then(Value::as_bool),
            Property::Duration => {
                self.duration = number(data)
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                    .filter(|duration| !duration.is_zero());
            }
            Property::TimePos => self.position = number(data).and_then(Position::from_secs),
            Property::Pause => self.paused = flag(data),
            Property::Speed => self.speed = number(data),
            Property::EofReached => self.at_end = flag(data),
            Property::CoreIdle => self.core_idle = flag(data),
            Property::PausedForCache => self.waits_for_cache = flag(data),
        }
    }

    /// Forgets what belongs to the file before. mpv does not repeat values that are equal in the next one, so
    /// everything is asked for when that is loaded.
    pub(crate) fn new_file(&mut self) {
        let old = std::mem::take(self);
        *self = Self {
            folder: old.folder,
            working_directory: old.working_directory,
            paused: old.paused,
            speed: old.speed,
            ..Self::default()
        };
    }

    /// Whether something is loaded or being loaded.
    pub(crate) fn has_path(&self) -> bool {
        self.path.is_some()
    }

    /// How fast it moves when it is not paused: zero while it waits.
    pub(crate) fn rate(&self) -> Rate {
        if !self.paused && (self.core_idle || self.waits_for_cache || self.at_end) {
            Rate::ZERO
        } else {
            self.speed()
        }
    }

    /// The chosen speed.
    pub(crate) fn speed(&self) -> Rate {
        self.speed.map_or(Rate::NORMAL, Rate::new)
    }

    /// What is loaded.
    pub(crate) fn media(&self) -> Option<Media> {
        let location =
            location(self.path.as_deref()?, self.folder.as_deref().or(self.working_directory.as_deref()));
        let live =
            matches!(location, Location::Url(_)) && self.seekable == Some(false) && self.duration.is_none();
        let media = Media::at(location).with_title(self.title.clone());
        Some(Media { tags: self.tags.clone(), video: self.video, live, ..media })
    }
}

/// A name with a scheme is an address, everything else a path; `-` is standard input.
fn location(name: &[u8], folder: Option<&[u8]>) -> Location {
    if name.is_empty() || name == b"-" || name.contains(&0) {
        return Location::Unknown;
    }
    let Some(scheme) = scheme(name) else {
        let path = PathBuf::from(OsString::from_vec(name.to_vec()));
        let folder = folder.map(|folder| PathBuf::from(OsString::from_vec(folder.to_vec())));
        return absolute(&path, folder.as_deref()).map_or(Location::Unknown, Location::File);
    };
    if scheme.eq_ignore_ascii_case(b"file") {
        let rest = &name[scheme.len() + 3..];
        let path = rest.iter().position(|&byte| byte == b'/').map(|at| &rest[at..]);
        let path: Option<Vec<u8>> = path.map(|path| percent_encoding::percent_decode(path).collect());
        return match path {
            Some(path) if !path.contains(&0) => Location::File(PathBuf::from(OsString::from_vec(path))),
            _ => Location::Unknown,
        };
    }
    Location::Url(String::from_utf8_lossy(name).into_owned())
}

/// What stands before `://`, if it is a scheme's name.
fn scheme(name: &[u8]) -> Option<&[u8]> {
    let end = name.windows(3).position(|three| three == b"://")?;
    let scheme = &name[..end];
    let valid = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte));
    valid.then_some(scheme)
}

/// `path` from the root. Leading `..` are resolved: the kernel's name of a folder has no symbolic links in it.
fn absolute(path: &Path, folder: Option<&Path>) -> Option<PathBuf> {
    let mut whole = PathBuf::new();
    if !path.is_absolute() {
        whole.push(folder.filter(|folder| folder.is_absolute())?);
    }
    let mut leading = !path.is_absolute();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if leading => {
                whole.pop();
            }
            Component::ParentDir | Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                leading = false;
                whole.push(component);
            }
        }
    }
    Some(whole)
}

/// The tags with text in them, as many as are kept.
fn tags(metadata: Option<Value>) -> BTreeMap<String, String> {
    let Some(Value::Object(metadata)) = metadata else { return BTreeMap::new() };
    metadata
        .iter()
        .filter_map(|(key, value)| Some((bounded(&key.to_lowercase()), bounded(value.as_str()?))))
        .take(Media::MAX_TAGS)
        .collect()
}

/// Whether there are moving pictures among the tracks; `None` while there are no tracks.
fn video(tracks: Option<&Value>) -> Option<bool> {
    let tracks = tracks?.as_array().filter(|tracks| !tracks.is_empty())?;
    let set = |track: &Value, flag: &str| track.get(flag).and_then(Value::as_bool) == Some(true);
    Some(tracks.iter().any(|track| {
        track.get("type").and_then(Value::as_str) == Some("video")
            && !set(track, "albumart")
            && !set(track, "image")
    }))
}

fn bytes(data: Data) -> Option<Vec<u8>> {
    let bytes = match data {
        Data::Bytes(bytes) => bytes,
        Data::Json(Value::String(text)) => text.into_bytes(),
        Data::Json(_) | Data::Missing => return None,
    };
    (bytes.len() <= MAX_LOCATION).then_some(bytes)
}

fn json(data: Data) -> Option<Value> {
    match data {
        Data::Json(value) => Some(value),
        Data::Bytes(_) | Data::Missing => None,
    }
}

fn number(data: Data) -> Option<f64> {
    json(data)?.as_f64()
}

fn flag(data: Data) -> bool {
    json(data).and_then(|value| value.as_bool()).unwrap_or(false)
}

fn bounded(text: &str) -> String {
    let mut end = text.len().min(Media::MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(name: &str) -> Location {
        location(name.as_bytes(), Some(b"/home/me/films"))
    }

    fn file(path: &str) -> Location {
        Location::File(PathBuf::from(path))
    }

    #[test]
    fn a_relative_path_is_joined_with_the_players_folder() {
        for (name, path) in [
            ("/v/a.mkv", "/v/a.mkv"),
            ("a.mkv", "/home/me/films/a.mkv"),
            ("./b/./a.mkv", "/home/me/films/b/a.mkv"),
            ("../a.mkv", "/home/me/a.mkv"),
            ("../../../../a.mkv", "/a.mkv"),
            ("b/../a.mkv", "/home/me/films/b/../a.mkv"),
            ("//v//a.mkv", "/v/a.mkv"),
            ("file:///v/a%20b.mkv", "/v/a b.mkv"),
            ("a://b.mkv".trim_start_matches("a:"), "/b.mkv"),
            ("C: drama.mkv", "/home/me/films/C: drama.mkv"),
        ] {
            assert!(at(name) == file(path), "{name}");
        }
        assert!(location(b"a.mkv", None) == Location::Unknown);
    }

    #[test]
    fn a_name_with_a_scheme_is_an_address() {
        for name in
            ["https://me:secret@host/a.mkv?token=1", "edl://a.mkv,0,10", "av://lavfi:testsrc", "dvd://"]
        {
            assert!(at(name) == Location::Url(name.to_owned()), "{name}");
        }
        for name in ["-", "", "file://host"] {
            assert!(at(name) == Location::Unknown, "{name}");
        }
    }

    #[test]
    fn cover_art_is_not_video() {
        let cover = json!([{"type": "audio"}, {"type": "video", "albumart": true}]);
        let film = json!([{"type": "video", "albumart": false}, {"type": "audio"}]);
        assert_eq!(video(Some(&cover)), Some(false));
        assert_eq!(video(Some(&film)), Some(true));
        assert_eq!(video(Some(&json!([]))), None);
        assert_eq!(video(Some(&json!("tracks"))), None);
    }

    #[test]
    fn tags_are_in_lower_case_and_within_bounds() {
        let tags = tags(Some(json!({"SHOW": "Example", "Number": 3, "long": "é".repeat(10_000)})));
        assert_eq!(tags["show"], "Example");
        assert!(!tags.contains_key("number"));
        assert!(tags["long"].len() <= Media::MAX_TEXT);
        let many: serde_json::Map<_, _> = (0..5000).map(|n| (n.to_string(), json!("x"))).collect();
        assert_eq!(super::tags(Some(Value::Object(many))).len(), Media::MAX_TAGS);
    }

    #[test]
    fn numbers_out_of_this_world_are_missing() {
        let mut facts = Facts::default();
        for value in [json!(-5), json!(1e300), json!("long"), json!(0), json!(null)] {
            facts.take(Property::Duration, Data::Json(value));
            assert_eq!(facts.duration, None);
        }
        facts.take(Property::TimePos, Data::Json(json!(1e300)));
        assert_eq!(facts.position, None);
        facts.take(Property::TimePos, Data::Json(json!(-1)));
        assert_eq!(facts.position, Some(Position::ZERO));
    }

    #[test]
    fn the_end_of_an_address_is_not_its_title() {
        let mut facts = Facts::default();
        facts.take(Property::Path, Data::Bytes(b"https://host/a%20film.mkv?token=s3cret".to_vec()));
        facts.take(Property::MediaTitle, Data::Json(json!("a film.mkv?token=s3cret")));
        assert_eq!(facts.media().unwrap().title, None);
        facts.take(Property::MediaTitle, Data::Json(json!("A film")));
        assert_eq!(facts.media().unwrap().title.as_deref(), Some("A film"));
    }

    #[test]
    fn only_an_address_without_length_and_jumps_is_live() {
        let mut facts = Facts::default();
        facts.take(Property::Path, Data::Bytes(b"https://host/stream".to_vec()));
        facts.take(Property::Seekable, Data::Json(json!(false)));
        assert!(facts.media().unwrap().live);
        facts.take(Property::Duration, Data::Json(json!(2700.5)));
        assert!(!facts.media().unwrap().live);
    }
}

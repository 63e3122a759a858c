//! What a player has loaded, in the player's own words.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS};
use serde::{Deserialize, Serialize};

/// What a player says of the thing it has loaded. Untrusted: any string may be empty, long or nonsense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Where it is.
    pub location: Location,
    /// The title the player shows: a container's title, a page's, or the file name again.
    pub title: Option<String>,
    /// Container tags and the like, keys in lower case. At most [`Media::MAX_TAGS`] of
    /// [`Media::MAX_TEXT`] bytes each.
    pub tags: BTreeMap<String, String>,
    /// Whether it has moving pictures (cover art does not count); `None` when the player does not say.
    pub video: Option<bool>,
    /// A live stream: it has no end that could be reached.
    pub live: bool,
}

impl Media {
    /// How many tags are kept of one media.
    pub const MAX_TAGS: usize = 64;
    /// How many bytes are kept of one title or tag.
    pub const MAX_TEXT: usize = 1024;

    /// Media of which only the location is known yet.
    #[must_use]
    pub fn at(location: Location) -> Self {
        Self { location, title: None, tags: BTreeMap::new(), video: None, live: false }
    }

    /// With the title that the player shows, unless that is a piece of the address and no title: then it may be, or hold,
    /// what opens the address, and titles are shown and looked up.
    #[must_use]
    pub fn with_title(self, title: Option<String>) -> Self {
        let title = title.filter(|title| match &self.location {
            Location::Url(url) => !is_piece_of_address(title, url),
            Location::File(_) | Location::Unknown => true,
        });
        Self { title, ..self }
    }

    /// What stays the same when this media is played again, in whichever player. A disc's address and a bare title name
    /// many things: then the length, in whole seconds, and what the tags say of show and episode tell them apart.
    #[must_use]
    pub fn key(&self, duration: Option<Duration>) -> MediaKey {
        let name = match &self.location {
            Location::File(path) => format!("{FILE}{}", escaped(path.as_os_str().as_bytes(), KEY_SET)),
            Location::Url(url) => format!("{ADDRESS}{url}"),
            Location::Unknown => format!("title:{}", self.title.as_deref().unwrap_or_default()),
        };
        let plain = MediaKey(name);
        if plain.names_one_thing() {
            return plain;
        }
        let mut key = escaped(plain.0.as_bytes(), DETAIL_SET);
        if let Some(duration) = duration {
            let seconds = duration.saturating_add(Duration::from_millis(500)).as_secs();
            key.push_str(&format!("|{seconds}"));
        }
        for name in TELLING_TAGS {
            if let Some(value) =
                self.tags.get(*name).map(|value| value.trim()).filter(|value| !value.is_empty())
            {
                key.push_str(&format!("|{name}={}", escaped(value.as_bytes(), DETAIL_SET)));
            }
        }
        MediaKey(key)
    }

    /// Whether it says too little to be told from anything else.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.location == Location::Unknown
            && self.title.as_deref().is_none_or(|title| title.trim().is_empty())
    }
}

/// Whether players make such a title of such an address: of all of it or of its last part, with its query (mpv) or
/// without, with its ending or without, decoded or not, and cut to [`Media::MAX_TEXT`].
fn is_piece_of_address(title: &str, url: &str) -> bool {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let title = decoded(title);
    let title = title.trim();
    let without_query = url.split(['?', '#']).next().unwrap_or_default();
    title.contains('?')
        || title.contains("://")
        || [url, without_query].into_iter().any(|address| {
            let address = decoded(address);
            let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            last.starts_with(title) || address.ends_with(title)
        })
}

/// What must be encoded for a raw path to be a line of text: the rest stays readable.
const KEY_SET: &AsciiSet = &CONTROLS.add(b'%');
/// The same for the parts of a key.
const DETAIL_SET: &AsciiSet = &KEY_SET.add(b'|');
/// How the keys of files begin.
const FILE: &str = "file:";
/// How the keys of addresses begin.
const ADDRESS: &str = "url:";
/// The tags that tell one thing from another of the same name.
const TELLING_TAGS: &[&str] =
    &["show", "album", "season", "season_number", "episode", "episode_sort", "episode_id"];

fn escaped(bytes: &[u8], set: &'static AsciiSet) -> String {
    percent_encoding::percent_encode(bytes, set).to_string()
}

/// Where media is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Location {
    /// A local file, absolute, in the very bytes the file system knows.
    File(#[serde(with = "path_bytes")] PathBuf),
    /// A web address or another scheme, complete: it may hold credentials, so it is never logged.
    Url(String),
    /// The player does not say (Totem, browsers).
    Unknown,
}

impl Location {
    /// The local path, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Url(_) | Self::Unknown => None,
        }
    }
}

/// Paths and addresses are private: `Debug` shows only which kind of location it is.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File(…)",
            Self::Url(_) => "Url(…)",
            Self::Unknown => "Unknown",
        })
    }
}

/// The name under which the same media is found again. Private like the path it holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MediaKey(String);

impl MediaKey {
    /// The key as text, for the journal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is only one thing of that name: a file, or a web address. Otherwise it is merely likely that what has
    /// this key is what had it before.
    #[must_use]
    pub fn names_one_thing(&self) -> bool {
        let is_web = |url: &str| {
            let scheme = url.split_once("://").map(|(scheme, _)| scheme);
            scheme.is_some_and(|scheme| ["http", "https"].iter().any(|web| web.eq_ignore_ascii_case(scheme)))
        };
        self.0.starts_with(FILE) || self.0.strip_prefix(ADDRESS).is_some_and(is_web)
    }

    /// A key that the journal kept.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for MediaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaKey(…)")
    }
}

/// Paths as text that loses no byte: percent-encoded where they are not plain UTF-8.
mod path_bytes {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        let text = percent_encoding::percent_encode(path.as_os_str().as_bytes(), super::KEY_SET).to_string();
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = percent_encoding::percent_decode_str(&text).collect();
        Ok(PathBuf::from(OsString::from_vec(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(url: &str, said: &str) -> Option<String> {
        Media::at(Location::Url(url.into())).with_title(Some(said.into())).title
    }

    #[test]
    fn a_piece_of_an_address_is_no_title() {
        let film = "https://me:word@host/films/My%20Film.mkv?token=s3cr%2Fet&t=1#x";
        for said in [
            film,
            "My Film.mkv?token=s3cr/et&t=1#x",
            "My%20Film.mkv?token=s3cr%2Fet&t=1#x",
            "et&t=1#x",
            "My%20Film.mkv",
            "My Film.mkv",
            "My Film",
            "host/films?token=s3cret",
            "rtsp://me:word@host/",
            "",
        ] {
            assert_eq!(title(film, said), None, "{said:?}");
        }
        for (url, said) in [
            ("https://host/play?file=/a/b&token=s3cret", "b&token=s3cret"),
            ("https://host/s3cret/", "s3cret"),
            ("https://me:word@host", "me:word@host"),
            ("https://host/%ff%fe", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(title(url, said), None, "{said:?}");
        }
        let long = format!("https://host/{}", "s3cret".repeat(400));
        assert_eq!(title(&long, &long["https://host/".len()..][..Media::MAX_TEXT]), None);
    }

    #[test]
    fn a_file_and_a_web_address_are_the_same_at_any_length_and_with_any_tags() {
        for location in [
            Location::File("/v/100%|a.mkv".into()),
            Location::Url("https://host/a|b.mkv".into()),
            Location::Url("HTTP://host/a.mkv".into()),
        ] {
            let media = Media::at(location);
            let key = media.key(None);
            assert!(key.names_one_thing());
            let tagged = Media { tags: [("show".to_owned(), "Example".to_owned())].into(), ..media };
            assert_eq!(tagged.key(Some(Duration::from_secs(60))), key);
        }
        assert_eq!(Media::at(Location::File("/v/a.mkv".into())).key(None).as_str(), "file:/v/a.mkv");
    }

    #[test]
    fn what_names_many_things_is_told_apart_by_its_length_and_its_tags() {
        let titled = |title: &str| Media { title: Some(title.into()), ..Media::at(Location::Unknown) };
        let tagged = |media: Media, name: &str, value: &str| Media {
            tags: [(name.to_owned(), value.to_owned())].into(),
            ..media
        };
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
        let pilot = || titled("Pilot");
        let dvd = || Media::at(Location::Url("dvd://".into()));
        let different = [
            pilot().key(None),
            pilot().key(seconds(2700.0)),
            pilot().key(seconds(2702.0)),
            tagged(pilot(), "show", "One").key(seconds(2700.0)),
            tagged(pilot(), "show", "Two").key(seconds(2700.0)),
            tagged(pilot(), "album", "One").key(seconds(2700.0)),
            titled("Pilot|2700").key(None),
            titled("Pilot|show=One").key(seconds(2700.0)),
            tagged(pilot(), "show", "One|album=One").key(seconds(2700.0)),
            titled("file:/a").key(seconds(2700.0)),
            dvd().key(seconds(5400.0)),
            dvd().key(seconds(6000.0)),
            Media::at(Location::Url("bd://".into())).key(seconds(6000.0)),
        ];
        for (place, key) in different.iter().enumerate() {
            assert!(!key.names_one_thing(), "{}", key.as_str());
            assert!(!different[..place].contains(key), "{}", key.as_str());
        }
        // Two interfaces round differently, and only one of them lists all tags.
        let key = pilot().key(seconds(2700.0));
        assert_eq!(pilot().key(seconds(2699.51)), key);
        assert_eq!(pilot().key(seconds(2700.49)), key);
        assert_eq!(tagged(pilot(), "artist", "One").key(seconds(2700.0)), key);
    }

    #[test]
    fn a_title_of_its_own_is_kept() {
        for said in ["Breaking Bad S01E02", "The Matrix (1999)", "Film"] {
            assert_eq!(title("https://host/s/8213?token=s3cret", said).as_deref(), Some(said));
        }
        let file = Media::at(Location::File("/v/What?.mkv".into()));
        assert_eq!(file.with_title(Some("What?".into())).title.as_deref(), Some("What?"));
    }
}

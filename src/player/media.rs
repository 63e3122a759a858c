//! What a player has loaded, in the player's own words.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

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

    /// What stays the same when this media is played again, in whichever player.
    #[must_use]
    pub fn key(&self) -> MediaKey {
        match &self.location {
            Location::File(path) => MediaKey(format!(
                "file:{}",
                percent_encoding::percent_encode(path.as_os_str().as_bytes(), KEY_SET)
            )),
            Location::Url(url) => MediaKey(format!("url:{url}")),
            Location::Unknown => MediaKey(format!("title:{}", self.title.as_deref().unwrap_or_default())),
        }
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
    fn a_title_of_its_own_is_kept() {
        for said in ["Breaking Bad S01E02", "The Matrix (1999)", "Film"] {
            assert_eq!(title("https://host/s/8213?token=s3cret", said).as_deref(), Some(said));
        }
        let file = Media::at(Location::File("/v/What?.mkv".into()));
        assert_eq!(file.with_title(Some("What?".into())).title.as_deref(), Some("What?"));
    }
}

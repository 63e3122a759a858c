//! Tags under the names that mpv gives them.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::path::Path;

use super::source::Source;
use super::{matroska, mp4};
use crate::identify::foreign_text::cut;
use crate::identify::regular_file;
use crate::player::Media;

/// The tags of the local file `path`, as a player that lists them would tell them: names in lower case, and what
/// stands several times joined with ` / `. None when it is no regular file, or no Matroska and no MP4. Blocks on the
/// file system; reads at most a megabyte.
pub(crate) fn read(path: &Path) -> BTreeMap<String, String> {
    regular_file::open(path).map(of).unwrap_or_default()
}

/// The same of an open file.
pub(crate) fn of(file: impl Read + Seek) -> BTreeMap<String, String> {
    let Some(mut source) = Source::new(file) else { return BTreeMap::new() };
    let Some(start) = source.read(0, 12) else { return BTreeMap::new() };
    let mut tags = Tags::default();
    if start.starts_with(&MATROSKA) {
        let _ = matroska::read(&mut source, &mut tags);
    } else if start.get(4..8).is_some_and(|kind| MP4_BEGINS_WITH.iter().any(|known| kind == *known)) {
        mp4::read(&mut source, &mut tags);
    }
    tags.finish()
}

/// How Matroska begins.
const MATROSKA: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];
/// The kinds of atom that MP4 and QuickTime begin with.
const MP4_BEGINS_WITH: [&[u8; 4]; 7] = [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"];

/// Tags that are being collected.
#[derive(Debug, Default)]
pub(super) struct Tags {
    said: BTreeMap<String, String>,
    implied: BTreeMap<&'static str, String>,
}

impl Tags {
    /// Adds one, cut to what is kept of a player's.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        let (name, value) = (name.trim().to_lowercase(), value.trim_matches(['\0', ' ', '\n', '\r', '\t']));
        if name.is_empty() || name.len() > Media::MAX_TEXT || value.is_empty() {
            return;
        }
        if let Some(before) = self.said.get_mut(&name) {
            *before = cut(&format!("{before} / {value}")).to_owned();
        } else if self.said.len() < Media::MAX_TAGS {
            self.said.insert(name, cut(value).to_owned());
        }
    }

    /// Adds one that only follows from something else: it counts when nothing says it.
    pub(super) fn imply(&mut self, name: &'static str, value: &str) {
        self.implied.entry(name).or_insert_with(|| cut(value.trim()).to_owned());
    }

    fn finish(mut self) -> BTreeMap<String, String> {
        for (name, value) in self.implied {
            if self.said.len() < Media::MAX_TAGS {
                self.said.entry(name.to_owned()).or_insert(value);
            }
        }
        self.said
    }
}

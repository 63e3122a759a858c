//! Matroska and WebM: the tags of the segment, by <https://www.matroska.org/technical/tagging.html>.

use std::io::{Read, Seek};

use super::source::{MAX_BYTES, Source};
use super::tags::Tags;

/// The elements that lead to the tags.
mod id {
    pub(super) const HEADER: u32 = 0x1A45_DFA3;
    pub(super) const SEGMENT: u32 = 0x1853_8067;
    pub(super) const SEEK_HEAD: u32 = 0x114D_9B74;
    pub(super) const SEEK: u32 = 0x4DBB;
    pub(super) const SEEK_ID: u32 = 0x53AB;
    pub(super) const SEEK_POSITION: u32 = 0x53AC;
    pub(super) const INFO: u32 = 0x1549_A966;
    pub(super) const TITLE: u32 = 0x7BA9;
    pub(super) const CLUSTER: u32 = 0x1F43_B675;
    pub(super) const TAGS: u32 = 0x1254_C367;
    pub(super) const TAG: u32 = 0x7373;
    pub(super) const TARGETS: u32 = 0x63C0;
    pub(super) const TARGET_LEVEL: u32 = 0x68CA;
    pub(super) const TRACK: u32 = 0x63C5;
    pub(super) const EDITION: u32 = 0x63C9;
    pub(super) const CHAPTER: u32 = 0x63C4;
    pub(super) const ATTACHMENT: u32 = 0x63C6;
    pub(super) const SIMPLE_TAG: u32 = 0x67C8;
    pub(super) const TAG_NAME: u32 = 0x45A3;
    pub(super) const TAG_STRING: u32 = 0x4487;
}

/// What a tag is of when it does not say.
const LEVEL_OF_THE_FILE: u64 = 50;
const LEVEL_OF_THE_SEASON: u64 = 60;
const LEVEL_OF_THE_SERIES: u64 = 70;

/// How far into the file its parts are looked for one after another, in bytes.
const MAX_WALK: u64 = 64 * 1024;

/// Reads the tags into `tags`. `None` when it broke off.
pub(super) fn read<F: Read + Seek>(source: &mut Source<F>, tags: &mut Tags) -> Option<()> {
    let start = source.read(0, MAX_WALK)?;
    let header = Element::read(&start, 0)?;
    let segment = Element::read(&start, header.end()?).filter(|_| header.id == id::HEADER)?;
    if segment.id != id::SEGMENT {
        return None;
    }
    let mut pointed = None;
    let mut at = segment.content;
    while let Some(element) = Element::read(&start, at).filter(|element| element.id != id::CLUSTER) {
        match element.id {
            id::TAGS => return read_tags(&source.read(element.content, element.wanted())?, tags),
            id::SEEK_HEAD => pointed = pointed.or_else(|| place_of_tags(element.inside(&start))),
            id::INFO => {
                let title = children(element.inside(&start)).find(|(id, _)| *id == id::TITLE);
                if let Some((_, title)) = title {
                    tags.add("title", &String::from_utf8_lossy(title));
                }
            }
            _ => {}
        }
        at = element.end()?;
    }
    // The tags are farther on: behind everything else, as some programs write them.
    let place = segment.content.checked_add(pointed?)?;
    let head = source.read(place, MAX_ELEMENT_HEAD)?;
    let found = Element::read(&head, 0).filter(|element| element.id == id::TAGS)?;
    read_tags(&source.read(place.checked_add(found.content)?, found.wanted())?, tags)
}

/// An identifier of at most four bytes and a size of at most eight.
const MAX_ELEMENT_HEAD: u64 = 12;

/// Where an element is, in bytes from the beginning of what it was read from.
#[derive(Debug, Clone, Copy)]
struct Element {
    id: u32,
    content: u64,
    /// `None` when it has no known end.
    size: Option<u64>,
}

impl Element {
    fn read(bytes: &[u8], at: u64) -> Option<Self> {
        let rest = bytes.get(usize::try_from(at).ok()?..)?;
        let (id, id_length) = number(rest, 4, false)?;
        let (size, size_length) = number(&rest[id_length..], 8, true)?;
        let unknown = (1 << (7 * size_length)) - 1;
        Some(Self {
            id: u32::try_from(id).ok()?,
            content: at.checked_add(u64::try_from(id_length + size_length).ok()?)?,
            size: Some(size).filter(|&size| size != unknown),
        })
    }

    fn end(self) -> Option<u64> {
        self.content.checked_add(self.size?)
    }

    /// How much of it to ask for.
    fn wanted(self) -> u64 {
        self.size.unwrap_or(u64::MAX).min(u64::try_from(MAX_BYTES).unwrap_or(u64::MAX))
    }

    /// As much of its content as is in `bytes`.
    fn inside(self, bytes: &[u8]) -> &[u8] {
        let from = usize::try_from(self.content).map_or(bytes.len(), |from| from.min(bytes.len()));
        let rest = &bytes[from..];
        let size = self.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX);
        &rest[..size.min(rest.len())]
    }
}

/// A number whose first byte tells its length; in identifiers that mark is part of it.
fn number(bytes: &[u8], most: usize, unmarked: bool) -> Option<(u64, usize)> {
    let &first = bytes.first()?;
    let length = usize::try_from(first.leading_zeros()).ok()? + 1;
    let bytes = bytes.get(..length).filter(|_| length <= most)?;
    let number = bytes.iter().fold(0, |number: u64, &byte| (number << 8) | u64::from(byte));
    let mark = 1 << (7 * length);
    Some((if unmarked { number & (mark - 1) } else { number }, length))
}

/// The elements in `bytes` that begin there, one after another, with their contents.
fn children(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let element = Element::read(bytes, at?)?;
        at = element.end();
        Some((element.id, element.inside(bytes)))
    })
}

fn unsigned(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |number, &byte| (number << 8) | u64::from(byte)))
}

/// Where the segment's list says that its tags are, from the segment's beginning on.
fn place_of_tags(seek_head: &[u8]) -> Option<u64> {
    children(seek_head).filter(|(id, _)| *id == id::SEEK).find_map(|(_, seek)| {
        let part =
            |wanted| children(seek).find(|(id, _)| *id == wanted).and_then(|(_, bytes)| unsigned(bytes));
        part(id::SEEK_POSITION).filter(|_| part(id::SEEK_ID) == Some(u64::from(id::TAGS)))
    })
}

fn read_tags(bytes: &[u8], tags: &mut Tags) -> Option<()> {
    for (_, tag) in children(bytes).filter(|(id, _)| *id == id::TAG) {
        let targets = children(tag).find(|(id, _)| *id == id::TARGETS).map(|(_, bytes)| bytes);
        let target = |wanted: u32| {
            let of = children(targets.unwrap_or_default()).find(|(id, _)| *id == wanted);
            of.and_then(|(_, bytes)| unsigned(bytes)).filter(|&number| number > 0)
        };
        // What is of one track or chapter is not of the film.
        if [id::TRACK, id::EDITION, id::CHAPTER, id::ATTACHMENT]
            .into_iter()
            .any(|part| target(part).is_some())
        {
            continue;
        }
        let level = target(id::TARGET_LEVEL).unwrap_or(LEVEL_OF_THE_FILE);
        for (_, simple) in children(tag).filter(|(id, _)| *id == id::SIMPLE_TAG) {
            let text = |wanted: u32| {
                let found = children(simple).find(|(id, _)| *id == wanted);
                found.map(|(_, bytes)| String::from_utf8_lossy(bytes))
            };
            if let (Some(name), Some(value)) = (text(id::TAG_NAME), text(id::TAG_STRING)) {
                add(tags, level, &name, &value);
            }
        }
    }
    Some(())
}

/// Adds a tag, and what its level says of it in the names that other containers have.
fn add(tags: &mut Tags, level: u64, name: &str, value: &str) {
    match (level, name.to_ascii_uppercase().as_str()) {
        (LEVEL_OF_THE_SERIES, "TITLE") => tags.imply("show", value),
        (LEVEL_OF_THE_SEASON, "PART_NUMBER") => tags.imply("season_number", value),
        // Of a file that is of no season this may be a film's part.
        (LEVEL_OF_THE_FILE, "PART_NUMBER") => tags.imply("episode_sort", value),
        _ => tags.add(name, value),
    }
}

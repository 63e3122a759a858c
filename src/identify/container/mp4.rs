//! MP4 and QuickTime: the tags that iTunes made usual, in `moov/udta/meta/ilst`, and those under names of their own, in
//! `moov/meta`.

use std::io::{Read, Seek};

use super::source::Source;
use super::tags::Tags;

/// How many atoms of one are looked at, and how many tags.
const MAX_ATOMS: usize = 32;
const MAX_ITEMS: usize = 128;
/// How many bytes a tag or the list of names may have. A cover has more.
const MAX_ITEM: u64 = 64 * 1024;

/// Reads the tags into `tags`.
pub(super) fn read<F: Read + Seek>(source: &mut Source<F>, tags: &mut Tags) {
    let end = source.length();
    let Some(moov) = find(source, 0, end, b"moov") else { return };
    let own = find(source, moov.content, moov.end, b"meta");
    let usual = find(source, moov.content, moov.end, b"udta")
        .and_then(|udta| find(source, udta.content, udta.end, b"meta"));
    for meta in [usual, own].into_iter().flatten() {
        let _ = read_meta(source, meta, tags);
    }
}

/// Where an atom is, in bytes from the beginning of the file or of what it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Atom {
    kind: [u8; 4],
    content: u64,
    end: u64,
}

impl Atom {
    /// The atom whose head is `head`, at `at` of something that ends at `end`.
    fn read(head: &[u8], at: u64, end: u64) -> Option<Self> {
        let (size, rest) = head.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let (size, length) = match u32::from_be_bytes(*size) {
            // To the end.
            0 => (end.checked_sub(at)?, 8),
            1 => (u64::from_be_bytes(*rest.first_chunk::<8>()?), 16),
            size => (u64::from(size), 8),
        };
        if size < length {
            return None;
        }
        let its_end = at.checked_add(size)?.min(end);
        Some(Self { kind: *kind, content: at.checked_add(length)?.min(its_end), end: its_end })
    }
}

/// The first `kind` among the atoms from `from` to `to` of the file. Their contents are passed over unread.
fn find<F: Read + Seek>(source: &mut Source<F>, from: u64, to: u64, kind: &[u8; 4]) -> Option<Atom> {
    let mut at = from;
    for _ in 0..MAX_ATOMS {
        let atom = head(source, at, to)?;
        if atom.kind == *kind {
            return Some(atom);
        }
        at = atom.end;
    }
    None
}

/// The atom at `at` of the file, in something that ends at `to`.
fn head<F: Read + Seek>(source: &mut Source<F>, at: u64, to: u64) -> Option<Atom> {
    Atom::read(&source.read(at, to.checked_sub(at)?.min(16))?, at, to)
}

fn content<F: Read + Seek>(source: &mut Source<F>, atom: Atom) -> Option<Vec<u8>> {
    let length = atom.end.checked_sub(atom.content).filter(|&length| length <= MAX_ITEM)?;
    source.read(atom.content, length)
}

/// The atoms in `bytes`, with their contents.
fn atoms(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let end = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut at = 0_u64;
    std::iter::from_fn(move || {
        let atom = Atom::read(bytes.get(usize::try_from(at).ok()?..)?, at, end)?;
        at = atom.end;
        let content = bytes.get(usize::try_from(atom.content).ok()?..usize::try_from(atom.end).ok()?)?;
        Some((atom.kind, content))
    })
}

fn child<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    atoms(bytes).take(MAX_ATOMS).find(|(its, _)| its == kind).map(|(_, content)| content)
}

/// `None` when it broke off.
fn read_meta<F: Read + Seek>(source: &mut Source<F>, meta: Atom, tags: &mut Tags) -> Option<()> {
    // In MP4 a version comes first, in QuickTime none.
    let start = source.read(meta.content, 8)?;
    let from = if start.get(4..8)? == b"hdlr" { meta.content } else { meta.content.checked_add(4)? };
    let list = find(source, from, meta.end, b"ilst")?;
    let keys = find(source, from, list.content, b"keys").and_then(|keys| content(source, keys));
    let names: Vec<&[u8]> = keys.as_deref().map(names).unwrap_or_default();
    let mut at = list.content;
    for _ in 0..MAX_ITEMS {
        let item = head(source, at, list.end)?;
        at = item.end;
        let index = usize::try_from(u32::from_be_bytes(item.kind)).ok();
        let named = index.and_then(|index| names.get(index.checked_sub(1)?)).copied();
        let usual = usual_name(&item.kind);
        if named.is_none() && usual.is_none() && item.kind != *b"----" {
            continue;
        }
        let Some(bytes) = content(source, item) else { continue };
        let own = || child(&bytes, b"name").and_then(|name| name.get(4..));
        let name =
            usual.map_or_else(|| String::from_utf8_lossy(named.or_else(own).unwrap_or_default()), Into::into);
        if let Some(value) = child(&bytes, b"data").and_then(value) {
            tags.add(&name, &value);
        }
    }
    Some(())
}

/// The names of items that go by their place in a list.
fn names(keys: &[u8]) -> Vec<&[u8]> {
    // A version and the number of names come first; each name is in an atom of its namespace.
    let list = keys.get(8..).unwrap_or_default();
    atoms(list).take(crate::player::Media::MAX_TAGS).map(|(_, name)| name).collect()
}

/// What FFmpeg, and with it mpv, calls an item.
fn usual_name(kind: &[u8; 4]) -> Option<&'static str> {
    Some(match kind {
        b"tvsh" => "show",
        b"tvsn" => "season_number",
        b"tves" => "episode_sort",
        b"tven" => "episode_id",
        b"stik" => "media_type",
        b"\xA9nam" => "title",
        b"\xA9day" => "date",
        b"\xA9alb" => "album",
        b"\xA9cmt" => "comment",
        _ => return None,
    })
}

/// Text as it is, numbers written out.
fn value(data: &[u8]) -> Option<String> {
    let (kind, rest) = data.split_first_chunk::<4>()?;
    let value = rest.get(4..)?;
    // The first byte is no part of the type.
    match u32::from_be_bytes(*kind) & 0x00FF_FFFF {
        1 => Some(String::from_utf8_lossy(value).into_owned()),
        0 | 21 | 22 => {
            let number = value.iter().fold(0_u64, |number, &byte| (number << 8) | u64::from(byte));
            (1..=4).contains(&value.len()).then(|| number.to_string())
        }
        _ => None,
    }
}

//! A path as its parts, the file first.

use super::folders;
use super::tokens::Name;
use super::words::is_language;

/// Extensions of video files and of what lies beside them, without the dot. Sorted.
const EXTENSIONS: &[&str] = &[
    "3gp", "asf", "ass", "avi", "divx", "f4v", "flv", "ifo", "img", "iso", "m2ts", "m2v", "m4v", "mk3d",
    "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "nfo", "ogm", "ogv", "rm", "rmvb", "srt", "strm", "sub", "ts",
    "vob", "webm", "wmv", "wtv",
];

/// How many bytes of a name are looked at.
pub(super) const MAX_NAME: usize = 4096;
/// How many folders above the file are looked at.
const MAX_FOLDERS: usize = 4;
/// How many folders from the root on may be the one that everybody's folders lie in: `/mnt/nas/users`.
const MAX_ROOTS: usize = 4;

/// The file's name and the folders above it, the nearest first.
pub(super) fn split(name: &str) -> Option<(&str, Vec<&str>)> {
    let name = tail(without_owner(name));
    let mut parts = Vec::with_capacity(MAX_FOLDERS + 1);
    let mut end = name.len();
    for (at, char) in name.char_indices().rev() {
        if !matches!(char, '/' | '\\') || (char == '/' && is_of_title(name, at)) {
            continue;
        }
        parts.push(&name[at + 1..end]);
        end = at;
        if parts.len() > MAX_FOLDERS * 2 {
            end = 0;
            break;
        }
    }
    parts.push(&name[..end]);
    let mut parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    let file = parts.next()?;
    Some((file, parts.take(MAX_FOLDERS).collect()))
}

/// Whether a slash is a sign of a title and no folder's end: ` / `, `Ukr/Eng`, `[one/other]`.
fn is_of_title(name: &str, at: usize) -> bool {
    const LONGEST: usize = 120;
    let (before, after) = (&name[..at], &name[at + 1..]);
    if at == 0 {
        return false;
    }
    if before.ends_with(' ') && after.starts_with(' ') {
        return true;
    }
    let last = before.rsplit(|char: char| !char.is_alphanumeric()).next().unwrap_or("");
    let first = after.split(|char: char| !char.is_alphanumeric()).next().unwrap_or("");
    if is_language(&last.to_lowercase()) && is_language(&first.to_lowercase()) && last.len() <= 4 {
        return true;
    }
    // Inside brackets of one part: the nearest bracket on each side opens before it and closes behind it.
    let left = before.char_indices().rev().take(LONGEST).find(|&(_, char)| "[]()【】/\\".contains(char));
    let right = after.chars().take(LONGEST).find(|&char| "[]()【】/\\".contains(char));
    matches!(
        (left.map(|(_, char)| char), right),
        (Some('['), Some(']')) | (Some('('), Some(')')) | (Some('【'), Some('】'))
    )
}

/// The end of a name that is too long, from a character's beginning on.
fn tail(name: &str) -> &str {
    let mut from = name.len().saturating_sub(MAX_NAME);
    while !name.is_char_boundary(from) {
        from += 1;
    }
    &name[from..]
}

/// Without the folders that name their owner: they are no title, and are nobody's business.
fn without_owner(path: &str) -> &str {
    let Some(mut rest) = path.strip_prefix('/') else { return path };
    for _ in 0..MAX_ROOTS {
        let Some((folder, below)) = rest.split_once('/') else { return path };
        match folder {
            "home" | "homes" | "users" | "Users" => return behind(below),
            // The mounts of `/run/media` and `/run/user` are their owner's; those of `/media` are on some systems.
            "media" | "user" if path.starts_with("/run/") => return behind(below),
            "media" if path.starts_with("/media/") => {
                let mut parts = below.split('/').skip(1);
                let holds_mounts = parts
                    .next()
                    .zip(parts.next())
                    .is_some_and(|(mount, _)| folders::season(&Name::new(mount)).is_none());
                return if holds_mounts { behind(below) } else { below };
            }
            "root" if path.starts_with("/root/") => return below,
            _ => rest = below,
        }
    }
    path
}

fn behind(owner: &str) -> &str {
    owner.split_once('/').map_or("", |(_, rest)| rest)
}

pub(super) fn without_extension(name: &str) -> &str {
    let name = name.trim_end();
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.trim().is_empty() && extension.len() <= 4 => {
            let known = EXTENSIONS.binary_search(&extension.to_ascii_lowercase().as_str()).is_ok();
            if known { stem } else { name }
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(EXTENSIONS.is_sorted());
    }
}

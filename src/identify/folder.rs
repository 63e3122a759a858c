//! The folders around a video, whose files are found in whatever case their names are written.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::regular_file;

/// How many entries of a folder are looked at. In a larger one only names in the usual case are found, and nothing
/// is known to be alone.
const MAX_ENTRIES: usize = 2048;

/// One folder. It is listed once; a folder that cannot be listed may still be opened into.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Only what could be asked for.
    videos: Vec<OsString>,
    others: Vec<OsString>,
    complete: bool,
    /// Reads the first bytes of a file.
    read: fn(&Path, usize) -> Option<Vec<u8>>,
}

impl Folder {
    pub(crate) fn list(path: &Path) -> Self {
        let mut folder = Self {
            path: path.to_owned(),
            videos: Vec::new(),
            others: Vec::new(),
            complete: false,
            read: regular_file::beginning,
        };
        let Ok(entries) = fs::read_dir(path) else { return folder };
        folder.complete = true;
        for (count, entry) in entries.enumerate() {
            let Ok(entry) = entry else {
                folder.complete = false;
                break;
            };
            if count >= MAX_ENTRIES {
                folder.complete = false;
                break;
            }
            folder.add(entry.file_name());
        }
        folder
    }

    /// A folder of these files, which `read` knows.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of(path: &Path, names: &[&str], read: fn(&Path, usize) -> Option<Vec<u8>>) -> Self {
        let (videos, others) = (Vec::new(), Vec::new());
        let mut folder = Self { path: path.to_owned(), videos, others, complete: true, read };
        names.iter().for_each(|name| folder.add(name.into()));
        folder
    }

    fn add(&mut self, name: OsString) {
        let lower = name.to_string_lossy().to_ascii_lowercase();
        if lower.ends_with(".nfo") || lower == ".plexmatch" {
            self.others.push(name);
        } else if is_video(&lower) {
            self.videos.push(name);
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The first `limit` bytes of the NFO or `.plexmatch` that is called `name`, in this case or another.
    pub(crate) fn beginning(&self, name: &OsStr, limit: usize) -> Option<Vec<u8>> {
        let named = |name: &OsStr| (self.read)(&self.path.join(name), limit);
        let exact = self.others.iter().any(|other| other == name);
        // Asking for what is not there may wake a network share.
        let found = if exact || !self.complete { named(name) } else { None };
        found.or_else(|| named(self.others.iter().find(|other| *other != name && is_same(other, name))?))
    }

    /// Whether no other video than `path` lies here; trailers and samples do not count.
    pub(crate) fn has_only(&self, path: &Path) -> bool {
        self.complete
            && self.videos.iter().all(|name| {
                let lower = name.to_string_lossy().to_ascii_lowercase();
                Some(name.as_os_str()) == path.file_name()
                    || lower.contains("sample")
                    || lower.contains("trailer")
            })
    }
}

fn is_same(one: &OsStr, other: &OsStr) -> bool {
    let plain = |name: &OsStr| name.to_string_lossy().nfc().collect::<String>().to_lowercase();
    one.eq_ignore_ascii_case(other) || plain(one) == plain(other)
}

fn is_video(name: &str) -> bool {
    const VIDEOS: [&str; 16] = [
        ".mkv", ".mp4", ".m4v", ".avi", ".mov", ".webm", ".ts", ".m2ts", ".mpg", ".mpeg", ".wmv", ".iso",
        ".flv", ".ogm", ".divx", ".vob",
    ];
    VIDEOS.iter().any(|extension| name.ends_with(extension))
}

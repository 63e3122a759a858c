//! Opening a file of which only the name is known: it may be a pipe, a device or endless.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens `path` for reading if it is a regular file, or a link to one. Never waits for a pipe's writer.
pub(crate) fn open(path: &Path) -> Option<File> {
    // Opening a device may already do something: it is asked first, and asked again what has been opened.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).ok()?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    file.metadata().ok()?.is_file().then_some(file)
}

/// The first `limit` bytes of `path`; `None` when it is no regular file or cannot be read.
pub(crate) fn beginning(path: &Path, limit: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(u64::try_from(limit).ok()?).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

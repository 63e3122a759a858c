//! Which sockets `mpv.conf` names: in every profile, and in what it includes.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A larger file is no configuration.
const MAX_FILE: u64 = 1024 * 1024;
/// How many files are read, includes and their includes among them.
const MAX_FILES: usize = 64;

/// What the configurations name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// Absolute paths of sockets.
    pub(crate) sockets: BTreeSet<PathBuf>,
    /// The files that were read, or would be if they were there: a change of one is a reason to read again.
    pub(crate) files: BTreeSet<PathBuf>,
}

/// Reads the configurations. Files that are not there or cannot be read name nothing.
pub(crate) fn read(configurations: &[PathBuf], home: Option<&Path>) -> Named {
    let mut named = Named::default();
    for configuration in configurations {
        let folders = Folders { home, configuration: configuration.parent() };
        let mut to_read = vec![configuration.clone()];
        while let Some(file) = to_read.pop() {
            if named.files.len() >= MAX_FILES || !named.files.insert(file.clone()) {
                continue;
            }
            let small =
                std::fs::metadata(&file).is_ok_and(|found| found.is_file() && found.len() <= MAX_FILE);
            let Some(text) = small.then(|| std::fs::read(&file).ok()).flatten() else { continue };
            for line in text.split(|&byte| byte == b'\n') {
                match option(line) {
                    Some((b"input-ipc-server" | b"input-unix-socket", value)) => {
                        named.sockets.extend(folders.expand(value));
                    }
                    Some((b"include", value)) => to_read.extend(folders.expand(value)),
                    _ => {}
                }
            }
        }
    }
    named
}

/// `name=value` in a line, without quotes and comments.
fn option(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"--").unwrap_or(line);
    if line.starts_with(b"#") || line.starts_with(b"[") {
        return None;
    }
    let equals = line.iter().position(|&byte| byte == b'=')?;
    let (name, value) = (line[..equals].trim_ascii(), line[equals + 1..].trim_ascii_start());
    let value = match value.first()? {
        quote @ (b'"' | b'\'') => value[1..].split(|byte| byte == quote).next()?,
        b'%' => {
            // %5%value: so many bytes, whatever they are.
            let end = 1 + value[1..].iter().position(|&byte| byte == b'%')?;
            let length: usize = std::str::from_utf8(&value[1..end]).ok()?.parse().ok()?;
            value.get(end + 1..)?.get(..length)?
        }
        _ => value.split(|&byte| byte == b'#').next()?.trim_ascii_end(),
    };
    Some((name, value))
}

/// What mpv's abbreviations of folders mean.
struct Folders<'a> {
    home: Option<&'a Path>,
    configuration: Option<&'a Path>,
}

impl Folders<'_> {
    /// An absolute path; `None` for what depends on where mpv was started.
    fn expand(&self, value: &[u8]) -> Option<PathBuf> {
        let starts = |prefix: &str| value.strip_prefix(prefix.as_bytes()).map(OsStr::from_bytes);
        if let Some(rest) = starts("~~/").or_else(|| starts("~~home/")) {
            Some(self.configuration?.join(rest))
        } else if let Some(rest) = starts("~~cache/") {
            Some(self.home?.join(".cache/mpv").join(rest))
        } else if let Some(rest) = starts("~~state/") {
            Some(self.home?.join(".local/state/mpv").join(rest))
        } else if let Some(rest) = starts("~~global/") {
            Some(Path::new("/etc/mpv").join(rest))
        } else if let Some(rest) = starts("~/") {
            Some(self.home?.join(rest))
        } else {
            let path = Path::new(OsStr::from_bytes(value));
            path.is_absolute().then(|| path.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_mpv_reads_them() {
        let socket = |value: &'static str| Some((&b"input-ipc-server"[..], value.as_bytes()));
        for (line, read) in [
            ("input-ipc-server=/tmp/mpv", socket("/tmp/mpv")),
            ("  --input-ipc-server = /tmp/mpv  # here", socket("/tmp/mpv")),
            ("input-ipc-server=\"/tmp/my mpv # 1\"  # here", socket("/tmp/my mpv # 1")),
            ("input-ipc-server='~/.mpv.sock'", socket("~/.mpv.sock")),
            ("input-ipc-server=%8%/tmp/a#b # here", socket("/tmp/a#b")),
            ("input-ipc-server=%99%/tmp/a", None),
            ("input-ipc-server=", None),
            ("#input-ipc-server=/tmp/mpv", None),
            ("[input-ipc-server=/tmp/mpv]", None),
            ("fullscreen", None),
            ("", None),
        ] {
            assert_eq!(option(line.as_bytes()), read, "{line}");
        }
    }

    #[test]
    fn profiles_and_includes_count_and_loops_end() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(
            at("mpv.conf"),
            b"input-ipc-server=~/one\n[tv]\ninput-ipc-server=/two\ninclude=~~/more.conf\ninclude=~~/missing.conf\n\xff=\xfe\n",
        )
        .unwrap();
        std::fs::write(at("more.conf"), "include=~~/mpv.conf\r\ninput-ipc-server=~~/three\r\n").unwrap();
        let named = read(&[at("mpv.conf"), at("none.conf")], Some(Path::new("/home/me")));
        let sockets = [at("three"), PathBuf::from("/home/me/one"), PathBuf::from("/two")];
        assert_eq!(named.sockets, BTreeSet::from(sockets));
        let files = ["mpv.conf", "more.conf", "missing.conf", "none.conf"].map(at);
        assert_eq!(named.files, BTreeSet::from(files));
    }

    #[test]
    fn what_depends_on_where_mpv_was_started_is_left_to_the_kernel() {
        let folders = Folders { home: None, configuration: None };
        for value in ["sock", "./sock", "~/sock", "~~/sock", "~~desktop/sock", "@abstract"] {
            assert_eq!(folders.expand(value.as_bytes()), None, "{value}");
        }
    }
}

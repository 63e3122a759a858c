//! The user's own patterns of sockets.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use tracing::warn;

/// How far `**` reaches.
const DEEP: usize = 4;

/// A pattern, and where to look for what it matches.
#[derive(Debug, Clone)]
pub(crate) struct SocketGlob {
    matcher: GlobMatcher,
    /// The folder in front of the first wildcard.
    pub(crate) base: PathBuf,
    /// How many folders below `base` a match may lie.
    pub(crate) depth: usize,
}

impl SocketGlob {
    /// Whether the pattern is meant for this path.
    pub(crate) fn matches(&self, path: &Path) -> bool {
        self.matcher.is_match(path)
    }
}

/// Reads the patterns. `~/` is the home folder. A pattern that cannot be used is named by its place in the list,
/// since a path may be private.
pub(crate) fn read(patterns: &[String], home: Option<&Path>) -> Vec<SocketGlob> {
    let mut globs = Vec::new();
    for (place, pattern) in patterns.iter().enumerate() {
        match read_one(pattern, home) {
            Ok(glob) => globs.push(glob),
            Err(reason) => {
                warn!(entry = place + 1, reason, "an entry of `mpv_sockets` is not used");
            }
        }
    }
    globs
}

fn read_one(pattern: &str, home: Option<&Path>) -> Result<SocketGlob, String> {
    let pattern = match (pattern.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => {
            let home = home.to_str().ok_or("the home folder's name is not UTF-8: write it out")?;
            format!("{}/{rest}", globset::escape(home))
        }
        (Some(_), None) => return Err("there is no home folder: write it out".to_owned()),
        (None, _) => pattern.to_owned(),
    };
    if !pattern.starts_with('/') {
        return Err("it does not begin with `/` or `~/`".to_owned());
    }
    let matcher = GlobBuilder::new(&pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| error.kind().to_string())?
        .compile_matcher();
    let parts: Vec<&str> = pattern.split('/').skip(1).collect();
    let folders = &parts[..parts.len() - 1];
    // A bracket around a single character is how a literal one is written.
    let literal = folders.iter().take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).count();
    let base = PathBuf::from(format!("/{}", folders[..literal].join("/")));
    let depth = if pattern.contains("**") { DEEP } else { folders.len() - literal };
    Ok(SocketGlob { matcher, base, depth })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_where_to_look_and_how_deep() {
        let home = Some(Path::new("/home/me"));
        for (pattern, base, depth, matched) in [
            ("/tmp/mpv*", "/tmp", 0, "/tmp/mpv-12"),
            ("/run/mpv-*/socket", "/run", 1, "/run/mpv-1/socket"),
            ("~/.mpv/sock", "/home/me/.mpv", 0, "/home/me/.mpv/sock"),
            ("/srv/**/sock", "/srv", DEEP, "/srv/a/b/sock"),
        ] {
            let glob = read_one(pattern, home).unwrap();
            assert_eq!((glob.base.as_path(), glob.depth), (Path::new(base), depth), "{pattern}");
            assert!(glob.matches(Path::new(matched)), "{pattern}");
        }
        let glob = read_one("/tmp/mpv*", home).unwrap();
        assert!(!glob.matches(Path::new("/tmp/mpv/sock")));
    }

    #[test]
    fn a_pattern_that_cannot_be_used_is_left_out() {
        assert!(read(&["/tmp/[".into(), "relative".into(), "~/x".into()], None).is_empty());
    }
}

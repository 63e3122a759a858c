//! Where things are kept.

use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};

const NAME: &str = "discovr-scrobbler";

/// The usual settings file, `~/.config/discovr-scrobbler/config.toml`; `None` for a user without a home.
#[must_use]
pub fn default_path() -> Option<PathBuf> {
    Some(project()?.config_dir().join("config.toml"))
}

/// The user's home.
#[must_use]
pub fn home_dir() -> Option<PathBuf> {
    Some(BaseDirs::new()?.home_dir().into())
}

/// The usual state folder, `$XDG_STATE_HOME/discovr-scrobbler`. `$STATE_DIRECTORY` is not asked: commands that the user
/// types do not have it, and must find the same journal.
#[must_use]
pub fn state_dir() -> Option<PathBuf> {
    project()?.state_dir().map(Path::to_owned)
}

/// The folder of the socket between commands and the daemon that works in `state_dir`: for the usual state folder
/// `$XDG_RUNTIME_DIR/discovr-scrobbler`; for another, or without a runtime folder, the state folder itself,
/// so that daemons with different journals do not meet.
#[must_use]
pub fn runtime_dir(state: &Path) -> PathBuf {
    let runtime = BaseDirs::new().and_then(|base| base.runtime_dir().map(|dir| dir.join(NAME)));
    runtime.filter(|_| state_dir().as_deref() == Some(state)).unwrap_or_else(|| state.into())
}

/// `text` as a path, its `~/` replaced by `home`.
pub(crate) fn expand(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => text.into(),
    }
}

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_folder_of_ones_own_has_its_socket_in_it() {
        assert_eq!(runtime_dir(Path::new("/some/where")), Path::new("/some/where"));
    }

    #[test]
    fn the_home_is_put_in_only_where_it_belongs() {
        let home = Some(Path::new("/home/me"));
        assert_eq!(expand("~/a/b", home), Path::new("/home/me/a/b"));
        assert_eq!(expand("/a/~/b", home), Path::new("/a/~/b"));
        assert_eq!(expand("~other/b", home), Path::new("~other/b"));
        assert_eq!(expand("~/a", None), Path::new("~/a"));
    }
}

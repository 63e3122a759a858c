//! Where sockets are looked for.

use std::path::PathBuf;

/// Where mpv's sockets are looked for. [`Places::default`] is nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The user's runtime folder: it and the folders below it are watched.
    pub runtime_folder: Option<PathBuf>,
    /// Other folders to watch, without those below them.
    pub folders: Vec<PathBuf>,
    /// The `mpv.conf`s that may name a socket. They need not exist.
    pub configurations: Vec<PathBuf>,
    /// What `~` means.
    pub home: Option<PathBuf>,
    /// Whether the running processes are looked through for players.
    pub processes: bool,
}

impl Places {
    /// The usual places of the user whose environment this is.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::from_variables(|name| {
            std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
        })
    }

    fn from_variables(variable: impl Fn(&str) -> Option<PathBuf>) -> Self {
        let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
        let home = absolute("HOME");
        let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let runtime_folder = absolute("XDG_RUNTIME_DIR").or_else(|| {
            let usual = PathBuf::from(format!("/run/user/{}", rustix::process::geteuid().as_raw()));
            usual.is_dir().then_some(usual)
        });
        let mut folders = vec![PathBuf::from("/tmp")];
        folders.extend(absolute("TMPDIR").filter(|folder| folder != "/tmp"));
        let settings = absolute("XDG_CONFIG_HOME").or_else(|| below_home(".config"));
        let configurations = [
            absolute("MPV_HOME").map(|folder| folder.join("mpv.conf")),
            settings.map(|folder| folder.join("mpv/mpv.conf")),
            below_home(".mpv/config"),
            below_home(".var/app/io.mpv.Mpv/config/mpv/mpv.conf"),
            Some(PathBuf::from("/etc/mpv/mpv.conf")),
        ];
        Self {
            runtime_folder,
            folders,
            configurations: configurations.into_iter().flatten().collect(),
            home,
            processes: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_where_to_look() {
        let places = Places::from_variables(|name| {
            let value = match name {
                "HOME" => "/home/me",
                "XDG_RUNTIME_DIR" => "/run/user/7",
                "XDG_CONFIG_HOME" => "not/absolute",
                "TMPDIR" => "/var/tmp/me",
                _ => return None,
            };
            Some(PathBuf::from(value))
        });
        assert_eq!(places.runtime_folder, Some(PathBuf::from("/run/user/7")));
        assert_eq!(places.folders, [PathBuf::from("/tmp"), PathBuf::from("/var/tmp/me")]);
        assert!(places.configurations.contains(&PathBuf::from("/home/me/.config/mpv/mpv.conf")));
        assert!(places.configurations.contains(&PathBuf::from("/home/me/.mpv/config")));
        assert!(places.processes);
    }
}

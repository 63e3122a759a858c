//! The settings as the other rooms take them.

use std::path::{Path, PathBuf};

use globset::{GlobSet, GlobSetBuilder};

use super::places;
use super::settings::Settings;
use crate::path_glob;
use crate::playback::{self, Filter};
use crate::player::mpris::MprisSettings;

impl Settings {
    /// For the state machine. `~/` in globs stands for `home`.
    #[must_use]
    pub fn for_playback(&self, home: Option<&Path>) -> playback::Settings {
        playback::Settings {
            completed: self.playback.completed_percent.thresholds(),
            min_watched: self.playback.min_watched_percent.progress(),
            min_duration: self.playback.min_duration,
            debounce: self.playback.debounce,
            progress_interval: self.playback.progress_interval,
            filter: Filter {
                only_players: lower(&self.players.only),
                ignored_players: lower(&self.players.ignore),
                only_paths: globs(&self.paths.only, home),
                ignored_paths: globs(&self.paths.ignore, home),
            },
        }
    }

    /// For the watcher of the session bus; `None` when it is switched off.
    #[must_use]
    pub fn for_mpris(&self) -> Option<MprisSettings> {
        self.players.mpris.then(|| MprisSettings {
            address: None,
            only: lower(&self.players.only),
            ignore: lower(&self.players.ignore),
        })
    }

    /// Globs of further sockets for the watcher of mpv; `None` when it is switched off.
    #[must_use]
    pub fn for_mpv(&self, home: Option<&Path>) -> Option<Vec<String>> {
        self.players
            .mpv
            .then(|| self.players.mpv_sockets.iter().map(|glob| expand_glob(glob, home)).collect())
    }

    /// The file that `discovr.refresh_token_file` names.
    #[must_use]
    pub fn refresh_token_file(&self, home: Option<&Path>) -> Option<PathBuf> {
        self.discovr.refresh_token_file.as_deref().map(|file| places::expand(file, home))
    }

    /// The file that `trakt.client_secret_file` names.
    #[must_use]
    pub fn trakt_client_secret_file(&self, home: Option<&Path>) -> Option<PathBuf> {
        self.trakt.client_secret_file.as_deref().map(|file| places::expand(file, home))
    }

    /// The file that `tmdb.token_file` names.
    #[must_use]
    pub fn tmdb_token_file(&self, home: Option<&Path>) -> Option<PathBuf> {
        self.tmdb.token_file.as_deref().map(|file| places::expand(file, home))
    }
}

fn lower(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.to_lowercase()).collect()
}

/// The globs as one set. What is no glob was refused when the settings were loaded.
fn globs(globs: &[String], home: Option<&Path>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        for glob in path_glob::with_all_below(&expand_glob(glob, home)).into_iter().flatten() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|error| {
        tracing::error!(%error, "the globs in [paths] are too many or too large: none of them is in force");
        GlobSet::empty()
    })
}

fn expand_glob(glob: &str, home: Option<&Path>) -> String {
    match (glob.strip_prefix("~/"), home.and_then(Path::to_str)) {
        (Some(rest), Some(home)) => format!("{}/{rest}", globset::escape(home.trim_end_matches('/'))),
        _ => glob.into(),
    }
}

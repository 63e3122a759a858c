//! Where trakt-scrobbler keeps its things.

use std::path::{Path, PathBuf};

use directories::BaseDirs;

const NAME: &str = "trakt-scrobbler";

/// Its two folders. Since the first versions that were installed as a package these are the usual ones of a user's programs:
/// `$XDG_CONFIG_HOME/trakt-scrobbler` and `$XDG_DATA_HOME/trakt-scrobbler`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The folder of its settings and of its remap rules.
    pub config: PathBuf,
    /// The folder of its backlog.
    pub data: PathBuf,
}

impl Places {
    /// The usual ones, each unless another is named; `None` when there is no home to find them in.
    #[must_use]
    pub fn find(config: Option<&Path>, data: Option<&Path>) -> Option<Self> {
        let usual = BaseDirs::new();
        let usual = usual.as_ref();
        Some(Self {
            config: config.map(Path::to_owned).or_else(|| Some(usual?.config_dir().join(NAME)))?,
            data: data.map(Path::to_owned).or_else(|| Some(usual?.data_dir().join(NAME)))?,
        })
    }

    /// Its settings, in the forms that it had: YAML, and TOML at first.
    #[must_use]
    pub fn settings(&self) -> [PathBuf; 3] {
        ["config.yaml", "config.yml", "config.toml"].map(|name| self.config.join(name))
    }

    /// Its remap rules.
    #[must_use]
    pub fn remap_rules(&self) -> PathBuf {
        self.config.join("remap_rules.toml")
    }

    /// What could not be sent: because Trakt was not reached, and because Trakt knew nothing of that name.
    #[must_use]
    pub fn backlogs(&self) -> [PathBuf; 2] {
        ["watched_backlog.json", "unknown_items.json"].map(|name| self.data.join(name))
    }
}

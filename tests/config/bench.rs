//! A folder of the test's own with a settings file.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use discovr_scrobbler::config::{ConfigError, ConfigFile, Environment, Loaded, load_file};
use tempfile::TempDir;

pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        write(&path, text, mode);
        path
    }

    /// Loads `text` with `variables` over it.
    pub(crate) fn load(&self, text: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        let path = self.write("config.toml", text, 0o600);
        load_file(&ConfigFile::named(&path), &environment(variables))
    }

    /// What is said of `text` with `variables` over it, without the folder.
    pub(crate) fn refusal(&self, text: &str, variables: &[(&str, &str)]) -> String {
        self.said(&self.load(text, variables).expect_err("this was not refused"))
    }

    pub(crate) fn said(&self, error: &dyn std::error::Error) -> String {
        error.to_string().replace(&self.folder.path().display().to_string(), "…")
    }
}

pub(crate) fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

pub(crate) fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Holds `text` against the snapshot beside the sample files.
pub(crate) fn snapshot(name: &str, text: &str) {
    let (folder, name) = name.split_once('/').unwrap_or(("said", name));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

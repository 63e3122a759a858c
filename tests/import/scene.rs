//! A home in which trakt-scrobbler was used.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use discovr_scrobbler_support::both::{settings_of_trakt, sign_in_to_trakt};
use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::{Home, Ran};
use discovr_scrobbler_support::tmdb::{BEARER, Tmdb};
use discovr_scrobbler_support::trakt::Trakt;
use serde_json::{Value, json};

/// The command, without an answer to its question.
pub(crate) const IMPORT: [&str; 2] = ["import", "trakt-scrobbler"];
/// 2023-11-14T22:13:20Z, as a second since 1970.
pub(crate) const THEN: f64 = 1_700_000_000.25;

pub(crate) struct Scene {
    pub(crate) home: Home,
    pub(crate) discovr: Discovr,
    pub(crate) tmdb: Tmdb,
}

impl Scene {
    /// A home with an account, a TMDB token, and nothing else.
    pub(crate) async fn new() -> Self {
        let (discovr, tmdb) = (Discovr::start().await, Tmdb::start().await);
        let home = Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler"));
        let scene = Self { home, discovr, tmdb };
        scene.configure("");
        scene
    }

    /// The same with Trakt as the second service.
    pub(crate) async fn with_trakt() -> (Self, Trakt) {
        let (scene, trakt) = (Self::new().await, Trakt::start().await);
        scene.configure(&settings_of_trakt(&scene.home, &trakt));
        sign_in_to_trakt(&scene.home, &trakt);
        (scene, trakt)
    }

    /// Settings with `more` at the end.
    pub(crate) fn configure(&self, more: &str) {
        let tmdb = format!("[tmdb]\napi_url = \"{}\"\ntoken = \"{BEARER}\"\n{more}", self.tmdb.url());
        self.home.configure(&self.home.settings(&self.discovr.url(), REFRESH_TOKEN, Some(PROFILE), &tmdb));
        let config = self.home.config_dir().join("config.toml");
        fs::set_permissions(config, fs::Permissions::from_mode(0o600)).expect("a file of our own");
    }

    pub(crate) fn foreign_config(&self) -> PathBuf {
        self.home.path().join("config/trakt-scrobbler")
    }

    pub(crate) fn foreign_data(&self) -> PathBuf {
        self.home.path().join(".local/share/trakt-scrobbler")
    }

    pub(crate) fn leave_config(&self, name: &str, text: &str) {
        leave(&self.foreign_config(), name, text);
    }

    pub(crate) fn leave_data(&self, name: &str, value: &Value) {
        leave(&self.foreign_data(), name, &value.to_string());
    }

    /// Runs the command with these arguments behind it.
    pub(crate) fn import(&self, more: &[&str]) -> Ran {
        self.home.run(&[&IMPORT[..], more].concat())
    }

    /// The same, which has to succeed.
    pub(crate) fn done(&self, more: &[&str]) -> String {
        let ran = self.import(more);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout
    }

    pub(crate) fn plan(&self) -> Value {
        let ran = self.import(&["--dry-run", "--json"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        serde_json::from_str(&ran.stdout).expect("JSON")
    }

    pub(crate) fn history(&self) -> Vec<Value> {
        self.home.json(&["history"]).as_array().expect("a list").clone()
    }

    pub(crate) fn rules(&self) -> String {
        fs::read_to_string(self.home.config_dir().join("rules.toml")).unwrap_or_default()
    }

    pub(crate) fn config(&self) -> String {
        fs::read_to_string(self.home.config_dir().join("config.toml")).unwrap_or_default()
    }

    /// Every file of the home with what is in it.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder of our own") {
                let path = entry.expect("it can be listed").path();
                if path.is_dir() {
                    all.insert(path.clone(), Vec::new());
                    folders.push(path);
                } else if path.is_file() {
                    all.insert(path.clone(), fs::read(&path).expect("a file of our own"));
                }
            }
        }
        all
    }
}

fn leave(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).expect("a folder of our own");
    fs::write(folder.join(name), text).expect("a file of our own");
}

/// An entry of the old form of the backlog.
pub(crate) fn episode(title: &str, season: u32, episode: u32, at: f64) -> Value {
    json!({"state": 0, "progress": 94.5, "updated_at": at,
           "media_info": {"type": "episode", "title": title, "season": season, "episode": episode}})
}

pub(crate) fn movie(title: &str, year: Option<u32>, progress: f64, at: f64) -> Value {
    let mut info = json!({"type": "movie", "title": title});
    if let Some(year) = year {
        info["year"] = year.into();
    }
    json!({"state": 0, "progress": progress, "updated_at": at, "media_info": info})
}

//! The settings as they stand in the file.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::completed::CompletedPercent;
use super::percent::Percent;
use super::secret::Secret;
use super::{duration, web_address};
use crate::identify::Rule;

/// Everything that can be set. `Settings::default()` is what holds without a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The service.
    pub discovr: DiscovrSettings,
    /// The second service.
    pub trakt: TraktSettings,
    /// Looking titles up.
    pub tmdb: TmdbSettings,
    /// When something counts as watched.
    pub playback: PlaybackSettings,
    /// Which players are watched.
    pub players: PlayersSettings,
    /// Which files and addresses count.
    pub paths: PathsSettings,
    /// What the user says certain files are, the first that fits winning.
    pub rules: Vec<Rule>,
    /// How many of the rules, the last ones, are from the user's own rules file.
    #[serde(skip)]
    pub rules_of_file: usize,
}

/// `[discovr]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscovrSettings {
    /// Whether viewings are reported; otherwise they stay in the journal.
    pub enabled: bool,
    /// Where the service is.
    #[serde(with = "web_address")]
    pub api_url: Url,
    /// The id that this program is registered under, for signing in.
    pub client_id: Option<String>,
    /// The id of the profile whose history is written.
    pub profile: Option<String>,
    /// The file that holds the refresh token: absolute or beginning with `~/`.
    pub refresh_token_file: Option<String>,
    /// The refresh token itself. Only the environment may give it.
    pub refresh_token: Option<Secret>,
}

impl Default for DiscovrSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            api_url: web_address::known("https://api.discovr.media"),
            client_id: None,
            profile: None,
            refresh_token_file: None,
            refresh_token: None,
        }
    }
}

/// `[trakt]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraktSettings {
    /// Whether viewings are reported there, too.
    pub enabled: bool,
    /// Where the service is.
    #[serde(with = "web_address")]
    pub api_url: Url,
    /// Where one signs in to it.
    #[serde(with = "web_address")]
    pub auth_url: Url,
    /// The id of the application that the user made there.
    pub client_id: Option<String>,
    /// The file that holds the application's secret: absolute or beginning with `~/`.
    pub client_secret_file: Option<String>,
    /// The secret itself. Only the environment may give it.
    pub client_secret: Option<Secret>,
}

impl Default for TraktSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            api_url: web_address::known("https://api.trakt.tv"),
            auth_url: web_address::known("https://auth.trakt.tv"),
            client_id: None,
            client_secret_file: None,
            client_secret: None,
        }
    }
}

/// `[tmdb]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TmdbSettings {
    /// Where TMDB, or a mirror of it, is.
    #[serde(with = "web_address")]
    pub api_url: Url,
    /// The API read access token.
    pub token: Option<Secret>,
    /// The file that holds the token: absolute or beginning with `~/`.
    pub token_file: Option<String>,
    /// The language of titles, such as `en-US`.
    pub language: String,
}

impl Default for TmdbSettings {
    fn default() -> Self {
        Self {
            api_url: web_address::known("https://api.themoviedb.org/3"),
            token: None,
            token_file: None,
            language: "en-US".into(),
        }
    }
}

/// `[playback]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaybackSettings {
    /// From which progress on a viewing is completed.
    pub completed_percent: CompletedPercent,
    /// Which share must really have been played for that.
    pub min_watched_percent: Percent,
    /// Shorter media is no viewing; at most 24 hours.
    #[serde(with = "duration")]
    pub min_duration: Duration,
    /// For how long something must have played before it is announced; at most 30 seconds.
    #[serde(with = "duration")]
    pub debounce: Duration,
    /// How often the place in a playing viewing is reported; 10 seconds to 1 hour.
    #[serde(with = "duration")]
    pub progress_interval: Duration,
}

impl Default for PlaybackSettings {
    fn default() -> Self {
        Self {
            completed_percent: CompletedPercent::default(),
            min_watched_percent: Percent::FIVE,
            min_duration: Duration::from_secs(300),
            debounce: Duration::from_secs(2),
            progress_interval: Duration::from_secs(60),
        }
    }
}

/// `[players]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlayersSettings {
    /// Whether the players on the session bus are watched.
    pub mpris: bool,
    /// Whether mpv's sockets are watched.
    pub mpv: bool,
    /// Globs of mpv sockets in places that are not found by themselves: absolute or beginning with `~/`.
    pub mpv_sockets: Vec<String>,
    /// Only these players, by their short names; empty means all.
    pub only: Vec<String>,
    /// Never these players.
    pub ignore: Vec<String>,
}

/// Browsers show whatever a page plays, and music players show music: neither is a viewing.
const IGNORED_PLAYERS: &[&str] = &[
    "firefox",
    "librewolf",
    "waterfox",
    "floorp",
    "zen",
    "chromium",
    "chrome",
    "google-chrome",
    "brave",
    "edge",
    "msedge",
    "vivaldi",
    "opera",
    "epiphany",
    "falkon",
    "plasma-browser-integration",
    "spotify",
    "spotifyd",
    "ncspot",
    "rhythmbox",
    "clementine",
    "strawberry",
    "elisa",
    "amarok",
    "audacious",
    "deadbeef",
    "lollypop",
    "quodlibet",
    "gnomemusic",
    "cmus",
    "mpd",
    "cantata",
];

impl Default for PlayersSettings {
    fn default() -> Self {
        Self {
            mpris: true,
            mpv: true,
            mpv_sockets: Vec::new(),
            only: Vec::new(),
            ignore: IGNORED_PLAYERS.iter().map(|&name| name.into()).collect(),
        }
    }
}

/// `[paths]`: globs of files, folders and addresses; files absolute, beginning with `~/`, or a bare name that fits anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PathsSettings {
    /// Only these; empty means all.
    pub only: Vec<String>,
    /// Never these.
    pub ignore: Vec<String>,
}

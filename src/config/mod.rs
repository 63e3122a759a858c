//! The settings, their layers, their errors and their live reload.
//!
//! Layers, the later winning: the defaults, the file, the environment (`DISCOVR_SCROBBLER__SECTION__KEY`). The file is
//! read twice: once for what is wrong with it, with the line, and once by the `config` crate as a layer.

mod completed;
mod convert;
mod diagnose;
mod duration;
mod environment;
mod error;
mod file;
mod keys;
mod links;
mod load;
mod percent;
mod places;
#[cfg(any(test, fuzzing))]
pub(crate) mod promises;
mod reload;
mod rules_file;
mod secret;
mod secrets;
mod settings;
mod shown;
mod token_file;
mod token_store;
mod validate;
mod web_address;

pub use completed::CompletedPercent;
pub use duration::parse as parse_duration;
pub use environment::Environment;
pub use error::{ConfigError, Place, Problem};
pub use file::ConfigFile;
pub use load::{Layer, Loaded, Origin, RulesFile, load_file, load_without_broken_rules};
pub use percent::Percent;
pub use places::{default_path, home_dir, runtime_dir, state_dir};
pub use reload::{Change, SecretOf, WatchError, Watched, watch};
pub use rules_file::{RulePlace, RulesFileError, write_rule};
pub use secret::Secret;
pub(crate) use secrets::IN_STATE_FOLDER;
pub use secrets::{
    Search, SecretError, SecretOrigin, SecretPlaces, refresh_token, search_sign_in, secret_in_file,
    tmdb_token, trakt_client_secret,
};
pub use settings::{
    DiscovrSettings, PathsSettings, PlaybackSettings, PlayersSettings, Settings, TmdbSettings, TraktSettings,
};
pub use shown::shown;
pub use token_file::{KeepError, TokenFile};
pub use token_store::{StoreError, StoreKind, TokenStore};

//! Digs the channels between the rooms, keeps them running and shuts them down in order.

mod backlog;
mod error;
mod expiry;
mod identification;
mod lock;
mod look;
mod main_loop;
mod run;
pub(crate) mod services;
mod signals;
mod status;
mod systemd;
#[cfg(test)]
mod time_tests;
mod tokens;
mod trakt_tokens;
mod watchers;
mod workers;

pub use error::DaemonError;
pub(crate) use identification::{JournalCache, identifier, offline_identifier};
pub(crate) use lock::while_none_runs;
pub use lock::{LockError, is_running};
pub(crate) use look::look_around;
pub use run::{Setup, run, run_until};
pub(crate) use trakt_tokens::application as trakt_application;

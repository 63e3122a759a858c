//! Digs the channels between the rooms, keeps them running and shuts them down in order.

mod backlog;
mod error;
mod identification;
mod lock;
mod main_loop;
mod run;
mod status;
mod systemd;
mod watchers;
mod workers;

pub use error::DaemonError;
pub(crate) use identification::{JournalCache, identifier, offline_identifier};
pub use lock::{LockError, is_running};
pub use run::{Setup, run, run_until};

//! Every MPRIS player on the session bus (players reference, sections 2 and 3).

mod bounded;
mod bus;
mod checkup;
mod follow;
mod heard;
#[cfg(any(test, fuzzing))]
pub(crate) mod promises;
mod quirks;
mod reading;
mod watch;

pub use checkup::{BusTrouble, session_bus};
pub use watch::{MprisSettings, watch};

//! A stand-in of Discovr: as strict as the real service, and able to fail in every way that a network can.

mod account;
mod checks;
mod history;
mod playback;
mod stand_in;
mod state;
mod time;

pub use history::Entry;
pub use stand_in::{Discovr, OTHER_PROFILE, PROFILE, REFRESH_TOKEN};
pub use time::Precision;

pub use crate::faults::Fault;
pub use crate::stand_in::Call;

//! Every MPRIS player on the session bus (players reference, sections 2 and 3).

mod bus;
mod follow;
mod heard;
mod quirks;
mod reading;
mod watch;

pub use watch::{MprisSettings, watch};

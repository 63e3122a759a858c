//! The desktop: it tells that the machine is awake again or that there is a network, and shows notifications.

mod awake;
mod clock_set;
mod notify;

pub use awake::watch;
pub use clock_set::watch_clock;
pub use notify::{NotifyError, notify};

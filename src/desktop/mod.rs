//! The desktop: it tells that the machine is awake again or that there is a network, and shows notifications.

mod awake;
mod notify;

pub use awake::watch;
pub use notify::{NotifyError, notify};

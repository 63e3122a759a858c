//! The socket between the commands and the daemon: a command that changed something nudges, and `status` asks.
//!
//! One question a connection, one line each way. Nothing depends on it: without a daemon the journal is all there is.

mod client;
mod live;
mod server;

pub use client::{ControlError, nudge, status};
pub use live::{LiveDeadline, LivePlayer, LiveService, LiveStatus, LiveViewing};
pub use server::{Asked, ListenError, Listener};

/// The socket's name in the runtime folder of its state folder.
pub const SOCKET: &str = "control.sock";
/// A command changed something in the journal. The answer is [`OK`].
const NUDGE: &str = "nudge";
/// A command asks what is going on. The answer is a [`LiveStatus`] as one line of JSON.
const STATUS: &str = "status";
/// The answer to a nudge.
const OK: &str = "ok";

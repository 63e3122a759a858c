//! What the desktop tells: that the machine is awake again, or that there is a network.

mod awake;

pub use awake::watch;

//! The playback state machine: observations and the time in, events and the next deadline out.
//!
//! Pure: no async, no clock, no I/O, no randomness. Everything it knows of the world comes in as an
//! argument, so it can be tested with a million random histories a second.

mod event;
mod ranges;

pub use event::{Event, EventKind, Progress, Viewing, ViewingId};
pub use ranges::Ranges;

//! The playback state machine: observations and the time in, events and the next deadline out.
//!
//! Pure: no async, no clock, no I/O, no randomness. Everything it knows of the world comes in as an
//! argument, so it can be tested with a million random histories a second.
//!
//! A [`Tracker`] keeps what each interface said last, decides which interface to believe about which media, and
//! drives one sitting per media that is being played. A sitting belongs to a [`Viewing`], new or recalled from
//! the journal, and gives out its [`Event`]s.

mod anchor;
mod event;
mod parts;
mod ranges;
mod settings;
mod sitting;
mod source;
mod stretch;
mod tracker;

pub use event::{Event, EventKind, Progress, Viewing, ViewingId};
pub use parts::{CompletedPart, Parts};
pub use ranges::Ranges;
pub use settings::{Filter, Kind, NotAViewing, Settings, Thresholds};
pub use tracker::{Deadline, Input, NotFollowed, Output, PlayerNow, Reason, SittingNow, Tracker};

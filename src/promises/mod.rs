//! What holds for whatever the outside world says: one function per kind of foreign input, which takes any bytes, reads
//! them as the daemon would, and panics when a promise is broken.
//!
//! This is no part of the program. The fuzz targets in `tests/fuzz/` call it with inputs of their own, and a test calls
//! it with the seeds that are kept there.

mod answers;
mod bytes;
mod observations;
mod river;
#[cfg(test)]
mod seeds;

pub use crate::config::promises::config;
pub use crate::identify::promises::{container, nfo, release_name};
pub use answers::service_answers;
pub(crate) use bytes::Bytes;
pub(crate) use observations::{holds as observation_holds, says_nothing_is_loaded};
pub use river::{mpris_metadata, mpv_lines};

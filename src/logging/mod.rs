//! The log: to standard error, without titles, paths or tokens at its default level, and never a flood.

mod limit;
mod limited;
mod start;

pub use start::{VARIABLE, start};

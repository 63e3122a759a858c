//! A video's own tags, read from its header: for players that do not tell them.

mod matroska;
mod mp4;
mod source;
mod tags;

#[cfg(any(test, fuzzing))]
pub(crate) use tags::of;
pub(crate) use tags::read;

#[cfg(test)]
mod tests;

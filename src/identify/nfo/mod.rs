//! NFO files: XML after Kodi's fashion, an address of a catalogue, or both, in whatever state they are in.

mod address;
mod content;
#[cfg(test)]
mod tests;
mod xml;

pub(crate) use content::{MAX_NFO, Nfo, NfoKind, read};

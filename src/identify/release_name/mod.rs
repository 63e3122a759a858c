//! What a release name or a path says of its content, without asking anyone.
//!
//! A path is split into its parts, and each part once into words. Every word is classed: words that no title has
//! (`1080p`, `x264`), words that may be either (`German`, `Extended`), numbers, years. Marks of a number (`S01E02`,
//! `Folge 7`, ` - 07`, a day) are looked for by their strength, and the title is what stands before the first mark.
//! Folders bind bare numbers and fill in what the file's own name leaves out. What can be read in two ways is, and
//! each reading says what it rests on.

mod bare;
mod blocks;
mod cjk;
mod combine;
mod component;
mod country;
mod dates;
mod edges;
mod end;
mod episodes;
mod extras;
mod folders;
mod junk;
mod lists;
mod nameless;
mod numbers;
mod parts;
mod path;
mod reading;
mod readings;
mod snag;
mod spelled;
mod tokens;
mod variants;
mod words;
mod years;

pub(crate) use country::country;
pub(crate) use extras::is_extra;
pub(crate) use folders::is_disc_folder;
pub use nameless::{Nameless, numbers_alone};
pub use reading::{Reading, ReadingKind};
pub use readings::read;
pub use snag::Snag;

#[cfg(test)]
mod tests;

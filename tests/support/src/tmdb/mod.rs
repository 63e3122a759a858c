//! A stand-in of TMDB: as strict as the real one about what it is asked, as loose about what it finds, and with a catalogue
//! (`tests/support/catalogue/`) that is rich in namesakes, remakes and twins.

mod append;
mod catalogue;
mod details;
mod episodes;
mod find;
mod groups;
mod items;
mod parameters;
mod refusal;
mod routes;
mod search;
mod seasons;
mod stand_in;
mod words;

pub use stand_in::{API_KEY, BEARER, Call, Fault, Tmdb};

#[cfg(test)]
mod tests;

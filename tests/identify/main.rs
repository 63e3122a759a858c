//! The identify room: what a file is taken for, against a strict stand-in of TMDB and real folders.

mod acceptance;
mod bad_input;
mod bench;
mod by_name;
mod chain;
mod held;
mod known_failures;
mod name_ids;
mod nfo;
mod player_words;
mod privacy;
mod remembering;
mod rules;
mod tmdb_in_trouble;

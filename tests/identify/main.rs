//! The identify room: what a file is taken for, against a strict stand-in of TMDB and real folders.

mod bench;
mod by_name;
mod chain;
mod name_ids;
mod nfo;
mod player_words;
mod privacy;
mod rules;
mod tmdb_in_trouble;

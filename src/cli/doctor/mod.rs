//! `doctor`: what is wrong, and what to do. One file per group of checks; each looks first and judges then, so that the
//! judging can be tested without anything being ill.

mod command;
mod daemon;
mod discovr;
mod files;
mod finding;
mod journal;
mod players;
mod reach;
mod screen;
mod settings;
mod sign_in;
mod tmdb;
mod trakt;
mod unit;
mod unit_file;

pub(crate) use command::doctor;

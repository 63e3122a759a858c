//! The command line: arguments in, text or JSON and an exit code out. One file per command.

mod args;
mod ask;
mod choices;
mod config;
mod context;
mod doctor;
mod error;
mod explained;
mod filed;
mod history;
mod identify;
mod keyring;
mod login;
mod login_trakt;
mod logout;
mod lookup;
mod matching;
mod output;
mod parts;
mod profile;
mod profiles;
mod qr;
mod queue;
mod repairs;
mod run;
mod sign_in_screen;
mod sign_in_status;
mod signing_in;
mod status;
mod teaching;
mod text;
mod titles;
mod word;

pub use run::main;

//! The command line: arguments in, text or JSON and an exit code out. One file per command.

mod args;
mod config;
mod context;
mod error;
mod history;
mod identify;
mod login;
mod logout;
mod matching;
mod output;
mod profile;
mod profiles;
mod prompt;
mod qr;
mod queue;
mod run;
mod sign_in_screen;
mod sign_in_status;
mod status;
mod text;
mod titles;

pub use run::main;

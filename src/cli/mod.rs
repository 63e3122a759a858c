//! The command line: arguments in, text or JSON and an exit code out. One file per command.

mod args;
mod config;
mod context;
mod error;
mod history;
mod identify;
mod matching;
mod output;
mod queue;
mod repairs;
mod run;
mod status;
mod text;
mod titles;

pub use run::main;

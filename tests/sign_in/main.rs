//! Signing in: the calls against a strict stand-in, the commands in a home of their own and in a terminal, and a daemon
//! that gets its token by `login`.

mod asking;
mod commands;
mod ending;
mod living;
mod scene;
mod terminal;

//! Signing in: the calls against a strict stand-in, the commands in a home of their own and in a terminal, and a daemon
//! that gets its token by `login`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

mod asking;
mod commands;
mod ending;
mod living;
mod scene;
mod terminal;
mod trakt;

//! The refresh token in a real keyring, GNOME's, on a private bus: unlocked, locked, gone and silent.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
mod keeping;
mod order;

//! The Trakt service against a strict stand-in: each way in which a call can go, and what is in the history then.

mod conflicts;
mod desk;
mod live;
mod numbers;
mod pace;
mod plays;
mod signing_in;
mod trouble;
mod undo;

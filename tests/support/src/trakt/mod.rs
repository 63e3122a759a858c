//! A stand-in of Trakt: as strict as the real service (Trakt reference), and able to fail in every way that a network can.

mod checks;
mod items;
mod plays;
mod routes;
mod running;
mod sign_ins;

pub use crate::faults::Fault;
pub use plays::Play;
pub use running::{CLIENT_ID, CLIENT_SECRET, Trakt};
pub use sign_ins::{IN_EVERY_TOKEN, Plan};

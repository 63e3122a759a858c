//! Where viewings are reported: a service turns a [`Delivery`](crate::journal::Delivery) into calls and answers with an
//! [`Outcome`]. Services know nothing of players or SQLite.

mod outcome;

pub use outcome::{Outcome, Receipt, Service, Trouble};

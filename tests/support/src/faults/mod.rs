//! The ways in which a service fails, whichever service it is: its stand-in says what it would have done and answered, and
//! a [`Fault`] says what becomes of that.

mod fault;
mod plan;

pub(crate) use fault::Effect;
pub use fault::Fault;
pub(crate) use plan::Faults;

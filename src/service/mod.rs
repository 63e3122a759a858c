//! Where viewings are reported: a service turns a [`Delivery`](crate::journal::Delivery) into calls and answers with an
//! [`Outcome`]. Services know nothing of players or SQLite.

mod api;
mod deliver;
mod device_code;
pub mod discovr;
mod end;
mod outcome;
mod plan;
#[cfg(any(test, fuzzing))]
mod promises;
mod repeat;
mod retry;
mod skew;
pub mod trakt;
mod waiting;
mod words;

pub use deliver::{Active, Outbox, Timing, deliver};
pub use device_code::{DeviceCode, Polled, Requested};
pub use end::{End, Ending};
pub use outcome::{Outcome, Receipt, Service, Trouble};
pub use plan::plan;
pub use skew::ClockSkew;
pub use waiting::{Approval, Pace, Progress, wait_for_approval};

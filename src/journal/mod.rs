//! The one truth: viewings and the outbox, in one SQLite file.
//!
//! One thread owns the connection; [`Journal`] is a handle that sends it typed commands. The daemon and each
//! command of the command line open their own; SQLite arbitrates.

mod adopt;
mod answers;
mod columns;
mod delivering;
mod error;
mod handle;
mod import;
mod listings;
mod live;
mod model;
mod open;
mod outbox;
mod positions;
mod presence;
mod repair;
mod rescue;
mod run_time;
mod salvage;
mod schema;
mod services;
mod sign_ins;
mod store;
mod turns;
mod viewings;

pub use error::JournalError;
pub use handle::Journal;
pub use import::SAME_WATCHING;
pub use model::{
    Account, Addressee, Content, Counts, Delivery, DeliveryId, DeliveryRow, DeliveryStatus, Filed, Live,
    LiveWord, NewSignIn, Next, ProfileId, Recipient, Remedy, Repair, ServiceName, ServiceState, Settlement,
    Sibling, SignIn, Telling, ViewingRow,
};

//! The one truth: viewings and the outbox, in one SQLite file.
//!
//! One thread owns the connection; [`Journal`] is a handle that sends it typed commands. The daemon and each
//! command of the command line open their own; SQLite arbitrates.

mod handle;
mod model;

pub use handle::{Journal, JournalError};
pub use model::{
    Account, Content, Delivery, DeliveryId, DeliveryRow, DeliveryStatus, Next, ProfileId, Recipient,
    ServiceName, ServiceState, Settlement, ViewingRow,
};

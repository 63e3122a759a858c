//! The journal: what it promises about viewings, deliveries and its file, as sentences and as properties.

mod answers;
mod desk;
mod opening;
mod outbox;
mod properties;
mod recipients;
mod viewings;
mod worker;

//! The journal: what it promises about viewings, deliveries and its file, as sentences and as properties.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, in a helper too")]

mod answers;
mod desk;
mod import;
mod large;
mod layouts;
mod live;
mod live_properties;
mod opening;
mod outbox;
mod parts;
mod plans;
mod properties;
mod recipients;
mod repair;
mod salvage;
mod sign_ins;
mod time;
mod viewings;
mod worker;

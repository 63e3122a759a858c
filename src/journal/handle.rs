//! The handle: typed commands to the thread that owns the connection.

use std::path::Path;

use jiff::Timestamp;

use super::{
    Account, DeliveryId, DeliveryRow, DeliveryStatus, Next, ProfileId, Recipient, ServiceName, ServiceState,
    Settlement, ViewingRow,
};
use crate::identify::Identification;
use crate::playback::{Event, Viewing, ViewingId};
use crate::player::MediaKey;

/// A handle on the journal; clones share one connection and its thread.
#[derive(Debug, Clone)]
pub struct Journal {}

/// What can go wrong with the journal.
#[derive(Debug, thiserror::Error)]
#[error("journal")]
pub struct JournalError;

#[expect(unused_variables, clippy::unused_async, reason = "skeleton")]
impl Journal {
    /// Opens `journal.db` in `state_dir` (made 0700 if missing, database 0600), migrates it, starts its thread.
    pub fn open(state_dir: &Path) -> Result<Self, JournalError> {
        todo!()
    }

    /// Marks every delivery found as `sending` as `unsure`. Only the daemon, once, at start-up.
    pub async fn recover(&self) -> Result<u64, JournalError> {
        todo!()
    }

    /// The newest viewing of this media, however long ago, or `None`.
    pub async fn recall(&self, media: MediaKey) -> Result<Option<Viewing>, JournalError> {
        todo!()
    }

    /// What an earlier viewing of this media was identified as (the user's word before anything else).
    pub async fn known_identity(&self, media: MediaKey) -> Result<Option<Identification>, JournalError> {
        todo!()
    }

    /// Keeps an event: the viewing as it is now and, if it is identified, its deliveries for `recipients`. A new
    /// viewing's recipients are fixed here. Durable for Started, Stopped and Completed, sparse for the rest.
    pub async fn record(&self, event: Event, recipients: Vec<Recipient>) -> Result<(), JournalError> {
        todo!()
    }

    /// Keeps what the chain or the user says a viewing is. A viewing that was held or unidentified and is known now gets
    /// its newest position and, if it was completed, its history entries queued, with their true times.
    pub async fn identify(
        &self,
        viewing: ViewingId,
        identification: Identification,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        todo!()
    }

    /// Viewings that are held, or were never identified (the daemon died before), newest first.
    pub async fn unidentified(&self) -> Result<Vec<ViewingRow>, JournalError> {
        todo!()
    }

    /// Viewings, newest first.
    pub async fn viewings(&self, limit: u32) -> Result<Vec<ViewingRow>, JournalError> {
        todo!()
    }

    /// Deliveries with one of these statuses (all when empty), oldest first.
    pub async fn deliveries(&self, statuses: Vec<DeliveryStatus>) -> Result<Vec<DeliveryRow>, JournalError> {
        todo!()
    }

    /// The next thing for `service` at `now`: oldest first, respecting the service's clock and each delivery's.
    /// Adopts `account` and `profile` for deliveries that were queued before one was configured, and leaves alone those
    /// of other profiles unless they are signed in... see the implementation.
    pub async fn next(
        &self,
        service: ServiceName,
        account: Account,
        profile: Option<ProfileId>,
        now: Timestamp,
    ) -> Result<Next, JournalError> {
        todo!()
    }

    /// Writes how an attempt ended, and the service's clock with it.
    pub async fn settle(
        &self,
        delivery: DeliveryId,
        settlement: Settlement,
        service: ServiceState,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        todo!()
    }

    /// How `service` is doing.
    pub async fn service_state(&self, service: ServiceName) -> Result<ServiceState, JournalError> {
        todo!()
    }

    /// Overwrites how a service is doing.
    pub async fn set_service_state(&self, state: ServiceState) -> Result<(), JournalError> {
        todo!()
    }

    /// Makes deliveries due at once: refused ones again, waiting ones now (unsure ones are asked for now). `None` is all.
    /// Also resets the clocks of the services. Returns how many changed.
    pub async fn retry(&self, delivery: Option<DeliveryId>, now: Timestamp) -> Result<u64, JournalError> {
        todo!()
    }

    /// Takes a waiting or refused delivery out of the outbox for good. `false` when there is none or it is done.
    pub async fn drop_delivery(&self, delivery: DeliveryId) -> Result<bool, JournalError> {
        todo!()
    }

    /// A cached answer that has not expired at `now`.
    pub async fn cached(&self, key: String, now: Timestamp) -> Result<Option<String>, JournalError> {
        todo!()
    }

    /// Keeps an answer until `expires_at`.
    pub async fn cache(&self, key: String, value: String, expires_at: Timestamp) -> Result<(), JournalError> {
        todo!()
    }

    /// Ends the thread after all that was asked before is on disk.
    pub async fn close(self) {
        todo!()
    }
}

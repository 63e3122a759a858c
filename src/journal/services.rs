//! How each service is doing: one row each.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{millis, millis_not_before, timestamp};
use super::store::{Durability, Failure, Store};
use super::{JournalError, ServiceName, ServiceState};

impl Store {
    pub(super) fn service_state(&mut self, service: ServiceName) -> Result<ServiceState, JournalError> {
        self.read("look up how a service is doing", |connection| {
            let state = connection
                .prepare_cached(
                    "SELECT not_before, failures, needs_user, last_error, last_success_at FROM services
                     WHERE service = ?1",
                )?
                .query_row([service], |row| {
                    let not_before: Option<i64> = row.get(0)?;
                    let last_success_at: Option<i64> = row.get(4)?;
                    Ok(ServiceState {
                        service,
                        not_before: not_before.map(timestamp),
                        failures: row.get(1)?,
                        needs_user: row.get(2)?,
                        last_error: row.get(3)?,
                        last_success_at: last_success_at.map(timestamp),
                    })
                })
                .optional()?;
            Ok(state.unwrap_or(ServiceState {
                service,
                not_before: None,
                failures: 0,
                needs_user: None,
                last_error: None,
                last_success_at: None,
            }))
        })
    }

    pub(super) fn set_service_state(&mut self, state: &ServiceState) -> Result<(), JournalError> {
        self.write("keep how a service is doing", Durability::Full, |transaction| write(transaction, state))
    }
}

/// Nothing is tried for this service before this time.
pub(super) fn not_before(connection: &Connection, service: ServiceName) -> Result<Option<i64>, Failure> {
    let at: Option<Option<i64>> = connection
        .prepare_cached("SELECT not_before FROM services WHERE service = ?1")?
        .query_row([service], |row| row.get(0))
        .optional()?;
    Ok(at.flatten())
}

/// Whether the last attempt found the service in trouble.
pub(super) fn is_in_trouble(connection: &Connection, service: ServiceName) -> Result<bool, Failure> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM services WHERE service = ?1 AND failures > 0")?
        .exists([service])?)
}

pub(super) fn write(connection: &Connection, state: &ServiceState) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO services (service, not_before, failures, needs_user, last_error, last_success_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            state.service,
            state.not_before.map(millis_not_before),
            state.failures,
            state.needs_user,
            state.last_error,
            state.last_success_at.map(millis),
        ])?;
    Ok(())
}

//! What is remembered of the sign-in to each service: one row each, and the profiles that were ever chosen. Tokens are
//! not among it.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{RecipientColumns, millis, timestamp};
use super::store::{Durability, Failure, Store};
use super::{JournalError, NewSignIn, ProfileId, ServiceName, SignIn};

impl Store {
    pub(super) fn sign_in(&mut self, service: ServiceName) -> Result<SignIn, JournalError> {
        self.read("look up the sign-in", |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT client_id, public_id, profile, profile_name, signed_in_at, expires_at, told
                     FROM sign_ins WHERE service = ?1",
                )?
                .query_row([service], |row| {
                    let profile: Option<String> = row.get(2)?;
                    let signed_in_at: Option<i64> = row.get(4)?;
                    let expires_at: Option<i64> = row.get(5)?;
                    Ok(SignIn {
                        client_id: row.get(0)?,
                        public_id: row.get(1)?,
                        profile: profile.map(ProfileId),
                        profile_name: row.get(3)?,
                        signed_in_at: signed_in_at.map(timestamp),
                        expires_at: expires_at.map(timestamp),
                        told: row.get(6)?,
                    })
                })
                .optional()?;
            Ok(found.unwrap_or_default())
        })
    }

    pub(super) fn remember_client(&mut self, service: ServiceName, id: &str) -> Result<(), JournalError> {
        self.write("remember the client id", Durability::Full, |transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO sign_ins (service, client_id) VALUES (?1, ?2)
                     ON CONFLICT (service) DO UPDATE SET client_id = excluded.client_id",
                )?
                .execute(params![service, id])?;
            Ok(())
        })
    }

    pub(super) fn keep_sign_in(&mut self, service: ServiceName, new: &NewSignIn) -> Result<(), JournalError> {
        self.write("keep the sign-in", Durability::Full, |transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO sign_ins (service, public_id, signed_in_at, expires_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (service) DO UPDATE SET public_id = excluded.public_id,
                         signed_in_at = excluded.signed_in_at, expires_at = excluded.expires_at, told = NULL",
                )?
                .execute(params![
                    service,
                    new.public_id,
                    millis(new.signed_in_at),
                    new.expires_at.map(millis)
                ])?;
            Ok(())
        })
    }

    pub(super) fn choose_profile(
        &mut self,
        service: ServiceName,
        profile: &ProfileId,
        name: &str,
    ) -> Result<(), JournalError> {
        self.write("keep the profile", Durability::Full, |transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO sign_ins (service, profile, profile_name) VALUES (?1, ?2, ?3)
                     ON CONFLICT (service) DO UPDATE SET profile = excluded.profile,
                         profile_name = excluded.profile_name",
                )?
                .execute(params![service, profile.0, name])?;
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO chosen_profiles (service, profile, name) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![service, profile.0, name])?;
            Ok(())
        })
    }

    pub(super) fn forget_sign_in(&mut self, service: ServiceName) -> Result<(), JournalError> {
        self.write("forget the sign-in", Durability::Full, |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE sign_ins SET public_id = NULL, profile = NULL, profile_name = NULL,
                         signed_in_at = NULL, expires_at = NULL, told = NULL
                     WHERE service = ?1",
                )?
                .execute([service])?;
            Ok(())
        })
    }

    pub(super) fn told_of_expiry(&mut self, service: ServiceName, stage: &str) -> Result<(), JournalError> {
        self.write("keep that the user was told", Durability::Full, |transaction| {
            transaction
                .prepare_cached("UPDATE sign_ins SET told = ?2 WHERE service = ?1")?
                .execute(params![service, stage])?;
            Ok(())
        })
    }
}

/// Whether a profile was ever chosen from those of an account, and so is a real one.
pub(super) fn was_chosen(connection: &Connection, profile: &RecipientColumns) -> Result<bool, Failure> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM chosen_profiles WHERE service = ?1 AND profile = ?2")?
        .exists(params![profile.service, profile.profile])?)
}

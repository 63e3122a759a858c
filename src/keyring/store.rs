//! Looking up, keeping and forgetting what a sign-in gave.

use std::collections::HashMap;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use secret_service::{Collection, EncryptionType, Error, Item, SecretService};
use tracing::debug;

use super::{KeyringError, SignInTo};
use crate::session_bus;

/// How long one errand may take that asks the user nothing.
const PATIENCE: Duration = Duration::from_secs(5);
/// No token is longer, in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// A keyring, and which sign-in's entry in it is meant. Each errand connects anew: between two of them lie hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyring {
    /// The bus; `None` takes the session's.
    address: Option<String>,
    sign_in: SignInTo,
}

impl Keyring {
    /// The one of this session, for the sign-in to Discovr.
    #[must_use]
    pub fn of_session() -> Self {
        Self { address: None, sign_in: SignInTo::Discovr }
    }

    /// The one on the bus at `address`, for the sign-in to Discovr.
    #[must_use]
    pub fn on(address: impl Into<String>) -> Self {
        Self { address: Some(address.into()), sign_in: SignInTo::Discovr }
    }

    /// The same keyring for another sign-in.
    #[must_use]
    pub fn with(&self, sign_in: SignInTo) -> Self {
        Self { address: self.address.clone(), sign_in }
    }

    /// The bus it is on; `None` when the environment names none.
    pub(super) fn address(&self) -> Option<String> {
        self.address.clone().or_else(session_bus::session_address)
    }

    /// The refresh token, if it is there. Never shows a prompt.
    ///
    /// # Errors
    /// [`KeyringError::Locked`] when it is there and locked, [`KeyringError::Closed`] when that cannot be told,
    /// [`KeyringError::Absent`] without a keyring, [`KeyringError::Silent`] after 5 s; others as they say.
    pub async fn token(&self) -> Result<Option<SecretString>, KeyringError> {
        self.errand(PATIENCE, async |service| {
            let found = service.search_items(self.attributes()).await?;
            if let Some(item) = found.unlocked.first() {
                return self.read(item).await.map(Some);
            }
            if !found.locked.is_empty() {
                return Err(KeyringError::Locked);
            }
            self.tell_closed(service).await?;
            Ok(None)
        })
        .await
    }

    /// Finds out whether a token could be kept now.
    ///
    /// # Errors
    /// [`KeyringError::Closed`] when it is locked; else as [`Keyring::token`], or [`KeyringError::NoCollection`].
    pub async fn prepare(&self) -> Result<(), KeyringError> {
        self.errand(PATIENCE, async |service| {
            let collection = service.get_default_collection().await?;
            if collection.is_locked().await? { Err(KeyringError::Closed(self.sign_in)) } else { Ok(()) }
        })
        .await
    }

    /// Keeps `token` in place of what was there. Never shows a prompt.
    ///
    /// # Errors
    /// As [`Keyring::prepare`].
    pub async fn keep(&self, token: &SecretString) -> Result<(), KeyringError> {
        self.errand(PATIENCE, async |service| {
            let collection = service.get_default_collection().await?;
            if collection.is_locked().await? {
                return Err(KeyringError::Closed(self.sign_in));
            }
            let secret = token.expose_secret().as_bytes();
            collection
                .create_item(self.sign_in.label(), self.attributes(), secret, true, "text/plain")
                .await?;
            Ok(())
        })
        .await
    }

    /// Deletes the token; `false` when there was none. Never shows a prompt of ours.
    ///
    /// # Errors
    /// As [`Keyring::token`].
    pub async fn forget(&self) -> Result<bool, KeyringError> {
        self.errand(PATIENCE, async |service| {
            let found = service.search_items(self.attributes()).await?;
            for item in &found.unlocked {
                item.delete().await?;
            }
            if !found.locked.is_empty() {
                return Err(KeyringError::Locked);
            }
            if found.unlocked.is_empty() {
                self.tell_closed(service).await?;
            }
            Ok(!found.unlocked.is_empty())
        })
        .await
    }

    /// Has the desktop ask the user to unlock it, for at most `patience`. Nothing is asked when it is unlocked.
    ///
    /// # Errors
    /// [`KeyringError::NotUnlocked`] when the user does not, or cannot be asked.
    pub async fn unlock(&self, patience: Duration) -> Result<(), KeyringError> {
        let unlocking = self.errand(patience, async |service| {
            for item in &service.search_items(self.attributes()).await?.locked {
                item.unlock().await?;
            }
            match service.get_default_collection().await {
                Ok(collection) => unlock(&collection).await,
                Err(Error::NoResult) => Ok(()),
                Err(error) => Err(error.into()),
            }
        });
        unlocking.await.map_err(|error| match error {
            KeyringError::Silent | KeyringError::Locked => KeyringError::NotUnlocked,
            other => other,
        })
    }

    async fn errand<T>(
        &self,
        patience: Duration,
        errand: impl AsyncFnOnce(&SecretService<'_>) -> Result<T, KeyringError>,
    ) -> Result<T, KeyringError> {
        let whole = async {
            let address = self.address().ok_or(KeyringError::Absent)?;
            let service = session(&address).await?;
            errand(&service).await
        };
        tokio::time::timeout(patience, whole).await.unwrap_or(Err(KeyringError::Silent))
    }

    /// Nothing was found: some keep even the names of what they hold to themselves while they are locked.
    async fn tell_closed(&self, service: &SecretService<'_>) -> Result<(), KeyringError> {
        match service.get_default_collection().await {
            Ok(collection) if collection.is_locked().await? => Err(KeyringError::Closed(self.sign_in)),
            Ok(_) | Err(Error::NoResult) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn read(&self, item: &Item<'_>) -> Result<SecretString, KeyringError> {
        let no_token = || KeyringError::NotAToken(self.sign_in);
        let bytes = Zeroizing::new(item.get_secret().await?);
        let text = std::str::from_utf8(&bytes).map_err(|_| no_token())?;
        if text.len() > MAX_BYTES {
            return Err(no_token());
        }
        Ok(SecretString::from(text))
    }

    fn attributes(&self) -> HashMap<&'static str, &'static str> {
        self.sign_in.attributes().into()
    }
}

/// A session in which secrets are encrypted on the bus, if the keyring can do that.
async fn session(address: &str) -> Result<SecretService<'static>, KeyringError> {
    let bus = session_bus::connect(address).await?;
    match SecretService::connect_with_existing(EncryptionType::Dh, bus.clone()).await {
        Err(error) if is_unsupported(&error) => {
            debug!("the keyring encrypts nothing on the bus, which only this user can read");
            Ok(SecretService::connect_with_existing(EncryptionType::Plain, bus).await?)
        }
        other => Ok(other?),
    }
}

fn is_unsupported(error: &Error) -> bool {
    let text = "org.freedesktop.DBus.Error.NotSupported";
    match error {
        Error::Zbus(zbus::Error::MethodError(name, ..)) => name.as_str() == text,
        Error::Zbus(zbus::Error::FDO(error)) => matches!(**error, zbus::fdo::Error::NotSupported(_)),
        Error::ZbusFdo(error) => matches!(error, zbus::fdo::Error::NotSupported(_)),
        _ => false,
    }
}

async fn unlock(collection: &Collection<'_>) -> Result<(), KeyringError> {
    if collection.is_locked().await? {
        collection.unlock().await?;
    }
    Ok(())
}

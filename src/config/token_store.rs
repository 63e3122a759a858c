//! Where a sign-in keeps its token: in the desktop's keyring or in a file.

use secrecy::SecretString;

use super::secrets::SecretPlaces;
use super::settings::Settings;
use super::token_file::{KeepError, TokenFile};
use crate::keyring::{Keyring, KeyringError, SignInTo};

/// The kinds of places that a sign-in can choose between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// The desktop's keyring.
    Keyring,
    /// A file that only this user can read.
    File,
}

/// A token cannot be kept or forgotten.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// In a file.
    #[error(transparent)]
    File(#[from] KeepError),
    /// In the keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl StoreError {
    /// Whether it can be done once the keyring is unlocked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Keyring(KeyringError::Locked | KeyringError::Closed(_)))
    }
}

/// A place for the token of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenStore {
    /// The desktop's keyring.
    Keyring(Keyring),
    /// A file.
    File(TokenFile),
}

impl TokenStore {
    /// The place of this kind for what `sign_in` gives: for a file the one that the settings name, or else the one in the
    /// state folder. `None` when there is none.
    #[must_use]
    pub fn of(
        sign_in: SignInTo,
        kind: StoreKind,
        settings: &Settings,
        places: &SecretPlaces,
    ) -> Option<Self> {
        match kind {
            StoreKind::Keyring => Some(Self::Keyring(places.keyring.as_ref()?.with(sign_in))),
            StoreKind::File => TokenFile::of(sign_in, settings, places).map(Self::File),
        }
    }

    /// Every place that `sign_in` may have kept a token in, the strongest first.
    #[must_use]
    pub fn all(sign_in: SignInTo, settings: &Settings, places: &SecretPlaces) -> Vec<Self> {
        let file = TokenFile::of(sign_in, settings, places).map(Self::File);
        let keyring = Self::of(sign_in, StoreKind::Keyring, settings, places);
        let state = TokenFile::in_state_folder(sign_in, places).map(Self::File);
        let mut all: Vec<Self> = file.into_iter().chain(keyring).chain(state).collect();
        // Without a file in the settings, the first is the last.
        if all.len() > 1 && all.first() == all.last() {
            all.remove(0);
        }
        all
    }

    /// Finds out whether a token could be kept, before anything depends on it.
    ///
    /// # Errors
    /// When it could not be.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        match self {
            Self::Keyring(keyring) => Ok(keyring.prepare().await?),
            Self::File(file) => Ok(file.prepare()?),
        }
    }

    /// The token that is kept here, if there is one that can be read.
    pub async fn token(&self) -> Option<SecretString> {
        match self {
            Self::Keyring(keyring) => keyring.token().await.ok().flatten(),
            Self::File(file) => file.token(),
        }
    }

    /// Keeps `token` in place of what was there.
    ///
    /// # Errors
    /// When it cannot be kept. Then what was there is still there.
    pub async fn keep(&self, token: &SecretString) -> Result<(), StoreError> {
        match self {
            Self::Keyring(keyring) => Ok(keyring.keep(token).await?),
            Self::File(file) => Ok(file.keep(token)?),
        }
    }

    /// Forgets the token; `false` when there was none.
    ///
    /// # Errors
    /// When it cannot be forgotten.
    pub async fn forget(&self) -> Result<bool, StoreError> {
        match self {
            Self::Keyring(keyring) => match keyring.forget().await {
                Err(KeyringError::Absent) => Ok(false),
                other => Ok(other?),
            },
            Self::File(file) => Ok(file.forget()?),
        }
    }
}

//! Where a sign-in keeps its token, and a keyring that the user must unlock first.

use std::time::Duration;

use secrecy::SecretString;

use super::args::Store;
use super::ask::can_ask;
use super::error::{CliError, Exit};
use super::output::Output;
use crate::config::{SecretPlaces, Settings, StoreKind, TokenStore};
use crate::keyring::{Keyring, SignInTo};

/// How long the user may take to unlock the keyring.
const PATIENCE: Duration = Duration::from_secs(120);

/// The place for what `sign_in` gives: as `wanted`, or as well as this desktop allows. It is ready to take one.
pub(crate) async fn chosen_store(
    sign_in: SignInTo,
    wanted: Option<Store>,
    settings: &Settings,
    places: &SecretPlaces,
    output: &mut Output,
) -> Result<TokenStore, CliError> {
    let names_a_file = match sign_in {
        SignInTo::Discovr => settings.discovr.refresh_token_file.is_some(),
        SignInTo::Trakt => false,
    };
    match wanted {
        Some(Store::Keyring) if names_a_file => {
            return Err(CliError::new(
                Exit::Usage,
                "discovr.refresh_token_file in the configuration names a file, which goes over the keyring",
            )
            .hint("take it out there, or choose --store file"));
        }
        Some(Store::Keyring) => {
            let keyring = places.keyring.as_ref().map(|keyring| keyring.with(sign_in)).ok_or_else(|| {
                CliError::new(
                    Exit::Usage,
                    "the keyring goes with the usual state folder, not with --state-dir",
                )
                .hint("choose --store file")
            })?;
            let ready = ready(&keyring, output).await;
            ready.map_err(|error| error.hint("or choose --store file"))?;
            return Ok(TokenStore::Keyring(keyring));
        }
        None if !names_a_file => {
            if let Some(keyring) = places.keyring.as_ref().map(|keyring| keyring.with(sign_in)) {
                match ready(&keyring, output).await {
                    Ok(()) => return Ok(TokenStore::Keyring(keyring)),
                    Err(error) => tracing::debug!(?error, "the token is kept in a file"),
                }
            }
        }
        None | Some(Store::File) => {}
    }
    let store = TokenStore::of(sign_in, StoreKind::File, settings, places).ok_or_else(|| {
        CliError::new(Exit::Usage, "there is no folder to keep the token in")
            .hint("name one with --state-dir DIR")
    })?;
    store.prepare().await?;
    Ok(store)
}

/// Forgets what earlier sign-ins to the same service left in other places than `store`, and gives them. What is in the way of the new one
/// and cannot be forgotten is found when the new one is looked for.
pub(crate) async fn others_forgotten(
    sign_in: SignInTo,
    store: &TokenStore,
    settings: &Settings,
    places: &SecretPlaces,
    output: &mut Output,
) -> Result<Vec<SecretString>, CliError> {
    let mut forgotten = Vec::new();
    for other in TokenStore::all(sign_in, settings, places).into_iter().filter(|other| other != store) {
        let mut token = other.token().await;
        let mut gone = other.forget().await;
        if let (TokenStore::Keyring(keyring), Err(error)) = (&other, &gone)
            && error.is_locked()
            && unlocked(keyring, output).await?
        {
            token = other.token().await;
            gone = other.forget().await;
        }
        tracing::debug!(?gone, "an earlier token is forgotten");
        forgotten.extend(token);
    }
    Ok(forgotten)
}

/// Has the user unlock the keyring, if there is somebody at a terminal. Says whether it is unlocked then.
pub(crate) async fn unlocked(keyring: &Keyring, output: &mut Output) -> Result<bool, CliError> {
    if !can_ask() {
        return Ok(false);
    }
    output.print("Your keyring is locked: unlock it in the window that opens now.\n")?;
    let unlocking = keyring.unlock(PATIENCE).await;
    tracing::debug!(?unlocking, "the keyring was to be unlocked");
    Ok(unlocking.is_ok())
}

async fn ready(keyring: &Keyring, output: &mut Output) -> Result<(), CliError> {
    let store = TokenStore::Keyring(keyring.clone());
    match store.prepare().await {
        Err(error) if error.is_locked() => {
            if !unlocked(keyring, output).await? {
                return Err(CliError::new(Exit::Failed, "the keyring is locked").hint("unlock it"));
            }
            Ok(store.prepare().await?)
        }
        other => Ok(other?),
    }
}

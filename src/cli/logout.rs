//! `logout`: revokes the token, forgets it and the sign-in, and keeps what waits.

use super::context::Context;
use super::error::{CliError, Exit};
use super::keyring::unlocked;
use super::login::{is_same, revoke};
use super::output::Output;
use super::text::day;
use crate::config::{self, SecretError, SecretOrigin, StoreError, TokenStore};
use crate::journal::JournalError;
use crate::keyring::{KeyringError, SignInTo};
use crate::service::discovr::{DISCOVR, NoAccess};

pub(crate) async fn logout(context: &Context, output: &mut Output) -> Result<Exit, CliError> {
    let settings = context.settings()?.settings;
    let places = context.secret_places();
    let journal = match context.open_journal() {
        Ok(journal) => Some(journal),
        // Nothing was ever remembered.
        Err(JournalError::Missing { .. } | JournalError::Older { .. }) => None,
        Err(other) => return Err(other.into()),
    };
    let mut found = config::refresh_token(&settings, &places).await;
    if let (Err(SecretError::Keyring(KeyringError::Locked | KeyringError::Closed(_))), Some(keyring)) =
        (&found, &places.keyring)
        && unlocked(keyring, output).await?
    {
        found = config::refresh_token(&settings, &places).await;
    }
    let revoked = match &found {
        Ok(Some((token, _))) => Some(context.discovr(&settings).revoke(token).await),
        Ok(None) | Err(_) => None,
    };
    let mut forgotten = false;
    let mut left = None;
    let mut others = Vec::new();
    for store in TokenStore::all(SignInTo::Discovr, &settings, &places) {
        others.extend(store.token().await);
        match store.forget().await {
            Ok(was_there) => forgotten |= was_there,
            Err(StoreError::Keyring(error)) => left = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    if let (Ok(Some((token, _))), Some(Ok(()) | Err(NoAccess::SignedOut))) = (&found, &revoked) {
        // What the first one goes over is a sign-in as well.
        for other in others.iter().filter(|other| !is_same(other, token)) {
            revoke(&mut context.discovr(&settings), other).await;
        }
    }
    let mut expires_at = None;
    let mut was_signed_in = false;
    let mut waiting = 0;
    if let Some(journal) = journal {
        let sign_in = journal.sign_in(DISCOVR).await?;
        expires_at = sign_in.expires_at;
        was_signed_in = sign_in.signed_in_at.is_some();
        journal.forget_sign_in(DISCOVR).await?;
        waiting = journal.counts().await?.waiting();
    }
    context.nudge().await;
    // Only a keyring that says so has the token for certain; any other matters when it is the only place left.
    let is_found = forgotten || revoked.is_some();
    let left = left.filter(|error| *error == KeyringError::Locked || (was_signed_in && !is_found));
    let mut text = match (&revoked, forgotten) {
        (None, false) if left.is_some() => "The sign-in is forgotten, but not its token.\n".to_owned(),
        (None, false) => "You were not signed in.\n".to_owned(),
        (None, true) => "Signed out: the token is forgotten.\n".to_owned(),
        (Some(Ok(())), _) => "Signed out: the token is revoked and forgotten.\n".to_owned(),
        (Some(Err(NoAccess::SignedOut)), _) => {
            "Signed out: the token was not good any more, and is forgotten.\n".to_owned()
        }
        (Some(Err(NoAccess::Refused(why) | NoAccess::Unclear(why))), _) => {
            let until =
                expires_at.map_or_else(|| "within 90 days".to_owned(), |at| format!("on {}", day(at)));
            format!(
                "Signed out here: the token is forgotten. Discovr could not be told ({why}), so there it ends by itself {until}.\n"
            )
        }
    };
    if let Ok(Some((_, SecretOrigin::Credential(_) | SecretOrigin::Settings(_)))) = &found {
        text.push_str("It was given by the environment or by systemd: take it out there, too.\n");
    }
    if waiting > 0 {
        text.push_str("What waits to be sent is kept, and sent after the next `discovr-scrobbler login`.\n");
    }
    output.print(&text)?;
    match left {
        Some(error) => {
            Err(CliError::new(Exit::Failed, format!("the keyring may still hold the token: {error}"))
                .hint("then run `discovr-scrobbler logout` again"))
        }
        None => Ok(Exit::Done),
    }
}

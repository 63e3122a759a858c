//! `logout`: revokes the token, forgets it and the sign-in, and keeps what waits.

use super::context::Context;
use super::error::{CliError, Exit};
use super::output::Output;
use super::text::day;
use crate::config::{self, SecretOrigin, TokenFile};
use crate::journal::{DeliveryStatus, JournalError};
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
    let found = config::refresh_token(&settings, &places);
    let revoked = match &found {
        Ok(Some((token, _))) => Some(context.discovr(&settings).revoke(token).await),
        Ok(None) | Err(_) => None,
    };
    let forgotten = match TokenFile::for_refresh_token(&settings, &places) {
        Some(file) => file.forget()?,
        None => false,
    };
    let mut expires_at = None;
    let mut waiting = 0;
    if let Some(journal) = journal {
        expires_at = journal.sign_in(DISCOVR).await?.expires_at;
        journal.forget_sign_in(DISCOVR).await?;
        waiting = journal.deliveries(DeliveryStatus::WAITING.to_vec()).await?.len();
    }
    context.nudge().await;
    let mut text = match (&revoked, forgotten) {
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
    Ok(Exit::Done)
}

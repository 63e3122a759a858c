//! `logout`: revokes what a sign-in gave, forgets it and the sign-in, and keeps what waits.

use secrecy::SecretString;

use super::context::Context;
use super::error::{CliError, Exit};
use super::keyring::unlocked;
use super::login;
use super::output::Output;
use super::signing_in::is_same;
use super::text::{day, line};
use crate::clock::Clock;
use crate::config::{self, SecretError, SecretOrigin, StoreError, TokenStore};
use crate::daemon::trakt_application;
use crate::journal::{Journal, JournalError, ServiceName, SignIn};
use crate::keyring::{KeyringError, SignInTo};
use crate::service::discovr::{DISCOVR, NoAccess};
use crate::service::trakt::{OAuth, TRAKT, Tokens};

/// What came of telling the service.
enum Told {
    /// It has ended the sign-in.
    Ended,
    /// It knew nothing of it any more.
    NotGood,
    /// It could not be told, or did not do it.
    Not(String),
}

/// What is special about leaving one service.
struct Leaving<'a> {
    sign_in: SignInTo,
    service: ServiceName,
    /// What becomes of a sign-in that the service was not told of.
    left_there: &'a dyn Fn(&SignIn) -> String,
    /// What stays here.
    stays: &'a str,
}

/// Signs out of Discovr.
pub(crate) async fn logout(context: &Context, output: &mut Output) -> Result<Exit, CliError> {
    let settings = context.settings()?.settings;
    let leaving = Leaving {
        sign_in: SignInTo::Discovr,
        service: DISCOVR,
        left_there: &|sign_in| {
            let until = sign_in
                .expires_at
                .map_or_else(|| "within 90 days".to_owned(), |at| format!("on {}", day(at)));
            format!("so there it ends by itself {until}")
        },
        stays: "",
    };
    let revoke = async |token: &SecretString| match context.discovr(&settings).revoke(token).await {
        Ok(()) => Told::Ended,
        Err(NoAccess::SignedOut) => Told::NotGood,
        Err(NoAccess::Refused(why) | NoAccess::Unclear(why)) => Told::Not(why),
    };
    let farewell = async |token: &SecretString| login::revoke(&mut context.discovr(&settings), token).await;
    leave(&leaving, context, output, revoke, farewell).await
}

/// Signs out of Trakt.
pub(crate) async fn logout_trakt(context: &Context, output: &mut Output) -> Result<Exit, CliError> {
    let settings = context.settings()?.settings;
    let leaving = Leaving {
        sign_in: SignInTo::Trakt,
        service: TRAKT,
        left_there: &|_| "so there it may stay good: end it in your settings at Trakt".to_owned(),
        stays: "Your application's id and secret are kept for the next `discovr-scrobbler login trakt`.\n",
    };
    let application = match journal(context)? {
        None => Err("your application is not known here".to_owned()),
        Some(journal) => trakt_application(&settings, &context.secret_places(), &journal).await,
    };
    let revoke = async |text: &SecretString| {
        let application = match &application {
            Ok(application) => application.clone(),
            Err(why) => return Told::Not(why.clone()),
        };
        let Some(tokens) = Tokens::from_text(text) else {
            return Told::Not("what was kept cannot be read".to_owned());
        };
        let mut oauth = OAuth::new(settings.trakt.auth_url.clone(), application, Clock::system());
        oauth.revoke(&tokens).await.map_or_else(Told::Not, |()| Told::Ended)
    };
    let farewell = async |text: &SecretString| drop(revoke(text).await);
    leave(&leaving, context, output, &revoke, farewell).await
}

/// The journal; nothing when nothing was ever remembered.
fn journal(context: &Context) -> Result<Option<Journal>, CliError> {
    match context.open_journal() {
        Ok(journal) => Ok(Some(journal)),
        Err(JournalError::Missing { .. } | JournalError::Older { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

async fn leave(
    leaving: &Leaving<'_>,
    context: &Context,
    output: &mut Output,
    revoke: impl AsyncFn(&SecretString) -> Told,
    farewell: impl AsyncFn(&SecretString),
) -> Result<Exit, CliError> {
    let Leaving { sign_in, service, left_there, stays } = *leaving;
    let settings = context.settings()?.settings;
    let places = context.secret_places();
    let journal = journal(context)?;
    let mut found = config::search_sign_in(sign_in, &settings, &places).await.found;
    if let (Err(SecretError::Keyring(KeyringError::Locked | KeyringError::Closed(_))), Some(keyring)) =
        (&found, &places.keyring)
        && unlocked(&keyring.with(sign_in), output).await?
    {
        found = config::search_sign_in(sign_in, &settings, &places).await.found;
    }
    let told = match &found {
        Ok(Some((token, _))) => Some(revoke(token).await),
        Ok(None) | Err(_) => None,
    };
    let mut forgotten = false;
    let mut left = None;
    let mut others = Vec::new();
    for store in TokenStore::all(sign_in, &settings, &places) {
        others.extend(store.token().await);
        match store.forget().await {
            Ok(was_there) => forgotten |= was_there,
            Err(StoreError::Keyring(error)) => left = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    if let (Ok(Some((token, _))), Some(Told::Ended | Told::NotGood)) = (&found, &told) {
        // What the first one goes over is a sign-in as well.
        for other in others.iter().filter(|other| !is_same(other, token)) {
            farewell(other).await;
        }
    }
    let mut remembered = SignIn::default();
    let mut waiting = 0;
    if let Some(journal) = journal {
        remembered = journal.sign_in(service).await?;
        journal.forget_sign_in(service).await?;
        waiting = journal.counts().await?.waiting();
    }
    context.nudge().await;
    // Only a keyring that says so has the token for certain; any other matters when it is the only place left.
    let is_found = forgotten || told.is_some();
    let was_signed_in = remembered.signed_in_at.is_some();
    let left = left.filter(|error| *error == KeyringError::Locked || (was_signed_in && !is_found));
    let mut text = match (&told, forgotten) {
        (None, false) if left.is_some() => "The sign-in is forgotten, but not its token.\n".to_owned(),
        (None, false) => "You were not signed in.\n".to_owned(),
        (None, true) => "Signed out: the token is forgotten.\n".to_owned(),
        (Some(Told::Ended), _) => "Signed out: the token is revoked and forgotten.\n".to_owned(),
        (Some(Told::NotGood), _) => {
            "Signed out: the token was not good any more, and is forgotten.\n".to_owned()
        }
        (Some(Told::Not(why)), _) => format!(
            "Signed out here: the token is forgotten. {} could not be told ({}), {}.\n",
            sign_in.name(),
            line(why),
            left_there(&remembered)
        ),
    };
    if let Ok(Some((_, SecretOrigin::Credential(_) | SecretOrigin::Settings(_)))) = &found {
        text.push_str("It was given by the environment or by systemd: take it out there, too.\n");
    }
    if waiting > 0 {
        text.push_str(&format!(
            "What waits to be sent is kept, and sent after the next `{}`.\n",
            sign_in.login()
        ));
    }
    if is_found {
        text.push_str(stays);
    }
    output.print(&text)?;
    match left {
        Some(error) => {
            Err(CliError::new(Exit::Failed, format!("the keyring may still hold the token: {error}"))
                .hint(format!("then run `{}` again", sign_in.logout())))
        }
        None => Ok(Exit::Done),
    }
}

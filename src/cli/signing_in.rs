//! What signing in with a code is like, whichever the service: what can interrupt it, how a code comes to be approved, where
//! what it gave is kept, and the last words.

use std::cell::Cell;

use secrecy::{ExposeSecret, SecretString};

use super::ask::{ask_interruptibly, can_ask, wants};
use super::context::Context;
use super::error::{CliError, Exit, START_HINT};
use super::output::Output;
use super::sign_in_screen;
use super::text::line;
use crate::config::{self, SecretPlaces, Settings, StoreError, StoreKind, TokenStore};
use crate::keyring::SignInTo;
use crate::service::{Approval, DeviceCode, Polled, Requested};

/// The longest client id, in characters.
const MAX_CLIENT_ID: usize = 200;

/// How far a sign-in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The code is not approved.
    Before,
    /// There is a token, and it is not kept yet.
    Keeping,
    /// It is kept.
    Kept,
}

/// Signs in, unless the user interrupts it; then there is nothing.
pub(crate) async fn unless_interrupted<T>(
    stage: &Cell<Stage>,
    signing_in: impl Future<Output = T>,
) -> Option<T> {
    let mut signing_in = std::pin::pin!(signing_in);
    loop {
        tokio::select! {
            // Listened to before anything is done.
            biased;
            // A token is given only once: nothing interrupts its keeping, which takes seconds at most.
            _ = tokio::signal::ctrl_c() => if stage.get() != Stage::Keeping { return None },
            ended = &mut signing_in => return Some(ended),
        }
    }
}

/// What a service must know and say while a code is approved.
pub(crate) trait ByCode {
    /// What an approved code gives.
    type Grant;

    /// Which service it is.
    const SIGN_IN: SignInTo;

    async fn request(&mut self) -> Requested;

    async fn poll(&mut self, code: &DeviceCode) -> Polled<Self::Grant>;

    /// The application is not one that gets a code.
    fn refused(&self, why: &str) -> CliError;

    /// It got one, and so is one that can be remembered.
    async fn is_accepted(&mut self) -> Result<(), CliError>;
}

/// Has a code approved, starting again as often as the user likes.
pub(crate) async fn approved<S: ByCode>(
    service: &mut S,
    with_qr: bool,
    output: &mut Output,
) -> Result<S::Grant, CliError> {
    loop {
        let code = match service.request().await {
            Requested::Code(code) => code,
            Requested::Refused { why } => return Err(service.refused(&why)),
            Requested::Later { why } => {
                let no_code = format!("there is no code now: {why}");
                if can_ask() {
                    output.print(&format!("{}.\n", line(&no_code)))?;
                    if wants(output, "Try again?").await? {
                        continue;
                    }
                }
                return Err(CliError::new(Exit::Failed, no_code).hint("try again later"));
            }
        };
        service.is_accepted().await?;
        sign_in_screen::show_code(output, S::SIGN_IN, &code, with_qr)?;
        let over = match sign_in_screen::wait(output, service, &code).await {
            Approval::Given(grant) => return Ok(grant),
            Approval::Over { why } => why,
            Approval::TimedOut => "nobody approved the code in time",
        };
        if can_ask() {
            output.print(&format!("{over}.\n"))?;
            if wants(output, "Start again with a new code?").await? {
                continue;
            }
        }
        let again = format!("`{}` starts again", S::SIGN_IN.login());
        return Err(CliError::new(Exit::SignInNeeded, over).hint(again));
    }
}

/// Asks for the id that this program is registered under; `None` when there is no good answer.
pub(crate) async fn ask_for_client_id(output: &mut Output, first: &str) -> Result<Option<String>, CliError> {
    if !can_ask() {
        return Ok(None);
    }
    output.print(first)?;
    let given = ask_interruptibly(output, "Client id: ").await?.unwrap_or_default();
    let is_one =
        !given.is_empty() && given.chars().count() <= MAX_CLIENT_ID && !given.chars().any(char::is_control);
    Ok(is_one.then_some(given))
}

/// Keeps `token` in `store` and says where it is then. The keyring may have been locked while the code was approved: whoever
/// `is_free` in the choice of the place takes a file.
pub(crate) async fn keep(
    sign_in: SignInTo,
    store: TokenStore,
    token: &SecretString,
    is_free: bool,
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<TokenStore, StoreError> {
    let Err(error) = store.keep(token).await else { return Ok(store) };
    match TokenStore::of(sign_in, StoreKind::File, settings, places) {
        Some(file) if is_free && matches!(store, TokenStore::Keyring(_)) => {
            tracing::debug!(%error, "the token is kept in a file");
            file.keep(token).await?;
            Ok(file)
        }
        _ => Err(error),
    }
}

pub(crate) fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// Says where `token` is, or why it is not in force.
pub(crate) async fn where_it_is(
    sign_in: SignInTo,
    token: &SecretString,
    settings: &Settings,
    places: &SecretPlaces,
) -> String {
    match config::search_sign_in(sign_in, settings, places).await.found {
        Ok(Some((found, origin))) if is_same(&found, token) => {
            format!("The token is kept in {}.\n", line(&origin.to_string()))
        }
        Ok(Some((_, origin))) => format!(
            "But another token goes over this one: {}. Take it out, or it stays in force.\n",
            line(&origin.to_string())
        ),
        Ok(None) => String::new(),
        Err(error) => format!("But it cannot be used yet: {}.\n", line(&error.to_string())),
    }
}

/// Says what the daemon makes of the new sign-in; `is_off` is why nothing is sent there.
pub(crate) async fn what_follows(context: &Context, is_off: Option<&str>) -> String {
    match is_off {
        Some(why) => format!("Nothing is sent yet: {why}.\n"),
        None if context.nudge().await => "The daemon knows it already: what waited is sent now.\n".to_owned(),
        None => format!("The daemon is not running: {START_HINT}.\n"),
    }
}

//! `login trakt`: a code is approved, and the application and the pair of tokens are kept.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use super::args::TraktLoginArguments;
use super::ask::{ask_interruptibly, can_ask};
use super::context::Context;
use super::error::{CliError, Exit};
use super::keyring::{chosen_store, others_forgotten};
use super::output::Output;
use super::signing_in::{
    ByCode, Stage, approved, ask_for_client_id, is_same, keep, unless_interrupted, what_follows, where_it_is,
};
use crate::clock::Clock;
use crate::config::{self, SecretOrigin, SecretPlaces, Settings, TokenFile};
use crate::journal::{Journal, NewSignIn};
use crate::keyring::SignInTo;
use crate::service::trakt::{Application, OAuth, TRAKT, Tokens};
use crate::service::{DeviceCode, Polled, Requested};

/// How long the end of a sign-in that is not needed may take.
const FAREWELL: Duration = Duration::from_secs(5);
/// What names the file with the application's secret on the command line.
const SECRET_FILE: &str = "--client-secret-file";
/// What an application needs.
const NEEDS: &str = "an application at Trakt needs an active VIP membership of the one who made it, and one that has none is \
                     not accepted: `discovr-scrobbler login trakt --help` says more";

pub(crate) async fn login(
    context: &Context,
    arguments: &TraktLoginArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let stage = Cell::new(Stage::Before);
    let ended = unless_interrupted(&stage, sign_in(context, arguments, output, &stage)).await;
    ended.unwrap_or_else(|| {
        output.progress_done();
        Err(CliError::new(
            Exit::Failed,
            if stage.get() == Stage::Kept {
                "stopped. You are signed in to Trakt"
            } else {
                "stopped: nothing has changed"
            },
        ))
    })
}

async fn sign_in(
    context: &Context,
    arguments: &TraktLoginArguments,
    output: &mut Output,
    stage: &Cell<Stage>,
) -> Result<Exit, CliError> {
    let settings = context.settings()?.settings;
    let places = context.secret_places();
    // What would fail at the end fails now, before the user has done anything.
    let store = chosen_store(SignInTo::Trakt, arguments.store, &settings, &places, output).await?;
    let journal = context.journal_to_keep()?;
    let remembered = journal.sign_in(TRAKT).await?.client_id;
    let client_id = client_id(&settings, arguments, remembered.as_ref(), output).await?;
    let is_new = remembered.as_ref() != Some(&client_id);
    let secret = Secret::wanted(&settings, &places, arguments, output).await?;
    let application = Application { client_id, client_secret: secret.text.clone() };
    let oauth = || OAuth::new(settings.trakt.auth_url.clone(), application.clone(), Clock::system());

    // Asked for now: between the approval and the keeping nothing else is done.
    let earlier = store.token().await;

    let client_id = application.client_id.clone();
    let mut code = Code { oauth: oauth(), journal: &journal, client_id, is_new };
    let tokens = approved(&mut code, !arguments.no_qr, output).await?;
    stage.set(Stage::Keeping);
    let text = tokens.to_text();
    let kept = async {
        // Without it the tokens are of no use, so it goes first.
        secret.keep()?;
        let is_free = arguments.store.is_none();
        Ok(keep(SignInTo::Trakt, store, &text, is_free, &settings, &places).await?)
    };
    let store = match kept.await {
        Ok(store) => store,
        Err(error) => {
            stage.set(Stage::Before);
            // Tokens that nobody has are not left behind at the service.
            revoke(&mut oauth(), &tokens).await;
            return Err(error);
        }
    };
    stage.set(Stage::Kept);
    let new = NewSignIn { public_id: None, signed_in_at: Clock::system().now().wall, expires_at: None };
    journal.keep_sign_in(TRAKT, new).await.map_err(|error| {
        CliError::from(error).hint("you are signed in all the same; `login trakt` again once this is mended")
    })?;
    context.nudge().await;
    let others = others_forgotten(SignInTo::Trakt, &store, &settings, &places, output).await?;
    for earlier in earlier.into_iter().chain(others) {
        if let Some(earlier) = Tokens::from_text(&earlier).filter(|earlier| !earlier.is_same_sign_in(&tokens))
        {
            revoke(&mut oauth(), &earlier).await;
        }
    }
    let mut words = "Approved.\nSigned in to Trakt.\n".to_owned();
    words.push_str(&where_it_is(SignInTo::Trakt, &text, &settings, &places).await);
    let file = context
        .config_file()
        .map_or_else(|| "the configuration".to_owned(), |file| file.display().to_string());
    let is_off = format!("trakt.enabled is false. Set `enabled = true` in [trakt] of {file}");
    words.push_str(&what_follows(context, (!settings.trakt.enabled).then_some(is_off.as_str())).await);
    output.print(&words)?;
    Ok(Exit::Done)
}

/// Ends a sign-in that is not needed any more. It ends by itself if this does not work.
async fn revoke(oauth: &mut OAuth, tokens: &Tokens) {
    let revoked = tokio::time::timeout(FAREWELL, oauth.revoke(tokens)).await;
    tracing::debug!(?revoked, "a sign-in is ended");
}

/// Trakt, as it has a code approved.
struct Code<'a> {
    oauth: OAuth,
    journal: &'a Journal,
    client_id: String,
    /// Whether the client id is not the one that is remembered.
    is_new: bool,
}

impl ByCode for Code<'_> {
    type Grant = Tokens;

    const SIGN_IN: SignInTo = SignInTo::Trakt;

    async fn request(&mut self) -> Requested {
        self.oauth.request().await
    }

    async fn poll(&mut self, code: &DeviceCode) -> Polled<Tokens> {
        self.oauth.poll(code).await
    }

    fn refused(&self, why: &str) -> CliError {
        CliError::new(
            Exit::Failed,
            format!("Trakt gives no code to the client id {:?}: {why}", self.client_id),
        )
        .hint("check it at https://trakt.tv/oauth/applications, and give it with --client-id ID")
        .hint(NEEDS)
    }

    async fn is_accepted(&mut self) -> Result<(), CliError> {
        if std::mem::take(&mut self.is_new) {
            self.journal.remember_client(TRAKT, self.client_id.clone()).await?;
        }
        Ok(())
    }
}

async fn client_id(
    settings: &Settings,
    arguments: &TraktLoginArguments,
    remembered: Option<&String>,
    output: &mut Output,
) -> Result<String, CliError> {
    if let (Some(given), Some(set)) = (&arguments.client_id, &settings.trakt.client_id)
        && given != set
    {
        // The daemon would use these tokens for another application than they were given to.
        return Err(CliError::new(Exit::Usage, "trakt.client_id in the configuration goes over --client-id")
            .hint("take it out there, or leave the option out"));
    }
    let known = [arguments.client_id.as_ref(), settings.trakt.client_id.as_ref(), remembered];
    if let Some(id) = known.into_iter().flatten().next() {
        return Ok(id.clone());
    }
    let asked = ask_for_client_id(
        output,
        "Trakt wants an application of your own, which you make at https://trakt.tv/oauth/applications (this needs a VIP \
         membership).\nIt has a client id and a client secret, which are asked for once.\n",
    );
    asked.await?.ok_or_else(|| {
        CliError::new(Exit::Usage, "the client id is not known: the id of your application at Trakt")
            .hint("make one at https://trakt.tv/oauth/applications, and give its id with --client-id ID, or as trakt.client_id in the configuration")
            .hint(NEEDS)
    })
}

/// The application's secret, and where it is to be kept.
struct Secret {
    text: SecretString,
    /// Nowhere when it is where the daemon finds it.
    file: Option<TokenFile>,
}

impl Secret {
    /// The one that the user names, or has put where it is looked for.
    async fn wanted(
        settings: &Settings,
        places: &SecretPlaces,
        arguments: &TraktLoginArguments,
        output: &mut Output,
    ) -> Result<Self, CliError> {
        let found = config::trakt_client_secret(settings, places);
        let named = match (&arguments.client_secret_file, &found) {
            (Some(path), _) => path.clone(),
            (None, Ok(None)) => ask_for_file(output, places.home.as_deref()).await?,
            (None, _) => {
                let (text, _) = found?.ok_or_else(missing)?;
                return Ok(Self { text, file: None });
            }
        };
        if !named.exists() && named.components().count() < 2 {
            // It may well be the secret itself, and is not repeated.
            return Err(CliError::new(Exit::Usage, "there is no such file for the client secret").hint(
                "the secret itself is not taken: put it into a file that only you can read, and name that",
            ));
        }
        let text = config::secret_in_file(&named, SECRET_FILE)?;
        match found {
            Ok(Some((other, origin))) if !matches!(origin, SecretOrigin::StateFile(_)) => {
                if is_same(&text, &other) {
                    return Ok(Self { text, file: None });
                }
                Err(CliError::new(Exit::Usage, format!("{origin} goes over {SECRET_FILE}"))
                    .hint("take it out there, or leave the option out"))
            }
            Ok(_) | Err(_) => {
                let file = TokenFile::for_trakt_client_secret(places).ok_or_else(|| {
                    CliError::new(Exit::Usage, "there is no folder to keep the secret in")
                        .hint("name one with --state-dir DIR")
                })?;
                file.prepare()?;
                Ok(Self { text, file: Some(file) })
            }
        }
    }

    /// Keeps it where the daemon finds it.
    fn keep(&self) -> Result<(), CliError> {
        if let Some(file) = &self.file {
            file.keep(&self.text)?;
        }
        Ok(())
    }
}

async fn ask_for_file(output: &mut Output, home: Option<&Path>) -> Result<PathBuf, CliError> {
    if !can_ask() {
        return Err(missing());
    }
    output.print(
        "The application's secret is read from a file that only you can read, so that nobody sees it here.\n",
    )?;
    let given = ask_interruptibly(output, "The file with the client secret: ").await?;
    let given = given.filter(|given| !given.is_empty()).ok_or_else(missing)?;
    Ok(match (given.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(given),
    })
}

fn missing() -> CliError {
    CliError::new(Exit::Usage, "the client secret is not known: the secret of your application at Trakt")
        .hint(
            "put it into a file that only you can read, and give that with --client-secret-file FILE, or as \
         trakt.client_secret_file in the configuration",
        )
}

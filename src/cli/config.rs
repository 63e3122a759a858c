//! `config`: is it right, what is in force, where is it?

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::args::ConfigCommand;
use super::context::Context;
use super::error::{CliError, Exit};
use super::output::Output;
use super::text::line;
use crate::config::{self, Loaded, Origin, SecretError, SecretOrigin};
use crate::journal::{JournalError, ServiceName, SignIn};
use crate::keyring::SignInTo;
use crate::service::discovr::DISCOVR;
use crate::service::trakt::{TRAKT, Tokens};

pub(crate) async fn config(
    context: &Context,
    command: &ConfigCommand,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match command {
        ConfigCommand::Check => check(context, output).await,
        ConfigCommand::Show { json: true } => {
            output.json(&context.settings()?.settings, false)?;
            Ok(Exit::Done)
        }
        ConfigCommand::Show { json: false } => {
            output.print(&config::shown(&context.settings()?))?;
            Ok(Exit::Done)
        }
        ConfigCommand::Path { rules } => match place_of(context, *rules) {
            Some(path) => {
                output.print(&format!("{}\n", path.display()))?;
                Ok(Exit::Done)
            }
            None => Err(CliError::new(Exit::Usage, "there is no home folder to keep the configuration in")
                .hint("set HOME, or name a file with --config FILE")),
        },
    }
}

fn place_of(context: &Context, rules: bool) -> Option<PathBuf> {
    if rules { context.rules_file() } else { context.config_file().map(Path::to_owned) }
}

async fn check(context: &Context, output: &mut Output) -> Result<Exit, CliError> {
    let loaded = context.settings()?;
    let mut report = Report { text: String::new(), exit: Exit::Done };
    match &loaded.origin {
        Origin::File(path) => report.good(output, &format!("{} is right", path.display())),
        Origin::Defaults => {
            let place = context.config_file().map_or_else(String::new, |path| path.display().to_string());
            report.good(output, &format!("there is no {place}: the defaults are in force"));
        }
    }
    if let Some(file) = &loaded.rules_file {
        let rules = if file.count == 1 { "its rule is" } else { "its rules are" };
        let path = file.path.display();
        report.good(output, &format!("{path} is right, and {rules} in force ({})", file.count));
    }
    check_discovr(context, &loaded, output, &mut report).await;
    check_trakt(context, &loaded, output, &mut report).await;
    match config::tmdb_token(&loaded.settings, &context.secret_places()) {
        Ok(Some((token, origin))) => match crate::identify::Credential::parse(&token) {
            Ok(_) => report.good(output, &format!("TMDB's token is in {}", place(&origin))),
            Err(error) => report.bad(output, &format!("the token in {}: {error}", place(&origin))),
        },
        Ok(None) => report.note(
            output,
            "there is no TMDB token: titles without an id in their name are held. README says where to get one",
        ),
        Err(error) => report.bad(output, &error.to_string()),
    }
    output.print(&report.text)?;
    Ok(report.exit)
}

async fn check_discovr(context: &Context, loaded: &Loaded, output: &Output, report: &mut Report) {
    if !loaded.settings.discovr.enabled {
        report.note(output, "discovr.enabled is false: what you watch is kept on this machine only");
        return;
    }
    match config::refresh_token(&loaded.settings, &context.secret_places()).await {
        Ok(Some((token, origin))) => {
            report.good(output, &format!("Discovr's refresh token is in {}", place(&origin)));
            if !token.expose_secret().starts_with("rt_") {
                report.note(
                    output,
                    "it does not begin with rt_, as Discovr's refresh tokens do: is it the right one?",
                );
            }
        }
        Ok(None) => {
            report.bad(
                output,
                "you are not signed in to Discovr: run `discovr-scrobbler login`, or set discovr.enabled = false",
            );
            report.exit = Exit::SignInNeeded;
        }
        Err(error @ SecretError::Keyring(_)) => {
            report.bad(output, &error.to_string());
            report.exit = Exit::SignInNeeded;
        }
        Err(error) => report.bad(output, &error.to_string()),
    }
    if loaded.settings.discovr.profile.is_none()
        && !remembers(context, DISCOVR, |known| known.profile.is_some()).await
    {
        report.note(
            output,
            "no profile is chosen, so viewings wait: `discovr-scrobbler profile NAME` chooses one, or discovr.profile",
        );
    }
}

/// Nothing is said of a service that is off unless somebody turns it on.
async fn check_trakt(context: &Context, loaded: &Loaded, output: &Output, report: &mut Report) {
    let (settings, places) = (&loaded.settings, context.secret_places());
    if !settings.trakt.enabled {
        return;
    }
    let again = SignInTo::Trakt.login();
    if settings.trakt.client_id.is_none()
        && !remembers(context, TRAKT, |known| known.client_id.is_some()).await
    {
        report.bad(
            output,
            &format!("trakt.enabled is true, and the id of your application is not known: run `{again}`, or set trakt.client_id"),
        );
    }
    match config::trakt_client_secret(settings, &places) {
        Ok(Some((_, origin))) => {
            report.good(output, &format!("the secret of your application at Trakt is in {}", place(&origin)));
        }
        Ok(None) => report.bad(
            output,
            &format!(
                "trakt.enabled is true, and the secret of your application is not known: run `{again}`, or set \
                 trakt.client_secret_file"
            ),
        ),
        Err(error) => report.bad(output, &error.to_string()),
    }
    match config::search_sign_in(SignInTo::Trakt, settings, &places).await.found {
        Ok(Some((text, origin))) if Tokens::from_text(&text).is_some() => {
            report.good(output, &format!("the sign-in to Trakt is in {}", place(&origin)));
        }
        Ok(Some((_, origin))) => {
            report
                .bad(output, &format!("what is in {} is no sign-in to Trakt: run `{again}`", place(&origin)));
        }
        Ok(None) => {
            report.bad(
                output,
                &format!("you are not signed in to Trakt: run `{again}`, or set trakt.enabled = false"),
            );
            report.exit = Exit::SignInNeeded;
        }
        Err(error) => {
            report.bad(output, &error.to_string());
            if matches!(error, SecretError::Keyring(_)) {
                report.exit = Exit::SignInNeeded;
            }
        }
    }
}

/// Whether the journal remembers this of the sign-in to `service`.
async fn remembers(context: &Context, service: ServiceName, what: impl FnOnce(&SignIn) -> bool) -> bool {
    let journal = match context.open_journal() {
        Ok(journal) => journal,
        Err(JournalError::Missing { .. }) => return false,
        // What cannot be read is not the configuration's affair, and may well know it.
        Err(_) => return true,
    };
    journal.sign_in(service).await.map_or(true, |sign_in| what(&sign_in))
}

fn place(origin: &SecretOrigin) -> String {
    match origin {
        SecretOrigin::Credential(path) | SecretOrigin::NamedFile(path) | SecretOrigin::StateFile(path) => {
            path.display().to_string()
        }
        SecretOrigin::Settings(key) => (*key).to_owned(),
        SecretOrigin::Keyring => origin.to_string(),
    }
}

/// What was found, a line each.
struct Report {
    text: String,
    exit: Exit,
}

impl Report {
    fn good(&mut self, output: &Output, what: &str) {
        self.add(&output.paint(output.styles().good, "good"), what);
    }

    fn note(&mut self, output: &Output, what: &str) {
        self.add(&output.paint(output.styles().warn, "note"), what);
    }

    fn bad(&mut self, output: &Output, what: &str) {
        self.add(&output.paint(output.styles().error, "bad "), what);
        self.exit = Exit::Usage;
    }

    fn add(&mut self, head: &str, what: &str) {
        self.text.push_str(&format!("{head}  {}\n", line(what)));
    }
}

//! `profile`: which ones there are, which one is active, and switching.

use serde::Serialize;

use super::args::ProfileArguments;
use super::context::Context;
use super::error::{CliError, Exit, SIGN_IN_HINT};
use super::output::Output;
use super::profiles::{find, listed, named};
use crate::config;
use crate::journal::{JournalError, ProfileId};
use crate::service::discovr::{DISCOVR, Profile};

/// A profile as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    active: bool,
}

pub(crate) async fn profile(
    context: &Context,
    arguments: &ProfileArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    if arguments.which.as_ref().is_some_and(|which| which.trim().is_empty()) {
        return Err(CliError::new(Exit::Usage, "the name of the profile is empty")
            .hint("`discovr-scrobbler profile` lists your profiles; give one's name, id or number"));
    }
    let settings = context.settings()?.settings;
    let Some((token, _)) = config::refresh_token(&settings, &context.secret_places()).await? else {
        return Err(CliError::new(Exit::SignInNeeded, "you are not signed in").hint(SIGN_IN_HINT));
    };
    let profiles = context.discovr(&settings).profiles(&token).await?;
    let active = match &settings.discovr.profile {
        Some(profile) => Some(profile.clone()),
        None => remembered(context).await?,
    };
    let Some(which) = &arguments.which else {
        show(&profiles, active.as_deref(), arguments.json, output)?;
        let is_gone = active.is_some_and(|active| !profiles.iter().any(|profile| profile.id == active));
        if is_gone && !arguments.json && !profiles.is_empty() {
            output.print(if settings.discovr.profile.is_some() {
                "\nNone is active: discovr.profile in the configuration is none of these. Change it there, or take it out.\n"
            } else {
                "\nNone is active: the one that was is gone from your account. `discovr-scrobbler profile NAME` chooses another.\n"
            })?;
        }
        return Ok(Exit::Done);
    };
    if let Some(named) = &settings.discovr.profile {
        return Err(CliError::new(
            Exit::Usage,
            format!("discovr.profile in the configuration says {named:?}, and goes over what is chosen here"),
        )
        .hint("change it there, or take it out to choose here"));
    }
    let found = match find(&profiles, which) {
        Ok(found) => found,
        Err(not_found) => {
            output.print(&listed(output, &profiles, active.as_deref()))?;
            return Err(CliError::new(Exit::Usage, not_found.words(which)).hint(not_found.hint(&profiles)));
        }
    };
    let journal = context.journal_to_keep()?;
    journal.choose_profile(DISCOVR, ProfileId(found.id.clone()), found.name.clone()).await?;
    context.nudge().await;
    if arguments.json {
        return show(&profiles, Some(&found.id), true, output);
    }
    output.print(&format!(
        "{} is active: what you watch from now on goes there. What was watched before goes where it belongs.\n",
        named(found)
    ))?;
    Ok(Exit::Done)
}

async fn remembered(context: &Context) -> Result<Option<String>, CliError> {
    match context.open_journal() {
        Ok(journal) => Ok(journal.sign_in(DISCOVR).await?.profile.map(|profile| profile.0)),
        Err(JournalError::Missing { .. } | JournalError::Older { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn show(
    profiles: &[Profile],
    active: Option<&str>,
    json: bool,
    output: &mut Output,
) -> Result<Exit, CliError> {
    if json {
        let rows: Vec<Row<'_>> = profiles
            .iter()
            .map(|profile| Row {
                id: &profile.id,
                name: &profile.name,
                active: active == Some(profile.id.as_str()),
            })
            .collect();
        output.json(&rows, false)?;
    } else if profiles.is_empty() {
        output.print("Your account has no profile yet: make one in a Discovr app, or with `discovr-scrobbler login`.\n")?;
    } else {
        output.print(&listed(output, profiles, active))?;
        if active.is_none() {
            output.print("\nNone is active: `discovr-scrobbler profile NAME` chooses one.\n")?;
        }
    }
    Ok(Exit::Done)
}

//! From what is found to what is done: shown first, asked for, and done once.

use super::plan::Plan;
use super::screen;
use crate::cli::args::TraktScrobblerArguments;
use crate::cli::ask::{agrees, can_ask};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::clock::Clock;
use crate::config::{self, Loaded};
use crate::daemon::services;
use crate::import::Places;
use crate::journal::JournalError;

pub(crate) async fn import(
    context: &Context,
    arguments: &TraktScrobblerArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    if arguments.json && !arguments.yes && !arguments.dry_run {
        return Err(CliError::new(Exit::Usage, "nothing was changed: with --json, nobody is asked")
            .hint("add `--dry-run` to see what would be done, or `--yes` to do it"));
    }
    let places = Places::find(arguments.config_dir.as_deref(), arguments.data_dir.as_deref());
    let places = places.ok_or_else(|| {
        CliError::new(Exit::Usage, "there is no home folder to look in")
            .hint("set HOME, or name the folders with --config-dir DIR and --data-dir DIR")
    })?;
    let loaded = context.settings()?;
    let journal = match context.open_journal() {
        Ok(journal) => Some(journal),
        Err(JournalError::Missing { .. } | JournalError::Older { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let plan = Plan::make(context, &places, &loaded, journal.as_ref(), output).await?;
    if let Some(journal) = journal {
        journal.close().await;
    }
    if !arguments.json {
        output.print(&screen::text(&plan, context, &loaded, output))?;
    }
    let is_wanted = !arguments.dry_run && plan.has_something() && agreed(arguments.yes, output)?;
    if is_wanted {
        carry_out(context, &loaded, &plan, output).await?;
    }
    if arguments.json {
        output.json(&plan.shown(is_wanted), false)?;
    } else {
        output.print(match (is_wanted, arguments.dry_run) {
            (true, _) if context.nudge().await => "Done. The daemon was told.\n",
            (true, _) => "Done. The daemon finds it when it starts.\n",
            (false, true) => "Nothing was changed.\n",
            (false, false) if plan.has_something() => "Nothing was changed.\n",
            (false, false) => "There is nothing new to take over.\n",
        })?;
        return Ok(Exit::Done);
    }
    if is_wanted {
        context.nudge().await;
    }
    Ok(Exit::Done)
}

fn agreed(yes: bool, output: &mut Output) -> Result<bool, CliError> {
    match yes {
        true => Ok(true),
        false if can_ask() => Ok(agrees(output, "Take it over?")?),
        false => Err(CliError::new(Exit::Usage, "nothing was changed: nobody is there to agree to it")
            .hint("add `--yes` to do what is shown, or `--dry-run` to see it alone")),
    }
}

/// Does what `plan` says. Each step that was done stays done, and is not done again when the command is given again.
async fn carry_out(
    context: &Context,
    loaded: &Loaded,
    plan: &Plan,
    output: &mut Output,
) -> Result<(), CliError> {
    if !plan.viewings.is_empty() {
        let journal = context.journal_to_keep()?;
        let addressees = services::addressees_of(&loaded.settings, Some(&journal)).await?;
        let now = Clock::system().now().wall;
        for (at, planned) in plan.viewings.iter().enumerate() {
            output.progress(at, plan.viewings.len(), "taken over");
            let viewing = planned.entry.viewing();
            let id = viewing.id;
            let is_new = journal.import(viewing, addressees.clone()).await?;
            // An earlier import may have been interrupted here.
            let is_open =
                !is_new && journal.viewing(id).await?.is_some_and(|row| row.identification.is_none());
            if is_new || is_open {
                journal.identify(id, planned.identification.clone(), now).await?;
            }
        }
        output.progress_done();
        journal.close().await;
    }
    if !plan.rules.is_empty() {
        let path = context.rules_file().ok_or_else(|| {
            CliError::new(Exit::Usage, "there is no folder to keep rules in")
                .hint("set HOME, or name a file with --config FILE")
        })?;
        let rules: Vec<_> = plan.rules.iter().map(|planned| (planned.rule.clone(), planned.note())).collect();
        config::add_rules(&path, &rules)
            .map_err(|error| CliError::of(Exit::Failed, &error).hint(stays("the rules and the paths")))?;
    }
    if plan.has_paths() {
        let path = context.config_file().ok_or_else(|| {
            CliError::new(Exit::Usage, "there is no folder to keep settings in")
                .hint("set HOME, or name a file with --config FILE")
        })?;
        config::add_paths(path, &plan.paths)
            .map_err(|error| CliError::of(Exit::Failed, &error).hint(stays("the paths")))?;
    }
    Ok(())
}

/// What there is to know when `missing` could not be written.
fn stays(missing: &str) -> String {
    format!(
        "{missing} are as they were; the rest is taken over, and is not once more when you say this again"
    )
}

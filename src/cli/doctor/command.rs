//! The command: looks everywhere at once, and says what was found.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::finding::{Finding, Group, Verdict};
use super::{daemon, discovr, files, journal, players, screen, settings, tmdb, trakt, unit};
use crate::cli::args::DoctorArguments;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;

/// How many parts there are to look at.
const PARTS: usize = 9;

pub(crate) async fn doctor(
    context: &Context,
    arguments: &DoctorArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let findings = look(context, output).await;
    if arguments.json {
        output.json(&findings, false)?;
    } else {
        output.print(&screen::shown(&findings, output))?;
    }
    let ill = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
    Ok(if ill { Exit::Failed } else { Exit::Done })
}

async fn look(context: &Context, output: &mut Output) -> Vec<Finding> {
    output.progress(0, PARTS, LOOKED_AT);
    let (loaded, mut findings) = settings::look(context).await;
    output.progress(1, PARTS, LOOKED_AT);
    let (live, found) = daemon::look(context).await;
    findings.extend(found);
    output.progress(2, PARTS, LOOKED_AT);

    let context = Arc::new(context.clone());
    let loaded = loaded.map(Arc::new);
    // Before the journal is opened, which makes files beside it.
    let (is_shut, found) = files::look(Arc::clone(&context), loaded.clone()).await;
    if is_shut && context.socket().starts_with(&context.state_dir) {
        // Its socket cannot be reached for the same reason.
        findings.retain(|finding| finding.group != Group::Daemon || finding.verdict != Verdict::Bad);
    }
    findings.extend(found);
    output.progress(3, PARTS, LOOKED_AT);
    let mut looks: JoinSet<Vec<Finding>> = JoinSet::new();
    looks.spawn(unit::look(live.is_some()));
    looks.spawn(journal::look(context.state_dir.clone(), context.set_aside(), is_shut));
    match loaded {
        Some(loaded) => {
            let daemons_token = live.as_ref().and_then(|live| live.token_in.clone());
            looks.spawn(players::look(Arc::clone(&context), Arc::clone(&loaded), live));
            looks.spawn(discovr::look(Arc::clone(&context), Arc::clone(&loaded), daemons_token, is_shut));
            looks.spawn(trakt::look(Arc::clone(&context), Arc::clone(&loaded), is_shut));
            looks.spawn(tmdb::look(context, loaded, is_shut));
        }
        None => {
            looks.spawn(players::look_without_settings(live));
            findings.extend([Group::Discovr, Group::Tmdb].map(|group| {
                group.note(
                    "settings",
                    "not looked at, because the settings are wrong",
                    "correct them, then run `discovr-scrobbler doctor` again",
                )
            }));
        }
    }
    while let Some(found) = looks.join_next().await {
        // A check that failed must not keep the others from being shown.
        findings.extend(found.unwrap_or_else(|_| vec![Group::Settings.failed("doctor")]));
        output.progress(PARTS - looks.len(), PARTS, LOOKED_AT);
    }
    output.progress_done();
    findings.sort_by_key(|finding| finding.group);
    findings
}

const LOOKED_AT: &str = "parts looked at";

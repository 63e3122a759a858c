//! `queue`: what waits for a service, and mending it.

use std::collections::BTreeSet;

use super::args::QueueCommand;
use super::context::Context;
use super::error::{CliError, Exit};
use super::output::Output;
use super::text::{line, local, roughly};
use crate::clock::Clock;
use crate::daemon::services;
use crate::journal::{Content, DeliveryId, DeliveryRow, DeliveryStatus, Journal, LiveWord, ServiceName};
use crate::playback::Progress;

/// How many deliveries people are shown unless they ask for more.
const SCREEN: u32 = 100;

pub(crate) async fn queue(
    context: &Context,
    command: &QueueCommand,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match *command {
        QueueCommand::List { all, service, limit, json } => {
            list(context, &Wanted { all, service, limit }, json, output).await
        }
        QueueCommand::Retry { id, service } => retry(context, id, service, output).await,
        QueueCommand::Drop { id } => drop_delivery(context, id, output).await,
    }
}

/// Which deliveries are to be listed.
struct Wanted {
    /// Also those that have arrived.
    all: bool,
    /// Those for this service.
    service: Option<ServiceName>,
    limit: Option<u32>,
}

async fn list(context: &Context, wanted: &Wanted, json: bool, output: &mut Output) -> Result<Exit, CliError> {
    let statuses = if wanted.all { Vec::new() } else { DeliveryStatus::WAITING.to_vec() };
    let Some(journal) = context.journal_if_any()? else { return output.no_journal(json) };
    // A script that was not told of a limit would take the beginning for the whole.
    let limit = wanted.limit.unwrap_or(if json { u32::MAX } else { SCREEN });
    // One more shows that there are more.
    let mut rows = journal.deliveries_up_to(wanted.service, statuses, limit.saturating_add(1)).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_cut = rows.len() > shown;
    rows.truncate(shown);
    if json {
        output.json(&rows, false)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output.print("Nothing waits.\n")?;
        return Ok(Exit::Done);
    }
    let now = Clock::system().now().wall;
    let table = output.table(
        &["ID", "FOR", "WHAT", "TITLE", "WHEN", "STATUS", "WHY"],
        rows.iter().map(|row| {
            let (what, at) = match row.content {
                Content::Playback { progress, at, .. } => (position(row, progress), at),
                Content::History { at, .. } => ("history entry".to_owned(), at),
                Content::Retraction { at, .. } => ("taking back an entry".to_owned(), at),
                Content::Clearing { at, .. } => ("taking back a position".to_owned(), at),
            };
            vec![
                row.id.0.to_string(),
                row.recipient.service.to_string(),
                what,
                row.label.clone(),
                local(at),
                status(row, now),
                row.last_error.clone().unwrap_or_default(),
            ]
        }),
    );
    output.print(&table)?;
    if is_cut {
        let more = if wanted.all || wanted.service.is_some() {
            "more".to_owned()
        } else {
            format!("{} more", journal.counts().await?.waiting().saturating_sub(u64::from(limit)))
        };
        output.print(&format!("\nand {more}: --limit COUNT shows as many\n"))?;
    }
    tell_who_waits_for_the_user(context, &journal, wanted.service, output).await?;
    tell_what_is_off(context, rows.iter(), output)?;
    if rows.iter().any(|row| row.status == DeliveryStatus::Refused) {
        output.print(
            "\nRefused is final until you mend it: `match` gives another title, `queue retry ID` sends it again, \
             `queue drop ID` gives it up.\n",
        )?;
    }
    Ok(Exit::Done)
}

/// Says for which services something waits although they are turned off.
fn tell_what_is_off<'a>(
    context: &Context,
    rows: impl Iterator<Item = &'a DeliveryRow>,
    output: &mut Output,
) -> Result<(), CliError> {
    let Ok(loaded) = context.settings() else { return Ok(()) };
    let waiting: BTreeSet<ServiceName> =
        rows.filter(|row| row.status != DeliveryStatus::Done).map(|row| row.recipient.service).collect();
    for known in waiting.into_iter().filter_map(|service| services::named(service.0)) {
        if !(known.is_enabled)(&loaded.settings) {
            output.print(&format!(
                "\n{} is off ({} = false): what is for it waits until it is on again.\n",
                known.called, known.switch
            ))?;
        }
    }
    Ok(())
}

/// Says of which services everything waits for the user.
async fn tell_who_waits_for_the_user(
    context: &Context,
    journal: &Journal,
    service: Option<ServiceName>,
    output: &mut Output,
) -> Result<(), CliError> {
    let shown: Vec<_> = services::shown(context.settings().ok().as_ref().map(|loaded| &loaded.settings))
        .filter(|known| service.is_none_or(|service| service == known.name))
        .collect();
    for known in &shown {
        if let Some(why) = journal.service_state(known.name).await?.needs_user {
            let what = if shown.len() > 1 { format!("All for {}", known.called) } else { "All of it".into() };
            output.print(&format!("\n{what} waits for you: {}\n", line(&why)))?;
        }
    }
    Ok(())
}

/// A position, or what has happened there.
fn position(row: &DeliveryRow, progress: Progress) -> String {
    let progress = row.live.map_or(progress, |live| live.progress).get();
    match row.live.map(|live| live.word) {
        None => format!("position {progress:.0} %"),
        Some(LiveWord::Playing) => format!("playing at {progress:.0} %"),
        Some(LiveWord::Paused) => format!("paused at {progress:.0} %"),
        Some(LiveWord::Stopped) => format!("stopped at {progress:.0} %"),
    }
}

fn status(row: &DeliveryRow, now: jiff::Timestamp) -> String {
    let later = row
        .not_before
        .and_then(|at| std::time::Duration::try_from(at.duration_since(now)).ok())
        .filter(|pause| !pause.is_zero());
    match (row.status, later) {
        (DeliveryStatus::Due, _) if row.awaits_end => "due when the player stops".to_owned(),
        (DeliveryStatus::Due, None) => "due".to_owned(),
        (DeliveryStatus::Due, Some(pause)) => format!("due in {}", roughly(pause)),
        (DeliveryStatus::Sending, _) => "being sent".to_owned(),
        (DeliveryStatus::Unsure, None) => "unsure: asked next".to_owned(),
        (DeliveryStatus::Unsure, Some(pause)) => format!("unsure: asked in {}", roughly(pause)),
        (DeliveryStatus::Done, _) => "arrived".to_owned(),
        (DeliveryStatus::Refused, _) => "refused".to_owned(),
    }
}

async fn retry(
    context: &Context,
    id: Option<i64>,
    service: Option<ServiceName>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let journal = context.journal()?;
    let count = match service {
        Some(service) => journal.retry_service(service).await?,
        None => journal.retry(id.map(DeliveryId)).await?,
    };
    if let (0, Some(id)) = (count, id) {
        return Err(CliError::new(Exit::Failed, format!("nothing with the number {id} waits"))
            .hint("`discovr-scrobbler queue list` shows what does"));
    }
    context.nudge().await;
    output.print(&match count {
        0 => "Nothing waits.\n".to_owned(),
        1 => "One delivery is due now.\n".to_owned(),
        count => format!("{count} deliveries are due now.\n"),
    })?;
    if count > 0 {
        let waiting = journal.deliveries_up_to(service, DeliveryStatus::WAITING.to_vec(), SCREEN).await?;
        let concerned = waiting.iter().filter(|row| id.is_none_or(|id| row.id.0 == id));
        tell_what_is_off(context, concerned, output)?;
    }
    Ok(Exit::Done)
}

async fn drop_delivery(context: &Context, id: i64, output: &mut Output) -> Result<Exit, CliError> {
    if !context.journal()?.drop_delivery(DeliveryId(id)).await? {
        return Err(CliError::new(Exit::Failed, format!("nothing with the number {id} can be dropped"))
            .hint(
                "`discovr-scrobbler queue list` shows what waits; what is being sent or has arrived stays",
            ));
    }
    context.nudge().await;
    output.print(&format!("Delivery {id} is dropped: it will not be sent.\n"))?;
    Ok(Exit::Done)
}

//! `history`: what was watched, and what each service knows of it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::args::HistoryArguments;
use super::context::Context;
use super::error::{CliError, Exit};
use super::output::Output;
use super::parts::{Part, completed_at, completed_so_far, parts};
use super::text::local;
use super::titles::{held_with, title};
use crate::identify::{Identification, media_label};
use crate::journal::{Content, DeliveryRow, DeliveryStatus, ViewingRow};

/// A viewing in the listings' JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Entry<'a> {
    number: i64,
    id: String,
    title: String,
    /// The file's name without its folder, or what the player calls it.
    name: String,
    player: &'a str,
    started_at: jiff::Timestamp,
    completed_at: Option<jiff::Timestamp>,
    parts: Vec<Part>,
    position_seconds: f64,
    duration_seconds: f64,
    progress_percent: f64,
    watched_percent: f64,
    identification: &'a Option<Identification>,
    deliveries: &'a [DeliveryRow],
}

impl<'a> From<&'a ViewingRow> for Entry<'a> {
    fn from(row: &'a ViewingRow) -> Self {
        let viewing = &row.viewing;
        let parts = parts(row);
        Self {
            number: row.number,
            id: viewing.id.to_string(),
            title: title(row),
            name: media_label(&viewing.media),
            player: &viewing.player,
            started_at: viewing.started_at,
            completed_at: completed_at(&parts),
            parts,
            position_seconds: viewing.position.offset().as_secs_f64(),
            duration_seconds: viewing.duration.as_secs_f64(),
            progress_percent: viewing.progress().get(),
            watched_percent: viewing.coverage().get(),
            identification: &row.identification,
            deliveries: &row.deliveries,
        }
    }
}

pub(crate) async fn history(
    context: &Context,
    arguments: &HistoryArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let Some(journal) = context.journal_if_any()? else { return output.no_journal(arguments.json) };
    let rows = if arguments.words.is_empty() {
        journal.viewings(arguments.limit).await?
    } else {
        journal.search(arguments.words.join(" "), arguments.limit).await?
    };
    if arguments.json {
        output.json(&rows.iter().map(Entry::from).collect::<Vec<_>>(), false)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output.print(if arguments.words.is_empty() {
            "Nothing was watched yet.\n"
        } else {
            "Nothing that was watched is called that.\n"
        })?;
        return Ok(Exit::Done);
    }
    let table = output.table(
        &["#", "WHEN", "TITLE", "WATCHED", "REPORTED"],
        rows.iter().map(|row| {
            let reported = reported(row, arguments.receipts);
            vec![row.number.to_string(), local(when(row)), title(row), watched(row), reported]
        }),
    );
    output.print(&table)?;
    let held = rows.iter().any(|row| matches!(row.identification, Some(Identification::Held { .. })));
    if held {
        output.print("\nHeld viewings wait for their title: `discovr-scrobbler match`.\n")?;
    }
    Ok(Exit::Done)
}

/// When it was watched: to its completion, or else so far.
pub(crate) fn when(row: &ViewingRow) -> jiff::Timestamp {
    completed_at(&parts(row)).unwrap_or(row.viewing.position_at)
}

fn watched(row: &ViewingRow) -> String {
    let parts = parts(row);
    let progress = row.viewing.progress().get();
    match completed_so_far(&parts) {
        _ if completed_at(&parts).is_some() => "completed".to_owned(),
        Some(some) => format!("{some}, up to {progress:.0} %"),
        None => format!("up to {progress:.0} %"),
    }
}

/// What the services know of it, with or without their receipts.
fn reported(row: &ViewingRow, receipts: bool) -> String {
    match &row.identification {
        None => return "not identified yet".to_owned(),
        Some(Identification::Held { reason, evidence, .. }) => {
            return format!("held: {}", held_with(reason, evidence));
        }
        Some(Identification::Known(_)) => {}
    }
    let services: BTreeSet<_> = row.deliveries.iter().map(|delivery| delivery.recipient.service).collect();
    let mut words: Vec<String> = services
        .into_iter()
        .flat_map(|service| {
            let of_it =
                || row.deliveries.iter().filter(move |delivery| delivery.recipient.service == service);
            let entries: Vec<_> =
                of_it().filter(|delivery| tells_of_an_entry(delivery, &row.deliveries)).collect();
            if entries.is_empty() { of_it().collect() } else { entries }
        })
        .map(|delivery| {
            let service = delivery.recipient.service;
            if matches!(delivery.content, Content::Retraction { .. }) {
                return retracted(delivery);
            }
            match delivery.status {
                DeliveryStatus::Done => match delivery.receipt.as_deref().filter(|_| receipts) {
                    Some(receipt) => format!("{service}: recorded ({receipt})"),
                    None => format!("{service}: recorded"),
                },
                DeliveryStatus::Due if delivery.awaits_end => format!("{service}: when the player stops"),
                DeliveryStatus::Due | DeliveryStatus::Sending => format!("{service}: waits"),
                DeliveryStatus::Unsure => format!("{service}: unsure, will be asked"),
                DeliveryStatus::Refused => {
                    format!(
                        "{service}: refused, {}",
                        delivery.last_error.as_deref().unwrap_or("no reason given")
                    )
                }
            }
        })
        .collect();
    words.dedup();
    if words.is_empty() { "kept here only".to_owned() } else { words.join("; ") }
}

/// Entries, and the taking back of wrong ones, which is told instead of the entry itself.
fn tells_of_an_entry(delivery: &DeliveryRow, all: &[DeliveryRow]) -> bool {
    match delivery.content {
        Content::Retraction { .. } => true,
        Content::History { work, at, .. } => !all.iter().any(|other| {
            other.recipient == delivery.recipient
                && matches!(other.content, Content::Retraction { work: wrong, at: then }
                    if (wrong, then) == (work, at))
        }),
        Content::Playback { .. } | Content::Clearing { .. } => false,
    }
}

fn retracted(delivery: &DeliveryRow) -> String {
    let (service, label) = (delivery.recipient.service, &delivery.label);
    match delivery.status {
        DeliveryStatus::Done => format!("{service}: not {label} any more, taken back"),
        DeliveryStatus::Due | DeliveryStatus::Sending => format!("{service}: {label} is to be taken back"),
        DeliveryStatus::Unsure => format!("{service}: unsure whether {label} is taken back, will be asked"),
        DeliveryStatus::Refused => {
            let why = delivery.last_error.as_deref().unwrap_or("no reason given");
            format!("{service}: {label} stays, {why}")
        }
    }
}

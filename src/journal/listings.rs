//! What people are shown: viewings and deliveries.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{RecipientColumns, content, timestamp, work};
use super::store::{Failure, Store};
use super::viewings::{STORED, Stored};
use super::{Counts, DeliveryId, DeliveryRow, DeliveryStatus, JournalError, ServiceName, ViewingRow};
use crate::identify::Work;
use crate::playback::ViewingId;

/// How many viewings a search gives back: more than anyone would choose from.
const FOUND_AT_MOST: u32 = 20;

impl Store {
    /// The viewing with this id.
    pub(super) fn viewing(&mut self, id: ViewingId) -> Result<Option<ViewingRow>, JournalError> {
        self.read("look up a viewing", |connection| {
            let sql = format!("SELECT {STORED} FROM viewings WHERE id = ?1");
            let stored = connection.prepare_cached(&sql)?.query_row([id], Stored::read).optional()?;
            stored.map(|stored| listed(connection, &stored)).transpose()
        })
    }

    /// The viewing with this number, or else those whose id begins like this, newest first.
    pub(super) fn find_viewings(&mut self, name: &str) -> Result<Vec<ViewingRow>, JournalError> {
        self.read("look up a viewing", |connection| {
            if let Ok(number) = name.parse::<i64>() {
                let sql = format!("SELECT {STORED} FROM viewings WHERE number = ?1");
                let found = connection.prepare_cached(&sql)?.query_row([number], Stored::read).optional()?;
                if let Some(stored) = found {
                    return Ok(vec![listed(connection, &stored)?]);
                }
            }
            let prefix = name.to_ascii_lowercase();
            if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
                return Ok(Vec::new());
            }
            let sql = format!(
                "SELECT {STORED} FROM viewings WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id DESC LIMIT ?2"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map((prefix, FOUND_AT_MOST), Stored::read)?;
            list(connection, rows)
        })
    }

    /// Viewings, newest first.
    pub(super) fn viewings(&mut self, limit: u32) -> Result<Vec<ViewingRow>, JournalError> {
        self.read("list the viewings", |connection| {
            let sql = format!("SELECT {STORED} FROM viewings ORDER BY started_at DESC, number DESC LIMIT ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([limit], Stored::read)?;
            list(connection, rows)
        })
    }

    /// Viewings of which it is not known what they are, newest first.
    pub(super) fn unidentified(&mut self) -> Result<Vec<ViewingRow>, JournalError> {
        self.read("list the viewings that are held", |connection| {
            let sql = format!(
                "SELECT {STORED} FROM viewings WHERE verdict <> 'known' ORDER BY started_at DESC, number DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map((), Stored::read)?;
            list(connection, rows)
        })
    }

    /// Viewings of which every word is found, as a word's beginning, in their title or their file's name: newest first.
    pub(super) fn search(&mut self, words: &str, limit: u32) -> Result<Vec<ViewingRow>, JournalError> {
        let Some(wanted) = wanted(words) else { return Ok(Vec::new()) };
        self.read("search the viewings", |connection| {
            let sql = format!(
                "SELECT {STORED} FROM viewings WHERE number IN (
                     SELECT rowid FROM viewing_words WHERE viewing_words MATCH ?1 ORDER BY rowid DESC LIMIT ?2)
                 ORDER BY number DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map((wanted, limit), Stored::read)?;
            list(connection, rows)
        })
    }

    /// Deliveries for one service, or for each, with one of these statuses, all when none is named, oldest first.
    pub(super) fn deliveries(
        &mut self,
        service: Option<ServiceName>,
        statuses: &[DeliveryStatus],
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, JournalError> {
        self.read("list the deliveries", |connection| {
            // Status by status, so that each comes in order out of its index and no more than the limit is ever read.
            let statuses = if statuses.is_empty() { &DeliveryStatus::ALL } else { statuses };
            let sql = format!(
                "{LISTED} WHERE status = ?1 AND (?3 IS NULL OR service = ?3) ORDER BY deliveries.id LIMIT ?2"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut listing = Vec::new();
            for status in statuses {
                for row in statement.query_map(params![status, limit, service], delivery_row)? {
                    listing.push(row?);
                }
            }
            listing.sort_by_key(|row: &DeliveryRow| row.id);
            listing.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(listing)
        })
    }

    /// How many deliveries stand where, and how many viewings are held.
    pub(super) fn counts(&mut self) -> Result<Counts, JournalError> {
        self.read("count what waits", |connection| {
            let mut count = connection.prepare_cached("SELECT count(*) FROM deliveries WHERE status = ?1")?;
            let mut of = |status: DeliveryStatus| count.query_row([status], number);
            Ok(Counts {
                due: of(DeliveryStatus::Due)? + of(DeliveryStatus::Sending)?,
                unsure: of(DeliveryStatus::Unsure)?,
                refused: of(DeliveryStatus::Refused)?,
                held: connection
                    .prepare_cached("SELECT count(*) FROM viewings WHERE verdict = 'held'")?
                    .query_row((), number)?,
            })
        })
    }
}

fn number(row: &Row<'_>) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(0)?.unsigned_abs())
}

/// The words as the index is asked for them; nothing when there is none.
fn wanted(words: &str) -> Option<String> {
    let wanted: Vec<String> = words
        .split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric))
        .map(|word| format!("\"{}\"*", word.replace('"', "")))
        .collect();
    Some(wanted.join(" ")).filter(|wanted| !wanted.is_empty())
}

/// What one unreadable viewing must not take from the others.
fn list(
    connection: &Connection,
    rows: impl Iterator<Item = rusqlite::Result<Stored>>,
) -> Result<Vec<ViewingRow>, Failure> {
    let mut listing = Vec::new();
    for stored in rows {
        match listed(connection, &stored?) {
            Ok(row) => listing.push(row),
            Err(Failure::Other(error)) => tracing::warn!(%error, "left out a viewing"),
            Err(failure @ Failure::Sqlite(_)) => return Err(failure),
        }
    }
    Ok(listing)
}

fn listed(connection: &Connection, stored: &Stored) -> Result<ViewingRow, Failure> {
    let sql = format!("{LISTED} WHERE viewing = ?1 AND status <> 'dropped' ORDER BY deliveries.id");
    let mut statement = connection.prepare_cached(&sql)?;
    let deliveries = statement.query_map([stored.number], delivery_row)?.collect::<Result<_, _>>()?;
    Ok(ViewingRow {
        number: stored.number,
        label: stored.label.clone(),
        viewing: stored.viewing()?,
        identification: stored.identification()?,
        deliveries,
    })
}

const LISTED: &str = "SELECT deliveries.id, viewings.id, coalesce(title, label), service, account, profile, what, deliveries.kind,
     deliveries.tmdb, season, episode, progress, at, status, attempts, not_before, last_error, receipt, created_at,
     clears
     FROM deliveries JOIN viewings ON viewings.number = deliveries.viewing";

fn delivery_row(row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    let recipient = RecipientColumns { service: row.get(3)?, account: row.get(4)?, profile: row.get(5)? };
    let kind: String = row.get(7)?;
    let work = work(&kind, row.get(8)?, row.get(9)?, row.get(10)?);
    let what: String = row.get(6)?;
    let label: String = row.get(2)?;
    let not_before: i64 = row.get(15)?;
    Ok(DeliveryRow {
        id: DeliveryId(row.get(0)?),
        viewing: row.get(1)?,
        label: work_label(label, work),
        recipient: recipient.into(),
        content: content(&what, row.get(19)?, work, row.get(11)?, row.get(12)?),
        status: row.get(13)?,
        attempts: row.get(14)?,
        not_before: Some(not_before).filter(|&at| at > 0).map(timestamp),
        last_error: row.get(16)?,
        receipt: row.get(17)?,
        created_at: timestamp(row.get(18)?),
    })
}

pub(super) fn work_label(title: String, work: Work) -> String {
    match work {
        Work::Movie { .. } => title,
        Work::Episode { season, episode, .. } => format!("{title} S{season:02}E{episode:02}"),
    }
}

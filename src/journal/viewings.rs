//! Viewings: kept as they go, named once it is known what they are.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::columns::{
    RecipientColumns, duration, duration_millis, millis, ranges, ranges_text, timestamp, title_columns,
};
use super::outbox::{self, Standing, Title};
use super::repair;
use super::store::{Durability, Failure, Store};
use super::{Filed, JournalError, Recipient};
use crate::identify::{EvidenceKind, Identification, Identified, Identity};
use crate::playback::{Event, EventKind, Progress, Viewing, ViewingId};
use crate::player::{Media, MediaKey, Position};

impl Store {
    /// Keeps an event and queues what it gives rise to.
    pub(super) fn record(&mut self, event: &Event, recipients: &[Recipient]) -> Result<(), JournalError> {
        let durability = match event.kind {
            EventKind::Started | EventKind::Stopped | EventKind::Completed => Durability::Full,
            EventKind::Paused | EventKind::Resumed | EventKind::Sought | EventKind::Progressed => {
                Durability::Sparse
            }
        };
        self.write("keep what was watched", durability, |transaction| {
            let number = keep(transaction, event, recipients)?;
            let Some(standing) = standing(transaction, number)? else { return Ok(()) };
            let recipients = outbox::recipients(transaction, number)?;
            if tells_position(event.kind) {
                for recipient in &recipients {
                    outbox::queue_position(transaction, &standing, recipient, event.at.wall)?;
                }
            }
            // Also after the completion itself, in case that one could not be written.
            for recipient in &recipients {
                outbox::queue_history(transaction, &standing, recipient, event.at.wall)?;
            }
            Ok(())
        })
    }

    /// The newest viewing of a media.
    pub(super) fn recall(&mut self, media: &MediaKey) -> Result<Option<Viewing>, JournalError> {
        self.read("look up an earlier viewing", |connection| {
            let sql = format!(
                "SELECT {STORED} FROM viewings WHERE media_key = ?1 ORDER BY started_at DESC, number DESC LIMIT 1"
            );
            let stored = connection.prepare_cached(&sql)?.query_row([media.as_str()], Stored::read).optional()?;
            Ok(stored.map(|stored| stored.viewing()).transpose()?)
        })
    }

    /// What a media is known to be, the user's word first.
    pub(super) fn known_identity(
        &mut self,
        media: &MediaKey,
    ) -> Result<Option<Identification>, JournalError> {
        self.read("look up what an earlier viewing was", |connection| {
            let sql = format!(
                "SELECT {STORED} FROM viewings WHERE media_key = ?1 AND verdict = 'known'
                 ORDER BY matched DESC, started_at DESC, number DESC LIMIT 1"
            );
            let stored =
                connection.prepare_cached(&sql)?.query_row([media.as_str()], Stored::read).optional()?;
            Ok(stored.map(|stored| stored.identification()).transpose()?.flatten())
        })
    }

    /// Keeps what a viewing is and queues what that releases. The user's word outranks every other, and what is
    /// known outranks what is not.
    pub(super) fn identify(
        &mut self,
        id: ViewingId,
        identification: &Identification,
        now: Timestamp,
    ) -> Result<Filed, JournalError> {
        self.write("keep what a viewing is", Durability::Full, |transaction| {
            let sql = format!("SELECT {STORED} FROM viewings WHERE id = ?1");
            let stored = transaction
                .prepare_cached(&sql)?
                .query_row([id], Stored::read)
                .optional()?
                .ok_or_else(|| JournalError::NoSuchViewing(id.0.to_string()))?;
            match identification {
                Identification::Held { .. } => file_held(transaction, &stored, identification),
                Identification::Known(identified) => {
                    file_known(transaction, &stored, identification, identified, now)
                }
            }
        })
    }
}

/// A viewing's row.
pub(super) struct Stored {
    pub(super) number: i64,
    pub(super) id: ViewingId,
    media: String,
    player: String,
    duration: i64,
    position: i64,
    ranges: String,
    pub(super) started_at: i64,
    pub(super) position_at: i64,
    pub(super) completed_at: Option<i64>,
    known: bool,
    matched: bool,
    identification: Option<String>,
    pub(super) label: String,
    /// The kind and number of the title that it is known to be.
    title: Option<(String, i64)>,
}

/// The columns of [`Stored`], in its order.
pub(super) const STORED: &str = "number, id, media, player, duration, position, ranges, started_at, position_at, \
                                 completed_at, verdict = 'known', matched, identification, label, kind, tmdb";

impl Stored {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            id: row.get(1)?,
            media: row.get(2)?,
            player: row.get(3)?,
            duration: row.get(4)?,
            position: row.get(5)?,
            ranges: row.get(6)?,
            started_at: row.get(7)?,
            position_at: row.get(8)?,
            completed_at: row.get(9)?,
            known: row.get(10)?,
            matched: row.get(11)?,
            identification: row.get(12)?,
            label: row.get(13)?,
            title: row.get::<_, Option<String>>(14)?.zip(row.get(15)?),
        })
    }

    pub(super) fn viewing(&self) -> Result<Viewing, JournalError> {
        let media: Media =
            serde_json::from_str(&self.media).map_err(|source| self.unreadable("the media", source))?;
        Ok(Viewing {
            id: self.id,
            media: Arc::new(media),
            player: self.player.clone(),
            duration: duration(self.duration),
            position: Position::new(duration(self.position)),
            ranges: ranges(&self.ranges).map_err(|source| self.unreadable("the watched ranges", source))?,
            started_at: timestamp(self.started_at),
            position_at: timestamp(self.position_at),
            completed_at: self.completed_at.map(timestamp),
        })
    }

    pub(super) fn identification(&self) -> Result<Option<Identification>, JournalError> {
        self.identification
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|source| self.unreadable("what is known", source))
    }

    pub(super) fn progress(&self) -> Progress {
        Progress::of(Position::new(duration(self.position)), duration(self.duration))
    }

    /// What it is known to be. What cannot be read is not known: the viewing is kept all the same, and can be
    /// identified anew.
    fn known_identity(&self) -> Option<Identity> {
        if !self.known {
            return None;
        }
        match self.identification() {
            Ok(Some(Identification::Known(identified))) => Some(identified.identity),
            Ok(Some(Identification::Held { .. }) | None) => None,
            Err(error) => {
                tracing::warn!(%error, "match this viewing again");
                None
            }
        }
    }

    fn unreadable(&self, what: &'static str, source: serde_json::Error) -> JournalError {
        JournalError::Unreadable { what, number: self.number, source }
    }
}

/// Resumed says nothing new, and a completion is told by its history.
fn tells_position(kind: EventKind) -> bool {
    match kind {
        EventKind::Started
        | EventKind::Paused
        | EventKind::Sought
        | EventKind::Progressed
        | EventKind::Stopped => true,
        EventKind::Resumed | EventKind::Completed => false,
    }
}

/// Writes the viewing as it is after the event; its beginning, completion and recipients are written once.
fn keep(transaction: &Transaction<'_>, event: &Event, recipients: &[Recipient]) -> Result<i64, Failure> {
    let viewing = &event.viewing;
    let completed_at =
        viewing.completed_at.or_else(|| (event.kind == EventKind::Completed).then_some(event.at.wall));
    let media = serde_json::to_string(&*viewing.media).map_err(|source| JournalError::Unreadable {
        what: "the media",
        number: 0,
        source,
    })?;
    let earlier: Option<i64> = transaction
        .prepare_cached("SELECT number FROM viewings WHERE id = ?1")?
        .query_row([viewing.id], |row| row.get(0))
        .optional()?;
    let number: i64 = transaction
        .prepare_cached(
            "INSERT INTO viewings (id, media_key, media, player, duration, position, ranges, started_at, position_at,
                 completed_at, label)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id) DO UPDATE SET
                 media_key = excluded.media_key, media = excluded.media, player = excluded.player,
                 duration = excluded.duration, position = excluded.position, ranges = excluded.ranges,
                 position_at = excluded.position_at,
                 completed_at = coalesce(completed_at, excluded.completed_at),
                 label = CASE verdict WHEN 'open' THEN excluded.label ELSE label END
             RETURNING number",
        )?
        .query_row(
            params![
                viewing.id,
                viewing.media_key().as_str(),
                media,
                viewing.player,
                duration_millis(viewing.duration),
                duration_millis(viewing.position.offset()),
                ranges_text(&viewing.ranges),
                millis(viewing.started_at),
                millis(viewing.position_at),
                completed_at.map(millis),
                plain_label(&viewing.media),
            ],
            |row| row.get(0),
        )?;
    if earlier.is_none() {
        let mut insert = transaction.prepare_cached(
            "INSERT OR IGNORE INTO viewing_recipients (viewing, service, account, profile) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for recipient in recipients.iter().map(RecipientColumns::from) {
            insert.execute(params![number, recipient.service, recipient.account, recipient.profile])?;
        }
    }
    Ok(number)
}

/// What a viewing has to tell; nothing while it is not known what it is.
pub(super) fn standing(connection: &Connection, number: i64) -> Result<Option<Standing>, Failure> {
    let sql = format!("SELECT {STORED} FROM viewings WHERE number = ?1");
    let stored = connection.prepare_cached(&sql)?.query_row([number], Stored::read)?;
    Ok(stored.known_identity().map(|identity| Standing::of(&stored, &identity)))
}

/// What to call a media of which nothing is known: its title, or its name without the folders.
fn plain_label(media: &Media) -> String {
    let title = media.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let name = media.location.path().and_then(|path| path.file_name()).map(|name| name.to_string_lossy());
    match (title, name) {
        (Some(title), _) => title.to_owned(),
        (None, Some(name)) => name.into_owned(),
        (None, None) => "untitled".to_owned(),
    }
}

fn file_held(
    transaction: &Transaction<'_>,
    stored: &Stored,
    identification: &Identification,
) -> Result<Filed, Failure> {
    let same = stored.identification().is_ok_and(|earlier| earlier.as_ref() == Some(identification));
    if stored.known || same {
        return Ok(Filed::default());
    }
    write_identification(transaction, stored, identification, false)?;
    Ok(Filed { changed: true, ..Filed::default() })
}

fn file_known(
    transaction: &Transaction<'_>,
    stored: &Stored,
    identification: &Identification,
    identified: &Identified,
    now: Timestamp,
) -> Result<Filed, Failure> {
    let matched = identified.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Matched);
    if stored.known && stored.matched && !matched {
        return Ok(Filed::default());
    }
    let same = stored.known_identity().is_some_and(|earlier| earlier == identified.identity);
    if same && matched == stored.matched {
        return Ok(Filed::default());
    }
    write_identification(transaction, stored, identification, matched)?;
    if same {
        return Ok(Filed { changed: true, ..Filed::default() });
    }
    let standing = Standing::of(stored, &identified.identity);
    outbox::withdraw(transaction, &standing)?;
    repair::keep_label(transaction, stored.number, &stored.label)?;
    let mut filed = Filed { changed: true, ..Filed::default() };
    for recipient in outbox::recipients(transaction, stored.number)? {
        if let Some((kind, tmdb)) = stored.title.clone() {
            let earlier =
                Title { label: Some(stored.label.clone()), recipient: recipient.clone(), kind, tmdb };
            outbox::restore_position(transaction, &earlier, stored.number, now)?;
        }
        if !outbox::newer_position_is_known(transaction, &standing, &recipient)? {
            filed.queued += outbox::queue_position(transaction, &standing, &recipient, now)?;
        }
    }
    let repaired = repair::repair(transaction, &standing, now)?;
    filed.queued += repaired.queued;
    filed.repairs = repaired.repairs;
    Ok(filed)
}

fn write_identification(
    transaction: &Transaction<'_>,
    stored: &Stored,
    identification: &Identification,
    matched: bool,
) -> Result<(), Failure> {
    let text =
        serde_json::to_string(identification).map_err(|source| stored.unreadable("what is known", source))?;
    let (verdict, label, title) = match identification {
        Identification::Known(identified) => {
            ("known", &identified.label, Some(title_columns(&identified.identity)))
        }
        Identification::Held { label, .. } => ("held", label, None),
    };
    let (kind, tmdb) = title.unzip();
    transaction
        .prepare_cached(
            "UPDATE viewings SET verdict = ?2, label = ?3, kind = ?4, tmdb = ?5, matched = ?6, identification = ?7
             WHERE number = ?1",
        )?
        .execute(params![stored.number, verdict, label, kind, tmdb, matched, text])?;
    Ok(())
}

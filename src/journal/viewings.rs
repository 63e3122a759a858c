//! Viewings: kept as they go, named once it is known what they are.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::columns::{
    KeptPart, RecipientColumns, duration, duration_millis, kept_parts, kept_text, millis, parts, parts_text,
    ranges, ranges_text, timestamp, title_columns,
};
use super::outbox::{self, Standing, Title};
use super::run_time::RunTime;
use super::store::{Durability, Failure, Store};
use super::{Addressee, Filed, JournalError, LiveWord, Telling};
use super::{live, repair};
use crate::identify::{EvidenceKind, Identification, Identified, Identity, Work};
use crate::playback::{CompletedPart, Event, EventKind, Parts, Progress, Viewing, ViewingId};
use crate::player::{Media, MediaKey, Position};

impl Store {
    /// Keeps an event and queues what it gives rise to.
    pub(super) fn record(&mut self, event: &Event, addressees: &[Addressee]) -> Result<(), JournalError> {
        let durability = match event.kind {
            EventKind::Started | EventKind::Stopped | EventKind::Completed => Durability::Full,
            EventKind::Paused | EventKind::Resumed | EventKind::Sought | EventKind::Progressed => {
                Durability::Sparse
            }
        };
        let time = self.time.clone();
        let now = time.on_disk(event.at.wall);
        self.write("keep what was watched", durability, |transaction| {
            let (number, earlier) = keep(transaction, event, addressees, &time)?;
            let Some(standing) = standing(transaction, number)? else { return Ok(()) };
            let recipients = outbox::recipients(transaction, number)?;
            for to in recipients.iter().filter(|to| to.telling == Telling::Positions) {
                if tells_position(event.kind) {
                    outbox::queue_position(transaction, &standing, &to.recipient, None, now)?;
                }
            }
            // Also after the completion itself, in case that one could not be written.
            for to in &recipients {
                outbox::queue_history(transaction, &standing, to, now)?;
            }
            for to in recipients.iter().filter(|to| to.telling == Telling::Live) {
                live::tell(transaction, event.kind, earlier.as_ref(), &standing, &to.recipient, now)?;
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
    pub(super) duration: i64,
    position: i64,
    ranges: String,
    pub(super) started_at: i64,
    pub(super) position_at: i64,
    known: bool,
    matched: bool,
    identification: Option<String>,
    pub(super) label: String,
    /// The kind and number of the title that it is known to be.
    title: Option<(String, i64)>,
    parts: i64,
    completed_parts: String,
    started_clock: Option<i64>,
    position_clock: Option<i64>,
    /// What its sitting is doing.
    pub(super) doing: LiveWord,
}

/// The columns of [`Stored`], in its order.
pub(super) const STORED: &str = "number, id, media, player, duration, position, ranges, started_at, position_at, \
                                 verdict = 'known', matched, identification, label, kind, tmdb, parts, \
                                 completed_parts, started_clock, position_clock, doing";

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
            known: row.get(9)?,
            matched: row.get(10)?,
            identification: row.get(11)?,
            label: row.get(12)?,
            title: row.get::<_, Option<String>>(13)?.zip(row.get(14)?),
            parts: row.get(15)?,
            completed_parts: row.get(16)?,
            started_clock: row.get(17)?,
            position_clock: row.get(18)?,
            doing: row.get(19)?,
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
            parts: self.parts()?,
        })
    }

    /// When each of its works was completed, in the order of the works. What cannot be read is not known to be.
    pub(super) fn completions(&self, works: usize) -> Vec<Option<Timestamp>> {
        let count = Parts::number(works);
        match self.parts() {
            // More than are told apart.
            Ok(parts) if works > usize::from(count.get()) => vec![parts.completed_at(); works],
            Ok(parts) => parts.instants_of(count),
            Err(error) => {
                tracing::warn!(%error, "no history is told of this viewing");
                vec![None; works]
            }
        }
    }

    fn parts(&self) -> Result<Parts, JournalError> {
        parts(self.parts, &self.completed_parts).map_err(|source| self.unreadable("its parts", source))
    }

    /// Its completions with their clocks; none where they cannot be read.
    fn kept_parts(&self) -> Vec<KeptPart> {
        kept_parts(&self.completed_parts).unwrap_or_default()
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
    pub(super) fn known_identity(&self) -> Option<Identity> {
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

    fn is_by_the_user(&self) -> bool {
        match self.identification() {
            Ok(Some(Identification::Known(identified))) => is_the_users(&identified),
            Ok(Some(Identification::Held { .. }) | None) | Err(_) => false,
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

/// Writes the viewing as it is after the event; its beginning, the completion of each part and its recipients are written
/// once. Returns its number, and what was kept of it before.
fn keep(
    transaction: &Transaction<'_>,
    event: &Event,
    addressees: &[Addressee],
    time: &RunTime,
) -> Result<(i64, Option<Stored>), Failure> {
    let mut viewing = on_disk(&event.viewing, time);
    let media = serde_json::to_string(&*viewing.media).map_err(|source| JournalError::Unreadable {
        what: "the media",
        number: 0,
        source,
    })?;
    let sql = format!("SELECT {STORED} FROM viewings WHERE id = ?1");
    let earlier = transaction.prepare_cached(&sql)?.query_row([viewing.id], Stored::read).optional()?;
    let mut position_clock = time.clock();
    if let Some(earlier) = &earlier
        && event.viewing.position_at != event.at.wall
    {
        // It is where an earlier sitting left it.
        (viewing.position_at, position_clock) = (timestamp(earlier.position_at), earlier.position_clock);
    }
    let parts = match earlier.as_ref().map(Stored::parts) {
        Some(Ok(kept)) => viewing.parts.after(&kept),
        Some(Err(error)) => {
            tracing::warn!(%error, "its parts are kept anew");
            viewing.parts.clone()
        }
        None => viewing.parts.clone(),
    };
    let known = earlier.as_ref().and_then(Stored::known_identity);
    let parts = match known {
        // The daemon may not have learnt yet that there are as many.
        Some(identity) => {
            Viewing { parts, ..viewing.clone() }.parts_with(Parts::number(identity.works().len()))
        }
        None => parts,
    };
    let number: i64 = transaction
        .prepare_cached(
            "INSERT INTO viewings (id, media_key, media, player, duration, position, ranges, started_at, position_at,
                 label, parts, completed_parts, started_clock, position_clock, doing)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (id) DO UPDATE SET
                 media_key = excluded.media_key, media = excluded.media, player = excluded.player,
                 duration = excluded.duration, position = excluded.position, ranges = excluded.ranges,
                 position_at = excluded.position_at, position_clock = excluded.position_clock,
                 parts = excluded.parts, completed_parts = excluded.completed_parts, doing = excluded.doing,
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
                plain_label(&viewing.media),
                parts.count(),
                parts_text(&parts, &earlier.as_ref().map(Stored::kept_parts).unwrap_or_default(), time.clock()),
                time.clock(),
                position_clock,
                live::doing_after(event.kind, earlier.as_ref().map(|earlier| earlier.doing)),
            ],
            |row| row.get(0),
        )?;
    if earlier.is_none() {
        let mut insert = transaction.prepare_cached(
            "INSERT OR IGNORE INTO viewing_recipients (viewing, service, account, profile, live)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for addressee in addressees {
            let recipient = RecipientColumns::from(&addressee.recipient);
            insert.execute(params![
                number,
                recipient.service,
                recipient.account,
                recipient.profile,
                addressee.telling == Telling::Live
            ])?;
        }
    }
    Ok((number, earlier))
}

/// A viewing as the run tells of it, with its times as they are kept. Those that were read from the journal are not
/// written again.
fn on_disk(viewing: &Viewing, time: &RunTime) -> Viewing {
    let parts =
        viewing.parts.completed().iter().map(|part| CompletedPart { at: time.on_disk(part.at), ..*part });
    Viewing {
        started_at: time.on_disk(viewing.started_at),
        position_at: time.on_disk(viewing.position_at),
        parts: Parts::kept(viewing.parts.count(), parts),
        ..viewing.clone()
    }
}

/// Moves the times of a viewing that were kept by `clock`, by so many milliseconds.
pub(super) fn move_times(
    transaction: &Transaction<'_>,
    number: i64,
    clock: i64,
    by: i64,
) -> Result<(), Failure> {
    let sql = format!("SELECT {STORED} FROM viewings WHERE number = ?1");
    let stored = transaction.prepare_cached(&sql)?.query_row([number], Stored::read)?;
    let moved = |at: i64, kept_by: Option<i64>| {
        if kept_by == Some(clock) { at.saturating_add(by) } else { at }
    };
    let completed_parts = match kept_parts(&stored.completed_parts) {
        Ok(parts) => {
            let moved =
                parts.into_iter().map(|part| if part.clock() == Some(clock) { part.moved(by) } else { part });
            kept_text(&moved.collect::<Vec<_>>())
        }
        Err(error) => {
            tracing::warn!(%error, "the completions of a viewing stay as they were");
            stored.completed_parts.clone()
        }
    };
    transaction
        .prepare_cached(
            "UPDATE viewings SET started_at = ?2, position_at = ?3, completed_parts = ?4 WHERE number = ?1",
        )?
        .execute(params![
            number,
            moved(stored.started_at, stored.started_clock),
            moved(stored.position_at, stored.position_clock),
            completed_parts,
        ])?;
    Ok(())
}

/// What a viewing has to tell; nothing while it is not known what it is.
pub(super) fn standing(connection: &Connection, number: i64) -> Result<Option<Standing>, Failure> {
    let sql = format!("SELECT {STORED} FROM viewings WHERE number = ?1");
    let stored = connection.prepare_cached(&sql)?.query_row([number], Stored::read)?;
    Ok(stored.known_identity().map(|identity| Standing::of(&stored, &identity)))
}

/// The number of a work in its whole series, where the viewing's file is numbered like that.
pub(super) fn absolute(
    connection: &Connection,
    viewing: ViewingId,
    work: Work,
) -> Result<Option<u32>, Failure> {
    let sql = format!("SELECT {STORED} FROM viewings WHERE id = ?1 AND verdict = 'known'");
    let stored = connection.prepare_cached(&sql)?.query_row([viewing], Stored::read).optional()?;
    // What cannot be read has been said where it matters.
    let identification = stored.and_then(|stored| stored.identification().ok().flatten());
    Ok(match identification {
        Some(Identification::Known(Identified { identity, absolute, .. })) => {
            let place = identity.works().into_iter().position(|of_it| of_it == work);
            place.and_then(|place| absolute.get(place).copied())
        }
        Some(Identification::Held { .. }) | None => None,
    })
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

/// Whether it rests on the user's word for this viewing or on a rule of theirs.
fn is_the_users(identified: &Identified) -> bool {
    identified
        .evidence
        .iter()
        .any(|evidence| matches!(evidence.kind, EvidenceKind::Matched | EvidenceKind::Rule))
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
    // A look-up that comes late, or learns something else, changes nothing that the user has said or that a service was told.
    let settled = stored.is_by_the_user() || outbox::is_told(transaction, stored.number)?;
    if stored.known && !same && settled && !is_the_users(identified) {
        return Ok(Filed::default());
    }
    write_identification(transaction, stored, identification, matched)?;
    if same {
        return Ok(Filed { changed: true, ..Filed::default() });
    }
    write_completions(transaction, stored, &identified.identity)?;
    let Some(standing) = standing(transaction, stored.number)? else { return Ok(Filed::default()) };
    outbox::withdraw(transaction, &standing)?;
    repair::keep_label(transaction, stored.number, &stored.label)?;
    let mut filed = Filed { changed: true, ..Filed::default() };
    for to in outbox::recipients(transaction, stored.number)? {
        if let Some((kind, tmdb)) = stored.title.clone() {
            let earlier =
                Title { label: Some(stored.label.clone()), recipient: to.recipient.clone(), kind, tmdb };
            outbox::restore_position(transaction, &earlier, stored.number, now)?;
        }
        if !outbox::newer_position_is_known(transaction, &standing, &to.recipient)? {
            filed.queued += live::queue_present(transaction, &standing, &to, now)?;
        }
    }
    let repaired = repair::repair(transaction, &standing, now)?;
    filed.queued += repaired.queued;
    filed.repairs = repaired.repairs;
    Ok(filed)
}

/// Keeps which of the works were completed, if the viewing was watched as another number of parts: once, so that a later
/// word about it finds the same.
fn write_completions(
    transaction: &Transaction<'_>,
    stored: &Stored,
    identity: &Identity,
) -> Result<(), Failure> {
    match stored.viewing() {
        Ok(viewing) => {
            let parts = viewing.parts_with(Parts::number(identity.works().len()));
            transaction
                .prepare_cached("UPDATE viewings SET completed_parts = ?2 WHERE number = ?1")?
                .execute(params![
                    stored.number,
                    parts_text(&parts, &stored.kept_parts(), stored.position_clock)
                ])?;
        }
        Err(error) => tracing::warn!(%error, "what was watched of this viewing stays as it was"),
    }
    Ok(())
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

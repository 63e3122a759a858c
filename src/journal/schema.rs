//! The layout of `journal.db`, and the way from each layout to the next.
//!
//! Times are milliseconds since 1970, lengths and positions are milliseconds. A recipient that is not configured
//! yet has an empty account or profile, so that plain equality and unique indexes hold for it too.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::JournalError;

/// The layout that this release reads and writes.
pub(super) const LAYOUT: i64 = MIGRATIONS.len() as i64;

/// Marks the file as a journal: `DSCJ`.
pub(super) const APPLICATION_ID: i64 = 0x4453_434a;

/// Brings a journal of any earlier layout, or an empty file, to [`LAYOUT`]. Each step is one transaction, so a
/// crash leaves a whole layout behind. Two processes at once do each step once.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), JournalError> {
    migrate_to(connection, path, LAYOUT)
}

/// The same, but no further than to the layout `last`.
pub(super) fn migrate_to(connection: &mut Connection, path: &Path, last: i64) -> Result<(), JournalError> {
    let fail = |source| JournalError::database("bring the journal up to date", path, source);
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        let layout = layout(&step).map_err(fail)?;
        let next = usize::try_from(layout).ok().filter(|_| layout < last);
        let Some(sql) = next.and_then(|index| MIGRATIONS.get(index)) else {
            return Ok(());
        };
        step.execute_batch(sql).map_err(fail)?;
        step.pragma_update(None, "user_version", layout + 1).map_err(fail)?;
        step.pragma_update(None, "application_id", APPLICATION_ID).map_err(fail)?;
        step.commit().map_err(fail)?;
    }
}

/// Whether the tables of an open file of `layout` are those that the migrations up to it make. SQLite keeps them as text,
/// and takes a letter that was damaged for another name; and the number of the layout may be damaged itself.
pub(super) fn is_as_made(connection: &Connection, layout: i64) -> rusqlite::Result<bool> {
    let made = Connection::open_in_memory()?;
    for sql in MIGRATIONS.iter().take(usize::try_from(layout).unwrap_or_default()) {
        made.execute_batch(sql)?;
    }
    let text = |connection: &Connection| -> rusqlite::Result<Vec<(String, String, Option<String>)>> {
        connection
            .prepare("SELECT name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect()
    };
    Ok(text(connection)? == text(&made)?)
}

/// The layout of an open file: 0 for one without tables.
pub(super) fn layout(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Layout 2: the parts of a viewing, `completed_parts` as `[[index, of how many, instant], …]`, in place of the one instant
/// of its completion. What was completed before is completed in all its parts. What was held is looked at again: its reasons were written otherwise.
const PARTS: &str = r"
ALTER TABLE viewings ADD COLUMN parts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE viewings ADD COLUMN completed_parts TEXT NOT NULL DEFAULT '[]';
UPDATE viewings SET parts = min(100, max(1, json_array_length(identification, '$.identity.episodes')))
    WHERE verdict = 'known' AND kind = 'episode' AND json_valid(identification)
      AND json_type(identification, '$.identity.episodes') = 'array';
UPDATE viewings SET completed_parts = (
        WITH RECURSIVE part (place) AS (VALUES (0) UNION ALL SELECT place + 1 FROM part WHERE place + 1 < parts)
        SELECT json_group_array(json_array(place, parts, completed_at)) FROM part)
    WHERE completed_at IS NOT NULL;
ALTER TABLE viewings DROP COLUMN completed_at;
UPDATE viewings SET verdict = 'open', identification = NULL WHERE verdict = 'held';
";

/// One per layout. A released one is never edited: a change is a new one at the end.
const MIGRATIONS: &[&str] = &[FIRST, PARTS, REPAIRS, SIGN_INS, LARGE, CLOCKS, LIVE];

const FIRST: &str = r"
CREATE TABLE viewings (
    number         INTEGER PRIMARY KEY,
    id             TEXT    NOT NULL UNIQUE,
    media_key      TEXT    NOT NULL,
    media          TEXT    NOT NULL,
    player         TEXT    NOT NULL,
    duration       INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    ranges         TEXT    NOT NULL,
    started_at     INTEGER NOT NULL,
    position_at    INTEGER NOT NULL,
    completed_at   INTEGER,
    label          TEXT    NOT NULL,
    verdict        TEXT    NOT NULL DEFAULT 'open' CHECK (verdict IN ('open', 'held', 'known')),
    matched        INTEGER NOT NULL DEFAULT 0 CHECK (matched IN (0, 1)),
    identification TEXT,
    kind           TEXT    CHECK (kind IN ('movie', 'episode')),
    tmdb           INTEGER
) STRICT;
CREATE INDEX viewings_by_media ON viewings (media_key, started_at);
CREATE INDEX viewings_by_start ON viewings (started_at);
CREATE INDEX viewings_unidentified ON viewings (started_at) WHERE verdict <> 'known';
CREATE INDEX viewings_by_title ON viewings (tmdb, kind, position_at);

CREATE TABLE viewing_recipients (
    viewing INTEGER NOT NULL REFERENCES viewings (number),
    service TEXT    NOT NULL,
    account TEXT    NOT NULL,
    profile TEXT    NOT NULL,
    PRIMARY KEY (viewing, service)
) STRICT, WITHOUT ROWID;
CREATE INDEX viewing_recipients_by_recipient ON viewing_recipients (service, account, profile);

CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    viewing         INTEGER NOT NULL REFERENCES viewings (number),
    viewed_at       INTEGER NOT NULL,
    service         TEXT    NOT NULL,
    account         TEXT    NOT NULL,
    profile         TEXT    NOT NULL,
    what            TEXT    NOT NULL CHECK (what IN ('playback', 'history')),
    kind            TEXT    NOT NULL CHECK (kind IN ('movie', 'episode')),
    tmdb            INTEGER NOT NULL,
    season          INTEGER NOT NULL,
    episode         INTEGER NOT NULL,
    progress        REAL    NOT NULL,
    at              INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('due', 'sending', 'unsure', 'done', 'refused', 'dropped')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_attempt_at INTEGER,
    times_not_there INTEGER NOT NULL DEFAULT 0,
    not_before      INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    receipt         TEXT,
    created_at      INTEGER NOT NULL,
    settled_at      INTEGER,
    CHECK (what = 'history' OR status IN ('due', 'sending', 'refused'))
) STRICT;
CREATE UNIQUE INDEX deliveries_one_history
    ON deliveries (viewing, service, kind, tmdb, season, episode) WHERE what = 'history';
CREATE UNIQUE INDEX deliveries_one_position
    ON deliveries (service, account, profile, kind, tmdb) WHERE what = 'playback' AND status IN ('due', 'refused');
CREATE INDEX deliveries_next
    ON deliveries (service, account, not_before, viewed_at) WHERE status IN ('due', 'unsure');
CREATE INDEX deliveries_by_instant
    ON deliveries (service, account, profile, kind, tmdb, season, episode, at) WHERE what = 'history';
CREATE INDEX deliveries_by_status ON deliveries (status);
CREATE INDEX deliveries_by_viewing ON deliveries (viewing);

CREATE TABLE services (
    service         TEXT    NOT NULL PRIMARY KEY,
    not_before      INTEGER,
    failures        INTEGER NOT NULL,
    needs_user      TEXT,
    last_error      TEXT,
    last_success_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
    key        TEXT    NOT NULL PRIMARY KEY,
    value      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_expiry ON answers (expires_at);
";

/// Deliveries that take back: a history entry that a service was told by mistake, and a position. `title` is what a
/// delivery is of where that is not what its viewing is called by now; `positions_told` is whose position of a title
/// arrived last.
const REPAIRS: &str = r"
CREATE TABLE deliveries_to_be (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    viewing         INTEGER NOT NULL REFERENCES viewings (number),
    viewed_at       INTEGER NOT NULL,
    service         TEXT    NOT NULL,
    account         TEXT    NOT NULL,
    profile         TEXT    NOT NULL,
    what            TEXT    NOT NULL CHECK (what IN ('playback', 'history', 'retraction')),
    kind            TEXT    NOT NULL CHECK (kind IN ('movie', 'episode')),
    tmdb            INTEGER NOT NULL,
    season          INTEGER NOT NULL,
    episode         INTEGER NOT NULL,
    progress        REAL    NOT NULL,
    at              INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('due', 'sending', 'unsure', 'done', 'refused', 'dropped')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_attempt_at INTEGER,
    times_not_there INTEGER NOT NULL DEFAULT 0,
    not_before      INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    receipt         TEXT,
    created_at      INTEGER NOT NULL,
    settled_at      INTEGER,
    title           TEXT,
    clears          INTEGER NOT NULL DEFAULT 0 CHECK (clears IN (0, 1)),
    CHECK (what <> 'playback' OR status IN ('due', 'sending', 'refused')),
    CHECK (what = 'playback' OR clears = 0)
) STRICT;
INSERT INTO deliveries_to_be (id, viewing, viewed_at, service, account, profile, what, kind, tmdb, season, episode,
    progress, at, status, attempts, last_attempt_at, times_not_there, not_before, last_error, receipt, created_at,
    settled_at)
SELECT id, viewing, viewed_at, service, account, profile, what, kind, tmdb, season, episode,
    progress, at, status, attempts, last_attempt_at, times_not_there, not_before, last_error, receipt, created_at,
    settled_at
FROM deliveries;
DELETE FROM sqlite_sequence WHERE name = 'deliveries_to_be';
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'deliveries_to_be', seq FROM sqlite_sequence WHERE name = 'deliveries';
DROP TABLE deliveries;
ALTER TABLE deliveries_to_be RENAME TO deliveries;
CREATE UNIQUE INDEX deliveries_one_history
    ON deliveries (viewing, service, kind, tmdb, season, episode) WHERE what = 'history';
CREATE UNIQUE INDEX deliveries_one_retraction
    ON deliveries (viewing, service, kind, tmdb, season, episode) WHERE what = 'retraction' AND status <> 'done';
CREATE UNIQUE INDEX deliveries_one_position
    ON deliveries (service, account, profile, kind, tmdb) WHERE what = 'playback' AND status IN ('due', 'refused');
CREATE INDEX deliveries_next
    ON deliveries (service, account, not_before, viewed_at) WHERE status IN ('due', 'unsure');
CREATE INDEX deliveries_by_instant
    ON deliveries (service, account, profile, kind, tmdb, season, episode, at) WHERE what <> 'playback';
CREATE INDEX deliveries_by_status ON deliveries (status);
CREATE INDEX deliveries_by_viewing ON deliveries (viewing);

CREATE TABLE positions_told (
    service TEXT    NOT NULL,
    account TEXT    NOT NULL,
    profile TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    tmdb    INTEGER NOT NULL,
    season  INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    viewing INTEGER NOT NULL REFERENCES viewings (number),
    PRIMARY KEY (service, account, profile, kind, tmdb)
) STRICT, WITHOUT ROWID;
";

/// What is remembered of each sign-in, and the profiles that were ever chosen: real ones, whatever an account lists later.
const SIGN_INS: &str = r"
CREATE TABLE sign_ins (
    service      TEXT    NOT NULL PRIMARY KEY,
    client_id    TEXT,
    public_id    TEXT,
    profile      TEXT,
    profile_name TEXT,
    signed_in_at INTEGER,
    expires_at   INTEGER,
    told         TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE chosen_profiles (
    service TEXT NOT NULL,
    profile TEXT NOT NULL,
    name    TEXT NOT NULL,
    PRIMARY KEY (service, profile)
) STRICT, WITHOUT ROWID;
";

/// What keeps a large journal quick: each order in which deliveries are taken, and how many wait, come from an index; and
/// the words that a viewing is found by are one of their own.
const LARGE: &str = r"
CREATE INDEX deliveries_by_news ON deliveries (service, account, not_before, at) WHERE status IN ('due', 'unsure');
CREATE INDEX deliveries_in_turn
    ON deliveries (service, account, not_before, last_attempt_at, viewed_at) WHERE status IN ('due', 'unsure');
CREATE INDEX deliveries_clearing ON deliveries (service, account, profile) WHERE clears = 1;
CREATE INDEX viewings_held ON viewings (verdict) WHERE verdict = 'held';

CREATE VIRTUAL TABLE viewing_words
    USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIEW words_of_viewings (number, words) AS
    SELECT number, label || ' ' || CASE WHEN json_valid(media) THEN
        coalesce(media ->> '$.title', '') || ' ' || coalesce(substr(media ->> '$.location.File', 1 + length(
            rtrim(media ->> '$.location.File', replace(media ->> '$.location.File', '/', '')))), '')
        ELSE '' END
    FROM viewings;
INSERT INTO viewing_words (rowid, words) SELECT number, words FROM words_of_viewings;
CREATE TRIGGER viewings_begun AFTER INSERT ON viewings BEGIN
    INSERT INTO viewing_words (rowid, words) SELECT number, words FROM words_of_viewings WHERE number = new.number;
END;
CREATE TRIGGER viewings_named AFTER UPDATE OF label, media ON viewings
    WHEN new.label <> old.label OR new.media <> old.media BEGIN
    INSERT OR REPLACE INTO viewing_words (rowid, words)
        SELECT number, words FROM words_of_viewings WHERE number = new.number;
END;
";

/// By which clock times were kept, so that they can be mended while that start of the machine lasts. `clocks` has one row
/// per start: `started` is when it was by the corrected time, in which its times are kept, `heard` the same by the service's
/// clock. A completion in `completed_parts` has the number of its clock as a fourth value. `fixed`: the entry may have reached
/// the service with this instant.
const CLOCKS: &str = r"
CREATE TABLE clocks (
    number  INTEGER PRIMARY KEY,
    boot    TEXT    NOT NULL UNIQUE,
    started INTEGER NOT NULL,
    heard   INTEGER
) STRICT;
ALTER TABLE viewings ADD COLUMN started_clock INTEGER;
ALTER TABLE viewings ADD COLUMN position_clock INTEGER;
CREATE INDEX viewings_by_clock ON viewings (position_clock, position_at) WHERE position_clock IS NOT NULL;
ALTER TABLE deliveries ADD COLUMN fixed INTEGER NOT NULL DEFAULT 0 CHECK (fixed IN (0, 1));
UPDATE deliveries SET fixed = 1 WHERE what = 'history' AND attempts > 0;
";

/// What is told live: to whom, what a viewing's sitting is doing, and of a delivery what it says while it is new.
/// `awaits_end`: a history entry that waits for the end of its sitting, and `not_before` at the longest.
const LIVE: &str = r"
ALTER TABLE viewing_recipients ADD COLUMN live INTEGER NOT NULL DEFAULT 0 CHECK (live IN (0, 1));
ALTER TABLE viewings ADD COLUMN doing TEXT NOT NULL DEFAULT 'stopped' CHECK (doing IN ('playing', 'paused', 'stopped'));
CREATE INDEX viewings_going_on ON viewings (doing) WHERE doing IN ('playing', 'paused');
ALTER TABLE deliveries ADD COLUMN live_word TEXT CHECK (live_word IN ('playing', 'paused', 'stopped'));
ALTER TABLE deliveries ADD COLUMN live_progress REAL;
ALTER TABLE deliveries ADD COLUMN live_until INTEGER;
ALTER TABLE deliveries ADD COLUMN awaits_end INTEGER NOT NULL DEFAULT 0 CHECK (awaits_end IN (0, 1));
CREATE INDEX deliveries_live ON deliveries (service, account, live_until)
    WHERE live_until IS NOT NULL AND status = 'due';
CREATE INDEX deliveries_awaiting ON deliveries (awaits_end, viewing) WHERE awaits_end = 1;
";

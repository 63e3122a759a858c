//! Large journals: many viewings, and many deliveries that wait, put into the file of a journal that is closed.

use std::path::Path;

use rusqlite::{Connection, named_params};

/// How large a journal is to become.
#[derive(Debug, Clone, Copy)]
pub struct Large {
    /// How many viewings are added: films and episodes, one a minute, the last one minute before `until`.
    pub viewings: u32,
    /// How many of them, the oldest ones, have a history entry that waits. Those of the others have arrived.
    pub waiting: u32,
    /// When the last of them began, in milliseconds since 1970.
    pub until: i64,
}

/// Puts viewings into the journal in `state_dir`, which no daemon may have open. Their recipient is the profile `profile`
/// of `discovr`. Returns the number of the first.
///
/// # Errors
/// When it is no journal of a layout that this knows.
pub fn fill(state_dir: &Path, large: Large, profile: &str) -> rusqlite::Result<i64> {
    let mut connection = Connection::open(state_dir.join("journal.db"))?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;")?;
    let transaction = connection.transaction()?;
    let last: i64 =
        transaction.query_row("SELECT coalesce(max(number), 0) FROM viewings", (), |row| row.get(0))?;
    transaction.execute(
        VIEWINGS,
        named_params! { ":last": last, ":count": large.viewings, ":until": large.until },
    )?;
    transaction.execute(
        "INSERT INTO viewing_recipients (viewing, service, account, profile)
         SELECT number, 'discovr', '', ?2 FROM viewings WHERE number > ?1",
        (last, profile),
    )?;
    transaction.execute(
        "INSERT INTO deliveries (viewing, viewed_at, service, account, profile, what, kind, tmdb, season, episode,
             progress, at, status, receipt, created_at, settled_at)
         SELECT number, started_at, 'discovr', '', :profile, 'history', kind, tmdb, kind = 'episode',
             CASE kind WHEN 'episode' THEN 1 + number % 20 ELSE 0 END, 85.0, position_at,
             CASE WHEN number <= :waiting THEN 'due' ELSE 'done' END,
             CASE WHEN number > :waiting THEN 'answered 201' END, position_at,
             CASE WHEN number > :waiting THEN position_at END
         FROM viewings WHERE number > :last ORDER BY number",
        named_params! { ":last": last, ":waiting": last + i64::from(large.waiting), ":profile": profile },
    )?;
    transaction.commit()?;
    Ok(last + 1)
}

/// Each with a title of two words out of thirty-two and a number.
const VIEWINGS: &str = r#"
WITH RECURSIVE
    counted (place) AS (VALUES (1) UNION ALL SELECT place + 1 FROM counted WHERE place < :count),
    words (list) AS (VALUES ('["Amber","Brücke","Cinder","Dawn","Élan","Falcon","Garden","Harbour","Island","Juniper",
        "Kestrel","Lantern","Meadow","Night","Ocean","Paper","Quarry","River","Silver","Thunder","Umbra","Valley","Winter",
        "Xenon","Yellow","Zephyr","Autumn","Bridge","Copper","Desert","Ember","Forest"]')),
    named (number, place, film, title) AS (
        SELECT :last + place, place, place % 2, (list ->> ('$[' || (place % 32) || ']')) || ' '
            || (list ->> ('$[' || (place / 32 % 32) || ']')) || ' ' || (place % 5000)
        FROM counted, words)
INSERT INTO viewings (number, id, media_key, media, player, duration, position, ranges, started_at, position_at, label,
    verdict, matched, identification, kind, tmdb, parts, completed_parts)
SELECT number,
    printf('%08x-0000-7000-8000-%012x', number, number),
    'file:/videos/' || title || ' ' || number || '.mkv',
    json_object('location', json_object('File', '/videos/' || title || '/' || replace(title, ' ', '.') || '.' || number
        || '.mkv'), 'title', NULL, 'tags', json_object(), 'video', json('true'), 'live', json('false')),
    'mpv', 2700000, 2300000, '[[0,2300000]]',
    :until - (:count - place) * 60000 - 2700000, :until - (:count - place) * 60000 - 100000, title,
    'known', 0,
    json_object('verdict', 'known', 'identity', CASE film
            WHEN 1 THEN json_object('kind', 'movie', 'tmdb', 1 + place % 5000)
            ELSE json_object('kind', 'episodes', 'tmdb', 1 + place % 5000, 'season', 1,
                'episodes', json_array(1 + number % 20)) END,
        'label', title, 'evidence', json_array(json_object('kind', 'name_id', 'says', 'its name says so')),
        'confidence', 1.0),
    CASE film WHEN 1 THEN 'movie' ELSE 'episode' END, 1 + place % 5000, 1,
    json_array(json_array(0, 1, :until - (:count - place) * 60000 - 100000))
FROM named
"#;

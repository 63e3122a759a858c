//! Salvage: what can still be read of a damaged journal goes row by row into a new one.
//!
//! A row that can be read may be an old one: the page that said how its delivery ended may be the one that is lost. So no
//! history entry and no retraction that is salvaged is sent before the service was asked about it.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, Transaction, params, params_from_iter};
use uuid::Uuid;

use super::columns::millis;
use super::outbox;
use super::store::Failure;
use super::viewings;
use crate::player::{Location, Media};

/// What came of it. What could not be read can only be counted roughly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Salvaged {
    pub(super) viewings: u64,
    pub(super) deliveries: u64,
    /// At most so many viewings and deliveries could not be read.
    pub(super) lost: u64,
}

/// How many numbers are looked at one by one where pages cannot be read.
const PROBED_AT_MOST: i64 = 2_000_000;

/// The same where it is not known how far they go.
const PROBED_BLINDLY: i64 = 10_000;

/// By how much the numbers of deliveries jump where the last one that was given is not known: one that is under way in a
/// running daemon must never be taken for a new one.
const NUMBERS_LEFT_FREE: i64 = 10_000;

/// Tables of which each row has a number, after those that they refer to.
const NUMBERED: [(&str, &str); 2] = [("viewings", "number"), ("deliveries", "id")];

/// The others, except for the cached answers, which can be asked for again.
const OTHERS: [&str; 6] =
    ["clocks", "viewing_recipients", "positions_told", "services", "sign_ins", "chosen_profiles"];

/// Copies what can be read in `from` to `into`, whose tables are of the same layout and empty.
pub(super) fn copy(from: &Connection, into: &Transaction<'_>) -> rusqlite::Result<Salvaged> {
    let mut salvaged = Salvaged::default();
    for (name, key) in NUMBERED {
        let table = Table::of(into, name)?;
        let read = copy_numbered(&table, key, from, into)?;
        match name {
            "viewings" => salvaged.viewings = read.kept,
            _ => salvaged.deliveries = read.kept,
        }
        salvaged.lost += read.lost;
    }
    for name in OTHERS {
        let table = Table::of(into, name)?;
        if !table.columns.is_empty() {
            copy_both_ways(&table, from, into)?;
        }
    }
    recipients_by_viewing(from, into)?;
    numbers_go_on(from, into)?;
    Ok(salvaged)
}

/// Makes everything that may have been sent a question to its service. `into` is of this release's layout.
pub(super) fn doubt(into: &Transaction<'_>, now: Timestamp) -> Result<(), Failure> {
    // Entries whose row was lost, of viewings that were completed, are made anew: they may be there.
    let completed: Vec<i64> = into
        .prepare(
            "SELECT number FROM viewings WHERE verdict = 'known' AND completed_parts <> '[]'
               AND (SELECT count(*) FROM deliveries WHERE viewing = number AND what = 'history')
                   < (SELECT count(*) FROM viewing_recipients WHERE viewing = number)
                     * CASE WHEN json_valid(completed_parts) THEN json_array_length(completed_parts) ELSE 0 END",
        )?
        .query_map((), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for number in completed {
        if let Some(standing) = viewings::standing(into, number)? {
            for to in outbox::recipients(into, number)? {
                outbox::queue_history(into, &standing, &to, now)?;
            }
        }
    }
    into.execute(
        "UPDATE deliveries SET status = 'unsure', not_before = 0, awaits_end = 0, times_not_there = 0, fixed = 1,
             last_attempt_at = coalesce(last_attempt_at, ?1)
         WHERE what <> 'playback' AND status IN ('due', 'sending', 'unsure')",
        [millis(now)],
    )?;
    // A position can be sent twice, and one waits per title.
    into.execute(
        "DELETE FROM deliveries WHERE what = 'playback' AND status = 'sending' AND EXISTS (
             SELECT 1 FROM deliveries AS other WHERE other.what = 'playback' AND other.status IN ('due', 'refused')
               AND other.service = deliveries.service AND other.account = deliveries.account
               AND other.profile = deliveries.profile AND other.kind = deliveries.kind AND other.tmdb = deliveries.tmdb)",
        (),
    )?;
    Ok(())
}

/// The same for history of before `until` that is queued only now: the viewing that it is of may have been known, and
/// told, in a journal of which not all could be read.
pub(super) fn doubt_older(transaction: &Transaction<'_>, until: Timestamp) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "UPDATE deliveries SET status = 'unsure', not_before = 0, awaits_end = 0, last_attempt_at = ?1, fixed = 1
             WHERE status = 'due' AND what = 'history' AND attempts = 0 AND last_attempt_at IS NULL AND at < ?1",
        )?
        .execute([millis(until)])?;
    Ok(())
}

/// A table's columns as the new journal has them.
struct Table {
    name: &'static str,
    columns: Vec<String>,
}

impl Table {
    fn of(into: &Connection, name: &'static str) -> rusqlite::Result<Self> {
        let columns = into
            .prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?
            .query_map([name], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(Self { name, columns })
    }

    fn select(&self, rest: &str) -> String {
        format!("SELECT {} FROM {} {rest}", self.columns.join(", "), self.name)
    }

    /// Keeps a row, if it is one: the new journal's rules decide. `false` when it is none, or is there already.
    fn keep(&self, values: &[Value], into: &Connection) -> rusqlite::Result<bool> {
        if !self.is_sane(values) {
            return Ok(false);
        }
        let holders = vec!["?"; values.len()].join(", ");
        let sql =
            format!("INSERT OR IGNORE INTO {} ({}) VALUES ({holders})", self.name, self.columns.join(", "));
        match into.prepare_cached(&sql)?.execute(params_from_iter(values)) {
            Ok(kept) => Ok(kept > 0),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                self.keep_without_viewing(values, into)
            }
            Err(error) => Err(error),
        }
    }

    /// What the rules do not hold, but the program relies on.
    fn is_sane(&self, values: &[Value]) -> bool {
        self.columns.iter().zip(values).all(|(column, value)| match (self.name, column.as_str(), value) {
            ("viewings", "id", Value::Text(id)) => Uuid::try_parse(id).is_ok(),
            ("deliveries", "season" | "episode" | "attempts" | "times_not_there", Value::Integer(number)) => {
                u32::try_from(*number).is_ok()
            }
            _ => true,
        })
    }

    /// A delivery whose viewing is lost is kept with a viewing of which nothing but the title's number is known.
    fn keep_without_viewing(&self, values: &[Value], into: &Connection) -> rusqlite::Result<bool> {
        if self.name != "deliveries" {
            return Ok(false);
        }
        let value = |name: &str| {
            self.columns.iter().position(|column| column == name).map_or(&Value::Null, |at| &values[at])
        };
        if !matches!(value("what"), Value::Text(what) if what == "history") {
            return Ok(false);
        }
        let Ok(unknown) = serde_json::to_string(&Media::at(Location::Unknown)) else { return Ok(false) };
        let made = into
            .prepare_cached(
                "INSERT OR IGNORE INTO viewings (number, id, media_key, media, player, duration, position, ranges,
                     started_at, position_at, label, verdict, kind, tmdb)
                 VALUES (?1, ?2, 'lost:' || ?2, ?7, 'unknown', 0, 0, '[]', ?3, ?4,
                     'a viewing that could not be read', 'known', ?5, ?6)",
            )?
            .execute(params![
                value("viewing"),
                Uuid::now_v7().to_string(),
                value("viewed_at"),
                value("at"),
                value("kind"),
                value("tmdb"),
                unknown,
            ]);
        match made {
            Ok(1) => {}
            Ok(_) => return Ok(false),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        self.keep(values, into)
    }

    fn row(&self, row: &Row<'_>) -> rusqlite::Result<Vec<Value>> {
        (0..self.columns.len()).map(|at| row.get(at)).collect()
    }
}

/// How many rows of a table were kept, and at most how many were not.
#[derive(Debug, Default)]
struct Read {
    kept: u64,
    lost: u64,
}

impl Read {
    fn count(&mut self, kept: bool) {
        if kept {
            self.kept += 1;
        } else {
            self.lost += 1;
        }
    }
}

/// In order until a page cannot be read, and from there on number by number: each is looked for by itself.
fn copy_numbered(table: &Table, key: &str, from: &Connection, into: &Connection) -> rusqlite::Result<Read> {
    let mut read = Read::default();
    let mut last = 0;
    let number_at = table.columns.iter().position(|column| column == key);
    let in_order = table.select(&format!("NOT INDEXED WHERE {key} > 0 ORDER BY {key}"));
    let whole = each(from, &in_order, table, |values| {
        if let Some(Value::Integer(number)) = number_at.and_then(|at| values.get(at)) {
            last = *number;
        }
        read.count(table.keep(&values, into)?);
        Ok(())
    })?;
    if whole {
        return Ok(read);
    }
    let highest: Option<i64> = from
        .query_row(&format!("SELECT max({key}) FROM {} NOT INDEXED", table.name), (), |row| row.get(0))
        .ok();
    let end = match highest {
        Some(highest) => highest.min(last.saturating_add(PROBED_AT_MOST)),
        None => last.saturating_add(PROBED_BLINDLY),
    };
    let one = table.select(&format!("NOT INDEXED WHERE {key} = ?1"));
    let Ok(mut one) = from.prepare(&one) else { return Ok(read) };
    for number in last.saturating_add(1)..=end {
        match one.query_row([number], |row| table.row(row)).optional() {
            Ok(Some(values)) => read.count(table.keep(&values, into)?),
            Ok(None) => {}
            // How many there were is not known where the end is not.
            Err(_) if highest.is_none() => read.lost = read.lost.max(1),
            Err(_) => read.lost += 1,
        }
    }
    Ok(read)
}

/// From the beginning until a page cannot be read, and from the end.
fn copy_both_ways(table: &Table, from: &Connection, into: &Connection) -> rusqlite::Result<()> {
    let keys: Vec<String> = into
        .prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?
        .query_map([table.name], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let ascending = format!("ORDER BY {}", keys.join(", "));
    let descending = format!("ORDER BY {} DESC", keys.join(" DESC, "));
    for order in [ascending, descending] {
        let whole = each(from, &table.select(&order), table, |values| table.keep(&values, into).map(drop))?;
        if whole {
            break;
        }
    }
    Ok(())
}

/// Whom each viewing is to be told, looked for by itself; where that is lost, whom it was told before, in the way in which
/// that service is told.
fn recipients_by_viewing(from: &Connection, into: &Connection) -> rusqlite::Result<()> {
    let missing: Vec<i64> = into
        .prepare("SELECT number FROM viewings WHERE number NOT IN (SELECT viewing FROM viewing_recipients)")?
        .query_map((), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let table = Table::of(into, "viewing_recipients")?;
    if let Ok(mut of_viewing) = from.prepare(&table.select("WHERE viewing = ?1")) {
        for number in missing {
            let rows = of_viewing.query_map([number], |row| table.row(row))?;
            for values in rows.map_while(Result::ok) {
                table.keep(&values, into)?;
            }
        }
    }
    let (live, is_live) = if table.columns.iter().any(|column| column == "live") {
        (
            ", live",
            ", service IN (SELECT service FROM viewing_recipients WHERE live = 1
                 UNION SELECT service FROM deliveries WHERE live_until IS NOT NULL OR awaits_end = 1)",
        )
    } else {
        ("", "")
    };
    let sql = format!(
        "INSERT OR IGNORE INTO viewing_recipients (viewing, service, account, profile{live})
         SELECT viewing, service, account, profile{is_live} FROM deliveries
         WHERE viewing NOT IN (SELECT viewing FROM viewing_recipients)"
    );
    into.execute(&sql, ())?;
    Ok(())
}

/// No number of a delivery is ever given twice.
fn numbers_go_on(from: &Connection, into: &Connection) -> rusqlite::Result<()> {
    let given: Option<i64> = from
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'", (), |row| row.get(0))
        .ok()
        .filter(|given| (0..i64::MAX / 2).contains(given));
    let highest: i64 = into.query_row("SELECT coalesce(max(id), 0) FROM deliveries", (), |row| row.get(0))?;
    let last = given.map_or(highest.saturating_add(NUMBERS_LEFT_FREE), |given| given.max(highest));
    into.execute("DELETE FROM sqlite_sequence WHERE name = 'deliveries'", ())?;
    into.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('deliveries', ?1)", [last])?;
    Ok(())
}

/// Gives every row that `sql` finds to `take`, until there are no more (`true`) or one cannot be read.
fn each(
    from: &Connection,
    sql: &str,
    table: &Table,
    mut take: impl FnMut(Vec<Value>) -> rusqlite::Result<()>,
) -> rusqlite::Result<bool> {
    let Ok(mut statement) = from.prepare(sql) else { return Ok(false) };
    let Ok(mut rows) = statement.query(()) else { return Ok(false) };
    loop {
        match rows.next() {
            Ok(Some(row)) => match table.row(row) {
                Ok(values) => take(values)?,
                Err(_) => return Ok(false),
            },
            Ok(None) => return Ok(true),
            Err(_) => return Ok(false),
        }
    }
}

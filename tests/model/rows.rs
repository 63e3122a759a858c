//! The journal's rows as values: comparable, and the same for every state that the program cannot tell apart.

use std::rc::Rc;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql};

/// The instant at which every call to the journal is made, in milliseconds: times are kept relative to it.
pub(crate) const NOW: i64 = 1_800_000_000_000;
/// The step in which time goes by, in milliseconds: every time by which the worker goes is a multiple of it.
pub(crate) const TICK: i64 = 5_000;
/// What lies further back than this, in milliseconds, is long ago: nothing asks how long.
const LONG_AGO: i64 = 4 * TICK;

/// The tables of which anything may change.
const TABLES: [&str; 5] = ["deliveries", "services", "positions_told", "viewing_recipients", VIEWINGS];
const DELIVERIES: usize = 0;
const SERVICES: usize = 1;
/// Of which only what its sitting is doing changes.
const VIEWINGS: &str = "viewings";
const DOING: usize = TABLES.len() - 1;

/// The columns of a table of which anything may change.
fn changing(table: &str) -> &'static str {
    if table == VIEWINGS { "number, doing" } else { "*" }
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Cell {
    Null,
    Number(i64),
    Real(u64),
    Text(Rc<str>),
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Number(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Real(bits) => ToSqlOutput::Owned(Value::Real(f64::from_bits(*bits))),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

impl Cell {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Real(real) => Self::Real(real.to_bits()),
            ValueRef::Text(text) => Self::Text(Rc::from(String::from_utf8_lossy(text))),
            ValueRef::Blob(_) => panic!("the journal has no blobs"),
        }
    }

    fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Null | Self::Real(_) | Self::Text(_) => None,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Null | Self::Number(_) | Self::Real(_) => "",
        }
    }
}

type Row = Vec<Cell>;

/// All rows, table by table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Rows([Rc<Vec<Row>>; TABLES.len()]);

/// What a delivery's row says that matters to the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) id: i64,
    /// The place of its viewing, from 0.
    pub(crate) viewing: usize,
    pub(crate) service: Rc<str>,
    pub(crate) what: Rc<str>,
    pub(crate) status: Rc<str>,
    /// The instant that it tells, in milliseconds.
    pub(crate) at: i64,
    /// In milliseconds; 0 is at once.
    pub(crate) not_before: i64,
}

/// Where the columns are.
#[derive(Debug)]
pub(crate) struct Columns([Vec<String>; TABLES.len()]);

impl Columns {
    pub(crate) fn of(connection: &Connection) -> Self {
        Self(TABLES.map(|table| {
            let statement = connection.prepare(&format!("SELECT {} FROM {table}", changing(table))).unwrap();
            statement.column_names().map(str::to_owned).collect()
        }))
    }

    fn place(&self, table: usize, column: &str) -> usize {
        self.0[table].iter().position(|name| name == column).unwrap()
    }

    /// Takes all rows out.
    pub(crate) fn read(&self, connection: &Connection) -> Rows {
        Rows(TABLES.map(|table| {
            let order = if table == "deliveries" { "id" } else { "1, 2" };
            let sql = format!("SELECT {} FROM {table} ORDER BY {order}", changing(table));
            let mut statement = connection.prepare_cached(&sql).unwrap();
            let width = statement.column_count();
            let rows = statement
                .query_map((), |row| {
                    (0..width).map(|place| row.get_ref(place).map(Cell::of)).collect::<Result<Row, _>>()
                })
                .unwrap();
            Rc::new(rows.map(Result::unwrap).collect())
        }))
    }

    /// Puts `rows` in the place of those that are there, which are `held`.
    pub(crate) fn write(&self, connection: &mut Connection, held: &Rows, rows: &Rows) {
        if held == rows {
            return;
        }
        let transaction = connection.transaction().unwrap();
        for (place, table) in TABLES.iter().enumerate() {
            if held.0[place] == rows.0[place] {
                continue;
            }
            if *table == VIEWINGS {
                let mut update =
                    transaction.prepare_cached("UPDATE viewings SET doing = ?2 WHERE number = ?1").unwrap();
                for row in rows.0[place].iter() {
                    update.execute(rusqlite::params_from_iter(row)).unwrap();
                }
                continue;
            }
            transaction.prepare_cached(&format!("DELETE FROM {table}")).unwrap().execute(()).unwrap();
            let marks = vec!["?"; self.0[place].len()].join(", ");
            let mut insert =
                transaction.prepare_cached(&format!("INSERT INTO {table} VALUES ({marks})")).unwrap();
            for row in rows.0[place].iter() {
                insert.execute(rusqlite::params_from_iter(row)).unwrap();
            }
        }
        transaction.commit().unwrap();
    }

    /// The rows with everything alike that the program takes for alike, and the new number of each delivery: numbers
    /// without gaps, no words for people, times long ago only in their order, counts as far as they count.
    pub(crate) fn canonical(&self, rows: &Rows) -> (Rows, Vec<(i64, i64)>) {
        let mut rows = rows.clone();
        let deliveries = Rc::make_mut(&mut rows.0[DELIVERIES]);
        let column = |name| self.place(DELIVERIES, name);
        let (id, service, attempted) = (column("id"), column("service"), column("last_attempt_at"));
        let (not_before, error, receipt) = (column("not_before"), column("last_error"), column("receipt"));
        let (created, settled) = (column("created_at"), column("settled_at"));
        let counts = [column("attempts"), column("times_not_there")];
        let mut ids = Vec::new();
        let old: Vec<(Rc<str>, i64)> = deliveries
            .iter()
            .filter_map(|row| Some((Rc::from(row[service].text()), row[attempted].number()?)))
            .filter(|(_, at)| *at <= NOW - LONG_AGO)
            .collect();
        for (place, row) in deliveries.iter_mut().enumerate() {
            let new = i64::try_from(place).unwrap() + 1;
            ids.push((row[id].number().unwrap(), new));
            row[id] = Cell::Number(new);
            for count in counts {
                row[count] = Cell::Number(row[count].number().unwrap().min(1));
            }
            if let Some(at) = row[attempted].number() {
                let mut later: Vec<i64> = old
                    .iter()
                    .filter(|(of, other)| **of == *row[service].text() && *other > at)
                    .map(|(_, other)| *other)
                    .collect();
                later.dedup();
                let rank = i64::try_from(later.len()).unwrap();
                row[attempted] = Cell::Number(if at <= NOW - LONG_AGO { NOW - LONG_AGO - rank } else { at });
            }
            if let Some(at) = row[not_before].number().filter(|&at| at > 0) {
                row[not_before] = Cell::Number(at.clamp(NOW, NOW + LONG_AGO));
            }
            row[error] = Cell::Null;
            row[created] = Cell::Number(NOW);
            for known in [receipt, settled] {
                if row[known] != Cell::Null {
                    row[known] = if known == settled { Cell::Number(NOW) } else { Cell::Text("x".into()) };
                }
            }
        }
        let column = |name| self.place(SERVICES, name);
        let (not_before, failures, needs) = (column("not_before"), column("failures"), column("needs_user"));
        let (error, success) = (column("last_error"), column("last_success_at"));
        for row in Rc::make_mut(&mut rows.0[SERVICES]) {
            row[not_before] = match row[not_before].number() {
                Some(at) if at > NOW => Cell::Number(at.min(NOW + LONG_AGO)),
                _ => Cell::Null,
            };
            row[failures] = Cell::Number(row[failures].number().unwrap().min(1));
            if row[needs] != Cell::Null {
                row[needs] = Cell::Text("x".into());
            }
            row[error] = Cell::Null;
            row[success] = Cell::Null;
        }
        (rows, ids)
    }

    /// The rows `millis` later.
    pub(crate) fn later(&self, rows: &Rows, millis: i64) -> Rows {
        let mut rows = rows.clone();
        let (attempted, not_before) =
            (self.place(DELIVERIES, "last_attempt_at"), self.place(DELIVERIES, "not_before"));
        let live_until = self.place(DELIVERIES, "live_until");
        for row in Rc::make_mut(&mut rows.0[DELIVERIES]) {
            for place in [attempted, not_before] {
                if let Some(at) = row[place].number().filter(|&at| at > 0) {
                    row[place] = Cell::Number(at - millis);
                }
            }
            // What is new is so for as long as nothing waits: what then follows from it is only the order.
            if row[live_until] != Cell::Null {
                row[live_until] = Cell::Number(NOW);
            }
        }
        let not_before = self.place(SERVICES, "not_before");
        for row in Rc::make_mut(&mut rows.0[SERVICES]) {
            if let Some(at) = row[not_before].number() {
                row[not_before] = Cell::Number(at - millis);
            }
        }
        self.canonical(&rows).0
    }

    pub(crate) fn lines(&self, rows: &Rows) -> Vec<Line> {
        let column = |name| self.place(DELIVERIES, name);
        let (id, viewing, service, what) =
            (column("id"), column("viewing"), column("service"), column("what"));
        let (status, at, not_before) = (column("status"), column("at"), column("not_before"));
        let line = |row: &Row| Line {
            id: row[id].number().unwrap(),
            viewing: usize::try_from(row[viewing].number().unwrap() - 1).unwrap(),
            service: Rc::from(row[service].text()),
            what: Rc::from(row[what].text()),
            status: Rc::from(row[status].text()),
            at: row[at].number().unwrap(),
            not_before: row[not_before].number().unwrap(),
        };
        rows.0[DELIVERIES].iter().map(line).collect()
    }

    /// Whether the sitting of each viewing goes on.
    pub(crate) fn sits(rows: &Rows) -> Vec<bool> {
        rows.0[DOING].iter().map(|row| row[1].text() != "stopped").collect()
    }

    /// All that is kept of a service, without the numbers of its deliveries.
    pub(crate) fn of_service(&self, rows: &Rows, service: &str) -> Vec<Row> {
        let id = self.place(DELIVERIES, "id");
        let mut kept = Vec::new();
        for table in [DELIVERIES, SERVICES] {
            let place = self.place(table, "service");
            kept.extend(rows.0[table].iter().filter(|row| row[place].text() == service).cloned().map(
                |mut row| {
                    if table == DELIVERIES {
                        row[id] = Cell::Null;
                    }
                    row
                },
            ));
        }
        kept
    }
}

//! How SQLite goes about every statement of the journal: by an index, however large the journal is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::desk::Desk;

/// Steps that go through all of something, or sort it, in the statements that have these words; and why there is never
/// much of it.
const SMALL: &[(&str, &str, &str)] = &[
    ("WHERE status = 'sending' AND service = coalesce", "ORDER BY", "one per service is being sent"),
    ("WHERE media_key = ?1 AND verdict = 'known'", "ORDER BY", "the viewings of one file"),
    (
        "FROM viewings ORDER BY started_at DESC, number DESC LIMIT",
        "viewings_by_start",
        "as many as are listed",
    ),
    ("WHERE verdict <> 'known' ORDER BY started_at", "viewings_unidentified", "those that are held"),
    ("INSERT INTO viewings", "positions_told", "only where a reference was broken within the transaction"),
    ("UPDATE services SET", "services", "one per service"),
    ("FROM clocks WHERE number <> ?1 AND started < ?2", "clocks", "one per start of the machine"),
    ("sqlite_schema", "sqlite_master", "the tables"),
];

/// What each literal of a source says, and the constant that it is the value of.
fn literals(source: &str) -> Vec<(Option<String>, String)> {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let source = lines.collect::<Vec<_>>().join("\n").replace("'\"'", "''");
    let mut found = Vec::new();
    let mut rest = source.as_str();
    while let Some((before, after)) = rest.split_once('"') {
        let mut text = String::new();
        let mut letters = after.char_indices();
        let end = loop {
            match letters.next().expect("a literal ends") {
                (end, '"') => break end,
                (_, '\\') => match letters.next() {
                    Some((_, '\n')) | None => text.push(' '),
                    Some((_, letter)) => text.push(letter),
                },
                (_, letter) => text.push(letter),
            }
        };
        let name = before.rsplit_once("const ").filter(|(_, name)| name.ends_with(": &str = "));
        found.push((name.map(|(_, name)| name.trim_end_matches(": &str = ").to_owned()), text));
        rest = &after[end + 1..];
    }
    found
}

/// Making a journal, and saving what is in a damaged one, go through all of it.
const WHOLE: [&str; 3] = ["schema.rs", "salvage.rs", "rescue.rs"];

/// Every statement of the journal, out of its source.
fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/journal");
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !WHOLE.iter().any(|name| path.ends_with(name)) {
            sources.push(fs::read_to_string(path).unwrap());
        }
    }
    let all: Vec<_> = sources.iter().flat_map(|source| literals(source)).collect();
    let constants: BTreeMap<_, _> =
        all.iter().filter_map(|(name, text)| Some((name.as_ref()?, text))).collect();
    let used_alone =
        |name: &String| sources.iter().any(|source| source.contains(&format!("prepare_cached({name})")));
    let mut statements: Vec<String> = Vec::new();
    for (name, text) in &all {
        if name.as_ref().is_some_and(|name| !used_alone(name)) {
            continue;
        }
        let mut sql = text.clone();
        for _ in 0..2 {
            for (name, value) in &constants {
                sql = sql.replace(&format!("{{{name}}}"), value);
            }
        }
        if ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|begin| sql.starts_with(begin)) {
            statements.push(sql.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    statements
}

/// The steps in which SQLite does it.
fn plan(database: &Connection, sql: &str) -> Vec<String> {
    let mut statement = database
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    for index in 1..=statement.parameter_count() {
        // Unbound parameters are NULL: how it is done does not depend on them.
        statement.raw_bind_parameter(index, rusqlite::types::Null).unwrap();
    }
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

#[tokio::test]
async fn no_statement_goes_through_all_viewings_or_deliveries_nor_sorts_them() {
    let desk = Desk::new();
    let database = Connection::open(desk.path()).unwrap();
    let statements = statements();
    assert!(statements.len() > 80, "only {} statements were found", statements.len());
    let mut bad = Vec::new();
    let mut excused = vec![false; SMALL.len()];
    for sql in &statements {
        for step in plan(&database, sql) {
            let scans =
                step.starts_with("SCAN") && !step.contains("CONSTANT ROW") && !step.contains("VIRTUAL TABLE");
            if !scans && !step.contains("TEMP B-TREE") {
                continue;
            }
            match SMALL.iter().position(|(words, what, _)| sql.contains(words) && step.contains(what)) {
                Some(index) => excused[index] = true,
                None => bad.push(format!("{step}\n    {sql}")),
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    let superfluous: Vec<_> = SMALL.iter().zip(excused).filter(|(_, used)| !used).collect();
    assert!(superfluous.is_empty(), "{superfluous:?}");
}

#[tokio::test]
async fn the_next_delivery_is_one_look_into_an_index_in_every_order() {
    let desk = Desk::new();
    let database = Connection::open(desk.path()).unwrap();
    let statements = statements();
    for (order, index) in [
        ("ORDER BY viewed_at, id", "deliveries_next (service=? AND account=? AND not_before=?)"),
        ("ORDER BY at DESC, id DESC", "deliveries_by_news (service=? AND account=? AND not_before=?)"),
        ("ORDER BY live_until, id", "deliveries_live (service=? AND account=? AND live_until>?)"),
        (
            "ORDER BY last_attempt_at, viewed_at, id",
            "deliveries_in_turn (service=? AND account=? AND not_before=?)",
        ),
    ] {
        let mut found = statements.iter().filter(|sql| sql.contains(order));
        let steps = plan(&database, found.next().expect(order));
        assert_eq!(steps[0], format!("SEARCH deliveries USING INDEX {index}"));
        assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:?}");
    }
}

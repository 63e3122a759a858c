//! How SQLite goes about each statement of the journal: by an index, however large the journal is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::desk::Desk;

/// Those that go through all of something, and why that is no matter.
const SORTED_OR_SCANNED: &[(&str, &str)] = &[
    ("SELECT id, what FROM deliveries\n                     WHERE status = 'sending'", "one at most is being sent"),
];

/// Every statement of the journal, out of its source: what begins like one.
fn statements() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/journal");
    let literal = |text: &str| -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find('"') {
            let Some(end) = rest[start + 1..].find('"') else { break };
            found.push(rest[start + 1..start + 1 + end].replace("\\\n", " "));
            rest = &rest[start + 2 + end..];
        }
        found
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name == "schema.rs" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "];
        for sql in literal(&code).into_iter().filter(|sql| begins.iter().any(|begin| sql.starts_with(begin))) {
            found.push((name.clone(), sql));
        }
    }
    found
}


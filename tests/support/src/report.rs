//! Figures of a run: what a scenario has shown goes, as one line of JSON each, to the file that `DISCOVR_SCROBBLER_REPORT`
//! names. Without it nothing is kept.

use std::fs::File;
use std::io::Write;

use serde_json::{Map, Value};

/// The variable that names the file.
pub const VARIABLE: &str = "DISCOVR_SCROBBLER_REPORT";

/// Says that a scenario of a `group` has held, with its figures. The name is a sentence that says what went wrong and, where
/// that is not always the same, what was promised: "the answer is dropped after the entry was made".
///
/// # Panics
/// When the file cannot be written.
pub fn held(group: &str, scenario: &str, figures: &[(&str, Value)]) {
    let figures: Map<String, Value> =
        figures.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let line = serde_json::json!({"group": group, "scenario": scenario, "figures": figures}).to_string();
    // Not by the macro: a run that succeeds shows its figures too.
    let _ = writeln!(std::io::stderr(), "{line}");
    if let Some(path) = std::env::var_os(VARIABLE) {
        let mut file = File::options().create(true).append(true).open(path).expect("the report's file");
        // In one piece, as other tests write too.
        file.write_all(format!("{line}\n").as_bytes()).expect("the report's file");
    }
}

//! The tables of `docs/reliability.md`: written from a report of figures, and compared with one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The tables stand between these lines; what is around them is written by hand.
pub const BEGIN: &str = "<!-- tables: written by tests/reliability -->";
/// See [`BEGIN`].
pub const END: &str = "<!-- end of the tables -->";
/// The groups in the order in which they are shown; others follow.
const ORDER: [&str; 11] = [
    "service",
    "two of everything",
    "kill -9",
    "model",
    "disk",
    "time",
    "hostile input",
    "load",
    "a long history",
    "shutdown and updates",
    "fuzzing",
];
/// Groups that are measured by hours of work or on a machine at rest (`tests/measure-load`), not by each run of the tests: their rows stay until they are written anew.
const LASTING: [&str; 2] = ["fuzzing", "a long history"];

/// Scenarios with their figures as they are shown, by group.
type Tables = BTreeMap<String, BTreeMap<String, String>>;

/// What is wrong with a report or a document.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// `document` with the tables of `report`, which has one JSON object in each line as `report::held` writes them. A group
/// that the report does not have keeps its rows.
///
/// # Errors
/// When the document has no place for tables, or a line of the report is none of ours.
pub fn rendered(document: &str, report: &str) -> Result<String, Fault> {
    let (head, old, tail) = split(document)?;
    let mut tables = shown(old);
    tables.extend(reported(report)?);
    let mut text = format!("{head}{BEGIN}\n");
    let others = tables.keys().filter(|group| !ORDER.contains(&group.as_str()));
    for group in ORDER.into_iter().chain(others.map(String::as_str)) {
        let Some(rows) = tables.get(group) else { continue };
        text.push_str(&format!("\n### {group}\n\n| scenario | figures |\n|---|---|\n"));
        for (scenario, figures) in rows {
            text.push_str(&format!("| {} | {} |\n", cell(scenario), cell(figures)));
        }
    }
    Ok(format!("{text}\n{END}{tail}"))
}

/// In what `document` and the `report` of a whole run differ: scenarios that held and are not in it, and scenarios in it
/// that have not held.
///
/// # Errors
/// As [`rendered`].
pub fn differences(document: &str, report: &str) -> Result<Vec<String>, Fault> {
    let names = |tables: Tables| -> BTreeSet<(String, String)> {
        let rows = |(group, rows): (String, BTreeMap<String, String>)| {
            rows.into_keys().map(move |scenario| (group.clone(), cell(&scenario))).collect::<Vec<_>>()
        };
        tables.into_iter().filter(|(group, _)| !LASTING.contains(&group.as_str())).flat_map(rows).collect()
    };
    let shown = names(shown(split(document)?.1));
    let held = names(reported(report)?);
    let missing = held.difference(&shown).map(|(group, name)| format!("held and not shown: {group}: {name}"));
    let stale = shown.difference(&held).map(|(group, name)| format!("shown and not held: {group}: {name}"));
    Ok(missing.chain(stale).collect())
}

/// The tests that `document` names as `suite::test`, in backticks.
#[must_use]
pub fn tests_named(document: &str) -> Vec<&str> {
    let code = document.split('`').skip(1).step_by(2);
    code.filter(|code| {
        code.contains("::") && code.chars().all(|c| c == ':' || c == '_' || c.is_alphanumeric())
    })
    .collect()
}

fn split(document: &str) -> Result<(&str, &str, &str), Fault> {
    document
        .split_once(BEGIN)
        .and_then(|(head, rest)| rest.split_once(END).map(|(tables, tail)| (head, tables, tail)))
        .ok_or_else(|| Fault(format!("the document needs the lines {BEGIN:?} and {END:?}")))
}

fn shown(tables: &str) -> Tables {
    let mut found = Tables::new();
    let mut group = String::new();
    for line in tables.lines() {
        if let Some(name) = line.strip_prefix("### ") {
            name.clone_into(&mut group);
        } else if let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |"))
            && let Some((scenario, figures)) = row.split_once(" | ")
            && (scenario, figures) != ("scenario", "figures")
        {
            let rows = found.entry(group.clone()).or_default();
            rows.insert(scenario.to_owned(), figures.to_owned());
        }
    }
    found
}

/// What held more than once is shown as it held last.
fn reported(report: &str) -> Result<Tables, Fault> {
    let mut found = Tables::new();
    for (number, line) in report.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong =
            || Fault(format!("line {} of the report is not one that `held` writes: {line}", number + 1));
        let line: Value = serde_json::from_str(line).map_err(|_| wrong())?;
        let (Some(group), Some(scenario), Some(figures)) =
            (line["group"].as_str(), line["scenario"].as_str(), line["figures"].as_object())
        else {
            return Err(wrong());
        };
        let figures: Vec<String> = figures
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name}: {text}"),
                other => format!("{name}: {other}"),
            })
            .collect();
        let rows = found.entry(group.to_owned()).or_default();
        rows.insert(scenario.to_owned(), figures.join(" · "));
    }
    Ok(found)
}

/// Without what would end a cell.
fn cell(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ").replace('|', "/");
    if text.trim().is_empty() { "held".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = concat!(
        r#"{"group":"kill -9","scenario":"it is | killed","figures":{"kills":500,"seed":7}}"#,
        "\n",
        r#"{"group":"service","scenario":"the answer is lost","figures":{}}"#,
        "\n",
    );

    fn empty() -> String {
        format!("# By hand\n\n{BEGIN}\n{END}\n\nThe end\n")
    }

    #[test]
    fn the_tables_are_written_in_their_place_and_in_their_order() {
        let text = rendered(&empty(), REPORT).unwrap();
        assert_eq!(
            text,
            format!(
                "# By hand\n\n{BEGIN}\n\n### service\n\n| scenario | figures |\n|---|---|\n| the answer is lost | held |\n\
                 \n### kill -9\n\n| scenario | figures |\n|---|---|\n| it is / killed | kills: 500 · seed: 7 |\n\n{END}\n\nThe end\n"
            )
        );
        assert_eq!(rendered(&text, REPORT).unwrap(), text);
    }

    #[test]
    fn a_group_that_was_not_run_keeps_its_rows_and_one_that_was_loses_its_old_ones() {
        let text = rendered(&empty(), REPORT).unwrap();
        let newer = r#"{"group":"service","scenario":"it stalls","figures":{"calls":2}}"#;
        let text = rendered(&text, newer).unwrap();
        assert!(text.contains("| it stalls | calls: 2 |") && text.contains("it is / killed"), "{text}");
        assert!(!text.contains("the answer is lost"), "{text}");
    }

    #[test]
    fn a_scenario_that_is_gone_and_one_that_is_new_are_found() {
        let text = rendered(&empty(), REPORT).unwrap();
        assert_eq!(differences(&text, REPORT).unwrap(), Vec::<String>::new());
        let other = r#"{"group":"service","scenario":"it stalls","figures":{"calls":2}}"#;
        assert_eq!(
            differences(&text, other).unwrap(),
            [
                "held and not shown: service: it stalls",
                "shown and not held: kill -9: it is / killed",
                "shown and not held: service: the answer is lost",
            ]
        );
    }

    #[test]
    fn what_is_no_report_and_what_has_no_place_for_tables_is_refused() {
        assert!(rendered(&empty(), "{}\n").unwrap_err().0.contains("line 1"));
        assert!(rendered("# By hand\n", REPORT).unwrap_err().0.contains(BEGIN));
    }

    #[test]
    fn tests_are_found_by_their_paths() {
        let text = "Held by `faults::kills::a_daemon` and `no test`, see `Cargo.toml`, `journal::b_2`.";
        assert_eq!(tests_named(text), ["faults::kills::a_daemon", "journal::b_2"]);
    }
}

//! Writes the tables of a document from a report, or compares them: `reliability write|check DOCUMENT REPORT`. Used by
//! `tests/reliability`.

use std::io::Write;
use std::process::ExitCode;
use std::{env, fs, io};

use discovr_scrobbler_support::reliability::{Fault, differences, rendered};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["write", document, report] => write(document, report),
        ["check", document, report] => check(document, report),
        _ => Err(Fault("usage: reliability write|check DOCUMENT REPORT".to_owned())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Fault(fault)) => {
            let _ = writeln!(io::stderr(), "reliability: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn write(document: &str, report: &str) -> Result<(), Fault> {
    let text = rendered(&read(document)?, &read(report)?)?;
    fs::write(document, text).map_err(|error| Fault(format!("cannot write {document}: {error}")))
}

fn check(document: &str, report: &str) -> Result<(), Fault> {
    let differences = differences(&read(document)?, &read(report)?)?;
    if differences.is_empty() {
        return Ok(());
    }
    let list = differences.join("\n  ");
    Err(Fault(format!(
        "{document} is not what this run has shown; `tests/reliability` writes it anew:\n  {list}"
    )))
}

fn read(path: &str) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(|error| Fault(format!("cannot read {path}: {error}")))
}

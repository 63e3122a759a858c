//! What was found, for people.

use super::finding::{Finding, Group, Verdict};
use crate::cli::output::Output;

/// How far in a finding begins.
const INDENT: usize = 8;

/// One screen: the groups with their findings, and how it stands in one line.
pub(super) fn shown(findings: &[Finding], output: &Output) -> String {
    let mut text = String::new();
    let mut group = None;
    for finding in findings {
        if group.replace(finding.group) != Some(finding.group) {
            text.push_str(&format!("{}\n", output.paint(output.styles().head, title(finding.group))));
        }
        text.push_str(&entry(finding, output));
    }
    text.push_str(&format!("\n{}\n", summary(findings)));
    text
}

fn title(group: Group) -> &'static str {
    match group {
        Group::Settings => "settings",
        Group::Daemon => "daemon",
        Group::Unit => "systemd unit",
        Group::Players => "players",
        Group::Journal => "journal",
        Group::Discovr => "Discovr",
        Group::Trakt => "Trakt",
        Group::Tmdb => "TMDB",
        Group::Files => "permissions",
    }
}

fn entry(finding: &Finding, output: &Output) -> String {
    let styles = output.styles();
    let (style, word) = match finding.verdict {
        Verdict::Good => (styles.good, "good"),
        Verdict::Note => (styles.warn, "note"),
        Verdict::Bad => (styles.error, "bad"),
    };
    let body = output.rows(INDENT, [vec![finding.finding.clone()]]);
    let mut text = format!("  {}{:2$}", output.paint(style, word), "", INDENT - 2 - word.len());
    text.push_str(body.get(INDENT..).unwrap_or_default());
    if let Some(remedy) = &finding.remedy {
        let remedy = output.rows(INDENT + 2, [vec![remedy.clone()]]);
        text.push_str(&format!("{:INDENT$}{} ", "", output.paint(styles.hint, "→")));
        text.push_str(remedy.get(INDENT + 2..).unwrap_or_default());
    }
    text
}

fn summary(findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    match (count(Verdict::Bad), count(Verdict::Note)) {
        (0, 0) => "All is well.".to_owned(),
        (0, notes) => format!("All works. {}.", things(notes, "to note")),
        (bad, 0) => format!("{}.", things(bad, "to mend")),
        (bad, notes) => format!("{}, {notes} to note.", things(bad, "to mend")),
    }
}

fn things(count: usize, what: &str) -> String {
    format!("{count} {} {what}", if count == 1 { "thing" } else { "things" })
}

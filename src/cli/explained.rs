//! An explanation for people: the evidence, the readings, the candidates, the verdict and why.

use anstyle::Style;

use super::choices::details;
use super::identify::Answer;
use super::output::Output;
use super::text::line;
use super::titles::{cause, held_because, held_with, numbered, page, with_episodes};
use crate::identify::release_name::{Reading, ReadingKind};
use crate::identify::{
    Candidate, Evidence, EvidenceKind, Explanation, HeldReason, Identification, Identified,
};

/// Where the text begins beside its heads.
const INDENT: usize = 14;
/// Candidates closer than this are not told apart.
const CLOSE: f64 = 0.1;

/// All that is known of one file. With `offline`, nobody was asked.
pub(crate) fn explained(answer: &Answer, offline: bool, output: &Output) -> String {
    let styles = output.styles();
    let Explanation { identification, readings, candidates } = &answer.explanation;
    let mut text = format!("{}\n", output.paint(styles.head, &line(&answer.file)));
    let mut say = |head: &str, style: Style, rows: Vec<Vec<String>>| {
        text.push_str(&section(head, style, rows, output));
    };
    if let Some(reason) = &answer.left_out {
        say("left out", styles.warn, vec![vec![reason.clone()]]);
    }
    let (evidence, why) = match identification {
        Identification::Known(known) => {
            let name = with_episodes(&known.label, &known.identity);
            let sure = format!("sure to {:.0} %", known.confidence.get() * 100.0);
            let page = page(&known.identity);
            let rows = if output.is_narrow() {
                vec![vec![format!("{name}, {sure}")], vec![page]]
            } else {
                vec![vec![name, sure, page]]
            };
            say("is", styles.good, rows);
            (&known.evidence, accepted_because(known, candidates))
        }
        Identification::Held { reason, label, evidence } => {
            say("held", styles.warn, vec![vec![label.clone()]]);
            (evidence, not_accepted_because(reason, evidence, offline))
        }
    };
    say("why", Style::new(), vec![vec![why]]);
    say("evidence", Style::new(), evidence.iter().map(evidence_row).collect());
    say("read as", Style::new(), readings.iter().map(reading_row).collect());
    say(
        "candidates",
        Style::new(),
        candidates.iter().map(|candidate| candidate_row(candidate, output)).collect(),
    );
    text
}

/// `rows` with a head beside the first.
fn section(head: &str, style: Style, rows: Vec<Vec<String>>, output: &Output) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let body = output.rows(INDENT, rows);
    let pad = INDENT.saturating_sub(2 + head.len());
    format!("  {}{:pad$}{}", output.paint(style, head), "", body.get(INDENT..).unwrap_or_default())
}

fn evidence_row(evidence: &Evidence) -> Vec<String> {
    let kind = match evidence.kind {
        EvidenceKind::Matched => "your word",
        EvidenceKind::Rule => "your rule",
        EvidenceKind::NameId => "an id in the name",
        EvidenceKind::Nfo => "an NFO file",
        EvidenceKind::Plexmatch => "a .plexmatch file",
        EvidenceKind::Player => "the player",
        EvidenceKind::ReleaseName => "the release name",
        EvidenceKind::Tmdb => "TMDB",
    };
    vec![kind.to_owned(), evidence.says.clone()]
}

fn candidate_row(candidate: &Candidate, output: &Output) -> Vec<String> {
    let mut row = vec![with_episodes(&candidate.label, &candidate.identity)];
    row.extend(details(candidate, output));
    row.push(candidate.because.join(", "));
    row
}

fn reading_row(reading: &Reading) -> Vec<String> {
    let kind = match reading.kind {
        ReadingKind::Movie => "movie",
        ReadingKind::Episode => "series",
    };
    vec![format!("{:.2}", reading.score), kind.to_owned(), in_words(reading), reading.evidence.join(", ")]
}

/// `Harbour Lights (2014) [US] S02E05 "The Quay", also: Harbour Light`
fn in_words(reading: &Reading) -> String {
    let mut words = vec![reading.title.clone()];
    words.extend(reading.year.map(|year| format!("({year})")));
    words.extend(reading.country.as_ref().map(|country| format!("[{country}]")));
    let season = reading.season.map(|season| format!("S{season:02}")).unwrap_or_default();
    let episodes = numbered(&reading.episodes);
    words.extend(Some(format!("{season}{episodes}")).filter(|numbers| !numbers.is_empty()));
    if !reading.absolute.is_empty() {
        let numbers: Vec<String> = reading.absolute.iter().map(u32::to_string).collect();
        words.push(format!("number {}", numbers.join(", ")));
    }
    words.extend(reading.date.map(|date| format!("of {date}")));
    words.extend(reading.part.map(|part| format!("part {part}")));
    words.extend(reading.episode_title.as_ref().map(|title| format!("\"{title}\"")));
    let mut text = words.join(" ");
    if !reading.other_titles.is_empty() {
        text.push_str(&format!(", also: {}", reading.other_titles.join(", ")));
    }
    text
}

fn accepted_because(known: &Identified, candidates: &[Candidate]) -> String {
    let has = |kind: EvidenceKind| known.evidence.iter().any(|evidence| evidence.kind == kind);
    if has(EvidenceKind::Matched) {
        return "you said so with `match`".to_owned();
    }
    if has(EvidenceKind::Rule) {
        return "your own rules go over everything else".to_owned();
    }
    if has(EvidenceKind::Tmdb) {
        let best = candidates.first().filter(|best| best.identity == known.identity);
        let mut others = candidates.iter().filter(|other| !other.identity.is_of_same_title(&known.identity));
        return match (best, others.next()) {
            // It was found with what is not known here, such as its length.
            (Some(best), Some(next)) if best.score - next.score < CLOSE => {
                "it was found like this before".to_owned()
            }
            (Some(best), Some(next)) => format!(
                "{} scores {:.2}, and what comes next {:.2}: a clear lead",
                best.label, best.score, next.score
            ),
            (Some(best), None) => format!("{} scores {:.2}, and nothing comes near", best.label, best.score),
            (None, _) => "it was found like this before".to_owned(),
        };
    }
    "an explicit id needs no search".to_owned()
}

fn not_accepted_because(reason: &HeldReason, evidence: &[Evidence], offline: bool) -> String {
    match reason {
        HeldReason::NoToken if offline => {
            "nobody was asked, and no earlier answer is kept that would say it".to_owned()
        }
        HeldReason::Ambiguous { candidates } => match candidates.as_slice() {
            [] => held_because(reason),
            _ if cause(evidence).is_some() => {
                format!("{}: `match` decides", cause(evidence).unwrap_or_default())
            }
            [best, next, ..] if best.score - next.score < CLOSE => format!(
                "{} and {} are too close ({:.2} and {:.2}), and guesses are not reported: `match` decides",
                with_episodes(&best.label, &best.identity),
                with_episodes(&next.label, &next.identity),
                best.score,
                next.score
            ),
            [best, ..] => format!(
                "{} is not certain enough ({:.2}), and guesses are not reported: `match` decides",
                with_episodes(&best.label, &best.identity),
                best.score
            ),
        },
        HeldReason::Unreadable
        | HeldReason::NoToken
        | HeldReason::NotFound
        | HeldReason::LookupFailed { .. } => held_with(reason, evidence),
    }
}

//! What a held viewing could be, numbered for the answer.

use serde::Serialize;

use super::output::Output;
use super::titles::{page, with_episodes};
use crate::identify::{Candidate, HeldReason, Identification, Identity};
use crate::journal::ViewingRow;

/// A candidate in a listing's JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Choice<'a> {
    /// What `match` takes as the answer.
    number: usize,
    #[serde(flatten)]
    candidate: &'a Candidate,
    page: String,
}

/// The candidates of a held viewing, the likeliest first; empty for any other.
pub(crate) fn candidates(row: &ViewingRow) -> &[Candidate] {
    match &row.identification {
        Some(Identification::Held { reason: HeldReason::Ambiguous { candidates }, .. }) => candidates,
        _ => &[],
    }
}

pub(crate) fn choices(candidates: &[Candidate]) -> Vec<Choice<'_>> {
    (1..)
        .zip(candidates)
        .map(|(number, candidate)| Choice { number, candidate, page: page(&candidate.identity) })
        .collect()
}

/// A line for each, `indent` characters in.
pub(crate) fn listed(candidates: &[Candidate], indent: usize, output: &Output) -> String {
    output.rows(
        indent,
        (1..).zip(candidates).map(|(number, candidate)| {
            let because = candidate.because.join(", ");
            let mut name = with_episodes(&candidate.label, &candidate.identity);
            // A column of its own leaves no room for the others.
            if output.is_narrow() && !because.is_empty() {
                name = format!("{name}: {because}");
            }
            let mut row = vec![number.to_string(), name];
            row.extend(details(candidate, output));
            row.extend(Some(because).filter(|_| !output.is_narrow()));
            row
        }),
    )
}

/// Kind, score and page of a candidate, as far as there is room.
pub(crate) fn details(candidate: &Candidate, output: &Output) -> Vec<String> {
    let (page, score) = (page(&candidate.identity), format!("{:.2}", candidate.score));
    if output.is_narrow() {
        // The end of the address says the kind, and is an answer by itself.
        let end = page.trim_start_matches("themoviedb.org/").to_owned();
        return vec![score, end];
    }
    vec![kind(&candidate.identity).to_owned(), score, page]
}

/// The word for what it is.
fn kind(identity: &Identity) -> &'static str {
    match identity {
        Identity::Movie { .. } => "movie",
        Identity::Episodes { .. } => "series",
    }
}

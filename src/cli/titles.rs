//! What a viewing is called in the listings.

use crate::identify::{Evidence, EvidenceKind, HeldReason, Identification, Identity};
use crate::journal::ViewingRow;

/// Its title, with season and episodes when it is identified; otherwise the best name there is.
pub(crate) fn title(row: &ViewingRow) -> String {
    match &row.identification {
        Some(Identification::Known(known)) => with_episodes(&row.label, &known.identity),
        Some(Identification::Held { .. }) | None => row.label.clone(),
    }
}

/// `label` with the season and the episodes of `identity`: `Breaking Bad S01E02E03`.
pub(crate) fn with_episodes(label: &str, identity: &Identity) -> String {
    match identity {
        Identity::Movie { .. } => label.to_owned(),
        Identity::Episodes { season, episodes, .. } => {
            format!("{label} S{season:02}{}", numbered(episodes))
        }
    }
}

/// `E02E03`; `E02–E30` for more than three in a row.
pub(crate) fn numbered(episodes: &[u32]) -> String {
    let runs = episodes.chunk_by(|one, next| one.checked_add(1) == Some(*next));
    runs.map(|run| match run {
        [first, _, _, .., last] => format!("E{first:02}–E{last:02}"),
        few => few.iter().map(|episode| format!("E{episode:02}")).collect(),
    })
    .collect()
}

/// Where to see what an identity is.
pub(crate) fn page(identity: &Identity) -> String {
    match identity {
        Identity::Movie { tmdb } => format!("themoviedb.org/movie/{}", tmdb.0),
        Identity::Episodes { tmdb, .. } => format!("themoviedb.org/tv/{}", tmdb.0),
    }
}

/// Why something is held, for people, with what TMDB has or has not.
pub(crate) fn held_with(reason: &HeldReason, evidence: &[Evidence]) -> String {
    let cause = cause(evidence);
    match (reason, cause) {
        (HeldReason::NotFound, Some(cause)) => cause.to_owned(),
        (HeldReason::Ambiguous { .. }, Some(cause)) => format!("{cause}; {}", held_because(reason)),
        _ => held_because(reason),
    }
}

/// What TMDB said that something is held for: of what is held, nothing else that it said is kept.
pub(crate) fn cause(evidence: &[Evidence]) -> Option<&str> {
    let said = evidence.iter().rev().find(|evidence| evidence.kind == EvidenceKind::Tmdb);
    said.map(|evidence| evidence.says.as_str())
}

/// Why something is held, for people.
pub(crate) fn held_because(reason: &HeldReason) -> String {
    match reason {
        HeldReason::Unreadable => "its name says nothing that could be looked up".to_owned(),
        HeldReason::NoToken => "there is no TMDB token to look it up with".to_owned(),
        HeldReason::NotFound => "TMDB knows nothing like it".to_owned(),
        HeldReason::Ambiguous { candidates } if candidates.is_empty() => {
            "nothing fits well enough".to_owned()
        }
        HeldReason::Ambiguous { candidates } => {
            let names: Vec<String> = candidates
                .iter()
                .map(|candidate| with_episodes(&candidate.label, &candidate.identity))
                .collect();
            format!("it could be {}", names.join(", or "))
        }
        HeldReason::LookupFailed { error } => format!("the look-up failed and is tried again: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_episodes_in_a_row_are_a_range() {
        assert_eq!(numbered(&[2, 3, 4]), "E02E03E04");
        assert_eq!(numbered(&[2, 3, 4, 5]), "E02–E05");
        assert_eq!(numbered(&[1, 3, 4, 5, 6, 120]), "E01E03–E06E120");
        assert_eq!(numbered(&[]), "");
    }
}

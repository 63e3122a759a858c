//! What a name from another program is, by the chain that looks everything up.

use std::path::PathBuf;

use crate::cli::lookup::Answers;
use crate::identify::{Candidate, HeldReason, Identification, Identifier, Identity, RuleKind, Subject};
use crate::import::{Entry, EntryKind};
use crate::player::{Location, Media};

/// What an entry of the backlog is.
pub(super) async fn of_entry(identifier: &Identifier<Answers>, entry: &Entry) -> Identification {
    let told = ask(identifier, &entry.media()).await;
    let by_name = match &told {
        Identification::Known(_)
        | Identification::Held { reason: HeldReason::NoToken | HeldReason::LookupFailed { .. }, .. } => None,
        // A mere title may be anything when a player shows it; this one is a name.
        Identification::Held { .. } => Some(ask(identifier, &named(&entry.name())).await),
    };
    let found = by_name.unwrap_or(told);
    let is_series = matches!(entry.kind, EntryKind::Episode { .. });
    match found {
        Identification::Known(known) if is_series != matches!(known.identity, Identity::Episodes { .. }) => {
            let candidate = Candidate {
                identity: known.identity,
                label: known.label,
                score: known.confidence.get(),
                because: vec!["trakt-scrobbler took it for the other kind".into()],
            };
            let reason = HeldReason::Ambiguous { candidates: vec![candidate] };
            Identification::Held { reason, label: entry.name(), evidence: known.evidence }
        }
        found => found,
    }
}

/// The number of what is called `title`, with its name there; or why there is none.
pub(super) async fn number_of(
    identifier: &Identifier<Answers>,
    title: &str,
    kind: RuleKind,
) -> Result<(u64, String), HeldReason> {
    let name = match kind {
        RuleKind::Movie => title.to_owned(),
        // A series is known by any of its episodes.
        RuleKind::Series => format!("{title} S01E01"),
    };
    match (ask(identifier, &named(&name)).await, kind) {
        // Nothing else is called that. No length speaks for it, as one would for a file, but the user sees the rule.
        (Identification::Held { reason: HeldReason::Ambiguous { candidates }, .. }, RuleKind::Movie)
            if candidates.len() == 1 && is_called(&candidates[0].label, title) =>
        {
            match &candidates[0] {
                Candidate { identity: Identity::Movie { tmdb }, label, .. } => Ok((tmdb.0, label.clone())),
                _ => Err(HeldReason::NotFound),
            }
        }
        (Identification::Held { reason, .. }, _) => Err(reason),
        (Identification::Known(known), kind) => match (known.identity, kind) {
            (Identity::Movie { tmdb }, RuleKind::Movie) => Ok((tmdb.0, known.label)),
            (Identity::Episodes { tmdb, .. }, RuleKind::Series) => Ok((tmdb.0, known.label)),
            _ => Err(HeldReason::NotFound),
        },
    }
}

/// Whether `label`, with or without its year, is `title`.
fn is_called(label: &str, title: &str) -> bool {
    let without = label.rsplit_once(" (").map_or(label, |(without, _)| without);
    [label, without].iter().any(|name| name.to_lowercase() == title.trim().to_lowercase())
}

/// As `identify` takes a title: a file of that name, in no folder that says anything.
fn named(name: &str) -> Media {
    Media::at(Location::File(PathBuf::from("/").join(name.replace('/', " "))))
}

async fn ask(identifier: &Identifier<Answers>, media: &Media) -> Identification {
    // Nothing is remembered of it: these names lie in no folder together.
    identifier.explain(Subject { media, duration: None }).await.identification
}

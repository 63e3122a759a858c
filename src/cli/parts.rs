//! Which episodes of a viewing have been watched.

use jiff::Timestamp;
use serde::Serialize;

use crate::identify::{Identification, Work};
use crate::journal::ViewingRow;
use crate::playback::Parts;

/// A part of a viewing: an episode, or all of it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Part {
    /// The episode's number, if it is known to be one.
    episode: Option<u32>,
    /// When it was completed, if it was.
    completed_at: Option<Timestamp>,
}

/// The parts of a viewing, in order: of what it is known to be, or else as many as it was watched as.
pub(crate) fn parts(row: &ViewingRow) -> Vec<Part> {
    let works = match &row.identification {
        Some(Identification::Known(known)) => known.identity.works(),
        Some(Identification::Held { .. }) | None => Vec::new(),
    };
    if works.is_empty() {
        let instants = row.viewing.parts.instants().into_iter();
        return instants.map(|completed_at| Part { episode: None, completed_at }).collect();
    }
    let completions = row.viewing.completions(Parts::number(works.len()));
    let episode = |work: &Work| match work {
        Work::Movie { .. } => None,
        Work::Episode { episode, .. } => Some(*episode),
    };
    works
        .iter()
        .zip(completions)
        .map(|(work, completed_at)| Part { episode: episode(work), completed_at })
        .collect()
}

/// When the last of them was completed, once all are.
pub(crate) fn completed_at(parts: &[Part]) -> Option<Timestamp> {
    parts.iter().map(|part| part.completed_at).collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// `E01 completed`, when some are and some are not.
pub(crate) fn completed_so_far(parts: &[Part]) -> Option<String> {
    let completed: Vec<_> = (1..).zip(parts).filter(|(_, part)| part.completed_at.is_some()).collect();
    if completed.is_empty() || completed.len() == parts.len() {
        return None;
    }
    let name = |&(place, part): &(usize, &Part)| match part.episode {
        Some(episode) => format!("E{episode:02}"),
        None => format!("part {place} of {}", parts.len()),
    };
    let names: Vec<_> = completed.iter().map(name).collect();
    Some(format!("{} completed", names.join(", ")))
}

//! Two explicit ids in one place that are of two works: then neither is to be believed.

use super::AnswerCache;
use super::clue::{Clue, Id, Target};
use super::follow::{Around, episodes_of, movie_of, own_label};
use super::identity::{Candidate, EvidenceKind, Identity};
use super::resolve::titled;
use super::tmdb::{Found, Session};

/// The clue of the same place as `clue` that leads elsewhere than to `identity`, and where it leads; `None` when there
/// is none, or TMDB cannot be asked.
pub(crate) async fn find<'a, C: AnswerCache>(
    session: &Session<'_, C>,
    clue: &Clue,
    clues: &'a [Clue],
    identity: &Identity,
    around: Around<'_>,
) -> Option<(&'a Clue, Candidate)> {
    for other in clues.iter().filter(|other| *other != clue && are_of_one_place(clue, other)) {
        let candidate = if other.id.rank() == clue.id.rank() {
            (other.target == clue.target && other.target != Target::Episode && other.id != clue.id)
                .then(|| same_catalogue(other, identity, around))
                .flatten()
        } else {
            let found = session.find(&other.id).await.ok();
            found.and_then(|found| another_work(&found, other, identity, around))
        };
        if let Some(candidate) = candidate {
            return Some((other, candidate));
        }
    }
    None
}

/// An NFO and a `.plexmatch` side by side are one place.
fn are_of_one_place(clue: &Clue, other: &Clue) -> bool {
    let file = |kind| if kind == EvidenceKind::Plexmatch { EvidenceKind::Nfo } else { kind };
    clue.above == other.above && file(clue.evidence.kind) == file(other.evidence.kind)
}

/// Only TMDB's own numbers are known to be candidates without asking.
fn same_catalogue(other: &Clue, identity: &Identity, around: Around<'_>) -> Option<Candidate> {
    let Id::Tmdb(number) = other.id else { return None };
    Some(alike(number, identity, own_label(around)))
}

/// What TMDB knows `other` as, if that is of the same kind as `identity` and another one.
fn another_work(found: &Found, other: &Clue, identity: &Identity, around: Around<'_>) -> Option<Candidate> {
    let its = match identity {
        Identity::Movie { tmdb } => tmdb.0,
        Identity::Episodes { tmdb, .. } => tmdb.0,
    };
    let hits = match (identity, &other.id) {
        // TVDB's movies are not known there: such a number is a series of no concern.
        (Identity::Movie { .. }, Id::Tvdb(_)) => return None,
        (Identity::Movie { .. }, _) => &found.movie_results,
        (Identity::Episodes { .. }, _) => &found.tv_results,
    };
    // TVDB counts series and episodes apart.
    let may_be_episode = matches!(identity, Identity::Episodes { .. })
        && (other.target == Target::Episode || matches!(other.id, Id::Imdb(_)));
    let episode = found.tv_episode_results.first().filter(|_| may_be_episode);
    if hits.iter().any(|hit| hit.id == its) || episode.is_some_and(|episode| episode.show_id == its) {
        return None;
    }
    match (hits.first().filter(|_| other.target != Target::Episode || episode.is_none()), episode) {
        (Some(hit), _) => Some(alike(hit.id, identity, titled(&hit.title, hit.year()))),
        (None, Some(episode)) => Some(alike(episode.show_id, identity, own_label(around))),
        (None, None) => None,
    }
}

/// The same as `identity` of another work.
fn alike(id: u64, identity: &Identity, label: String) -> Candidate {
    match identity {
        Identity::Movie { .. } => movie_of(id, label),
        Identity::Episodes { season, episodes, .. } => episodes_of(id, Some(*season), episodes, label),
    }
}

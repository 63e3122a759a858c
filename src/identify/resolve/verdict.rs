//! When one candidate is good enough. A wrong scrobble costs more than a missed one.

use super::score::SAME_TITLE;
use crate::identify::identity::Candidate;

/// The least that is accepted.
pub(crate) const ENOUGH: f64 = 0.85;
/// How far the best must be ahead of the next.
const LEAD: f64 = 0.1;
/// What is too unlikely to be shown to anyone, and what is so although it has the title.
const UNLIKELY: f64 = 0.5;
const HARDLY: f64 = 0.2;
/// How many candidates are shown to people.
const SHOWN: usize = 5;
/// How many times better known the best must be for that to break a tie.
const BETTER_KNOWN: f64 = 10.0;

/// A candidate with what the verdict needs of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scored {
    pub(crate) candidate: Candidate,
    /// The name without the year.
    pub(crate) name: String,
    pub(crate) popularity: f64,
    /// Its length or its episode's name agrees with the file.
    pub(crate) agrees: bool,
    /// It was looked at closely.
    pub(crate) verified: bool,
    /// The name of the file says too little to tell namesakes apart.
    pub(crate) open: bool,
    /// How alike its title is.
    pub(crate) title: f64,
    /// Which of the readings led to it.
    pub(crate) reading: usize,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// This one.
    Accepted(Scored),
    /// Several fit, or none well enough.
    Ambiguous(Vec<Candidate>),
    /// Nothing fits at all.
    Nothing,
    /// Nothing could be asked.
    Unasked,
}

/// Picks the best of the `scored` if it is good enough and leads every other.
pub(crate) fn judge(mut scored: Vec<Scored>) -> Verdict {
    scored.retain(|one| one.candidate.score >= if one.title >= SAME_TITLE { HARDLY } else { UNLIKELY });
    break_tie(&mut scored);
    scored.sort_by(|one, other| other.candidate.score.total_cmp(&one.candidate.score));
    let Some(best) = scored.first() else { return Verdict::Nothing };
    let next = scored.get(1);
    // Scores are sums of decimals: what is a tenth on paper may be a hair less here.
    let leads = next.is_none_or(|next| best.candidate.score - next.candidate.score >= LEAD - 1e-9);
    if best.candidate.score >= ENOUGH && leads && best.verified {
        Verdict::Accepted(scored.swap_remove(0))
    } else {
        scored.truncate(SHOWN);
        Verdict::Ambiguous(scored.into_iter().map(|one| one.candidate).collect())
    }
}

/// Among namesakes of which the file's name does not say which, one that everybody knows wins, but only when its
/// length or its episode's name agrees as well.
fn break_tie(scored: &mut [Scored]) {
    let Some(top) = scored.iter().map(|one| one.candidate.score).reduce(f64::max) else { return };
    let tied: Vec<usize> =
        (0..scored.len()).filter(|&index| top - scored[index].candidate.score < LEAD - 1e-9).collect();
    let best = tied
        .iter()
        .copied()
        .max_by(|&one, &other| scored[one].popularity.total_cmp(&scored[other].popularity));
    let Some(best) = best.filter(|_| tied.len() > 1) else { return };
    let unrivalled = tied.iter().all(|&other| {
        other == best
            || (!scored[other].candidate.identity.is_of_same_title(&scored[best].candidate.identity)
                && scored[best].popularity >= BETTER_KNOWN * scored[other].popularity.max(0.5))
    });
    let best = &mut scored[best];
    if unrivalled && best.agrees && best.open && best.verified {
        best.candidate.score = best.candidate.score.max(top) + LEAD;
        best.candidate.because.push("far better known than its namesakes".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::identity::{Identity, MovieId};

    fn scored(id: u64, score: f64) -> Scored {
        let identity = Identity::Movie { tmdb: MovieId(id) };
        let candidate = Candidate { identity, label: id.to_string(), score, because: Vec::new() };
        Scored {
            candidate,
            name: id.to_string(),
            popularity: 1.0,
            agrees: false,
            verified: true,
            open: false,
            title: 1.0,
            reading: 0,
        }
    }

    fn judged(scores: &[(u64, f64)]) -> Verdict {
        judge(scores.iter().map(|&(id, score)| scored(id, score)).collect())
    }

    #[test]
    fn the_best_must_be_good_and_lead_by_a_tenth() {
        let accepted = |scores: &[(u64, f64)]| match judged(scores) {
            Verdict::Accepted(best) => best.name,
            other => panic!("{other:?}"),
        };
        assert_eq!(accepted(&[(1, 1.0), (2, 0.9)]), "1");
        assert_eq!(accepted(&[(2, 0.75), (1, 0.85)]), "1");
        let both = vec![scored(1, 1.0).candidate, scored(2, 0.95).candidate];
        assert_eq!(judged(&[(1, 1.0), (2, 0.95)]), Verdict::Ambiguous(both));
        assert_eq!(judged(&[(1, 0.84)]), Verdict::Ambiguous(vec![scored(1, 0.84).candidate]));
        assert_eq!(judged(&[(1, 0.1)]), Verdict::Nothing);
    }

    #[test]
    fn what_was_not_looked_at_closely_is_not_accepted_and_still_a_rival() {
        let unseen = Scored { verified: false, ..scored(2, 1.0) };
        assert!(matches!(judge(vec![unseen.clone()]), Verdict::Ambiguous(_)));
        assert!(matches!(judge(vec![scored(1, 1.0), unseen]), Verdict::Ambiguous(_)));
    }

    #[test]
    fn only_a_far_better_known_namesake_that_agrees_breaks_a_tie() {
        let known = Scored { popularity: 80.0, agrees: true, open: true, ..scored(1, 0.92) };
        let obscure = Scored { popularity: 2.0, open: true, ..scored(2, 0.84) };
        assert!(matches!(judge(vec![known.clone(), obscure.clone()]), Verdict::Accepted(_)));
        let rival = Scored { popularity: 30.0, ..obscure.clone() };
        assert!(matches!(judge(vec![known.clone(), rival]), Verdict::Ambiguous(_)));
        let silent = Scored { agrees: false, ..known };
        assert!(matches!(judge(vec![silent, obscure]), Verdict::Ambiguous(_)));
    }
}

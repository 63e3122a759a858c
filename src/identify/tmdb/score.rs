//! How well a candidate fits, and when one fits well enough. A wrong scrobble costs more than a missed one.

use std::time::Duration;

use crate::identify::identity::Candidate;

/// The least that is accepted.
pub(crate) const ENOUGH: f64 = 0.85;
/// How far the best must be ahead of the next.
const LEAD: f64 = 0.1;
/// What is too unlikely to be shown to anyone.
const UNLIKELY: f64 = 0.5;
/// A movie without a year needs more than its title to be accepted.
pub(crate) const NO_YEAR: f64 = -0.16;
/// Another work's title than the one it goes by.
pub(crate) const OTHER_TITLE: f64 = 0.95;
/// How many candidates are shown to people.
const SHOWN: usize = 5;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// This one.
    Accepted(Candidate),
    /// Several fit, or none well enough.
    Ambiguous(Vec<Candidate>),
    /// Nothing fits at all.
    Nothing,
}

/// Picks the best of `candidates` if it is good enough and leads every other work.
pub(crate) fn judge(mut candidates: Vec<Candidate>) -> Verdict {
    candidates.retain(|candidate| candidate.score >= UNLIKELY);
    candidates.sort_by(|one, other| other.score.total_cmp(&one.score));
    let Some(best) = candidates.first() else { return Verdict::Nothing };
    let next = candidates.iter().skip(1).find(|other| !other.identity.is_of_same_title(&best.identity));
    // Scores are sums of decimals: what is a tenth on paper may be a hair less here.
    let leads = next.is_none_or(|next| best.score - next.score >= LEAD - 1e-9);
    if best.score >= ENOUGH && leads {
        Verdict::Accepted(candidates.swap_remove(0))
    } else {
        candidates.truncate(SHOWN);
        Verdict::Ambiguous(candidates)
    }
}

/// What the years add: festivals and regions make a year's difference. More is another work, even when its
/// length fits: most films are about as long.
pub(crate) fn year(wanted: Option<u16>, its: Option<u16>) -> f64 {
    match (wanted, its) {
        (None, _) => 0.0,
        (Some(_), None) => -0.1,
        (Some(wanted), Some(its)) => match wanted.abs_diff(its) {
            0 => 0.0,
            1 => -0.05,
            _ => -0.3,
        },
    }
}

/// What the running time adds: `fit` when it is within 8 %, a heavy loss when it is more than 35 % off. Cuts,
/// credits and PAL lie between.
pub(crate) fn runtime(duration: Option<Duration>, minutes: Option<u32>, fit: f64) -> f64 {
    let (Some(duration), Some(minutes)) = (duration, minutes.filter(|&minutes| minutes > 0)) else {
        return 0.0;
    };
    let off = (duration.as_secs_f64() / (f64::from(minutes) * 60.0) - 1.0).abs();
    if off <= 0.08 {
        fit
    } else if off > 0.35 {
        -0.3
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::identity::{Identity, MovieId};

    fn judged(scores: &[(u64, f64)]) -> Verdict {
        judge(scores.iter().map(|&(id, score)| candidate(id, score)).collect())
    }

    fn candidate(id: u64, score: f64) -> Candidate {
        Candidate { identity: Identity::Movie { tmdb: MovieId(id) }, label: id.to_string(), score }
    }

    #[test]
    fn the_best_must_be_good_and_lead_by_a_tenth() {
        let accepted = |scores: &[(u64, f64)]| match judged(scores) {
            Verdict::Accepted(best) => best.label,
            other => panic!("{other:?}"),
        };
        assert_eq!(accepted(&[(1, 1.0), (2, 0.9)]), "1");
        assert_eq!(accepted(&[(2, 0.75), (1, 0.85)]), "1");
        assert_eq!(accepted(&[(1, 1.0), (1, 1.0)]), "1");
        let both = vec![candidate(1, 1.0), candidate(2, 0.95)];
        assert_eq!(judged(&[(1, 1.0), (2, 0.95)]), Verdict::Ambiguous(both));
        assert_eq!(judged(&[(1, 0.84)]), Verdict::Ambiguous(vec![candidate(1, 0.84)]));
        assert_eq!(judged(&[(1, 0.3)]), Verdict::Nothing);
    }

    #[test]
    fn a_running_time_speaks_only_when_it_fits_or_is_far_off() {
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
        assert!(runtime(minutes(104), Some(100), 0.1) > 0.0);
        assert!(runtime(minutes(120), Some(100), 0.1).abs() < 1e-9);
        assert!(runtime(minutes(24), Some(100), 0.1) < 0.0);
        assert!(runtime(None, Some(100), 0.1).abs() < 1e-9);
        assert!(runtime(minutes(24), Some(0), 0.1).abs() < 1e-9);
    }
}

//! How well a candidate fits, and when one fits well enough. A wrong scrobble costs more than a missed one.

use std::time::Duration;

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

/// A candidate that was scored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged<T> {
    pub(crate) score: f64,
    /// For people.
    pub(crate) label: String,
    pub(crate) what: T,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict<T> {
    /// This one.
    Accepted(Judged<T>),
    /// Several fit, or none well enough.
    Ambiguous(Vec<String>),
    /// Nothing fits at all.
    Nothing,
}

/// Picks the best of `candidates` if it is good enough and leads. `key` tells different works apart.
pub(crate) fn judge<T>(mut candidates: Vec<Judged<T>>, key: impl Fn(&T) -> u64) -> Verdict<T> {
    candidates.retain(|candidate| candidate.score >= UNLIKELY);
    candidates.sort_by(|one, other| other.score.total_cmp(&one.score));
    let Some(best) = candidates.first() else { return Verdict::Nothing };
    let next = candidates.iter().skip(1).find(|other| key(&other.what) != key(&best.what));
    // Scores are sums of decimals: what is a tenth on paper may be a hair less here.
    let leads = next.is_none_or(|next| best.score - next.score >= LEAD - 1e-9);
    if best.score >= ENOUGH && leads {
        Verdict::Accepted(candidates.swap_remove(0))
    } else {
        Verdict::Ambiguous(candidates.into_iter().take(SHOWN).map(|candidate| candidate.label).collect())
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

    fn judged(scores: &[(u64, f64)]) -> Verdict<u64> {
        let candidates =
            scores.iter().map(|&(what, score)| Judged { score, label: what.to_string(), what }).collect();
        judge(candidates, |&id| id)
    }

    #[test]
    fn the_best_must_be_good_and_lead_by_a_tenth() {
        assert!(matches!(judged(&[(1, 1.0), (2, 0.9)]), Verdict::Accepted(best) if best.what == 1));
        assert!(matches!(judged(&[(2, 0.75), (1, 0.85)]), Verdict::Accepted(best) if best.what == 1));
        assert_eq!(judged(&[(1, 1.0), (2, 0.95)]), Verdict::Ambiguous(vec!["1".into(), "2".into()]));
        assert_eq!(judged(&[(1, 0.84)]), Verdict::Ambiguous(vec!["1".into()]));
        assert_eq!(judged(&[(1, 0.3)]), Verdict::Nothing);
        assert!(matches!(judged(&[(1, 1.0), (1, 1.0)]), Verdict::Accepted(_)));
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

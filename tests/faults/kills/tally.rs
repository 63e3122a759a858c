//! How many kills there were, and in the middle of what.

use std::ops::AddAssign;

use serde_json::Value;

/// What the daemon is in the middle of when it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Opening the journal, recovering, signing in.
    StartUp,
    /// Following a player.
    Play,
    /// A threshold has been, or is about to be, reached.
    Completion,
    /// Telling the service something.
    Delivery,
    /// Asking the service what it has.
    Reconciliation,
}

const STEPS: [(Step, &str); 5] = [
    (Step::StartUp, "in start-up"),
    (Step::Play, "in play"),
    (Step::Completion, "in completion"),
    (Step::Delivery, "in delivery"),
    (Step::Reconciliation, "in reconciliation"),
];

/// Counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    kills: [usize; STEPS.len()],
    /// Completions that had to be told.
    pub(super) completions: usize,
    /// Things that were played and must not be told.
    pub(super) missed: usize,
}

impl Tally {
    pub(super) fn add(&mut self, step: Step) {
        for ((of, _), count) in STEPS.iter().zip(&mut self.kills) {
            *count += usize::from(*of == step);
        }
    }

    pub(super) fn total(&self) -> usize {
        self.kills.iter().sum()
    }

    /// Each step with its kills.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&'static str, usize)> {
        STEPS.iter().zip(self.kills).map(|(&(_, name), count)| (name, count))
    }

    /// For the report.
    pub(super) fn figures(&self) -> Vec<(&'static str, Value)> {
        let mut figures = vec![("kills", self.total().into())];
        figures.extend(self.steps().map(|(name, count)| (name, count.into())));
        figures.push(("watched", self.completions.into()));
        figures.push(("missed by the daemon", self.missed.into()));
        figures
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        for (count, more) in self.kills.iter_mut().zip(other.kills) {
            *count += more;
        }
        self.completions += other.completions;
        self.missed += other.missed;
    }
}

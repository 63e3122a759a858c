//! How much is said of one kind. Pure: kinds and the time come in, a verdict comes out; there is no timer. A kind is what
//! one place in the program says; of errors each wording is one.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::clock::Moment;

/// How many lines of one kind are written within [`PERIOD`].
pub(crate) const BURST: u32 = 20;
/// How long a kind that has said enough is kept from saying more.
pub(crate) const PERIOD: Duration = Duration::from_secs(60);
/// How many kinds are told from one another at a time. Only wordings that come from outside reach this.
const MAX_KINDS: usize = 256;
/// How many bytes are kept of what a kind says.
const MAX_WORDS: usize = 160;

/// Counts the lines of each kind.
#[derive(Debug)]
pub(crate) struct Limit<K> {
    kinds: HashMap<Option<K>, Said>,
}

impl<K> Default for Limit<K> {
    fn default() -> Self {
        Self { kinds: HashMap::new() }
    }
}

#[derive(Debug)]
struct Said {
    since: Moment,
    lines: u32,
    left_out: u64,
    words: String,
}

/// What is to be done with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is written, after a word about each kind of which lines were left out before.
    Write(Vec<LeftOut>),
    /// The same, and more of its kind will be left out for a while.
    WriteLast(Vec<LeftOut>),
    /// It is left out.
    LeaveOut,
}

/// Lines that were not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// How many.
    pub(crate) lines: u64,
    /// What one of them said, or its beginning.
    pub(crate) words: String,
}

impl<K: Eq + Hash> Limit<K> {
    /// Whether a line of this `kind`, which says `words`, is to be written `now`.
    pub(crate) fn judge(&mut self, kind: K, words: &str, now: Moment) -> Verdict {
        let mut kind = Some(kind);
        if !self.kinds.contains_key(&kind) && self.kinds.len() >= MAX_KINDS {
            self.kinds.retain(|_, said| said.left_out > 0 || now.since(said.since) < PERIOD);
            if self.kinds.len() >= MAX_KINDS {
                // All that are too many share one place.
                kind = None;
            }
        }
        // What is over begins anew. If this line is written, it is the occasion to own up to what was left out.
        let over = |said: &Said| now.since(said.since) >= PERIOD;
        let said = self.kinds.get(&kind).filter(|said| !over(said));
        if said.is_some_and(|said| said.lines >= BURST) {
            if let Some(said) = self.kinds.get_mut(&kind) {
                if said.left_out == 0 {
                    said.words = beginning(words, MAX_WORDS).to_owned();
                }
                said.left_out = said.left_out.saturating_add(1);
            }
            return Verdict::LeaveOut;
        }
        let mut left_out: Vec<LeftOut> = self
            .kinds
            .extract_if(|_, said| over(said))
            .filter(|(_, said)| said.left_out > 0)
            .map(|(_, said)| LeftOut { lines: said.left_out, words: said.words })
            .collect();
        left_out.sort_by(|one, other| one.words.cmp(&other.words));
        let said = self.kinds.entry(kind).or_insert_with(|| Said::nothing(now));
        said.lines += 1;
        if said.lines == BURST { Verdict::WriteLast(left_out) } else { Verdict::Write(left_out) }
    }
}

impl Said {
    fn nothing(since: Moment) -> Self {
        Self { since, lines: 0, left_out: 0, words: String::new() }
    }
}

/// As much of `text` as fits into `room` bytes.
pub(crate) fn beginning(text: &str, room: usize) -> &str {
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::new(Duration::from_secs(seconds))
    }

    /// How many of `lines` lines of a kind are written.
    fn written(limit: &mut Limit<u32>, kind: u32, lines: u32, now: Moment) -> u32 {
        (0..lines).map(|_| u32::from(limit.judge(kind, "words", now) != Verdict::LeaveOut)).sum()
    }

    #[test]
    fn the_first_lines_of_each_kind_are_written_and_no_kind_costs_another_its_lines() {
        let mut limit = Limit::default();
        assert_eq!(written(&mut limit, 1, 1_000_000, at(0)), BURST);
        assert_eq!(written(&mut limit, 2, 3, at(0)), 3);
        assert_eq!(written(&mut limit, 1, 1000, at(59)), 0);
        assert_eq!(written(&mut limit, 2, BURST, at(59)), BURST - 3);
    }

    #[test]
    fn what_was_left_out_is_owned_up_to_once_with_the_next_line_of_any_kind() {
        let mut limit = Limit::default();
        for number in 0..BURST + 5 {
            let verdict = limit.judge(1, &format!("line {number}"), at(0));
            assert_eq!(verdict == Verdict::WriteLast(Vec::new()), number == BURST - 1);
        }
        assert_eq!(limit.judge(2, "other", at(30)), Verdict::Write(Vec::new()));
        let left_out = LeftOut { lines: 5, words: format!("line {BURST}") };
        assert_eq!(limit.judge(2, "other", at(60)), Verdict::Write(vec![left_out]));
        assert_eq!(limit.judge(1, "again", at(60)), Verdict::Write(Vec::new()));
    }

    #[test]
    fn memory_is_bounded_whatever_is_said() {
        let mut limit = Limit::default();
        let long = "é".repeat(100_000);
        let lines: u32 = (0..100_000).map(|kind| written(&mut limit, kind, 1, at(0))).sum();
        assert_eq!(lines, u32::try_from(MAX_KINDS).unwrap() + BURST);
        for kind in 0..100 {
            (0..=BURST).for_each(|_| drop(limit.judge(kind, &long, at(1))));
        }
        assert!(limit.kinds.len() <= MAX_KINDS + 1);
        assert!(limit.kinds.values().all(|said| said.words.len() <= MAX_WORDS));
        // A minute later all of that is over.
        let Verdict::Write(left_out) = limit.judge(1, "after", at(61)) else { panic!("not written") };
        assert!(!left_out.is_empty() && limit.kinds.len() == 1);
    }
}

//! Which of the numbers in a name is its year.

use super::tokens::Name;
use super::words::Class;

/// The first year that a video is from.
pub(super) const FIRST_YEAR: u16 = 1888;
/// The last year that is believed; no clock is asked, so that a name is always read alike.
pub(super) const LAST_YEAR: u16 = 2035;

/// A year and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Year {
    pub(super) index: usize,
    pub(super) year: u16,
    /// In brackets of its own, or the first word in them.
    pub(super) bracketed: bool,
}

/// The year of a name whose title begins at the word `from`, with the words `taken` being an episode's numbers or its
/// day, and `strong` the first word that no title has. A name that begins with a number that may be a year keeps it.
pub(super) fn find(name: &Name<'_>, from: usize, taken: &[(usize, usize)], strong: usize) -> Option<Year> {
    let until = taken.iter().map(|&(first, _)| first).min().map_or(strong, |first| first.min(strong));
    let is_taken = |index: usize| taken.iter().any(|&(first, next)| (first..next).contains(&index));
    let years = || {
        name.tokens.iter().enumerate().skip(from).filter_map(|(index, token)| {
            let year = plausible(token.text)?;
            // `2.2012` may be a decimal; `2012p` is no number. `1999-2004` is a span: its first year counts.
            let between = name.group_of(index).is_some_and(|group| {
                taken.iter().any(|&(first, _)| name.tokens[first].start < group.start)
                    && name.group_end(index) == index + 1
            });
            let free = (!is_taken(index) || between) && token.class == Class::Number;
            let span = token.after_tight_dash()
                && index > 0
                && name.tokens.get(index - 1).is_some_and(|before| plausible(before.text).is_some());
            let bracketed = name.group_of(index).is_some();
            (free && !span).then_some(Year { index, year, bracketed })
        })
    };
    let titled = |year: &Year| year.index > from || (year.bracketed && year.index > 0);
    let before = |year: &Year| year.index < until;
    let in_brackets = years().filter(|year| year.bracketed && titled(year) && stands_alone(name, year.index));
    let first_bracketed = in_brackets.clone().rfind(before).or_else(|| in_brackets.clone().next());
    let old = |year: &Year| year.year >= 1900;
    first_bracketed.or_else(|| years().rfind(|year| before(year) && titled(year) && old(year))).or_else(
        || {
            // Behind an episode's number a year amid words is one of the episode's title.
            let behind = |year: &Year| {
                let spoken = name.tokens.get(year.index.wrapping_sub(1)).is_some_and(|before| {
                    before.class == Class::Strong || super::words::is_language(before.lower())
                });
                let free = spoken
                    || name
                        .tokens
                        .get(year.index + 1)
                        .is_none_or(|next| next.class != Class::Plain || next.after_bracket());
                year.index > until && old(year) && (taken.is_empty() || free)
            };
            years().find(behind)
        },
    )
}

/// A year that a video may be from.
pub(super) fn plausible(text: &str) -> Option<u16> {
    if text.len() != 4 {
        return None;
    }
    text.parse().ok().filter(|year| (FIRST_YEAR..=LAST_YEAR).contains(year))
}

/// Whether the brackets around the word at `index` hold no sentence: `(2009)`, `[1963 - UK]`, `(Western 1951)`.
fn stands_alone(name: &Name<'_>, index: usize) -> bool {
    let group = name.tokens[index].group;
    let others =
        name.tokens.iter().filter(|token| token.group == group && token.class == Class::Plain).count();
    others <= 4
}

//! Numbers that look like an episode's and cannot be relied upon.

use serde::Serialize;

use super::numbers::{Form, Numbers};
use super::tokens::{Name, Token};
use super::words::Class;
use super::{dates, episodes};

/// How many episodes a range may have that nothing but its dash says to be one.
const LONGEST_BARE_RANGE: usize = 4;

/// Why the numbers of a name are not to be relied upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Snag {
    /// The day in the name is in no calendar.
    NoSuchDay,
    /// A half number stands between two episodes: a recap, which catalogues do not count.
    HalfEpisode,
    /// The name spans several seasons.
    SeveralSeasons,
    /// Two bare numbers that are too far apart for the episodes of one file.
    WideRange,
    /// Two bare numbers that may be a range, a day or words of the title.
    BareRange,
}

impl Snag {
    /// Whether the numbers may be meant all the same.
    #[must_use]
    pub fn leaves_numbers(self) -> bool {
        self == Self::BareRange
    }

    /// What is wrong with the name, for people.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::NoSuchDay => "the day in the name is in no calendar",
            Self::HalfEpisode => "a half number in the name is of no episode",
            Self::SeveralSeasons => "the name spans several seasons",
            Self::WideRange => "two numbers in the name are too far apart for the episodes of one file",
            Self::BareRange => "two numbers in the name may be episodes or not",
        }
    }
}

/// What is wrong with the numbers that were `found` in `name`, or with the day that was not; with the words that say
/// it, from the first to the one behind the last.
pub(super) fn find(
    name: &Name<'_>,
    from: usize,
    found: Option<&Numbers>,
    grouped: bool,
    dated: bool,
) -> Option<(Snag, usize, usize)> {
    let full = found.is_some_and(Numbers::is_certain);
    if !full
        && !dated
        && let Some(first) = dates::impossible(name, from)
    {
        return Some((Snag::NoSuchDay, first, first + 3));
    }
    let leading = (found.is_none() && !dated).then(|| leading_half(name, from)).flatten();
    if leading.is_some() {
        return leading;
    }
    let found = found.filter(|found| found.says_episode())?;
    let snag = if is_half(name, found) {
        Snag::HalfEpisode
    } else if goes_into_another_season(name, found) {
        Snag::SeveralSeasons
    } else {
        bare_range(name, found, grouped)?
    };
    Some((snag, found.first, found.next))
}

/// `13.5 - Name`
fn leading_half(name: &Name<'_>, from: usize) -> Option<(Snag, usize, usize)> {
    let (number, half) = (name.tokens.get(from)?, name.tokens.get(from + 1)?);
    let parted = name.tokens.get(from + 2).is_none_or(Token::after_lone_dash);
    let fits = number.number().is_some() && half.gap == "." && half.text == "5" && parted;
    fits.then_some((Snag::HalfEpisode, from, from + 2))
}

/// `S01E13.5`, `Title - 13.5`; not the sound in `S01E13.5.1` nor the title in `S01E13.5.Days`.
fn is_half(name: &Name<'_>, found: &Numbers) -> bool {
    (found.next.saturating_sub(1).max(found.first + 1)..=found.next).any(|index| {
        let Some(token) = name.tokens.get(index).filter(|token| token.gap == ".") else { return false };
        let numbered = name.tokens[index - 1].text.ends_with(|char: char| char.is_ascii_digit());
        let half = token.text == "5" || token.lower().strip_prefix("5v").is_some_and(|rest| rest.len() == 1);
        let ends = name.tokens.get(index + 1).is_none_or(|next| {
            let sound = next.gap == "." && matches!(next.text, "0" | "1");
            !sound && (next.gap != "." || next.class == Class::Strong || next.class == Class::Mark)
        });
        numbered && half && ends
    })
}

/// `S01E01-S02E01`
fn goes_into_another_season(name: &Name<'_>, found: &Numbers) -> bool {
    let Some(next) = name.tokens.get(found.next).filter(|_| found.is_certain()) else { return false };
    let joined = |token: &Token<'_>| !token.gap.contains(['/', '|']) && !token.after_bracket();
    let word = matches!(next.lower(), "to" | "bis" | "till" | "through" | "thru" | "and" | "und");
    let at = if word { found.next + 1 } else { found.next };
    name.tokens.get(at).is_some_and(|token| joined(token) && token.class != Class::Strong)
        && episodes::find(name, at, at + 1).is_some_and(|other| other.season != found.season)
}

/// `Title 12-14`: no word, no bracket and no lone dash says that these are episodes.
fn bare_range(name: &Name<'_>, found: &Numbers, grouped: bool) -> Option<Snag> {
    let (first, last) = (name.tokens.get(found.first)?, name.tokens.get(found.first + 1)?);
    let unsaid = matches!(found.form, Form::Apart | Form::Bare | Form::Compact | Form::Leading)
        && found.season.is_none()
        && !grouped
        && !(first.after_lone_dash() || first.after_bracket() || first.gap.ends_with(['#', '№']));
    let range = found.next == found.first + 2 && found.numbers().len() > 1 && last.after_tight_dash();
    let plain = first.number().is_some() && last.number().is_some();
    (unsaid && range && plain).then_some(if found.numbers().len() > LONGEST_BARE_RANGE {
        Snag::WideRange
    } else {
        Snag::BareRange
    })
}

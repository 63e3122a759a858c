//! The day that an episode is named by: `2024.03.05`, `05-03-2024`, `20240305`, `5th Mar 2024`.

use jiff::civil::Date;

use super::numbers::leading;
use super::tokens::{Name, Token};
use super::years::{FIRST_YEAR, LAST_YEAR};

/// A day and the words that say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) first: usize,
    pub(super) next: usize,
    pub(super) date: Date,
    /// Written with two digits for its year.
    pub(super) short: bool,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The first day that is written from the word `from` on.
pub(super) fn find(name: &Name<'_>, from: usize) -> Option<Day> {
    let tokens = &name.tokens;
    let found =
        |first: usize, len: usize, date: Date| Some(Day { first, next: first + len, date, short: false });
    for first in from..tokens.len() {
        let [one, rest @ ..] = &tokens[first..] else { break };
        if let Some(date) = compact(one.text) {
            return found(first, 1, date);
        }
        let [two, three, after @ ..] = rest else { continue };
        // `5th of March 2024`
        if let ("of", [year, ..]) = (two.lower(), after)
            && let Some(date) = named_month(one, three, year)
        {
            return found(first, 4, date);
        }
        if !(is_joint(two) && is_joint(three)) {
            continue;
        }
        if let Some(date) = named_month(one, two, three) {
            return found(first, 3, date);
        }
        let same_joint = two.gap == three.gap;
        let numbers = (number(one), number(two), number(three));
        let (Some(one), Some(two), Some(three)) = numbers else { continue };
        let date = match (one.1, two.1, three.1) {
            (4, 1..=2, 1..=2) => date(one.0, two.0, three.0).or_else(|| date(one.0, three.0, two.0)),
            (1..=2, 1..=2, 4) => date(three.0, two.0, one.0).or_else(|| date(three.0, one.0, two.0)),
            _ => None,
        };
        if let Some(date) = date.filter(|_| same_joint) {
            return found(first, 3, date);
        }
    }
    (from..tokens.len()).find_map(|first| short(tokens, first))
}

/// The first word of what is written like a day and is none: `2023-02-30`.
pub(super) fn impossible(name: &Name<'_>, from: usize) -> Option<usize> {
    let tokens = &name.tokens;
    (from..tokens.len().saturating_sub(2)).find(|&first| {
        let [one, two, three, ..] = &tokens[first..] else { return false };
        let apart = |index: usize| {
            tokens.get(index).is_none_or(|token| token.number().is_none() || token.gap != two.gap)
        };
        let numbers = (number(one), number(two), number(three));
        let (Some(one), Some(last), Some(two_and_gap)) =
            (numbers.0, numbers.2, numbers.1.filter(|_| two.gap == three.gap))
        else {
            return false;
        };
        let (year, other) = match (one.1, two_and_gap.1, last.1) {
            (4, 1..=2, 1..=2) => (one.0, last.0),
            (1..=2, 1..=2, 4) => (last.0, one.0),
            _ => return false,
        };
        let middle = two_and_gap.0;
        // Between dots and spaces other numbers may follow a year.
        let dashed = two.gap == "-";
        let small = dashed || (matches!(two.gap, "." | "_") && middle.max(other) <= 31);
        let wide = two_and_gap.1 == 2 && one.1.min(last.1) == 2;
        (1900..=u32::from(LAST_YEAR)).contains(&year)
            && small
            && wide
            && apart(first + 3)
            && date(year, middle, other).or_else(|| date(year, other, middle)).is_none()
    })
}

/// A day in six digits, `190121`, which is one only beside an episode's number.
pub(super) fn six_digits(token: &Token<'_>) -> Option<Date> {
    let (number, 6, "") = leading(token.text, 6)? else { return None };
    date(2000 + number / 10_000, number / 100 % 100, number % 100)
}

/// `24.03.05` with two digits for each: the year stands first unless only the other way round is a day.
fn short(tokens: &[Token<'_>], first: usize) -> Option<Day> {
    let [one, two, three, ..] = tokens.get(first..)? else { return None };
    let alike = two.gap == three.gap && matches!(two.gap, "." | "-" | "_");
    let wide = [one, two, three].iter().all(|token| token.text.len() == 2);
    let alone = tokens.get(first + 3).is_none_or(|next| next.text.len() > 2 || next.number().is_none());
    let lone_before = first == 0 || tokens.get(first - 1).is_some_and(|before| before.number().is_none());
    if !(alike && wide && alone && lone_before) {
        return None;
    }
    let (one, two, three) = (one.number()?, two.number()?, three.number()?);
    let date = date(2000 + one, two, three).or_else(|| date(2000 + three, two, one))?;
    Some(Day { first, next: first + 3, date, short: true })
}

fn is_joint(token: &Token<'_>) -> bool {
    matches!(token.gap, "." | "-" | " " | "_" | "/" | ", " | ". " | "年" | " - ")
}

fn number(token: &Token<'_>) -> Option<(u32, usize)> {
    let (number, width, rest) = leading(token.text, 4)?;
    rest.is_empty().then_some((number, width))
}

/// `31st Jan 2025`, `Jan 31, 2025`, `2025 Jan 31`.
fn named_month(one: &Token<'_>, two: &Token<'_>, three: &Token<'_>) -> Option<Date> {
    let day = |token: &Token<'_>| {
        let (day, width, rest) = leading(token.lower(), 2)?;
        (width <= 2 && matches!(rest, "" | "st" | "nd" | "rd" | "th")).then_some(day)
    };
    let year = |token: &Token<'_>| number(token).filter(|&(_, width)| width == 4).map(|(year, _)| year);
    if let Some(month) = month(two.lower()) {
        return match (day(one), year(three)) {
            (Some(day), Some(year)) => date(year, month, day),
            _ => date(year(one)?, month, day(three)?),
        };
    }
    date(year(three)?, month(one.lower())?, day(two)?)
}

fn month(lower: &str) -> Option<u32> {
    if lower.len() < 3 {
        return None;
    }
    let index =
        MONTHS.iter().position(|month| *month == lower || (month.starts_with(lower) && lower.len() <= 4))?;
    u32::try_from(index + 1).ok()
}

/// `20240305` or `2024年3月5日`.
fn compact(text: &str) -> Option<Date> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u32 = text.parse().ok()?;
        return date(number / 10_000, number / 100 % 100, number % 100);
    }
    let (year, 4, rest) = leading(text, 4)? else { return None };
    let (month, _, rest) = leading(rest.strip_prefix('年')?, 2)?;
    let (day, _, _) = leading(rest.strip_prefix('月')?, 2)?;
    date(year, month, day)
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    if !(u32::from(FIRST_YEAR)..=u32::from(LAST_YEAR)).contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

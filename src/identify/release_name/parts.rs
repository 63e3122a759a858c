//! `Part 2`, `Part III`, `Pt.1`, `2of6`: a piece of something.

use super::episodes::{Style, more};
use super::numbers::{Form, Numbers, extend_to, leading, spelled};
use super::tokens::Name;

/// Words for a part. Sorted.
const PARTS: &[&str] =
    &["część", "del", "deel", "osa", "parte", "part", "parts", "partie", "pt", "teil", "часть"];

/// The first `Part N` from the word `from` on.
pub(super) fn part(name: &Name<'_>, from: usize) -> Option<Numbers> {
    (from..name.tokens.len()).find_map(|index| {
        let token = &name.tokens[index];
        let lower = token.lower();
        let found = |next: usize, number: u32| {
            let mut parts = vec![number];
            let next = more(name, next, &mut parts, Style::Part);
            Some(Numbers::new(Form::Part, index, next).with_episodes(parts))
        };
        if PARTS.contains(&lower) {
            let next = name.tokens.get(index + 1).filter(|next| next.is_near())?;
            let digits =
                leading(next.text, 2).filter(|(_, _, rest)| rest.is_empty()).map(|(number, _, _)| number);
            let word = || spelled(next.lower()).filter(|_| !matches!(lower, "del" | "osa"));
            return found(index + 2, digits.or_else(word)?);
        }
        let digits = lower.find(|char: char| char.is_ascii_digit())?;
        let (word, number) = lower.split_at(digits);
        let (number, _, rest) = leading(number, 2)?;
        (rest.is_empty() && matches!(word, "part" | "pt" | "parte" | "teil"))
            .then(|| found(index + 1, number))
            .flatten()
    })
}

/// The first `3of6`, `3 of 6`, `(3/6)`, `3 von 6` from the word `from` on.
pub(super) fn of(name: &Name<'_>, from: usize) -> Option<Numbers> {
    (from..name.tokens.len()).find_map(|index| {
        let token = &name.tokens[index];
        let found = |next: usize, number: u32, total: u32| {
            let fits = (1..=total).contains(&number) && total < 1000;
            // `1-5 of 12`
            let before = index
                .checked_sub(1)
                .filter(|_| token.after_tight_dash())
                .and_then(|before| name.tokens[before].number());
            let mut range: Vec<u32> = before.into_iter().collect();
            let ranged = extend_to(&mut range, number);
            let (first, episodes) = if ranged { (index - 1, range) } else { (index, vec![number]) };
            // `Part 1 of 3`
            let said = first
                .checked_sub(1)
                .filter(|&before| PARTS.contains(&name.tokens[before].lower()) && before > from);
            let first = said.unwrap_or(first);
            fits.then(|| Numbers::new(Form::Of, first, next).with_episodes(episodes))
        };
        let (number, _, rest) = leading(token.lower(), 3)?;
        if let Some((total, _, "")) = rest.strip_prefix("of").and_then(|rest| leading(rest, 3)) {
            return found(index + 1, number, total);
        }
        if !rest.is_empty() {
            return None;
        }
        // `(3/6)`
        if let Some(total) = name.tokens.get(index + 1)
            && total.gap == "/"
            && total.group.is_some()
            && total.group == token.group
            && name.group_end(index) == index + 2
            && name.tokens.get(index.wrapping_sub(1)).is_some_and(|before| before.group != token.group)
        {
            return found(index + 2, number, total.number().filter(|&total| total > 1)?);
        }
        let of = name.tokens.get(index + 1).filter(|of| of.is_near())?;
        if let Some((total, _, "")) = of.lower().strip_prefix("of").and_then(|rest| leading(rest, 3)) {
            return found(index + 2, number, total);
        }
        if !matches!(of.lower(), "of" | "von" | "из" | "di" | "av" | "af" | "van" | "sur" | "iz" | "з") {
            return None;
        }
        let total = name.tokens.get(index + 2).filter(|total| total.is_near())?.number()?;
        found(index + 3, number, total)
    })
}

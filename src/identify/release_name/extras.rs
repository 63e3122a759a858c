//! Names of what comes beside a movie or a series and is neither: previews, samples, openings without credits.

use super::edges;
use super::tokens::{Name, Token};
use super::words::Class;
use super::{component, numbers, path, years};

/// Last words of names that are no movie's and no episode's.
const LAST_WORDS: [&str; 4] = ["preview", "sample", "teaser", "trailer"];

/// Whether a file's name says that it is an extra. A title that is only such a word is one.
pub(crate) fn is_extra(name: &str) -> bool {
    let stem = path::without_extension(name);
    let body = edges::body(component::head(stem.trim()));
    let name = Name::new(body.text);
    let grouped = body.group.is_some();
    let special = |token: &Token<'_>| token.lower().starts_with("s00e");
    if name.tokens.iter().any(special) {
        return false;
    }
    let strong = (1..name.tokens.len()).find(|&index| name.tokens[index].class == Class::Strong);
    let ends = [Some(name.tokens.len()), strong].into_iter().flatten();
    ends.map(|end| before_release(&name, end)).any(|end| ends_as_extra(&name, end, grouped))
}

/// Where the name's own words end before the word `end`.
fn before_release(name: &Name<'_>, mut end: usize) -> usize {
    while let Some(last) = end.checked_sub(1).filter(|&last| last > 0) {
        let token = &name.tokens[last];
        let bracketed = token.group.is_some() && name.gap_after(last).contains(super::tokens::is_bracket);
        let of_release = matches!(token.class, Class::Strong | Class::Mark | Class::Weak)
            || (bracketed && token.number().is_none())
            || (token.text.len() == 8 && token.text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if !of_release || fansub_extra(token).is_some() || LAST_WORDS.contains(&token.lower()) {
            break;
        }
        end = last;
    }
    end
}

/// Whether the word before `end` says an extra, or the word and the number there.
fn ends_as_extra(name: &Name<'_>, end: usize, grouped: bool) -> bool {
    let Some(last) = end.checked_sub(1) else { return false };
    let token = &name.tokens[last];
    let counts = |token: &Token<'_>| {
        token.number().is_some() && token.text.len() <= 2 && years::plausible(token.text).is_none()
    };
    let (word, numbered) = match last.checked_sub(1) {
        Some(before) if counts(token) && token.is_near() && !token.after_lone_dash() => (before, true),
        _ => (last, false),
    };
    let its = &name.tokens[word];
    if LAST_WORDS.contains(&its.lower()) {
        return word > 0;
    }
    let apart = its.after_lone_dash() || its.after_bracket();
    match fansub_extra(its) {
        Some(Kind::Telling) => true,
        Some(Kind::Short { digits }) => word > 0 && (digits || numbered || apart || grouped),
        Some(Kind::Word) => word > 0 && apart,
        None => false,
    }
}

/// How plainly a word of fansubs says an extra.
enum Kind {
    /// Nothing else is written so.
    Telling,
    /// Two capital letters, perhaps with digits.
    Short { digits: bool },
    /// A word of a language.
    Word,
}

fn fansub_extra(token: &Token<'_>) -> Option<Kind> {
    let lower = token.lower();
    let at = lower.find(|char: char| char.is_ascii_digit()).unwrap_or(lower.len());
    let (letters, rest) = lower.split_at(at);
    let digits = numbers::leading(rest, 2).is_some();
    match letters {
        _ if !(rest.is_empty() || digits) => None,
        "ncop" | "nced" => Some(Kind::Telling),
        "op" | "ed" | "cm" | "pv" if token.text.starts_with(|char: char| char.is_ascii_uppercase()) => {
            token.is_shouted().then_some(Kind::Short { digits })
        }
        "menu" => Some(Kind::Word),
        _ => None,
    }
}

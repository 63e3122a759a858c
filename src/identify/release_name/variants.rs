//! The text of a title, and the other titles that may be meant by it.

use super::tokens::{Name, is_dash};

/// A title with its other forms, the likeliest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Titles {
    pub(super) main: String,
    pub(super) others: Vec<String>,
}

/// How many other titles are kept.
pub(super) const MOST_TITLES: usize = 6;

impl Titles {
    /// Adds another title unless it is known or says nothing.
    pub(super) fn add(&mut self, title: String) {
        add(&self.main, &mut self.others, title);
    }
}

/// Adds `title` to the `others` of `main` unless it is known.
pub(super) fn add(main: &str, others: &mut Vec<String>, title: String) {
    let said = title.chars().any(char::is_alphanumeric);
    let known = |other: &String| other.eq_ignore_ascii_case(&title);
    if said && others.len() < MOST_TITLES && !main.eq_ignore_ascii_case(&title) && !others.iter().any(known) {
        others.push(title);
    }
}

/// The title in the words from `from` up to `to`, the last of which may end at byte `end`.
pub(super) fn of(name: &Name<'_>, from: usize, to: usize, end: Option<usize>) -> Option<Titles> {
    let first = name.tokens.get(from)?;
    let last = name.tokens.get(to.checked_sub(1)?).filter(|_| to > from)?;
    let end = end.unwrap_or_else(|| last.end());
    // `(500) Days`: the bracket before the first word belongs to it when it closes within the title.
    let opened = name
        .group_of(from)
        .filter(|group| group.end <= end && group.start + group.open.len_utf8() == first.start);
    let start = opened.map_or(first.start, |group| group.start);
    let closing = name.text[end..]
        .chars()
        .take_while(|char| matches!(char, '!' | '?' | '…'))
        .map(char::len_utf8)
        .sum::<usize>();
    let closed = name.group_of(to - 1).filter(|group| {
        group.start >= start && group.end >= end && !name.text[end..group.end].contains(char::is_alphanumeric)
    });
    let end = closed.map_or(end + closing, |group| group.end);
    let raw = name.text.get(start..end)?;
    let dotted = !raw.contains([' ', '_']);
    // `Title (Other Title)`
    let apart = closed.filter(|group| group.start > start && !joins(&name.text[start..group.start]));
    let mut titles = match apart {
        Some(group) => {
            let mut titles = split(&name.text[start..group.start], dotted);
            let inner = &name.text[group.start + group.open.len_utf8()..group.end];
            let inner = clean(inner.trim_end_matches(super::tokens::is_bracket), dotted);
            let inner = without_aka(&inner).to_owned();
            if inner.chars().count() > 3 {
                titles.add(inner);
            }
            titles.add(clean(raw, dotted));
            titles
        }
        None => split(raw, dotted),
    };
    if titles.main.is_empty() {
        titles = Titles { main: clean(raw, dotted), others: Vec::new() };
    }
    titles.main.chars().any(char::is_alphanumeric).then_some(titles)
}

/// Whether what stands in brackets goes on with the sentence before: `or (`.
fn joins(before: &str) -> bool {
    let word = before.trim_end().rsplit([' ', '.', '_']).next().unwrap_or("");
    matches!(word.to_ascii_lowercase().as_str(), "or" | "and" | "of" | "the" | "to" | "a")
}

/// A title by its halves: of several names the likeliest first.
fn split(raw: &str, dotted: bool) -> Titles {
    let mut titles = Titles::default();
    let whole = clean(raw, dotted);
    let halves: Vec<&str> = raw
        .split(['/', '|', '｜'])
        .flat_map(|half| half.split(" _ "))
        .filter(|half| half.chars().any(char::is_alphanumeric))
        .take(4)
        .collect();
    let slashed = halves.len() > 1
        && halves.iter().all(|half| half.chars().filter(|char| char.is_alphanumeric()).count() > 2);
    if slashed {
        let best = halves
            .iter()
            .enumerate()
            .max_by_key(|(index, half)| (latin_share(half), usize::MAX - index))
            .map_or(0, |(index, _)| index);
        let best_titles = split_scripts(halves[best], dotted);
        titles.main = best_titles.main;
        best_titles.others.into_iter().for_each(|other| titles.add(other));
        for (index, half) in halves.iter().enumerate() {
            if index != best {
                titles.add(clean(half, dotted));
            }
        }
        titles.add(whole);
        return titles;
    }
    if let Some((one, other)) = aka(&whole) {
        titles.main = one.to_owned();
        titles.add(other.to_owned());
        titles.add(whole.clone());
        return titles;
    }
    let mut titles = split_scripts(raw, dotted);
    if let Some((before, after)) = parted(&titles.main) {
        let (before, after) = (before.to_owned(), after.to_owned());
        titles.add(before);
        titles.add(after);
    }
    titles
}

/// `one - other`
fn parted(title: &str) -> Option<(&str, &str)> {
    let at = title.find(" - ")?;
    let (before, after) = (title[..at].trim(), title[at + 3..].trim());
    let said = |part: &str| part.chars().filter(|char| char.is_alphanumeric()).count() > 1;
    (said(before) && said(after)).then_some((before, after))
}

/// `one aka other`
fn aka(title: &str) -> Option<(&str, &str)> {
    const WORDS: [&str; 6] = [" aka ", " a.k.a. ", " a.k.a ", " a k a ", " aka: ", " alias "];
    let lower = title.to_ascii_lowercase();
    let (at, word) = WORDS.iter().find_map(|word| Some((lower.find(word)?, word)))?;
    let (one, other) = (title[..at].trim(), title[at + word.len()..].trim());
    (!one.is_empty() && !other.is_empty()).then_some((one, other))
}

fn without_aka(title: &str) -> &str {
    match title.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("aka ") => title[4..].trim(),
        _ => title,
    }
}

/// A title in two scripts by each of them, Latin first.
fn split_scripts(raw: &str, dotted: bool) -> Titles {
    let whole = clean(raw, dotted);
    let latin = raw.chars().filter(|&char| is_latin(char)).count();
    let foreign = raw.chars().filter(|&char| is_foreign(char)).count();
    let mut titles = Titles { main: whole.clone(), others: Vec::new() };
    if latin < 3 || foreign < 2 {
        return titles;
    }
    let keep = |dropped: fn(char) -> bool| {
        clean(&raw.chars().map(|char| if dropped(char) { ' ' } else { char }).collect::<String>(), dotted)
    };
    let main = keep(is_foreign);
    if main.chars().filter(|&char| is_latin(char)).count() >= 3 {
        titles.main = main;
        titles.add(keep(|char| is_latin(char) || char.is_ascii_digit()));
        titles.add(whole);
    }
    titles
}

fn is_latin(char: char) -> bool {
    char.is_alphabetic() && (char < '\u{250}' || ('\u{1e00}'..'\u{1f00}').contains(&char))
}

fn is_foreign(char: char) -> bool {
    char.is_alphabetic() && !is_latin(char)
}

/// How many of 100 letters are Latin.
fn latin_share(text: &str) -> usize {
    let latin = text.chars().filter(|&char| is_latin(char)).count();
    let all = text.chars().filter(|char| char.is_alphabetic()).count();
    (latin * 100).checked_div(all).unwrap_or(0)
}

/// The text of a title as people write it: without the separators of a release, and with its abbreviations' dots.
pub(super) fn clean(raw: &str, dotted: bool) -> String {
    let mut text = String::with_capacity(raw.len());
    let chars: Vec<char> = raw.chars().collect();
    for (index, &char) in chars.iter().enumerate() {
        let dot = char == '.' && (dotted || index + 1 == chars.len());
        let gap = char.is_whitespace()
            || matches!(char, '_' | '★' | '[' | ']' | '{' | '}' | '【' | '】' | '《' | '》')
            || (dot && !is_initial(&chars, index));
        if !gap {
            text.push(char);
        } else if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }
    let text = article_first(text);
    let edge = |char: char| {
        char.is_whitespace()
            || is_dash(char)
            || matches!(
                char,
                ',' | ':' | ';' | '~' | '|' | '/' | '\\' | '+' | '=' | '"' | '“' | '”' | '*' | '@' | '#'
            )
    };
    let mut trimmed = text.trim_matches(edge);
    if trimmed.matches('(').count() != trimmed.matches(')').count() {
        trimmed = trimmed.trim_matches(|char: char| matches!(char, '(' | ')') || edge(char));
    }
    trimmed.to_owned()
}

/// `Title, The` as `The Title`.
fn article_first(text: String) -> String {
    match text.trim_end().rsplit_once(", ") {
        Some((rest, article))
            if matches!(
                article.to_ascii_lowercase().as_str(),
                "the" | "a" | "an" | "der" | "die" | "das" | "le" | "la" | "les" | "el" | "il"
            ) =>
        {
            format!("{article} {rest}")
        }
        _ => text,
    }
}

/// Whether the dot at `index` belongs to initials: `S.H.I.E.L.D`, `U.N.C.L.E.`
fn is_initial(chars: &[char], index: usize) -> bool {
    let single_before =
        index >= 1 && chars[index - 1].is_alphabetic() && (index == 1 || !chars[index - 2].is_alphanumeric());
    let single_after = chars.get(index + 1).is_some_and(|char| char.is_alphabetic())
        && chars.get(index + 2).is_none_or(|char| !char.is_alphanumeric());
    let row_before = index >= 3
        && chars[index - 2] == '.'
        && chars[index - 3].is_alphabetic()
        && (index == 3 || !chars[index - 4].is_alphanumeric());
    single_before
        && (single_after || (row_before && chars.get(index + 1).is_none_or(|char| !char.is_alphanumeric())))
}

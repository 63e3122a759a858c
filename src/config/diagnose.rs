//! What is wrong with the text of the file, with the line: the `config` crate cannot say.
//!
//! The same types read the text as later read all layers. One thing that is wrong hides the rest, so what was found
//! is taken out and the rest is read again.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::error::{Place, Problem};
use super::file::Text;
use super::keys::{self, Kind};
use super::settings::Settings;
use super::validate::{self, Impossible, Step};
use crate::identify::Rule;

/// More than these in one file are not looked for.
const MAX_PROBLEMS: usize = 20;

/// What the text says.
#[derive(Debug)]
pub(crate) struct Read {
    /// The keys that it gives, as `section.key`.
    pub(crate) given: Vec<String>,
    /// The rules in it.
    pub(crate) rules: Vec<Rule>,
}

/// What may be in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Every section.
    Everything,
    /// Only `[[rules]]`.
    Rules,
}

/// Reads `text`.
///
/// # Errors
/// Everything that is wrong with it, in its order.
pub(crate) fn read(path: &Path, text: &Text, holds: Holds) -> Result<Read, Vec<Problem>> {
    let source = Source { path, text: &text.text };
    let table = DeTable::parse(&text.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let what = format!("this is not TOML: {}", one_line(error.message()));
        vec![source.problem(Finding { span, what, hint: None, plain: false })]
    })?;
    let whole = table.span();
    let mut table = table.into_inner();
    let given = given(&table);

    let mut found = Vec::new();
    if holds == Holds::Rules {
        take_out_all_but_rules(&mut table, &source, &mut found);
    }
    unknown_keys(&mut table, &mut Vec::new(), &source, &mut found);
    misplaced_secrets(&mut table, text.open_to_others, &source, &mut found);
    let settings = loop {
        let deserializer = Deserializer::from(Spanned::new(whole.clone(), table.clone()));
        match Settings::deserialize(deserializer) {
            Ok(settings) => break Some(settings),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let removed = remove(&mut table, span.start);
                let what = wrong_value(&one_line(error.message()), removed.as_deref());
                let plain = removed.as_deref().is_some_and(|path| path.len() > 1 && !is_secret(path));
                found.push(Finding { span: source.trimmed(span), what, hint: None, plain });
                if removed.is_none() || found.len() >= MAX_PROBLEMS {
                    break None;
                }
            }
        }
    };
    for Impossible { path, what } in settings.iter().flat_map(validate::impossible) {
        let span = locate(&table, &path).unwrap_or(0..0);
        found.push(Finding { span, what, hint: None, plain: true });
    }
    if let Some(settings) = settings.filter(|_| found.is_empty()) {
        return Ok(Read { given, rules: settings.rules });
    }
    found.sort_by_key(|finding| finding.span.start);
    found.truncate(MAX_PROBLEMS);
    Err(found.into_iter().map(|finding| source.problem(finding)).collect())
}

/// Something wrong, before it has its line.
struct Finding {
    span: Range<usize>,
    what: String,
    hint: Option<String>,
    /// It is about the value of a known key that is no secret.
    plain: bool,
}

/// Takes out what belongs in the file with the settings.
fn take_out_all_but_rules(table: &mut DeTable<'_>, source: &Source<'_>, found: &mut Vec<Finding>) {
    let strangers: Vec<_> = table.keys().filter(|key| key.get_ref() != keys::RULES).cloned().collect();
    for key in strangers {
        let hint = "everything else belongs in config.toml; a rule begins with [[rules]]";
        found.push(Finding {
            span: source.trimmed(key.span()),
            what: "this file holds rules only".into(),
            hint: Some(hint.into()),
            plain: false,
        });
        table.remove(&key);
    }
}

/// Takes out the keys that nobody knows.
fn unknown_keys(
    table: &mut DeTable<'_>,
    path: &mut Vec<String>,
    source: &Source<'_>,
    found: &mut Vec<Finding>,
) {
    let Some(names) = keys::names_in(path) else { return };
    let mut unknown = Vec::new();
    for (key, value) in table.iter_mut() {
        let name = key.get_ref().to_string();
        if !names.contains(&name.as_str()) {
            let (what, hint) = unknown_key(&name, path, &names);
            found.push(Finding { span: source.trimmed(key.span()), what, hint: Some(hint), plain: false });
            unknown.push(key.clone());
            continue;
        }
        path.push(name);
        match value.get_mut() {
            DeValue::Table(inner) => unknown_keys(inner, path, source, found),
            DeValue::Array(elements) => {
                for element in elements.iter_mut() {
                    if let DeValue::Table(inner) = element.get_mut() {
                        unknown_keys(inner, path, source, found);
                    }
                }
            }
            _ => {}
        }
        path.pop();
    }
    for key in unknown {
        table.remove(&key);
    }
}

fn unknown_key(name: &str, table: &[String], names: &[&'static str]) -> (String, String) {
    let (what, list) = match table {
        [] => (format!("unknown section `{name}`"), "the sections are"),
        [section] if section == keys::RULES => {
            (format!("unknown key `{name}` in a rule"), "a rule's keys are")
        }
        _ => (format!("unknown key `{name}` in [{}]", table.join(".")), "the keys there are"),
    };
    let elsewhere = keys::KEYS.iter().find(|key| key.name == name);
    if looks_like_a_token(name) {
        let hint = "put it in a file of its own and name that in `refresh_token_file`, `client_secret_file` or `token_file`";
        return ("this is no place for a token".into(), hint.into());
    }
    // What is refused anyway is no advice.
    let is_refused =
        |name: &str| keys::KEYS.iter().any(|key| key.kind == Kind::EnvironmentOnly && key.name == name);
    let names: Vec<&str> = names.iter().copied().filter(|name| !is_refused(name)).collect();
    let hint = if table == ["discovr"] && name.contains("token") {
        "did you mean `refresh_token_file`?".into()
    } else if table == ["trakt"] && (name.contains("secret") || name.contains("token")) {
        "did you mean `client_secret_file`?".into()
    } else if let Some(nearest) = keys::nearest(name, names.iter().copied()) {
        format!("did you mean `{nearest}`?")
    } else if let Some(key) = elsewhere {
        // What may not be in this file has its own there.
        let file = if key.kind == Kind::EnvironmentOnly { "_file" } else { "" };
        format!("`{name}{file}` belongs in [{}]", key.section)
    } else {
        format!("{list} {}", names.join(", "))
    };
    (what, hint)
}

/// Takes out secrets that may not be in this file.
fn misplaced_secrets(
    table: &mut DeTable<'_>,
    open_to_others: bool,
    source: &Source<'_>,
    found: &mut Vec<Finding>,
) {
    for key in keys::KEYS {
        let (what, hint) = match key.kind {
            Kind::EnvironmentOnly => (
                format!("a {} has no place in this file", key.name.replace('_', " ")),
                format!("put it in a file of its own and name that in `{}_file`", key.name),
            ),
            Kind::Secret if open_to_others => (
                "this file holds a token, and others can read it".into(),
                "run `chmod 600` on this file, or put the token in a file of its own and name that in `token_file`".into(),
            ),
            _ => continue,
        };
        let Some(section) = table.get_mut(key.section) else { continue };
        let DeValue::Table(section) = section.get_mut() else { continue };
        let Some(written) = section.get_key_value(key.name).map(|(written, _)| written.clone()) else {
            continue;
        };
        let span = source.trimmed(written.span());
        found.push(Finding { span, what, hint: Some(hint), plain: false });
        section.remove(&written);
    }
}

/// The keys that are given, as `section.key`.
fn given(table: &DeTable<'_>) -> Vec<String> {
    let mut given = Vec::new();
    for (section, value) in table {
        match value.get_ref() {
            DeValue::Table(inner) => {
                given.extend(inner.keys().map(|key| format!("{}.{}", section.get_ref(), key.get_ref())));
            }
            _ => given.push(section.get_ref().to_string()),
        }
    }
    given
}

/// Takes out the innermost thing that reaches over `at`, and says which it was.
fn remove(table: &mut DeTable<'_>, at: usize) -> Option<Vec<String>> {
    let (key, _) = table
        .iter()
        .filter(|(key, value)| reach(key.span(), value).contains(&at))
        .min_by_key(|(key, value)| reach(key.span(), value).len())?;
    let key = key.clone();
    let mut path = vec![key.get_ref().to_string()];
    let inner = table.get_mut(&key).and_then(|value| remove_inside(value.get_mut(), at));
    match inner {
        Some(inner) => path.extend(inner),
        None => {
            table.remove(&key);
        }
    }
    Some(path)
}

fn remove_inside(value: &mut DeValue<'_>, at: usize) -> Option<Vec<String>> {
    match value {
        DeValue::Table(inner) => remove(inner, at),
        DeValue::Array(elements) => {
            let index = elements.iter().position(|element| reach(element.span(), element).contains(&at))?;
            let within = remove_inside_element(elements, index, at);
            Some(within)
        }
        _ => None,
    }
}

/// An element goes as a whole: a rule without one of its keys would be found wrong again.
fn remove_inside_element(elements: &mut toml::de::DeArray<'_>, index: usize, at: usize) -> Vec<String> {
    let path = match elements.get(index).map(Spanned::get_ref) {
        Some(DeValue::Table(inner)) => inner
            .iter()
            .find(|(key, value)| reach(key.span(), value).contains(&at))
            .map(|(key, _)| vec![key.get_ref().to_string()]),
        _ => None,
    };
    let all = std::mem::replace(elements, toml::de::DeArray::new());
    *elements =
        all.into_iter().enumerate().filter(|(at, _)| *at != index).map(|(_, element)| element).collect();
    path.unwrap_or_default()
}

/// From where to where a key and everything in its value stand. Tables are not one piece: their parts count.
fn reach(from: Range<usize>, value: &Spanned<DeValue<'_>>) -> Range<usize> {
    let mut reach = from;
    let mut widen = |span: Range<usize>| {
        reach.start = reach.start.min(span.start);
        reach.end = reach.end.max(span.end.max(span.start + 1));
    };
    widen(value.span());
    match value.get_ref() {
        DeValue::Table(inner) => inner.iter().for_each(|(key, value)| widen(self::reach(key.span(), value))),
        DeValue::Array(elements) => {
            elements.iter().for_each(|element| widen(self::reach(element.span(), element)));
        }
        _ => {}
    }
    reach
}

pub(super) const NO_PLACE_FOR_A_TOKEN: &str = "this is no place for a token";

/// What to say of a value that cannot be read as what `path` holds. Only what is known to be no secret is repeated.
fn wrong_value(message: &str, path: Option<&[String]>) -> String {
    match path {
        Some([section]) if section == keys::RULES => match message.strip_prefix("missing field ") {
            Some(field) => format!("this rule has no {field}"),
            None => "the rules are tables: write [[rules]] above the keys of each".into(),
        },
        Some([section]) => format!("`{section}` is a section: write [{section}] above its keys"),
        Some(path) if is_secret(path) => "a token is a text in quotes".into(),
        Some(_) if looks_like_a_token(message) => NO_PLACE_FOR_A_TOKEN.into(),
        Some(_) => plain_words(message),
        None => "this cannot be read".into(),
    }
}

/// serde's words for a wrong value as those of a settings file.
pub(crate) fn plain_words(message: &str) -> String {
    let kind = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((given, wanted)) = kind.and_then(|rest| rest.rsplit_once(", expected ")) {
        return format!("{} does not fit here: write {}", given_in_words(given), wanted_in_words(wanted));
    }
    let variant = message.strip_prefix("unknown variant ").and_then(|rest| rest.rsplit_once(", expected "));
    if let Some((given, wanted)) = variant {
        return format!("{given} does not fit here: write {wanted}").replace('`', "\"");
    }
    wanted_in_words(message)
}

fn given_in_words(given: &str) -> String {
    if let Some(text) = given.strip_prefix("string ") {
        return text.to_owned();
    }
    match given.split_once(" `") {
        Some((_, value)) => value.trim_end_matches('`').to_owned(),
        None if given == "sequence" => "a list".to_owned(),
        None if given == "map" => "a table".to_owned(),
        None => given.to_owned(),
    }
}

fn wanted_in_words(wanted: &str) -> String {
    let whole = match wanted {
        "u16" | "u32" | "u64" | "usize" => Some("a whole number, 0 or more"),
        "i32" | "i64" | "an integer" => Some("a whole number"),
        _ => None,
    };
    whole.map_or_else(
        || {
            [
                ("a sequence", "a list such as [\"one\", \"two\"]"),
                ("a string", "a text in quotes"),
                ("a boolean", "true or false"),
                ("floating point", "the number"),
            ]
            .iter()
            .fold(wanted.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
        },
        str::to_owned,
    )
}

fn locate(table: &DeTable<'_>, path: &[Step]) -> Option<Range<usize>> {
    let (Step::Key(first), mut rest) = path.split_first()? else { return None };
    let mut value = table.get(first.as_str())?;
    while let Some((step, after)) = rest.split_first() {
        let next = match (step, value.get_ref()) {
            (Step::Key(key), DeValue::Table(inner)) => inner.get(key.as_str()),
            (Step::Index(index), DeValue::Array(elements)) => elements.get(*index),
            _ => None,
        };
        let Some(next) = next else { break };
        value = next;
        rest = after;
    }
    Some(value.span())
}

fn is_secret(path: &[String]) -> bool {
    match path {
        [section, name] => keys::find(section, name).is_some_and(keys::Key::is_secret),
        _ => false,
    }
}

/// `text` without what would do something to a terminal.
pub(super) fn in_one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text and its name, to point into.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        let piece = self.text.get(span.clone()).unwrap_or_default();
        span.start..span.start + piece.trim_end().len()
    }

    fn problem(&self, Finding { span, what, hint, plain }: Finding) -> Problem {
        let mut at = span.start.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        let line = self.text[start..end].trim_end();
        // Of a list that goes over several lines, the line does not name the key.
        let shown =
            if plain && !line.contains('=') && !is_suspicious(line) { line.into() } else { shown_line(line) };
        let column = self.text[start..at].chars().count();
        let meant =
            self.text.get(at..span.end.min(start + line.len())).map_or(0, |piece| piece.chars().count());
        let room = shown.chars().count().saturating_sub(column);
        Problem {
            place: Place::File {
                path: self.path.into(),
                line: 1 + self.text[..start].matches('\n').count(),
                column: column + 1,
                text: in_one_line(&shown),
                width: meant.min(room).max(1),
            },
            // A key in quotes may have any character.
            what: in_one_line(&what),
            hint: hint.as_deref().map(in_one_line),
        }
    }
}

/// The line with every value left out that could be a secret: only the values of known, plain keys are shown.
fn shown_line(line: &str) -> String {
    let body = line.trim_start();
    let is_header = body.starts_with('[') && !body.contains(['=', '"', '\'']);
    if is_header && !looks_like_a_token(body) {
        return line.into();
    }
    let Some((key, value)) = line.split_once('=') else {
        let word = body.find(|c: char| c.is_whitespace() || c == '"' || c == '\'').unwrap_or(body.len());
        let (first, rest) = body.split_at(word);
        // A line of its own may be part of a text that goes over several: a secret, perhaps.
        return match (is_plain(first), rest.is_empty()) {
            (true, true) => line.into(),
            (true, false) => format!("{}{first} …", &line[..line.len() - body.len()]),
            (false, _) if !body.contains(char::is_alphanumeric) => line.into(),
            (false, _) => "…".into(),
        };
    };
    // What is no path where the name of a file belongs is perhaps the token itself.
    let hidden = if key.trim().ends_with("_file") {
        !value.contains('/') || looks_like_a_token(value)
    } else {
        is_suspicious(value)
    };
    if is_plain(key.trim()) && !hidden {
        line.into()
    } else if looks_like_a_token(key) {
        "…".into()
    } else {
        format!("{key}= …")
    }
}

fn is_plain(key: &str) -> bool {
    let name = key.rsplit('.').next().unwrap_or(key).trim();
    let mut known = keys::KEYS.iter().filter(|key| key.name == name).peekable();
    let is_known = (known.peek().is_some() && known.all(|key| !key.is_secret()))
        || keys::RULE_KEYS.contains(&name)
        || keys::COMPLETED_KEYS.contains(&name);
    // What stands before the last dot may be anything.
    is_known && !looks_like_a_token(key)
}

/// Discovr's tokens begin with these; Trakt's, and its secrets, are long numbers.
pub(super) fn looks_like_a_token(text: &str) -> bool {
    let is_long_number = |word: &str| word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.contains("rt_")
        || text.contains("eyJ")
        || text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_long_number)
}

fn is_suspicious(value: &str) -> bool {
    let lower = value.to_lowercase();
    looks_like_a_token(value) || ["token", "secret", "@"].iter().any(|mark| lower.contains(mark))
}

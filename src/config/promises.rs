//! What holds for whatever is in the settings' file, in the rules file and in the environment.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use super::diagnose::{self, Holds};
use super::environment::Environment;
use super::error::{ConfigError, Place, Problem};
use super::file::Text;
use super::load::{Layer, Loaded, layered, rules_in};
use super::rules_file::{RulePlace, with_rule};
use super::settings::Settings;
use super::{keys, shown, validate};
use crate::identify::{Rule, RuleKind};
use crate::promises::Bytes;

const CONFIG: &str = "/home/me/.config/discovr-scrobbler/config.toml";
const RULES: &str = "/home/me/.config/discovr-scrobbler/rules.toml";
/// More are not told of all three.
const MAX_PROBLEMS: usize = 64;

/// Loads the settings out of `bytes`: a byte for the file's mode, then the settings' file, the rules file and a variable's
/// name and value, with a zero byte behind each.
pub fn config(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let mode = if bytes.byte() == b'o' { 0o644 } else { 0o600 };
    let (settings, rules) = (bytes.until(0), bytes.until(0));
    let (name, value) = (bytes.until(0), bytes.rest());

    let file = Text::of(settings.to_vec(), mode);
    if let Err(why) = &file {
        is_about_a_line_that_exists(why, settings);
    }
    let Ok(file) = file else { return };
    let environment = Environment::new((!name.is_empty()).then(|| {
        let name = [b"DISCOVR_SCROBBLER__", name].concat();
        (OsString::from_vec(name), OsString::from_vec(value.to_vec()))
    }));
    let rules = (!rules.is_empty()).then(|| Text::of(rules.to_vec(), 0o600)).and_then(Result::ok);
    let own = rules.as_ref().map(|text| rules_in(Path::new(RULES), text)).transpose();
    let count = own.as_ref().ok().map(|own| own.as_ref().map_or(0, |(_, rules)| rules.len()));

    let loaded = layered(Some((Path::new(CONFIG), &file)), &environment, own);
    match &loaded {
        Ok(loaded) => {
            assert_eq!(loaded.rules_file.as_ref().map_or(0, |file| file.count), count.unwrap_or_default());
            is_sound(loaded, &file, name.is_empty());
        }
        Err(error) => is_of_help(error, &file, rules.as_ref(), [settings, value]),
    }
    if let (Some(rules), Some(count)) = (rules, count) {
        takes_another_rule(&rules, count);
    }
}

/// What was loaded is in its bounds, can be shown, and is the same when what is shown is loaded.
fn is_sound(loaded: &Loaded, file: &Text, is_alone: bool) {
    let settings = &loaded.settings;
    assert!(validate::impossible(settings).is_empty(), "settings that cannot be");
    let playback = settings.for_playback(Some(Path::new("/home/me")));
    let shares = [playback.completed.movie, playback.completed.episode, playback.min_watched];
    assert!(shares.iter().all(|share| (0.0..=100.0).contains(&share.get())), "no percentage");
    for (path, layer) in &loaded.layers {
        let (section, name) = path.split_once('.').unwrap_or((path, ""));
        let is_known = keys::find(section, name).is_some() || [section, path].contains(&keys::RULES);
        assert!(
            is_known || *layer == Layer::File && keys::SECTIONS.contains(&path.as_str()),
            "given: {path}"
        );
    }
    let of_file = settings.rules.len() - settings.rules_of_file;
    if is_alone {
        // The parser that finds what is wrong and the one that the layers are made with agree.
        let parsed: Result<Settings, _> = toml::from_str(&file.text);
        let parsed = parsed.expect("what was loaded is TOML");
        let rules = settings.rules[..of_file].to_vec();
        assert_eq!(parsed, Settings { rules, rules_of_file: 0, ..settings.clone() });
    }
    let text = shown(loaded);
    let read = diagnose::read(
        Path::new(CONFIG),
        &Text { text: text.clone(), open_to_others: false },
        Holds::Everything,
    );
    let rules = read.unwrap_or_else(|problems| panic!("{problems:?} in what is shown: {text}")).rules;
    assert_eq!(rules, settings.rules, "rules are shown as they are");
    let again: Settings = toml::from_str(&text).expect("what is shown is TOML");
    assert_eq!(without_secrets(again), without_secrets(settings.clone()), "settings are shown as they are");
}

fn without_secrets(mut settings: Settings) -> Settings {
    (settings.discovr.refresh_token, settings.tmdb.token) = (None, None);
    settings.rules_of_file = 0;
    settings
}

/// Every problem names a place that exists, and tells no secret.
fn is_of_help(error: &ConfigError, file: &Text, rules: Option<&Text>, given: [&[u8]; 2]) {
    let (said, outline) = (error.to_string(), error.outline());
    let ConfigError::Invalid(problems) = error else { panic!("the layers must fit together: {said}") };
    assert!((1..=MAX_PROBLEMS).contains(&problems.len()), "{} problems", problems.len());
    for Problem { place, what, hint } in problems {
        let words = [Some(what), hint.as_ref()].into_iter().flatten();
        words.for_each(|words| {
            assert!(!words.is_empty() && !words.contains(char::is_control), "no line: {words:?}");
        });
        match place {
            Place::File { path, line, column, text, width } => {
                let file = if path == Path::new(RULES) { rules } else { Some(file) };
                let meant = file.and_then(|file| file.text.split('\n').nth(line - 1));
                let meant = meant.unwrap_or_else(|| panic!("there is no line {line}"));
                let length = meant.chars().count();
                assert!((1..=length + 1).contains(column), "there is no column {column}");
                assert!((1..=length.max(1)).contains(width), "{width} characters of {length}");
                assert!(!text.contains(char::is_control), "a line that is none");
                assert!(said.contains(&format!(":{line}:{column}: ")), "no place in {said}");
            }
            Place::Variable(name) => {
                assert!(
                    name.starts_with("DISCOVR_SCROBBLER__") && !name.contains(char::is_control),
                    "{name:?}"
                );
            }
        }
    }
    // The name of a variable is told, whatever it is.
    let is_named = |secret: &str| {
        problems
            .iter()
            .any(|problem| matches!(&problem.place, Place::Variable(name) if name.contains(secret)))
    };
    for secret in given.into_iter().flat_map(tokens).filter(|secret| !is_named(secret)) {
        assert!(!said.contains(secret) && !outline.contains(secret), "{secret} is told: {said}");
    }
}

/// What looks like a refresh token, and is long enough not to be a word.
fn tokens(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.match_indices("rt_").filter_map(|(at, _)| text.get(at..at + 12)).filter(|token| {
        let is_of_a_token = |c: char| c.is_ascii_alphanumeric() || c == '_';
        token.chars().all(is_of_a_token) && token.contains(|c: char| c.is_ascii_digit())
    })
}

fn is_about_a_line_that_exists(why: &str, bytes: &[u8]) {
    let line = why.strip_prefix("line ").and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    let lines = 1 + bytes.iter().filter(|&&byte| byte == b'\n').count();
    assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{why}");
}

/// A rule can be written behind the `count` that are in `rules`, and changes none of them.
fn takes_another_rule(rules: &Text, count: usize) {
    let new = Rule {
        path: Some("~/Shows/\"A\"/**".into()),
        regex: None,
        title: None,
        tmdb: 7,
        kind: RuleKind::Series,
        season: Some(1),
        episode: None,
        episode_offset: Some(-12),
    };
    let at_end = RulePlace { replaces: None, at: usize::MAX };
    let text = with_rule(Some(&rules.text), &new, at_end, "A\nnote").expect("rules that can be loaded");
    let read = |text: String| {
        let text = Text { text, open_to_others: false };
        let (_, rules) = rules_in(Path::new(RULES), &text)
            .unwrap_or_else(|error| panic!("{error} in what was written: {}", text.text));
        rules
    };
    let mut before = read(rules.text.clone());
    assert_eq!(before.len(), count);
    before.push(new.clone());
    assert_eq!(read(text), before, "nothing but the new rule is new");
    if count > 0 {
        let instead = RulePlace { replaces: Some(0), at: 0 };
        let text = with_rule(Some(&rules.text), &new, instead, "").expect("rules that can be loaded");
        before.pop();
        before[0] = new;
        assert_eq!(read(text), before, "nothing but the first rule is new");
    }
}

//! The user's own rules: the strongest evidence there is.

use std::collections::BTreeSet;
use std::path::Path;

use globset::GlobSet;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::release_name::{Reading, ReadingKind};
use super::{subject, titles};
use crate::path_glob;
use crate::player::{Location, Media};

/// One `[[rules]]` entry. All that it states must fit; it must state something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A glob over the whole path of a local file: `~/Anime/Some Show/**`. `*` stops at a slash, `**` does not; a
    /// folder stands for everything below it, too; without any slash, a name in any folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A regular expression that is found in the path, the address or the player's title. Groups named
    /// `season` and `episode` give the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// The title as the name or the player has it; case, accents and punctuation do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The TMDB number it is.
    pub tmdb: u64,
    /// What that number counts.
    pub kind: RuleKind,
    /// Its season, for series whose names do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<u32>,
    /// Its episode, for a single file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// Added to the episode numbers in names: `-12` makes episode 13 the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_offset: Option<i32>,
}

/// What a rule's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// Movies.
    Movie,
    /// Series.
    Series,
}

/// A rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule {number}: {}{problem}", key.map(|key| format!("{key}: ")).unwrap_or_default())]
pub struct RuleError {
    /// Which one, counted from 1.
    pub number: usize,
    /// Which of its keys, if it is one alone.
    pub key: Option<&'static str>,
    /// What is wrong with it and what to write instead.
    pub problem: String,
}

/// Rules ready for use; the first that fits counts.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    compiled: Vec<Compiled>,
    /// How many of them, the last ones, are from the user's own rules file.
    of_file: usize,
}

#[derive(Debug, Clone)]
struct Compiled {
    number: usize,
    rule: Rule,
    glob: Option<GlobSet>,
    regex: Option<Regex>,
    title: Option<String>,
}

/// What a rule that fits says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleAnswer {
    pub(crate) number: usize,
    pub(crate) tmdb: u64,
    pub(crate) kind: RuleKind,
    pub(crate) season: Option<u32>,
    /// Empty when neither the rule nor the name has a number.
    pub(crate) episodes: Vec<u32>,
    /// The episodes are those that the name was read to have: the rule does not state which.
    pub(crate) counts_by_name: bool,
}

impl Rules {
    /// How large a compiled expression may be, in bytes.
    const MAX_REGEX: usize = 1 << 20;

    /// Checks the rules and makes them ready. `home` is what `~/` in a path stands for.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn compile(rules: &[Rule], home: Option<&Path>) -> Result<Self, Vec<RuleError>> {
        let mut compiled = Vec::new();
        let mut errors = Vec::new();
        for (number, rule) in (1..).zip(rules) {
            match Compiled::new(number, rule, home) {
                Ok(rule) => compiled.push(rule),
                Err(problems) => {
                    let errors_of_rule =
                        problems.into_iter().map(|(key, problem)| RuleError { number, key, problem });
                    errors.extend(errors_of_rule);
                }
            }
        }
        if errors.is_empty() { Ok(Self { compiled, of_file: 0 }) } else { Err(errors) }
    }

    /// Says that the last `count` rules are from the user's own rules file, so that they are called so.
    #[must_use]
    pub fn with_last_of_file(self, count: usize) -> Self {
        Self { of_file: count.min(self.compiled.len()), ..self }
    }

    /// What to call the rule `number`, counted from 1: `rule 2 in rules.toml`.
    pub(crate) fn name_of(&self, number: usize) -> String {
        match number.saturating_sub(self.compiled.len() - self.of_file) {
            0 => format!("rule {number} in the settings"),
            number => format!("rule {number} in rules.toml"),
        }
    }

    /// The place of the first rule that fits `media`, counted from 0.
    #[must_use]
    pub fn first_fit(&self, media: &Media) -> Option<usize> {
        let readings = subject::readings(media).1;
        self.answer(media, readings.first()).map(|answer| answer.number - 1)
    }

    /// What the first rule that fits says of `media`, whose name was read as `reading`.
    pub(crate) fn answer(&self, media: &Media, reading: Option<&Reading>) -> Option<RuleAnswer> {
        if self.compiled.is_empty() {
            return None;
        }
        // What looks like a movie at first has its numbers in a later reading, if a rule says that it is a series.
        let readings = match reading {
            Some(reading) if reading.kind == ReadingKind::Movie => subject::readings(media).1,
            _ => Vec::new(),
        };
        let episode = readings.iter().find(|reading| reading.kind == ReadingKind::Episode).or(reading);
        self.compiled.iter().find_map(|rule| match rule.rule.kind {
            RuleKind::Movie => rule.answer(media, reading),
            RuleKind::Series => rule.answer(media, episode),
        })
    }
}

impl Compiled {
    /// The problems are each of one key, or of the whole rule.
    fn new(
        number: usize,
        rule: &Rule,
        home: Option<&Path>,
    ) -> Result<Self, Vec<(Option<&'static str>, String)>> {
        let mut problems = Vec::new();
        let mut wrong = |key, problem: &str| problems.push((key, problem.to_owned()));
        if rule.path.is_none() && rule.regex.is_none() && rule.title.is_none() {
            wrong(None, "this rule fits nothing: it needs `path`, `regex` or `title`");
        }
        let glob = rule.path.as_deref().map(|pattern| compile_glob(pattern, home)).transpose();
        let glob = glob.unwrap_or_else(|problem| {
            wrong(Some("path"), &problem);
            None
        });
        let regex = rule.regex.as_deref().map(compile_regex).transpose().unwrap_or_else(|problem| {
            wrong(Some("regex"), &problem);
            None
        });
        let title = rule.title.as_deref().map(titles::normal);
        if title.as_deref().is_some_and(str::is_empty) {
            wrong(Some("title"), "there is no letter or digit in it: leave the line out instead");
        }
        if rule.tmdb == 0 {
            wrong(Some("tmdb"), "it is the number in the address of the title's page on TMDB");
        }
        if rule.kind == RuleKind::Movie {
            for (key, given) in [
                ("season", rule.season.is_some()),
                ("episode", rule.episode.is_some()),
                ("episode_offset", rule.episode_offset.is_some()),
            ] {
                if given {
                    wrong(Some(key), "a movie has none: remove it, or set kind = \"series\"");
                }
            }
        }
        if rule.episode.is_some() && rule.episode_offset.is_some() {
            wrong(Some("episode_offset"), "with `episode` there is nothing to add to: remove one");
        }
        if problems.is_empty() {
            Ok(Self { number, rule: rule.clone(), glob, regex, title })
        } else {
            Err(problems)
        }
    }

    fn answer(&self, media: &Media, reading: Option<&Reading>) -> Option<RuleAnswer> {
        if let Some(glob) = &self.glob
            && !media.location.path().is_some_and(|path| glob.is_match(path))
        {
            return None;
        }
        if let Some(title) = &self.title {
            let said = [media.title.as_deref(), reading.map(|reading| reading.title.as_str())];
            if !said.into_iter().flatten().any(|said| titles::normal(said) == *title) {
                return None;
            }
        }
        let (mut season, mut episodes) = match reading {
            Some(reading) => (reading.season, reading.numbers().to_vec()),
            None => (None, Vec::new()),
        };
        let mut counts_by_name = self.rule.kind == RuleKind::Series;
        if let Some(regex) = &self.regex {
            let said = [place(&media.location), media.title.clone()];
            let (found_season, found_episode) =
                said.into_iter().flatten().find_map(|text| numbers_in(regex, &text))?;
            season = found_season.or(season);
            if let Some(episode) = found_episode {
                episodes = vec![episode];
                counts_by_name = false;
            }
        }
        if let Some(episode) = self.rule.episode {
            episodes = vec![episode];
            counts_by_name = false;
        }
        if let Some(offset) = self.rule.episode_offset {
            // A number that would fall below the first is no episode of this rule's.
            let moved: Option<BTreeSet<u32>> =
                episodes.iter().map(|&n| n.checked_add_signed(offset)).collect();
            episodes = moved.unwrap_or_default().into_iter().filter(|&number| number > 0).collect();
        }
        let Rule { tmdb, kind, .. } = self.rule;
        let season = self.rule.season.or(season);
        Some(RuleAnswer { number: self.number, tmdb, kind, season, episodes, counts_by_name })
    }
}

fn compile_glob(pattern: &str, home: Option<&Path>) -> Result<GlobSet, String> {
    let whole = match (pattern.strip_prefix("~/"), home) {
        (None, _) => pattern.to_owned(),
        (Some(rest), Some(home)) => match home.to_str() {
            Some(home) => format!("{}/{rest}", globset::escape(home.trim_end_matches('/'))),
            None => return Err("~/ cannot be used: the home folder's name is not UTF-8".to_owned()),
        },
        (Some(_), None) => {
            return Err("~/ cannot be used: there is no home folder; write the whole path".to_owned());
        }
    };
    if whole.is_empty() {
        return Err("it is empty: leave the line out instead".to_owned());
    }
    let anywhere = !whole.contains('/');
    if !anywhere && !whole.starts_with('/') && !whole.starts_with("**") {
        return Err("it can never fit: begin it with /, ~/ or **".to_owned());
    }
    path_glob::with_all_below(&whole)
        .and_then(GlobSet::new)
        .map_err(|error| format!("it is no glob: {}", error.kind()))
}

fn compile_regex(pattern: &str) -> Result<Regex, String> {
    if pattern.is_empty() {
        return Err("it is empty, which fits everything: leave the line out instead".to_owned());
    }
    let regex = RegexBuilder::new(pattern).size_limit(Rules::MAX_REGEX).build().map_err(|error| {
        let error = error.to_string();
        let last = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("it is no regular expression: {last}")
    })?;
    if regex.is_match("") {
        return Err("it fits an empty text, and so everything: say something that must be there".to_owned());
    }
    Ok(regex)
}

fn place(location: &Location) -> Option<String> {
    match location {
        Location::File(path) => Some(path.to_string_lossy().into_owned()),
        Location::Url(url) => Some(url.clone()),
        Location::Unknown => None,
    }
}

/// The numbers in the groups `season` and `episode`, if `regex` is found in `text` at all.
fn numbers_in(regex: &Regex, text: &str) -> Option<(Option<u32>, Option<u32>)> {
    let found = regex.captures(text)?;
    let number = |name| found.name(name).and_then(|group| group.as_str().parse().ok());
    Some((number("season"), number("episode")))
}

//! `match --always`: one answer for a whole folder or series.

use std::path::PathBuf;

use serde::Serialize;

use super::context::Context;
use super::error::{CliError, Exit};
use super::history::when;
use super::lookup::Answers;
use super::output::Output;
use super::text::{line, local};
use super::titles::{title, with_episodes};
use crate::config::{self, Loaded, RulePlace, RulesFileError, Settings};
use crate::daemon;
use crate::identify::{EvidenceKind, Identification, Identified, Identifier, Rule, Rules, Subject, lessons};
use crate::journal::{Journal, ViewingRow};
use crate::playback::ViewingId;

/// How many viewings a rule is tried on, the newest first: decades of watching.
const PAST: u32 = 20_000;

/// A rule, and what it changes.
#[derive(Debug)]
pub(crate) struct Lesson {
    pub(crate) rule: Rule,
    pub(crate) path: PathBuf,
    place: RulePlace,
    /// The file's rules that its place was found among.
    among: Vec<Rule>,
    /// What is taken out of the file for it.
    replaced: Option<Rule>,
    note: String,
    /// Other viewings that it fits and that are taken for something else so far, the newest first.
    pub(crate) others: Vec<(ViewingRow, Identified)>,
}

/// A lesson in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct LessonShown<'a> {
    rules_file: &'a str,
    rule: &'a Rule,
    replaced: Option<&'a Rule>,
}

/// The rule that says of `row`, and of what is like it, that it is `known`.
pub(crate) async fn lesson(
    context: &Context,
    loaded: &Loaded,
    journal: &Journal,
    row: &ViewingRow,
    known: &Identified,
) -> Result<Lesson, CliError> {
    let path = context.rules_file().ok_or_else(|| {
        CliError::new(Exit::Usage, "there is no folder to keep rules in")
            .hint("set HOME, or name a file with --config FILE")
    })?;
    let home = context.secret_places().home;
    let media = &row.viewing.media;
    let (own, file) = of_files(loaded);
    let mut shadow = None;
    for rule in lessons(media, &known.identity, &known.label, home.as_deref()) {
        let Ok(alone) = Rules::compile(std::slice::from_ref(&rule), home.as_deref()) else { continue };
        if alone.first_fit(media) != Some(0) {
            continue;
        }
        let place = match place(own, file, &rule, |rules| {
            Rules::compile(rules, home.as_deref()).ok()?.first_fit(media)
        }) {
            Ok(place) => place,
            Err(other) => {
                shadow = Some(other);
                continue;
            }
        };
        let (rules, at) = with(own, file, &rule, place);
        let identifier = ruled(context, &loaded.settings, rules.clone(), own.len(), journal);
        let subject = Subject { media, duration: Some(row.viewing.duration) };
        let says = identifier.identify(subject).await;
        if !matches!(&says, Identification::Known(says) if says.identity == known.identity) {
            continue;
        }
        let rules = Rules::compile(&rules, home.as_deref()).unwrap_or_default();
        let others = others(journal, row.viewing.id, &rules, at, &identifier).await?;
        let note = line(&known.label);
        let among = file.to_vec();
        let replaced = place.replaces.and_then(|index| file.get(index)).cloned();
        return Ok(Lesson { rule, path, place, among, replaced, note, others });
    }
    Err(match shadow {
        Some(number) => CliError::new(
            Exit::Failed,
            format!("rule {} in your settings fits this file already and comes first", number + 1),
        )
        .hint("change that rule: `discovr-scrobbler config show` lists them all at its end"),
        None => CliError::new(Exit::Failed, "no rule can say that of this name").hint(
            "without `--always`, this one viewing gets its title; rules can be written by hand, see README",
        ),
    })
}

impl Lesson {
    /// What it says and changes, before it is done.
    pub(crate) fn text(&self, output: &Output) -> String {
        let path = line(&self.path.display().to_string());
        let mut text = format!("The rule, in {path}:\n\n{}\n", in_toml(&self.rule));
        if let Some(replaced) = &self.replaced {
            text.push_str(&format!("It replaces this one there:\n\n{}\n", in_toml(replaced)));
        }
        match self.others.len() {
            0 => text.push_str("It changes no other viewing so far.\n"),
            1 => text.push_str("It changes one other viewing:\n"),
            count => text.push_str(&format!("It changes {count} other viewings:\n")),
        }
        text.push_str(&output.rows(
            2,
            self.others.iter().map(|(row, known)| {
                let now = match &row.identification {
                    Some(Identification::Known(_)) => title(row),
                    Some(Identification::Held { .. }) => format!("{} (held)", title(row)),
                    None => format!("{} (not looked up yet)", title(row)),
                };
                let then = with_episodes(&known.label, &known.identity);
                vec![row.number.to_string(), local(when(row)), now, format!("-> {then}")]
            }),
        ));
        text
    }

    /// Writes the rule, unless the file has been changed while the user was asked: its place would be another.
    pub(crate) fn write(&self, context: &Context) -> Result<(), CliError> {
        if of_files(&context.settings()?).1 != self.among {
            let path = line(&self.path.display().to_string());
            return Err(CliError::new(Exit::Failed, format!("{path} has been changed in the meantime"))
                .hint("nothing was changed; say it once more"));
        }
        Ok(config::write_rule(&self.path, &self.rule, self.place, &self.note)?)
    }

    pub(crate) fn shown(&self) -> serde_json::Value {
        let rules_file = self.path.display().to_string();
        serde_json::to_value(LessonShown {
            rules_file: &rules_file,
            rule: &self.rule,
            replaced: self.replaced.as_ref(),
        })
        .unwrap_or_default()
    }
}

impl From<RulesFileError> for CliError {
    fn from(error: RulesFileError) -> Self {
        Self::of(Exit::Failed, &error).hint("nothing was changed")
    }
}

/// A rule as it stands in a file, indented.
pub(super) fn in_toml(rule: &Rule) -> String {
    let rule = toml::to_string(rule).unwrap_or_default();
    let lines: String = rule.lines().map(|rule| format!("  {}\n", line(rule))).collect();
    format!("  [[rules]]\n{lines}")
}

/// The rules of the settings, and those of the user's own file.
fn of_files(loaded: &Loaded) -> (&[Rule], &[Rule]) {
    let rules = &loaded.settings.rules;
    let of_the_file = loaded.rules_file.as_ref().map_or(0, |file| file.count);
    rules.split_at(rules.len().saturating_sub(of_the_file))
}

/// Where `rule` must stand to be the first that fits; `Err` is the rule of the settings that is before it in any case.
fn place(
    own: &[Rule],
    file: &[Rule],
    rule: &Rule,
    first_fit: impl Fn(&[Rule]) -> Option<usize>,
) -> Result<RulePlace, usize> {
    let same =
        |other: &Rule| (&other.path, &other.regex, &other.title) == (&rule.path, &rule.regex, &rule.title);
    let replaces = file.iter().position(same);
    let mut place = RulePlace { replaces, at: replaces.unwrap_or(file.len()) };
    let (rules, at) = with(own, file, rule, place);
    if let Some(first) = first_fit(&rules).filter(|&first| first < at) {
        place.at = first.checked_sub(own.len()).ok_or(first)?;
    }
    Ok(place)
}

/// All rules with `rule` in its place, and which of them it is.
fn with(own: &[Rule], file: &[Rule], rule: &Rule, place: RulePlace) -> (Vec<Rule>, usize) {
    let mut left = file.to_vec();
    if let Some(index) = place.replaces.filter(|&index| index < left.len()) {
        left.remove(index);
    }
    let at = place.at.min(left.len());
    left.insert(at, rule.clone());
    (own.iter().cloned().chain(left).collect(), own.len() + at)
}

/// What identifies by `rules`, the first `own` of which are those of the settings.
fn ruled(
    context: &Context,
    settings: &Settings,
    rules: Vec<Rule>,
    own: usize,
    journal: &Journal,
) -> Identifier<Answers> {
    let rules_of_file = rules.len().saturating_sub(own);
    let settings = Settings { rules, rules_of_file, ..settings.clone() };
    daemon::identifier(&settings, &context.secret_places(), Answers::borrowed(Some(journal))).0
}

/// Viewings beside `this` that rule `at` fits first and that are known as something else, unless the user said so.
async fn others(
    journal: &Journal,
    this: ViewingId,
    rules: &Rules,
    at: usize,
    identifier: &Identifier<Answers>,
) -> Result<Vec<(ViewingRow, Identified)>, CliError> {
    let mut others = Vec::new();
    for row in journal.viewings(PAST).await? {
        if row.viewing.id == this || rules.first_fit(&row.viewing.media) != Some(at) {
            continue;
        }
        let before = match &row.identification {
            Some(Identification::Known(known)) if is_matched(known) => continue,
            Some(Identification::Known(known)) => Some(known.identity.clone()),
            Some(Identification::Held { .. }) | None => None,
        };
        let subject = Subject { media: &row.viewing.media, duration: Some(row.viewing.duration) };
        if let Identification::Known(known) = identifier.identify(subject).await
            && before.as_ref() != Some(&known.identity)
        {
            others.push((row, known));
        }
    }
    Ok(others)
}

fn is_matched(known: &Identified) -> bool {
    known.evidence.iter().any(|found| found.kind == EvidenceKind::Matched)
}

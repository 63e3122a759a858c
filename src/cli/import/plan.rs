//! What there is to take over, and what is not taken: made without changing anything.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use super::titles;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::lookup::{Answers, identifier};
use crate::cli::output::Output;
use crate::cli::text::{line, local};
use crate::cli::titles::held_because;
use crate::clock::Clock;
use crate::config::{Layer, Loaded, PathsSettings, Settings};
use crate::daemon::services;
use crate::identify::{Identification, Rule, Rules};
use crate::import::{self, Backlog, Entry, ForeignError, Places, RemapRule, Trouble};
use crate::journal::{Journal, SAME_WATCHING, ViewingRow};

/// How many viewings of our own are looked at, the newest first: decades of watching.
const PAST: u32 = 20_000;
/// What would be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The files that were found.
    pub(super) files: Vec<PathBuf>,
    pub(super) viewings: Vec<PlannedViewing>,
    pub(super) rules: Vec<PlannedRule>,
    /// What is added to `[paths]`.
    pub(super) paths: PathsSettings,
    pub(super) not_taken: Vec<Trouble>,
    /// What is here already, by what it is.
    pub(super) already: Already,
    /// The services that are told.
    pub(super) services: Vec<&'static str>,
}

/// How much is here already.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct Already {
    pub(super) viewings: usize,
    pub(super) rules: usize,
    pub(super) paths: usize,
}

/// A viewing to file.
#[derive(Debug)]
pub(super) struct PlannedViewing {
    pub(super) entry: Entry,
    pub(super) identification: Identification,
}

/// A rule to write.
#[derive(Debug)]
pub(super) struct PlannedRule {
    pub(super) rule: Rule,
    /// What it makes of things.
    pub(super) label: String,
    /// Which of the foreign rules it was.
    pub(super) number: usize,
}

impl PlannedRule {
    /// The comment above it.
    pub(super) fn note(&self) -> String {
        format!("{} (rule {} of trakt-scrobbler)", line(&self.label), self.number)
    }
}

impl Plan {
    pub(super) async fn make(
        context: &Context,
        places: &Places,
        loaded: &Loaded,
        journal: Option<&Journal>,
        output: &mut Output,
    ) -> Result<Self, CliError> {
        let mut plan = Self::default();
        let settings = plan.found(&places.settings(), import::settings)?;
        let remaps = plan.found(&[places.remap_rules()], import::remap_rules)?;
        let mut backlogs = Vec::new();
        for file in places.backlogs() {
            backlogs.extend(plan.found(&[file], import::backlog)?);
        }
        if plan.files.is_empty() {
            return Err(nothing_there(places));
        }
        if let Some(settings) = &settings {
            plan.take_paths(settings, loaded);
        }
        if let Some(remaps) = remaps {
            plan.not_taken.extend(remaps.troubles);
            plan.take_rules(context, &remaps.rules, loaded, journal, output).await;
        }
        let addressees = services::addressees_of(&loaded.settings, journal).await?;
        plan.services = addressees.iter().map(|addressee| addressee.recipient.service.0).collect();
        plan.take_backlogs(context, backlogs, loaded, journal, output).await?;
        Ok(plan)
    }

    pub(super) fn has_something(&self) -> bool {
        !self.viewings.is_empty() || !self.rules.is_empty() || self.has_paths()
    }

    pub(super) fn has_paths(&self) -> bool {
        self.paths != PathsSettings::default()
    }

    /// The plan in JSON, with whether it was carried out.
    pub(super) fn shown(&self, done: bool) -> Value {
        let viewings: Vec<Value> = self
            .viewings
            .iter()
            .map(|PlannedViewing { entry, identification }| {
                json!({
                    "id": entry.viewing_id(), "file": entry.file, "entry": entry.place, "name": entry.name(),
                    "progress": entry.progress, "completed_at": entry.at, "identification": identification,
                    "services": self.services,
                })
            })
            .collect();
        let rules: Vec<Value> = self
            .rules
            .iter()
            .map(|planned| json!({ "entry": format!("rule {}", planned.number), "rule": planned.rule }))
            .collect();
        json!({
            "done": done, "files": self.files, "viewings": viewings, "rules": rules, "paths": self.paths,
            "not_taken": self.not_taken, "already": self.already,
        })
    }

    /// What `read` makes of the first of `files` that is there.
    fn found<T>(
        &mut self,
        files: &[PathBuf],
        read: impl Fn(&Path) -> Result<Option<T>, ForeignError>,
    ) -> Result<Option<T>, CliError> {
        for file in files {
            let found = read(file).map_err(|error| {
                CliError::of(Exit::Failed, &error)
                    .hint("nothing was changed; take the file away to go on without it")
            })?;
            if found.is_some() {
                self.files.push(file.clone());
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn take_paths(&mut self, foreign: &import::ForeignSettings, loaded: &Loaded) {
        let here = &loaded.settings.paths;
        let only = (&foreign.whitelist, "whitelist", "paths.only", &here.only);
        let ignore = (&foreign.exclude_patterns, "exclude_patterns", "paths.ignore", &here.ignore);
        for (entries, name, key, have) in [only, ignore] {
            let by_environment = loaded.layers.get(key) == Some(&Layer::Environment);
            let mut new: Vec<String> = Vec::new();
            for (number, text) in (1..).zip(entries) {
                let glob = if name == "whitelist" {
                    import::folder_glob(text).map_err(str::to_owned)
                } else {
                    import::regex_glob(text)
                        .ok_or_else(|| "no glob means the same as this expression".to_owned())
                };
                let glob = glob.and_then(|glob| {
                    if by_environment {
                        Err(format!("{key} is set in the environment, which goes over the file"))
                    } else {
                        Ok(glob)
                    }
                });
                match glob {
                    Ok(glob) if have.contains(&glob) || new.contains(&glob) => self.already.paths += 1,
                    Ok(glob) => new.push(glob),
                    Err(why) => self.not_taken.push(Trouble {
                        file: foreign.file.clone(),
                        entry: format!("fileinfo.{name} {number}, {text:?}"),
                        why,
                        hint: Some(format!("write what it means as a glob into {key}")),
                    }),
                }
            }
            if name == "whitelist" { self.paths.only = new } else { self.paths.ignore = new }
        }
        let count = foreign.include_regexes.len();
        if count > 0 {
            self.not_taken.push(Trouble {
                file: foreign.file.clone(),
                entry: format!("fileinfo.include_regexes ({count})"),
                why: "they take titles out of names, and rules here go by TMDB's numbers".into(),
                hint: Some(
                    "most names need none: `discovr-scrobbler identify FILE` says what one is taken for, and \
                     `match … --always` teaches the rest"
                        .into(),
                ),
            });
        }
    }

    async fn take_rules(
        &mut self,
        context: &Context,
        remaps: &[RemapRule],
        loaded: &Loaded,
        journal: Option<&Journal>,
        output: &mut Output,
    ) {
        let unruled = Settings { rules: Vec::new(), rules_of_file: 0, ..loaded.settings.clone() };
        let asker = identifier(context, &unruled, Answers::borrowed(journal), false, output);
        for (at, remap) in remaps.iter().enumerate() {
            output.progress(at, remaps.len(), "rules looked up");
            let trouble = |why: String, hint: Option<String>| Trouble {
                file: remap.file.clone(),
                entry: format!("rule {}", remap.number),
                why,
                hint,
            };
            let (draft, title) = match import::draft(remap) {
                Ok(draft) => draft,
                Err(cannot) => {
                    self.not_taken.push(trouble(cannot.why, cannot.hint));
                    continue;
                }
            };
            let fits_alike = |rule: &Rule| {
                (&rule.path, &rule.regex, &rule.title) == (&draft.path, &draft.regex, &draft.title)
            };
            let written = loaded.settings.rules.iter().find(|rule| fits_alike(rule));
            if written.is_some_and(|rule| import::whole_rule(draft.clone(), rule.tmdb) == *rule) {
                self.already.rules += 1;
                continue;
            }
            if written.is_some() || self.rules.iter().any(|planned| fits_alike(&planned.rule)) {
                let why = "a rule that fits the same is there already, and the first one counts";
                self.not_taken.push(trouble(why.into(), None));
                continue;
            }
            match titles::number_of(&asker, &title, draft.kind).await {
                Ok((tmdb, label)) => {
                    let rule = import::whole_rule(draft, tmdb);
                    self.rules.push(PlannedRule { rule, label, number: remap.number });
                }
                Err(reason) => {
                    let why = format!("{title:?} was not found for certain: {}", held_because(&reason));
                    let hint = "write the rule with TMDB's number by hand, or say this again when it can be looked up";
                    self.not_taken.push(trouble(why, Some(hint.into())));
                }
            }
        }
        output.progress_done();
    }

    async fn take_backlogs(
        &mut self,
        context: &Context,
        backlogs: Vec<Backlog>,
        loaded: &Loaded,
        journal: Option<&Journal>,
        output: &mut Output,
    ) -> Result<(), CliError> {
        let mut entries = Vec::new();
        for backlog in backlogs {
            self.not_taken.extend(backlog.troubles);
            entries.extend(backlog.entries);
        }
        // What was watched first is told first.
        entries.sort_by_key(|entry| entry.at);
        let asker = identifier(context, &loaded.settings, Answers::borrowed(journal), false, output);
        let new_rules: Vec<Rule> = self.rules.iter().map(|planned| planned.rule.clone()).collect();
        let own = match journal {
            Some(journal) if !entries.is_empty() => journal.viewings(PAST).await?,
            _ => Vec::new(),
        };
        let mut seen = BTreeSet::new();
        let count = entries.len();
        for (at, entry) in entries.into_iter().enumerate() {
            output.progress(at, count, "looked up");
            let id = entry.viewing_id();
            let here = match journal {
                Some(journal) => journal.viewing(id).await?,
                None => None,
            };
            if here.is_some_and(|row| row.identification.is_some()) || !seen.insert(id) {
                self.already.viewings += 1;
                continue;
            }
            if let Some(why) = too_little(&entry, &loaded.settings) {
                self.leave(&entry, why, None);
                continue;
            }
            let identification = titles::of_entry(&asker, &entry).await;
            match &identification {
                Identification::Known(known) => {
                    let same = own.iter().find(|row| is_same_watching(row, &entry, &known.identity.works()));
                    if let Some(row) = same {
                        let why = format!("it is viewing {} here: both programs have seen it", row.number);
                        self.leave(&entry, why, None);
                        continue;
                    }
                }
                // Its numbers are those after the rules of then: the same rule would change them once more.
                Identification::Held { .. } if is_renumbered(&new_rules, &entry) => {
                    let why =
                        "it is not known for certain, and one of the rules would change its number once more";
                    let hint = "once the rules are taken over, add it by hand where you keep your history";
                    self.leave(&entry, why.into(), Some(hint.into()));
                    continue;
                }
                Identification::Held { .. } => {}
            }
            self.viewings.push(PlannedViewing { entry, identification });
        }
        output.progress_done();
        Ok(())
    }

    fn leave(&mut self, entry: &Entry, why: String, hint: Option<String>) {
        let place = format!("{}, {:?}", entry.place, entry.name());
        self.not_taken.push(Trouble { file: entry.file.clone(), entry: place, why, hint });
    }
}

fn nothing_there(places: &Places) -> CliError {
    let looked = |path: &Path| line(&path.display().to_string());
    CliError::new(Exit::Failed, "there is nothing of trakt-scrobbler to take over")
        .hint(format!(
            "looked for config.yaml and remap_rules.toml in {}, and for watched_backlog.json and unknown_items.json in {}",
            looked(&places.config),
            looked(&places.data),
        ))
        .hint("if they are elsewhere, name the folders with --config-dir DIR and --data-dir DIR")
}

/// Why an entry does not count as watched here.
fn too_little(entry: &Entry, settings: &Settings) -> Option<String> {
    let needed = settings.playback.completed_percent.thresholds().of(Some(entry.threshold())).get();
    if entry.progress < needed {
        return Some(format!(
            "it was watched to {:.0} %, which counts from {needed:.0} % on",
            entry.progress
        ));
    }
    let now = Clock::system().now().wall;
    (entry.at > now).then(|| format!("{} is in the future", local(entry.at)))
}

fn is_renumbered(rules: &[Rule], entry: &Entry) -> bool {
    let renumbers =
        |rule: &Rule| rule.season.is_some() || rule.episode.is_some() || rule.episode_offset.is_some();
    // With any home: these rules have no `~/`.
    let fit = Rules::compile(rules, None).ok().and_then(|rules| rules.first_fit(&entry.media()));
    fit.and_then(|fit| rules.get(fit)).is_some_and(renumbers)
}

/// Whether `row` is the same watching of the same work, seen by this program itself.
fn is_same_watching(row: &ViewingRow, entry: &Entry, works: &[crate::identify::Work]) -> bool {
    let Some(Identification::Known(known)) = &row.identification else { return false };
    let ended = row.viewing.completed_at().unwrap_or(row.viewing.position_at);
    let apart = ended.duration_since(entry.at).unsigned_abs();
    row.viewing.player != import::PLAYER
        && row.viewing.completed_at().is_some()
        && apart < SAME_WATCHING
        && works.iter().all(|work| known.identity.works().contains(work))
}

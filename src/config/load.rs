//! The layers, one over the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Config, File, FileFormat};

use super::diagnose::{self, Holds};
use super::environment::{Environment, Override};
use super::error::{ConfigError, Place, Problem};
use super::file::{ConfigFile, Text};
use super::settings::Settings;
use super::validate::{self, Step};
use crate::identify::Rule;

/// The settings in force, and where they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// All layers in one.
    pub settings: Settings,
    /// Whether there is a file.
    pub origin: Origin,
    /// Which layer gave each key that is not at its default, by `section.key`.
    pub layers: BTreeMap<String, Layer>,
    /// The user's own rules file, if there is one. Its rules are the last of `settings.rules`.
    pub rules_file: Option<RulesFile>,
}

/// The file with the rules that `match --always` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesFile {
    /// Where it is.
    pub path: PathBuf,
    /// How many rules are in it.
    pub count: usize,
}

/// Whether there is a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// There is none.
    Defaults,
    /// This one.
    File(PathBuf),
}

/// A layer above the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The file.
    File,
    /// The environment.
    Environment,
}

/// Loads the settings from `file` with `environment` over it, and the rules of the user's own rules file behind its own.
///
/// # Errors
/// When one of the files cannot be read, or anything in them or in the environment is wrong.
pub fn load_file(file: &ConfigFile, environment: &Environment) -> Result<Loaded, ConfigError> {
    load(file, environment, own_rules(file))
}

/// The same, but a rules file that cannot be used is left out. With what is wrong with it, then.
///
/// # Errors
/// When the settings' own file cannot be read, or anything in it or in the environment is wrong.
pub fn load_without_broken_rules(
    file: &ConfigFile,
    environment: &Environment,
) -> Result<(Loaded, Option<ConfigError>), ConfigError> {
    match own_rules(file) {
        Ok(own) => Ok((load(file, environment, Ok(own))?, None)),
        Err(broken) => Ok((load(file, environment, Ok(None))?, Some(broken))),
    }
}

pub(super) type OwnRules = Option<(PathBuf, Vec<Rule>)>;

fn load(
    file: &ConfigFile,
    environment: &Environment,
    own: Result<OwnRules, ConfigError>,
) -> Result<Loaded, ConfigError> {
    layered(file.path().zip(file.read()?.as_ref()), environment, own)
}

/// Lays the environment over the file's text, if there is a file.
pub(super) fn layered(
    file: Option<(&Path, &Text)>,
    environment: &Environment,
    own: Result<OwnRules, ConfigError>,
) -> Result<Loaded, ConfigError> {
    let mut problems = Vec::new();
    let mut layers = BTreeMap::new();
    if let Some((path, text)) = file {
        match diagnose::read(path, text, Holds::Everything) {
            Ok(read) => layers.extend(read.given.into_iter().map(|key| (key, Layer::File))),
            Err(found) => problems.extend(found),
        }
    }
    let own = own.or_else(|error| match error {
        ConfigError::Invalid(found) => {
            problems.extend(found);
            Ok(None)
        }
        unreadable @ ConfigError::Unreadable { .. } => Err(unreadable),
    })?;
    let (overrides, unknown) = environment.overrides();
    problems.extend(unknown);
    problems.extend(overrides.iter().filter_map(fault));
    if !problems.is_empty() {
        return Err(ConfigError::Invalid(problems));
    }
    layers.extend(overrides.iter().map(|set| (set.key.path(), Layer::Environment)));
    let mut settings = merged(file.map(|(_, text)| text.text.as_str()), &overrides).map_err(|error| {
        // Each layer alone is right, so this cannot happen; were it to, it must not be silent.
        ConfigError::Unreadable {
            path: file.map_or(Path::new("the environment"), |(path, _)| path).into(),
            why: format!("the layers do not fit together: {}", what(&error)),
        }
    })?;
    let rules_file = own.map(|(path, rules)| {
        let count = rules.len();
        settings.rules.extend(rules);
        RulesFile { path, count }
    });
    settings.rules_of_file = rules_file.as_ref().map_or(0, |file| file.count);
    let origin = file.map_or(Origin::Defaults, |(path, _)| Origin::File(path.into()));
    Ok(Loaded { settings, origin, layers, rules_file })
}

/// The rules of the rules file beside `file`, if it is there.
fn own_rules(file: &ConfigFile) -> Result<OwnRules, ConfigError> {
    let Some(file) = file.rules() else { return Ok(None) };
    let Some((text, path)) = file.read()?.zip(file.path()) else { return Ok(None) };
    rules_in(path, &text).map(Some)
}

/// The rules in the text of a rules file.
pub(super) fn rules_in(path: &Path, text: &Text) -> Result<(PathBuf, Vec<Rule>), ConfigError> {
    let read = diagnose::read(path, text, Holds::Rules).map_err(ConfigError::Invalid)?;
    Ok((path.into(), read.rules))
}

fn merged(text: Option<&str>, overrides: &[Override]) -> Result<Settings, config::ConfigError> {
    let mut builder = Config::builder().add_source(Config::try_from(&Settings::default())?);
    if let Some(text) = text {
        builder = builder.add_source(File::from_str(text, FileFormat::Toml));
    }
    for set in overrides {
        builder = builder.set_override(set.key.path(), set.value.clone())?;
    }
    builder.build()?.try_deserialize()
}

/// What is wrong with one variable, taken by itself.
fn fault(set: &Override) -> Option<Problem> {
    let what = match merged(None, std::slice::from_ref(set)) {
        Err(_) if set.key.is_secret() => "it has the wrong type".into(),
        Err(error) => what(&error),
        Ok(settings) => {
            let own = [Step::Key(set.key.section.into()), Step::Key(set.key.name.into())];
            validate::impossible(&settings).into_iter().find(|found| found.path.starts_with(&own))?.what
        }
    };
    // What does not fit is repeated, and may have been meant for another variable.
    let has_a_token = diagnose::looks_like_a_token(&set.value.to_string());
    let what = if has_a_token { diagnose::NO_PLACE_FOR_A_TOKEN.into() } else { what };
    Some(Problem { place: Place::Variable(set.variable.clone()), what, hint: None })
}

fn what(error: &config::ConfigError) -> String {
    match error {
        config::ConfigError::At { error, .. } => what(error),
        config::ConfigError::Type { unexpected, expected, .. } => {
            diagnose::plain_words(&format!("invalid type: {unexpected}, expected {expected}"))
        }
        config::ConfigError::Message(message) => message.clone(),
        other => other.to_string(),
    }
}

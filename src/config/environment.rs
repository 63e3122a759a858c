//! The layer of the environment: `DISCOVR_SCROBBLER__SECTION__KEY`, a list with commas between its parts.

use std::ffi::OsString;

use config::Value;

use super::diagnose::in_one_line;
use super::error::{Place, Problem};
use super::keys::{self, Key, Kind};

const PREFIX: &str = "DISCOVR_SCROBBLER__";

/// The variables that are meant for the settings.
#[derive(Clone, Default)]
pub struct Environment {
    variables: Vec<(String, OsString)>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names only: the values may be secret.
        f.debug_list().entries(self.variables.iter().map(|(name, _)| name)).finish()
    }
}

impl Environment {
    /// Those among `variables` that are meant for the settings. An empty one counts as not set, except for a list.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut variables: Vec<_> = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        variables.sort();
        Self { variables }
    }

    /// What the variables set.
    pub(crate) fn overrides(&self) -> (Vec<Override>, Vec<Problem>) {
        let mut overrides = Vec::new();
        let mut problems = Vec::new();
        for (name, value) in &self.variables {
            let problem = |what: String, hint: Option<String>| Problem {
                place: Place::Variable(in_one_line(name)),
                what,
                hint,
            };
            match (key_of(name), value.to_str()) {
                (None, _) => {
                    let hint = nearest_variable(name).map(|name| format!("did you mean {name}?"));
                    problems.push(problem("there is no such setting".into(), hint));
                }
                (Some(_), None) => problems.push(problem("its value is not UTF-8".into(), None)),
                (Some(key), Some("")) if key.kind != Kind::List => {}
                (Some(key), Some(text)) => {
                    overrides.push(Override { variable: name.clone(), key, value: value_of(key, text) });
                }
            }
        }
        (overrides, problems)
    }
}

/// One key that the environment sets.
pub(crate) struct Override {
    pub(crate) variable: String,
    pub(crate) key: &'static Key,
    pub(crate) value: Value,
}

/// The variable for `key`.
pub(crate) fn variable(key: &Key) -> String {
    format!("{PREFIX}{}__{}", key.section.to_uppercase(), key.name.to_uppercase())
}

fn key_of(name: &str) -> Option<&'static Key> {
    let (section, key) = name.strip_prefix(PREFIX)?.split_once("__")?;
    keys::find(&section.to_lowercase(), &key.to_lowercase())
}

fn nearest_variable(name: &str) -> Option<String> {
    let all: Vec<String> = keys::KEYS.iter().map(|key| key.path()).collect();
    let written = name.strip_prefix(PREFIX)?.to_lowercase().replace("__", ".");
    let nearest = keys::nearest(&written, all.iter().map(String::as_str))?;
    keys::KEYS.iter().find(|key| key.path() == nearest).map(variable)
}

fn value_of(key: &Key, text: &str) -> Value {
    match key.kind {
        Kind::List => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::from(parts.map(str::to_owned).collect::<Vec<String>>())
        }
        // The table has no form in the environment, so the number must be one by itself.
        Kind::Completed => text.trim().parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        Kind::Plain | Kind::Secret | Kind::EnvironmentOnly => Value::from(text),
    }
}

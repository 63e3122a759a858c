//! What is wrong with the settings, and where.

use std::fmt;
use std::path::PathBuf;

/// The settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read at all.
    #[error("cannot read the settings in {}: {why}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// It can be read, and this is wrong with it, in the order of the file, never empty.
    #[error("{}", all(.0))]
    Invalid(Vec<Problem>),
}

impl ConfigError {
    /// What is wrong with the values; empty when the file could not be read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Unreadable { .. } => &[],
            Self::Invalid(problems) => problems,
        }
    }
}

impl ConfigError {
    /// What is wrong and where on one line, without the lines of the file, which may hold what the log must not.
    #[must_use]
    pub fn outline(&self) -> String {
        match self {
            Self::Unreadable { .. } => self.to_string(),
            Self::Invalid(problems) => problems.iter().map(Problem::outline).collect::<Vec<_>>().join("; "),
        }
    }
}

fn all(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// One thing that is wrong. No secret is ever part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file.
    File {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The line with its secrets left out.
        text: String,
        /// How many characters of it are meant, at least 1.
        width: usize,
    },
    /// In a variable of the environment, by its name.
    Variable(String),
}

impl Problem {
    fn outline(&self) -> String {
        let place = match &self.place {
            Place::Variable(name) => name.clone(),
            Place::File { path, line, column, .. } => format!("{}:{line}:{column}", path.display()),
        };
        let hint = self.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{place}: {}{hint}", self.what)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Variable(name) => write!(f, "{name}: {}", self.what)?,
            Place::File { path, line, column, text, width } => {
                let gutter = line.to_string().len();
                writeln!(f, "{}:{line}:{column}: {}", path.display(), self.what)?;
                writeln!(f, "  {line} | {text}")?;
                write!(f, "  {:gutter$} | {:indent$}{:^<width$}", "", "", "", indent = column - 1)?;
            }
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

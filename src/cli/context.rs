//! What every command needs: where the settings, the journal and the daemon are.

use std::path::{Path, PathBuf};

use super::args::Arguments;
use super::error::{CliError, Exit};
use super::output::Output;
use super::text::printable;
use crate::clock::Clock;
use crate::config::{self, ConfigError, ConfigFile, Environment, Loaded, SecretPlaces, Settings, Watched};
use crate::journal::{Journal, JournalError};
use crate::player::mpv::Places;
use crate::service::discovr::SignIn;
use crate::{control, daemon};

/// The places a command works with.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    config_file: ConfigFile,
    environment: Environment,
    pub(crate) state_dir: PathBuf,
}

impl Context {
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, CliError> {
        let state_dir = match &arguments.state_dir {
            Some(folder) => std::path::absolute(folder)?,
            None => config::state_dir().ok_or_else(|| {
                CliError::new(Exit::Usage, "there is no home folder to keep the journal in")
                    .hint("set HOME, or name a folder with --state-dir DIR")
            })?,
        };
        let config_file = arguments.config.as_deref().map(std::path::absolute).transpose()?;
        let config_file = config_file.map_or_else(ConfigFile::usual, |path| ConfigFile::named(&path));
        Ok(Self { config_file, state_dir, environment: Environment::new(std::env::vars_os()) })
    }

    /// The settings in force. A file named with `--config` must be there.
    pub(crate) fn settings(&self) -> Result<Loaded, CliError> {
        Ok(self.load()?)
    }

    /// The settings in force. A rules file that cannot be used is left out and told of.
    pub(crate) fn settings_without_broken_rules(&self, output: &mut Output) -> Result<Loaded, CliError> {
        let (loaded, broken) = config::load_without_broken_rules(&self.config_file, &self.environment)?;
        if let Some(broken) = broken {
            let warning = output.paint(output.styles().warn, "warning:");
            let broken = printable(&broken.to_string()).into_owned();
            output.complain(&format!(
                "{warning} your own rules are left out, for they cannot be used\n{broken}\n"
            ));
        }
        Ok(loaded)
    }

    /// The settings in force, or what is wrong with them.
    pub(crate) fn load(&self) -> Result<Loaded, ConfigError> {
        config::load_file(&self.config_file, &self.environment)
    }

    /// The file the settings come from, or would come from.
    pub(crate) fn config_file(&self) -> Option<&Path> {
        self.config_file.path()
    }

    /// The file with the user's own rules, there or not.
    pub(crate) fn rules_file(&self) -> Option<PathBuf> {
        self.config_file.rules()?.path().map(Path::to_owned)
    }

    /// Where tokens may be.
    pub(crate) fn secret_places(&self) -> SecretPlaces {
        SecretPlaces::of_process(&self.state_dir)
    }

    /// What the daemon needs.
    pub(crate) fn daemon_setup(&self) -> Result<daemon::Setup, CliError> {
        Ok(daemon::Setup {
            loaded: self.settings()?,
            watched: Watched {
                file: self.config_file.clone(),
                environment: self.environment.clone(),
                places: self.secret_places(),
            },
            state_dir: self.state_dir.clone(),
            socket: self.socket(),
            mpv_places: Places::from_environment(),
        })
    }

    /// The journal, which must be there.
    pub(crate) fn journal(&self) -> Result<Journal, CliError> {
        Ok(self.open_journal()?)
    }

    /// The journal; `None` before the daemon has made one.
    pub(crate) fn journal_if_any(&self) -> Result<Option<Journal>, CliError> {
        match self.open_journal() {
            Ok(journal) => Ok(Some(journal)),
            Err(JournalError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The journal, made or brought up to date if need be, as only the daemon or a command in its absence may do.
    pub(crate) fn journal_to_keep(&self) -> Result<Journal, CliError> {
        match self.open_journal() {
            Err(JournalError::Missing { .. } | JournalError::Older { .. }) => {
                Ok(daemon::while_none_runs(&self.state_dir, || Journal::open(&self.state_dir))??)
            }
            other => Ok(other?),
        }
    }

    /// The journal, or why it cannot be opened.
    pub(crate) fn open_journal(&self) -> Result<Journal, JournalError> {
        Journal::open_existing(&self.state_dir)
    }

    /// Journals that were set aside, of each kind the oldest first.
    pub(crate) fn set_aside(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.state_dir).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                why_set_aside(path).is_some()
                    && !["-wal", "-shm", "-journal"].iter().any(|log| name.ends_with(log))
            })
            .collect();
        found.sort();
        found
    }

    /// The daemon's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        config::runtime_dir(&self.state_dir).join(control::SOCKET)
    }

    /// Tells the daemon, if there is one, that the journal has changed. Says whether it heard.
    pub(crate) async fn nudge(&self) -> bool {
        // Without it, the daemon finds the change when it next looks or starts.
        let told = control::nudge(&self.socket()).await;
        told.inspect_err(|error| tracing::debug!(%error, "the daemon was not told")).is_ok()
    }

    /// The calls of a sign-in, as the settings say.
    pub(crate) fn discovr(&self, settings: &Settings) -> SignIn {
        SignIn::new(settings.discovr.api_url.clone(), Clock::system())
    }
}

/// Why the journal at `path` was set aside, if it was.
pub(crate) fn why_set_aside(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy();
    if name.starts_with("journal.db.broken-") {
        Some("an earlier journal was damaged")
    } else if name.starts_with("journal.db.replaced-") {
        Some("a journal was put in place of the daemon's while it ran")
    } else {
        None
    }
}

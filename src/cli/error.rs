//! Errors that people can act on: what failed, why, and the next thing to type.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use super::output::Output;
use super::text::printable;
use crate::config::{ConfigError, KeepError, SecretError, StoreError};
use crate::control::ControlError;
use crate::daemon::{DaemonError, LockError};
use crate::journal::JournalError;
use crate::service::discovr::NoAccess;

/// How the program ends. The numbers are for scripts and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Wrong arguments or a wrong configuration.
    Usage,
    /// A service needs the user to sign in.
    SignInNeeded,
    /// There is no daemon.
    NotRunning,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::SignInNeeded => 3,
            Exit::NotRunning => 4,
        })
    }
}

/// A failure as it is shown.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) exit: Exit,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl CliError {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut causes = Vec::new();
        let mut cause = error.source();
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        Self { exit, message: error.to_string(), causes, hints: Vec::new() }
    }

    /// Writes it to standard error.
    pub(crate) fn show(&self, output: &mut Output) {
        let mut text = output.paint(output.styles().error, "error:");
        text.push(' ');
        text.push_str(&printable(&self.message));
        text.push('\n');
        for cause in &self.causes {
            text.push_str(&format!("  because: {}\n", printable(cause)));
        }
        for hint in &self.hints {
            text.push_str(&output.paint(output.styles().hint, "hint:"));
            text.push_str(&format!(" {}\n", printable(hint)));
        }
        output.complain(&text);
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::of(Exit::Usage, &error)
            .hint("`config.example.toml` in the source explains every key; nothing was changed")
    }
}

impl From<JournalError> for CliError {
    fn from(error: JournalError) -> Self {
        Self::of(Exit::Failed, &error)
    }
}

impl From<ControlError> for CliError {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::NotRunning => Self::of(Exit::NotRunning, &error).hint(START_HINT),
            other => Self::of(Exit::Failed, &other),
        }
    }
}

/// How to start the daemon.
pub(crate) const START_HINT: &str =
    "start it with `systemctl --user start discovr-scrobbler`, or here with `discovr-scrobbler run`";

impl From<DaemonError> for CliError {
    fn from(error: DaemonError) -> Self {
        let shown = Self::of(Exit::Failed, &error);
        match error {
            DaemonError::Lock(LockError::Taken { .. }) => shown
                .hint(
                    "`discovr-scrobbler status` shows it; `systemctl --user stop discovr-scrobbler` ends it",
                )
                .hint("a second one needs a folder of its own: --state-dir DIR"),
            DaemonError::Lock(LockError::Io { .. })
            | DaemonError::Journal(_)
            | DaemonError::Signals(_)
            | DaemonError::Ended(_) => shown,
        }
    }
}

impl From<LockError> for CliError {
    fn from(error: LockError) -> Self {
        Self::from(DaemonError::from(error))
    }
}

impl From<KeepError> for CliError {
    fn from(error: KeepError) -> Self {
        Self::of(Exit::Failed, &error)
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::File(error) => error.into(),
            StoreError::Keyring(error) => Self::of(Exit::Failed, &error),
        }
    }
}

impl From<SecretError> for CliError {
    fn from(error: SecretError) -> Self {
        let exit = if matches!(error, SecretError::Keyring(_)) { Exit::Failed } else { Exit::Usage };
        Self::of(exit, &error)
    }
}

impl From<NoAccess> for CliError {
    fn from(error: NoAccess) -> Self {
        match error {
            NoAccess::SignedOut => Self::of(Exit::SignInNeeded, &error).hint(SIGN_IN_HINT),
            NoAccess::Refused(_) | NoAccess::Unclear(_) => {
                Self::new(Exit::Failed, format!("Discovr did not do it: {error}"))
            }
        }
    }
}

/// How to sign in.
pub(crate) const SIGN_IN_HINT: &str = "sign in with `discovr-scrobbler login`";

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        // A reader that has seen enough (`… | head`) is no failure.
        let exit = if error.kind() == io::ErrorKind::BrokenPipe { Exit::Done } else { Exit::Failed };
        Self::of(exit, &error)
    }
}

//! A user's home of its own: settings, state, runtime folder and videos, and the real binary working in it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::secrets;
use crate::wait::until;

/// How long the daemon may take for what should take a moment.
const LIMIT: Duration = Duration::from_secs(180);

/// What sets the level of the log. Daemons log everything here unless the home says otherwise.
const LOG_VARIABLE: &str = "DISCOVR_SCROBBLER_LOG";

/// A home. Gone when it is dropped; end what runs in it first.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    binary: PathBuf,
    bus: Option<String>,
    variables: Vec<(String, String)>,
}

impl Home {
    /// An empty home in which `binary` is the program under test. Without a session bus.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let folder = tempfile::Builder::new().prefix("home.").tempdir().expect("a temporary folder");
        // VLC may run as another user and must find the videos.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("a folder of our own");
        let home = Self { folder, binary: binary.into(), bus: None, variables: Vec::new() };
        for part in [home.config_dir(), home.runtime_dir(), home.videos()] {
            fs::create_dir_all(&part).expect("a folder in it");
        }
        fs::set_permissions(home.runtime_dir(), Permissions::from_mode(0o700)).expect("a folder of our own");
        home
    }

    /// The same home with this session bus.
    #[must_use]
    pub fn with_bus(mut self, address: impl Into<String>) -> Self {
        self.bus = Some(address.into());
        self
    }

    /// The same home with this variable in the environment of all that runs in it.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `~/.config/discovr-scrobbler`.
    #[must_use]
    pub fn config_dir(&self) -> PathBuf {
        self.path().join("config/discovr-scrobbler")
    }

    /// Where the journal is.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.path().join("state/discovr-scrobbler")
    }

    /// `$XDG_RUNTIME_DIR`.
    #[must_use]
    pub fn runtime_dir(&self) -> PathBuf {
        self.path().join("run")
    }

    /// The only folder whose videos count, if the settings are [`Home::settings`].
    #[must_use]
    pub fn videos(&self) -> PathBuf {
        self.path().join("videos")
    }

    /// The log of all daemons so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }

    /// Settings for Discovr at `url` with `token` and `profile`, in which only this home's videos count (the machine may
    /// be full of other tests' players), with `more` at the end.
    #[must_use]
    pub fn settings(&self, url: &str, token: &str, profile: Option<&str>, more: &str) -> String {
        self.write_token(token);
        let profile = profile.map_or_else(String::new, |profile| format!("profile = \"{profile}\"\n"));
        format!(
            "[discovr]\napi_url = \"{url}\"\nrefresh_token_file = \"{}\"\n{profile}\n\
             [paths]\nonly = [\"{}/**\"]\n\n{more}",
            self.token_file().display(),
            self.videos().display(),
        )
    }

    /// Where [`Home::settings`] says the token is.
    #[must_use]
    pub fn token_file(&self) -> PathBuf {
        self.config_dir().join("token")
    }

    /// Puts a token there, for this user alone.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write_token(&self, token: &str) {
        // In place of the old one at once, as an installer would do it.
        let new = self.config_dir().join("token.new");
        fs::write(&new, token).expect("a file of our own");
        fs::set_permissions(&new, Permissions::from_mode(0o600)).expect("a file of our own");
        fs::rename(new, self.token_file()).expect("a file of our own");
    }

    /// Writes `config.toml`.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn configure(&self, text: &str) {
        fs::write(self.config_dir().join("config.toml"), text).expect("a file of our own");
    }

    /// The program with `arguments`, in this home and nothing of the real one.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("XDG_RUNTIME_DIR", self.runtime_dir())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TZ", "UTC")
            .env("RUST_BACKTRACE", "1")
            .envs(self.variables.iter().cloned())
            .current_dir(self.path())
            .stdin(Stdio::null());
        if let Some(bus) = &self.bus {
            command.env("DBUS_SESSION_BUS_ADDRESS", bus);
        }
        command
    }

    /// Runs the program with `arguments` to its end.
    ///
    /// # Panics
    /// When it cannot be started, or tells a secret.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let ran = Ran::from(self.command(arguments).output().expect("the binary was built"));
        secrets::none_in("what a command said", &format!("{}\n{}", ran.stdout, ran.stderr));
        ran
    }

    /// What a listing says, with `--json`.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let ran = self.run(&all);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error} in {ran:?}"))
    }

    /// Starts the daemon and waits until it says that it is ready.
    ///
    /// # Panics
    /// When it does not get ready.
    #[must_use]
    pub fn start_daemon(&self) -> Daemon {
        let socket = self.runtime_dir().join("notify");
        let _ = fs::remove_file(&socket);
        let notify = UnixDatagram::bind(&socket).expect("a socket of our own");
        notify.set_read_timeout(Some(LIMIT)).expect("a socket of our own");
        let daemon = self.launch_daemon();
        let mut word = [0; 4096];
        let read = notify.recv(&mut word);
        let word = read.map(|length| String::from_utf8_lossy(&word[..length]).into_owned());
        assert!(
            word.as_ref().is_ok_and(|word| word.contains("READY=1")),
            "the daemon is not ready ({word:?}). Its log:\n{}",
            self.log()
        );
        daemon
    }

    /// Starts the daemon and waits for nothing: it may not even have opened its journal. It notifies the socket that the
    /// latest [`Home::start_daemon`] has made, if any.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn launch_daemon(&self) -> Daemon {
        let log = File::options().create(true).append(true).open(self.path().join("log"));
        let mut command = self.command(&["run"]);
        if !self.variables.iter().any(|(name, _)| name == LOG_VARIABLE) {
            command.env(LOG_VARIABLE, "debug");
        }
        let process = command
            .env("NOTIFY_SOCKET", self.runtime_dir().join("notify"))
            .stdout(Stdio::null())
            .stderr(log.expect("a file of our own"))
            .spawn()
            .expect("the binary was built");
        Daemon { process }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        secrets::none_in("the daemon's log", &self.log());
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }
}

/// The daemon. Killed when it is dropped.
#[derive(Debug)]
pub struct Daemon {
    process: Child,
}

impl Daemon {
    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Kills it in the middle of whatever it does.
    pub fn kill(mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Asks it to end, as systemd does, and gives its exit code.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(self) -> Option<i32> {
        self.signal("TERM");
        self.ended()
    }

    /// Sends it a signal: `TERM`, `INT`, …
    pub fn signal(&self, name: &str) {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
    }

    /// Waits for its end, and gives its exit code: none when a signal ended it.
    ///
    /// # Panics
    /// When it does not end.
    pub fn ended(mut self) -> Option<i32> {
        until("the daemon ends", LIMIT, || self.process.try_wait().ok().flatten()).code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

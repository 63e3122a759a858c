//! `status`: what is playing, what waits, what needs the user.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::args::StatusArguments;
use super::context::{Context, why_set_aside};
use super::error::{CliError, Exit, START_HINT};
use super::output::Output;
use super::sign_in_status::{SKEW_TO_TELL, SignInStatus, skew_words};
use super::text::{clock, line, local, roughly};
use super::titles::title;
use crate::clock::Clock;
use crate::config::Settings;
use crate::control::{self, ControlError, LiveService, LiveStatus, LiveViewing};
use crate::daemon;
use crate::daemon::services::{self, Known};
use crate::error_chain::chain;
use crate::journal::{Journal, JournalError, ServiceName, ServiceState, ViewingRow};
use crate::playback::Reason;
use crate::service::discovr::DISCOVR;

/// How often `--follow` looks.
const FOLLOW: Duration = Duration::from_secs(1);

/// Everything that `status` shows.
#[derive(Debug, Serialize)]
struct Status {
    /// What the daemon sees; nothing when it is not running.
    daemon: Option<LiveStatus>,
    /// Why the daemon cannot be asked although it runs.
    daemon_trouble: Option<String>,
    /// What is wrong with the settings.
    settings_trouble: Option<String>,
    /// Earlier journals that were damaged.
    set_aside: Vec<PathBuf>,
    services: Vec<ServiceStatus>,
    /// The sign-in to Discovr, if it was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<SignInStatus>,
    queue: Queue,
    held: u64,
}

/// How a service is doing.
#[derive(Debug, Serialize)]
struct ServiceStatus {
    service: ServiceName,
    #[serde(skip)]
    known: &'static Known,
    /// Whether the settings send anything there; unknown while they are wrong.
    enabled: Option<bool>,
    not_before: Option<Timestamp>,
    failures: u32,
    needs_user: Option<String>,
    last_error: Option<String>,
    last_success_at: Option<Timestamp>,
    /// When the user signed in, if that was done here.
    signed_in_at: Option<Timestamp>,
}

/// How many deliveries stand where.
#[derive(Debug, Default, Serialize)]
struct Queue {
    due: u64,
    unsure: u64,
    refused: u64,
}

pub(crate) async fn status(
    context: &Context,
    arguments: &StatusArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    if !arguments.follow {
        let status = Status::read(context).await?;
        if arguments.json {
            output.json(&status, false)?;
        } else {
            output.print(&status.text(output))?;
        }
        return Ok(status.exit());
    }
    let mut shown = String::new();
    loop {
        let status = Status::read(context).await?;
        if arguments.json {
            output.json(&status, true)?;
        } else {
            let text = status.text(output);
            if text != shown {
                // The whole screen, from the top; on a pipe, one state after the other.
                let start = if output.is_terminal() { "\u{1b}[2J\u{1b}[H" } else { "" };
                let end = if output.is_terminal() { "" } else { "\n" };
                output.print(&format!("{start}{text}{end}"))?;
                shown = text;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(FOLLOW) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
        }
    }
}

impl Status {
    async fn read(context: &Context) -> Result<Self, CliError> {
        let (daemon, daemon_trouble) = match control::status(&context.socket()).await {
            Ok(daemon) => (Some(daemon), None),
            Err(ControlError::NotRunning) if daemon::is_running(&context.state_dir) => {
                (None, Some(format!("nobody listens on {}", context.socket().display())))
            }
            Err(ControlError::NotRunning) => (None, None),
            Err(other) => (None, Some(chain(&other))),
        };
        let settings = context.settings();
        let configured = settings.as_ref().ok().and_then(|loaded| loaded.settings.discovr.profile.clone());
        let mut status = Self {
            daemon,
            daemon_trouble,
            settings_trouble: None,
            set_aside: context.set_aside(),
            services: Vec::new(),
            sign_in: None,
            queue: Queue::default(),
            held: 0,
        };
        if settings.is_err() {
            let runs = status.daemon.is_some() || status.daemon_trouble.is_some();
            let trouble = if runs {
                "wrong, the last good ones are in force"
            } else {
                "wrong, and the daemon does not start with them"
            };
            status.settings_trouble = Some(trouble.to_owned());
        }
        match context.open_journal() {
            Ok(journal) => {
                let settings = settings.as_ref().ok().map(|loaded| &loaded.settings);
                status.read_journal(&journal, settings).await?;
            }
            // Nothing was ever kept here: there is nothing to show of it.
            Err(JournalError::Missing { .. }) => {}
            Err(other) => return Err(other.into()),
        }
        if let (Some(profile), Some(sign_in)) = (configured, &mut status.sign_in) {
            sign_in.goes_to(profile);
        }
        Ok(status)
    }

    async fn read_journal(&mut self, journal: &Journal, settings: Option<&Settings>) -> Result<(), CliError> {
        let now = Clock::system().now().wall;
        for known in services::shown(settings) {
            let state = journal.service_state(known.name).await?;
            let sign_in = journal.sign_in(known.name).await?;
            let signed_in_at = sign_in.signed_in_at;
            if known.name == DISCOVR {
                self.sign_in = SignInStatus::of(sign_in, &state, now);
            }
            let enabled = settings.map(known.is_enabled);
            let status = ServiceStatus::of(known, state, enabled, signed_in_at);
            if enabled.is_some() || known.name == DISCOVR || status.was_used() {
                self.services.push(status);
            }
        }
        let counts = journal.counts().await?;
        self.held = counts.held;
        self.queue = Queue { due: counts.due, unsure: counts.unsure, refused: counts.refused };
        for watching in self.daemon.iter_mut().flat_map(|daemon| &mut daemon.watching) {
            let Some(viewing) = watching.viewing.clone() else { continue };
            let row: Option<ViewingRow> = journal.find_viewings(viewing).await?.pop();
            watching.title = row.as_ref().map(title);
        }
        Ok(())
    }

    fn exit(&self) -> Exit {
        let journal_fails = self.daemon.as_ref().is_some_and(|daemon| daemon.journal_trouble.is_some());
        if self.daemon_trouble.is_some() || journal_fails {
            Exit::Failed
        } else if self.daemon.is_none() {
            Exit::NotRunning
        } else if self.services.iter().any(|service| !service.is_off() && service.needs_user.is_some())
            || (!self.is_off(DISCOVR) && self.sign_in.as_ref().is_some_and(SignInStatus::has_ended))
        {
            Exit::SignInNeeded
        } else {
            Exit::Done
        }
    }

    fn text(&self, output: &Output) -> String {
        let styles = output.styles();
        let mut lines = Vec::new();
        let mut say = |head: &str, text: String| {
            let head = output.paint(styles.head, &format!("{head:<10}"));
            lines.push(format!("{head} {text}"));
        };
        match (&self.daemon, &self.daemon_trouble) {
            (None, None) => {
                say("daemon", format!("{}: {START_HINT}", output.paint(styles.warn, "not running")));
            }
            (None, Some(trouble)) => {
                let head = output.paint(styles.error, "cannot be asked");
                say("daemon", format!("{head}: {}. Its log may say why", line(trouble)));
            }
            (Some(daemon), _) => {
                let running = output.paint(styles.good, "running");
                say("daemon", format!("{running} (process {}, {})", daemon.pid, line(&daemon.version)));
                if daemon.players.is_empty() {
                    say("players", "none are seen".to_owned());
                }
                for (at, player) in daemon.players.iter().enumerate() {
                    let through = match player.interface.as_str() {
                        "mpv_ipc" => "its socket",
                        _ => "the session bus",
                    };
                    let mut text =
                        format!("{}, {}, seen through {through}", line(&player.player), line(&player.state));
                    if let Some(reason) =
                        player.not_followed.as_ref().filter(|reason| **reason != player.state)
                    {
                        text.push_str(&format!("; not followed: {}", line(reason)));
                    }
                    say(if at == 0 { "players" } else { "" }, text);
                }
                for (at, viewing) in daemon.watching.iter().enumerate() {
                    say(if at == 0 { "watching" } else { "" }, Self::watching(viewing));
                }
            }
        }
        for service in &self.services {
            let text = if service.is_off() {
                let all = self.services.iter().all(ServiceStatus::is_off);
                let kept = if all { ", viewings are kept on this machine only" } else { "" };
                format!("off: {} is false{kept}", service.known.switch)
            } else {
                service.text(output)
            };
            say(&service.service.to_string(), text);
        }
        if let Some(sign_in) = self.sign_in.as_ref().filter(|_| !self.is_off(DISCOVR)) {
            say("sign-in", sign_in.text(output));
        }
        for service in self.services.iter().filter(|service| !service.is_off()) {
            let live = self.daemon.as_ref().and_then(|daemon| service.live(daemon));
            let Some(origin) = live.and_then(|live| live.token_in.as_deref()) else { continue };
            let whose = if service.service == DISCOVR { "" } else { &format!("{}'s ", service.known.called) };
            say("token", format!("{whose}in {}", line(origin)));
        }
        for service in &self.services {
            let ahead = self.daemon.as_ref().and_then(|daemon| service.live(daemon)?.clock_ahead);
            if let Some(off) = ahead.filter(|ahead| ahead.unsigned_abs() > SKEW_TO_TELL) {
                say("clock", output.paint(styles.warn, &skew_words(service.known.called, off)));
            }
        }
        say("queue", self.queue.text());
        if let Some(trouble) = &self.settings_trouble {
            let head = output.paint(styles.error, trouble);
            say("settings", format!("{head}: `discovr-scrobbler config check` says what it is"));
        }
        if let Some(trouble) = self.daemon.as_ref().and_then(|daemon| daemon.journal_trouble.as_deref()) {
            let head = output.paint(styles.error, "cannot be used, what is watched is kept in memory");
            say("journal", format!("{head}: {}", line(trouble)));
        }
        for path in &self.set_aside {
            let Some(why) = why_set_aside(path) else { continue };
            let head = output.paint(styles.warn, why);
            say("journal", format!("{head} and is kept as {}", line(&path.display().to_string())));
        }
        if self.held > 0 {
            let held = output.paint(styles.warn, &format!("{} held", self.held));
            say("titles", format!("{held}: `discovr-scrobbler match` gives them their title"));
        }
        let mut text = lines.join("\n");
        text.push('\n');
        text
    }

    fn is_off(&self, name: ServiceName) -> bool {
        self.services.iter().any(|service| service.service == name && service.is_off())
    }

    fn watching(watching: &LiveViewing) -> String {
        let title = watching.title.as_deref().map_or_else(|| "something".to_owned(), line);
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let mut text = format!(
            "{title} in {}, {}: {} of {} ({:.0} %, {:.0} % really watched)",
            line(&watching.player),
            if watching.playing { "playing" } else { "paused" },
            clock(seconds(watching.position)),
            clock(seconds(watching.duration)),
            watching.progress,
            watching.watched,
        );
        let several = watching.parts.len() > 1;
        let completed = watching.parts.iter().filter(|completed| **completed).count();
        if several && completed > 0 {
            text.push_str(&format!("; {completed} of {} episodes completed", watching.parts.len()));
        }
        if let Some(next) = &watching.next {
            let what = match next.reason {
                Reason::Announcement => "will be announced",
                Reason::SecondViewing => "will count as watched again",
                Reason::Completion if several => "the next one will be completed",
                Reason::Completion => "will be completed",
                Reason::Progress => "its position will be told",
                Reason::SeekSettles | Reason::PauseSettles | Reason::StopSettles => return text,
            };
            text.push_str(&format!("; {what} in {}", roughly(seconds(next.seconds))));
        }
        text
    }
}

impl Queue {
    fn text(&self) -> String {
        let parts: Vec<String> =
            [(self.due, "waiting"), (self.unsure, "unsure, to be asked for"), (self.refused, "refused")]
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
        if parts.is_empty() {
            "empty".to_owned()
        } else {
            format!("{}: `discovr-scrobbler queue list`", parts.join(", "))
        }
    }
}

impl ServiceStatus {
    fn of(
        known: &'static Known,
        state: ServiceState,
        enabled: Option<bool>,
        signed_in_at: Option<Timestamp>,
    ) -> Self {
        let ServiceState { service, not_before, failures, needs_user, last_error, last_success_at } = state;
        Self {
            service,
            known,
            enabled,
            not_before,
            failures,
            needs_user,
            last_error,
            last_success_at,
            signed_in_at,
        }
    }

    /// Whether the settings send nothing there.
    fn is_off(&self) -> bool {
        self.enabled == Some(false)
    }

    /// Whether it was ever tried.
    fn was_used(&self) -> bool {
        self.signed_in_at.or(self.last_success_at).is_some() || self.failures > 0 || self.needs_user.is_some()
    }

    fn live<'a>(&self, daemon: &'a LiveStatus) -> Option<&'a LiveService> {
        daemon.services.iter().find(|live| live.service == self.service.0)
    }

    fn text(&self, output: &Output) -> String {
        let styles = output.styles();
        if let Some(why) = &self.needs_user {
            return format!("{}: {}", output.paint(styles.error, "sign-in needed"), line(why));
        }
        if self.failures > 0 {
            let why = self.last_error.as_deref().unwrap_or("not reached");
            let now = Clock::system().now().wall;
            let pause = self.not_before.and_then(|at| Duration::try_from(at.duration_since(now)).ok());
            let next = pause.map(|pause| format!("; tried again in {}", roughly(pause)));
            return format!(
                "{}: {}{}",
                output.paint(styles.warn, "in trouble"),
                line(why),
                next.unwrap_or_default()
            );
        }
        match self.last_success_at {
            Some(at) => format!("{}, last told {}", output.paint(styles.good, "reached"), local(at)),
            None => "nothing was told yet".to_owned(),
        }
    }
}

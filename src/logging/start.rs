//! Starting the log.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format;

use super::limited::Limited;
use crate::clock::Clock;

/// The variable that sets the level, such as `debug` or `discovr_scrobbler::player=trace`.
pub const VARIABLE: &str = "DISCOVR_SCROBBLER_LOG";

/// Starts the log: for the daemon its milestones, for a command only what is wrong. Under systemd the journal adds the
/// time itself. A filter that cannot be read is replaced by the default, with a word about it.
pub fn start(daemon: bool) {
    // The verifier logs each failed handshake as an error of its own; ours says it with context.
    // What speaks HTTP would show headers and paths, and so tokens, when everything is asked for.
    const QUIET: &str =
        "rustls_platform_verifier=off,zbus=warn,hyper=warn,hyper_util=warn,h2=warn,rustls=warn,reqwest=warn";
    let wanted = std::env::var(VARIABLE).unwrap_or_default();
    let default = if daemon { "info" } else { "warn" };
    let level = if wanted.trim().is_empty() { default } else { wanted.trim() };
    let (filter, refused) = match EnvFilter::try_new(format!("{QUIET},{level}")) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(format!("{QUIET},{default}")), Some(error)),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let format = format().with_target(false);
    let clock = Clock::system();
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        log.event_format(Limited::new(format.without_time(), clock)).init();
    } else {
        log.event_format(Limited::new(format, clock)).init();
    }
    if let Some(error) = refused {
        tracing::warn!(%error, "{VARIABLE} cannot be read as a filter: logging at `{default}`");
    }
}

//! Whether the daemon runs, answers, and is this release's.

use super::finding::{Finding, Group};
use crate::cli::context::Context;
use crate::cli::error::START_HINT;
use crate::control::{self, ControlError, LiveStatus};
use crate::error_chain::chain;

const GROUP: Group = Group::Daemon;
const RESTART: &str = "systemctl --user restart discovr-scrobbler";

/// What the daemon says, if it says anything.
pub(super) async fn look(context: &Context) -> (Option<LiveStatus>, Vec<Finding>) {
    // It has a time-out of its own.
    let answer = control::status(&context.socket()).await;
    let state_dir = context.state_dir.clone();
    let is_running = tokio::task::spawn_blocking(move || crate::daemon::is_running(&state_dir));
    let locked = matches!(tokio::time::timeout(super::finding::PATIENCE, is_running).await, Ok(Ok(true)));
    let found = judge(&answer, locked, env!("CARGO_PKG_VERSION"));
    (answer.ok(), vec![found])
}

fn judge(answer: &Result<LiveStatus, ControlError>, locked: bool, version: &str) -> Finding {
    match answer {
        Ok(live) if live.version == version => {
            GROUP.good("running", format!("running and answering (process {}, {version})", live.pid))
        }
        Ok(live) => GROUP.note(
            "running",
            format!("release {} is running, and this is {version}", live.version),
            RESTART,
        ),
        Err(ControlError::NotRunning) if locked => GROUP.bad(
            "running",
            "running, but nobody listens on its socket: commands cannot reach it",
            RESTART,
        ),
        Err(ControlError::NotRunning) => {
            GROUP.bad("running", "not running: nothing that you watch is noticed", START_HINT)
        }
        Err(other) => GROUP.bad("running", chain(other), RESTART),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;

    #[test]
    fn a_daemon_that_is_missing_mute_or_another_release_is_told_apart() {
        let live = |version: &str| {
            Ok(LiveStatus {
                pid: 7,
                version: version.into(),
                players: Vec::new(),
                watching: Vec::new(),
                services: Vec::new(),
                clock_ahead: None,
                token_in: None,
                journal_trouble: None,
            })
        };
        for (answer, locked, verdict, says) in [
            (live("1.0.0"), true, Verdict::Good, "running and answering (process 7, 1.0.0)"),
            (live("0.9.0"), true, Verdict::Note, "release 0.9.0 is running, and this is 1.0.0"),
            (Err(ControlError::NotRunning), true, Verdict::Bad, "nobody listens"),
            (Err(ControlError::NotRunning), false, Verdict::Bad, "not running"),
            (Err(ControlError::Silent { path: "/s".into() }), true, Verdict::Bad, "did not answer on /s"),
        ] {
            let found = judge(&answer, locked, "1.0.0");
            assert_eq!(found.verdict, verdict, "{found:?}");
            assert!(found.finding.contains(says), "{found:?}");
        }
    }
}

//! What a check found, and how a check is kept from holding up the others.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

/// How long one check may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// The same of one that asks the file system: longer than SQLite waits for whoever holds the journal, so that it can say so.
const DISK_PATIENCE: Duration = Duration::from_secs(7);

/// What belongs together on the screen, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Group {
    Settings,
    Daemon,
    Unit,
    Players,
    Journal,
    Discovr,
    Trakt,
    Tmdb,
    Files,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// All is well.
    Good,
    /// Something to know, or that could be better.
    Note,
    /// Something does not work.
    Bad,
}

/// What a check found. Part of what the program promises to scripts: nothing is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) group: Group,
    /// The check's name, the same whatever it finds.
    pub(super) check: &'static str,
    pub(super) verdict: Verdict,
    pub(super) finding: String,
    /// The command or the line that mends it; always there unless all is well.
    pub(super) remedy: Option<String>,
}

impl Group {
    pub(super) fn good(self, check: &'static str, finding: impl Into<String>) -> Finding {
        Finding { group: self, check, verdict: Verdict::Good, finding: finding.into(), remedy: None }
    }

    pub(super) fn note(
        self,
        check: &'static str,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        let remedy = Some(remedy.into());
        Finding { group: self, check, verdict: Verdict::Note, finding: finding.into(), remedy }
    }

    pub(super) fn bad(
        self,
        check: &'static str,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding { verdict: Verdict::Bad, ..self.note(check, finding, remedy) }
    }

    /// What `check` gives, or that it took too long.
    pub(super) async fn in_time(
        self,
        check: &'static str,
        looking: impl Future<Output = Vec<Finding>>,
    ) -> Vec<Finding> {
        self.within(PATIENCE, check, looking).await
    }

    async fn within(
        self,
        patience: Duration,
        check: &'static str,
        looking: impl Future<Output = Vec<Finding>>,
    ) -> Vec<Finding> {
        let found = tokio::time::timeout(patience, looking).await;
        found.unwrap_or_else(|_| {
            vec![self.note(
                check,
                "this could not be found out in time",
                "run `discovr-scrobbler doctor` again",
            )]
        })
    }

    /// The same of a check that asks the file system, which may not answer at all.
    pub(super) async fn off_thread(
        self,
        check: &'static str,
        look: impl FnOnce() -> Vec<Finding> + Send + 'static,
    ) -> Vec<Finding> {
        let looking = tokio::task::spawn_blocking(look);
        let looking = async move { looking.await.unwrap_or_else(|_| vec![self.failed(check)]) };
        self.within(DISK_PATIENCE, check, looking).await
    }

    /// A bug of ours.
    pub(super) fn failed(self, check: &'static str) -> Finding {
        self.note(check, "this could not be found out: the check itself failed", "please report this")
    }
}

/// `path` as an argument that a shell takes as it is.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-~+,:@".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_check_that_never_ends_or_fails_is_told_and_holds_nothing_up() {
        let found = Group::Journal.in_time("sound", std::future::pending()).await;
        assert_eq!((found.len(), found[0].verdict), (1, Verdict::Note));
        let found = Group::Journal.off_thread("sound", || panic!("as the test wants it")).await;
        assert_eq!((found.len(), found[0].check), (1, "sound"));
    }

    #[test]
    fn a_path_can_be_pasted_into_a_shell() {
        assert_eq!(quoted(Path::new("/home/me/.config/a-b.toml")), "/home/me/.config/a-b.toml");
        assert_eq!(quoted(Path::new("/my films/it's")), r"'/my films/it'\''s'");
    }
}

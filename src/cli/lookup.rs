//! How a command looks titles up: as the daemon does, with the answers that the journal has kept.

use std::time::Duration;

use super::context::Context;
use super::output::Output;
use super::text::line;
use crate::clock::Clock;
use crate::config::Settings;
use crate::daemon::{self, JournalCache};
use crate::identify::{AnswerCache, Identifier, MemoryCache};
use crate::journal::Journal;

/// The journal's answers with this command's own over them.
#[derive(Debug)]
pub(crate) struct Answers {
    own: MemoryCache,
    kept: Option<JournalCache>,
    keeps: bool,
}

impl Answers {
    /// Those in `journal`, to which new ones are added.
    pub(crate) fn kept(journal: &Journal) -> Self {
        Self { keeps: true, ..Self::borrowed(Some(journal)) }
    }

    /// Those in `journal`, if there is one. New ones are kept in memory only.
    pub(crate) fn borrowed(journal: Option<&Journal>) -> Self {
        let kept = journal.map(|journal| JournalCache::new(journal.clone(), Clock::system()));
        Self { own: MemoryCache::new(), kept, keeps: false }
    }

    /// Those in `journal`, if there is one. New ones are added while no daemon does that.
    pub(crate) fn beside_daemon(context: &Context, journal: Option<&Journal>) -> Self {
        Self { keeps: !daemon::is_running(&context.state_dir), ..Self::borrowed(journal) }
    }
}

impl AnswerCache for Answers {
    async fn get(&self, key: &str) -> Option<String> {
        match (self.own.get(key).await, &self.kept) {
            (None, Some(kept)) => kept.get(key).await,
            (own, _) => own,
        }
    }

    async fn put(&self, key: &str, value: &str, keep: Duration) {
        self.own.put(key, value, keep).await;
        if let Some(kept) = self.kept.as_ref().filter(|_| self.keeps) {
            kept.put(key, value, keep).await;
        }
    }
}

/// What looks titles up as `settings` say; with `offline` nobody is asked. What is wrong with the token is said.
pub(crate) fn identifier(
    context: &Context,
    settings: &Settings,
    answers: Answers,
    offline: bool,
    output: &mut Output,
) -> Identifier<Answers> {
    if offline {
        return daemon::offline_identifier(settings, &context.secret_places(), answers);
    }
    let (identifier, warning) = daemon::identifier(settings, &context.secret_places(), answers);
    if let Some(warning) = warning {
        output.complain(&format!("{} {}\n", output.paint(output.styles().warn, "warning:"), line(&warning)));
    }
    identifier
}

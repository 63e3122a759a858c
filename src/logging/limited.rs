//! The lines of the log as they are written, without floods: a broken network or a hostile player may have the same thing
//! to be said a thousand times a second.

use std::fmt::{self, Write};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::limit::{LeftOut, Limit, PERIOD, Verdict, beginning};
use crate::clock::Clock;

/// How many bytes of a line are looked at.
const MAX_LINE: usize = 1024;

/// Writes what `format` writes, but only so much of each kind. Debug and trace are what somebody asked for, and are left
/// alone.
#[derive(Debug)]
pub(crate) struct Limited<F> {
    format: F,
    clock: Clock,
    /// What tells one wording of an error from another.
    hasher: RandomState,
    limit: Mutex<Limit<Kind>>,
}

/// The place that speaks, and of errors what it says: each may ask something else of the user.
type Kind = (Identifier, u64);

impl<F> Limited<F> {
    pub(crate) fn new(format: F, clock: Clock) -> Self {
        Self { format, clock, hasher: RandomState::new(), limit: Mutex::default() }
    }

    fn judge(&self, event: &Event<'_>) -> Verdict {
        let level = *event.metadata().level();
        if level > Level::INFO {
            return Verdict::Write(Vec::new());
        }
        let mut words = Words::default();
        event.record(&mut words);
        let wording = if level == Level::ERROR { self.hasher.hash_one(&words) } else { 0 };
        let kind = (event.metadata().callsite(), wording);
        let now = self.clock.now().moment;
        self.limit.lock().unwrap_or_else(PoisonError::into_inner).judge(kind, words.message.trim_end(), now)
    }
}

impl<S, N, F> FormatEvent<S, N> for Limited<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (left_out, last) = match self.judge(event) {
            Verdict::LeaveOut => return Ok(()),
            Verdict::Write(left_out) => (left_out, false),
            Verdict::WriteLast(left_out) => (left_out, true),
        };
        for LeftOut { lines, words } in left_out {
            writeln!(writer, "… and {lines} more of this kind: {}", words.escape_debug())?;
        }
        self.format.format_event(context, writer.by_ref(), event)?;
        if last {
            writeln!(writer, "… more of this kind is counted and not shown for {} s", PERIOD.as_secs())?;
        }
        Ok(())
    }
}

/// What an event says: its message, and its other fields.
#[derive(Debug, Default, Hash)]
struct Words {
    message: String,
    fields: String,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = if field.name() == "message" { &mut self.message } else { &mut self.fields };
        // Too long is no failure: the beginning is kept.
        let _ = write!(Bounded(text), "{value:?} ");
    }
}

/// A text that takes no more than [`MAX_LINE`] bytes.
struct Bounded<'a>(&'a mut String);

impl Write for Bounded<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = MAX_LINE.saturating_sub(self.0.len());
        self.0.push_str(beginning(more, room));
        if more.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::time::Duration;

    use tracing::{debug, error, info};

    use super::*;
    use crate::logging::limit::BURST;

    /// What has been written.
    #[derive(Debug, Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn lines(&self) -> Vec<String> {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap().lines().map(str::to_owned).collect()
        }

        fn count(&self, words: &str) -> usize {
            self.lines().iter().filter(|line| line.contains(words)).count()
        }
    }

    fn start() -> (Log, tracing::subscriber::DefaultGuard) {
        let log = Log::default();
        let writer = log.clone();
        let format = tracing_subscriber::fmt::format().without_time();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_ansi(false)
            .event_format(Limited::new(format, Clock::system()))
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_a_few_lines_and_its_number_comes_with_the_next_word() {
        let (log, _guard) = start();
        for number in 0..10_000 {
            info!(number, "a player is strange");
        }
        assert_eq!(log.count("a player is strange"), BURST as usize);
        assert_eq!(log.lines().len(), BURST as usize + 1);
        tokio::time::advance(PERIOD).await;
        info!("something else");
        let lines = log.lines();
        let number = format!("… and {} more of this kind: a player is strange", 10_000 - BURST);
        assert!(lines[lines.len() - 2].starts_with(&number), "{lines:?}");
        assert!(lines[lines.len() - 1].contains("something else"));
    }

    #[tokio::test(start_paused = true)]
    async fn errors_that_differ_are_all_written_and_details_are_left_alone() {
        let (log, _guard) = start();
        for number in 0..100 {
            error!(error = format!("reason {number}"), "it cannot be written");
            error!("the same");
            debug!("asked for");
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert_eq!(log.count("it cannot be written"), 100);
        assert_eq!(log.count("asked for"), 100);
        assert_eq!(log.count("the same"), BURST as usize);
    }
}

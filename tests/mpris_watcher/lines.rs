//! The lines that are logged at the default level.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;

use tracing::Level;

thread_local! {
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What this thread, and so this test, logs. One subscriber serves all threads: with one per thread, a place that was
/// passed first where nobody listens stays silent everywhere.
pub(crate) struct Lines;

impl Lines {
    pub(crate) fn collect() -> Self {
        static SUBSCRIBE: Once = Once::new();
        SUBSCRIBE.call_once(|| {
            tracing_subscriber::fmt().with_max_level(Level::INFO).with_ansi(false).with_writer(|| Pen).init();
        });
        WRITTEN.with_borrow_mut(Vec::clear);
        Self
    }

    /// The daemon's lines so far.
    #[expect(clippy::unused_self, reason = "who has not collected has no lines")]
    pub(crate) fn lines(&self) -> Vec<String> {
        WRITTEN.with_borrow(|text| {
            let text = String::from_utf8_lossy(text);
            text.lines().filter(|line| line.contains(" discovr_scrobbler::")).map(str::to_owned).collect()
        })
    }
}

struct Pen;

impl Write for Pen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|text| text.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

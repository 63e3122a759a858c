//! What the demo prints: a line for everything that happens, with the time.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use discovr_scrobbler_support::discovr::{Call, Entry};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// The terminal.
#[derive(Clone)]
pub(crate) struct Screen(Arc<Instant>);

impl Screen {
    /// Starts the clock, and shows what the service logs.
    #[expect(clippy::disallowed_methods, reason = "the demo shows how long it takes")]
    pub(crate) fn start() -> Self {
        let screen = Self(Arc::new(Instant::now()));
        tracing_subscriber::registry().with(Log(screen.clone())).init();
        screen.line(&bold("discovr-scrobbler: an episode of 45 minutes, played a hundred times as fast"));
        screen.line("");
        screen
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Says that `who` did something.
    pub(crate) fn say(&self, who: &str, what: &str) {
        let colour = match who {
            "you" => AnsiColor::Cyan,
            "service" => AnsiColor::Green,
            "Discovr" => AnsiColor::Magenta,
            _ => AnsiColor::Yellow,
        };
        let style = Style::new().fg_color(Some(colour.into()));
        self.line(&format!("{:5.1} s  {style}{who:<8}{style:#} {what}", self.elapsed().as_secs_f64()));
    }

    /// Shows a call as Discovr saw it.
    pub(crate) fn call(&self, call: &Call) {
        let body = &call.body;
        let mut what = format!("{} {}", call.method, call.path);
        if let Some(id) = body["mediaId"].as_str() {
            what.push_str(&format!("  {id}"));
        }
        if let (Some(season), Some(episode)) = (body["season"].as_u64(), body["episode"].as_u64()) {
            what.push_str(&format!(" S{season:02}E{episode:02}"));
        }
        if let Some(progress) = body["progress"].as_f64() {
            what.push_str(&format!(" {progress:.1} %"));
        }
        self.say("Discovr", &format!("{what} -> {}", call.status));
    }

    /// Shows what the history holds in the end, and whether that is right.
    pub(crate) fn verdict(&self, history: &[Entry]) -> bool {
        self.line("");
        self.line(&bold("The history on Discovr:"));
        for entry in history {
            let (season, episode) = (entry.season.unwrap_or_default(), entry.episode.unwrap_or_default());
            self.line(&format!(
                "  {} S{season:02}E{episode:02}  watched to {:.1} % at {:.3}, told {:.1} s later",
                entry.media_id,
                entry.progress,
                entry.updated_at,
                entry.created_at.duration_since(entry.updated_at).as_secs_f64(),
            ));
        }
        let right = history.len() == 1;
        self.line("");
        self.line(&if right {
            bold("One viewing, one entry, with the time at which it was really watched.")
        } else {
            bold(&format!("There should be one entry, and there are {}.", history.len()))
        });
        right
    }

    fn line(&self, text: &str) {
        // Nobody is left to show it to if this fails.
        let _ = writeln!(anstream::stdout(), "{text}");
    }
}

fn bold(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// Shows what the service logs of its viewings and its calls.
struct Log(Screen);

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        let of_a_viewing = target.contains("daemon::main_loop") || target.contains("service::deliver");
        if *event.metadata().level() > Level::DEBUG
            || !(of_a_viewing && target.starts_with("discovr_scrobbler"))
        {
            return;
        }
        let mut words = Words::default();
        event.record(&mut words);
        match words.kind {
            Some(kind) => self.0.say("service", &format!("event: {}", kind.to_lowercase())),
            None => self.0.say("service", &words.message),
        }
    }
}

#[derive(Default)]
struct Words {
    message: String,
    kind: Option<String>,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "kind" => self.kind = Some(format!("{value:?}")),
            _ => {}
        }
    }
}

//! Writing to the terminal, a file or a pipe: colour and wrapping only where there is a terminal. Whatever is written goes
//! through here, and nothing comes out that does anything to a terminal but colour it.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::error::{CliError, Exit};
use super::text::{line, printable_but_painted, printable_json};

/// The terminal.
#[derive(Debug)]
pub(crate) struct Output {
    styles: Styles,
    /// In characters, when standard output is a terminal.
    width: Option<u16>,
}

/// What is painted how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Styles {
    pub(crate) head: Style,
    pub(crate) error: Style,
    pub(crate) hint: Style,
    pub(crate) good: Style,
    pub(crate) warn: Style,
}

impl Output {
    pub(crate) fn new() -> Self {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        let styles = Styles {
            head: Style::new().bold(),
            error: colour(AnsiColor::Red).bold(),
            hint: colour(AnsiColor::Cyan).bold(),
            good: colour(AnsiColor::Green),
            warn: colour(AnsiColor::Yellow),
        };
        let width = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        Self { styles, width: width.map(|(width, _)| width.0) }
    }

    pub(crate) fn styles(&self) -> Styles {
        self.styles
    }

    /// `text` in `style`. The streams take the style out again where there is no terminal.
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        format!("{style}{text}{style:#}")
    }

    /// Writes to standard output.
    pub(crate) fn print(&mut self, text: &str) -> io::Result<()> {
        let mut out = AutoStream::auto(io::stdout().lock());
        out.write_all(printable_but_painted(text).as_bytes())?;
        out.flush()
    }

    /// Writes to standard output as it is, colours included: for what is wrong without them.
    pub(crate) fn print_as_is(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes JSON to standard output: one object over several lines, or on one.
    pub(crate) fn json(&mut self, value: &impl Serialize, one_line: bool) -> io::Result<()> {
        let text = if one_line { serde_json::to_string(value) } else { serde_json::to_string_pretty(value) }?;
        let mut out = io::stdout().lock();
        writeln!(out, "{}", printable_json(&text))?;
        out.flush()
    }

    /// The list of what is in a journal that does not exist yet.
    pub(crate) fn no_journal(&mut self, json: bool) -> Result<Exit, CliError> {
        if json {
            self.json(&[(); 0], false)?;
        } else {
            self.print(
                "Nothing was watched yet. Has the daemon run? Start it with `discovr-scrobbler run`.\n",
            )?;
        }
        Ok(Exit::Done)
    }

    /// Writes to standard error.
    pub(crate) fn complain(&mut self, text: &str) {
        let mut error = AutoStream::new(io::stderr().lock(), colour_of_stderr());
        // Nowhere is left to say that this failed.
        let _ = error.write_all(printable_but_painted(text).as_bytes());
    }

    /// Shows on a terminal how far long work is: `done` of `all` have been `what`.
    pub(crate) fn progress(&mut self, done: usize, all: usize, what: &str) {
        if all > 1 && io::stderr().is_terminal() {
            redraw(&format!("{done} of {all} {what}"));
        }
    }

    /// Shows on a terminal what is waited for, on one line that the next such call replaces.
    pub(crate) fn waiting(&mut self, text: &str) {
        if io::stderr().is_terminal() {
            let width = self.width.map_or(80, usize::from).saturating_sub(1);
            let text: String = text.chars().take(width).collect();
            redraw(&line(&text));
        }
    }

    /// Takes the progress line away.
    pub(crate) fn progress_done(&mut self) {
        if io::stderr().is_terminal() {
            redraw("");
        }
    }

    /// A table without borders that fits the terminal. Cells are foreign text and made safe.
    pub(crate) fn table(&self, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        match self.width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.max(40));
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        table.set_header(head.to_vec());
        for row in rows {
            table.add_row(row.iter().map(|cell| line(cell)).collect::<Vec<_>>());
        }
        let mut text = String::new();
        for (at, row) in table.lines().enumerate() {
            let row = row.trim_end();
            let row = row.strip_prefix(' ').unwrap_or(row);
            text.push_str(&if at == 0 { self.paint(self.styles.head, row) } else { row.to_owned() });
            text.push('\n');
        }
        text
    }

    /// The width of the terminal, in characters.
    pub(crate) fn width(&self) -> Option<usize> {
        self.width.map(usize::from)
    }

    /// Rows without a head, `indent` characters in, which fit the terminal. Cells are foreign text and made safe.
    pub(crate) fn rows(&self, indent: usize, rows: impl IntoIterator<Item = Vec<String>>) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        match self.width {
            Some(width) => {
                let width = width.max(40).saturating_sub(u16::try_from(indent).unwrap_or_default());
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        for row in rows {
            table.add_row(row.iter().map(|cell| line(cell)).collect::<Vec<_>>());
        }
        let mut text = String::new();
        for row in table.lines() {
            let row = row.trim_end();
            text.push_str(&format!("{:indent$}{}\n", "", row.strip_prefix(' ').unwrap_or(row)));
        }
        text
    }

    /// A paragraph of our own words, in lines that fit the terminal.
    pub(crate) fn wrapped(&self, text: &str) -> String {
        self.rows(0, [vec![text.to_owned()]])
    }

    /// Whether there is room for little beside a name.
    pub(crate) fn is_narrow(&self) -> bool {
        self.width.is_some_and(|width| width < 80)
    }

    /// Whether standard output is a terminal that can be redrawn.
    pub(crate) fn is_terminal(&self) -> bool {
        self.width.is_some()
    }
}

/// Puts `text` in place of the last line of a terminal, which moving about in does not colour: it is wanted without, too.
fn redraw(text: &str) {
    // Nowhere is left to say that this failed.
    let _ = io::stderr().lock().write_all(format!("\r\u{1b}[K{text}").as_bytes());
}

fn colour_of_stderr() -> ColorChoice {
    AutoStream::choice(&io::stderr())
}

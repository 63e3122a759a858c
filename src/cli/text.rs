//! Foreign text made safe for a terminal, and numbers and times as people read them.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `text` with control characters (escape codes among them) and direction marks written out. Line breaks stay.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .flat_map(|c| {
                let (plain, escaped) =
                    if harmful(c) { (None, Some(c.escape_unicode())) } else { (Some(c), None) };
                plain.into_iter().chain(escaped.into_iter().flatten())
            })
            .collect(),
    )
}

/// One line of foreign text.
pub(crate) fn line(text: &str) -> String {
    printable(&text.replace(['\n', '\r', '\t'], " ")).into_owned()
}

/// `1:02:03` or `12:34`.
pub(crate) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `in 5 min`, roughly.
pub(crate) fn roughly(duration: Duration) -> String {
    match duration.as_secs() {
        0..=1 => "a moment".to_owned(),
        seconds @ 2..=119 => format!("{seconds} s"),
        seconds @ 120..=7199 => format!("{} min", seconds / 60),
        seconds @ 7200..=172_799 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// In the user's time zone, to the minute.
pub(crate) fn local(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// In the user's time zone, the day alone.
pub(crate) fn day(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_codes_and_direction_marks_are_written_out() {
        assert_eq!(printable("Am\u{e9}lie 日本"), "Amélie 日本");
        assert_eq!(printable("\u{1b}[31mred\u{7}"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(printable("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(line("a\nb\tc"), "a b c");
    }

    #[test]
    fn times_read_well() {
        assert_eq!(clock(Duration::from_secs(754)), "12:34");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
        assert_eq!(roughly(Duration::from_millis(200)), "a moment");
        assert_eq!(roughly(Duration::from_secs(90)), "90 s");
        assert_eq!(roughly(Duration::from_secs(600)), "10 min");
    }
}

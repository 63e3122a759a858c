//! Foreign text made safe for a terminal, and numbers and times as people read them.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Whether a character does something to the terminal or to its neighbours instead of showing something: control
/// characters (escape codes among them), marks of direction, invisible ones. Those that join letters are part of names in
/// Persian and Hindi, and of emoji.
pub(crate) fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// `text` with what is harmful written out. Line breaks stay.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() * 2);
    text.chars().for_each(|c| write_out(c, &mut safe));
    Cow::Owned(safe)
}

/// The same for text that was painted: colours stay too.
pub(crate) fn printable_but_painted(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = match paint(rest) {
            Some(paint) => {
                safe.push_str(paint);
                paint.len()
            }
            None => {
                write_out(next, &mut safe);
                next.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Cow::Owned(safe)
}

/// JSON with what is harmful written as JSON writes it: it can only be inside of strings.
pub(crate) fn printable_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_harmful) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() * 2);
    for c in json.chars() {
        if is_harmful(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

fn write_out(c: char, safe: &mut String) {
    if is_harmful(c) {
        safe.extend(c.escape_unicode());
    } else {
        safe.push(c);
    }
}

/// The escape code that `text` begins with, if all it does is to change colours.
fn paint(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("\u{1b}[")?;
    let numbers = inner.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    inner[numbers..].starts_with('m').then(|| &text[..2 + numbers + 1])
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
        assert_eq!(printable("می\u{200c}خواهم"), "می\u{200c}خواهم");
        for invisible in ["\u{200b}", "\u{2028}", "\u{feff}", "\u{9b}", "\u{7f}", "\u{e0041}", "\u{2066}"] {
            assert!(printable(invisible).starts_with("\\u{"), "{invisible:?}");
        }
    }

    #[test]
    fn what_was_painted_keeps_its_colours_and_nothing_else() {
        assert_eq!(printable_but_painted("\u{1b}[1;31mred\u{1b}[0m\n"), "\u{1b}[1;31mred\u{1b}[0m\n");
        assert_eq!(printable_but_painted("\u{1b}[2J\u{1b}]0;x\u{7}"), "\\u{1b}[2J\\u{1b}]0;x\\u{7}");
        assert_eq!(printable_but_painted("\u{1b}[1\u{1b}["), "\\u{1b}[1\\u{1b}[");
    }

    #[test]
    fn json_says_the_same_without_what_is_harmful() {
        let text = "\u{9b}31m\u{202e}\u{e0041}é";
        let json = serde_json::to_string(text).unwrap();
        let safe = printable_json(&json);
        assert_eq!(safe, "\"\\u009b31m\\u202e\\udb40\\udc41é\"");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
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

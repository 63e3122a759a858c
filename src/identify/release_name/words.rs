//! The words that names are made of besides titles.

use super::lists::{
    GENRES, LANGUAGES, MARKS, SHOUTED_MARKS, SOUNDS, STRONG, STRONG_STARTS, TELEVISION, WEAK,
};
use super::tokens::Token;

/// How much a word has to do with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A word like any other.
    Plain,
    /// Digits only.
    Number,
    /// No title has it: `1080p`, `x264`.
    Strong,
    /// No word of a language, but short: it is of the release only beside something strong (`DL`, `MULTi`).
    Mark,
    /// A word that titles have, too: `German`, `Extended`. Only beside something strong it may be of the release.
    Weak,
}

pub(super) fn class(text: &str, lower: &str) -> Class {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Class::Number;
    }
    if contains(STRONG, lower) || is_resolution(lower) || is_imdb(lower) || is_disc(lower) {
        return Class::Strong;
    }
    if STRONG_STARTS.iter().any(|start| lower.len() > start.len() && lower.starts_with(start)) {
        return Class::Strong;
    }
    if contains(MARKS, lower) || is_version(lower) {
        return Class::Mark;
    }
    let shouted = text.len() > 1 && !text.chars().any(char::is_lowercase);
    if shouted && contains(SHOUTED_MARKS, lower) {
        return Class::Mark;
    }
    if contains(WEAK, lower) { Class::Weak } else { Class::Plain }
}

/// Classes that only the neighbours tell: `WEB` beside `DL`, `H` before `264`, the channels behind a sound.
pub(super) fn class_in_context(tokens: &mut [Token<'_>]) {
    let shouting = tokens
        .iter()
        .filter(|token| token.class != Class::Number)
        .all(|token| !token.text.chars().any(char::is_lowercase));
    let mut tagged = None;
    for index in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(index);
        let Some((token, after)) = rest.split_first_mut() else { break };
        let next = after.first();
        // `{tmdb-2020}`, `[8F21C0DE]`: an id and a checksum.
        let alone = token.group.is_some()
            && before.last().is_none_or(|last| last.group != token.group)
            && next.is_none_or(|next| next.group != token.group);
        if token.group.is_some()
            && before.last().is_none_or(|last| last.group != token.group)
            && is_id_word(token.lower())
            && !alone
        {
            tagged = token.group;
        }
        if token.group.is_some() && (tagged == token.group || (alone && is_checksum(token.text))) {
            token.class = Class::Strong;
            continue;
        }
        let near = next.filter(|next| next.is_near());
        let near_is = |words: &[&str]| near.is_some_and(|next| words.contains(&next.lower()));
        let strong_next = next.is_some_and(|next| next.class == Class::Strong);
        let pair = match token.lower() {
            "web" | "webs" => {
                near_is(&["dl", "rip", "hd", "hdrip", "dlrip", "dlmux", "cap", "mux", "h"])
                    || (strong_next && !shouting)
                    || (token.text == "WEB"
                        && !shouting
                        && !next.is_some_and(|next| next.class == Class::Number))
            }
            "blu" => near_is(&["ray", "rayrip"]),
            "dvd" | "bd" | "hd" | "br" | "vhs" | "tv" | "dvb" | "cam" | "sat" => {
                near_is(&["rip", "remux", "dvd", "tv", "rips"])
            }
            "h" | "x" => near_is(&["264", "265", "263", "266"]),
            "hdr10" => true,
            "cd" | "disc" | "disk" => {
                near.is_some_and(|next| next.text.len() == 1 && next.class == Class::Number)
            }
            "dolby" => near_is(&["vision", "digital", "atmos", "d"]),
            "10" | "8" | "12" => near_is(&["bit", "bits"]),
            "true" => near_is(&["hd"]),
            "hi" => near_is(&["10p", "10"]),
            "dual" | "multi" => near_is(&["audio", "subs", "sub", "subtitle", "subtitles"]),
            "multiple" => near_is(&["subtitle", "subtitles"]),
            "mp" => near_is(&["4"]),
            "dd" | "ddp" => near.is_some_and(|next| matches!(next.lower(), "2" | "5" | "7")),
            "vc" => near_is(&["1"]),
            _ => false,
        };
        let last = before.last();
        let joined = |words: &[&str]| {
            token.is_near()
                && last.is_some_and(|last| words.contains(&last.lower()) && last.class == Class::Strong)
        };
        let tail = match token.lower() {
            "dl" | "rip" | "dlrip" | "cap" | "mux" | "dlmux" | "hdrip" => joined(&[
                "web", "dvd", "bd", "hd", "br", "vhs", "tv", "dvb", "cam", "sat", "bluray", "ray", "hdtv",
            ]),
            "ray" | "rayrip" => joined(&["blu"]),
            "264" | "265" | "263" | "266" => joined(&["h", "x"]),
            "vision" | "digital" | "d" => joined(&["dolby"]),
            "bit" | "bits" => joined(&["10", "8", "12"]),
            "hd" => joined(&["true", "dts"]) || (token.text == "HD" && !shouting && index > 0),
            "bd" => token.text == "BD" && !shouting,
            "ma" | "hra" | "x" | "es" => joined(&["hd", "dts", "dtshd"]),
            "10p" => joined(&["hi"]),
            "audio" | "sub" | "subs" | "subtitle" | "subtitles" => joined(&["dual", "multi", "multiple"]),
            "cd" | "cds" | "dvds" | "discs" => {
                token.gap == " "
                    && last.is_some_and(|last| last.text.len() == 1 && last.class == Class::Number)
            }
            "tv" | "dvd" => joined(&["hd"]),
            "r" => joined(&["dvd"]),
            "1" => joined(&["vc"]),
            _ => false,
        };
        let channels = token.class == Class::Number
            && token.text.len() == 1
            && (last.is_some_and(|last| {
                last.class == Class::Strong && contains(SOUNDS, last.lower()) && token.is_near()
            }) || (token.gap == "." || token.gap == " ")
                && matches!(before, [.., sound, front] if front.class == Class::Strong && front.text.len() == 1
                    && sound.class == Class::Strong && contains(SOUNDS, sound.lower())));
        if pair || tail || channels {
            token.class = Class::Strong;
        } else if token.class == Class::Weak && ((token.is_shouted() && !shouting) || is_mixed(token.text)) {
            token.class = Class::Mark;
        }
    }
}

/// `iNTERNAL`, `THEATRiCAL`: capitals with small letters in their midst, as only groups write.
fn is_mixed(text: &str) -> bool {
    let capitals = text.chars().skip(1).filter(|char| char.is_uppercase()).count();
    capitals > 1 && text.chars().any(char::is_lowercase)
}

pub(super) fn is_television(lower: &str) -> bool {
    contains(TELEVISION, lower)
}

pub(super) fn is_language(lower: &str) -> bool {
    contains(LANGUAGES, lower)
}

pub(super) fn is_genre(lower: &str) -> bool {
    contains(GENRES, lower)
}

/// The value of a text that is nothing but one to six digits.
pub(super) fn digits(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// `1080p`, `576i`, `1080p60`, `720pHEVC`, `1920x1080`.
fn is_resolution(lower: &str) -> bool {
    let width = lower.bytes().take_while(u8::is_ascii_digit).count();
    if !(3..=4).contains(&width) {
        return false;
    }
    let (number, rest) = lower.split_at(width);
    if let Some(height) = rest.strip_prefix('x') {
        let height = height.trim_end_matches(['p', 'i']);
        return (3..=4).contains(&height.len()) && height.bytes().all(|byte| byte.is_ascii_digit());
    }
    let known = matches!(
        number,
        "240"
            | "270"
            | "288"
            | "320"
            | "336"
            | "352"
            | "360"
            | "368"
            | "384"
            | "400"
            | "404"
            | "432"
            | "448"
            | "480"
            | "486"
            | "540"
            | "544"
            | "576"
            | "640"
            | "690"
            | "696"
            | "704"
            | "720"
            | "768"
            | "800"
            | "804"
            | "816"
            | "848"
            | "864"
            | "872"
            | "900"
            | "960"
            | "1024"
            | "1040"
            | "1072"
            | "1080"
            | "1280"
            | "1440"
            | "1620"
            | "1800"
            | "1920"
            | "2000"
            | "2160"
            | "4320"
    );
    match rest.chars().next() {
        Some('p' | 'i' | 'р' | 'і') => known || rest.chars().count() == 1,
        _ => false,
    }
}

/// `DVD7`, `12DVD`, `CD1`, `3xDVD9`.
fn is_disc(lower: &str) -> bool {
    let digits =
        |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let count = lower.bytes().take_while(u8::is_ascii_digit).count();
    let rest = lower[count..].trim_start_matches('x');
    let numbered =
        ["dvd", "cd", "disc", "disk"].iter().any(|disc| rest.strip_prefix(disc).is_some_and(digits));
    numbered
        || (digits(&lower[..count])
            && ["dvd", "dvds", "dvd5", "dvd9", "cd", "cds", "disc", "discs"].contains(&rest))
}

/// `v2`, `v3`: which try of a group it is.
fn is_version(lower: &str) -> bool {
    lower.len() == 2 && lower.starts_with('v') && lower.ends_with(|char: char| char.is_ascii_digit())
}

/// What the id in `{tmdb-603}` is of.
fn is_id_word(lower: &str) -> bool {
    matches!(
        lower,
        "tmdb"
            | "tmdbid"
            | "imdb"
            | "imdbid"
            | "tvdb"
            | "tvdbid"
            | "tvmaze"
            | "tvmazeid"
            | "anidb"
            | "anidbid"
            | "edition"
            | "crc"
            | "crc32"
            | "plex"
            | "id"
    )
}

/// `8F21C0DE`
fn is_checksum(text: &str) -> bool {
    text.len() == 8
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_imdb(lower: &str) -> bool {
    lower
        .strip_prefix("tt")
        .is_some_and(|id| (7..=9).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()))
}

fn contains(sorted: &[&str], word: &str) -> bool {
    sorted.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        for table in [STRONG, TELEVISION, SOUNDS, MARKS, SHOUTED_MARKS, WEAK, LANGUAGES, GENRES] {
            for pair in table.windows(2) {
                assert!(pair[0] < pair[1], "{} stands before {}", pair[0], pair[1]);
            }
        }
    }
}

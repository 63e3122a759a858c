//! What stands before and behind a name's own words: sites, groups, sizes.

/// A name without what is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Body<'a> {
    pub(super) text: &'a str,
    /// What stood in brackets before it, as fansub groups are written.
    pub(super) group: Option<&'a str>,
}

const DOMAINS: [&str; 34] = [
    "com", "org", "net", "to", "tv", "cc", "info", "me", "ru", "io", "co", "in", "vip", "party", "show",
    "cd", "eu", "pw", "site", "xyz", "club", "lol", "ws", "nl", "hu", "re", "bz", "ag", "is", "li", "fm",
    "tc", "ms", "work",
];
const GAPS: [char; 7] = [' ', '_', '.', '-', '=', '~', '\t'];

pub(super) fn body(raw: &str) -> Body<'_> {
    let mut text = raw.trim().trim_end_matches(['.', ' ']);
    text = without_listing(text);
    text = without_scene_group(text);
    let mut group = None;
    // Each round takes something off the front, and the number of rounds is bounded.
    for _ in 0..8 {
        if let Some(rest) = without_site(text) {
            text = rest;
        } else if let Some((inner, rest)) = without_group(text) {
            text = rest;
            group = group.or(Some(inner));
        } else {
            break;
        }
    }
    Body { text: without_tail(text), group }
}

/// `grp-title.2009.1080p`: in small letters, groups stand before the name; without a vowel it is no word of the title.
fn without_scene_group(text: &str) -> &str {
    let Some((group, rest)) = text.split_once('-') else { return text };
    let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b' ');
    let named = (3..=8).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let vowels = group.bytes().any(|byte| b"aeiouy".contains(&byte));
    let odd = !vowels || group.ends_with("hd") || group.ends_with("dvd");
    let letters = group.bytes().any(|byte| byte.is_ascii_alphabetic());
    if lower && named && odd && letters && rest.contains('.') && !rest.contains('-') { rest } else { text }
}

/// `37 [Group]_Title`: the number is the list's.
fn without_listing(text: &str) -> &str {
    let rest = text.trim_start_matches(|char: char| char.is_ascii_digit());
    let listed = text.len() - rest.len();
    match rest.strip_prefix(' ') {
        Some(rest)
            if (1..=3).contains(&listed)
                && rest.starts_with('[')
                && rest.find(']').is_some_and(|end| end > 2 && end + 4 < rest.len()) =>
        {
            let inner = &rest[1..rest.find(']').unwrap_or(1)];
            let named = inner.chars().next().is_some_and(char::is_alphabetic)
                && !inner.to_lowercase().contains("hdtv");
            let titled = rest[rest.find(']').unwrap_or(0)..]
                .chars()
                .take(40)
                .filter(|char| char.is_alphabetic())
                .count()
                > 3;
            if named && titled { rest } else { text }
        }
        _ => text,
    }
}

/// Without `www.site.tld - `, `[site.tld]`, `site.tld_-_` at the beginning.
fn without_site(text: &str) -> Option<&str> {
    let trimmed = text.trim_start_matches(GAPS);
    if let Some((inner, rest)) = bracketed(trimmed) {
        let rest = rest.trim_start_matches(GAPS);
        return (is_site(inner.trim()) && has_words(rest)).then_some(rest);
    }
    let end = trimmed.find([' ', '_', ']'])?;
    let (site, rest) = trimmed.split_at(end);
    let started = site.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    let parted = rest.trim_start_matches([' ', '_']).starts_with(['-', '–', '|']);
    let rest = rest.trim_start_matches(GAPS).trim_start_matches(['–', '|', ' ']);
    (is_site(site) && (started || parted) && has_words(rest)).then_some(rest)
}

fn is_site(text: &str) -> bool {
    let text = text.trim_start_matches(['@', ' ']);
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
        return true;
    }
    let Some((name, domain)) = text.rsplit_once('.') else { return false };
    let domain = domain.to_ascii_lowercase();
    !name.is_empty()
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '.' | '_'))
        && name.split('.').count() <= 2
        && DOMAINS.contains(&domain.as_str())
}

/// Without the group in brackets at the beginning, as long as words stand outside of brackets behind it.
fn without_group(text: &str) -> Option<(&str, &str)> {
    let trimmed = text.trim_start_matches(GAPS);
    let round = trimmed.starts_with('(');
    if !round && !trimmed.starts_with(['[', '【', '{', '［']) {
        return None;
    }
    let (inner, rest) = bracketed(trimmed)?;
    // `(Group) Title`, but not `(500) Days` and `(Un)Well`
    let worded = inner.chars().all(|char| char.is_alphanumeric() || "-_&. ".contains(char))
        && inner.chars().any(char::is_alphabetic);
    if round && !(worded && rest.starts_with([' ', '_', '.']) && inner.split([' ', '_', '.']).count() <= 2) {
        return None;
    }
    let rest = rest.trim_start_matches(GAPS);
    (is_group(inner) && has_free_words(rest)).then_some((inner, rest))
}

/// Whether brackets hold a group's name and no number of an episode.
fn is_group(inner: &str) -> bool {
    let letters = inner.chars().filter(|char| char.is_alphabetic()).count();
    let long_number = inner.len() >= 3
        && super::years::plausible(inner).is_none()
        && inner.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = {
        let lower = inner.trim().to_lowercase();
        let rest = lower.trim_start_matches(|char: char| char.is_ascii_digit());
        let cross = rest.len() < lower.len()
            && rest
                .strip_prefix('x')
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
        let width = lower.len() - rest.len();
        let marked = ["s", "ep", "e"].iter().any(|start| {
            lower.strip_prefix(start).is_some_and(|rest| {
                rest.trim_start_matches(['.', ' ']).starts_with(|char: char| char.is_ascii_digit())
            })
        }) && letters <= 3;
        (cross && width <= 2 && !lower.starts_with('0'))
            || (cross && width == 2 && lower.len() <= 5)
            || marked
    };
    (letters > 0 || long_number) && !numbered
}

/// The inside of the brackets that `text` begins with, and what follows them.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let open = text.chars().next()?;
    let close = match open {
        '[' => ']',
        '(' => ')',
        '{' => '}',
        '【' => '】',
        '［' => '］',
        _ => return None,
    };
    let inner = &text[open.len_utf8()..];
    let end = inner.find(close)?;
    Some((&inner[..end], &inner[end + close.len_utf8()..]))
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Whether letters stand outside of brackets before a long way has been gone.
fn has_free_words(text: &str) -> bool {
    const FAR: usize = 400;
    if is_season_label(text) {
        return false;
    }
    // `86 - 07`
    let digits =
        text.len() - text.trim_start_matches(|char: char| char.is_ascii_digit() || char == '-').len();
    if digits > 0 && text[digits..].starts_with(" - ") {
        return true;
    }
    let mut depth = 0_u32;
    for char in text.chars().take(FAR) {
        match char {
            '[' | '(' | '{' | '【' | '［' => depth += 1,
            ']' | ')' | '}' | '】' | '］' => depth = depth.saturating_sub(1),
            _ if depth == 0 && char.is_alphabetic() => return true,
            _ => {}
        }
    }
    false
}

/// `★10月新番★`: when it was new, not what it is.
fn is_season_label(text: &str) -> bool {
    let outside = text.split(['[', '【']).next().unwrap_or("");
    outside.contains('★') || outside.contains("新番")
}

/// Without ` (1.4 GB)` and what a download left behind the name.
fn without_tail(text: &str) -> &str {
    let mut text = text;
    for end in [
        "-xpost",
        "-Obfuscated",
        "-obfuscated",
        "-Rakuv",
        "-postbot",
        "-Scrambled",
        "-AsRequested",
        "-BUYMORE",
        "-AlternativeToRequested",
    ] {
        text = text.strip_suffix(end).unwrap_or(text);
    }
    if let Some(open) = text.rfind(['(', '[']) {
        let inner = text[open + 1..].trim_end_matches([')', ']', ' ']).to_ascii_lowercase();
        let number = inner.trim_end_matches(|char: char| char.is_ascii_alphabetic() || char == ' ');
        let unit = inner[number.len()..].trim();
        let sized = !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
        if sized && matches!(unit, "gb" | "mb" | "gib" | "mib") && open > 0 {
            let rest = text[..open].trim_end();
            return super::path::without_extension(rest);
        }
    }
    text
}

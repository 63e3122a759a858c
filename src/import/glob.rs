//! trakt-scrobbler's folders and regular expressions as the globs of `[paths]`, where they mean the same.

use regex::Regex;

/// The glob for a folder or a pattern of addresses in the whitelist.
///
/// # Errors
/// Why it cannot be one.
pub fn folder_glob(entry: &str) -> Result<String, &'static str> {
    if let Some((scheme, rest)) = entry.split_once("://") {
        return address_glob(scheme, rest);
    }
    let trimmed = match entry.trim_end_matches('/') {
        "" if entry.starts_with('/') => "/",
        trimmed => trimmed,
    };
    match trimmed.strip_prefix("~/") {
        Some(rest) => Ok(format!("~/{}", globset::escape(rest))),
        None if trimmed.starts_with('/') => Ok(globset::escape(trimmed)),
        None => Err("it is no whole path, so it can fit nothing on this system"),
    }
}

/// Patterns of addresses are `scheme://host/path`, where `http` stands for both kinds.
fn address_glob(scheme: &str, rest: &str) -> Result<String, &'static str> {
    let scheme = match scheme {
        "http" | "https" | "*" => "{http,https}",
        "file" => return Err("it is the address of a file: write the folder's path"),
        _ => return Err("only addresses with http and https can be taken over"),
    };
    let rest = rest.strip_suffix("/*").unwrap_or(rest).trim_end_matches('/');
    if rest.is_empty() || rest.contains('*') {
        return Err("a `*` in an address means something else here");
    }
    Ok(format!("{scheme}://{}", globset::escape(rest)))
}

/// The glob for what begins with something that the Python expression `pattern` fits; `None` when there is none that means
/// the same. Understood are plain letters, `.`, `.*` and `.+` between them, `^`, `$`, and `(?i)` at the beginning.
#[must_use]
pub fn regex_glob(pattern: &str) -> Option<String> {
    let (any_case, pattern) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let pieces = pieces(pattern.strip_prefix('^').unwrap_or(pattern))?;
    let mut glob = String::new();
    for (place, piece) in pieces.iter().enumerate() {
        let last = place + 1 == pieces.len();
        match piece {
            Piece::Letter(letter) => push(&mut glob, *letter, any_case),
            Piece::One => glob.push_str("{?,/}"),
            // With whole folders before it, none of which need be there.
            Piece::Any if place == 0 => glob.push_str("**/*"),
            Piece::Any if last => glob.push('*'),
            Piece::Any => glob.push_str("{*,*/**/*}"),
            Piece::End => return (last && place > 0 && is_useful(&glob)).then_some(glob),
        }
    }
    if !matches!(pieces.last(), Some(Piece::Any)) {
        glob.push('*');
    }
    is_useful(&glob).then_some(glob)
}

/// A glob of ours begins at the root of a path, or is of an address; one that fits everything was not meant.
fn is_useful(glob: &str) -> bool {
    let anchored = glob.starts_with('/') || glob.starts_with("**/") || glob.contains("://");
    anchored && glob.contains(|letter: char| letter.is_alphanumeric()) && globset::Glob::new(glob).is_ok()
}

fn push(glob: &mut String, letter: char, any_case: bool) {
    let lower = letter.to_lowercase().to_string();
    let upper = letter.to_uppercase().to_string();
    if any_case && lower != upper && lower.chars().count() == 1 && upper.chars().count() == 1 {
        glob.push_str(&format!("[{lower}{upper}]"));
    } else {
        glob.push_str(&globset::escape(letter.encode_utf8(&mut [0; 4])));
    }
}

enum Piece {
    Letter(char),
    /// Any one letter, a slash too.
    One,
    /// Any letters, slashes too.
    Any,
    End,
}

fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    // What Python would not take is not worth a thought.
    Regex::new(pattern).ok()?;
    let mut pieces = Vec::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        let repeated = matches!(letters.peek(), Some('*' | '+' | '?' | '{'));
        let piece = match letter {
            '.' if repeated => {
                match letters.next() {
                    Some('+') => pieces.push(Piece::One),
                    Some('*') => {}
                    _ => return None,
                }
                // Whether it takes as much or as little as it can changes nothing about what fits.
                if letters.peek() == Some(&'?') {
                    letters.next();
                }
                Piece::Any
            }
            _ if repeated && letter != '\\' => return None,
            '.' => Piece::One,
            '$' => Piece::End,
            '\\' => {
                let meant = letters.next().filter(|meant| !meant.is_alphanumeric())?;
                if matches!(letters.peek(), Some('*' | '+' | '?' | '{')) {
                    return None;
                }
                Piece::Letter(meant)
            }
            '^' | '[' | ']' | '(' | ')' | '{' | '}' | '|' | '*' | '+' | '?' => return None,
            plain => Piece::Letter(plain),
        };
        pieces.push(piece);
    }
    (!pieces.is_empty()).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use globset::GlobSet;
    use proptest::prelude::*;

    use super::*;
    use crate::path_glob;

    const PATHS: [&str; 16] = [
        "/videos/Private/a.mkv",
        "/videos/Private",
        "/videos/Private2/a.mkv",
        "/videos/b/Private/c/a.mkv",
        "/videos/My Sample/a.mkv",
        "/videos/a.sample.mkv",
        "/videos/A.SAMPLE.mkv",
        "/videos/sample/mkv",
        "/videos/sample",
        "/videos/show/extras/x/y/trailer.mkv",
        "/videos/show/extras-trailer.mkv",
        "/Private/a.mkv",
        "/x",
        "https://host/films/a.mkv",
        "https://host/other/Private/a.mkv",
        "/videos/[a]/{b}.mkv",
    ];

    const PIECES: &[&str] =
        &["a", "A", "b", "/", ".*", ".+", ".", ".*?", "\\.", "\\[", "\\]", "\\{", "\\*", "-", "[a]", "a*"];

    #[test]
    fn a_glob_fits_what_the_expression_fits() {
        for pattern in [
            "/videos/Private",
            "/videos/Private/",
            "/videos/Private/.*",
            "^/videos/Private.+",
            ".*/Private/.*",
            ".*Private",
            ".*sample.*",
            "(?i).*sample.*",
            ".*sample.mkv",
            r".*\.sample\.mkv",
            "/videos/.*/extras.*trailer",
            "/videos/.*?extras.*",
            "https://host/films/.*",
            r".*\[a\]/\{b\}",
            ".*/x",
        ] {
            let regex = Regex::new(&format!("^(?:{pattern})")).unwrap();
            let glob = regex_glob(pattern).unwrap_or_else(|| panic!("{pattern}"));
            let globs = GlobSet::new(path_glob::with_all_below(&glob).unwrap()).unwrap();
            for path in PATHS {
                assert_eq!(globs.is_match(path), regex.is_match(path), "{pattern} as {glob} for {path}");
            }
        }
        let ending = regex_glob(r".*\.sample\.mkv$").unwrap();
        assert_eq!(ending, "**/*.sample.mkv");
    }

    proptest! {
        #[test]
        fn whatever_the_expression_a_glob_for_it_fits_the_same(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 1..8),
            paths in prop::collection::vec("(/[aAb.\\[\\]{}*? -]{1,3}){1,4}", 16),
        ) {
            let pattern = format!("(?i)/{}", pieces.concat());
            let plain = pattern.trim_start_matches("(?i)");
            for pattern in [pattern.as_str(), plain, &format!(".*{plain}")] {
                let Some(glob) = regex_glob(pattern) else { continue };
                let regex = Regex::new(&format!("^(?s:{pattern})")).unwrap();
                let globs = GlobSet::new(path_glob::with_all_below(&glob).unwrap()).unwrap();
                for path in &paths {
                    prop_assert_eq!(globs.is_match(path), regex.is_match(path), "{} as {} for {}", pattern, glob, path);
                }
            }
        }

        #[test]
        fn whatever_is_said_is_a_glob_that_is_taken_or_none(text in ".{0,40}") {
            for glob in [regex_glob(&text), folder_glob(&text).ok()].into_iter().flatten() {
                prop_assert!(path_glob::with_all_below(&glob).is_ok(), "{}", glob);
            }
        }
    }

    #[test]
    fn what_no_glob_says_is_no_glob() {
        for pattern in [
            "",
            ".*",
            ".",
            "^",
            "$",
            "/.*",
            "(a|b)",
            ".*/[ab]/.*",
            r".*\d+",
            ".*a+",
            ".*a?",
            "Private",
            "(?x) a",
            "(",
            ".*(?=x)",
            "a|/b",
            "/a$b",
        ] {
            assert_eq!(regex_glob(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_folder_is_itself_and_all_below() {
        for (entry, glob) in [
            ("/videos/My Films/", Ok("/videos/My Films")),
            ("/videos/[x]", Ok("/videos/[[]x[]]")),
            ("/", Ok("/")),
            ("~/Videos", Ok("~/Videos")),
            ("http://host.example/films/*", Ok("{http,https}://host.example/films")),
            ("*://host.example/", Ok("{http,https}://host.example")),
        ] {
            assert_eq!(folder_glob(entry), glob.map(str::to_owned), "{entry}");
        }
        for entry in ["Videos", "D:\\Videos", "https://*.example/", "ftp://x/", "file:///v", ""] {
            assert!(folder_glob(entry).is_err(), "{entry}");
        }
        let globs = GlobSet::new(path_glob::with_all_below("{http,https}://h/f").unwrap()).unwrap();
        assert!(globs.is_match("https://h/f/a/b.mkv") && !globs.is_match("https://h/fa"));
    }
}

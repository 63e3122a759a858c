//! Names and titles that say nothing.

use super::folders::is_disc_folder;

/// Names of files that only say that they are a video. Sorted.
const EMPTY: &[&str] = &[
    "data",
    "disc",
    "download",
    "downloads",
    "episode",
    "feature",
    "film",
    "films",
    "full",
    "incoming",
    "index",
    "library",
    "main",
    "media",
    "movie",
    "movies",
    "new folder",
    "output",
    "play",
    "playlist",
    "sample",
    "season",
    "series",
    "show",
    "shows",
    "special",
    "specials",
    "stream",
    "subs",
    "temp",
    "title",
    "tmp",
    "torrents",
    "tv",
    "tv series",
    "tv shows",
    "unsorted",
    "untitled",
    "video",
    "videos",
];

/// Whether a title is only a word for videos in general.
pub(super) fn says_nothing(title: &str) -> bool {
    let lower = title.trim().to_lowercase();
    EMPTY.binary_search(&lower.as_str()).is_ok()
        || is_of_disc(title)
        || !title.chars().any(char::is_alphanumeric)
}

/// Whether a title is the name of a disc's file or folder.
pub(super) fn is_of_disc(title: &str) -> bool {
    let lower = title.to_lowercase();
    let numbered = lower.len() >= 5 && lower.bytes().all(|byte| byte.is_ascii_digit());
    lower.starts_with("vts ") || lower.starts_with("vts_") || numbered || is_disc_folder(&lower)
}

/// Whether a name is a sum or an identifier: long, without separators, letters and digits mixed.
pub(super) fn is_scrambled(name: &str) -> bool {
    let (mut parts, mut mixed) = (0_usize, 0_usize);
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let changes = part
            .as_bytes()
            .windows(2)
            .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
            .count();
        let odd = part.bytes().all(|byte| byte.is_ascii_alphanumeric()) && digits > 0 && digits < part.len();
        if !odd || part.len() < 6 {
            return false;
        }
        parts += 1;
        let sum = part.len() >= 16
            && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_uppercase());
        mixed += usize::from(sum || changes >= 4);
    }
    name.len() >= 16 && (mixed >= 1 || parts >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(EMPTY.is_sorted());
    }

    #[test]
    fn sums_are_scrambled_and_titles_are_not() {
        for name in
            ["ba27283b17c00d01193eacc02a8ba98e", "XD607ebb-BRc59935-5155473f-1c5f49", "a8f3c21d9e0b44f7"]
        {
            assert!(is_scrambled(name), "{name}");
        }
        for name in [
            "Harbour Lights",
            "harbourlights102",
            "1984",
            "abcdefghijklmnopqrst",
            "S01E02E03E04E05",
            "x264-GRP",
        ] {
            assert!(!is_scrambled(name), "{name}");
        }
    }
}

//! The words that names are made of besides titles.

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

/// Words that no title has and every release may have. Sorted.
const STRONG: &[&str] = &[
    "1080hd",
    "1080pnow",
    "10bit",
    "10bits",
    "12bit",
    "2160hd",
    "480pnow",
    "4k",
    "4kuhd",
    "5rfr",
    "720hd",
    "8bit",
    "8bits",
    "8k",
    "aac",
    "aac2",
    "aac5",
    "aac7",
    "aacx2",
    "aacx3",
    "ac3",
    "ac3d",
    "ac3dl",
    "atmos",
    "av1",
    "avc",
    "avi",
    "bd25",
    "bd50",
    "bd66",
    "bdmux",
    "bdmv",
    "bdr",
    "bdremux",
    "bdrip",
    "bdscr",
    "bdxvid",
    "bluray",
    "blurayrip",
    "brrip",
    "camrip",
    "dd2",
    "dd5",
    "dd51",
    "dd7",
    "ddp",
    "ddp2",
    "ddp5",
    "ddp51",
    "ddp7",
    "divx",
    "divx5",
    "divx6",
    "dolbyd",
    "dsr",
    "dsrip",
    "dthrip",
    "dts",
    "dts5",
    "dtshd",
    "dtshdma",
    "dtsma",
    "dtsx",
    "dtvrip",
    "dualaudio",
    "dvb",
    "dvbrip",
    "dvd",
    "dvd5",
    "dvd9",
    "dvdivx",
    "dvdmux",
    "dvdr",
    "dvdremux",
    "dvdrip",
    "dvds",
    "dvdscr",
    "dvdscreener",
    "dvdscrs",
    "eac3",
    "eac3d",
    "flac",
    "flac2",
    "flac5",
    "h263",
    "h264",
    "h265",
    "h266",
    "hardsub",
    "hardsubs",
    "hd1080",
    "hd720",
    "hdcam",
    "hdcamrip",
    "hddvd",
    "hddvdrip",
    "hdlight",
    "hdr",
    "hdr10",
    "hdr10plus",
    "hdrip",
    "hdtc",
    "hdts",
    "hdtv",
    "hdtvrip",
    "hevc",
    "hevc10",
    "hi10",
    "hi10p",
    "hi444pp",
    "hsbs",
    "ma10p",
    "mhd",
    "microhd",
    "mkv",
    "mp3",
    "mp4",
    "mpeg2",
    "mpeg4",
    "msubs",
    "ntsc",
    "opus",
    "pdtv",
    "pdvd",
    "pdvdrip",
    "ppvrip",
    "predvd",
    "predvdrip",
    "r5",
    "r6",
    "remux",
    "satrip",
    "sdtv",
    "softsub",
    "softsubs",
    "subfrench",
    "telecine",
    "telesync",
    "truefrench",
    "truehd",
    "truehd5",
    "truehd7",
    "tvhd",
    "tvrip",
    "uhd",
    "uhdbd",
    "uhdrip",
    "uhdtv",
    "vc1",
    "vhsrip",
    "vodr",
    "vodrip",
    "vostfr",
    "vp9",
    "web1080p",
    "web720p",
    "webcap",
    "webdl",
    "webdlmux",
    "webdlrip",
    "webhd",
    "webhdrip",
    "webmux",
    "webrip",
    "webtv",
    "webtvrip",
    "wmvhd",
    "workprint",
    "x262",
    "x263",
    "x264",
    "x265",
    "x266",
    "xvid",
    "xvidvd",
];

/// Beginnings that make a longer word strong: `HDTVx264GRP`.
const STRONG_STARTS: &[&str] = &[
    "bdrip", "bluray", "brrip", "divx", "dvdrip", "h264", "h265", "hdrip", "hdtv", "hevc", "pdtv", "webdl",
    "webrip", "x264", "x265", "xvid",
];

/// Sources of what was on television. Sorted.
const TELEVISION: &[&str] = &[
    "dsr", "dsrip", "dthrip", "dtvrip", "dvb", "dvbrip", "hdtv", "hdtvrip", "pdtv", "satrip", "sdtv",
    "tvrip", "uhdtv",
];

/// Sounds whose channels follow as one or two numbers. Sorted.
const SOUNDS: &[&str] = &[
    "aac", "aac2", "aac5", "aac7", "ac3", "atmos", "dd", "dd2", "dd5", "dd7", "ddp", "ddp2", "ddp5", "ddp7",
    "dolbyd", "dts", "dts5", "dtshd", "dtsma", "eac3", "flac", "flac2", "flac5", "hra", "lpcm", "ma", "opus",
    "pcm", "truehd", "truehd5", "truehd7",
];

/// Short things that are of the release beside something strong, however they are written. Sorted.
const MARKS: &[&str] = &[
    "2audio",
    "2ch",
    "2in1",
    "3audio",
    "3d",
    "5audio",
    "6ch",
    "8ch",
    "amzn",
    "atvp",
    "bilingual",
    "brremux",
    "cbr",
    "colorized",
    "crav",
    "dcu",
    "despecialized",
    "dirfix",
    "docu",
    "doku",
    "dovi",
    "dsnp",
    "dsnyp",
    "dubbed",
    "eng",
    "engsub",
    "engsubs",
    "esub",
    "esubs",
    "extended",
    "fansub",
    "fastsub",
    "firetv",
    "ger",
    "gerdub",
    "hardcoded",
    "hebsub",
    "hebsubs",
    "hin",
    "hlg",
    "hmax",
    "hotstar",
    "hou",
    "hq",
    "hulu",
    "imbd",
    "internal",
    "ita",
    "itunes",
    "jap",
    "jpn",
    "kor",
    "korsub",
    "korsubs",
    "lat",
    "legendado",
    "ma",
    "mhq",
    "msub",
    "multi",
    "multi2",
    "multi3",
    "multi4",
    "multi5",
    "multi6",
    "multilang",
    "multisub",
    "multisubs",
    "nfofix",
    "nforce",
    "nlsub",
    "nlsubs",
    "nordic",
    "nsubs",
    "pcok",
    "pmtp",
    "proof",
    "rarfix",
    "readnfo",
    "remastered",
    "repack",
    "repack2",
    "rerip",
    "restored",
    "rus",
    "samplefix",
    "sbs",
    "spa",
    "subbed",
    "subforced",
    "subpack",
    "subs",
    "subtitled",
    "swesub",
    "syncfix",
    "tam",
    "tel",
    "theatrical",
    "ukr",
    "uncensored",
    "uncut",
    "unedited",
    "unrated",
    "untouched",
    "vff",
    "vfi",
    "vfq",
    "vhs",
    "vof",
    "vost",
    "vr180",
    "vr360",
    "xxx",
    "zee5",
];

/// The same, but words of a language unless they are written in capitals. Sorted.
const SHOUTED_MARKS: &[&str] = &[
    "bd", "br", "cam", "chi", "cine", "cn", "cr", "cz", "dan", "dc", "dd", "ddc", "de", "dk", "dl", "dub",
    "dv", "en", "es", "fi", "fin", "fr", "fre", "fs", "gr", "hc", "hd", "hdma", "hun", "ip", "iso", "it",
    "jp", "kan", "ld", "mal", "max", "md", "mic", "ml", "nf", "nl", "nor", "om", "ou", "pal", "pl", "ppv",
    "pt", "red", "ru", "scr", "sd", "sdr", "se", "stan", "swe", "tc", "ts", "tur", "tv", "uk", "vf",
    "vfstfr", "vo", "web", "ws",
];

/// Words of titles that releases use, too. Sorted.
const WEAK: &[&str] = &[
    "alternate",
    "alternative",
    "anniversary",
    "arabic",
    "audio",
    "bangla",
    "bengali",
    "bootleg",
    "brazilian",
    "cantonese",
    "castellano",
    "catalan",
    "censored",
    "chinese",
    "collection",
    "collector",
    "collector's",
    "collectors",
    "complete",
    "convert",
    "criterion",
    "custom",
    "cut",
    "czech",
    "danish",
    "deluxe",
    "digital",
    "director's",
    "directors",
    "dual",
    "dutch",
    "edition",
    "english",
    "español",
    "exclusive",
    "extras",
    "fan",
    "festival",
    "final",
    "finnish",
    "flemish",
    "french",
    "german",
    "greek",
    "gujarati",
    "half",
    "hebrew",
    "hindi",
    "hungarian",
    "hybrid",
    "icelandic",
    "imax",
    "integral",
    "italian",
    "japanese",
    "kannada",
    "korean",
    "latino",
    "legendas",
    "limited",
    "line",
    "malayalam",
    "mandarin",
    "marathi",
    "matte",
    "mini",
    "movie",
    "norwegian",
    "nuked",
    "only",
    "open",
    "original",
    "persian",
    "polish",
    "portuguese",
    "proper",
    "punjabi",
    "rated",
    "read",
    "real",
    "recut",
    "redux",
    "rerelease",
    "retail",
    "romanian",
    "russian",
    "screener",
    "spanish",
    "special",
    "speciale",
    "spéciale",
    "subtitles",
    "superbit",
    "swedish",
    "swissgerman",
    "tamil",
    "telugu",
    "thai",
    "turkish",
    "ukrainian",
    "ultimate",
    "unrestored",
    "urdu",
    "version",
    "vietnamese",
];
/// The languages among them, with their short forms. Sorted.
const LANGUAGES: &[&str] = &[
    "arabic",
    "bangla",
    "bengali",
    "brazilian",
    "cantonese",
    "castellano",
    "catalan",
    "chi",
    "chinese",
    "czech",
    "dan",
    "danish",
    "dutch",
    "eng",
    "english",
    "esp",
    "español",
    "fin",
    "finnish",
    "flemish",
    "fr",
    "fre",
    "french",
    "ger",
    "german",
    "greek",
    "gujarati",
    "hebrew",
    "hin",
    "hindi",
    "hungarian",
    "icelandic",
    "ita",
    "italian",
    "jap",
    "japanese",
    "jpn",
    "kan",
    "kannada",
    "kor",
    "korean",
    "latino",
    "mal",
    "malayalam",
    "mandarin",
    "marathi",
    "multi",
    "nor",
    "nordic",
    "norwegian",
    "persian",
    "polish",
    "portuguese",
    "punjabi",
    "romanian",
    "ru",
    "rus",
    "russian",
    "spa",
    "spanish",
    "swe",
    "swedish",
    "tam",
    "tamil",
    "tel",
    "telugu",
    "thai",
    "tur",
    "turkish",
    "ukr",
    "ukrainian",
    "urdu",
    "vietnamese",
];

/// Words that say what kind of thing it is behind a title's last dash. Sorted.
const GENRES: &[&str] = &[
    "action",
    "adventure",
    "animation",
    "anime",
    "cartoon",
    "comedy",
    "crime",
    "documentary",
    "drama",
    "family",
    "fantasy",
    "horror",
    "musical",
    "mystery",
    "romance",
    "scifi",
    "thriller",
    "war",
    "western",
];

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
        } else if token.class == Class::Weak && token.is_shouted() && !shouting {
            token.class = Class::Mark;
        } else if token.class == Class::Weak && is_mixed(token.text) {
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

//! The words that names are made of besides titles.

/// Extensions of video files, without the dot.
const EXTENSIONS: [&str; 31] = [
    "mkv", "mp4", "m4v", "avi", "mov", "webm", "ts", "m2ts", "mts", "mpg", "mpeg", "wmv", "flv", "ogm",
    "ogv", "iso", "vob", "divx", "rmvb", "rm", "asf", "3gp", "m2v", "strm", "f4v", "img", "ifo", "nfo",
    "srt", "mk3d", "wtv",
];

/// Words that no title has and every release may have.
const STRONG: [&str; 94] = [
    "4k",
    "uhd",
    "bluray",
    "blu-ray",
    "bdrip",
    "bd-rip",
    "brrip",
    "bdremux",
    "bdmux",
    "bd25",
    "bd50",
    "dvdrip",
    "dvd-rip",
    "dvd",
    "dvdscr",
    "dvd5",
    "dvd9",
    "dvdr",
    "dvdmux",
    "hddvd",
    "hd-dvd",
    "hdtv",
    "pdtv",
    "dsr",
    "dsrip",
    "sdtv",
    "tvrip",
    "hdtvrip",
    "dtvrip",
    "dvbrip",
    "web-dl",
    "web-dlrip",
    "webdlrip",
    "webdl",
    "web-rip",
    "webrip",
    "webcap",
    "webhd",
    "webmux",
    "hdrip",
    "vodrip",
    "vhsrip",
    "satrip",
    "ppvrip",
    "remux",
    "xvid",
    "divx",
    "x264",
    "x265",
    "h264",
    "h265",
    "hevc",
    "avc",
    "av1",
    "10bit",
    "8bit",
    "10-bit",
    "hi10p",
    "hi10",
    "hdcam",
    "hdts",
    "telesync",
    "telecine",
    "screener",
    "r5",
    "r6",
    "aac",
    "ac3",
    "dts",
    "flac",
    "truehd",
    "atmos",
    "eac3",
    "ddp",
    "dd5",
    "ddp5",
    "aac2",
    "hdr",
    "hdr10",
    "hdr10+",
    "repack",
    "vostfr",
    "subfrench",
    "truefrench",
    "microhd",
    "mhd",
    "hdlight",
    "hq",
    "ntsc",
    "camrip",
    "hdcamrip",
    "bdr",
    "hddvdrip",
    "h-264",
];

/// Words that belong to the release when they stand directly before a strong one, however they are written.
const BESIDE: [&str; 21] = [
    "proper",
    "unrated",
    "uncut",
    "remastered",
    "multi",
    "multi5",
    "dubbed",
    "subbed",
    "internal",
    "limited",
    "extended",
    "theatrical",
    "dual",
    "dual-audio",
    "vff",
    "ita",
    "eng",
    "rus",
    "nordic",
    "hybrid",
    "3d",
];

/// Names of folders and files that say nothing of what is in them.
const EMPTY: [&str; 15] = [
    "tmp",
    "movie",
    "film",
    "video",
    "videos",
    "movies",
    "films",
    "tv",
    "series",
    "media",
    "downloads",
    "main",
    "title",
    "untitled",
    "index",
];

/// Without the folders that name their owner: they are no title, and are nobody's business.
pub(super) fn without_owner(path: &str) -> &str {
    for root in ["/home/", "/run/media/", "/run/user/"] {
        if let Some(rest) = path.strip_prefix(root) {
            return rest.split_once('/').map_or("", |(_, rest)| rest);
        }
    }
    path.strip_prefix("/root/").unwrap_or(path)
}

pub(super) fn without_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension))
            if !stem.is_empty() && EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)) =>
        {
            stem
        }
        _ => name,
    }
}

/// Whether `word` ends a title wherever it stands.
pub(super) fn is_strong(word: &str) -> bool {
    if matches!(word, "WEB" | "BD" | "CAM" | "DVDR" | "PPV" | "HD" | "SD" | "TS") {
        return true;
    }
    let lower = word.to_ascii_lowercase();
    if is_strong_part(&lower) || is_imdb(&lower) {
        return true;
    }
    // A group is often glued on: `x264-GROUP`, `[1080p-AAC]`.
    lower.split(['-', '+']).next().is_some_and(|first| first != lower && is_strong_part(first))
}

fn is_strong_part(lower: &str) -> bool {
    STRONG.contains(&lower) || is_resolution(lower)
}

fn is_imdb(lower: &str) -> bool {
    lower.strip_prefix("tt").is_some_and(|id| id.len() >= 7 && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `1080p`, `576i`, `1080p60`, `1920x1080`.
fn is_resolution(lower: &str) -> bool {
    let (width, rest) = lower.split_at(lower.bytes().take_while(u8::is_ascii_digit).count());
    if !(3..=4).contains(&width.len()) {
        return false;
    }
    let Some(rest) = rest.strip_prefix(['p', 'i', 'x', 'р']) else { return false };
    rest.bytes().all(|byte| byte.is_ascii_digit()) && (lower.contains(['p', 'i', 'р']) || rest.len() >= 3)
}

/// Whether `word` belongs to the release when the next one does.
pub(super) fn is_beside(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let shouted = word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let language = matches!(
        lower.as_str(),
        "french"
            | "german"
            | "italian"
            | "spanish"
            | "english"
            | "danish"
            | "swedish"
            | "dutch"
            | "real"
            | "dc"
    );
    BESIDE.contains(&lower.as_str()) || (shouted && language)
}

/// Whether a title is only a word for videos in general.
pub(super) fn says_nothing(title: &str) -> bool {
    let lower = title.to_lowercase();
    EMPTY.contains(&lower.as_str()) || is_of_disc(title)
}

/// Whether a title is the name of a disc's file or folder.
pub(super) fn is_of_disc(title: &str) -> bool {
    let lower = title.to_lowercase();
    let numbered = lower.len() >= 5 && lower.bytes().all(|byte| byte.is_ascii_digit());
    lower.starts_with("vts ") || numbered || is_disc_folder(&lower)
}

/// Folders that a disc's content or a part of a movie lies in.
pub(crate) fn is_disc_folder(name: &str) -> bool {
    let lower = name.to_lowercase();
    let part = ["cd", "disc", "disk", "dvd"]
        .iter()
        .any(|word| lower.strip_prefix(word).is_some_and(|rest| rest.trim().parse::<u8>().is_ok()));
    part || matches!(lower.as_str(), "video_ts" | "bdmv" | "stream" | "subs" | "sample")
}

/// The country at the end of a series' title, as TMDB writes it.
pub(crate) fn country(word: &str) -> Option<&'static str> {
    Some(match word {
        "US" | "USA" => "US",
        "UK" | "GB" => "GB",
        "AU" => "AU",
        "NZ" => "NZ",
        "CA" => "CA",
        "IE" => "IE",
        _ => return None,
    })
}

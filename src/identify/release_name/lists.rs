//! The words of releases, sorted so that they can be searched.

/// Words that no title has and every release may have. Sorted.
#[rustfmt::skip]
pub(super) const STRONG: &[&str] = &[
    "1080hd", "1080pnow", "10bit", "10bits", "12bit", "2160hd", "480pnow", "4k", "4kuhd", "5rfr", "720hd",
    "8bit", "8bits", "8k", "aac", "aac2", "aac5", "aac7", "aacx2", "aacx3", "ac3", "ac3d", "ac3dl", "atmos",
    "av1", "avc", "avi", "bd25", "bd50", "bd66", "bdmux", "bdmv", "bdr", "bdremux", "bdrip", "bdscr",
    "bdxvid", "bluray", "blurayrip", "brrip", "camrip", "dd2", "dd5", "dd51", "dd7", "ddp", "ddp2", "ddp5",
    "ddp51", "ddp7", "divx", "divx5", "divx6", "dolbyd", "dsr", "dsrip", "dthrip", "dts", "dts5", "dtshd",
    "dtshdma", "dtsma", "dtsx", "dtvrip", "dualaudio", "dvb", "dvbrip", "dvd", "dvd5", "dvd9", "dvdivx",
    "dvdmux", "dvdr", "dvdremux", "dvdrip", "dvds", "dvdscr", "dvdscreener", "dvdscrs", "eac3", "eac3d",
    "flac", "flac2", "flac5", "h263", "h264", "h265", "h266", "hardsub", "hardsubs", "hd1080", "hd720",
    "hdcam", "hdcamrip", "hddvd", "hddvdrip", "hdlight", "hdr", "hdr10", "hdr10plus", "hdrip", "hdtc",
    "hdts", "hdtv", "hdtvrip", "hevc", "hevc10", "hi10", "hi10p", "hi444pp", "hsbs", "ma10p", "mhd",
    "microhd", "mkv", "mp3", "mp4", "mpeg2", "mpeg4", "msubs", "ntsc", "opus", "pdtv", "pdvd", "pdvdrip",
    "ppvrip", "predvd", "predvdrip", "r5", "r6", "remux", "satrip", "sdtv", "softsub", "softsubs",
    "subfrench", "telecine", "telesync", "truefrench", "truehd", "truehd5", "truehd7", "tvhd", "tvrip",
    "uhd", "uhdbd", "uhdrip", "uhdtv", "vc1", "vhsrip", "vodr", "vodrip", "vostfr", "vp9", "web1080p",
    "web720p", "webcap", "webdl", "webdlmux", "webdlrip", "webhd", "webhdrip", "webmux", "webrip", "webtv",
    "webtvrip", "wmvhd", "workprint", "x262", "x263", "x264", "x265", "x266", "xvid", "xvidvd",
];

/// Beginnings that make a longer word strong: `HDTVx264GRP`.
#[rustfmt::skip]
pub(super) const STRONG_STARTS: &[&str] = &[
    "bdrip", "bluray", "brrip", "divx", "dvdrip", "h264", "h265", "hdrip", "hdtv", "hevc", "pdtv", "webdl",
    "webrip", "x264", "x265", "xvid",
];

/// Sources of what was on television. Sorted.
#[rustfmt::skip]
pub(super) const TELEVISION: &[&str] = &[
    "dsr", "dsrip", "dthrip", "dtvrip", "dvb", "dvbrip", "hdtv", "hdtvrip", "pdtv", "satrip", "sdtv",
    "tvrip", "uhdtv",
];

/// Sounds whose channels follow as one or two numbers. Sorted.
#[rustfmt::skip]
pub(super) const SOUNDS: &[&str] = &[
    "aac", "aac2", "aac5", "aac7", "ac3", "atmos", "dd", "dd2", "dd5", "dd7", "ddp", "ddp2", "ddp5", "ddp7",
    "dolbyd", "dts", "dts5", "dtshd", "dtsma", "eac3", "flac", "flac2", "flac5", "hra", "lpcm", "ma",
    "opus", "pcm", "truehd", "truehd5", "truehd7",
];

/// Short things that are of the release beside something strong, however they are written. Sorted.
#[rustfmt::skip]
pub(super) const MARKS: &[&str] = &[
    "2audio", "2ch", "2in1", "3audio", "3d", "5audio", "6ch", "8ch", "amzn", "atvp", "bilingual", "brremux",
    "cbr", "colorized", "crav", "dcu", "despecialized", "dirfix", "docu", "doku", "dovi", "dsnp", "dsnyp",
    "dubbed", "eng", "engsub", "engsubs", "esub", "esubs", "extended", "fansub", "fastsub", "firetv", "ger",
    "gerdub", "hardcoded", "hebsub", "hebsubs", "hin", "hlg", "hmax", "hotstar", "hou", "hq", "hulu",
    "imax", "imbd", "internal", "ita", "itunes", "jap", "jpn", "kor", "korsub", "korsubs", "lat",
    "legendado", "ma", "mhq", "msub", "multi", "multi2", "multi3", "multi4", "multi5", "multi6",
    "multilang", "multisub", "multisubs", "nfofix", "nforce", "nlsub", "nlsubs", "nordic", "nsubs", "pcok",
    "pmtp", "proof", "rarfix", "readnfo", "remastered", "repack", "repack2", "rerip", "restored", "rus",
    "samplefix", "sbs", "spa", "subbed", "subforced", "subpack", "subs", "subtitled", "swesub", "syncfix",
    "tam", "tel", "theatrical", "ukr", "uncensored", "uncut", "unedited", "unrated", "untouched", "vff",
    "vfi", "vfq", "vhs", "vof", "vost", "vr180", "vr360", "xxx", "zee5",
];

/// The same, but words of a language unless they are written in capitals. Sorted.
#[rustfmt::skip]
pub(super) const SHOUTED_MARKS: &[&str] = &[
    "bd", "br", "cam", "chi", "cine", "cn", "cr", "cz", "dan", "dc", "dd", "ddc", "de", "dk", "dl", "dub",
    "dv", "en", "es", "fi", "fin", "fr", "fre", "fs", "gr", "hc", "hd", "hdma", "hun", "ip", "iso", "it",
    "jp", "kan", "ld", "mal", "max", "md", "mic", "ml", "nf", "nl", "nor", "om", "ou", "pal", "pl", "ppv",
    "pt", "red", "ru", "scr", "sd", "sdr", "se", "stan", "swe", "tc", "ts", "tur", "tv", "uk", "vf",
    "vfstfr", "vo", "web", "ws",
];

/// Words of titles that releases use, too. Sorted.
#[rustfmt::skip]
pub(super) const WEAK: &[&str] = &[
    "alternate", "alternative", "anniversary", "arabic", "audio", "bangla", "bengali", "bootleg",
    "brazilian", "cantonese", "castellano", "catalan", "censored", "chinese", "collection", "collector",
    "collector's", "collectors", "complete", "convert", "criterion", "custom", "cut", "czech", "danish",
    "deluxe", "digital", "director's", "directors", "dual", "dutch", "edition", "english", "español",
    "exclusive", "extras", "fan", "festival", "final", "finnish", "flemish", "french", "german", "greek",
    "gujarati", "half", "hebrew", "hindi", "hungarian", "hybrid", "icelandic", "integral", "italian",
    "japanese", "kannada", "korean", "latino", "legendas", "limited", "line", "malayalam", "mandarin",
    "marathi", "matte", "mini", "norwegian", "nuked", "only", "open", "original", "persian", "polish",
    "portuguese", "proper", "punjabi", "rated", "read", "real", "recut", "redux", "rerelease", "retail",
    "romanian", "russian", "screener", "spanish", "special", "speciale", "spéciale", "subtitles",
    "superbit", "swedish", "swissgerman", "tamil", "telugu", "thai", "turkish", "ukrainian", "ultimate",
    "unrestored", "urdu", "version", "vietnamese",
];

/// The languages among them, with their short forms. Sorted.
#[rustfmt::skip]
pub(super) const LANGUAGES: &[&str] = &[
    "arabic", "bangla", "bengali", "brazilian", "cantonese", "castellano", "catalan", "chi", "chinese",
    "czech", "dan", "danish", "dutch", "eng", "english", "esp", "español", "fin", "finnish", "flemish",
    "fr", "fre", "french", "ger", "german", "greek", "gujarati", "hebrew", "hin", "hindi", "hungarian",
    "icelandic", "ita", "italian", "jap", "japanese", "jpn", "kan", "kannada", "kor", "korean", "latino",
    "mal", "malayalam", "mandarin", "marathi", "multi", "nor", "nordic", "norwegian", "persian", "polish",
    "portuguese", "punjabi", "romanian", "ru", "rus", "russian", "spa", "spanish", "swe", "swedish", "tam",
    "tamil", "tel", "telugu", "thai", "tur", "turkish", "ukr", "ukrainian", "urdu", "vietnamese",
];

/// Words that say what kind of thing it is behind a title's last dash. Sorted.
#[rustfmt::skip]
pub(super) const GENRES: &[&str] = &[
    "action", "adventure", "animation", "anime", "cartoon", "comedy", "crime", "documentary", "drama",
    "family", "fantasy", "horror", "musical", "mystery", "romance", "scifi", "thriller", "war", "western",
];

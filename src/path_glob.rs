//! How globs for paths are meant, wherever the user writes them.

use globset::{Error, Glob, GlobBuilder};

/// `pattern`, which also stands for everything below what it fits, so that a folder can be named plainly. One without
/// a `/` fits in every folder; `*` stops at a slash, `**` does not.
///
/// # Errors
/// When it is no glob.
pub(crate) fn with_all_below(pattern: &str) -> Result<[Glob; 2], Error> {
    let anywhere = if pattern.contains('/') { "" } else { "**/" };
    let pattern = format!("{anywhere}{}", pattern.trim_end_matches('/'));
    let build = |glob: &str| GlobBuilder::new(glob).literal_separator(true).build();
    Ok([build(&pattern)?, build(&format!("{pattern}/**"))?])
}

#[cfg(test)]
mod tests {
    use globset::GlobSet;

    use super::*;

    #[test]
    fn a_folder_stands_for_all_that_is_in_it() {
        for (pattern, path, fits) in [
            ("/videos/Show", "/videos/Show/Season 1/a.mkv", true),
            ("/videos/Show/", "/videos/Show/a.mkv", true),
            ("/videos/Show", "/videos/Show 2/a.mkv", false),
            ("/videos/*", "/videos/Show/a.mkv", true),
            ("Show", "/videos/Show/a.mkv", true),
            ("*.mkv", "/videos/Show/a.mkv", true),
            ("/", "/videos/Show/a.mkv", true),
        ] {
            let globs = GlobSet::new(with_all_below(pattern).unwrap()).unwrap();
            assert_eq!(globs.is_match(path), fits, "{pattern} {path}");
        }
    }
}

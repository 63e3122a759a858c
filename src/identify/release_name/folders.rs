//! Folders that say a season, or nothing at all.

use super::numbers::{leading, ordinal, spelled};
use super::spelled::is_season_word;
use super::tokens::Name;

/// Folders that a disc's content or a part of a movie lies in.
pub(crate) fn is_disc_folder(name: &str) -> bool {
    let lower = name.to_lowercase();
    let part = ["cd", "disc", "disk", "dvd"]
        .iter()
        .any(|word| lower.strip_prefix(word).is_some_and(|rest| rest.trim().parse::<u8>().is_ok()));
    part || matches!(lower.as_str(), "video_ts" | "bdmv" | "stream" | "subs" | "sample")
}

/// The season of a folder that is named by nothing else: `Season 2`, `S02`, `Staffel 2`, `2nd Season`, `Specials`,
/// `Season 2 (2016)`, and a year alone only where `years` allows it.
pub(super) fn season(name: &Name<'_>) -> Option<u32> {
    let tokens = &name.tokens;
    let lower = tokens.first()?.lower();
    if tokens.len() == 1
        && matches!(lower, "specials" | "special" | "sp" | "sps" | "ova" | "ovas" | "extras" | "spéciaux")
    {
        return (!matches!(lower, "extras" | "sp" | "ova")).then_some(0);
    }
    // What stands behind the season must be no title: years, brackets, release words.
    let bare_after = |from: usize| {
        tokens[from..].iter().all(|token| {
            token.group.is_some() || token.class != super::words::Class::Plain || token.after_lone_dash()
        })
    };
    let found = super::spelled::season(name, 0).filter(|found| found.first == 0 && bare_after(found.next));
    if let Some(found) = found {
        return Some(found.season);
    }
    // `Series 2`, `Book 3`, `Cour 2`
    let counted = matches!(lower, "series" | "book" | "volume" | "vol" | "disc" | "part" | "cour" | "arc");
    if counted && tokens.len() == 2 && matches!(lower, "series" | "cour" | "book") {
        let second = tokens.get(1)?;
        return second.number().filter(|&season| season < 100).or_else(|| spelled(second.lower()));
    }
    if tokens.len() == 2 && is_season_word(tokens.get(1)?.lower()) {
        return ordinal(lower).or_else(|| tokens.first()?.number());
    }
    if tokens.len() == 1 {
        // `01` in a series' folder
        let (season, width, rest) = leading(tokens.first()?.text, 2)?;
        return (rest.is_empty() && width == 2 && season > 0 && season < 40).then_some(season);
    }
    None
}

//! `Season 1 Episode 2`, `Staffel 1 Folge 2`, `Cap.102`, `Ep 7`, `E07`, `7. Bölüm`: numbers with a word for them.

use super::cjk;
use super::episodes::{Style, more};
use super::numbers::{Form, Numbers, leading, ordinal, spelled};
use super::tokens::Name;
use super::words::Class;

/// Words for a season. Sorted.
#[rustfmt::skip]
const SEASONS: &[&str] = &[
    "evad", "kausi", "saison", "season", "seasons", "seizoen", "sesong", "sezon", "sezona", "sezonul",
    "staffel", "stagione", "säsong", "sæson", "série", "tem", "temp", "temporada", "évad", "сезон",
    "сезони", "сезоны",
];
/// Words for an episode. Sorted.
#[rustfmt::skip]
const EPISODES: &[&str] = &[
    "afl", "aflevering", "afsnit", "avsnitt", "bolum", "bölüm", "cap", "capitolo", "capitulo", "capítulo",
    "dil", "díl", "e", "ep", "epi", "epis", "episode", "episoden", "episodes", "episodi", "episodio",
    "episodios", "episodul", "episódio", "epizod", "epizoda", "eps", "folge", "folgen", "jakso", "odc",
    "odcinek", "osa", "rész", "tập", "выпуск", "епізод", "сер", "серии", "серия", "серія", "эпизод",
];

pub(super) fn is_season_word(lower: &str) -> bool {
    SEASONS.binary_search(&lower).is_ok()
}

pub(super) fn is_episode_word(lower: &str) -> bool {
    EPISODES.binary_search(&lower).is_ok()
}

/// A season, with the words that say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Season {
    pub(super) first: usize,
    pub(super) next: usize,
    pub(super) season: u32,
}

/// Season and episode with a word for each, wherever they stand; or one of both.
pub(super) fn find(name: &Name<'_>, from: usize) -> Option<Numbers> {
    let season = season(name, from);
    let episode = episode(name, from, season.as_ref());
    match (season, episode) {
        (Some(season), Some(episode)) => {
            let inner = (episode.next < season.first).then_some((episode.next, season.first));
            let earliest = (from..season.first)
                .find_map(|index| episode_at(name, index))
                .map_or(season.first, |other| other.first);
            let (first, next) =
                (earliest.min(season.first).min(episode.first), season.next.max(episode.next));
            let together = Numbers { first, next, form: Form::Full, inner, ..episode };
            let season = together.season.unwrap_or(season.season);
            Some(together.with_season(Some(season)))
        }
        (None, Some(episode)) => Some(episode),
        (Some(season), None) => {
            Some(Numbers::new(Form::Season, season.first, season.next).with_season(Some(season.season)))
        }
        (None, None) => None,
    }
}

/// The first season that is said from the word `from` on.
pub(super) fn season(name: &Name<'_>, from: usize) -> Option<Season> {
    (from..name.tokens.len()).find_map(|index| season_at(name, index))
}

fn season_at(name: &Name<'_>, index: usize) -> Option<Season> {
    let token = name.tokens.get(index)?;
    let lower = token.lower();
    let found = |first: usize, next: usize, season: u32| Some(Season { first, next, season });
    if let Some(season) = cjk::season(token.text) {
        return found(index, index + 1, season);
    }
    let next = name.tokens.get(index + 1).filter(|next| next.is_near());
    if is_season_word(lower) {
        let number = next
            .filter(|next| !next.after_lone_dash())
            .and_then(|next| next.number().or_else(|| spelled(next.lower())));
        if let Some(season) = number.filter(|&season| season < 100 || is_year(season)) {
            return found(index, index + 2, season);
        }
    }
    // `2nd Season`, `2. Staffel`, `Second Season`
    if next.is_some_and(|next| is_season_word(next.lower())) {
        let before =
            token.number().filter(|&number| (1..100).contains(&number) && !is_shadowed(name, index + 1));
        if let Some(season) = ordinal(lower).or(before) {
            return found(index, index + 2, season);
        }
    }
    // `Se.3 afl.4`, `S 1 - Ep 2`: too short a word for a season unless an episode follows.
    if matches!(lower, "s" | "se" | "ser" | "series" | "book" | "с")
        && let Some(season) = next.and_then(|next| next.number()).filter(|&season| season < 100)
        && name
            .tokens
            .get(index + 2)
            .is_some_and(|after| after.gap.len() <= 3 && episode_at(name, index + 2).is_some())
    {
        return found(index, index + 2, season);
    }
    // `S2`, `Season2`, `Staffel04`
    let digits = lower.find(|char: char| char.is_ascii_digit())?;
    let (word, rest) = lower.split_at(digits);
    let letter = matches!(word, "s" | "t" | "се" | "с" | "se");
    let (season, width, rest) = leading(rest, 4)?;
    let plain = rest.is_empty() && (season < 100 || is_year(season));
    let alone = |index: usize| !name.gap_after(index).starts_with(['\'', '’']);
    if (letter && word != "t" && plain && width <= 4 && alone(index)) || (is_season_word(word) && plain) {
        return found(index, index + 1, season);
    }
    None
}

fn is_year(season: u32) -> bool {
    (1900..2100).contains(&season)
}

/// The first episode that is said, with a shorter word allowed where a season stands before it.
fn episode(name: &Name<'_>, from: usize, season: Option<&Season>) -> Option<Numbers> {
    // `Season 2 Chapter 5`: a chapter is an episode only of a season.
    let chapter = season.and_then(|season| {
        let word = name.tokens.get(season.next).filter(|word| word.lower() == "chapter")?;
        let number = name.tokens.get(season.next + 1).filter(|number| number.is_near() && word.is_near())?;
        let number = number.number().or_else(|| spelled(number.lower()))?;
        Some(Numbers::new(Form::Episode, season.next, season.next + 2).with_episodes(vec![number]))
    });
    let behind = chapter.or_else(|| {
        season.and_then(|season| (season.next..name.tokens.len()).find_map(|index| episode_at(name, index)))
    });
    behind.or_else(|| (from..name.tokens.len()).find_map(|index| episode_at(name, index)))
}

fn episode_at(name: &Name<'_>, index: usize) -> Option<Numbers> {
    let token = name.tokens.get(index)?;
    let lower = token.lower();
    let found = |next: usize, mut episodes: Vec<u32>| {
        let next = more(name, next, &mut episodes, Style::Word);
        Some(Numbers::new(Form::Episode, index, next).with_episodes(episodes))
    };
    if token.class == Class::Strong {
        return None;
    }
    if let Some((season, episodes)) = cjk::episode(token.text) {
        return found(index + 1, episodes).map(|found| found.with_season(season));
    }
    let next = name.tokens.get(index + 1).filter(|next| next.is_near() || next.gap.trim_end() == ".");
    if is_episode_word(lower)
        && let Some(next) = next
    {
        // `cap.102`
        if matches!(lower, "cap" | "capitulo" | "capítulo")
            && next.class == Class::Number
            && next.text.len() >= 3
        {
            return hundreds(name, index, index + 1);
        }
        if let Some((number, width, rest)) = leading(next.text, 5) {
            let whole = rest.is_empty() || rest.starts_with(['v', 'V']) || rest.len() == 1;
            // A lone `e` is too short a word for a number that does not stand right behind it.
            let initial = index > 0 && token.gap == "." && name.tokens[index - 1].text.chars().count() == 1;
            let year = super::years::plausible(next.text).is_some_and(|year| year >= 1900);
            let near =
                lower != "e" || (width > 1 && matches!(next.gap, "." | " " | "_") && !initial && !year);
            if whole && near {
                return found(index + 2, vec![number]);
            }
        }
        if lower.len() > 3
            && let Some(number) = spelled(next.lower())
        {
            return found(index + 2, vec![number]);
        }
    }
    // `60. Bölüm`, `05 серия`
    if let (Some(number), Some(word)) = (leading(token.text, 4), next)
        && number.2.is_empty()
        && word.lower().len() > 2
        && !matches!(word.lower(), "episodes" | "episoden" | "folgen" | "cap" | "eps" | "epi")
        && (word.gap.starts_with('.')
            || !word.lower().is_ascii()
            || matches!(word.lower(), "bolum" | "osa" | "aflevering" | "jakso"))
        && is_episode_word(word.lower())
        && !is_shadowed(name, index + 1)
    {
        // `1-3 серии`
        let before = index
            .checked_sub(1)
            .filter(|_| token.after_tight_dash())
            .and_then(|before| name.tokens[before].number());
        let mut range: Vec<u32> = before.into_iter().collect();
        if super::numbers::extend_to(&mut range, number.0) {
            return found(index + 2, range).map(|found| Numbers { first: index - 1, ..found });
        }
        return found(index + 2, vec![number.0]);
    }
    // `Ep07`, `E07`, `Folge7`, `Cap102`
    let digits = lower.find(|char: char| char.is_ascii_digit()).filter(|&digits| digits > 0)?;
    let (word, number) = lower.split_at(digits);
    if matches!(word, "cap" | "capitulo" | "capítulo") && number.len() >= 3 {
        return hundreds(name, index, index);
    }
    let (number, width, rest) = leading(number, 5)?;
    let version = rest.strip_prefix('v').is_some_and(|rest| rest.len() == 1);
    let whole = rest.is_empty() || version || (rest.len() == 1 && width > 1);
    let long = word != "e"
        || width > 1
        || (token.text.starts_with('E') && index > 0 && matches!(token.gap, "." | " " | "_" | " - "));
    (is_episode_word(word) && whole && long).then(|| found(index + 1, vec![number])).flatten()
}

/// Whether the word at `index` has a number of its own behind it.
fn is_shadowed(name: &Name<'_>, index: usize) -> bool {
    // `1 сезон 5 серия`: the number behind it belongs to the next word.
    let word = |index: usize| {
        name.tokens
            .get(index)
            .is_some_and(|word| is_episode_word(word.lower()) || is_season_word(word.lower()))
    };
    let number = |index: usize| {
        name.tokens.get(index).is_some_and(|number| number.is_near() && number.number().is_some())
    };
    if word(index + 2) && !number(index + 3) {
        return false;
    }
    name.tokens
        .get(index + 1)
        .is_some_and(|next| next.is_near() && next.class == Class::Number && next.text.len() <= 3)
}

/// `Cap.102`, `Cap.102_104`: the season stands before the last two digits.
fn hundreds(name: &Name<'_>, first: usize, at: usize) -> Option<Numbers> {
    let number = |index: usize| {
        let text = name.tokens.get(index)?.text;
        super::words::digits(text.trim_start_matches(|char: char| char.is_alphabetic()))
    };
    let value = number(at)?;
    let season = value / 100;
    let mut episodes = vec![value % 100];
    let mut next = at + 1;
    if let Some(last) = number(next).filter(|last| last / 100 == season)
        && name.tokens.get(next).is_some_and(|token| matches!(token.gap, "_" | "-" | " - " | "-cap." | " a "))
        && super::numbers::extend_to(&mut episodes, last % 100)
    {
        next += 1;
    }
    Some(Numbers::new(Form::Full, first, next).with_season(Some(season)).with_episodes(episodes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        for table in [SEASONS, EPISODES] {
            for pair in table.windows(2) {
                assert!(pair[0] < pair[1], "{} stands before {}", pair[0], pair[1]);
            }
        }
    }
}

//! Names that are nothing but brackets: `[group][title][07][1080p]`.

use super::cjk;
use super::numbers::{Form, Numbers, leading, ordinal};
use super::tokens::{Group, Name};
use super::words::Class;
use super::years;

/// What the brackets say.
#[derive(Debug)]
pub(super) struct Blocks {
    /// The words of the title and of what else may be it, the likeliest first, as tokens' ranges.
    pub(super) titles: Vec<(usize, usize)>,
    pub(super) numbers: Option<Numbers>,
    pub(super) year: Option<u16>,
}

/// Reads a name of brackets; `None` when words of a title stand outside of them.
pub(super) fn read(name: &Name<'_>) -> Option<Blocks> {
    let groups = ranges(name);
    let first_number =
        groups.iter().position(|&(from, to, group)| is_square(group) && number(name, from, to).is_some());
    let first_release = groups.iter().position(|&(from, to, _)| is_release(name, from, to));
    let end = first_number.or(first_release)?;
    let until = groups.get(end).map_or(name.tokens.len(), |&(from, ..)| from);
    let outside =
        name.tokens[..until].iter().any(|token| token.group.is_none() && !token.text.contains("新番"));
    if outside || end == 0 {
        return None;
    }
    let mut year = None;
    let mut titles: Vec<(usize, usize, bool, bool)> = Vec::new();
    for &(from, to, group) in &groups[..end] {
        let only = (to == from + 1).then(|| years::plausible(name.tokens[from].text)).flatten();
        if only.is_some() {
            year = only;
        } else if !is_release(name, from, to) && is_square(group) {
            let text = &name.text[name.tokens[from].start..name.tokens[to - 1].end()];
            let latin = text.chars().filter(char::is_ascii_alphabetic).count() >= 2;
            titles.push((from, to, latin, text.chars().any(cjk::is_cjk)));
        }
    }
    // The first names the group, unless there is no other.
    if titles.len() > 1 {
        titles.remove(0);
    }
    titles.sort_by_key(|&(.., latin, _)| !latin);
    let numbers = first_number.and_then(|at| {
        let (from, to, _) = groups[at];
        let mut found = number(name, from, to)?;
        for &(from, to, _) in groups[at + 1..].iter().take(2) {
            found.absolute.extend(running_total(name, from, to));
        }
        Some(found)
    });
    if titles.is_empty() {
        return None;
    }
    Some(Blocks { titles: titles.into_iter().map(|(from, to, ..)| (from, to)).collect(), numbers, year })
}

fn is_square(group: Group) -> bool {
    matches!(group.open, '[' | '【' | '［')
}

fn ranges(name: &Name<'_>) -> Vec<(usize, usize, Group)> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < name.tokens.len() {
        let to = name.group_end(from).max(from + 1);
        if let Some(group) = name.group_of(from) {
            found.push((from, to, group));
        } else if to == from + 1
            && !found.is_empty()
            && name.tokens[from].text.len() > 1
            && name.tokens[from].number().is_some()
        {
            // `[group][title] 07 [720p]`
            let token = &name.tokens[from];
            found.push((from, to, Group { open: '[', start: token.start, end: token.end() }));
        }
        from = to;
    }
    found
}

/// Whether everything in the brackets is of the release.
fn is_release(name: &Name<'_>, from: usize, to: usize) -> bool {
    let tokens = &name.tokens[from..to];
    let strong = tokens.iter().any(|token| token.class == Class::Strong);
    let plain = tokens.iter().filter(|token| token.class == Class::Plain).count();
    let genre = to == from + 1
        && matches!(
            tokens[0].lower(),
            "国漫" | "國漫" | "tv" | "bd" | "动漫" | "動漫" | "big5" | "gb" | "chs" | "cht"
        );
    (strong && plain * 2 <= tokens.len()) || genre
}

/// The number in brackets of its own.
fn number(name: &Name<'_>, from: usize, to: usize) -> Option<Numbers> {
    let tokens = &name.tokens[from..to];
    let first = tokens.first()?;
    if tokens.len() > 4 || first.class == Class::Strong {
        return None;
    }
    // `[4th - 01]`, `[S2 - 01]`
    if let [season, episode] = tokens
        && episode.class == Class::Number
    {
        let season = ordinal(season.lower()).or_else(|| {
            let (season, _, rest) = leading(season.lower().strip_prefix('s')?, 2)?;
            rest.is_empty().then_some(season)
        });
        if let Some(season) = season {
            let episodes = vec![episode.number()?];
            return Some(
                Numbers::new(Form::Full, from, to).with_season(Some(season)).with_episodes(episodes),
            );
        }
    }
    if let Some(full) = super::episodes::find(name, from, from + 1) {
        return Some(full);
    }
    if let Some((season, episodes)) = cjk::episode(first.text) {
        return Some(Numbers::new(Form::Episode, from, to).with_season(season).with_episodes(episodes));
    }
    let word = super::spelled::is_episode_word(first.lower()) || first.lower().starts_with("ep");
    let (number, _, rest) = if word {
        let digits = first.lower().find(|char: char| char.is_ascii_digit());
        match digits {
            Some(at) => leading(&first.text[at..], 4)?,
            None => leading(tokens.get(1)?.text, 4)?,
        }
    } else {
        leading(first.text, 4)?
    };
    let rest = rest.to_lowercase();
    let ended = rest.is_empty()
        || rest.starts_with('v')
        || matches!(rest.as_str(), "end" | "fin" | "完" | "话" | "話" | "集" | "完结" | "完結");
    let year = first.text.len() == 4 && years::plausible(first.text).is_some_and(|year| year >= 1900);
    if !ended || year {
        return None;
    }
    let mut absolute = vec![number];
    for token in &tokens[1..] {
        let last = token.number();
        if let Some(last) = last.filter(|_| matches!(token.gap, "-" | "~" | " - " | "～" | "_")) {
            super::numbers::extend_to(&mut absolute, last);
        } else if !matches!(token.lower(), "end" | "fin" | "完" | "v2" | "v3" | "合集" | "sp" | "ova")
            && !word
        {
            return None;
        }
    }
    Some(Numbers::new(Form::Apart, from, to).with_absolute(absolute))
}

/// `[总第67]`: the number through all seasons.
fn running_total(name: &Name<'_>, from: usize, to: usize) -> Option<u32> {
    if to != from + 1 {
        return None;
    }
    let rest = name.tokens[from].text.strip_prefix(['总', '總'])?;
    leading(rest.trim_start_matches('第'), 4).map(|(number, ..)| number)
}

//! `S01E02` and `1x02` with all their lists and ranges.

use super::numbers::{self, Form, Numbers, add, extend_to, leading};
use super::tokens::{Name, Token, is_dash};
use super::words::Class;

/// The first mark that has season and episode together, from the word `from` up to `to`.
pub(super) fn find(name: &Name<'_>, from: usize, to: usize) -> Option<Numbers> {
    (from..to.min(name.tokens.len())).find_map(|index| at(name, index))
}

/// What the numbers after an episode's may be written like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `S01E02`.
    Season(u32),
    /// `1x02`.
    Cross(u32),
    /// `Episode 2`.
    Word,
    /// `Part 2`.
    Part,
}

fn at(name: &Name<'_>, index: usize) -> Option<Numbers> {
    let token = name.tokens.get(index)?;
    let lower = token.lower();
    let full = |season: u32, mut episodes: Vec<u32>, style: Style, next: usize| {
        let next = more(name, next, &mut episodes, style);
        Some(Numbers::new(Form::Full, index, next).with_season(Some(season)).with_episodes(episodes))
    };
    if token.class == Class::Strong {
        return None;
    }
    // `5.1x2` is a sound's.
    let decimal = token.gap == "."
        && index > 0
        && name.tokens[index - 1].class == Class::Strong
        && name.tokens[index - 1].number().is_some();
    if let Some((season, episodes)) = cross(lower).filter(|_| !decimal && !is_sound(name, index)) {
        return full(season, episodes, Style::Cross(season), index + 1);
    }
    if let Some((season, episode)) = dotted(name, index) {
        return Some(
            Numbers::new(Form::Full, index, index + 2).with_season(Some(season)).with_episodes(vec![episode]),
        );
    }
    // `S0102`
    if let Some(digits) = lower.strip_prefix('s').filter(|digits| digits.len() == 4)
        && let Some(number) =
            super::words::digits(digits).filter(|number| !(1900..2100).contains(number) && number % 100 > 0)
    {
        return full(number / 100, vec![number % 100], Style::Season(number / 100), index + 1);
    }
    if let Some(at) = glued(token) {
        let (season, rest) = season_letter(&lower[at..])?;
        return full(season, episode_letters(rest)?, Style::Season(season), index + 1);
    }
    let (season, rest) = season_letter(lower)?;
    if let Some(episodes) = episode_letters(rest) {
        return full(season, episodes, Style::Season(season), index + 1);
    }
    if !rest.is_empty() || lower.starts_with('t') {
        return None;
    }
    // `S01 E02`, `S01.Ep02`, `S01-x02`, `S01.02`
    let next = name.tokens.get(index + 1).filter(|next| next.is_near() || is_open_gap(next))?;
    if let Some(episodes) = episode_letters(next.lower()) {
        return full(season, episodes, Style::Season(season), index + 2);
    }
    if is_episode_word(next.lower())
        && let Some(number) = name.tokens.get(index + 2).filter(|after| after.is_near())
        && let Some((episode, _, _)) = leading(number.text, 5)
    {
        return full(season, vec![episode], Style::Season(season), index + 3);
    }
    let bare = next.class == Class::Number && (2..=3).contains(&next.text.len());
    if bare && matches!(next.gap, "." | "_" | "-") && !is_decimal(name, index + 1) {
        return full(season, vec![next.number()?], Style::Season(season), index + 2);
    }
    None
}

/// Where `S01E02` begins in a word that has the title, too: `TitleS01E02`.
pub(super) fn glued(token: &Token<'_>) -> Option<usize> {
    let (lower, text) = (token.lower().as_bytes(), token.text.as_bytes());
    if lower.len() != text.len() || lower.len() < 8 {
        return None;
    }
    let digit = |at: usize| lower.get(at).is_some_and(u8::is_ascii_digit);
    let at = (2..lower.len() - 5).find(|&at| {
        lower[at] == b's'
            && digit(at + 1)
            && digit(at + 2)
            && lower[at + 3] == b'e'
            && digit(at + 4)
            && digit(at + 5)
    })?;
    (token.text.is_ascii()).then_some(at)
}

/// Whether the word at `index` goes on behind a lone digit and a dot, and a word of the release before that.
fn is_sound(name: &Name<'_>, index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| name.tokens.get(before));
    name.tokens[index].gap == "."
        && before.is_some_and(|before| before.text.len() == 1 && before.number().is_some())
        && index > 1
        && name.tokens[..index].iter().any(|token| token.class == Class::Strong)
}

/// `[2.10]`: season and episode alone in brackets.
fn dotted(name: &Name<'_>, index: usize) -> Option<(u32, u32)> {
    let (one, two) = (name.tokens.get(index)?, name.tokens.get(index + 1)?);
    let group = one.group.filter(|_| two.group == one.group && two.gap == "." && index > 0)?;
    let alone = name.group_end(index) == index + 2 && name.tokens[index - 1].group != Some(group);
    let season = one.number().filter(|_| one.text.len() <= 2 && alone)?;
    Some((season, two.number().filter(|_| two.text.len() == 2)?))
}

fn is_open_gap(token: &Token<'_>) -> bool {
    token.gap.len() <= 4 && token.gap.chars().all(|char| "[]() _-.,".contains(char))
}

/// Whether the number at `index` goes on behind a dot: `5.1`.
fn is_decimal(name: &Name<'_>, index: usize) -> bool {
    name.tokens
        .get(index + 1)
        .is_some_and(|next| next.gap == "." && next.class == Class::Number && next.text.len() == 1)
}

/// `s01` and what follows it in the word.
fn season_letter(lower: &str) -> Option<(u32, &str)> {
    let rest = lower.strip_prefix(['s', 't', 'с'])?;
    let (season, _, rest) = leading(rest, 4)?;
    Some((season, rest))
}

/// `e01e02`, `ep01`, `x02x03`: the episodes of the rest of a word.
fn episode_letters(text: &str) -> Option<Vec<u32>> {
    let (episode, mut rest) = one_episode(text)?;
    let mut episodes = vec![episode];
    while let Some((episode, after)) = one_episode(rest) {
        add(&mut episodes, episode);
        rest = after;
    }
    // `e01to05`
    if let Some((last, _, _)) =
        rest.strip_prefix("to").and_then(|rest| leading(rest.trim_start_matches('e'), 4))
    {
        extend_to(&mut episodes, last);
    }
    Some(episodes)
}

fn one_episode(text: &str) -> Option<(u32, &str)> {
    const LETTERS: [&str; 11] = ["episode", "episodio", "folge", "eps", "ep", "xe", "e", "x", "х", "е", "э"];
    let rest = LETTERS.iter().find_map(|letters| {
        text.strip_prefix(letters).filter(|rest| rest.starts_with(|char: char| char.is_ascii_digit()))
    })?;
    let (episode, _, rest) = leading(rest, 5)?;
    Some((episode, rest))
}

/// `1x02`, `1x02x03`, not a size of a picture.
fn cross(lower: &str) -> Option<(u32, Vec<u32>)> {
    const TIMES: [char; 3] = ['x', 'х', '×'];
    let (season, width, rest) = leading(lower, 4)?;
    let (episode, len, mut rest) = leading(rest.strip_prefix(TIMES)?, 4)?;
    let plain = (1..=2).contains(&width) || (width == 4 && (1900..2100).contains(&season) && len <= 2);
    if !plain || (len == 4 && width == 1) {
        return None;
    }
    let mut episodes = vec![episode];
    while let Some((episode, _, after)) = rest.strip_prefix(TIMES).and_then(|rest| leading(rest, 4)) {
        add(&mut episodes, episode);
        rest = after;
    }
    // `1x02v2`, `1x02a`: anything longer is another word.
    let version = rest.strip_prefix('v').is_some_and(|rest| rest.len() == 1);
    (rest.len() <= 1 || version).then_some((season, episodes))
}

pub(super) fn is_episode_word(lower: &str) -> bool {
    super::spelled::is_episode_word(lower)
}

/// Reads on behind an episode's number, as long as episodes follow; the word where that ends.
pub(super) fn more(name: &Name<'_>, mut next: usize, episodes: &mut Vec<u32>, style: Style) -> usize {
    while let Some(after) = one_more(name, next, episodes, style) {
        next = after;
    }
    episodes.dedup();
    // `of 24`
    if let (Some(of), Some(total)) = (name.tokens.get(next), name.tokens.get(next + 1))
        && matches!(of.lower(), "of" | "di" | "de" | "von" | "из" | "van" | "av" | "z")
        && of.is_near()
        && total.number().is_some_and(|total| episodes.last().is_some_and(|&last| last <= total))
    {
        return next + 2;
    }
    next
}

fn one_more(name: &Name<'_>, next: usize, episodes: &mut Vec<u32>, style: Style) -> Option<usize> {
    let token = name.tokens.get(next)?;
    let last = *episodes.last()?;
    if episodes.len() > numbers::MOST_EPISODES as usize || token.gap.contains(['/', '|']) {
        return None;
    }
    if token.gap.contains(super::tokens::is_bracket) {
        // `[1x01] [1x02]`
        let fits = token.gap.len() <= 4
            && !matches!(style, Style::Word | Style::Part)
            && cross(token.lower()).is_some() | token.lower().starts_with('s');
        let (number, after) = marked(name, next, style).filter(|_| fits)?;
        add(episodes, number);
        return Some(after);
    }
    let joined = token.gap.contains(['+', '&', ',', ';']);
    let dash = token.gap.contains(is_dash) || token.gap.contains('~');
    if !joined && !dash && !token.is_near() && !token.gap.is_empty() {
        return None;
    }
    // `to`, `and` and their like in other languages
    let range_word = matches!(
        token.lower(),
        "to" | "bis" | "à" | "a" | "au" | "till" | "through" | "thru" | "до" | "do" | "al" | "tot" | "til"
    );
    let list_word = matches!(
        token.lower(),
        "and" | "en" | "et" | "und" | "y" | "e" | "i" | "и" | "og" | "och" | "ja" | "ve"
    );
    if range_word || list_word {
        let said = marked(name, next + 1, style);
        let (number, after) = said.or_else(|| Some((plain(name.tokens.get(next + 1)?)?, next + 2)))?;
        let near = name.tokens.get(next + 1)?.is_near();
        let sure = style == Style::Word || style == Style::Part || number == last + 1 || said.is_some();
        if !near || !sure || number <= last || number - last > 50 {
            return None;
        }
        if range_word {
            extend_to(episodes, number).then_some(())?;
        } else {
            add(episodes, number);
        }
        return Some(after);
    }
    if let Some((number, after)) = marked(name, next, style) {
        // `S02E01.eps2`: a lone digit far off is a word of the episode's title.
        let digits = token.text.bytes().filter(u8::is_ascii_digit).count();
        if !dash && !joined && !token.gap.is_empty() && digits < 2 && after == next + 1 {
            return None;
        }
        if dash && !joined {
            if !extend_to(episodes, number) {
                return None;
            }
        } else {
            add(episodes, number);
        }
        // `e03e04` in one word
        if let Some(more) = episode_letters(token.lower()) {
            more.into_iter().skip(1).for_each(|episode| add(episodes, episode));
        }
        return Some(after);
    }
    let number = plain(token)?;
    let ends = |index: usize| {
        name.tokens.get(index).is_none_or(|after| {
            after.class == Class::Strong
                || after.class == Class::Mark
                || after.after_lone_dash()
                || after.after_bracket()
        })
    };
    if token.after_tight_dash() || token.gap == "~" || (token.gap.contains('~') && style == Style::Word) {
        return extend_to(episodes, number).then_some(next + 1);
    }
    if joined {
        let follows = number > last && number - last <= 20;
        follows.then(|| add(episodes, number))?;
        return Some(next + 1);
    }
    if dash {
        let range = number == last + 1 || (style == Style::Word && token.text.len() > 1 && number > last);
        return (range && ends(next + 1) && extend_to(episodes, number)).then_some(next + 1);
    }
    let same_width = token.text.len() >= 2;
    let listed = number == last + 1 && same_width && ends(next + 1) && style != Style::Part;
    listed.then(|| add(episodes, number))?;
    Some(next + 1)
}

fn plain(token: &Token<'_>) -> Option<u32> {
    let (number, _, rest) = leading(token.text, 4)?;
    let version = rest.strip_prefix(['v', 'V']).is_some_and(|rest| rest.len() == 1);
    (rest.is_empty() || version).then_some(number)
}

/// A number with its mark: `E03`, `S01E03` of the same season, `1x03`, `x03`, `Part 2`.
fn marked(name: &Name<'_>, index: usize, style: Style) -> Option<(u32, usize)> {
    let token = name.tokens.get(index)?;
    let lower = token.lower();
    let season = match style {
        Style::Season(season) | Style::Cross(season) => Some(season),
        Style::Word | Style::Part => None,
    };
    if token.class == Class::Strong {
        return None;
    }
    if style == Style::Part {
        let number = name.tokens.get(index + 1).filter(|next| next.is_near())?;
        let part = matches!(lower, "part" | "pt" | "parts") || super::spelled::is_episode_word(lower);
        return part
            .then(|| number.number().or_else(|| numbers::spelled(number.lower())))
            .flatten()
            .map(|number| (number, index + 2));
    }
    // `eps2.0` is how one series names its episodes.
    let named = season.is_some() && lower.starts_with("eps");
    if let Some((number, _)) = one_episode(lower).filter(|_| !named) {
        return Some((number, index + 1));
    }
    if let (Some(season), Some((also, episodes))) = (season, cross(lower)) {
        return (also == season).then_some((*episodes.first()?, index + 1));
    }
    if let (Some(season), Some((also, rest))) = (season, season_letter(lower))
        && also == season
    {
        if let Some((number, _)) = one_episode(rest) {
            return Some((number, index + 1));
        }
        let next = name.tokens.get(index + 1).filter(|next| rest.is_empty() && next.is_near())?;
        return one_episode(next.lower()).map(|(number, _)| (number, index + 2));
    }
    if super::spelled::is_episode_word(lower) {
        let number = name.tokens.get(index + 1).filter(|next| next.is_near())?;
        let short = style == Style::Word || matches!(lower, "e" | "ep" | "episode");
        return plain(number).filter(|_| short).map(|number| (number, index + 2));
    }
    None
}

//! Numbers without a word for them: ` - 05`, `[05]`, `Title 05`, `Title.103.HDTV`, `05 - Name`.

use super::numbers::{Form, Numbers, extend_to, leading};
use super::tokens::{Name, Token};
use super::words::Class;
use super::years;

/// What is known of the name that a bare number stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    /// The first word of the title.
    pub(super) from: usize,
    /// The first word that no title has.
    pub(super) strong: usize,
    /// A fansub group stands before the name.
    pub(super) grouped: bool,
    /// It was recorded from television.
    pub(super) television: bool,
    /// The word that is the name's year.
    pub(super) year: Option<usize>,
}

/// The bare number that is most likely an episode's.
pub(super) fn find(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    apart(name, scene)
        .or_else(|| extra(name, scene))
        .or_else(|| bracketed(name, scene))
        .or_else(|| if scene.grouped { last_of_fansub(name, scene) } else { None })
        .or_else(|| leading_number(name, scene))
        .or_else(|| pair(name, scene))
        .or_else(|| compact(name, scene))
        .or_else(|| two_digits(name, scene))
}

/// A number of an episode in one word: `07`, `07v2`, `12END`, `13完`, `#7`; with its width and whether it says that it
/// is one.
fn number_in(token: &Token<'_>) -> Option<(u32, usize, bool)> {
    let (number, width, rest) = leading(token.text, 4)?;
    let lower = rest.to_lowercase();
    let version = lower
        .strip_prefix('v')
        .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()));
    let said = version
        || matches!(
            lower.as_str(),
            "end" | "fin" | "完" | "final" | "話" | "话" | "集" | "回" | "화" | "完结" | "完結"
        );
    (lower.is_empty() || said || (lower.len() == 1 && matches!(lower.as_str(), "a" | "b" | "c") && width > 1))
        .then_some((number, width, said))
}

/// The episodes at `index` and behind it, with the word where they end.
pub(super) fn numbers_at(name: &Name<'_>, index: usize) -> Option<(Vec<u32>, usize)> {
    let (number, width, _) = number_in(name.tokens.get(index)?)?;
    let mut episodes = vec![number];
    let mut next = index + 1;
    while let Some(token) = name.tokens.get(next) {
        let Some((last, last_width, _)) = number_in(token) else { break };
        let range = matches!(token.gap, "-" | "~" | " ~ " | "～" | "_-_" | "–")
            || (token.gap == " - " && last_width == width && is_alone_after(name, next));
        let list = matches!(token.gap, "+" | "&" | " + " | " & " | ", " | ",");
        // `24-7` is a name.
        let wide = last_width >= width && (width > 1 || last_width > 1 || last == number + 1);
        if range && wide && extend_to(&mut episodes, last) {
            next += 1;
        } else if list && last > number && last - number <= 20 {
            super::numbers::add(&mut episodes, last);
            next += 1;
        } else {
            break;
        }
    }
    // `17.5`: between two episodes.
    if let Some(token) = name.tokens.get(next)
        && token.gap == "."
        && token.text == "5"
        && width > 1
    {
        next += 1;
    }
    Some((episodes, next))
}

/// Whether nothing of a title follows the word at `index`.
fn is_alone_after(name: &Name<'_>, index: usize) -> bool {
    name.tokens.get(index + 1).is_none_or(|next| {
        next.class == Class::Strong
            || next.class == Class::Mark
            || next.after_lone_dash()
            || next.after_bracket()
            || matches!(next.lower(), "end" | "fin" | "final" | "v2" | "v3")
            || next.gap.contains(['~', '|', '「', '"', '“', ':'])
    })
}

/// ` - 05`
fn apart(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    let found = |index: usize| {
        let token = &name.tokens[index];
        let (_, width, said) = number_in(token)?;
        let year = width == 4 && years::plausible(token.text).is_some_and(|year| year >= 1900);
        if token.class == Class::Strong || Some(index) == scene.year || (year && !said) {
            return None;
        }
        numbers_at(name, index)
    };
    let dashed = |index: &usize| {
        let token = &name.tokens[*index];
        let lone = token.after_lone_dash()
            || token.gap.ends_with(['#', '№'])
            || (token.gap.contains(super::tokens::is_dash) && token.gap.len() > 1 && token.after_bracket());
        lone && token.group.is_none()
    };
    let movie = scene.year.is_some_and(|year| name.group_of(year).is_none_or(|group| group.start > 0))
        && !scene.grouped;
    let numbers = |index: usize, (episodes, next): (Vec<u32>, usize)| {
        Numbers::new(Form::Apart, index, next).with_absolute(episodes)
    };
    let candidates = || (scene.from + 1..scene.strong.min(name.tokens.len())).filter(dashed);
    let behind = || {
        // Behind a release word in brackets: `Title (DVD) - 02`.
        (scene.strong..name.tokens.len()).filter(dashed).filter(|&index| name.group_of(index - 1).is_some())
    };
    let alone = candidates().chain(behind()).find_map(|index| {
        let (episodes, next) = found(index)?;
        // `01 - 12`: the range begins before.
        let before =
            index.checked_sub(1).filter(|&before| before > scene.from).map(|before| &name.tokens[before]);
        if let Some(before) = before.filter(|before| before.text.starts_with('0') && before.text.len() > 1)
            && let (Some(start), [last]) = (before.number(), &episodes[..])
            && let mut range = vec![start]
            && extend_to(&mut range, *last)
        {
            return Some(numbers(index - 1, (range, next)));
        }
        let width = name.tokens[index].text.len();
        let late_year = scene.year.is_some_and(|year| year > index);
        let sure = width > 1
            || scene.grouped
            || (next >= scene.strong.min(name.tokens.len()) && scene.year.is_none())
            || name.tokens[index].gap.ends_with(['#', '№']);
        // `Title - 4 - Name (1999)` is a movie of a row.
        let free = !(movie && late_year) || width > 2;
        (sure && free && is_alone_after(name, next - 1)).then(|| numbers(index, (episodes, next)))
    });
    // `Title [Group] 12 [720p]`
    let between = || {
        (scene.strong.max(scene.from + 1)..name.tokens.len()).find_map(|index| {
            let (episodes, next) = found(index)?;
            let token = &name.tokens[index];
            let fits = token.group.is_none()
                && token.after_bracket()
                && token.text.len() < 4
                && token.text.len() > 1;
            let closed = name.tokens.get(next).is_some_and(|next| next.after_bracket());
            (fits && closed && name.group_of(index - 1).is_some()).then(|| numbers(index, (episodes, next)))
        })
    };
    if let Some(found) = alone.or_else(between) {
        return Some(found);
    }
    // `Title - 05 Name`: a number that begins with a zero is no word of a title.
    let begun = candidates().find_map(|index| {
        let token = &name.tokens[index];
        let zero = token.text.starts_with('0') && token.text.len() > 1 || token.text.len() == 3;
        let late_year = scene.year.is_some_and(|year| year > index);
        if !(zero || scene.grouped || number_in(token)?.2) || (movie && late_year) || token.text.len() < 2 {
            return None;
        }
        found(index).map(|found| numbers(index, found))
    });
    begun.or_else(|| tight(name, scene))
}

/// `Title - SP1`, `Title - EX01`, `[OVA2]`: a number among what comes beside a series.
fn extra(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    (scene.from + 1..name.tokens.len()).find_map(|index| {
        let token = &name.tokens[index];
        let kind = extra_kind(token)?;
        let (number, _, _) = leading(token.lower().get(kind..)?, 2)?;
        let apart = token.after_lone_dash() || token.after_bracket() || scene.grouped;
        apart.then(|| Numbers::new(Form::Apart, index, index + 1).with_absolute(vec![number]))
    })
}

/// How long the word before the number is in `SP1` and its like.
pub(super) fn extra_kind(token: &Token<'_>) -> Option<usize> {
    const KINDS: [&str; 8] = ["sp", "ex", "ova", "oad", "ona", "ncop", "nced", "special"];
    let lower = token.lower();
    let digits = lower.find(|char: char| char.is_ascii_digit())?;
    let (kind, number) = lower.split_at(digits);
    let (_, _, rest) = leading(number, 2)?;
    (KINDS.contains(&kind) && (rest.is_empty() || rest.starts_with('v'))).then_some(digits)
}

/// `Title-24(`: behind a tight dash, which only fansubs write.
fn tight(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    (scene.from + 1..scene.strong.min(name.tokens.len())).rev().find_map(|index| {
        let token = &name.tokens[index];
        let (_, width, _) = number_in(token)?;
        if number_in(&name.tokens[index - 1]).is_some()
            && numbers_at(name, index - 1).is_some_and(|(_, next)| next > index)
        {
            return None;
        }
        let fits = token.after_tight_dash()
            && (2..=3).contains(&width)
            && token.group.is_none()
            && token.class == Class::Number;
        let zero = token.text.starts_with('0');
        let (episodes, next) = numbers_at(name, index).filter(|_| fits && (scene.grouped || zero))?;
        is_alone_after(name, next - 1).then(|| Numbers::new(Form::Apart, index, next).with_absolute(episodes))
    })
}

/// `[05]`, `[05 END]`, `[05-06]`; round brackets where a group says that it is a fansub.
fn bracketed(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    let mut index = scene.from;
    while index < name.tokens.len() {
        let end = name.group_end(index).max(index + 1);
        let group = name.group_of(index);
        let first_of_group = group.is_some();
        let square = group.is_some_and(|group| matches!(group.open, '[' | '【' | '［'));
        let round = group.is_some_and(|group| matches!(group.open, '(' | '（'));
        if first_of_group && (square || round) && index > 0 {
            let year = name.tokens[index].text.len() == 4
                && years::plausible(name.tokens[index].text).is_some_and(|year| year >= 1900);
            let rest_is_end = |next: usize| {
                next == end
                    || (next + 1 == end
                        && matches!(name.tokens[next].lower(), "end" | "fin" | "完" | "final" | "v2" | "v3"))
            };
            if !year
                && Some(index) != scene.year
                && let Some((episodes, next)) = numbers_at(name, index)
                && rest_is_end(next)
                && (square || scene.grouped || episodes.len() > 1)
                && !is_picture_height(name, index)
            {
                return Some(Numbers::new(Form::Apart, index, end).with_absolute(episodes));
            }
        }
        index = end;
    }
    None
}

fn is_picture_height(name: &Name<'_>, index: usize) -> bool {
    matches!(name.tokens[index].text, "480" | "540" | "576" | "720" | "1080" | "2160")
}

/// `[Group] Title 05 [720p]`, `[Group] Title 05 Name`.
fn last_of_fansub(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    let free = |index: &usize| name.tokens[*index].group.is_none() && Some(*index) != scene.year;
    let range = || (scene.from + 1..scene.strong.min(name.tokens.len())).filter(free);
    let fits = |index: usize, alone: bool| {
        let token = &name.tokens[index];
        let (_, width, said) = number_in(token).filter(|_| index > 0)?;
        let decimal = token.gap == "." && name.tokens[index - 1].class == Class::Number;
        let before = name.tokens.get(index - 1)?;
        // `01-03`: the range begins before.
        if number_in(before).is_some() && numbers_at(name, index - 1).is_some_and(|(_, next)| next > index) {
            return None;
        }
        // `Season 2`, `Vol 3`, `No 7`
        let counted = super::spelled::is_season_word(before.lower())
            || matches!(before.lower(), "vol" | "part" | "no" | "movie");
        let (episodes, next) = numbers_at(name, index)?;
        let wide = width > 1 || said || episodes.len() > 1;
        if decimal || counted || !wide || token.after_tight_dash() {
            return None;
        }
        if alone && !is_alone_after(name, next - 1) {
            return None;
        }
        if width == 4 && !said && years::plausible(token.text).is_some_and(|year| year >= 1900) {
            return None;
        }
        Some(Numbers::new(Form::Apart, index, next).with_absolute(episodes))
    };
    let last = range().next_back()?;
    let at_end = range()
        .rev()
        .find_map(|index| fits(index, true).filter(|found| found.next > last || is_alone_after(name, index)));
    at_end.or_else(|| {
        range().find_map(|index| {
            let token = &name.tokens[index];
            let begins_with_zero = token.text.starts_with('0') && token.text.len() > 1;
            begins_with_zero.then(|| fits(index, false)).flatten()
        })
    })
}

/// `05 - Name`, `2-06. Name`, `003. Series - Name`.
pub(super) fn leading_number(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    let token = name.tokens.get(scene.from)?;
    let (number, width, _) =
        number_in(token).filter(|_| token.class == Class::Number || token.text.len() < 6)?;
    let next = name.tokens.get(scene.from + 1);
    if token.class == Class::Strong || width > 3 {
        return None;
    }
    // `2-06. Name`
    if let Some(next) = next
        && next.after_tight_dash()
        && width <= 2
        && (next.text.starts_with('0')
            || (width == 1
                && number < 9
                && name.tokens.get(scene.from + 2).is_some_and(|after| after.gap.contains(' '))))
        && next.text.len() == 2
        && next.class == Class::Number
        && scene.year.is_none()
    {
        let episode = next.number()?;
        return Some(
            Numbers::new(Form::Leading, scene.from, scene.from + 2)
                .with_season(Some(number))
                .with_episodes(vec![episode]),
        );
    }
    if scene.year.is_some() && !token.text.starts_with('0') {
        return None;
    }
    let (episodes, after) = numbers_at(name, scene.from)?;
    let parted = name
        .tokens
        .get(after)
        .is_none_or(|next| next.after_lone_dash() || matches!(next.gap, ". " | ".- " | ") " | "] " | "._"));
    let zero = token.text.starts_with('0') && width > 1;
    let spaced = name.tokens.get(after).is_some_and(|next| matches!(next.gap, " " | "." | "_" | "-"));
    let only = after == name.tokens.len();
    let sure = (zero && (parted || spaced))
        || (width == 3 && parted && !only)
        || (episodes.len() > 1 && parted)
        || (only && zero);
    (sure && scene.year.is_none())
        .then(|| Numbers::new(Form::Leading, scene.from, after).with_episodes(episodes))
}

/// `Title 1-05`: season and episode with a dash between.
fn pair(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    if scene.year.is_some() || scene.grouped {
        return None;
    }
    (scene.from + 1..scene.strong.min(name.tokens.len()).saturating_sub(1)).find_map(|index| {
        // `Title 13-16`
        if let Some((episodes, next)) = numbers_at(name, index).filter(|(episodes, _)| episodes.len() > 1)
            && next == index + 2
            && name.tokens[index].text.len() == 2
            && name.tokens[index + 1].text.len() == 2
            && is_alone_after(name, index + 1)
        {
            return Some(Numbers::new(Form::Bare, index, next).with_episodes(episodes));
        }
        let (season, episode) = (&name.tokens[index], &name.tokens[index + 1]);
        let fits = (1..=2).contains(&season.text.len())
            && !season.text.starts_with('0')
            && episode.text.len() == 2
            && episode.text.starts_with('0');
        let (season, number) = (season.number()?, episode.number()?);
        let found = Numbers::new(Form::Compact, index, index + 2)
            .with_season(Some(season))
            .with_episodes(vec![number]);
        (fits && episode.after_tight_dash()).then_some(found)
    })
}

/// `Title.103.HDTV`: season and episode in one number.
fn compact(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    if scene.year.is_some() || scene.grouped {
        return None;
    }
    let until = scene.strong.min(name.tokens.len());
    let parted = |index: usize| {
        name.tokens.get(index + 1).is_some_and(|next| next.after_lone_dash())
            && (2..=3).contains(&name.tokens[index].text.len())
            && !name.tokens[index].text.starts_with('0')
    };
    let index = (scene.from + 1..until).rev().find(|&index| {
        let token = &name.tokens[index];
        token.class == Class::Number
            && token.group.is_none()
            && ((3..=6).contains(&token.text.len()) || parted(index))
    })?;
    let token = &name.tokens[index];
    let last = index + 1 == until || (index + 2 == until && name.tokens[index + 1].class != Class::Plain);
    let released = scene.strong < name.tokens.len();
    // Names without spaces are a release's, and `0103` is no word of a title.
    let dotted = (!name.text.contains(' ') && token.text.len() < 5)
        || (token.text.len() == 4 && token.text.starts_with('0'));
    let television = dotted
        || scene.television
        || name.tokens.get(index + 1).is_some_and(|next| super::words::is_television(next.lower()));
    let amid = scene.television && dotted && token.text.len() == 3;
    let amid = amid || parted(index);
    if !(last || amid)
        || !(released || television || parted(index))
        || years::plausible(token.text).is_some_and(|year| year >= 1900)
    {
        return None;
    }
    if token.text.len() == 2 {
        return Some(Numbers::new(Form::Bare, index, index + 1).with_episodes(vec![token.number()?]));
    }
    if name.tokens.get(index + 1).is_some_and(|next| is_subtitled(next.lower())) {
        return Some(Numbers::new(Form::Apart, index, index + 1).with_absolute(vec![token.number()?]));
    }
    let (season, episodes) = split_compact(token.text)?;
    let found = Numbers::new(Form::Compact, index, index + 1).with_season(Some(season));
    // `101.102`, `101-103`
    let before = name.tokens.get(index - 1).filter(|_| index - 1 > scene.from);
    if let Some(before) =
        before.filter(|before| before.text.len() == token.text.len() && before.class == Class::Number)
        && let (Some((also, first)), [last]) = (split_compact(before.text), &episodes[..])
        && let [start] = first[..]
        && also == season
        && (token.after_tight_dash() || last.checked_sub(1) == Some(start))
    {
        let mut range = vec![start];
        if extend_to(&mut range, *last) {
            return Some(Numbers { first: index - 1, ..found }.with_episodes(range));
        }
    }
    Some(found.with_episodes(episodes))
}

/// `103` as season 1 and episode 3, `0103` alike, `10304` as its episodes 3 and 4, `010304` alike.
pub(super) fn split_compact(text: &str) -> Option<(u32, Vec<u32>)> {
    let number = super::words::digits(text)?;
    let (season, episodes) = match text.len() {
        3 | 4 => (number / 100, vec![number % 100]),
        5 | 6 => (number / 10_000, vec![number / 100 % 100, number % 100]),
        _ => return None,
    };
    let in_row = episodes.windows(2).all(|pair| pair[1] == pair[0] + 1);
    (season > 0 && in_row && episodes.iter().all(|&episode| episode > 0)).then_some((season, episodes))
}

/// Words of those who subtitle series that count through.
fn is_subtitled(lower: &str) -> bool {
    matches!(lower, "vostfr" | "vostf" | "vosta" | "hardsub" | "softsub" | "subfrench")
}

/// `Title.07.PDTV`, `Title.07.Name`, `Title.14.HDTV`.
fn two_digits(name: &Name<'_>, scene: Scene) -> Option<Numbers> {
    let until = scene.strong.min(name.tokens.len());
    (scene.from + 1..until).find_map(|index| {
        let token = &name.tokens[index];
        let (_, width, said) = number_in(token)?;
        // `Title 2018 06 720p`: directly behind the year.
        let after_year =
            scene.year == index.checked_sub(1) && token.text.starts_with('0') && index + 1 == until;
        if scene.year.is_some() && !(after_year && scene.strong < name.tokens.len()) {
            return None;
        }
        let zero = token.text.starts_with('0') && width >= 2;
        let television =
            name.tokens.get(index + 1).is_some_and(|next| super::words::is_television(next.lower()));
        let decimal =
            token.gap == "." && name.tokens[index - 1].class == Class::Number && name.text.contains(' ');
        // `Title.10.720p`, `Title 12 VOSTFR`
        let next = name.tokens.get(index + 1);
        let shown = next.is_some_and(|next| {
            let resolved =
                !name.text.contains(' ') && next.text.starts_with(|char: char| char.is_ascii_digit());
            next.class == Class::Strong && (resolved || is_subtitled(next.lower()))
        });
        let sure = zero || (said && width > 1) || ((television || shown) && width == 2);
        if !sure
            || decimal
            || token.group.is_some()
            || width > 3
            || token.number() == Some(0)
            || token.after_tight_dash()
        {
            return None;
        }
        let mut found = Numbers::new(Form::Bare, index, index + 1);
        let (episodes, next) = numbers_at(name, index)?;
        found.next = next;
        Some(found.with_episodes(episodes))
    })
}

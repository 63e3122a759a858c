//! One component of a path: a file's stem or a folder's name.

use super::numbers::{self, Form, Numbers};
use super::words;

/// What one component says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) raw: String,
    pub(super) title: Option<String>,
    pub(super) year: Option<u16>,
    pub(super) season: Option<u32>,
    pub(super) episodes: Vec<u32>,
    pub(super) certain: bool,
    /// An episode that is named by its day.
    pub(super) dated: bool,
    /// Something of a release is in it.
    pub(super) marked: bool,
    /// It begins with its episode number.
    pub(super) numbered_first: bool,
}

/// The years that a video may be from.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2035;

/// A piece of a component between separators.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
    /// The bracket it stands in, if any.
    bracket: Option<char>,
    /// A lone dash stands before it.
    after_dash: bool,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

pub(super) fn read(raw: &str) -> Component {
    let (body, grouped) = without_group(without_site(raw.trim()));
    let mut component = Component { raw: raw.to_owned(), ..Component::default() };
    if let Some(season) = specials(body) {
        component.season = Some(season);
        return component;
    }
    let words = split(body);
    let strong =
        words.iter().find(|word| word.start > 0 && words::is_strong(word.text)).map(|word| word.start);
    let strong_at = strong.unwrap_or(body.len());
    let mut found =
        numbers::find(body).filter(|found| !(found.form == Form::Season && found.at.start > strong_at));
    if found.as_ref().is_none_or(|found| found.form == Form::Season) {
        let bare = bare_number(&words, strong, grouped, found.as_ref());
        if let Some(bare) = bare {
            let season = found.as_ref().and_then(|found| found.season);
            let start = found.as_ref().map_or(bare.at.start, |found| found.at.start.min(bare.at.start));
            let season = bare.season.or(season);
            found = Some(Numbers { at: start..bare.at.end, season, ..bare });
            component.certain = season.is_some() && grouped;
        }
    } else {
        component.certain = true;
    }
    let numbers_at = found.as_ref().map(|found| found.at.clone());
    let year = year(&words, numbers_at.as_ref(), strong_at);
    let mut end = strong_at;
    if let Some((_, start)) = year {
        end = end.min(start);
    }
    if let Some(at) = &numbers_at {
        end = end.min(at.start);
        component.numbered_first = body[..at.start].chars().all(|char| !char.is_alphanumeric());
    }
    component.year = year.map(|(year, _)| year);
    component.marked = strong.is_some() || year.is_some();
    if let Some(found) = found {
        component.season = found.season;
        component.episodes = found.episodes;
        component.dated = found.form == Form::Date;
    }
    let ended_by_release = end == strong_at && strong.is_some();
    component.title = if component.numbered_first && !component.episodes.is_empty() {
        let after = numbers_at.map_or(0, |at| at.end);
        (after < strong_at).then(|| title(&body[after..strong_at], false)).flatten()
    } else {
        title(&body[..end], ended_by_release)
    };
    if component.title.is_none() && grouped {
        component.title = bracketed_title(body);
    }
    component
}

impl Component {
    /// A folder of one season: it has a season and no episode.
    pub(super) fn is_season(&self) -> bool {
        self.season.is_some() && self.episodes.is_empty()
    }

    /// Whether its numbers count within a season: `401` in the folder of season 4 is its first episode, and any
    /// other large number runs through the series.
    pub(super) fn fits_season_folder(&mut self) -> bool {
        if let ([number], Some(season)) = (&mut self.episodes[..], self.season)
            && *number >= 100
            && *number / 100 == season
            && !self.certain
        {
            *number %= 100;
        }
        self.certain || self.episodes.iter().all(|&number| number < 100)
    }

    /// In a season's folder `07 - Some Title` begins with its episode, and a lone number is one.
    pub(super) fn take_leading_number(&mut self) {
        let digits = self.raw.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &self.raw[digits..];
        if !(1..=3).contains(&digits) || rest.starts_with(|char: char| char.is_alphanumeric()) {
            return;
        }
        let Ok(number) = self.raw[..digits].parse() else { return };
        self.episodes = vec![number];
        self.numbered_first = true;
        self.title = title(rest, false);
    }
}

/// `Specials` and its like are season 0.
fn specials(body: &str) -> Option<u32> {
    let lower = body.to_ascii_lowercase();
    matches!(lower.as_str(), "specials" | "special" | "season 0" | "season 00" | "s00").then_some(0)
}

/// Without `www.site.tld - ` or `[www.site.tld]` at the beginning.
fn without_site(name: &str) -> &str {
    let inner = name.trim_start_matches(['[', '(', '{', ' ']);
    if !inner.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
        return name;
    }
    let end = inner.find([' ', ']', ')', '}']).unwrap_or(0);
    let rest = inner[end..].trim_start_matches([' ', ']', ')', '}', '-', '_']);
    if rest.is_empty() { name } else { rest }
}

/// Without the fansub group in brackets at the beginning, and whether there was one.
fn without_group(name: &str) -> (&str, bool) {
    let (open, close) = match name.chars().next() {
        Some('[') => ('[', ']'),
        Some('【') => ('【', '】'),
        _ => return (name, false),
    };
    let Some(end) = name.find(close) else { return (name, false) };
    let rest = name[end + close.len_utf8()..].trim_start_matches([' ', '_', '.', '-']);
    // `[group][BD][1080p] Title 08`: as long as a title comes behind the brackets.
    if rest.starts_with(open) && title_behind(rest, open, close) {
        return without_group(rest);
    }
    if rest.is_empty() { (name.trim_matches([open, close]), false) } else { (rest, true) }
}

/// Whether words stand behind the brackets at the beginning of `name`.
fn title_behind(name: &str, open: char, close: char) -> bool {
    let mut rest = name;
    while let Some(inner) = rest.strip_prefix(open) {
        let Some(end) = inner.find(close) else { return false };
        rest = inner[end + close.len_utf8()..].trim_start_matches([' ', '_', '.', '-']);
    }
    split(rest)
        .iter()
        .take_while(|word| word.bracket.is_none())
        .any(|word| word.text.chars().any(char::is_alphabetic))
}

fn split(body: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut open: Vec<char> = Vec::new();
    let mut start: Option<usize> = None;
    let mut after_dash = false;
    let mut chars = body.char_indices().peekable();
    let mut before = ' ';
    let mut push = |start: usize, end: usize, bracket: Option<char>, after_dash: &mut bool| {
        found.push(Word { text: &body[start..end], start, bracket, after_dash: std::mem::take(after_dash) });
    };
    while let Some((at, char)) = chars.next() {
        let next = chars.peek().map_or(' ', |&(_, next)| next);
        let lone_dash = matches!(char, '-' | '–' | '—') && (is_gap(before) || is_gap(next));
        before = char;
        if !is_gap(char) && !lone_dash {
            start.get_or_insert(at);
            continue;
        }
        if let Some(start) = start.take() {
            push(start, at, open.last().copied(), &mut after_dash);
        }
        match char {
            '[' | '(' | '{' | '【' => open.push(char),
            ']' | ')' | '}' | '】' => {
                open.pop();
            }
            _ => {}
        }
        after_dash |= lone_dash;
    }
    if let Some(start) = start {
        push(start, body.len(), open.last().copied(), &mut after_dash);
    }
    found
}

fn is_gap(char: char) -> bool {
    char.is_whitespace() || "._[](){}【】,~|+;".contains(char)
}

/// A number without a word for it: ` - 05`, `[05]`, a last number behind a fansub group, `Title.103.720p`.
fn bare_number(
    words: &[Word<'_>],
    strong: Option<usize>,
    grouped: bool,
    season: Option<&Numbers>,
) -> Option<Numbers> {
    let strong_at = strong.unwrap_or(usize::MAX);
    let before: Vec<&Word<'_>> = words.iter().filter(|word| word.start < strong_at).collect();
    let is_year = |word: &Word<'_>| word.text.parse().is_ok_and(|year| YEARS.contains(&year));
    let as_episode = |word: &Word<'_>, width: std::ops::RangeInclusive<usize>| {
        let (episodes, digits) = plain_numbers(word.text)?;
        let start = word.start;
        (width.contains(&digits) && !(digits == 4 && is_year(word))).then(|| Numbers {
            at: start..word.end(),
            season: None,
            episodes,
            form: Form::Episode,
        })
    };
    let season_end = season.map_or(0, |season| season.at.end);
    let titled = |word: &Word<'_>| word.start > 0 && word.start >= season_end;
    let dashed: Vec<(usize, Numbers)> = before
        .iter()
        .enumerate()
        .filter(|(_, word)| word.after_dash && word.bracket.is_none() && titled(word))
        .filter_map(|(index, word)| Some((index, as_episode(word, 1..=4)?)))
        .collect();
    // `Title - 100 Words - 05`: the number that stands alone is the episode.
    let alone =
        |index: usize| before.get(index + 1).is_none_or(|next| next.after_dash || next.bracket.is_some());
    if let Some((_, found)) = dashed.iter().find(|(index, _)| alone(*index)).or_else(|| dashed.first()) {
        return Some(found.clone());
    }
    let bracketed = before.iter().filter(|word| matches!(word.bracket, Some('[' | '【')));
    if let Some(found) = bracketed.filter_map(|word| as_episode(word, 1..=3)).next() {
        return Some(found);
    }
    let last = before.iter().rev().find(|word| word.bracket.is_none())?;
    if (grouped || season.is_some()) && titled(last) {
        return as_episode(last, 2..=4).or_else(|| glued_number(last));
    }
    let has_year = before.iter().any(|word| is_year(word));
    if strong.is_some() && !has_year && last.start > 0 && last.text.len() == 3 && last.bracket.is_none() {
        let number: u32 = last.text.parse().ok()?;
        let (season, episode) = (number / 100, number % 100);
        return (season > 0 && episode > 0).then(|| Numbers {
            at: last.start..last.end(),
            season: Some(season),
            episodes: vec![episode],
            form: Form::Episode,
        });
    }
    None
}

/// `Title-24`: a number that a fansub group glued to the title.
fn glued_number(word: &Word<'_>) -> Option<Numbers> {
    let (title, number) = word.text.rsplit_once('-')?;
    let (number, digits) = plain_number(number)?;
    let at = word.start + title.len()..word.end();
    ((2..=3).contains(&digits) && title.chars().any(char::is_alphabetic)).then(|| Numbers {
        at,
        season: None,
        episodes: vec![number],
        form: Form::Episode,
    })
}

/// A number or a range of them: `11-12`, `01v2-03v2`.
fn plain_numbers(word: &str) -> Option<(Vec<u32>, usize)> {
    let Some((first, last)) = word.split_once('-') else {
        let (number, digits) = plain_number(word)?;
        return Some((vec![number], digits));
    };
    let ((first, digits), (last, same)) = (plain_number(first)?, plain_number(last)?);
    (digits == same && digits >= 2 && first < last && last - first < 60)
        .then(|| ((first..=last).collect(), digits))
}

/// A word that is a number, perhaps with its version or the word for the last one: `05`, `05v2`, `12END`, `#7`.
fn plain_number(word: &str) -> Option<(u32, usize)> {
    let word = word.trim_start_matches('#');
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let rest = word[digits..].to_ascii_lowercase();
    let version = rest.strip_prefix('v').is_some_and(|version| version.parse::<u8>().is_ok());
    if !(1..=4).contains(&digits)
        || !(rest.is_empty() || version || matches!(rest.as_str(), "end" | "fin" | "话" | "話"))
    {
        return None;
    }
    Some((word[..digits].parse().ok()?, digits))
}

/// The year and where it stands: one in brackets first, else the last before the release's words. A year that
/// begins the name is its title.
fn year(
    words: &[Word<'_>],
    numbers: Option<&std::ops::Range<usize>>,
    strong_at: usize,
) -> Option<(u16, usize)> {
    let outside = |word: &Word<'_>| numbers.is_none_or(|at| word.start < at.start || word.start >= at.end);
    let years: Vec<(&Word<'_>, u16)> = words
        .iter()
        .filter(|word| word.start > 0 && word.text.len() == 4 && outside(word))
        .filter_map(|word| Some((word, word.text.parse().ok().filter(|year| YEARS.contains(year))?)))
        .collect();
    let limit = numbers.map_or(strong_at, |at| at.start.min(strong_at));
    let early = |word: &Word<'_>| word.start < limit;
    let bracketed = years.iter().find(|(word, _)| word.bracket.is_some() && early(word));
    let before = || years.iter().rev().find(|(word, _)| early(word));
    // Behind an episode's number a year is part of its title or its day.
    let behind = || years.iter().find(|_| numbers.is_none());
    bracketed.or_else(before).or_else(behind).map(|(word, year)| (*year, word.start))
}

/// A clean title from the part of a name that holds it.
fn title(part: &str, before_release: bool) -> Option<String> {
    let part = part.trim_start_matches(|char: char| is_gap(char) && char != '(' || char == '-');
    // What follows in brackets is another title, a note, or the bracket of what ended the title.
    let brackets = part.char_indices().skip(1).filter(|(_, char)| matches!(char, '[' | '(' | '{' | '【'));
    let cut = brackets.map(|(at, _)| at).find(|&at| bracketed_country(&part[at..]).is_none());
    let mut part = cut.map_or(part, |at| &part[..at]);
    if before_release {
        while let Some(last) = split(part).last().copied() {
            if last.start == 0 || !words::is_beside(last.text) {
                break;
            }
            part = &part[..last.start];
        }
    }
    let spaced = part.contains(' ');
    let mut words: Vec<String> = Vec::new();
    let mut initials = false;
    for piece in part.split(|char: char| char == '_' || char.is_whitespace() || (char == '.' && !spaced)) {
        let piece = piece.trim_matches(|char| matches!(char, '.' | ',' | '~' | '|'));
        if piece.is_empty() {
            continue;
        }
        // `S.H.I.E.L.D.` is one word.
        let initial = piece.len() == 1 && piece.bytes().all(|byte| byte.is_ascii_uppercase()) && !spaced;
        match words.last_mut() {
            Some(last) if initial && initials => {
                last.push('.');
                last.push_str(piece);
            }
            _ => words.push(piece.to_owned()),
        }
        initials = initial;
    }
    // `The Office (US)` is told from its twin by the country.
    for word in &mut words {
        if let Some(country) = bracketed_country(word) {
            *word = country.to_owned();
        }
    }
    let title = words.join(" ");
    let title =
        title.trim_matches(|char: char| char.is_whitespace() || matches!(char, '-' | '–' | '—' | '+' | ':'));
    let balanced = title.replace([')', '(', ']', '}'], "");
    let title =
        if title.starts_with('(') { balanced.trim() } else { title.trim_end_matches([')', ']', '}']) };
    title.chars().any(char::is_alphanumeric).then(|| title.to_owned())
}

/// The country that alone stands in the bracket which begins `text`.
fn bracketed_country(text: &str) -> Option<&str> {
    let (inner, _) = text.strip_prefix('(')?.split_once(')')?;
    words::country(inner).map(|_| inner)
}

/// `[group][title][12]`: the first bracket that holds words.
fn bracketed_title(body: &str) -> Option<String> {
    let pieces = body.split(['[', ']', '【', '】']).map(str::trim);
    pieces
        .filter(|piece| piece.chars().filter(|char| char.is_alphabetic()).count() >= 2)
        .find(|piece| !split(piece).iter().any(|word| words::is_strong(word.text)))
        .and_then(|piece| title(piece.split('/').next_back().unwrap_or(piece), false))
}

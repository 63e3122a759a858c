//! Season and episode numbers, and dates, as names write them.

use std::ops::Range;

/// Numbers found in a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Where they stand, in bytes.
    pub(super) at: Range<usize>,
    pub(super) season: Option<u32>,
    pub(super) episodes: Vec<u32>,
    pub(super) form: Form,
}

/// How numbers are written, which is how far they can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `S01E02`, `1x02`, `Season 1 Episode 2`.
    Both,
    /// `Episode 2`, `E02`, `2of6`.
    Episode,
    /// `Season 2`, `S02`.
    Season,
    /// `2024.03.05`.
    Date,
}

/// Season, episodes, and how they are written.
type Said = (Option<u32>, Vec<u32>, Form);
/// Reads one form at a cursor, and leaves the cursor behind it.
type Read = fn(&mut Cursor<'_>) -> Option<Said>;

/// One file does not hold more episodes than this.
const MAX_EPISODES: usize = 60;

/// The strongest numbers in `text`; of equally strong ones the first.
pub(super) fn find(text: &str) -> Option<Numbers> {
    let text = text.to_ascii_lowercase();
    let forms: [Read; 5] = [both, cross, words, date, episode];
    forms.into_iter().find_map(|form| find_form(&text, form)).or_else(|| find_form(&text, season))
}

fn find_form(text: &str, form: Read) -> Option<Numbers> {
    let bytes = text.as_bytes();
    let begins = |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
    (0..bytes.len()).filter(|&at| begins(at) && text.is_char_boundary(at)).find_map(|start| {
        let mut cursor = Cursor { bytes, at: start };
        let (season, episodes, form) = form(&mut cursor)?;
        Some(Numbers { at: start..cursor.at, season, episodes, form })
    })
}

/// `S01E02`, `S01.E02`, `S01E02E03`, `S01E02-E04`, `[S01][E02]`.
fn both(cursor: &mut Cursor<'_>) -> Option<Said> {
    if !cursor.eat("s") {
        return None;
    }
    let (season, _) = cursor.number(4)?;
    cursor.skip(b" ._-[]x", 3);
    if !(cursor.eat("ep") || cursor.eat("e")) {
        return None;
    }
    cursor.skip(b" .", 1);
    let (episode, width) = cursor.number(4)?;
    let mut episodes = vec![episode];
    more(cursor, season, width, &mut episodes);
    Some((Some(season), episodes, Form::Both))
}

/// `1x02`, `1x02x03`, `1x02-1x03`.
fn cross(cursor: &mut Cursor<'_>) -> Option<Said> {
    let (season, _) = cursor.number(2)?;
    if !cursor.eat("x") {
        return None;
    }
    let (episode, width) = cursor.number(3)?;
    if width < 2 {
        return None;
    }
    let mut episodes = vec![episode];
    more(cursor, season, width, &mut episodes);
    cursor.ends().then_some((Some(season), episodes, Form::Both))
}

/// `Season 1 Episode 2`, `Staffel 1 Folge 2`, and a year season `S2016`.
fn words(cursor: &mut Cursor<'_>) -> Option<Said> {
    let (season, _, _) = season(cursor)?;
    cursor.skip(b" ._,-[]()", 4);
    let (_, episodes, _) = episode(cursor)?;
    Some((season, episodes, Form::Both))
}

/// `Season 2`, `2nd Season`, `S02`.
fn season(cursor: &mut Cursor<'_>) -> Option<Said> {
    const WORDS: [&str; 9] =
        ["сезон", "Сезон", "season", "saison", "staffel", "temporada", "stagione", "series", "sezon"];
    let number = if WORDS.iter().any(|word| cursor.eat(word)) {
        cursor.skip(b" ._-", 3);
        cursor.number(4)?.0
    } else if cursor.eat("s") {
        cursor.number(2)?.0
    } else {
        let (number, _) = cursor.number(2)?;
        if !["st", "nd", "rd", "th"].iter().any(|end| cursor.eat(end)) {
            return None;
        }
        cursor.skip(b" ._-", 1);
        if !(cursor.eat("season") || cursor.eat("stage")) {
            return None;
        }
        number
    };
    cursor.ends().then_some((Some(number), Vec::new(), Form::Season))
}

/// `Episode 2`, `Ep.02`, `E02`, `Folge 2`, `2of6`, `第2話`.
fn episode(cursor: &mut Cursor<'_>) -> Option<Said> {
    const WORDS: [&str; 10] =
        ["серия", "Серия", "episode", "episodio", "epizod", "folge", "odcinek", "eps", "ep", "第"];
    if WORDS.iter().any(|word| cursor.eat(word)) {
        cursor.skip(b" ._-#", 2);
    } else if cursor.eat("cap") {
        cursor.skip(b" .", 1);
        // Spanish names run season and episode together: `Cap.408`.
        let (number, width) = cursor.number(4)?;
        if width < 3 {
            return None;
        }
        let (season, mut episodes) = (number / 100, vec![number % 100]);
        if cursor.eat("_") {
            let (last, _) = cursor.number(4)?;
            extend(&mut episodes, last % 100, true);
        }
        return cursor.ends().then_some((Some(season), episodes, Form::Both));
    } else if !cursor.eat("e") {
        let (number, _) = cursor.number(2)?;
        cursor.skip(b" ._", 1);
        if !cursor.eat("of") {
            return None;
        }
        cursor.skip(b" ._", 1);
        let (count, _) = cursor.number(2)?;
        return (cursor.ends() && number <= count).then(|| (None, vec![number], Form::Episode));
    }
    let (number, width) = cursor.number(4)?;
    let mut episodes = vec![number];
    more(cursor, u32::MAX, width, &mut episodes);
    cursor.ends().then_some((None, episodes, Form::Episode))
}

/// `2024.03.05` or `05.03.2024`: the day of an episode, never a movie's year.
fn date(cursor: &mut Cursor<'_>) -> Option<Said> {
    let (first, width) = cursor.number(4)?;
    let separator = cursor.next().filter(|byte| b"._- ".contains(byte))?;
    let (second, second_width) = cursor.number(2)?;
    if second_width != 2 || cursor.next() != Some(separator) {
        return None;
    }
    let (third, third_width) = cursor.number(4)?;
    let (year, month, day) = match (width, third_width) {
        (4, 2) => (first, second, third),
        (2, 4) => (third, second, first),
        _ => return None,
    };
    let real = (1900..2100).contains(&year)
        && (1..=31).contains(&day)
        && ((1..=12).contains(&month) || ((1..=12).contains(&day) && (1..=31).contains(&month)));
    (real && cursor.ends()).then_some((None, Vec::new(), Form::Date))
}

/// Further episodes behind the first: lists (`E02E03`, `+03`) and ranges (`-E04`, `-04`).
fn more(cursor: &mut Cursor<'_>, season: u32, width: usize, episodes: &mut Vec<u32>) {
    loop {
        let mut ahead = cursor.clone();
        let from = ahead.at;
        ahead.skip(b" ._-+&,~", 3);
        let between = &ahead.bytes[from..ahead.at];
        let marked = named_again(&mut ahead, season, between.is_empty());
        let bare = matches!(between, b"-" | b"+" | b"&" | b"~");
        let Some((number, its_width)) = ahead.number(4) else { return };
        let fits = if marked { true } else { bare && its_width <= width && its_width <= 3 && ahead.ends() };
        let last = episodes.last().copied().unwrap_or_default();
        if !fits || (!marked && number <= last) {
            return;
        }
        let range = between.iter().any(|byte| b"-~".contains(byte));
        if !extend(episodes, number, range) {
            return;
        }
        *cursor = ahead;
    }
}

/// Whether the next number is announced: by `E`, by `S01E`, by `x` or by `1x`.
fn named_again(cursor: &mut Cursor<'_>, season: u32, glued: bool) -> bool {
    let mut ahead = cursor.clone();
    let with_s = ahead.eat("s");
    if let Some((again, _)) = ahead.number(4) {
        if again != season || !(ahead.eat("e") || (!with_s && ahead.eat("x"))) {
            return false;
        }
        ahead.eat("p");
    } else if with_s || !(ahead.eat("ep") || ahead.eat("e") || (glued && ahead.eat("x"))) {
        return false;
    }
    if !ahead.bytes.get(ahead.at).is_some_and(u8::is_ascii_digit) {
        return false;
    }
    *cursor = ahead;
    true
}

/// Adds `number`, with everything up to it for a range. `false` when that is absurd.
fn extend(episodes: &mut Vec<u32>, number: u32, range: bool) -> bool {
    let last = episodes.last().copied().unwrap_or_default();
    let numbers = if range && number > last { last + 1..=number } else { number..=number };
    if numbers.clone().count() + episodes.len() > MAX_EPISODES {
        return false;
    }
    let fresh: Vec<u32> = numbers.filter(|number| !episodes.contains(number)).collect();
    episodes.extend(fresh);
    true
}

#[derive(Debug, Clone)]
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn eat(&mut self, word: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, set: &[u8], most: usize) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().take(most).take_while(|byte| set.contains(byte)).count();
    }

    /// A whole number of at most `most` digits, and how many it has.
    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let rest = &self.bytes[self.at..];
        let width = rest.iter().take(most + 1).take_while(|byte| byte.is_ascii_digit()).count();
        if width == 0 || width > most {
            return None;
        }
        let number = rest[..width].iter().fold(0, |number, byte| number * 10 + u32::from(byte - b'0'));
        self.at += width;
        Some((number, width))
    }

    /// Whether a word ends here; a version (`v2`) belongs to it and is passed over.
    fn ends(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        if let [b'v', digit, after @ ..] = rest
            && digit.is_ascii_digit()
            && !after.first().is_some_and(u8::is_ascii_alphanumeric)
        {
            self.at += 2;
            return true;
        }
        !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    }
}

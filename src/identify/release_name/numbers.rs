//! What marks of a number say, and how plainly.

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `S01E02`, `1x02`, `Season 1 Episode 2`: beyond doubt.
    Full,
    /// `E02`, `Episode 2`, `第2話`.
    Episode,
    /// `2of6`.
    Of,
    /// `Part 2`.
    Part,
    /// ` - 02` and `[02]`.
    Apart,
    /// A number at the end of a title.
    Bare,
    /// `103` for the third episode of the first season.
    Compact,
    /// A number at the beginning of the name.
    Leading,
    /// A season and nothing else.
    Season,
}

/// A mark of numbers, and the words that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    /// The first of its words.
    pub(super) first: usize,
    /// The word after its last.
    pub(super) next: usize,
    pub(super) season: Option<u32>,
    pub(super) episodes: Vec<u32>,
    /// Numbers that run through the series.
    pub(super) absolute: Vec<u32>,
    pub(super) form: Form,
    /// Words between its two marks: `Episode 14 Title (Season 2)`.
    pub(super) inner: Option<(usize, usize)>,
}

/// How many episodes one file may have.
pub(super) const MOST_EPISODES: u32 = 150;

impl Numbers {
    pub(super) fn new(form: Form, first: usize, next: usize) -> Self {
        Self { first, next, season: None, episodes: Vec::new(), absolute: Vec::new(), form, inner: None }
    }

    pub(super) fn with_season(mut self, season: Option<u32>) -> Self {
        self.season = season;
        self
    }

    pub(super) fn with_episodes(mut self, episodes: Vec<u32>) -> Self {
        self.episodes = episodes;
        self
    }

    pub(super) fn with_absolute(mut self, absolute: Vec<u32>) -> Self {
        self.absolute = absolute;
        self
    }

    /// Whether the numbers may not be part of a title.
    pub(super) fn is_certain(&self) -> bool {
        self.form == Form::Full
    }

    /// The episodes, or else the numbers that run through the series.
    pub(super) fn numbers(&self) -> &[u32] {
        if self.episodes.is_empty() { &self.absolute } else { &self.episodes }
    }

    pub(super) fn says_episode(&self) -> bool {
        !self.episodes.is_empty() || !self.absolute.is_empty()
    }
}

/// Adds the numbers after the last one of `known` up to `last`; false when that is no range.
pub(super) fn extend_to(known: &mut Vec<u32>, last: u32) -> bool {
    let Some(&from) = known.last() else { return false };
    if last <= from || last - from > MOST_EPISODES {
        return false;
    }
    known.extend(from + 1..=last);
    true
}

/// Adds a number unless it is there.
pub(super) fn add(known: &mut Vec<u32>, number: u32) {
    if !known.contains(&number) && known.len() < MOST_EPISODES as usize {
        known.push(number);
    }
}

/// The digits that `text` begins with, at most `most`, as a number, with how many they are and the rest.
pub(super) fn leading(text: &str, most: usize) -> Option<(u32, usize, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    if len == 0 || len > most {
        return None;
    }
    let (digits, rest) = text.split_at(len);
    Some((digits.parse().ok()?, len, rest))
}

/// A number in words or in roman letters, as they stand behind `Part` or `Season`.
pub(super) fn spelled(lower: &str) -> Option<u32> {
    const WORDS: [&[&str]; 12] = [
        &["one", "i", "eins", "un", "uno"],
        &["two", "ii", "zwei", "deux", "dos", "due"],
        &["three", "iii", "drei", "trois", "tres", "tre"],
        &["four", "iv", "vier", "quatre", "cuatro"],
        &["five", "v", "fünf", "cinq", "cinco"],
        &["six", "vi", "sechs"],
        &["seven", "vii", "sieben", "sept"],
        &["eight", "viii", "acht", "huit"],
        &["nine", "ix", "neun", "neuf"],
        &["ten", "x", "zehn", "dix"],
        &["eleven", "xi", "elf", "onze"],
        &["twelve", "xii", "zwölf", "douze"],
    ];
    let index = WORDS.iter().position(|words| words.contains(&lower))?;
    u32::try_from(index + 1).ok()
}

/// `2nd`, `second`, `zweite`: which one.
pub(super) fn ordinal(lower: &str) -> Option<u32> {
    const WORDS: [&[&str]; 10] = [
        &["first", "erste", "première", "premiere", "primera", "prima"],
        &["second", "zweite", "deuxième", "deuxieme", "segunda", "seconda"],
        &["third", "dritte", "troisième", "troisieme", "tercera", "terza"],
        &["fourth", "vierte", "quatrième", "cuarta", "quarta"],
        &["fifth", "fünfte", "cinquième", "quinta"],
        &["sixth", "sechste", "sixième", "sexta"],
        &["seventh", "siebte"],
        &["eighth", "achte"],
        &["ninth", "neunte"],
        &["tenth", "zehnte"],
    ];
    if let Some(index) = WORDS.iter().position(|words| words.contains(&lower)) {
        return u32::try_from(index + 1).ok();
    }
    let (number, _, rest) = leading(lower, 2)?;
    matches!(
        rest,
        "st" | "nd" | "rd" | "th" | "a" | "ª" | "e" | "eme" | "ème" | "ère" | "ere" | "er" | "os" | "й"
    )
    .then_some(number)
}

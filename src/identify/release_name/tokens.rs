//! A name as words, each with what stands before it and the brackets it stands in.

use super::words::{self, Class};

/// A run of letters and digits.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// What stands between the word before and this one.
    pub(super) gap: &'a str,
    /// The outermost pair of brackets around it, as an index.
    pub(super) group: Option<usize>,
    pub(super) lower: Lower,
    pub(super) class: Class,
}

/// A pair of brackets, with the bytes that it spans, both brackets included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) open: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A word in lower case; empty when it is longer than any word that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lower {
    bytes: [u8; Lower::MAX],
    len: u8,
}

/// A part of a path as words.
#[derive(Debug)]
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) groups: Vec<Group>,
}

impl Lower {
    const MAX: usize = 32;

    fn new(text: &str) -> Self {
        let mut lower = Self { bytes: [0; Self::MAX], len: 0 };
        let mut len = 0;
        for char in text.chars().flat_map(char::to_lowercase) {
            let end = len + char.len_utf8();
            if end > Self::MAX {
                return Self { bytes: [0; Self::MAX], len: 0 };
            }
            char.encode_utf8(&mut lower.bytes[len..end]);
            len = end;
        }
        lower.len = u8::try_from(len).unwrap_or(0);
        lower
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or("")
    }
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn lower(&self) -> &str {
        self.lower.as_str()
    }

    /// Its value, if it is nothing but one to six digits.
    pub(super) fn number(&self) -> Option<u32> {
        words::digits(self.text)
    }

    pub(super) fn is_shouted(&self) -> bool {
        self.text.len() > 1 && !self.text.chars().any(char::is_lowercase)
    }

    /// A dash and nothing else before it: `x264-GRP`.
    pub(super) fn after_tight_dash(&self) -> bool {
        self.gap.chars().eq(['-'])
    }

    /// A dash that stands alone before it: ` - `, `.-.`, `- `.
    pub(super) fn after_lone_dash(&self) -> bool {
        self.gap.len() > 1 && self.gap.contains(is_dash) && !self.gap.contains(is_bracket)
    }

    pub(super) fn after_bracket(&self) -> bool {
        self.gap.contains(is_bracket)
    }

    /// Nothing but `.`, `_`, `-` or a space before it, so that it may belong to the word before.
    pub(super) fn is_near(&self) -> bool {
        !self.gap.is_empty()
            && self.gap.len() <= 4
            && self.gap.chars().all(|char| is_dash(char) || char.is_whitespace() || "._#,№:".contains(char))
    }
}

impl<'a> Name<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let groups = groups(text);
        let mut tokens: Vec<Token<'a>> = Vec::with_capacity(text.len() / 6 + 1);
        let (mut start, mut last_end, mut group) = (None, 0, 0);
        let mut chars = text.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            let next = chars.peek().map_or(' ', |&(_, next)| next);
            let apostrophe = is_apostrophe(char) && start.is_some() && next.is_alphanumeric();
            if char.is_alphanumeric() || apostrophe || (start.is_some() && is_mark(char)) {
                start.get_or_insert(at);
                if chars.peek().is_some() && !is_seam(text, at, char, next) {
                    continue;
                }
            }
            if let Some(from) = start.take() {
                let inside = char.is_alphanumeric() || is_mark(char) || apostrophe;
                let end = if inside { at + char.len_utf8() } else { at };
                while groups.get(group).is_some_and(|known| known.end <= from) {
                    group += 1;
                }
                let lower = Lower::new(&text[from..end]);
                tokens.push(Token {
                    text: &text[from..end],
                    start: from,
                    gap: &text[last_end..from],
                    group: groups.get(group).filter(|known| known.start < from).map(|_| group),
                    lower,
                    class: words::class(&text[from..end], lower.as_str()),
                });
                last_end = end;
            }
        }
        words::class_in_context(&mut tokens);
        Self { text, tokens, groups }
    }

    /// What stands between the token at `index` and the one after it, or the end.
    pub(super) fn gap_after(&self, index: usize) -> &'a str {
        match (self.tokens.get(index + 1), self.tokens.get(index)) {
            (Some(next), _) => next.gap,
            (None, Some(token)) => &self.text[token.end()..],
            (None, None) => "",
        }
    }

    /// The group that the token at `index` stands in.
    pub(super) fn group_of(&self, index: usize) -> Option<Group> {
        self.groups.get(self.tokens.get(index)?.group?).copied()
    }

    /// The tokens from `from` on that stand in the same brackets as the first of them.
    pub(super) fn group_end(&self, from: usize) -> usize {
        let Some(group) = self.tokens.get(from).map(|token| token.group) else { return from };
        self.tokens[from..]
            .iter()
            .position(|token| token.group != group)
            .map_or(self.tokens.len(), |len| from + len)
    }
}

pub(super) fn is_dash(char: char) -> bool {
    matches!(char, '-' | '–' | '—' | '‒' | '−' | '‐' | '‑' | '―')
}

pub(super) fn is_bracket(char: char) -> bool {
    closing(char).is_some() || is_closing(char)
}

/// Where a name in Chinese signs and its like goes on in Latin letters or digits up to the word's end: `海の日S01E07`.
fn is_seam(text: &str, at: usize, char: char, next: char) -> bool {
    const LONGEST: usize = 24;
    if !super::cjk::is_cjk(char) || !next.is_ascii_alphanumeric() || matches!(char, '第' | '总' | '總' | '제')
    {
        return false;
    }
    let rest = &text[at + char.len_utf8()..];
    let end = rest.chars().take(LONGEST).find(|char| !char.is_ascii_alphanumeric());
    end.is_none_or(|end| !end.is_alphanumeric())
}

fn is_apostrophe(char: char) -> bool {
    matches!(char, '\'' | '’' | '`' | '´' | 'ʼ')
}

/// Marks that are written onto the letter before: accents of decomposed text, Indic vowel signs.
fn is_mark(char: char) -> bool {
    unicode_normalization::char::is_combining_mark(char)
}

fn closing(open: char) -> Option<char> {
    Some(match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '【' => '】',
        '（' => '）',
        '［' => '］',
        '《' => '》',
        '「' => '」',
        '『' => '』',
        _ => return None,
    })
}

fn is_closing(char: char) -> bool {
    matches!(char, ')' | ']' | '}' | '】' | '）' | '］' | '》' | '」' | '』')
}

/// The outermost pairs of brackets. A bracket without its other half is none.
fn groups(text: &str) -> Vec<Group> {
    const DEEPEST: usize = 8;
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut found: Vec<Group> = Vec::new();
    for (at, char) in text.char_indices() {
        if closing(char).is_some() {
            // What nests deeper than anything real is no longer followed, so that time stays linear.
            if open.len() == DEEPEST {
                open.remove(0);
            }
            open.push((at, char));
        } else if is_closing(char)
            && let Some(index) = open.iter().rposition(|&(_, open)| closing(open) == Some(char))
        {
            let (start, open_char) = open[index];
            open.truncate(index);
            while found.last().is_some_and(|inner| inner.start > start) {
                found.pop();
            }
            found.push(Group { open: open_char, start, end: at + char.len_utf8() });
        }
    }
    found
}

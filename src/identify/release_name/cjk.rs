//! `第2季`, `第十二集`, `12話`, `12화`, `12END`: numbers in Chinese, Japanese and Korean names.

use super::numbers::leading;

/// Signs for a season behind its number.
const SEASONS: [char; 4] = ['季', '期', '기', '部'];
/// Signs for an episode behind its number.
const EPISODES: [char; 8] = ['集', '话', '話', '回', '화', '회', '夜', '章'];

pub(super) fn is_cjk(char: char) -> bool {
    matches!(char, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// The season in a word: `第2季`, `第二期`, `2기`.
pub(super) fn season(text: &str) -> Option<u32> {
    counted(text, &SEASONS).map(|found| found.number).or_else(|| {
        let rest = text.strip_prefix("시즌")?;
        leading(rest, 2).map(|(season, _, _)| season)
    })
}

/// The episodes in a word, and its season when it has one, too: `第2季第3集`, `第03話`, `12화`, `第1-3集`.
pub(super) fn episode(text: &str) -> Option<(Option<u32>, Vec<u32>)> {
    let found = counted(text, &EPISODES)?;
    Some((season(&text[..found.start]), vec![found.number]))
}

/// Where the numbers begin in a word that is a title and a number in one: `庆余年第二季`.
pub(super) fn start(text: &str) -> Option<usize> {
    let season = counted(text, &SEASONS).map(|found| found.start);
    let episode = counted(text, &EPISODES).map(|found| found.start);
    match (season, episode) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

struct Counted {
    start: usize,
    number: u32,
}

/// The first number before one of `signs`; a sign that is a word of titles, too, counts only behind `第`.
fn counted(text: &str, signs: &[char]) -> Option<Counted> {
    if text.is_ascii() {
        return None;
    }
    let mut from = 0;
    while let Some(offset) = text[from..].find(signs) {
        let at = from + offset;
        let sign = text[at..].chars().next()?;
        let start = text[..at]
            .char_indices()
            .rev()
            .take_while(|&(_, char)| digit(char).is_some())
            .last()
            .map(|(at, _)| at);
        if let Some(start) = start
            && let Some(number) = number(&text[start..at])
        {
            let behind = text[..start].ends_with(['第', '제']);
            let plain = text[start..at].is_ascii() && !matches!(sign, '夜' | '章' | '部' | '回');
            let begin = if behind { start - '第'.len_utf8() } else { start };
            if behind || plain {
                return Some(Counted { start: begin, number });
            }
        }
        from = at + sign.len_utf8();
    }
    None
}

fn digit(char: char) -> Option<u32> {
    Some(match char {
        '0'..='9' => u32::from(char) - u32::from('0'),
        '０'..='９' => u32::from(char) - u32::from('０'),
        '〇' | '零' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        '百' => 100,
        _ => return None,
    })
}

/// `12`, `十二`, `二十三`, `一百零五`.
fn number(text: &str) -> Option<u32> {
    if text.chars().count() > 7 {
        return None;
    }
    let mut total = 0;
    let mut pending: Option<u32> = None;
    for char in text.chars() {
        match digit(char)? {
            unit @ (10 | 100) => total += pending.take().unwrap_or(1) * unit,
            one => pending = Some(pending.unwrap_or(0) * 10 + one),
        }
    }
    Some(total + pending.unwrap_or(0))
}

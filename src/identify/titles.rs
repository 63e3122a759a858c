//! When two titles are the same, and how alike they are when not.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A title without what people spell differently: case, accents, punctuation, `&`, a leading article, roman
/// numbers. Never empty for a title with a letter or digit in it.
pub(crate) fn normal(title: &str) -> String {
    let words = words(title);
    let rest = match words.split_first() {
        Some((first, rest)) if !rest.is_empty() && is_article(first) => rest,
        _ => &words[..],
    };
    rest.join(" ")
}

/// How alike two titles are: 1 for the same, below 0.85 for anything else.
pub(crate) fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (normal(one), normal(other));
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    let (joined, other_joined) = (one.replace(' ', ""), other.replace(' ', ""));
    if joined == other_joined {
        return 1.0;
    }
    let likeness = strsim::normalized_levenshtein(&joined, &other_joined);
    // A sequel's number, or one letter of a short title, makes another work of it.
    if numbers(&one) != numbers(&other) {
        return likeness * 0.5;
    }
    let short = joined.chars().count().min(other_joined.chars().count()) < 8;
    if short || likeness < 0.85 { likeness * 0.6 } else { likeness * 0.84 }
}

fn words(title: &str) -> Vec<String> {
    let mut plain = String::with_capacity(title.len());
    for char in title.nfkd().filter(|&char| !is_combining_mark(char)) {
        match char {
            '&' => plain.push_str(" and "),
            '\'' | '’' | '‘' | '`' | '´' | '"' => {}
            '·' | '*' => {}
            _ if char.is_alphanumeric() => plain.extend(char.to_lowercase()),
            _ => plain.push(' '),
        }
    }
    let mut words: Vec<String> = Vec::new();
    for word in plain.split_whitespace() {
        let counted = words.last().is_some_and(|before| is_counter(before));
        words.push(number(word, counted).unwrap_or(word).to_owned());
    }
    words
}

fn is_article(word: &str) -> bool {
    matches!(word, "the" | "a" | "an")
}

fn is_counter(word: &str) -> bool {
    matches!(word, "part" | "chapter" | "volume" | "vol" | "episode" | "season")
}

/// A roman or spelt number as digits. Single letters and words count only after a word that announces a number.
fn number(word: &str, announced: bool) -> Option<&'static str> {
    Some(match word {
        "ii" => "2",
        "iii" => "3",
        "iv" => "4",
        "vi" => "6",
        "vii" => "7",
        "viii" => "8",
        "ix" => "9",
        _ if !announced => return None,
        "i" | "one" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "v" | "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" => "9",
        "x" | "ten" => "10",
        _ => return None,
    })
}

fn numbers(normal: &str) -> Vec<&str> {
    normal.split(' ').filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_make_another_title() {
        for (one, other) in [
            ("Pokémon", "pokemon"),
            ("The Good, the Bad and the Ugly", "Good the Bad & the Ugly"),
            ("WALL·E", "Wall-E"),
            ("Schindler's List", "Schindlers List"),
            ("Dune: Part Two", "Dune Part II"),
            ("S.W.A.T.", "SWAT"),
            ("Rocky III", "Rocky 3"),
        ] {
            assert!(likeness(one, other) >= 1.0, "{one} / {other}");
        }
    }

    #[test]
    fn sequels_and_short_neighbours_are_other_titles() {
        for (one, other) in
            [("Alien", "Aliens"), ("Terminator 2", "Terminator 3"), ("Up", "Us"), ("Rocky", "Rocky II")]
        {
            assert!(likeness(one, other) < 0.7, "{one} / {other}: {}", likeness(one, other));
        }
    }

    #[test]
    fn a_title_that_is_only_an_article_stays() {
        assert_eq!(normal("The"), "the");
        assert_eq!(normal("A"), "a");
    }

    #[test]
    fn a_slip_in_a_long_title_is_nearly_the_same() {
        let likeness = likeness("The Shawshank Redemtion", "The Shawshank Redemption");
        assert!((0.75..0.85).contains(&likeness), "{likeness}");
    }
}

//! When two titles are the same, and how alike they are when not.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Titles that differ only in ways that say nothing of the work: `&` left out, `Part` before a number, a studio's name
/// in front, digits for letters.
pub(crate) const SPELT_ALIKE: f64 = 0.97;
/// One title is the other without what stands before or behind a colon or a dash.
pub(crate) const PART_OF: f64 = 0.8;

/// A title without what people spell differently: case, accents, punctuation, `&`, an article before or behind, roman
/// and spelt numbers. Never empty for a title with a letter or digit in it.
pub(crate) fn normal(title: &str) -> String {
    strict(title).join(" ")
}

/// How alike two titles are: 1 for the same, [`SPELT_ALIKE`] for nearly the same, below 0.85 for anything else.
pub(crate) fn likeness(one: &str, other: &str) -> f64 {
    let (words, other_words) = (strict(one), strict(other));
    if words.is_empty() || other_words.is_empty() {
        return 0.0;
    }
    let (joined, other_joined) = (words.concat(), other_words.concat());
    if joined == other_joined {
        return 1.0;
    }
    let (loose_one, loose_other) = (loose(&words), loose(&other_words));
    if (!loose_one.is_empty() && loose_one == loose_other)
        || is_spelt_with_digits(&plain_words(one).concat(), &plain_words(other).concat())
    {
        return SPELT_ALIKE;
    }
    if is_part(one, &other_joined) || is_part(other, &joined) {
        return PART_OF;
    }
    let letters = strsim::normalized_levenshtein(&joined, &other_joined);
    // A sequel's number, or one letter of a short title, makes another work of it.
    if numbers(&words) != numbers(&other_words) {
        return letters * 0.5;
    }
    let short = joined.chars().count().min(other_joined.chars().count()) < 8;
    if short {
        letters * 0.6
    } else if letters < 0.85 {
        (letters * 0.6).max(shared(&words, &other_words) * 0.75)
    } else {
        letters * 0.84
    }
}

fn strict(title: &str) -> Vec<String> {
    let (title, moved) = trailing_article(title);
    let plain = plain_words(title);
    let count = plain.len();
    let mut words: Vec<String> = moved.map(str::to_lowercase).into_iter().collect();
    for (index, word) in plain.iter().enumerate() {
        let announced = index > 0 && is_counter(&plain[index - 1]);
        let last = index > 0 && index + 1 == count;
        words.push(number(word, announced, last).unwrap_or(word).to_owned());
    }
    if words.len() > 1 && is_article(&words[0]) {
        words.remove(0);
    } else if words.len() > 1 && words.last().is_some_and(|word| word == "the") {
        // `Matrix, The` whose comma a file name has lost.
        words.pop();
    }
    words
}

/// `Boot, Das` as the title without its article, and the article.
fn trailing_article(title: &str) -> (&str, Option<&str>) {
    let Some((rest, last)) = title.trim().rsplit_once(", ") else { return (title, None) };
    let lower = last.to_lowercase();
    let known = is_article(&lower)
        || matches!(
            lower.as_str(),
            "der"
                | "die"
                | "das"
                | "ein"
                | "eine"
                | "le"
                | "la"
                | "les"
                | "un"
                | "une"
                | "el"
                | "los"
                | "las"
                | "una"
                | "il"
                | "lo"
                | "gli"
                | "i"
                | "de"
                | "het"
                | "een"
                | "den"
                | "det"
                | "en"
                | "ett"
                | "os"
        );
    if known && !rest.is_empty() { (rest, Some(last)) } else { (title, None) }
}

fn plain_words(title: &str) -> Vec<String> {
    let mut plain = String::with_capacity(title.len() + 8);
    let title = title.replace('½', " 1 2 ").replace("$", "s");
    for char in title.nfkd().filter(|&char| !is_combining_mark(char)) {
        match char {
            '&' | '+' => plain.push_str(" and "),
            '%' => plain.push_str(" percent "),
            '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '"' | '·' | '*' => {}
            'ß' => plain.push_str("ss"),
            'æ' | 'Æ' => plain.push_str("ae"),
            'œ' | 'Œ' => plain.push_str("oe"),
            'ø' | 'Ø' => plain.push('o'),
            'ł' | 'Ł' => plain.push('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => plain.push('d'),
            'þ' | 'Þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            _ if char.is_alphanumeric() => plain.extend(char.to_lowercase()),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(|word| short_form(word).unwrap_or(word).to_owned()).collect()
}

fn short_form(word: &str) -> Option<&'static str> {
    Some(match word {
        "mister" => "mr",
        "doctor" => "dr",
        "saint" => "st",
        "versus" => "vs",
        "volume" => "vol",
        _ => return None,
    })
}

fn is_article(word: &str) -> bool {
    matches!(word, "the" | "a" | "an")
}

fn is_counter(word: &str) -> bool {
    matches!(word, "part" | "chapter" | "vol" | "episode" | "season" | "book" | "act")
}

/// A roman or spelt number as digits. Single roman letters count only behind a word that announces a number or, `v` and
/// `x`, as the last of several words: `Rocky V`.
fn number(word: &str, announced: bool, last: bool) -> Option<&'static str> {
    Some(match word {
        "ii" | "two" => "2",
        "iii" | "three" => "3",
        "iv" | "four" => "4",
        "vi" | "six" => "6",
        "vii" | "seven" => "7",
        "viii" | "eight" => "8",
        "ix" | "nine" => "9",
        "xi" | "eleven" => "11",
        "xii" | "twelve" => "12",
        "xiii" | "thirteen" => "13",
        "one" => "1",
        "five" => "5",
        "ten" => "10",
        "v" if announced || last => "5",
        "x" if announced || last => "10",
        "i" if announced => "1",
        _ => return None,
    })
}

/// What is left without words that are often left out.
fn loose(words: &[String]) -> String {
    let studio = usize::from(words.len() > 1 && matches!(words[0].as_str(), "marvels" | "dcs" | "disneys"));
    let kept = words[studio..].iter().enumerate().filter(|(index, word)| {
        let before_number = words[studio..].get(index + 1).is_some_and(|next| is_digits(next));
        let left_out = matches!(word.as_str(), "and" | "und" | "et" | "the" | "of")
            || (*index > 0 && is_counter(word) && before_number);
        !left_out
    });
    let kept: String = kept.map(|(_, word)| word.as_str()).collect();
    // Umlauts spelt out.
    kept.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// `Se7en` for `Seven`.
fn is_spelt_with_digits(one: &str, other: &str) -> bool {
    let stands_for = |digit: char, letter: char| {
        matches!(
            (digit, letter),
            ('0', 'o')
                | ('1', 'i' | 'l')
                | ('3', 'e')
                | ('4', 'a')
                | ('5', 's')
                | ('7', 't' | 'v')
                | ('8', 'b')
        )
    };
    let has_letter = |text: &str| text.chars().any(char::is_alphabetic);
    one.chars().count() == other.chars().count()
        && has_letter(one)
        && has_letter(other)
        && one.chars().zip(other.chars()).all(|(a, b)| a == b || stands_for(a, b) || stands_for(b, a))
}

/// Whether `joined` is what stands before or behind a colon or a dash in `title`.
fn is_part(title: &str, joined: &str) -> bool {
    if joined.chars().count() < 3 {
        return false;
    }
    let split = [":", " - ", " – ", " (", " / "].into_iter().filter_map(|mark| title.split_once(mark));
    split.flat_map(|(head, tail)| [head, tail]).any(|part| strict(part).concat() == joined)
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn numbers(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())).collect()
}

/// The share of words that both have, each counted once.
#[expect(clippy::cast_precision_loss, reason = "titles have few words")]
fn shared(one: &[String], other: &[String]) -> f64 {
    let (one, other): (BTreeSet<_>, BTreeSet<_>) = (one.iter().collect(), other.iter().collect());
    let all = one.union(&other).count();
    one.intersection(&other).count() as f64 / all.max(1) as f64
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
            ("Rocky V", "Rocky 5"),
            ("Matrix, The", "The Matrix"),
            ("Matrix The", "The Matrix"),
            ("Boot, Das", "Das Boot"),
            ("L'Avventura", "L Avventura"),
            ("Ocean's Eleven", "Oceans 11"),
            ("Romeo + Juliet", "Romeo and Juliet"),
            ("Das weiße Band", "Das weisse Band"),
            ("Smultronstället", "Smultronstallet"),
            ("8½", "8 1/2"),
            ("X-Men '97", "X-Men 97"),
            ("Mr. Bean", "Mister Bean"),
            ("Ёлки", "Елки"),
        ] {
            assert!(likeness(one, other) >= 1.0, "{one} / {other}: {}", likeness(one, other));
        }
    }

    #[test]
    fn what_is_often_left_out_makes_little_difference() {
        for (one, other) in [
            ("Se7en", "Seven"),
            ("Fast & Furious", "Fast Furious"),
            ("Kill Bill: Vol. 2", "Kill Bill 2"),
            ("John Wick: Chapter 4", "John Wick 4"),
            ("Marvel's Daredevil", "Daredevil"),
            ("Der Wüstenplanet", "Der Wuestenplanet"),
        ] {
            let likeness = likeness(one, other);
            assert!((SPELT_ALIKE..1.0).contains(&likeness), "{one} / {other}: {likeness}");
        }
    }

    #[test]
    fn a_part_of_a_title_is_less_than_the_title() {
        for (one, other) in [
            ("Mission: Impossible - Fallout", "Mission Impossible"),
            ("Star Wars: Andor", "Andor"),
            ("Birdman or (The Unexpected Virtue of Ignorance)", "Birdman or"),
        ] {
            assert!(likeness(one, other) < 0.85, "{one} / {other}: {}", likeness(one, other));
        }
    }

    #[test]
    fn sequels_and_short_neighbours_are_other_titles() {
        for (one, other) in [
            ("Alien", "Aliens"),
            ("Terminator 2", "Terminator 3"),
            ("Up", "Us"),
            ("Rocky", "Rocky II"),
            ("Toy Story 2", "Toy Story"),
            ("X-Men", "X-Men '97"),
            ("300", "30"),
        ] {
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

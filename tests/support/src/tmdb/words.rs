//! Titles as TMDB's search compares them: word by word, blind to case, accents and punctuation. `&` is no word, and is not
//! `and` either.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How a title answers to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Every word of the query is in it.
    Holds,
    /// It begins with the query.
    Begins,
    /// It is the query.
    Is,
}

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .nfd()
        .filter(|char| !is_combining_mark(*char) && !matches!(char, '\'' | '’' | '‘'))
        .flat_map(char::to_lowercase)
        .collect();
    let words = plain.split(|char: char| !char.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// How a title with the words `its` answers to a query of the words `wanted`; `None` when it does not.
pub(super) fn fit(wanted: &[String], its: &[String]) -> Option<Fit> {
    if its == wanted {
        Some(Fit::Is)
    } else if its.starts_with(wanted) {
        Some(Fit::Begins)
    } else {
        let holds = |word: &String| its.iter().any(|its| its.starts_with(word.as_str()));
        wanted.iter().all(holds).then_some(Fit::Holds)
    }
}

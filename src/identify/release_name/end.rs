//! Where a title ends: before the first mark, and before the words of the release that stand directly before that.

use super::tokens::Name;
use super::words::{self, Class};

/// What the first mark behind a title is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A word that no title has.
    Strong,
    Year,
    /// An episode's numbers or a day.
    Numbers,
    /// The name's end.
    Nothing,
}

/// The word behind the title of a name whose title begins at `from` and whose first mark stands at `mark`.
pub(super) fn find(name: &Name<'_>, from: usize, mark: usize, kind: Mark) -> usize {
    let mark = before_group(name, from, mark);
    let release = run_before(name, from, mark);
    if release == mark {
        return without_genre(name, from, mark);
    }
    // Of a name that begins with words of releases, at least the first stays.
    let release = if release == from && mark - from > 1 { run_before(name, from + 1, mark) } else { release };
    let run = &name.tokens[release..mark];
    let left = release - from;
    let marks = run.iter().filter(|token| token.class == Class::Mark).count();
    let phrase = is_edition(name, release, mark);
    let language = |token: &super::tokens::Token<'_>| words::is_language(token.lower());
    let article = name.tokens.get(from).is_some_and(|first| {
        matches!(first.lower(), "the" | "a" | "an" | "der" | "die" | "das" | "le" | "la" | "les" | "el")
    });
    // `The Good German`, `The Final`: what would be left is no title.
    let nothing_left =
        left == 0 || (article && left <= 1) || (article && left <= 2 && run.len() == 1 && marks == 0);
    let connected =
        release.checked_sub(1).filter(|&at| at > from).and_then(|at| name.tokens.get(at)).is_some_and(
            |before| {
                matches!(
                    before.lower(),
                    "the"
                        | "a"
                        | "an"
                        | "of"
                        | "and"
                        | "in"
                        | "to"
                        | "for"
                        | "with"
                        | "das"
                        | "der"
                        | "die"
                        | "le"
                        | "la"
                        | "les"
                        | "de"
                        | "el"
                        | "il"
                        | "my"
                        | "is"
                )
            },
        );
    if connected && phrase.is_none() {
        return mark;
    }
    if nothing_left && !(left > 1 && phrase.is_some()) {
        return mark;
    }
    match kind {
        Mark::Strong => release,
        Mark::Year => {
            let said_later = name.tokens[mark..].iter().any(language);
            let dubbed = name.tokens.get(mark + 1).is_some_and(|next| {
                matches!(
                    next.lower(),
                    "ld" | "md" | "dl" | "ml" | "dubbed" | "ac3d" | "ac3" | "dvdrip" | "line"
                )
            });
            let spoken = run.last().is_some_and(language) && !said_later && dubbed;
            match phrase {
                Some(start) => run_before(name, from, start).max(from + 1),
                None if marks > 0 || spoken => release,
                None => mark,
            }
        }
        // `Title Complete Season 1`
        Mark::Numbers if run.last().is_some_and(|last| last.lower() == "complete") && left > 0 => mark - 1,
        // `Title GERMAN S01E01`, `Title iNTERNAL S01E01`
        Mark::Numbers
            if run.iter().all(|token| {
                let spoken = language(token)
                    || matches!(token.lower(), "internal" | "dubbed" | "subbed" | "uncensored" | "proper");
                token.class == Class::Mark && spoken
            }) =>
        {
            release
        }
        Mark::Numbers => phrase
            .filter(|&start| start > from + 1)
            .map_or(mark, |start| if mark - start > 1 { mark } else { start }),
        Mark::Nothing => match phrase {
            Some(start) => start,
            None if marks > 0 && marks == run.len() => release,
            None => mark,
        },
    }
}

/// Where the brackets begin that hold the mark, if a title stands before them.
pub(super) fn before_group(name: &Name<'_>, from: usize, mark: usize) -> usize {
    let Some(group) = name.tokens.get(mark).and_then(|token| token.group) else { return mark };
    let first =
        name.tokens[from..mark].iter().rposition(|token| token.group != Some(group)).map(|at| from + at + 1);
    first.filter(|&first| first > from).unwrap_or(mark)
}

/// The first of the words before `mark` that may all be of the release.
fn run_before(name: &Name<'_>, from: usize, mark: usize) -> usize {
    let mut release = mark;
    while release > from {
        let token = &name.tokens[release - 1];
        let weak = matches!(token.class, Class::Weak | Class::Mark);
        let nth = super::numbers::ordinal(token.lower()).is_some()
            && token.lower().starts_with(|char: char| char.is_ascii_digit())
            && name.tokens.get(release).is_some_and(|next| next.lower() == "anniversary");
        if !(weak || nth) || (name.group_of(release - 1).is_some_and(|_| release - 1 == from)) {
            break;
        }
        release -= 1;
    }
    release
}

/// Where an edition is named within the words of the release: `Special Edition`, `The Uncut Version`, `Extras Only`.
fn is_edition(name: &Name<'_>, release: usize, mark: usize) -> Option<usize> {
    let noun = |word: &str| matches!(word, "edition" | "version" | "cut" | "collection");
    let last = name.tokens.get(mark.checked_sub(1)?)?.lower();
    let two = mark - release >= 2;
    let previous = mark.checked_sub(2).and_then(|at| name.tokens.get(at)).map_or("", |token| token.lower());
    let pair = matches!(
        (previous, last),
        ("extras", "only") | ("open", "matte") | ("read", "nfo") | ("dual", "audio")
    );
    let collectors = noun(previous)
        && matches!(
            last,
            "collector" | "collectors" | "spéciale" | "speciale" | "special" | "limited" | "ultimate"
        );
    if !two || !(noun(last) || pair || collectors) {
        return None;
    }
    let article = release > 0 && name.tokens.get(release - 1).is_some_and(|token| token.lower() == "the");
    Some(if article { release - 1 } else { release })
}

/// `Title - Drama` without its genre.
fn without_genre(name: &Name<'_>, from: usize, mark: usize) -> usize {
    match mark.checked_sub(1).and_then(|last| name.tokens.get(last)) {
        Some(last)
            if mark - 1 > from
                && last.after_lone_dash()
                && words::is_genre(last.lower())
                && mark < name.tokens.len() =>
        {
            mark - 1
        }
        _ => mark,
    }
}

//! Whether the words behind the numbers are an episode's own title.

use crate::identify::titles;

/// What the words of a file say of an episode's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// It is that name.
    Same,
    /// They are other words.
    Other,
    /// There is nothing to compare.
    Unsaid,
}

/// Compares the words of a file with an episode's name.
pub(crate) fn compare(words: Option<&str>, name: &str) -> Named {
    let several = words.is_some_and(|words| words.split_whitespace().count() > 1);
    let Some(words) = words.map(titles::normal).filter(|words| !words.is_empty()) else {
        return Named::Unsaid;
    };
    let name = titles::normal(name);
    if name.is_empty() || is_counted(&name) || is_counted(&words) {
        return Named::Unsaid;
    }
    let long = name.contains(' ') || name.chars().count() >= 6;
    let begins = long && words.strip_prefix(&name).is_some_and(|rest| rest.starts_with(' '));
    if words == name || begins || titles::likeness(&words, &name) >= titles::PART_OF {
        return Named::Same;
    }
    let alike = words.split(' ').any(|word| word.chars().count() > 3 && name.contains(word));
    if several && !alike { Named::Other } else { Named::Unsaid }
}

/// `Episode 4`, `Folge 4`, `第4話`, `Season 2`: a number and no name.
pub(crate) fn is_counted(name: &str) -> bool {
    let words = [
        "episode",
        "folge",
        "episodio",
        "capitulo",
        "aflevering",
        "avsnitt",
        "afsnit",
        "jakso",
        "odcinek",
        "bolum",
        "серия",
        "эпизод",
        "part",
        "chapter",
        "第",
        "話",
        "话",
        "集",
        "회",
        "화",
        "ep",
    ];
    let mut rest = titles::normal(name);
    for word in words {
        rest = rest.replace(&titles::normal(word), "");
    }
    rest.chars().all(|char| char.is_numeric() || char == ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_with_real_names_only() {
        for (words, name, named) in [
            ("The Long Way Home", "The Long Way Home", Named::Same),
            ("Long Way Home REPACK Extra", "The Long Way Home", Named::Same),
            ("Pilot", "Pilot", Named::Same),
            ("Pilot", "Episode 1", Named::Unsaid),
            ("Episode 3", "The Crossing", Named::Unsaid),
            ("The Crossing", "Winter Light", Named::Other),
            ("Repack", "Winter Light", Named::Unsaid),
            ("", "Winter Light", Named::Unsaid),
            ("The Crossing", "第3話", Named::Unsaid),
        ] {
            assert_eq!(compare(Some(words), name), named, "{words} / {name}");
        }
        assert_eq!(compare(None, "Pilot"), Named::Unsaid);
    }
}

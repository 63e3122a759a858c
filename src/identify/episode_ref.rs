//! Short references to episodes: `S01E02`, `S01E02-E03`, `E02`, `02-03`, `SP01`.

/// How many episodes one reference may span.
const MAX_SPAN: u32 = 100;

/// Reads `text`, which must be nothing else. The season is `None` when it does not say one; `SP01` is a special, of
/// season 0. A range includes both ends. `None` when it is no reference, runs backwards or from one season to another.
pub(crate) fn read(text: &str) -> Option<(Option<u32>, Vec<u32>)> {
    let text = text.trim().to_ascii_lowercase();
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (first.trim_end(), Some(last.trim_start())),
        None => (text.as_str(), None),
    };
    let (season, from) = one(first)?;
    let to = match last {
        None => from,
        Some(last) => match one(last)? {
            (None, to) => to,
            (other, to) if other == season => to,
            _ => return None,
        },
    };
    (from <= to && to - from < MAX_SPAN).then(|| (season, (from..=to).collect()))
}

fn one(text: &str) -> Option<(Option<u32>, u32)> {
    if let Some(special) = text.strip_prefix("sp") {
        return Some((Some(0), number(special)?));
    }
    if let Some(rest) = text.strip_prefix('s') {
        let (season, episode) = rest.split_once('e')?;
        return Some((Some(number(season)?), number(episode)?));
    }
    if let Some((season, episode)) = text.split_once('x') {
        return Some((Some(number(season)?), number(episode)?));
    }
    Some((None, number(text.strip_prefix('e').unwrap_or(text))?))
}

/// A number of at most five digits.
fn number(text: &str) -> Option<u32> {
    let plain = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, season, episodes) in [
            ("S01E02", Some(1), vec![2]),
            ("s2e10", Some(2), vec![10]),
            ("S00E01", Some(0), vec![1]),
            ("S01E02-E04", Some(1), vec![2, 3, 4]),
            ("S01E02-S01E03", Some(1), vec![2, 3]),
            ("S01E02 - 03", Some(1), vec![2, 3]),
            ("1x02", Some(1), vec![2]),
            ("E07", None, vec![7]),
            ("07", None, vec![7]),
            (" 7 - 8 ", None, vec![7, 8]),
            ("SP01", Some(0), vec![1]),
            ("1085", None, vec![1085]),
        ] {
            assert_eq!(read(text), Some((season, episodes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_reference_is_none() {
        for text in [
            "",
            "-",
            "S",
            "E",
            "SE",
            "S01",
            "S01E",
            "x",
            "1x",
            "E-1",
            "3-1",
            "S01E01-S02E01",
            "1-500",
            "Pilot",
            "S01E02b",
            "999999",
            "1-",
            "-2",
            "E01E02",
            "1.5",
            "é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

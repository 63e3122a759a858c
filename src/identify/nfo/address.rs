//! The address of a work in a catalogue, somewhere in a text.

use super::content::NfoKind;
use crate::identify::clue::Id;

/// What an address leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) id: Id,
    /// `None` when the address does not say, as IMDb's.
    pub(super) kind: Option<NfoKind>,
    pub(super) season: Option<u32>,
    pub(super) episode: Option<u32>,
}

/// The address of a catalogue in `text`, which may be nothing else, or have it behind XML or among a release's art:
/// of TMDB, or else IMDb, or else TVDB. With `bare`, an IMDb id is enough. Two different ones of one catalogue say
/// nothing.
pub(super) fn find(text: &str, bare: bool) -> Option<Address> {
    let text = text.to_ascii_lowercase();
    let bare_imdb = if bare { bare_imdb } else { |_: &str| Found::default() };
    [tmdb, imdb, bare_imdb, tvdb].into_iter().find_map(|catalogue| {
        let found = catalogue(&text);
        let first = found.first()?.clone();
        // What names two works names neither, and no other catalogue's address settles which.
        Some(found.iter().all(|other| other.id == first.id).then_some(first))
    })?
}

/// All addresses of one catalogue in a text.
type Found = Vec<Address>;

fn tmdb(text: &str) -> Found {
    let found = after(text, "themoviedb.org/").filter_map(|line| {
        // Kodi's own files have the interface's address.
        let path = line.strip_prefix("3/").unwrap_or(line);
        let (kind, path) = path.split_once('/')?;
        let kind = match kind {
            "movie" => NfoKind::Movie,
            "tv" => NfoKind::Series,
            _ => return None,
        };
        let number = |word: &str| path.split_once(word).and_then(|(_, rest)| leading_number(rest));
        let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
        // Season 0 holds the specials.
        let specials = path.contains("/season/0").then_some(0);
        Some(Address {
            id: Id::Tmdb(leading_number(path)?),
            kind: Some(kind),
            season: small(number("/season/")).or(specials),
            episode: small(number("/episode/")),
        })
    });
    found.collect()
}

fn imdb(text: &str) -> Found {
    let lines = after(text, "imdb.com/").filter_map(|line| {
        let (_, id) = line.split_once("title/")?;
        Id::imdb(id.split(|char: char| !char.is_ascii_alphanumeric()).next()?)
    });
    lines.map(of_unknown_kind).collect()
}

fn bare_imdb(text: &str) -> Found {
    let words = text.split(|char: char| !char.is_ascii_alphanumeric());
    words.filter_map(Id::imdb).map(of_unknown_kind).collect()
}

fn of_unknown_kind(id: Id) -> Address {
    Address { id, kind: None, season: None, episode: None }
}

fn tvdb(text: &str) -> Found {
    let found = after(text, "thetvdb.com/").filter_map(|line| {
        let by_number = line.strip_prefix("dereferrer/series/");
        let by_query = || {
            let query = line.split_once('?')?.1;
            query
                .contains("tab=series")
                .then(|| query.split('&').find_map(|pair| pair.strip_prefix("id=")))?
        };
        let id = Id::Tvdb(leading_number(by_number.or_else(by_query)?)?);
        Some(Address { id, kind: Some(NfoKind::Series), season: None, episode: None })
    });
    found.collect()
}

/// What follows each `site`, to the end of the address.
fn after<'a>(text: &'a str, site: &'static str) -> impl Iterator<Item = &'a str> {
    text.match_indices(site).map(move |(at, _)| {
        let rest = &text[at + site.len()..];
        rest.split(|char: char| char.is_whitespace() || "\"'<>()[]".contains(char)).next().unwrap_or_default()
    })
}

fn leading_number(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Id::number(&text[..digits])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<(Id, Option<u32>, Option<u32>)> {
        find(text, true).map(|found| (found.id, found.season, found.episode))
    }

    #[test]
    fn every_form_of_an_address_leads_to_its_id() {
        let (movie, series) = (Some((Id::Tmdb(603), None, None)), Some((Id::Tmdb(1396), None, None)));
        let matrix = Some((Id::Imdb("tt0133093".into()), None, None));
        let tvdb = Some((Id::Tvdb(81189), None, None));
        for (text, found) in [
            ("https://www.themoviedb.org/movie/603", movie.clone()),
            ("http://themoviedb.org/movie/603-the-matrix\r\n", movie.clone()),
            ("HTTPS://WWW.THEMOVIEDB.ORG/MOVIE/603?language=de", movie.clone()),
            ("www.themoviedb.org/movie/603#main www.themoviedb.org/movie/603/cast", movie.clone()),
            ("<url>http://api.themoviedb.org/3/tv/1396?api_key=x</url>", series.clone()),
            ("https://www.themoviedb.org/tv/1396-breaking-bad", series),
            ("themoviedb.org/tv/1396/season/2/episode/3", Some((Id::Tmdb(1396), Some(2), Some(3)))),
            ("themoviedb.org/tv/1396-x/season/0/episode/3", Some((Id::Tmdb(1396), Some(0), Some(3)))),
            ("themoviedb.org/movie/603 www.imdb.com/title/tt0068646/", movie),
            ("http://www.imdb.com/title/tt0133093/", matrix.clone()),
            ("m.imdb.com/de/title/tt0133093/?ref_=x", matrix.clone()),
            ("\u{2588}\u{2588} iMDB ....: TT0133093 \u{2588}\u{2588}", matrix),
            ("https://thetvdb.com/?tab=series&id=81189&lid=7", tvdb.clone()),
            ("http://thetvdb.com/index.php?tab=series&id=81189", tvdb.clone()),
            ("https://www.thetvdb.com/dereferrer/series/81189", tvdb),
        ] {
            assert_eq!(said(text), found, "{text}");
        }
    }

    #[test]
    fn what_leads_to_no_one_work_is_none() {
        for text in [
            "",
            "https://www.themoviedb.org/",
            "https://www.themoviedb.org/movie",
            "https://www.themoviedb.org/movie/",
            "https://www.themoviedb.org/movie/0",
            "https://www.themoviedb.org/person/6384-keanu-reeves",
            "https://www.themoviedb.org/collection/2344",
            "themoviedb.org/movie/603 themoviedb.org/movie/604",
            "themoviedb.org/movie/603 themoviedb.org/movie/604 tt0133093",
            "imdb.com/title/tt0133093 imdb.com/title/tt0068646",
            "imdb.com/title/tt12",
            "imdb.com/name/nm0000206",
            "https://thetvdb.com/series/breaking-bad",
            "https://thetvdb.com/?tab=episode&id=349232",
            "themoviedb.org/movie/99999999999999999999",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }
}

//! NFO files as programs, people and accidents make them.

use proptest::prelude::*;

use super::content::{MAX_NFO, Nfo, NfoKind, read};
use crate::identify::clue::Id;
use crate::player::Media;

fn nfo(text: &str) -> Nfo {
    read(text.as_bytes()).unwrap_or_else(|| panic!("nothing in {text}"))
}

fn ids(text: &str) -> Vec<String> {
    read(text.as_bytes()).map(|nfo| nfo.ids.iter().map(Id::to_string).collect()).unwrap_or_default()
}

#[test]
fn a_title_that_is_no_title_is_cut() {
    let long = "é".repeat(20_000);
    let found = nfo(&format!("<movie><title>{long}</title></movie>"));
    assert_eq!(found.title.map(|title| title.len()), Some(Media::MAX_TEXT));
}

#[test]
fn every_way_to_write_an_id_is_read() {
    for (text, expected) in [
        ("<movie><uniqueid type=\"tmdb\">603</uniqueid></movie>", vec!["TMDB 603"]),
        ("<movie><uniqueid default='true' type='TMDB'> 603\n</uniqueid></movie>", vec!["TMDB 603"]),
        ("<movie><uniqueid type=\"imdb\">tt0133093</uniqueid></movie>", vec!["IMDb tt0133093"]),
        ("<tvshow><uniqueid type=\"tvdb\">81189</uniqueid></tvshow>", vec!["TVDB 81189"]),
        ("<movie><tmdbid>603</tmdbid><imdbid>tt0133093</imdbid></movie>", vec!["TMDB 603", "IMDb tt0133093"]),
        ("<movie><imdbid>tt0133093</imdbid><tmdbid>603</tmdbid></movie>", vec!["TMDB 603", "IMDb tt0133093"]),
        (
            "<tvshow><imdb_id>tt0903747</imdb_id><tvdbid>81189</tvdbid></tvshow>",
            vec!["IMDb tt0903747", "TVDB 81189"],
        ),
        ("<movie><id>tt0133093</id></movie>", vec!["IMDb tt0133093"]),
        ("<movie><id TMDB=\"603\" IMDB=\"tt0133093\"/></movie>", vec!["TMDB 603", "IMDb tt0133093"]),
        ("<movie><id moviedb=\"themoviedb\">603</id></movie>", vec![]),
        ("<movie><id>603</id></movie>", vec![]),
        ("<movie><uniqueid>603</uniqueid></movie>", vec![]),
        ("<movie><uniqueid type=\"tmdbset\">603</uniqueid></movie>", vec![]),
        ("<movie><uniqueid type=\"tmdb\">tt0133093</uniqueid></movie>", vec![]),
        ("<movie><uniqueid type=\"imdb\">603</uniqueid></movie>", vec![]),
        ("<movie><plot>as in tt0133093</plot></movie>", vec![]),
        ("<movie><plot/></movie> tt0133093", vec!["IMDb tt0133093"]),
        (
            "<movie><plot>www.imdb.com/title/tt0133093</plot></movie> imdb.com/title/tt0068646",
            vec!["IMDb tt0068646"],
        ),
        ("<movie><set><tmdbid>603</tmdbid></set></movie>", vec![]),
        ("<html><tmdbid>603</tmdbid></html>", vec![]),
        ("<tmdbid>603</tmdbid>", vec![]),
        // A default settles what its catalogue says twice; otherwise both are kept, to be held against each other.
        (
            "<movie><uniqueid type=\"tmdb\">1</uniqueid><uniqueid type=\"tmdb\" default=\"true\">603</uniqueid><tmdbid>2</tmdbid></movie>",
            vec!["TMDB 603"],
        ),
        (
            "<movie><tmdbid>603</tmdbid><uniqueid type=\"tmdb\">604</uniqueid></movie>",
            vec!["TMDB 603", "TMDB 604"],
        ),
    ] {
        assert_eq!(ids(text), expected, "{text}");
    }
}

#[test]
fn broken_xml_is_read_as_far_as_it_goes() {
    for text in [
        "<movie><plot>one<br>two</plot><tmdbid>603</tmdbid></movie>",
        "<movie><plot>a<b</plot><tmdbid>603</tmdbid></movie>",
        "<movie><plot>a < b & c</plot><tmdbid>603</tmdbid></movie>",
        "<movie></plot><tmdbid>603</tmdbid>",
        "<movie><tmdbid>603</tmdbid><title",
        "<movie><tmdbid>603</TMDBID></movie>",
        "junk <<< \u{2588} <movie><tmdbid>603</tmdbid></movie> junk",
        "<?xml version=\"1.0\"?><!-- <movie><tmdbid>1</tmdbid></movie> --><movie><tmdbid>603</tmdbid></movie>",
        "<movies><movie><tmdbid>603</tmdbid></movie></movies>",
    ] {
        assert_eq!(ids(text), ["TMDB 603"], "{text}");
    }
}

#[test]
fn several_episodes_in_one_file_are_all_counted() {
    let one = |season: u32, episode: u32, id: u32| {
        format!(
            "<episodedetails><title>{episode}</title><season>{season}</season><episode>{episode}</episode>\
             <uniqueid type=\"tvdb\" default=\"true\">{id}</uniqueid></episodedetails>"
        )
    };
    let found = nfo(&(one(2, 3, 11) + "\n" + &one(2, 4, 12)));
    assert_eq!((found.season, found.episodes.as_slice()), (Some(2), &[3, 4][..]));
    assert_eq!(found.ids, [Id::Tvdb(11)]);
    // Episodes of two seasons are no one thing.
    let found = nfo(&(one(2, 13, 11) + &one(3, 1, 12)));
    assert_eq!((found.season, found.episodes.as_slice()), (None, &[][..]));
}

#[test]
fn an_address_in_an_episodes_nfo_is_its_series() {
    let found = nfo(
        "<episodedetails><title>x</title></episodedetails>\nhttps://www.themoviedb.org/tv/1396/season/2/episode/3",
    );
    assert_eq!(
        (found.kind, found.ids, found.series_ids),
        (Some(NfoKind::Episode), vec![], vec![Id::Tmdb(1396)])
    );
    assert_eq!((found.season, found.episodes), (Some(2), vec![3]));
}

#[test]
fn a_season_has_only_its_number() {
    let found =
        nfo("<season><seasonnumber>2</seasonnumber><title>Two</title></season> themoviedb.org/tv/1396");
    assert_eq!((found.kind, found.season, found.ids), (Some(NfoKind::Season), Some(2), vec![]));
}

#[test]
fn what_lies_beyond_the_limit_is_not_read() {
    let mut bytes = b"<movie><plot>".to_vec();
    bytes.resize(MAX_NFO, b'x');
    bytes.extend(b"</plot><tmdbid>603</tmdbid></movie>");
    assert_eq!(read(&bytes), None);
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_mixture_of_elements_is_too_strange(parts in proptest::collection::vec(0_usize..PARTS.len(), 0..40)) {
        let text: String = parts.into_iter().map(|part| PARTS[part]).collect();
        if let Some(nfo) = read(text.as_bytes()) {
            prop_assert!(nfo.ids.len() <= 4);
            prop_assert!(nfo.episodes.is_empty() || nfo.season.is_none() || nfo.kind.is_some());
        }
    }
}

const PARTS: [&str; 24] = [
    "<movie>",
    "</movie>",
    "<tvshow>",
    "</tvshow>",
    "<episodedetails>",
    "</episodedetails>",
    "<season>",
    "</season>",
    "1",
    "<episode>",
    "</episode>",
    "<uniqueid type=\"tmdb\"",
    " default=\"true\"",
    ">",
    "603",
    "</uniqueid>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&amp;",
    "&x",
    "<",
    "themoviedb.org/tv/1396/season/2/episode/3",
];

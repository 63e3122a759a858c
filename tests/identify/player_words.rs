//! Container tags, and titles that players show.

use crate::bench::{episodes, file, kinds, minutes, movie, online, without_token};
use discovr_scrobbler::identify::{EvidenceKind, HeldReason, Identification, Identity, Subject};
use discovr_scrobbler::player::{Location, Media};
use discovr_scrobbler_support::tmdb::Tmdb;

/// Container tags, with their values.
type Tags = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn container_tags_name_an_id() {
    let cases: [(&str, Tags, Identity); 4] = [
        ("/v/x.mkv", &[("tmdb", "movie/603")], movie(603)),
        ("/v/x S01E02.mkv", &[("tmdb", "tv/1396")], episodes(1396, 1, &[2])),
        (
            "/v/x.mp4",
            &[("tmdb", "tv/1396"), ("season_number", "1"), ("episode_sort", "4")],
            episodes(1396, 1, &[4]),
        ),
        ("/v/x S01E02.mkv", &[("tmdb", "tv/1396 / tv/1396")], episodes(1396, 1, &[2])),
    ];
    let identifier = without_token();
    for (path, tags, identity) in cases {
        let mut media = file(path);
        media.tags = tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let Identification::Known(known) =
            identifier.identify(Subject { media: &media, duration: None }).await
        else {
            panic!("{tags:?} is held");
        };
        assert_eq!(known.identity, identity, "{tags:?}");
        assert!(kinds(&known).contains(&EvidenceKind::Player));
    }
}

#[tokio::test]
async fn tags_in_words_are_looked_up_before_the_name() {
    let tmdb = Tmdb::start().await;
    let mut media = file("/v/episode.mp4");
    for (key, value) in [("show", "Breaking Bad"), ("season_number", "2"), ("episode_sort", "7")] {
        media.tags.insert(key.into(), value.into());
    }
    let found = online(&tmdb).identify(Subject { media: &media, duration: None }).await;
    assert!(matches!(found, Identification::Known(known) if known.identity == episodes(1396, 2, &[7])));
}

#[tokio::test]
async fn a_stream_goes_by_its_title_only_when_that_looks_like_a_video() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let mut media = Media::at(Location::Url("https://user:pass@host.example/s/8213?token=abc".into()));
    media.title = Some("Breaking Bad S01E02".into());
    let found = identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
    assert!(matches!(found, Identification::Known(known) if known.identity == episodes(1396, 1, &[2])));
    let before = tmdb.calls().len();
    media.title = Some("My holiday, part one".into());
    let found = identifier.identify(Subject { media: &media, duration: minutes(47) }).await;
    assert!(matches!(found, Identification::Held { reason: HeldReason::Unreadable, .. }), "{found:?}");
    assert_eq!(tmdb.calls().len(), before);
}

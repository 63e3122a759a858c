//! Which evidence goes before which.

use std::path::Path;

use crate::bench::{file, movie, settings, write};
use crate::rules::rule;
use discovr_scrobbler::identify::{Identification, Identifier, MemoryCache, Rule, RuleKind, Rules, Subject};
use discovr_scrobbler_support::tmdb::{BEARER, Tmdb};

#[tokio::test]
async fn the_chain_goes_by_the_strongest() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("The Mummy (1999) {tmdb-603}.mkv");
    write(&path.with_extension("nfo"), "<movie><tmdbid>841</tmdbid></movie>");
    let plain = folder.path().join("The Mummy (1999).mkv");
    write(&plain.with_extension("nfo"), "<movie><tmdbid>841</tmdbid></movie>");
    let bare = folder.path().join("sub/The Mummy (1999).mkv");
    write(&bare, "");
    let tmdb = Tmdb::start().await;
    let of = async |rules: &[Rule], path: &Path| {
        let rules = Rules::compile(rules, None).expect("rules");
        let identifier = Identifier::new(rules, settings(&tmdb.url(), Some(BEARER)), MemoryCache::new());
        let mut media = file(path);
        media.tags.insert("tmdb".into(), "movie/679".into());
        match identifier.identify(Subject { media: &media, duration: None }).await {
            Identification::Known(known) => known.identity,
            held @ Identification::Held { .. } => panic!("{held:?}"),
        }
    };
    let rules = [Rule { title: Some("the mummy".into()), ..rule(RuleKind::Movie, 348) }];
    assert_eq!(of(&rules, &plain).await, movie(348));
    assert_eq!(of(&[], &plain).await, movie(841));
    assert_eq!(of(&[], &bare).await, movie(679));
    assert_eq!(of(&[], &path).await, movie(603));
}

//! What the tests of the identify room share.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use discovr_scrobbler::identify::{
    AnswerCache, Candidate, Credential, EvidenceKind, HeldReason, Identification, Identified, Identifier,
    Identity, MemoryCache, MovieId, Rules, SeriesId, Subject, TmdbSettings,
};
use discovr_scrobbler::player::{Location, Media};
use discovr_scrobbler_support::tmdb::{BEARER, Tmdb};
use secrecy::SecretString;

/// An address at which nobody listens.
pub(crate) const NOBODY: &str = "http://127.0.0.1:9/3";

pub(crate) fn settings(url: &str, token: Option<&str>) -> TmdbSettings {
    TmdbSettings {
        api_url: url.parse().expect("an address"),
        credential: token.map(|token| Credential::parse(&SecretString::from(token)).expect("a token")),
        language: "en-US".into(),
    }
}

pub(crate) fn online(tmdb: &Tmdb) -> Identifier<MemoryCache> {
    Identifier::new(Rules::default(), settings(&tmdb.url(), Some(BEARER)), MemoryCache::new())
}

pub(crate) fn without_token() -> Identifier<MemoryCache> {
    Identifier::new(Rules::default(), settings(NOBODY, None), MemoryCache::new())
}

pub(crate) fn file(path: impl Into<PathBuf>) -> Media {
    Media::at(Location::File(path.into()))
}

pub(crate) fn minutes(minutes: u64) -> Option<Duration> {
    Some(Duration::from_secs(minutes * 60))
}

pub(crate) async fn identify(
    identifier: &Identifier<impl AnswerCache>,
    path: &str,
    duration: Option<Duration>,
) -> Identification {
    identifier.identify(Subject { media: &file(path), duration }).await
}

pub(crate) async fn known(
    identifier: &Identifier<impl AnswerCache>,
    path: &str,
    duration: Option<Duration>,
) -> Identified {
    match identify(identifier, path, duration).await {
        Identification::Known(known) => known,
        held @ Identification::Held { .. } => panic!("{path} is held: {held:?}"),
    }
}

pub(crate) async fn held(
    identifier: &Identifier<impl AnswerCache>,
    path: &str,
    duration: Option<Duration>,
) -> HeldReason {
    match identify(identifier, path, duration).await {
        Identification::Held { reason, .. } => reason,
        known @ Identification::Known(_) => panic!("{path} is known: {known:?}"),
    }
}

pub(crate) fn movie(id: u64) -> Identity {
    Identity::Movie { tmdb: MovieId(id) }
}

pub(crate) fn episodes(id: u64, season: u32, episodes: &[u32]) -> Identity {
    Identity::Episodes { tmdb: SeriesId(id), season, episodes: episodes.to_vec() }
}

pub(crate) fn kinds(known: &Identified) -> Vec<EvidenceKind> {
    known.evidence.iter().map(|evidence| evidence.kind).collect()
}

pub(crate) fn candidates(reason: HeldReason) -> Vec<String> {
    match reason {
        HeldReason::Ambiguous { candidates } => candidates.into_iter().map(named).collect(),
        reason => panic!("not ambiguous but {reason:?}"),
    }
}

fn named(candidate: Candidate) -> String {
    let numbers = match candidate.identity {
        Identity::Movie { .. } => String::new(),
        Identity::Episodes { season, episodes, .. } => format!(" S{season:02}E{:02}", episodes[0]),
    };
    candidate.label + &numbers
}

pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
    fs::write(path, text).expect("a file is written");
}

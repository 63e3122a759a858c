//! A journal in a folder of its own, and short words for what is put into it.

use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use discovr_scrobbler::clock::{Moment, Now};
use discovr_scrobbler::identify::{
    Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId, SeriesId,
    Work,
};
use discovr_scrobbler::journal::{
    Account, Content, Delivery, DeliveryRow, DeliveryStatus, Filed, Journal, Next, ProfileId, Recipient,
    ServiceName, ServiceState, Settlement,
};
use discovr_scrobbler::playback::{CompletedPart, Event, EventKind, Parts, Ranges, Viewing, ViewingId};
use discovr_scrobbler::player::{Location, Media, Position};
use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const DISCOVR: ServiceName = ServiceName("discovr");
pub(crate) const OTHER: ServiceName = ServiceName("other");
/// One that is told live, with no accounts of its own.
pub(crate) const LIVE: ServiceName = ServiceName("trakt");

/// The length of everything that is watched here.
pub(crate) const LENGTH: Duration = Duration::from_secs(6_000);

/// `seconds` after the beginning of these tests' time, with some milliseconds to lose.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_123 + seconds * 1_000).unwrap()
}

/// Whom the settings name.
pub(crate) fn to(account: &str, profile: &str) -> Recipient {
    Recipient {
        service: DISCOVR,
        account: Account(account.into()),
        profile: Some(profile).filter(|profile| !profile.is_empty()).map(|profile| ProfileId(profile.into())),
    }
}

pub(crate) fn me() -> Recipient {
    to("me", "p1")
}

pub(crate) fn id(number: u64) -> ViewingId {
    ViewingId(Uuid::from_u64_pair(number << 32, number))
}

/// A viewing that began at `start` and has not moved.
pub(crate) fn viewing(number: u64, path: &str, start: i64) -> Viewing {
    Viewing {
        id: id(number),
        media: Arc::new(Media { video: Some(true), ..Media::at(Location::File(PathBuf::from(path))) }),
        player: "mpv".into(),
        duration: LENGTH,
        position: Position::new(Duration::ZERO),
        ranges: Ranges::default(),
        started_at: at(start),
        position_at: at(start),
        parts: Parts::default(),
    }
}

/// The viewing watched on to `percent`, at `seconds`.
pub(crate) fn on(viewing: &Viewing, percent: u32, seconds: i64) -> Viewing {
    let position = Position::new(LENGTH * percent / 100);
    let mut watched = viewing.clone();
    watched.ranges.add(watched.position, position);
    watched.position = position;
    watched.position_at = at(seconds);
    watched
}

/// The viewing as one of `count` parts.
pub(crate) fn of_parts(viewing: &Viewing, count: u8) -> Viewing {
    Viewing { parts: Parts::of(NonZeroU8::new(count).unwrap()), ..viewing.clone() }
}

/// The viewing with the part with this place completed at `seconds`.
pub(crate) fn part_completed(viewing: &Viewing, index: u8, seconds: i64) -> Viewing {
    let of = viewing.parts.count();
    let part = CompletedPart { index, of, at: at(seconds) };
    Viewing { parts: Parts::kept(of, [part]).after(&viewing.parts), ..viewing.clone() }
}

/// The viewing with all its parts completed at `at`, where they were not before.
pub(crate) fn completed_at(viewing: &Viewing, at: Timestamp) -> Viewing {
    let of = viewing.parts.count();
    let all = (0..of.get()).map(|index| CompletedPart { index, of, at });
    Viewing { parts: Parts::kept(of, all).after(&viewing.parts), ..viewing.clone() }
}

pub(crate) fn completed(viewing: &Viewing, seconds: i64) -> Viewing {
    completed_at(&on(viewing, 80, seconds), at(seconds))
}

/// An event at the time of the viewing's position.
pub(crate) fn event(kind: EventKind, viewing: &Viewing) -> Event {
    let wall = viewing.position_at;
    Event { kind, at: Now { moment: Moment::new(Duration::ZERO), wall }, viewing: viewing.clone() }
}

pub(crate) fn movie(tmdb: u64) -> Identity {
    Identity::Movie { tmdb: MovieId(tmdb) }
}

pub(crate) fn episodes(tmdb: u64, season: u32, episodes: &[u32]) -> Identity {
    Identity::Episodes { tmdb: SeriesId(tmdb), season, episodes: episodes.to_vec() }
}

pub(crate) fn movie_work(tmdb: u64) -> Work {
    Work::Movie { tmdb: MovieId(tmdb) }
}

pub(crate) fn episode_work(tmdb: u64, season: u32, episode: u32) -> Work {
    Work::Episode { tmdb: SeriesId(tmdb), season, episode }
}

fn identified(identity: Identity, kind: EvidenceKind) -> Identification {
    Identification::Known(Identified {
        identity,
        label: "Some Title".into(),
        absolute: Vec::new(),
        evidence: vec![Evidence { kind, says: "it says so".into() }],
        confidence: Confidence::CERTAIN,
    })
}

/// The chain's word.
pub(crate) fn known(identity: Identity) -> Identification {
    identified(identity, EvidenceKind::NameId)
}

/// A rule of the user's.
pub(crate) fn ruled(identity: Identity) -> Identification {
    identified(identity, EvidenceKind::Rule)
}

/// The user's word.
pub(crate) fn matched(identity: Identity) -> Identification {
    identified(identity, EvidenceKind::Matched)
}

pub(crate) fn held() -> Identification {
    Identification::Held { reason: HeldReason::NotFound, label: "some.file".into(), evidence: Vec::new() }
}

pub(crate) fn well(service: ServiceName) -> ServiceState {
    ServiceState {
        service,
        not_before: None,
        failures: 0,
        needs_user: None,
        last_error: None,
        last_success_at: None,
    }
}

pub(crate) fn done() -> Settlement {
    Settlement::Done { proof: "answered 200".into() }
}

pub(crate) fn again(seconds: i64) -> Settlement {
    Settlement::Again { at: at(seconds), why: "it was busy".into() }
}

pub(crate) fn unsure(seconds: i64) -> Settlement {
    Settlement::Unsure { at: at(seconds), why: "no answer".into(), not_there: false }
}

pub(crate) fn not_there(seconds: i64) -> Settlement {
    Settlement::Unsure { at: at(seconds), why: "it is not there".into(), not_there: true }
}

pub(crate) fn refused() -> Settlement {
    Settlement::Refused { why: "no such title".into() }
}

pub(crate) fn is_history(content: &Content) -> bool {
    matches!(content, Content::History { .. })
}

pub(crate) fn is_retraction(content: &Content) -> bool {
    matches!(content, Content::Retraction { .. })
}

pub(crate) fn is_position(content: &Content) -> bool {
    matches!(content, Content::Playback { .. } | Content::Clearing { .. })
}

/// Work and instant, whatever is told of it.
pub(crate) fn told(content: &Content) -> (Work, Timestamp) {
    match *content {
        Content::Playback { work, at, .. }
        | Content::History { work, at, .. }
        | Content::Retraction { work, at }
        | Content::Clearing { work, at } => (work, at),
    }
}

pub(crate) fn percent(content: &Content) -> f64 {
    match content {
        Content::Playback { progress, .. } | Content::History { progress, .. } => progress.get(),
        Content::Retraction { .. } | Content::Clearing { .. } => 0.0,
    }
}

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) journal: Journal,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        Self { folder, journal }
    }

    pub(crate) fn path(&self) -> PathBuf {
        file(self.folder.path())
    }

    /// Closes the journal and opens it anew.
    pub(crate) async fn reopened(self) -> Self {
        self.journal.close().await;
        let journal = Journal::open(self.folder.path()).unwrap();
        assert_eq!(journal.set_aside(), None);
        Self { folder: self.folder, journal }
    }

    /// What a crash at this instant would leave behind, opened.
    pub(crate) fn crashed(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["", "-wal"] {
            let name = format!("journal.db{part}");
            std::fs::copy(self.folder.path().join(&name), folder.path().join(&name)).unwrap();
        }
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.set_aside(), None);
        Self { folder, journal }
    }

    pub(crate) async fn record_for(&self, kind: EventKind, viewing: &Viewing, recipients: &[Recipient]) {
        self.journal.record(event(kind, viewing), recipients.to_vec()).await.unwrap();
    }

    pub(crate) async fn record(&self, kind: EventKind, viewing: &Viewing) {
        self.record_for(kind, viewing, &[me()]).await;
    }

    pub(crate) async fn identify(&self, number: u64, identification: Identification, seconds: i64) -> Filed {
        self.journal.identify(id(number), identification, at(seconds)).await.unwrap()
    }

    /// A movie watched to its end within a hundred seconds from `start`; completed at the 80th, position at the 100th.
    pub(crate) async fn watched(&self, number: u64, identity: Identity, start: i64) -> Viewing {
        let begun = viewing(number, &format!("/films/{number}.mkv"), start);
        self.record(EventKind::Started, &begun).await;
        self.identify(number, known(identity), start).await;
        let complete = completed(&begun, start + 80);
        self.record(EventKind::Completed, &complete).await;
        let ended = on(&complete, 100, start + 100);
        self.record(EventKind::Stopped, &ended).await;
        ended
    }

    pub(crate) async fn next_for(&self, recipient: &Recipient, seconds: i64) -> Next {
        let Recipient { service, account, profile } = recipient.clone();
        self.journal.next(service, account, profile, at(seconds)).await.unwrap()
    }

    pub(crate) async fn next(&self, seconds: i64) -> Next {
        self.next_for(&me(), seconds).await
    }

    pub(crate) async fn deliver(&self, seconds: i64) -> Delivery {
        match self.next(seconds).await {
            Next::Deliver(delivery) => delivery,
            other => panic!("nothing to deliver: {other:?}"),
        }
    }

    pub(crate) async fn verify(&self, seconds: i64) -> Delivery {
        match self.next(seconds).await {
            Next::Verify(delivery) => delivery,
            other => panic!("nothing to ask for: {other:?}"),
        }
    }

    pub(crate) async fn settle(&self, delivery: &Delivery, settlement: Settlement, seconds: i64) {
        let state = well(delivery.recipient.service);
        self.journal.settle(delivery.id, settlement, state, at(seconds)).await.unwrap();
    }

    pub(crate) async fn all(&self) -> Vec<DeliveryRow> {
        self.journal.deliveries(Vec::new()).await.unwrap()
    }

    pub(crate) async fn history(&self) -> Vec<DeliveryRow> {
        self.all().await.into_iter().filter(|row| is_history(&row.content)).collect()
    }

    pub(crate) async fn positions(&self) -> Vec<DeliveryRow> {
        self.all().await.into_iter().filter(|row| is_position(&row.content)).collect()
    }

    pub(crate) async fn retractions(&self) -> Vec<DeliveryRow> {
        self.all().await.into_iter().filter(|row| is_retraction(&row.content)).collect()
    }

    pub(crate) async fn statuses(&self) -> Vec<DeliveryStatus> {
        self.all().await.into_iter().map(|row| row.status).collect()
    }

    /// Delivers everything that is ready at `seconds`.
    pub(crate) async fn deliver_all(&self, seconds: i64) -> Vec<Delivery> {
        let mut delivered = Vec::new();
        while let Next::Deliver(delivery) = self.next(seconds).await {
            self.settle(&delivery, done(), seconds).await;
            delivered.push(delivery);
        }
        delivered
    }
}

pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}

/// The path with more at its end: `journal.db` with `-wal`.
pub(crate) fn with(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

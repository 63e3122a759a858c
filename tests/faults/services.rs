//! Two services on one journal: what happens to one is nothing to the other.

use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use discovr_scrobbler::clock::{Clock, Moment, Now};
use discovr_scrobbler::identify::{
    Confidence, Evidence, EvidenceKind, Identification, Identified, Identity, MovieId,
};
use discovr_scrobbler::journal::{Account, Delivery, Journal, ProfileId, Recipient, ServiceName};
use discovr_scrobbler::playback::{CompletedPart, Event, EventKind, Parts, Ranges, Viewing, ViewingId};
use discovr_scrobbler::player::{Location, Media, Position};
use discovr_scrobbler::service::discovr::{Discovr, TokenSource};
use discovr_scrobbler::service::{Active, End, Ending, Outcome, Service, Timing, deliver};
use discovr_scrobbler_support::discovr::{Discovr as StandIn, Entry, Fault, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::report;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::scene::LIMIT;

const FIRST: ServiceName = ServiceName("first");
const SECOND: ServiceName = ServiceName("second");
const FILMS: u64 = 3;

/// A service of its own name, which is told as Discovr is.
struct Named(ServiceName, Discovr);

impl Service for Named {
    fn name(&self) -> ServiceName {
        self.0
    }

    async fn greet(&mut self, profile: Option<&ProfileId>) -> Result<(), Outcome> {
        self.1.greet(profile).await
    }

    async fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        self.1.deliver(delivery).await
    }

    async fn verify(&mut self, delivery: &Delivery) -> Outcome {
        self.1.verify(delivery).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_keeps_nothing_from_the_other_and_gets_all_of_it_later() {
    let (mut first, second) = (StandIn::start().await, StandIn::start().await);
    first.go_down();
    let desk = Desk::with_films().await;
    let workers = [desk.work(FIRST, &first), desk.work(SECOND, &second)];
    all_are_there(&second).await;
    assert!(first.calls().is_empty());
    first.come_up().await;
    all_are_there(&first).await;
    ended(workers).await;
    desk.is_told_once(&[&first, &second]);
    report::held("two of everything", "of two services one is down", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_loses_its_answers_changes_nothing_at_the_other() {
    let (first, second) = (StandIn::start().await, StandIn::start().await);
    first.fail("POST /profile/history", Fault::HangupAfter, 2);
    second.fail("POST /profile/history", Fault::Hangup, 1);
    let desk = Desk::with_films().await;
    let workers = [desk.work(FIRST, &first), desk.work(SECOND, &second)];
    all_are_there(&first).await;
    all_are_there(&second).await;
    ended(workers).await;
    desk.is_told_once(&[&first, &second]);
    report::held("two of everything", "of two services each loses answers", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_never_answers_keeps_the_other_from_nothing() {
    let (first, second) = (StandIn::start().await, StandIn::start().await);
    first.is_deaf(true);
    let desk = Desk::with_films().await;
    let workers = [desk.work(FIRST, &first), desk.work(SECOND, &second)];
    all_are_there(&second).await;
    assert!(first.calls().is_empty());
    first.is_deaf(false);
    all_are_there(&first).await;
    ended(workers).await;
    desk.is_told_once(&[&first, &second]);
    report::held("two of everything", "of two services one never answers", &[]);
}

/// A journal in which some films wait for both services.
struct Desk {
    _folder: tempfile::TempDir,
    journal: Journal,
    films: Vec<(String, Timestamp)>,
}

impl Desk {
    async fn with_films() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("a journal");
        let mut films = Vec::new();
        for number in 0..FILMS {
            let tmdb = 600 + number;
            let at = crate::scene::now() - Duration::from_secs(600 * (FILMS - number));
            watched(&journal, tmdb, at).await;
            films.push((
                format!("MV_{tmdb}"),
                at.round(jiff::Unit::Millisecond).expect("it is a time of today"),
            ));
        }
        Self { _folder: folder, journal, films }
    }

    fn work(&self, name: ServiceName, stand_in: &StandIn) -> (End, JoinHandle<()>) {
        let source = TokenSource::new(|| async { Ok(SecretString::from(REFRESH_TOKEN)) });
        let url = stand_in.url().parse().expect("an address");
        let service = Named(name, Discovr::new(url, source, Clock::system()));
        let active = Active { account: Account(String::new()), profile: Some(ProfileId(PROFILE.into())) };
        let (end, wake) = (End::new(), Arc::new(Notify::new()));
        let work = deliver(
            service,
            self.journal.clone(),
            Clock::system(),
            wake,
            active,
            Timing::default(),
            end.clone(),
        );
        (end, tokio::spawn(work))
    }

    /// Each service has each film once, with its time.
    fn is_told_once(&self, services: &[&StandIn]) {
        for service in services {
            let mut history: Vec<(String, Timestamp)> = service
                .history(PROFILE)
                .into_iter()
                .map(|Entry { media_id, updated_at, .. }| (media_id, updated_at))
                .collect();
            history.sort();
            let off = |(told, watched): (&(String, Timestamp), &(String, Timestamp))| {
                told.0 != watched.0
                    || told.1.duration_since(watched.1).abs() > jiff::SignedDuration::from_secs(1)
            };
            assert!(
                history.len() == self.films.len() && !history.iter().zip(&self.films).any(off),
                "{history:?} is not {:?}",
                self.films
            );
        }
    }
}

async fn watched(journal: &Journal, tmdb: u64, at: Timestamp) {
    let length = Duration::from_secs(6_000);
    let viewing = Viewing {
        id: ViewingId(Uuid::from_u64_pair(1, tmdb)),
        media: Arc::new(Media::at(Location::File(PathBuf::from(format!("/{tmdb}.mkv"))))),
        player: "mpv".into(),
        duration: length,
        position: Position::new(length),
        ranges: Ranges::default(),
        started_at: at,
        position_at: at,
        parts: Parts::kept(NonZeroU8::MIN, [CompletedPart { index: 0, of: NonZeroU8::MIN, at }]),
    };
    let id = viewing.id;
    let recipients = [FIRST, SECOND].map(|service| Recipient {
        service,
        account: Account(String::new()),
        profile: Some(ProfileId(PROFILE.into())),
    });
    let now = Now { moment: Moment::new(Duration::ZERO), wall: at };
    let event = Event { kind: EventKind::Completed, at: now, viewing };
    journal.record(event, recipients.into()).await.expect("it is recorded");
    let known = Identification::Known(Identified {
        identity: Identity::Movie { tmdb: MovieId(tmdb) },
        label: "Some Title".into(),
        absolute: Vec::new(),
        evidence: vec![Evidence { kind: EvidenceKind::NameId, says: "it says so".into() }],
        confidence: Confidence::CERTAIN,
    });
    journal.identify(id, known, at).await.expect("it is identified");
}

async fn all_are_there(stand_in: &StandIn) {
    let films = usize::try_from(FILMS).expect("a few");
    stand_in.wait_for("all films", LIMIT, |stand_in| stand_in.history(PROFILE).len() >= films).await;
}

async fn ended(workers: [(End, JoinHandle<()>); 2]) {
    for (end, task) in workers {
        end.order(Ending::Shutdown);
        tokio::time::timeout(LIMIT, task).await.expect("it ends").expect("it does not panic");
    }
}

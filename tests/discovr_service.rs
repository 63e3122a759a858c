//! The Discovr service and its worker against a strict stand-in: each way in which a call can go, and what is in the
//! history then.

use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use discovr_scrobbler::clock::{Clock, Moment, Now};
use discovr_scrobbler::identify::{
    Confidence, Evidence, EvidenceKind, Identification, Identified, Identity, MovieId, SeriesId, Work,
};
use discovr_scrobbler::journal::{
    Account, Content, Delivery, DeliveryId, DeliveryRow, DeliveryStatus, Journal, JournalError, Next,
    ProfileId, Recipient, Remedy, ServiceName, ServiceState, Settlement, Sibling,
};
use discovr_scrobbler::playback::{
    CompletedPart, Event, EventKind, Parts, Progress, Ranges, Viewing, ViewingId,
};
use discovr_scrobbler::player::{Location, Media, Position};
use discovr_scrobbler::service::discovr::{DISCOVR, Discovr, TokenSource};
use discovr_scrobbler::service::{Active, End, Ending, Outbox, Outcome, Service, Timing, Trouble, deliver};
use discovr_scrobbler_support::discovr::{
    Discovr as StandIn, Entry, Fault, OTHER_PROFILE, PROFILE, REFRESH_TOKEN,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

const EPISODE: Work = Work::Episode { tmdb: SeriesId(1396), season: 1, episode: 2 };
const MOVIE: Work = Work::Movie { tmdb: MovieId(603) };

fn client(stand_in: &StandIn, token: &'static str) -> Discovr {
    let source = TokenSource::new(move || async move { Ok(SecretString::from(token)) });
    Discovr::new(stand_in.url().parse().expect("an address"), source, Clock::system())
}

fn at() -> Timestamp {
    "2026-03-01T21:14:05.123Z".parse().expect("a date")
}

fn delivery(content: Content, profile: Option<&str>) -> Delivery {
    Delivery {
        id: DeliveryId(1),
        viewing: ViewingId(Uuid::from_u64_pair(0, 1)),
        recipient: Recipient {
            service: DISCOVR,
            account: Account("default".into()),
            profile: profile.map(|profile| ProfileId(profile.into())),
        },
        content,
        attempts: 0,
        last_attempt_at: None,
        times_not_there: 0,
        live: None,
        absolute: None,
        receipt: None,
        siblings: Vec::new(),
    }
}

fn history(work: Work) -> Delivery {
    delivery(Content::History { work, progress: Progress::percent(80.004), at: at() }, Some(PROFILE))
}

fn playback(work: Work) -> Delivery {
    delivery(Content::Playback { work, progress: Progress::percent(42.5), at: at() }, Some(PROFILE))
}

#[tokio::test]
async fn a_completed_episode_becomes_one_entry_with_its_own_time() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    let outcome = discovr.deliver(&history(EPISODE)).await;
    assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    let entries = stand_in.history(PROFILE);
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!((entry.media_id.as_str(), entry.season, entry.episode), ("TV_1396", Some(1), Some(2)));
    assert_eq!(entry.updated_at, at());
    assert!(entry.progress >= 80.0);
}

#[tokio::test]
async fn a_position_that_discovr_does_not_know_yet_is_made_and_then_told() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    for work in [EPISODE, MOVIE] {
        assert!(matches!(discovr.deliver(&playback(work)).await, Outcome::Delivered(_)));
    }
    let items = stand_in.playback(PROFILE);
    assert_eq!(items["TV_1396"]["episode"], 2);
    assert_eq!(items["MV_603"]["progress"], 42.5);
}

#[tokio::test]
async fn specials_are_refused_without_a_call() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    for (season, episode) in [(0, 3), (1, 0)] {
        let work = Work::Episode { tmdb: SeriesId(1396), season, episode };
        let Outcome::Refused { why } = discovr.deliver(&history(work)).await else { panic!("not refused") };
        assert!(why.contains("not supported by Discovr"), "{why}");
    }
    assert_eq!(stand_in.calls(), []);
}

#[tokio::test]
async fn one_session_serves_many_calls_and_is_renewed_when_it_ends() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    for _ in 0..3 {
        discovr.deliver(&playback(MOVIE)).await;
    }
    assert_eq!(stand_in.calls_to("POST /auth/session-token").len(), 1);
    // Less is left of the next ones than the margin: each call mints anew.
    stand_in.sessions_live(Duration::from_secs(60));
    for _ in 0..2 {
        assert!(matches!(discovr.deliver(&playback(MOVIE)).await, Outcome::Delivered(_)));
    }
    // One after the 401 of the session that was ended, one because it was nearly over.
    assert_eq!(stand_in.calls_to("POST /auth/session-token").len(), 3);
}

#[tokio::test]
async fn a_refused_refresh_token_asks_for_a_sign_in_and_never_shows_it() {
    let stand_in = StandIn::start().await;
    let wrong = "rt_0000secret0000";
    let mut discovr = client(&stand_in, wrong);
    let outcome = discovr.deliver(&history(MOVIE)).await;
    assert!(matches!(outcome, Outcome::SignInNeeded { .. }), "{outcome:?}");
    assert!(!format!("{outcome:?} {discovr:?}").contains("secret"));
}

#[tokio::test]
async fn a_sign_in_that_ends_in_the_middle_asks_for_a_new_one() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    discovr.deliver(&playback(MOVIE)).await;
    stand_in.revoke(true);
    assert!(matches!(discovr.deliver(&history(MOVIE)).await, Outcome::SignInNeeded { .. }));
    stand_in.revoke(false);
    assert!(matches!(discovr.deliver(&history(MOVIE)).await, Outcome::Delivered(_)));
}

#[tokio::test]
async fn a_profile_that_is_missing_or_wrong_is_answered_with_the_accounts_profiles() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    let content = Content::History { work: MOVIE, progress: Progress::percent(80.0), at: at() };
    let Outcome::SignInNeeded { why } = discovr.deliver(&delivery(content, None)).await else {
        panic!("no profile, no sign-in")
    };
    let unknown = discovr.deliver(&delivery(content, Some("prof_gone"))).await;
    let Outcome::ProfileUnknown { why: which, hint } = unknown else { panic!("it is unknown: {unknown:?}") };
    assert_eq!(which, "the profile \"prof_gone\" is not one of this account's");
    for text in [why, hint] {
        assert!(text.contains("discovr.profile") && text.contains(PROFILE) && text.contains("Kim"), "{text}");
    }
}

#[tokio::test]
async fn a_profile_that_the_account_has_is_not_unknown_because_a_session_is_refused() {
    let stand_in = StandIn::start().await;
    for status in [400, 403, 404, 422] {
        let mut discovr = client(&stand_in, REFRESH_TOKEN);
        stand_in.fail("POST /auth/session-token", Fault::Status(status), 1);
        let outcome = discovr.deliver(&history(MOVIE)).await;
        assert!(matches!(outcome, Outcome::TryLater { trouble: Trouble::Either, .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn what_was_lost_after_it_was_done_is_found_and_what_was_not_done_is_not() {
    let stand_in = StandIn::start().await;
    for (fault, done) in [
        (Fault::HangupAfter, true),
        (Fault::HalfAnswer, true),
        (Fault::Garbage, true),
        (Fault::StatusAfter(500), true),
        (Fault::Hangup, false),
        (Fault::Status(500), false),
    ] {
        let mut discovr = client(&stand_in, REFRESH_TOKEN);
        let before = stand_in.history(PROFILE).len();
        // Each case has an episode of its own.
        let episode = u32::try_from(before).expect("a small number") + 10;
        let work = Work::Episode { tmdb: SeriesId(1396), season: 1, episode };
        stand_in.fail("POST /profile/history", fault.clone(), 1);
        let outcome = discovr.deliver(&history(work)).await;
        assert!(matches!(outcome, Outcome::Unsure { .. }), "{fault:?}: {outcome:?}");
        let answer = discovr.verify(&history(work)).await;
        if done {
            assert!(matches!(answer, Outcome::Delivered(_)), "{fault:?}: {answer:?}");
        } else {
            assert_eq!(answer, Outcome::NotThere, "{fault:?}");
        }
        assert_eq!(stand_in.history(PROFILE).len(), before + usize::from(done), "{fault:?}");
    }
}

#[tokio::test]
async fn an_older_entry_of_the_same_title_is_not_taken_for_this_one() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    let earlier = at().saturating_sub(Duration::from_secs(3)).expect("in range");
    let content = Content::History { work: MOVIE, progress: Progress::percent(90.0), at: earlier };
    discovr.deliver(&delivery(content, Some(PROFILE))).await;
    assert_eq!(discovr.verify(&history(MOVIE)).await, Outcome::NotThere);
}

#[tokio::test]
async fn an_entry_is_found_behind_more_than_one_page_of_others() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    discovr.deliver(&history(MOVIE)).await;
    for minute in 1..=60_u64 {
        let later = at().saturating_add(Duration::from_secs(minute * 60)).expect("in range");
        let content = Content::History { work: MOVIE, progress: Progress::percent(90.0), at: later };
        discovr.deliver(&delivery(content, Some(PROFILE))).await;
    }
    assert!(matches!(discovr.verify(&history(MOVIE)).await, Outcome::Delivered(_)));
}

/// A profile whose history has `count` other viewings of the movie, a minute apart, after (or before) this one.
fn watched_often(stand_in: &StandIn, count: i64, after: bool) {
    for minute in 1..=count {
        let minutes = SignedDuration::from_mins(if after { minute } else { -minute });
        let updated_at = at() + minutes;
        let media_id = "MV_603".to_owned();
        let entry =
            Entry { media_id, season: None, episode: None, progress: 90.0, updated_at, created_at: at() };
        stand_in.has_already(PROFILE, entry);
    }
}

#[tokio::test]
async fn a_history_that_is_too_long_to_be_read_leaves_the_question_open() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    discovr.deliver(&history(MOVIE)).await;
    watched_often(&stand_in, 1_001, true);
    let answer = discovr.verify(&history(MOVIE)).await;
    assert!(matches!(answer, Outcome::TryLater { trouble: Trouble::Delivery, .. }), "{answer:?}");
}

#[tokio::test]
async fn behind_an_older_entry_nothing_is_looked_for() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    watched_often(&stand_in, 10, true);
    watched_often(&stand_in, 1_001, false);
    assert_eq!(discovr.verify(&history(MOVIE)).await, Outcome::NotThere);
    assert_eq!(stand_in.calls_to("GET /profile/history").len(), 1);
}

#[tokio::test]
async fn a_service_that_is_down_busy_or_elsewhere_is_tried_later() {
    let mut stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    discovr.deliver(&playback(MOVIE)).await;
    let waits = |outcome: &Outcome| match outcome {
        Outcome::TryLater { trouble: Trouble::Service, after, .. } => *after,
        other => panic!("{other:?}"),
    };
    stand_in.fail("POST /profile/history", Fault::TooMany(Some("33".into())), 1);
    assert_eq!(waits(&discovr.deliver(&history(MOVIE)).await), Some(Duration::from_secs(33)));
    stand_in.fail("POST /profile/history", Fault::TooMany(None), 1);
    assert_eq!(waits(&discovr.deliver(&history(MOVIE)).await), None);
    stand_in.fail("POST /profile/history", Fault::Redirect, 1);
    waits(&discovr.deliver(&history(MOVIE)).await);
    stand_in.go_down();
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    waits(&discovr.deliver(&history(MOVIE)).await);
    assert_eq!(stand_in.history(PROFILE), []);
}

#[tokio::test]
async fn a_title_that_discovr_does_not_want_is_refused_with_its_reason() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    stand_in.fail("POST /profile/history", Fault::Status(422), 1);
    let Outcome::Refused { why } = discovr.deliver(&history(MOVIE)).await else { panic!("not refused") };
    assert_eq!(why, "Discovr said no (422): as the test asked");
}

/// Longer than anything takes.
const LIMIT: Duration = Duration::from_secs(60);

/// A journal, a stand-in, and workers between them.
struct Desk {
    _folder: TempDir,
    journal: Journal,
    stand_in: StandIn,
    wake: Arc<Notify>,
}

/// A worker that runs.
struct Running {
    end: End,
    task: JoinHandle<()>,
}

impl Running {
    async fn end(self, ending: Ending) {
        self.end.order(ending);
        tokio::time::timeout(LIMIT, self.task).await.expect("it ends").expect("it does not panic");
    }
}

fn swift() -> Timing {
    Timing { pace: Duration::ZERO, journal: Duration::from_millis(10), ..Timing::default() }
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("a journal");
        Self { _folder: folder, journal, stand_in: StandIn::start().await, wake: Arc::default() }
    }

    /// A movie that was watched to its end, so many minutes after the others: one position and one history entry.
    async fn watched(&self, minute: u64, tmdb: u64, profile: Option<&str>) {
        let began = at() + Duration::from_secs(minute * 60);
        let length = Duration::from_secs(6_000);
        let viewing = Viewing {
            id: ViewingId(Uuid::from_u64_pair(minute, tmdb)),
            media: Arc::new(Media::at(Location::File(PathBuf::from(format!("/{tmdb}.mkv"))))),
            player: "mpv".into(),
            duration: length,
            position: Position::new(length),
            ranges: Ranges::default(),
            started_at: began,
            position_at: began,
            parts: Parts::kept(NonZeroU8::MIN, [CompletedPart { index: 0, of: NonZeroU8::MIN, at: began }]),
        };
        let recipient = Recipient {
            service: DISCOVR,
            account: Account(String::new()),
            profile: profile.map(|profile| ProfileId(profile.into())),
        };
        let now = Now { moment: Moment::new(Duration::ZERO), wall: began };
        let event = Event { kind: EventKind::Completed, at: now, viewing: viewing.clone() };
        self.journal.record(event, vec![recipient]).await.expect("it is recorded");
        let known = Identification::Known(Identified {
            identity: Identity::Movie { tmdb: MovieId(tmdb) },
            label: "Some Title".into(),
            absolute: Vec::new(),
            evidence: vec![Evidence { kind: EvidenceKind::NameId, says: "it says so".into() }],
            confidence: Confidence::CERTAIN,
        });
        self.journal.identify(viewing.id, known, began).await.expect("it is identified");
    }

    fn work(&self, profile: &str, timing: Timing) -> Running {
        self.work_with(self.journal.clone(), profile, timing)
    }

    fn work_with(&self, outbox: impl Outbox + 'static, profile: &str, timing: Timing) -> Running {
        let active = Active { account: Account(String::new()), profile: Some(ProfileId(profile.into())) };
        let (end, wake) = (End::new(), Arc::clone(&self.wake));
        let service = client(&self.stand_in, REFRESH_TOKEN);
        let task = tokio::spawn(deliver(service, outbox, Clock::system(), wake, active, timing, end.clone()));
        Running { end, task }
    }

    async fn rows(&self) -> Vec<DeliveryRow> {
        self.journal.deliveries(Vec::new()).await.expect("they can be read")
    }

    async fn statuses(&self) -> Vec<DeliveryStatus> {
        self.rows().await.iter().map(|row| row.status).collect()
    }

    async fn state(&self) -> ServiceState {
        self.journal.service_state(DISCOVR).await.expect("it can be read")
    }

    /// Waits until the deliveries are as they should be.
    async fn until(&self, what: &str, holds: impl Fn(&[DeliveryRow]) -> bool) {
        let wait = async {
            while !holds(&self.rows().await) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(LIMIT, wait).await.is_err() {
            panic!("waited for {what}; {:?}; {:#?}", self.stand_in.calls(), self.rows().await);
        }
    }

    async fn until_all_is_done(&self) {
        self.until("all to be done", |rows| rows.iter().all(|row| row.status == DeliveryStatus::Done)).await;
    }
}

#[tokio::test]
async fn what_a_replaced_worker_had_under_way_is_asked_for_by_the_next() {
    let desk = Desk::new().await;
    desk.stand_in.fail("POST /profile/history", Fault::StallAfter(LIMIT), 1);
    desk.watched(0, 603, Some(PROFILE)).await;
    let first = desk.work(PROFILE, Timing { farewell: Duration::ZERO, ..swift() });
    desk.stand_in.wait_for("the entry", LIMIT, |discovr| discovr.history(PROFILE).len() == 1).await;
    first.end(Ending::Replaced).await;
    assert_eq!(desk.statuses().await, [DeliveryStatus::Sending]);
    let second = desk.work(PROFILE, swift());
    desk.until_all_is_done().await;
    assert_eq!(desk.stand_in.history(PROFILE).len(), 1);
    second.end(Ending::Shutdown).await;
}

/// A journal that cannot write outcomes for a while.
#[derive(Clone)]
struct Full(Journal, Arc<AtomicU32>);

impl Outbox for Full {
    async fn recover(&self, service: ServiceName, now: Timestamp) -> Result<u64, JournalError> {
        self.0.recover_service(service, now).await
    }

    async fn next(&self, service: ServiceName, active: Active, now: Timestamp) -> Result<Next, JournalError> {
        Outbox::next(&self.0, service, active, now).await
    }

    async fn settle(
        &self,
        delivery: DeliveryId,
        settlement: Settlement,
        state: ServiceState,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let left = self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => Err(JournalError::Closed),
            Err(_) => self.0.settle(delivery, settlement, state, now).await,
        }
    }

    async fn state(&self, service: ServiceName) -> Result<ServiceState, JournalError> {
        self.0.service_state(service).await
    }

    async fn set_state(&self, state: ServiceState) -> Result<(), JournalError> {
        self.0.set_service_state(state).await
    }
}

#[tokio::test]
async fn an_outcome_that_cannot_be_written_is_written_as_soon_as_it_can() {
    let desk = Desk::new().await;
    desk.watched(0, 603, Some(PROFILE)).await;
    let worker = desk.work_with(Full(desk.journal.clone(), Arc::new(AtomicU32::new(5))), PROFILE, swift());
    desk.until_all_is_done().await;
    assert_eq!(desk.stand_in.calls_to("POST /profile/history").len(), 1);
    assert_eq!(desk.stand_in.calls_to("GET /profile/history").len(), 0);
    worker.end(Ending::Shutdown).await;
}

#[tokio::test]
async fn an_outcome_that_can_never_be_written_does_not_keep_the_worker_from_ending() {
    for ending in [Ending::Replaced, Ending::Shutdown] {
        let desk = Desk::new().await;
        desk.watched(0, 603, Some(PROFILE)).await;
        let full = Full(desk.journal.clone(), Arc::new(AtomicU32::new(u32::MAX)));
        let worker = desk.work_with(full, PROFILE, Timing { farewell: Duration::ZERO, ..swift() });
        desk.stand_in.wait_for("the position", LIMIT, |discovr| !discovr.playback(PROFILE).is_empty()).await;
        worker.end(ending).await;
    }
}

#[tokio::test]
async fn a_title_that_is_always_answered_with_an_error_holds_up_no_other() {
    for status in [500, 403] {
        let desk = Desk::new().await;
        desk.stand_in.stumble_over("MV_1", status);
        desk.watched(0, 1, Some(PROFILE)).await;
        desk.watched(5, 2, Some(PROFILE)).await;
        let worker = desk.work(PROFILE, swift());
        desk.stand_in.wait_for("the other", LIMIT, |discovr| discovr.history(PROFILE).len() == 1).await;
        assert_eq!(desk.stand_in.history(PROFILE)[0].media_id, "MV_2");
        worker.end(Ending::Replaced).await;
    }
}

#[tokio::test]
async fn a_replaced_worker_begins_nothing_new_and_at_the_end_what_is_due_is_still_told() {
    for (ending, told) in [(Ending::Replaced, 1), (Ending::Shutdown, 6)] {
        let desk = Desk::new().await;
        for number in 1..=3 {
            desk.watched(number * 5, number, Some(PROFILE)).await;
        }
        let timing = Timing { pace: LIMIT * 60, farewell: LIMIT, last_pace: Duration::ZERO, ..swift() };
        let worker = desk.work(PROFILE, timing);
        desk.until("the first", |rows| rows.len() == 5).await;
        worker.end(ending).await;
        let waiting = desk.statuses().await.iter().filter(|&&status| status == DeliveryStatus::Due).count();
        assert_eq!(6 - waiting, told, "{ending:?}");
        assert!(!desk.statuses().await.contains(&DeliveryStatus::Sending));
    }
}

#[tokio::test]
async fn a_service_that_asks_for_patience_when_it_is_greeted_gets_it() {
    let desk = Desk::new().await;
    desk.stand_in.fail("POST /auth/session-token", Fault::TooMany(Some("3600".into())), 1);
    desk.watched(0, 603, Some(PROFILE)).await;
    let worker = desk.work(PROFILE, swift());
    desk.stand_in.wait_for("the greeting", LIMIT, |discovr| discovr.calls().len() == 1).await;
    while desk.state().await.not_before.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let soon = Clock::system().now().wall + Duration::from_secs(3_000);
    assert!(desk.state().await.not_before > Some(soon));
    worker.end(Ending::Shutdown).await;
    assert_eq!(desk.stand_in.calls().len(), 1);
}

#[tokio::test]
async fn what_was_queued_for_a_misspelt_profile_goes_to_the_one_that_is_named_then() {
    let desk = Desk::new().await;
    desk.watched(0, 1, Some("prof_typo")).await;
    desk.watched(5, 2, Some("prof_typo")).await;
    let misspelt = desk.work("prof_typo", swift());
    while desk.state().await.needs_user.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The user asks for it to be tried all the same.
    desk.journal.retry(None).await.expect("it is retried");
    let asked = desk.stand_in.calls_to("POST /auth/session-token").len();
    desk.wake.notify_one();
    let again = |discovr: &StandIn| discovr.calls_to("POST /auth/session-token").len() > asked;
    desk.stand_in.wait_for("another try", LIMIT, again).await;
    misspelt.end(Ending::Replaced).await;
    let why = desk.state().await.needs_user.expect("the user is needed");
    assert!(why.contains("prof_typo") && why.contains("discovr.profile"), "{why}");
    assert!(desk.rows().await.iter().all(|row| row.status == DeliveryStatus::Due), "{:?}", desk.rows().await);

    let corrected = desk.work(PROFILE, swift());
    desk.until_all_is_done().await;
    assert_eq!(desk.stand_in.history(PROFILE).len(), 2);
    assert_eq!(desk.stand_in.playback(PROFILE).len(), 2);
    assert_eq!(desk.stand_in.history(OTHER_PROFILE), []);
    corrected.end(Ending::Shutdown).await;
}

#[tokio::test]
async fn an_unknown_profile_holds_up_no_other_and_another_real_one_keeps_its_own() {
    let desk = Desk::new().await;
    desk.watched(0, 1, Some("prof_typo")).await;
    desk.watched(5, 2, Some(OTHER_PROFILE)).await;
    desk.watched(10, 3, Some(PROFILE)).await;
    desk.watched(15, 4, None).await;
    let worker = desk.work(PROFILE, swift());
    desk.until_all_is_done().await;
    let told = |profile| {
        let entries = desk.stand_in.history(profile);
        entries.into_iter().map(|entry| entry.media_id).collect::<Vec<_>>()
    };
    assert_eq!(told(PROFILE), ["MV_1", "MV_3", "MV_4"]);
    assert_eq!(told(OTHER_PROFILE), ["MV_2"]);
    worker.end(Ending::Shutdown).await;
}

#[tokio::test]
async fn what_waits_for_a_profile_that_was_real_once_is_told_to_another_only_if_the_user_says_so() {
    let desk = Desk::new().await;
    desk.watched(0, 1, Some(OTHER_PROFILE)).await;
    let worker = desk.work(OTHER_PROFILE, swift());
    desk.until_all_is_done().await;
    worker.end(Ending::Replaced).await;
    desk.watched(5, 2, Some(OTHER_PROFILE)).await;
    desk.stand_in.lose_profile(OTHER_PROFILE);
    desk.watched(10, 3, Some(PROFILE)).await;

    let worker = desk.work(PROFILE, swift());
    desk.stand_in.wait_for("its own", LIMIT, |discovr| discovr.history(PROFILE).len() == 1).await;
    desk.until("the rest to be done", |rows| {
        rows.iter().all(|row| matches!(row.status, DeliveryStatus::Done | DeliveryStatus::Refused))
    })
    .await;
    let rows = desk.rows().await;
    let refused: Vec<_> = rows.iter().filter(|row| row.status == DeliveryStatus::Refused).collect();
    assert_eq!(refused.len(), 2, "{rows:#?}");
    let why = format!("the profile {OTHER_PROFILE:?} is not one of this account's");
    assert!(refused.iter().all(|row| row.last_error.as_ref() == Some(&why)), "{refused:#?}");

    desk.journal.retry(None).await.expect("it is retried");
    desk.wake.notify_one();
    desk.until_all_is_done().await;
    assert_eq!(desk.stand_in.history(PROFILE).len(), 2);
    // What arrived there stays where it was.
    assert_eq!(desk.rows().await[0].recipient.profile, Some(ProfileId(OTHER_PROFILE.into())));
    worker.end(Ending::Shutdown).await;
}

fn retraction(work: Work, siblings: Vec<Sibling>) -> Delivery {
    Delivery { siblings, ..delivery(Content::Retraction { work, at: at() }, Some(PROFILE)) }
}

/// An entry of the movie in the stand-in's history, so many minutes after the wrong one.
fn has(stand_in: &StandIn, minutes: i64, progress: f64) {
    let updated_at = at() + SignedDuration::from_mins(minutes);
    let media_id = "MV_603".to_owned();
    let entry = Entry { media_id, season: None, episode: None, progress, updated_at, created_at: at() };
    stand_in.has_already(PROFILE, entry);
}

fn sibling(minutes: i64, wrong: bool) -> Sibling {
    Sibling { at: at() + SignedDuration::from_mins(minutes), wrong, receipt: None }
}

fn proof(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Delivered(receipt) => &receipt.proof,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_entry_is_removed_and_nothing_besides_it() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    for work in [MOVIE, EPISODE, Work::Episode { tmdb: SeriesId(1396), season: 1, episode: 3 }] {
        discovr.deliver(&history(work)).await;
    }
    let outcome = discovr.deliver(&retraction(EPISODE, Vec::new())).await;
    assert_eq!(proof(&outcome), "taken back: removed, answered 200");
    let left: Vec<_> =
        stand_in.history(PROFILE).into_iter().map(|entry| (entry.media_id, entry.episode)).collect();
    assert_eq!(left, [("MV_603".to_owned(), None), ("TV_1396".to_owned(), Some(3))]);
    discovr.deliver(&retraction(MOVIE, Vec::new())).await;
    assert_eq!(stand_in.history(PROFILE).len(), 1);
}

#[tokio::test]
async fn a_wrong_entry_among_others_stays_and_they_too() {
    for (others, siblings) in [
        (vec![(1, 90.0)], vec![]),
        (vec![(1, 90.0)], vec![sibling(1, false)]),
        (vec![(1, 90.0), (2, 90.0)], vec![sibling(1, true)]),
        // What is not completed is somebody's, too.
        (vec![(-1, 30.0)], vec![]),
        // It is there, says the journal, if the history does not show it yet.
        (vec![], vec![sibling(1, false)]),
    ] {
        let stand_in = StandIn::start().await;
        let mut discovr = client(&stand_in, REFRESH_TOKEN);
        discovr.deliver(&history(MOVIE)).await;
        for &(minutes, progress) in &others {
            has(&stand_in, minutes, progress);
        }
        let Outcome::Refused { why } = discovr.deliver(&retraction(MOVIE, siblings)).await else {
            panic!("not refused beside {others:?}")
        };
        assert!(why.contains("this one stays"), "{why}");
        assert_eq!(stand_in.history(PROFILE).len(), others.len() + 1);
        assert_eq!(stand_in.calls_to("DELETE").len() + stand_in.calls_to("PATCH").len(), 0);
    }
}

#[tokio::test]
async fn wrong_entries_of_one_title_go_together() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    discovr.deliver(&history(MOVIE)).await;
    has(&stand_in, 1, 90.0);
    proof(&discovr.deliver(&retraction(MOVIE, vec![sibling(1, true)])).await);
    assert_eq!(stand_in.history(PROFILE), []);
}

#[tokio::test]
async fn a_retraction_whose_answer_was_lost_is_asked_for() {
    for (fault, done) in [
        (Fault::HangupAfter, true),
        (Fault::HalfAnswer, true),
        (Fault::Garbage, true),
        (Fault::StatusAfter(500), true),
        (Fault::Hangup, false),
        (Fault::Status(500), false),
    ] {
        let stand_in = StandIn::start().await;
        let mut discovr = client(&stand_in, REFRESH_TOKEN);
        discovr.deliver(&history(MOVIE)).await;
        stand_in.fail("DELETE /profile/history", fault.clone(), 1);
        let outcome = discovr.deliver(&retraction(MOVIE, Vec::new())).await;
        assert!(matches!(outcome, Outcome::Unsure { .. }), "{fault:?}: {outcome:?}");
        let a_while_ago = Clock::system().now().wall - SignedDuration::from_secs(30);
        let asked = Delivery { last_attempt_at: Some(a_while_ago), ..retraction(MOVIE, Vec::new()) };
        let answer = discovr.verify(&asked).await;
        if done {
            assert_eq!(proof(&answer), "taken back: it is not in the history any more");
        } else {
            assert_eq!(answer, Outcome::NotThere, "{fault:?}");
        }
        assert_eq!(stand_in.history(PROFILE).len(), usize::from(!done), "{fault:?}");
    }
}

#[tokio::test]
async fn an_entry_that_is_gone_already_is_looked_for_once_more() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    for asks in [false, true] {
        let first = retraction(MOVIE, Vec::new());
        let outcome = if asks { discovr.verify(&first).await } else { discovr.deliver(&first).await };
        let Outcome::TryLater { trouble: Trouble::Delivery, after, .. } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(after, Some(Duration::from_secs(20)));
    }
    let a_while_ago = Clock::system().now().wall - SignedDuration::from_secs(30);
    let again = Delivery { last_attempt_at: Some(a_while_ago), ..retraction(MOVIE, Vec::new()) };
    assert_eq!(proof(&discovr.deliver(&again).await), "taken back: it is not in the history");
    // What is there and not completed is no viewing.
    has(&stand_in, 0, 0.0);
    proof(&discovr.deliver(&again).await);
    assert_eq!(stand_in.history(PROFILE).len(), 1);
    assert_eq!(stand_in.calls_to("DELETE"), []);
}

#[tokio::test]
async fn where_nothing_can_be_removed_the_entry_is_marked_as_not_watched() {
    for status in [404, 405, 501] {
        for work in [MOVIE, EPISODE] {
            let stand_in = StandIn::start().await;
            let mut discovr = client(&stand_in, REFRESH_TOKEN);
            discovr.deliver(&history(work)).await;
            stand_in.fail("DELETE /profile/history", Fault::Status(status), 1);
            let outcome = discovr.deliver(&retraction(work, Vec::new())).await;
            assert_eq!(proof(&outcome), "taken back: marked as not watched, answered 200");
            let entries = stand_in.history(PROFILE);
            assert_eq!((entries.len(), entries[0].progress), (1, 0.0), "{entries:?}");
        }
    }
}

#[tokio::test]
async fn an_entry_that_is_gone_after_the_call_is_taken_back_whatever_that_said() {
    for status in [204, 404, 405, 501] {
        let stand_in = StandIn::start().await;
        let mut discovr = client(&stand_in, REFRESH_TOKEN);
        discovr.deliver(&history(MOVIE)).await;
        stand_in.fail("DELETE /profile/history", Fault::StatusAfter(status), 1);
        proof(&discovr.deliver(&retraction(MOVIE, Vec::new())).await);
        assert_eq!(stand_in.calls_to("PATCH"), []);
        assert_eq!(stand_in.history(PROFILE), []);
    }
}

#[tokio::test]
async fn what_discovr_refuses_to_remove_is_refused_and_what_it_cannot_do_now_waits() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    discovr.deliver(&history(MOVIE)).await;
    stand_in.fail("DELETE /profile/history", Fault::Status(422), 1);
    let outcome = discovr.deliver(&retraction(MOVIE, Vec::new())).await;
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    stand_in.fail("DELETE /profile/history", Fault::TooMany(Some("33".into())), 1);
    let outcome = discovr.deliver(&retraction(MOVIE, Vec::new())).await;
    assert!(matches!(outcome, Outcome::TryLater { trouble: Trouble::Service, .. }), "{outcome:?}");
    for fault in [Fault::Status(500), Fault::Garbage, Fault::Hangup] {
        stand_in.fail("GET /profile/history", fault, 1);
        let outcome = discovr.deliver(&retraction(MOVIE, Vec::new())).await;
        assert!(matches!(outcome, Outcome::TryLater { .. }), "{outcome:?}");
    }
    assert_eq!(stand_in.history(PROFILE).len(), 1);
    assert_eq!(stand_in.calls_to("DELETE").len(), 2, "nothing is removed unseen");
}

#[tokio::test]
async fn a_position_is_taken_back_where_there_is_one_and_made_nowhere() {
    let stand_in = StandIn::start().await;
    let mut discovr = client(&stand_in, REFRESH_TOKEN);
    let clearing = |work| delivery(Content::Clearing { work, at: at() }, Some(PROFILE));
    assert_eq!(proof(&discovr.deliver(&clearing(MOVIE)).await), "there was none");
    assert!(stand_in.playback(PROFILE).is_empty());
    for work in [MOVIE, EPISODE] {
        discovr.deliver(&playback(work)).await;
        proof(&discovr.deliver(&clearing(work)).await);
    }
    let items = stand_in.playback(PROFILE);
    assert_eq!(
        (items["MV_603"]["progress"].as_f64(), items["TV_1396"]["progress"].as_f64()),
        (Some(0.0), Some(0.0))
    );
}

impl Desk {
    /// The user's word on what was watched that many minutes after the others, and was taken for `before`.
    async fn correct(&self, minute: u64, before: u64, now: u64) -> Vec<Remedy> {
        let known = Identification::Known(Identified {
            identity: Identity::Movie { tmdb: MovieId(now) },
            label: "Another Title".into(),
            absolute: Vec::new(),
            evidence: vec![Evidence { kind: EvidenceKind::Matched, says: "you said so".into() }],
            confidence: Confidence::CERTAIN,
        });
        let viewing = ViewingId(Uuid::from_u64_pair(minute, before));
        let wall = Clock::system().now().wall;
        let filed = self.journal.identify(viewing, known, wall).await.expect("it is identified");
        self.wake.notify_one();
        filed.repairs.into_iter().map(|repair| repair.remedy).collect()
    }

    /// Which titles are in the history, and when they were watched.
    fn watched_there(&self) -> Vec<(String, Timestamp)> {
        let mut entries: Vec<_> = self
            .stand_in
            .history(PROFILE)
            .into_iter()
            .map(|entry| (entry.media_id, entry.updated_at))
            .collect();
        entries.sort();
        entries
    }
}

#[tokio::test]
async fn a_correction_leaves_the_right_entry_with_its_true_time_and_no_other() {
    for fault in [None, Some(Fault::HangupAfter), Some(Fault::Hangup), Some(Fault::Status(503))] {
        let desk = Desk::new().await;
        let worker = desk.work(PROFILE, Timing { last_question: Duration::from_secs(5), ..swift() });
        desk.watched(0, 603, Some(PROFILE)).await;
        desk.wake.notify_one();
        desk.until_all_is_done().await;
        if let Some(fault) = fault.clone() {
            desk.stand_in.fail("DELETE", fault, 1);
        }
        assert_eq!(desk.correct(0, 603, 604).await, [Remedy::TakenBack]);
        desk.until_all_is_done().await;
        assert_eq!(desk.watched_there(), [("MV_604".to_owned(), at())], "{fault:?}");
        let positions = desk.stand_in.playback(PROFILE);
        assert_eq!(
            (&positions["MV_603"]["progress"], &positions["MV_604"]["progress"]),
            (&0.0.into(), &100.0.into())
        );
        worker.end(Ending::Shutdown).await;
    }
}

#[tokio::test]
async fn what_may_have_arrived_is_asked_for_and_then_taken_back() {
    for fault in [Fault::HangupAfter, Fault::Hangup] {
        let desk = Desk::new().await;
        desk.stand_in.fail("POST /profile/history", fault.clone(), 1);
        let worker = desk.work(PROFILE, Timing { last_question: Duration::from_secs(5), ..swift() });
        desk.watched(0, 603, Some(PROFILE)).await;
        desk.wake.notify_one();
        desk.until("the question", |rows| rows.iter().any(|row| row.status == DeliveryStatus::Unsure)).await;
        assert_eq!(desk.correct(0, 603, 604).await, [Remedy::AskedFirst]);
        desk.until_all_is_done().await;
        assert_eq!(desk.watched_there(), [("MV_604".to_owned(), at())], "{fault:?}");
        worker.end(Ending::Shutdown).await;
    }
}

#[tokio::test]
async fn a_right_entry_of_the_same_title_stays_and_so_does_the_wrong_one_until_it_is_alone() {
    let desk = Desk::new().await;
    let worker = desk.work(PROFILE, swift());
    desk.watched(0, 603, Some(PROFILE)).await;
    desk.watched(5, 603, Some(PROFILE)).await;
    desk.wake.notify_one();
    desk.until_all_is_done().await;
    assert_eq!(desk.correct(0, 603, 604).await, [Remedy::MayStay]);
    desk.until("the refusal", |rows| rows.iter().any(|row| row.status == DeliveryStatus::Refused)).await;
    let refused =
        desk.rows().await.into_iter().find(|row| row.status == DeliveryStatus::Refused).expect("one");
    assert!(matches!(refused.content, Content::Retraction { .. }), "{refused:?}");
    assert!(refused.last_error.is_some_and(|why| why.contains("this one stays")));
    let later = at() + SignedDuration::from_mins(5);
    let of_603 = ("MV_603".to_owned(), at());
    desk.until("the right one", |rows| {
        rows.iter().filter(|row| row.status == DeliveryStatus::Done).count() == 3
    })
    .await;
    assert_eq!(desk.watched_there(), [of_603, ("MV_603".to_owned(), later), ("MV_604".to_owned(), at())]);
    // The other was wrong, too: now both can go.
    assert_eq!(desk.correct(5, 603, 605).await, [Remedy::TakenBack]);
    desk.until_all_is_done().await;
    assert_eq!(desk.watched_there(), [("MV_604".to_owned(), at()), ("MV_605".to_owned(), later)]);
    worker.end(Ending::Shutdown).await;
}

#[tokio::test]
async fn back_and_forth_ends_with_one_entry() {
    let desk = Desk::new().await;
    let worker = desk.work(PROFILE, swift());
    desk.watched(0, 603, Some(PROFILE)).await;
    desk.wake.notify_one();
    for (tmdb, at_once) in [(604, false), (603, true), (604, true), (605, false), (603, false)] {
        desk.correct(0, 603, tmdb).await;
        if !at_once {
            desk.until_all_is_done().await;
            let there = desk.watched_there();
            assert_eq!(there.len(), 1, "{there:?}");
            assert_eq!(there[0].0, format!("MV_{tmdb}"));
            assert!(there[0].1.duration_since(at()) <= SignedDuration::from_secs(10), "{there:?}");
        }
    }
    worker.end(Ending::Shutdown).await;
}

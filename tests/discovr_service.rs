//! The Discovr service against a strict stand-in: each way in which a call can go, and what is in the history then.

use std::time::Duration;

use discovr_scrobbler::clock::Clock;
use discovr_scrobbler::identify::{MovieId, SeriesId, Work};
use discovr_scrobbler::journal::{Account, Content, Delivery, DeliveryId, ProfileId, Recipient};
use discovr_scrobbler::playback::{Progress, ViewingId};
use discovr_scrobbler::service::discovr::{DISCOVR, Discovr, TokenSource};
use discovr_scrobbler::service::{Outcome, Service, Trouble};
use discovr_scrobbler_support::discovr::{Discovr as StandIn, Entry, Fault, PROFILE, REFRESH_TOKEN};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use uuid::Uuid;

const EPISODE: Work = Work::Episode { tmdb: SeriesId(1396), season: 1, episode: 2 };
const MOVIE: Work = Work::Movie { tmdb: MovieId(603) };

fn client(stand_in: &StandIn, token: &'static str) -> Discovr {
    let source = TokenSource::new(move || Ok(SecretString::from(token)));
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
    for profile in [None, Some("prof_gone")] {
        let content = Content::History { work: MOVIE, progress: Progress::percent(80.0), at: at() };
        let Outcome::SignInNeeded { why } = discovr.deliver(&delivery(content, profile)).await else {
            panic!("no profile, no sign-in")
        };
        assert!(why.contains("discovr.profile") && why.contains(PROFILE) && why.contains("Kim"), "{why}");
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

//! What holds for whatever Trakt answers.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use serde_json::Value;
use uuid::Uuid;

use super::TRAKT;
use super::api::{LIMIT, PAGES, UPGRADE};
use super::classify::{is_unknown, not_found, outcome, watched_at};
use super::oauth::{Refusal, polled, refusal, requested};
use super::plays::Play;
use super::receipts::{Claim, receipt};
use super::recognise::{Sought, claim, same_sitting};
use super::tokens::Tokens;
use super::works::{Form, TraktId, is_place_in, told};
use crate::identify::{MovieId, SeriesId, Work};
use crate::journal::{Account, Content, Delivery, DeliveryId, Live, LiveWord, ProfileId, Recipient, Sibling};
use crate::playback::{Progress, ViewingId};
use crate::service::api::{Answer, RawAnswer};
use crate::service::promises::{self, at, is_a_line, is_a_name, now};
use crate::service::{Outcome, Polled, Requested};

const MOVIE: Work = Work::Movie { tmdb: MovieId(603) };
const EPISODE: Work = Work::Episode { tmdb: SeriesId(1396), season: 1, episode: 2 };
/// Trakt's own number of the episode.
const OWN: TraktId = TraktId(73_640);

/// Reads `bytes` as an HTTP answer.
pub(crate) fn answer(bytes: &[u8]) {
    let raw = || promises::raw(bytes, &[UPGRADE, LIMIT, PAGES]);
    of_a_sign_in(raw);
    of_a_renewal(&raw());
    let answer = promises::read(raw());
    of_history(&answer);
    of_a_scrobble(&answer);
    of_a_delivery(&answer);
}

fn of_a_delivery(answer: &Answer) {
    let status = answer.status;
    let of_the_account = [403, 420, 423, 426].contains(&status);
    let is_theirs = answer.body.is_some() || answer.is_empty;
    let unknown = is_unknown(&Ok(answer.clone()));
    assert!(!unknown || status == 404 && is_theirs, "{status} is not unknown");
    let wait = answer.retry_after.or((502..=504).contains(&status).then_some(Duration::from_secs(30)));
    promises::of_a_delivery(answer, answer.body.is_some(), wait, outcome, |_, outcome| {
        let needs_user = matches!(outcome, Outcome::SignInNeeded { .. });
        assert_eq!(needs_user, of_the_account, "{status}: {outcome:?}");
        assert!(is_theirs || !matches!(outcome, Outcome::Refused { .. }), "not Trakt's words");
    });
}

/// Which play is a viewing's, and that no other viewing's ever is.
fn of_history(answer: &Answer) {
    if not_found(answer) {
        assert!(answer.body.as_ref().is_some_and(|body| body.get("not_found").is_some()), "from nowhere");
    }
    let Some(items) = answer.body.as_ref().and_then(Value::as_array) else { return };
    for (work, known) in [(MOVIE, None), (EPISODE, None), (EPISODE, Some(OWN))] {
        for item in items {
            if is_place_in(item, work, known) {
                let title = [item.pointer("/movie/ids/tmdb"), item.pointer("/show/ids/tmdb")];
                assert!(title.into_iter().flatten().any(Value::is_u64), "a place in nothing");
            }
        }
        let plays: Vec<Play> = items.iter().filter_map(|item| Play::read(item, work, known)).collect();
        for play in &plays {
            let kept = receipt("answered 201", Some(play.watched_at), Some(play.id));
            is_a_line(&kept);
            assert!(play.id == 0 || Claim::of(Some(&kept), at(0)) == Claim::Play(play.id), "{kept}");
        }
        for live in [None, Some(stop(at(300))), Some(stop(at(40)))] {
            picks_its_own(&entry(work, live), &plays);
        }
    }
}

fn picks_its_own(entry: &Delivery, plays: &[Play]) {
    for ahead in [0, 90, -90].map(SignedDuration::from_secs) {
        let sought = Sought::of(entry, at(0), ahead);
        let sitting = same_sitting(entry, at(0), ahead);
        assert!(sitting.from < at(0).saturating_add(ahead).unwrap_or_default(), "it begins too late");
        let alone = sought.pick(plays, &[]);
        let Some(first) = alone else { continue };
        let earliest = at(-2).min(at(-2).saturating_add(ahead).unwrap_or_default());
        assert!(first.watched_at >= earliest, "of an earlier viewing: {first:?}");
        assert!(sought.span().from <= first.watched_at, "it was not asked for");
        // Once another viewing has it, it is not taken.
        let taken = receipt("answered 201", None, Some(first.id));
        let sibling = Sibling { at: at(-9000), wrong: false, receipt: Some(taken) };
        if first.id > 0 {
            let second = sought.pick(plays, std::slice::from_ref(&sibling));
            assert!(second.is_none_or(|second| second.id != first.id), "two viewings have {first:?}");
            assert!(claim(&sibling).is_for(first), "{sibling:?}");
        }
    }
}

/// The number of an episode that is remembered is one that the answer gave it.
fn of_a_scrobble(answer: &Answer) {
    let Some(body) = answer.object() else { return };
    let own = body.pointer("/episode/ids/trakt").and_then(Value::as_u64);
    for form in [Form::Own, Form::Numbers, Form::Absolute] {
        assert_eq!(told(body, MOVIE, form), None, "a movie is no episode");
        let told = told(body, EPISODE, form);
        assert!(told.is_none() || told.map(|id| id.0) == own, "a number from nowhere");
    }
    if let Some(at) = watched_at(answer) {
        is_a_line(&receipt("there already (409)", Some(at), None));
    }
}

/// Tokens that are used can be carried by a header, kept on a line, and are renewed in time.
fn of_a_renewal(answer: &RawAnswer) {
    if let Some(tokens) = Tokens::given(&answer.body, now()) {
        for token in [&tokens.access, &tokens.refresh] {
            let bearer = format!("Bearer {}", token.expose_secret());
            assert!(HeaderValue::from_str(&bearer).is_ok() && bearer.len() > 7, "no header can carry it");
        }
        let text = tokens.to_text();
        assert!(!text.expose_secret().contains(['\n', '\r']), "more than a line");
        let again = Tokens::from_text(&text).expect("what was kept can be read");
        assert_eq!(again.refresh.expose_secret(), tokens.refresh.expose_secret());
        assert_eq!(again.ends(), tokens.ends());
        assert!(tokens.is_over(i64::MAX), "tokens without end");
        assert!(
            !tokens.is_over(now().as_second()) || tokens.wants_renewal(now().as_second()),
            "never renewed"
        );
    }
    let read = promises::read(RawAnswer {
        status: answer.status,
        body: answer.body.clone(),
        headers: Vec::new(),
        retry_after: answer.retry_after,
        date: answer.date,
    });
    match refusal(&read) {
        Refusal::SignedOut => assert!([400, 401].contains(&read.status), "{} ends no sign-in", read.status),
        Refusal::Application { why } => {
            assert!([400, 401, 403].contains(&read.status), "{} is not of the application", read.status);
            is_a_line(&why);
        }
        Refusal::Later { why, .. } => {
            assert!((300..500).contains(&read.status), "{} may have burned the token", read.status);
            is_a_line(&why);
        }
        Refusal::Lost { why } => is_a_line(&why),
    }
}

fn of_a_sign_in(raw: impl Fn() -> RawAnswer) {
    match requested(raw()) {
        Requested::Code(code) => {
            is_a_name(&code.user_code);
            assert!(
                code.link.as_ref().is_some_and(|link| matches!(link.scheme(), "https" | "http")),
                "no web address"
            );
            assert!(code.life <= Duration::from_secs(3600) && code.life > Duration::ZERO, "{:?}", code.life);
            assert!(code.interval >= Duration::from_secs(1), "a poll every {:?}", code.interval);
            assert!(code.interval <= Duration::from_secs(60), "a poll every {:?}", code.interval);
        }
        Requested::Refused { why } | Requested::Later { why } => is_a_line(&why),
    }
    let status = raw().status;
    match polled(raw(), now()) {
        Polled::Approved(_) => assert!((200..300).contains(&status), "{status} is no approval"),
        Polled::Pending => assert_eq!(status, 400),
        Polled::Slower(_) => assert_eq!(status, 429),
        Polled::Over { .. } => assert!((400..500).contains(&status), "{status} is not the end"),
        Polled::Unclear { why } => is_a_line(&why),
    }
}

fn stop(until: jiff::Timestamp) -> Live {
    Live { word: LiveWord::Stopped, progress: Progress::percent(95.0), until }
}

/// Something that was watched to its end at the instant of the cases.
fn entry(work: Work, live: Option<Live>) -> Delivery {
    Delivery {
        id: DeliveryId(1),
        viewing: ViewingId(Uuid::nil()),
        recipient: Recipient {
            service: TRAKT,
            account: Account(String::new()),
            profile: Some(ProfileId(String::new())),
        },
        content: Content::History { work, progress: Progress::percent(80.0), at: at(0) },
        attempts: 1,
        last_attempt_at: Some(now()),
        times_not_there: 0,
        live,
        absolute: None,
        receipt: None,
        siblings: Vec::new(),
    }
}

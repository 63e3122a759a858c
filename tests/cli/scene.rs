//! A home with a journal in it, and what a command says there.

use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use discovr_scrobbler::clock::{Moment, Now};
use discovr_scrobbler::identify::{
    Candidate, Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId,
    SeriesId,
};
use discovr_scrobbler::journal::{
    Account, Delivery, Journal, Next, ProfileId, Recipient, ServiceState, Settlement,
};
use discovr_scrobbler::playback::{CompletedPart, Event, EventKind, Parts, Ranges, Viewing, ViewingId};
use discovr_scrobbler::player::{Location, Media, Position};
use discovr_scrobbler::service::discovr::DISCOVR;
use discovr_scrobbler_support::home::{Home, Ran};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) fn home() -> Home {
    Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler"))
}

/// What a command says and how it ends, with the home's own path taken out.
pub(crate) fn said(home: &Home, arguments: &[&str]) -> String {
    shown(home, &home.run(arguments), arguments)
}

fn shown(home: &Home, ran: &Ran, arguments: &[&str]) -> String {
    let text = format!(
        "$ discovr-scrobbler {}\n{}{}{}[{}]",
        arguments.join(" "),
        ran.stdout,
        if ran.stderr.is_empty() { "" } else { "--- standard error\n" },
        ran.stderr,
        ran.code.map_or_else(|| "killed".to_owned(), |code| code.to_string()),
    );
    text.replace(&home.path().display().to_string(), "~")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a date")
}

pub(crate) fn viewing(number: u64, file: &str, percent: u64, completed: bool) -> Viewing {
    let started_at = at("2026-03-01T20:00:00Z").saturating_add(Duration::from_secs(number * 7200));
    let started_at = started_at.expect("a date");
    let position = Duration::from_secs(27 * percent);
    let mut ranges = Ranges::default();
    ranges.add(Position::ZERO, Position::new(position));
    let position_at = started_at.saturating_add(position).expect("a date");
    let one = NonZeroU8::MIN;
    Viewing {
        id: ViewingId(Uuid::from_u64_pair(7, number)),
        media: Arc::new(Media::at(Location::File(PathBuf::from(file)))),
        player: "mpv".into(),
        duration: Duration::from_secs(2700),
        position: Position::new(position),
        ranges,
        started_at,
        position_at,
        parts: Parts::kept(one, completed.then_some(CompletedPart { index: 0, of: one, at: position_at })),
    }
}

pub(crate) fn event(kind: EventKind, viewing: &Viewing) -> Event {
    let at = Now { moment: Moment::default(), wall: viewing.position_at };
    Event { kind, at, viewing: viewing.clone() }
}

pub(crate) fn example_show(episode: u32, season: u32) -> Identification {
    Identification::Known(Identified {
        identity: Identity::Episodes { tmdb: SeriesId(1396), season, episodes: vec![episode] },
        label: "Example Show".into(),
        absolute: Vec::new(),
        evidence: vec![Evidence {
            kind: EvidenceKind::NameId,
            says: "{tmdb-1396} in the folder's name".into(),
        }],
        confidence: Confidence::new(0.95),
    })
}

fn candidate(id: u64, label: &str, score: f64) -> Candidate {
    Candidate {
        identity: Identity::Movie { tmdb: MovieId(id) },
        label: label.into(),
        score,
        because: Vec::new(),
    }
}

pub(crate) fn recipient() -> Recipient {
    Recipient { service: DISCOVR, account: Account(String::new()), profile: Some(ProfileId("prof_1".into())) }
}

/// What nobody could look up.
pub(crate) fn held(label: &str) -> Identification {
    Identification::Held { reason: HeldReason::NotFound, label: label.into(), evidence: Vec::new() }
}

/// An episode of another series than it is.
pub(crate) fn wrong(episode: u32, season: u32) -> Identification {
    let Identification::Known(known) = example_show(episode, season) else { unreachable!("it is known") };
    let identity = Identity::Episodes { tmdb: SeriesId(2316), season, episodes: vec![episode] };
    Identification::Known(Identified { identity, label: "The Office".into(), ..known })
}

/// A journal with these viewings, completed, by number: file and what it was taken for.
pub(crate) async fn fill_with(home: &Home, viewings: &[(u64, String, Identification)]) {
    let journal = Journal::open(&home.state_dir()).expect("a new journal");
    for (number, file, identification) in viewings {
        let viewing = viewing(*number, file, 100, true);
        for kind in [EventKind::Started, EventKind::Completed] {
            journal.record(event(kind, &viewing), vec![recipient()]).await.expect("it is kept");
        }
        let identified = journal.identify(viewing.id, identification.clone(), viewing.position_at).await;
        identified.expect("it is kept");
    }
    journal.close().await;
}

/// A journal with one viewing of each kind: one that Discovr has, one that waits, one that was refused, one that is
/// held, and one with a name made to harm a terminal.
pub(crate) async fn fill(home: &Home) {
    let journal = Journal::open(&home.state_dir()).expect("a new journal");
    let show = "/videos/Example Show {tmdb-1396}/Season 01/Example Show S01E02.mkv";
    let held = Identification::Held {
        reason: HeldReason::Ambiguous {
            candidates: vec![
                candidate(264_644, "Room (2015)", 0.84),
                Candidate {
                    because: vec!["its length is 54 min off".into()],
                    ..candidate(17_473, "The Room (2003)", 0.84)
                },
            ],
        },
        label: "Room.mkv".into(),
        evidence: Vec::new(),
    };
    let harmful = Identification::Held {
        reason: HeldReason::NoToken,
        label: "\u{1b}]0;owned\u{7}\u{202e}vkm.tac".into(),
        evidence: Vec::new(),
    };
    for (number, file, percent, completed, identification) in [
        (1, show, 95, true, example_show(2, 1)),
        (2, "/videos/Example Show/Specials/S00E01.mkv", 100, true, example_show(1, 0)),
        (3, "/videos/Room.mkv", 100, true, held),
        (4, "/videos/harm.mkv", 30, false, harmful),
        (
            5,
            "/videos/Example Show {tmdb-1396}/Season 01/Example Show S01E03.mkv",
            42,
            false,
            example_show(3, 1),
        ),
    ] {
        let viewing = viewing(number, file, percent, completed);
        let kinds: &[EventKind] =
            if completed { &[EventKind::Started, EventKind::Completed] } else { &[EventKind::Started] };
        for kind in kinds {
            journal.record(event(*kind, &viewing), vec![recipient()]).await.expect("it is kept");
        }
        journal.identify(viewing.id, identification, viewing.position_at).await.expect("it is kept");
    }
    // Discovr has the first, and refuses the special; the rest waits for it to be reached.
    let now = at("2026-03-02T12:00:00Z");
    while let Next::Deliver(delivery) = next(&journal, now).await {
        let (settlement, done) = settlement(&delivery, now);
        journal.settle(delivery.id, settlement, state(done), now).await.expect("it is kept");
        if !done {
            break;
        }
    }
    journal.close().await;
}

/// A journal with two viewings of two episodes in one file each, of which one episode was watched: one viewing is
/// identified, of the other only the number is known.
pub(crate) async fn fill_with_two_episodes(home: &Home) {
    let journal = Journal::open(&home.state_dir()).expect("a new journal");
    for number in [1, 2] {
        let begun = viewing(number, "/videos/Example Show S01E02E03.mkv", 55, false);
        let of = NonZeroU8::new(2).expect("two");
        let first = CompletedPart { index: 0, of, at: begun.position_at };
        let watched = Viewing { parts: Parts::kept(of, [first]), ..begun };
        journal.record(event(EventKind::Completed, &watched), vec![recipient()]).await.expect("it is kept");
    }
    let Identification::Known(known) = example_show(2, 1) else { panic!("it is known") };
    let identity = Identity::Episodes { tmdb: SeriesId(1396), season: 1, episodes: vec![2, 3] };
    let known = Identification::Known(Identified { identity, ..known });
    let first = ViewingId(Uuid::from_u64_pair(7, 1));
    journal.identify(first, known, at("2026-03-02T12:00:00Z")).await.expect("it is kept");
    journal.close().await;
}

async fn next(journal: &Journal, now: Timestamp) -> Next {
    let Recipient { service, account, profile } = recipient();
    journal.next(service, account, profile, now).await.expect("it can be read")
}

fn settlement(delivery: &Delivery, now: Timestamp) -> (Settlement, bool) {
    let first = delivery.viewing == ViewingId(Uuid::from_u64_pair(7, 1));
    let second = delivery.viewing == ViewingId(Uuid::from_u64_pair(7, 2));
    if first {
        (Settlement::Done { proof: "200 OK".into() }, true)
    } else if second {
        (Settlement::Refused { why: "Discovr has no specials (season 0)".into() }, true)
    } else {
        (Settlement::Again { at: now, why: "Discovr cannot be reached".into() }, false)
    }
}

fn state(well: bool) -> ServiceState {
    let now = at("2026-03-02T12:00:00Z");
    ServiceState {
        service: DISCOVR,
        not_before: (!well).then_some(at("2026-03-02T12:00:30Z")),
        failures: u32::from(!well),
        needs_user: None,
        last_error: (!well).then(|| "Discovr cannot be reached: connection refused".to_owned()),
        last_success_at: Some(now),
    }
}

//! What was watched and could not be sent is told now, with its true time, and once.

use std::fs;
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Entry, PROFILE};
use discovr_scrobbler_support::scene::{LIMIT, waiting_history};
use discovr_scrobbler_support::tmdb::Fault;
use discovr_scrobbler_support::wait::{patiently_every, until};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::scene::*;

/// `number` hours after [`THEN`].
fn later(number: u32) -> f64 {
    THEN + f64::from(number) * 3600.0
}

/// Title, numbers and time in seconds.
type Told = (String, Option<(u64, u64)>, i64);

/// What Discovr has, the oldest first.
fn told(history: &[Entry]) -> Vec<Told> {
    let mut told: Vec<Told> = history
        .iter()
        .map(|entry| (entry.media_id.clone(), entry.season.zip(entry.episode), entry.updated_at.as_second()))
        .collect();
    told.sort_by_key(|(.., at)| *at);
    told
}

fn second(seconds: f64) -> i64 {
    format!("{seconds:.0}").parse().expect("whole")
}

async fn wait_for_all(scene: &Scene, count: usize) {
    let enough =
        |discovr: &discovr_scrobbler_support::discovr::Discovr| discovr.history(PROFILE).len() >= count;
    scene.discovr.wait_for("everything to be told", LIMIT, enough).await;
    patiently_every(Duration::from_secs(1), "nothing waits", LIMIT, || {
        waiting_history(&scene.home).is_empty().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_with_its_true_time_while_the_daemon_runs() {
    let scene = Scene::new().await;
    scene.leave_data(
        "watched_backlog.json",
        &json!([
            episode("Breaking Bad", 1, 2, THEN),
            movie("The Matrix", Some(1999), 91.0, later(1)),
            movie("Inception", Some(2010), 85.0, later(2)),
            movie("Whiplash", Some(2014), 61.0, later(3)),
            movie("Nothing That Anybody Made", Some(2014), 99.0, later(4)),
            {"media_info": {"type": "episode", "title": "x"}, "progress": 99, "updated_at": THEN},
            movie("Zodiac", Some(2007), 99.0, 3.9e9),
        ]),
    );
    scene.leave_data(
        "unknown_items.json",
        &json!({"movies": {}, "shows": {"Battlestar Galactica2004": {
            "media_info": {"title": "Battlestar Galactica", "year": 2004, "item_type": "episode"},
            "seasons": {"1": {"3": {"progress": 97.25, "updated_at": later(5)}}},
        }}}),
    );
    let daemon = scene.home.start_daemon();
    let said = scene.done(&["--yes"]);
    assert!(said.contains("The daemon was told"), "{said}");
    wait_for_all(&scene, 4).await;
    assert_eq!(
        told(&scene.discovr.history(PROFILE)),
        [
            ("TV_1396".to_owned(), Some((1, 2)), second(THEN)),
            ("MV_603".to_owned(), None, second(later(1))),
            ("MV_27205".to_owned(), None, second(later(2))),
            ("TV_1972".to_owned(), Some((1, 3)), second(later(5))),
        ]
    );
    // Where somebody is now has nothing to do with what was watched long ago.
    assert!(scene.discovr.calls_to("PATCH /profile/playback").is_empty());
    let rows = scene.history();
    assert_eq!(rows.len(), 5, "{rows:?}");
    let held = rows.iter().find(|row| row["identification"]["verdict"] == "held").expect("one is held");
    assert_eq!(held["title"], "Nothing That Anybody Made (2014)", "{held}");
    for (name, why) in [("Whiplash", "61 %"), ("Zodiac", "future"), ("entry 6", "its episode is no number")] {
        let line =
            said.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name} in {said}"));
        assert!(line.contains(why), "{line}");
    }
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_that_is_enabled_is_told_later_and_not_live() {
    let (scene, trakt) = Scene::with_trakt().await;
    scene.leave_data(
        "watched_backlog.json",
        &json!([episode("Breaking Bad", 1, 2, THEN), movie("The Matrix", None, 91.0, later(1))]),
    );
    let daemon = scene.home.start_daemon();
    let said = scene.done(&["--yes"]);
    assert!(said.contains("for discovr and trakt"), "{said}");
    wait_for_all(&scene, 1).await;
    // One is told when it is taken over, the other when it is known.
    let matched = scene.home.run(&["match", "2", "movie/603"]);
    assert_eq!(matched.code, Some(0), "{matched:?}");
    wait_for_all(&scene, 2).await;
    let plays: Vec<_> = trakt
        .plays()
        .into_iter()
        .map(|play| (play.tmdb, play.episode, play.watched_at.as_second(), play.action))
        .collect();
    let watch = || "watch".to_owned();
    assert_eq!(plays, [(1396, Some((1, 2)), second(THEN), watch()), (603, None, second(later(1)), watch())]);
    assert!(trakt.calls_to("POST /scrobble/").is_empty(), "nobody is watching it now");
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_gets_its_title_later_and_its_true_time() {
    let scene = Scene::new().await;
    scene.leave_data("watched_backlog.json", &json!([movie("Inception", None, 99.0, THEN)]));
    scene.done(&["--yes"]);
    // Without a year it could be another film of that name, and trakt-scrobbler has kept no length.
    assert_eq!(scene.history()[0]["identification"]["verdict"], "held");
    let matched = scene.home.run(&["match", "1", "1"]);
    assert_eq!(matched.code, Some(0), "{matched:?}");
    let daemon = scene.home.start_daemon();
    wait_for_all(&scene, 1).await;
    assert_eq!(told(&scene.discovr.history(PROFILE)), [("MV_27205".to_owned(), None, second(THEN))]);
    assert!(scene.discovr.calls_to("PATCH /profile/playback").is_empty());
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_looked_up_is_held_until_it_can() {
    let scene = Scene::new().await;
    scene.tmdb.fail("", Fault::Hangup, 100_000);
    scene.leave_data("watched_backlog.json", &json!([episode("Breaking Bad", 1, 2, THEN)]));
    scene.done(&["--yes"]);
    assert_eq!(scene.history()[0]["identification"]["verdict"], "held");
    scene.tmdb.recover();
    let daemon = scene.home.start_daemon();
    wait_for_all(&scene, 1).await;
    assert_eq!(told(&scene.discovr.history(PROFILE)), [("TV_1396".to_owned(), Some((1, 2)), second(THEN))]);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_over_twice_whatever_becomes_of_it_and_of_the_file() {
    let scene = Scene::new().await;
    scene.leave_data(
        "watched_backlog.json",
        &json!([episode("Breaking Bad", 1, 2, THEN), movie("The Matrix", Some(1999), 91.0, later(1))]),
    );
    scene.done(&["--yes"]);
    assert_eq!(waiting_history(&scene.home).len(), 2);
    let dropped = waiting_history(&scene.home)[0]["id"].to_string();
    assert_eq!(scene.home.run(&["queue", "drop", &dropped]).code, Some(0));
    let left = waiting_history(&scene.home);
    let said = scene.done(&["--yes"]);
    assert!(said.contains("Here already: 2 viewings") && said.contains("nothing new"), "{said}");
    // A newer version has written the file in its own form since, with one entry more.
    scene.leave_data(
        "watched_backlog.json",
        &json!({
            "movies": {
                "The Matrix1999": {"media_info": {"title": "The Matrix", "year": 1999, "item_type": "movie"},
                                   "progress": 91.0, "updated_at": later(1)},
                "Inception2010": {"media_info": {"title": "Inception", "year": 2010, "item_type": "movie"},
                                  "progress": 91.0, "updated_at": later(2)},
            },
            "shows": {"Breaking Bad": {"media_info": {"title": "Breaking Bad", "year": null, "item_type": "episode"},
                "seasons": {"1": {"2": {"progress": 94.5, "updated_at": THEN}}}}},
        }),
    );
    let said = scene.done(&["--yes"]);
    assert!(said.contains("Here already: 2 viewings") && said.contains("Inception (2010)"), "{said}");
    assert_eq!(scene.history().len(), 3);
    assert_eq!(waiting_history(&scene.home).len(), left.len() + 1);
    let daemon = scene.home.start_daemon();
    wait_for_all(&scene, 2).await;
    let entries = scene.discovr.history(PROFILE);
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert!(scene.done(&["--yes"]).contains("nothing new"));
    assert_eq!(scene.discovr.history(PROFILE).len(), 2);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_short_is_finished_the_next_time() {
    const ENTRIES: u32 = 300;
    let scene = Scene::new().await;
    let entries: Vec<Value> = (0..ENTRIES)
        .map(|number| episode("Breaking Bad", 1, 1 + number % 7, later(24 * number) - 4e7))
        .collect();
    scene.leave_data("watched_backlog.json", &Value::Array(entries));
    let mut command = scene.home.command(&[&IMPORT[..], &["--yes"]].concat());
    let mut cut_short = command.stdout(std::process::Stdio::null()).spawn().expect("the binary was built");
    // While the journal is made, nobody can look into it.
    let some = || {
        let seen = scene.home.run(&["history", "--json"]);
        (seen.code == Some(0) && seen.stdout.contains("Breaking Bad")).then_some(())
    };
    until("some entries to be taken over", LIMIT, some);
    cut_short.kill().expect("it is ours");
    cut_short.wait().expect("it is ours");
    scene.done(&["--yes"]);
    let of_all = |arguments: &[&str]| scene.home.json(arguments).as_array().map(Vec::len);
    let all = (ENTRIES * 2).to_string();
    assert_eq!(of_all(&["history", "-n", &all]), Some(ENTRIES as usize));
    assert_eq!(of_all(&["queue", "list", "-n", &all]), Some(ENTRIES as usize));
    assert!(scene.done(&["--yes"]).contains("nothing new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_both_programs_have_seen_is_told_once() {
    let scene = Scene::new().await;
    scene.leave_data("watched_backlog.json", &json!([episode("Breaking Bad", 1, 2, THEN)]));
    watched_here(&scene, THEN - 600.0).await;
    let said = scene.done(&["--dry-run"]);
    assert!(said.contains("it is viewing 1 here"), "{said}");
    scene.leave_data("watched_backlog.json", &json!([episode("Breaking Bad", 1, 2, later(24))]));
    let plan = scene.plan();
    assert_eq!(
        plan["viewings"].as_array().map(Vec::len),
        Some(1),
        "another day it is another viewing: {plan}"
    );
}

/// Breaking Bad S01E02, watched in a player of this program.
async fn watched_here(scene: &Scene, at: f64) {
    use std::num::NonZeroU8;
    use std::sync::Arc;

    use discovr_scrobbler::clock::{Moment, Now};
    use discovr_scrobbler::identify::{Confidence, Identification, Identified, Identity, SeriesId};
    use discovr_scrobbler::journal::{Journal, Recipient};
    use discovr_scrobbler::playback::{CompletedPart, Event, EventKind, Parts, Ranges, Viewing, ViewingId};
    use discovr_scrobbler::player::{Location, Media, Position};

    let wall = Timestamp::from_second(second(at)).expect("a time");
    let duration = Duration::from_secs(2820);
    let of = NonZeroU8::MIN;
    let viewing = Viewing {
        id: ViewingId(uuid::Uuid::from_u64_pair(7, 1)),
        media: Arc::new(Media::at(Location::File("/videos/bb.mkv".into()))),
        player: "mpv".into(),
        duration,
        position: Position::new(duration),
        ranges: Ranges::default(),
        started_at: wall,
        position_at: wall,
        parts: Parts::kept(of, [CompletedPart { index: 0, of, at: wall }]),
    };
    let identification = Identification::Known(Identified {
        identity: Identity::Episodes { tmdb: SeriesId(1396), season: 1, episodes: vec![2] },
        label: "Breaking Bad".into(),
        absolute: Vec::new(),
        evidence: Vec::new(),
        confidence: Confidence::CERTAIN,
    });
    let journal = Journal::open(&scene.home.state_dir()).expect("a new journal");
    let id = viewing.id;
    let event = Event { kind: EventKind::Stopped, at: Now { moment: Moment::default(), wall }, viewing };
    journal.record(event, Vec::<Recipient>::new()).await.expect("it is kept");
    journal.identify(id, identification, wall).await.expect("it is kept");
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_service_enabled_it_is_kept_here() {
    let scene = Scene::new().await;
    scene.home.configure(&scene.config().replace("[discovr]\n", "[discovr]\nenabled = false\n"));
    scene.leave_data("watched_backlog.json", &json!([episode("The Office", 3, 4, THEN)]));
    let said = scene.done(&["--yes"]);
    assert!(said.contains("kept here only"), "{said}");
    assert!(waiting_history(&scene.home).is_empty());
    assert_eq!(scene.history().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_backlog_is_named_and_nothing_is_done() {
    let scene = Scene::new().await;
    scene.leave_config("config.yaml", "fileinfo: {whitelist: [/v]}\n");
    let path = scene.foreign_data().join("watched_backlog.json");
    for (bytes, why) in [
        (b"{".as_slice(), "no JSON"),
        (b"\x80\x04}q\x00.".as_slice(), "pickled"),
        (b"\"films\"".as_slice(), "neither a list nor a table"),
    ] {
        fs::create_dir_all(scene.foreign_data()).expect("a folder of our own");
        fs::write(&path, bytes).expect("a file of our own");
        let before = scene.everything();
        let ran = scene.import(&["--yes"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains(why) && ran.stderr.contains("watched_backlog.json"), "{ran:?}");
        assert!(scene.everything() == before, "something was changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_says_of_every_entry_what_it_is() {
    let scene = Scene::new().await;
    scene.leave_data("watched_backlog.json", &json!([episode("Breaking Bad", 1, 2, THEN)]));
    let plan = scene.plan();
    assert_eq!(plan["done"], false);
    let viewing: &Value = &plan["viewings"][0];
    assert_eq!(viewing["completed_at"], "2023-11-14T22:13:20.25Z");
    assert_eq!(viewing["identification"]["identity"]["tmdb"], 1396);
    assert_eq!(viewing["services"], json!(["discovr"]));
    assert_eq!(viewing["entry"], "entry 1");
}

//! The user's word: by number and by id, for one viewing and for all that is like it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use discovr_scrobbler::identify::Identification;
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::tmdb::{BEARER, Tmdb};
use insta::assert_snapshot;
use serde_json::Value;

use crate::scene::*;

/// The home's own videos, so that paths are shown with `~/`.
fn video(home: &Home, name: &str) -> String {
    home.videos().join(name).display().to_string()
}

async fn asks(home: &Home) -> Tmdb {
    let tmdb = Tmdb::start().await;
    let asks = format!("[tmdb]\napi_url = \"{}\"\ntoken = \"{BEARER}\"\n", tmdb.url());
    home.configure(&asks);
    let config = home.config_dir().join("config.toml");
    fs::set_permissions(config, fs::Permissions::from_mode(0o600)).expect("a file of our own");
    tmdb
}

async fn watch(home: &Home, files: &[(&str, Identification)]) {
    let viewings: Vec<_> = (1..)
        .zip(files)
        .map(|(number, (file, identification))| (number, video(home, file), identification.clone()))
        .collect();
    fill_with(home, &viewings).await;
}

fn identity(home: &Home, number: usize) -> Value {
    let all = home.json(&["history"]);
    let row = all.as_array().expect("a list").iter().find(|row| row["number"] == number).expect("a viewing");
    row["identification"]["identity"].clone()
}

fn rules(home: &Home) -> String {
    fs::read_to_string(home.config_dir().join("rules.toml")).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_is_taken_by_its_number() {
    let home = home();
    fill(&home).await;
    assert_snapshot!(said(&home, &["match", "3"]));
    assert_snapshot!(said(&home, &["match", "3", "2"]));
    assert_eq!(identity(&home, 3)["tmdb"], 17_473);
    assert_snapshot!("its own name stays", said(&home, &["match", "3"]));
    assert_eq!(home.json(&["match", "3"])["name"], "Room.mkv");
    assert_snapshot!(said(&home, &["match", "4", "603"]));
    let held = home.json(&["match", "4"]);
    assert_eq!(held["candidates"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_an_id_gives_the_title() {
    let home = home();
    let _tmdb = asks(&home).await;
    watch(&home, &[("a.mkv", held("a.mkv")), ("Show/Show.S01E02.mkv", held("Show.S01E02.mkv"))]).await;
    for (answer, tmdb) in [
        ("movie/603", 603),
        ("https://www.themoviedb.org/movie/604-the-matrix-reloaded", 604),
        ("tt0133093", 603),
        ("MV_604", 604),
    ] {
        let ran = home.run(&["match", "1", answer]);
        assert_eq!(ran.code, Some(0), "{answer}: {ran:?}");
        assert_eq!(identity(&home, 1)["tmdb"], tmdb, "{answer}");
    }
    for (answer, season, episode) in [
        ("tv/1396", 1, 2),
        ("tvdb:81189", 1, 2),
        ("tv/1396/season/2/episode/3", 2, 3),
        ("tvdb:349232", 1, 1),
        ("tmdb:1396", 1, 2),
        ("tv/1396 s02e04", 2, 4),
        ("tt0903747", 1, 2),
    ] {
        let ran = home.run(&["match", "2", answer]);
        assert_eq!(ran.code, Some(0), "{answer}: {ran:?}");
        let identity = identity(&home, 2);
        assert_eq!((&identity["tmdb"], &identity["season"]), (&1396.into(), &season.into()), "{answer}");
        assert_eq!(identity["episodes"], serde_json::json!([episode]), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_tmdb_does_not_have_needs_force() {
    let home = home();
    let _tmdb = asks(&home).await;
    watch(&home, &[("Show/Show.S01E02.mkv", held("Show.S01E02.mkv")), ("odd.mkv", held("odd.mkv"))]).await;
    assert_snapshot!(said(&home, &["match", "1", "movie/999999"]));
    assert_snapshot!(said(&home, &["match", "1", "tv/1396", "--season", "9", "--episode", "1"]));
    assert_snapshot!(said(&home, &["match", "1", "tv/1396", "--season", "9", "--episode", "1", "--force"]));
    assert_snapshot!(said(&home, &["match", "2", "tv/1396"]));
    assert_snapshot!(said(&home, &["match", "2", "tmdb:1396"]));
    assert_snapshot!(said(&home, &["match", "2", "tt9999999"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn always_teaches_the_folder_and_changes_what_was_watched_of_it() {
    let home = home();
    let _tmdb = asks(&home).await;
    watch(
        &home,
        &[
            ("BB (2008)/Season 01/BB.S01E01.mkv", held("BB.S01E01.mkv")),
            ("BB (2008)/Season 02/BB.S02E03.mkv", wrong(3, 2)),
            ("Other/Other.S01E01.mkv", held("Other.S01E01.mkv")),
            ("BB (2008)/Season 01/BB.S01E04.mkv", held("BB.S01E04.mkv")),
        ],
    )
    .await;
    assert_snapshot!(said(&home, &["match", "4", "tv/1396", "--always", "--yes"]));
    assert_snapshot!("the rules file", rules(&home).replace(&home.path().display().to_string(), "~"));
    let mode = fs::metadata(home.config_dir().join("rules.toml")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for (number, season, episode) in [(1, 1, 1), (2, 2, 3), (4, 1, 4)] {
        let identity = identity(&home, number);
        assert_eq!((&identity["tmdb"], &identity["season"]), (&1396.into(), &season.into()));
        assert_eq!(identity["episodes"], serde_json::json!([episode]));
    }
    assert!(identity(&home, 3).is_null());
    // What comes later is known at once, and offline.
    let next = video(&home, "BB (2008)/Season 02/BB.S02E05.mkv");
    let explained = &home.json(&["identify", "--offline", &next])[0];
    assert_eq!((&explained["identity"]["tmdb"], &explained["identity"]["season"]), (&1396.into(), &2.into()));
    assert_eq!(home.run(&["config", "check"]).stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_taught_again_takes_the_place_of_the_first() {
    let home = home();
    let _tmdb = asks(&home).await;
    watch(&home, &[("Office/Office.S01E01.mkv", held("Office.S01E01.mkv"))]).await;
    let teach = |answer: &str| home.json(&["match", "1", answer, "--always", "--yes"]);
    assert_eq!(teach("tv/2316")["rule"]["tmdb"], 2316);
    let first = rules(&home);
    fs::write(home.config_dir().join("rules.toml"), format!("# mine\n{first}# the end\n")).expect("a file");
    let again = teach("tv/2996");
    assert_eq!((&again["rule"]["tmdb"], &again["replaced"]["tmdb"]), (&2996.into(), &2316.into()));
    assert_eq!(rules(&home), format!("# mine\n{first}# the end\n").replace("2316", "2996"));
    assert_eq!(identity(&home, 1)["tmdb"], 2996);
    let shown = said(&home, &["match", "1", "tv/2316", "--always"]);
    assert!(shown.contains("It replaces this one there:") && shown.contains("tmdb = 2996"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_run_on_are_moved_and_movies_go_by_their_file() {
    let home = home();
    let _tmdb = asks(&home).await;
    watch(
        &home,
        &[
            ("Umi/Season 2/Umi S02E13.mkv", held("Umi S02E13.mkv")),
            ("Umi/Season 2/Umi S02E15.mkv", held("Umi S02E15.mkv")),
            ("mystery.mkv", held("mystery.mkv")),
        ],
    )
    .await;
    let taught =
        home.json(&["match", "1", "tv/900001", "--season", "2", "--episode", "1", "--always", "--yes"]);
    assert_eq!((&taught["rule"]["season"], &taught["rule"]["episode_offset"]), (&2.into(), &(-12).into()));
    assert_eq!(identity(&home, 2)["episodes"], serde_json::json!([3]));
    let taught = home.json(&["match", "3", "movie/901002", "--always", "--yes"]);
    assert!(taught["rule"]["path"].as_str().expect("a path").ends_with("videos/mystery.mkv"), "{taught}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_in_the_settings_that_comes_first_is_named() {
    let home = home();
    let _tmdb = asks(&home).await;
    let config = home.config_dir().join("config.toml");
    let text = fs::read_to_string(&config).expect("a file of our own");
    home.configure(&format!("{text}[[rules]]\npath = \"**/Office/**\"\ntmdb = 2316\nkind = \"series\"\n"));
    watch(&home, &[("Office/Office.S01E01.mkv", held("Office.S01E01.mkv"))]).await;
    assert_snapshot!(said(&home, &["match", "1", "tv/2996", "--always", "--yes"]));
    assert_eq!(rules(&home), "");
    assert!(identity(&home, 1).is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_rules_file_is_left_alone() {
    let home = home();
    watch(&home, &[("Show/Show.S01E01.mkv", held("Show.S01E01.mkv"))]).await;
    fs::write(home.config_dir().join("rules.toml"), "[[rules]\n").expect("a file of our own");
    assert_snapshot!(said(&home, &["match", "1", "tv/1396", "--always", "--yes"]));
    assert_eq!(rules(&home), "[[rules]\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_shows_everything_that_was_weighed() {
    let home = home();
    let tmdb = asks(&home).await;
    let files = ["/videos/The Mummy.mkv", "Dune (2021)", "https://media.example.org/v/Alien.1979.mkv?key=x"];
    assert_snapshot!(said(&home, &[&["identify"][..], &files].concat()));
    let explained = home.json(&["identify", "/videos/The Mummy.mkv"]);
    assert_eq!(explained[0]["verdict"], "held");
    assert!(explained[0]["candidates"].as_array().expect("a list").len() > 1, "{explained}");
    let longer = home.json(&["identify", "--duration", "2h5m", "/videos/The Mummy (1999).mkv"]);
    assert_eq!(longer[0]["identity"]["tmdb"], 564, "{longer}");
    for call in tmdb.calls() {
        assert!(
            call.query.values().all(|value| !value.contains("videos") && !value.contains("key")),
            "{call:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_nobody_is_asked_and_earlier_answers_are_used() {
    let home = home();
    let tmdb = asks(&home).await;
    watch(&home, &[("a.mkv", held("a.mkv"))]).await;
    let file = "/videos/Dune (2021).mkv";
    assert_eq!(home.json(&["identify", "--offline", file])[0]["verdict"], "held");
    assert!(tmdb.calls().is_empty());
    assert_eq!(home.json(&["identify", file])[0]["identity"]["tmdb"], 438_631);
    let asked = tmdb.calls().len();
    assert_eq!(home.json(&["identify", "--offline", file])[0]["identity"]["tmdb"], 438_631);
    assert_eq!(tmdb.calls().len(), asked);
    assert_snapshot!(said(&home, &["identify", "--offline", "/videos/Room.mkv"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_matched_before_is_known_by_the_users_word() {
    let home = home();
    watch(&home, &[("a.mkv", held("a.mkv"))]).await;
    assert_eq!(home.run(&["match", "1", "movie/603"]).code, Some(0));
    let explained = said(&home, &["identify", &video(&home, "a.mkv")]);
    assert!(explained.contains("you said so with `match`"), "{explained}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_episode_needs_its_season_unless_the_name_says_it() {
    let home = home();
    let _tmdb = asks(&home).await;
    watch(&home, &[("odd.mkv", held("odd.mkv")), ("Show.S02E01.mkv", held("Show.S02E01.mkv"))]).await;
    assert_snapshot!(said(&home, &["match", "1", "tv/1396", "--episode", "3"]));
    assert_snapshot!(said(&home, &["match", "2", "tv/1396", "--episode", "3"]));
    assert!(identity(&home, 1).is_null());
}

#[tokio::test]
async fn no_rule_is_written_unless_somebody_agrees() {
    let home = home();
    fill(&home).await;
    assert_snapshot!(said(&home, &["match", "3", "movie/603", "--always"]));
    let ran = home.run(&["match", "3", "movie/603", "--always", "--json"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let shown: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&shown["rule"]["tmdb"], &shown["would_change"]), (&603.into(), &serde_json::json!([])));
    assert_eq!(rules(&home), "");
    assert!(home.run(&["match"]).stdout.contains("Room.mkv"));
}

#[tokio::test]
async fn a_broken_rules_file_stops_no_single_answer() {
    let home = home();
    fill(&home).await;
    fs::write(home.config_dir().join("rules.toml"), "[[rules]]\nregex = \"\"\ntmdb = 1\nkind = \"film\"\n")
        .expect("a file of our own");
    assert_snapshot!(said(&home, &["match", "3", "movie/603"]));
    assert_eq!(identity(&home, 3)["tmdb"], 603);
    let explained = home.run(&["identify", "/videos/Room.mkv"]);
    assert_eq!(explained.code, Some(0), "{explained:?}");
    assert!(explained.stderr.contains("left out"), "{explained:?}");
}

#[tokio::test]
async fn episodes_in_a_row_are_given_and_shown_as_a_range() {
    let home = home();
    fill(&home).await;
    assert_snapshot!(said(&home, &["match", "3", "tv/1396", "--season", "1", "--episode", "2-6"]));
    assert_snapshot!(said(&home, &["match", "3", "tv/1396", "--season", "one", "--episode", "6-2"]));
}

#[tokio::test]
async fn a_rule_is_called_by_its_file() {
    let home = home();
    home.configure("[[rules]]\ntitle = \"Harbour Lights\"\ntmdb = 1396\nkind = \"series\"\nseason = 1\n");
    fs::write(
        home.config_dir().join("rules.toml"),
        "[[rules]]\npath = \"/videos/B\"\ntmdb = 2\nkind = \"movie\"\n",
    )
    .expect("a file of our own");
    for (file, rule) in [
        ("/videos/Harbour Lights E02.mkv", "rule 1 in the settings"),
        ("/videos/B/x.mkv", "rule 1 in rules.toml"),
    ] {
        let explained = said(&home, &["identify", "--offline", file]);
        assert!(explained.contains(rule), "{explained}");
    }
}

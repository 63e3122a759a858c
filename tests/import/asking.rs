//! Nothing is done that was not shown, and nothing that nobody agreed to.

use discovr_scrobbler_support::terminal::Terminal;
use serde_json::{Value, json};

use crate::scene::*;

fn leave_something(scene: &Scene) {
    scene.leave_data("watched_backlog.json", &json!([episode("Breaking Bad", 1, 2, THEN)]));
    scene.leave_config("config.yaml", "fileinfo: {whitelist: [/media/a]}\n");
    scene.leave_config(
        "remap_rules.toml",
        "[[rules]]\nmatch = { title = \"x\" }\ntype = \"movie\"\nid = { title = \"The Matrix\" }\n",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_everything_and_changes_nothing() {
    let scene = Scene::new().await;
    leave_something(&scene);
    let before = scene.everything();
    let said = scene.done(&["--dry-run"]);
    for shown in [
        "2023-11-14 22:13",
        "Breaking Bad S01E02",
        "for discovr",
        "tmdb = 603",
        "/media/a",
        "Nothing was changed.",
    ] {
        assert!(said.contains(shown), "{shown} in {said}");
    }
    let plan = scene.plan();
    assert!(scene.everything() == before, "something was changed");
    // What is done is what was shown.
    let ran = scene.import(&["--yes", "--json"]);
    let done: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(done["done"], true);
    for part in ["viewings", "rules", "paths", "not_taken"] {
        assert_eq!(done[part], plan[part], "{part}");
    }
    let again = scene.plan();
    assert_eq!(again["already"], json!({"viewings": 1, "rules": 1, "paths": 1}), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_asked_somebody_must_have_agreed() {
    let scene = Scene::new().await;
    leave_something(&scene);
    let before = scene.everything();
    for (more, hint) in [(&[][..], "--yes"), (&["--json"][..], "--dry-run")] {
        let ran = scene.import(more);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("nothing was changed") && ran.stderr.contains(hint), "{ran:?}");
    }
    let both = scene.import(&["--yes", "--dry-run"]);
    assert_eq!(both.code, Some(2), "{both:?}");
    assert!(scene.everything() == before, "something was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_it_asks_and_takes_no_for_an_answer() {
    let scene = Scene::new().await;
    leave_something(&scene);
    let before = scene.everything();
    let mut terminal = Terminal::start(&scene.home.command(&IMPORT));
    terminal.wait_for("Take it over? [y/N]");
    terminal.type_in("n\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("Nothing was changed."), "{screen}");
    assert!(scene.everything() == before, "something was changed");
    let mut terminal = Terminal::start(&scene.home.command(&IMPORT));
    terminal.wait_for("Take it over? [y/N]");
    terminal.type_in("y\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("Done."), "{screen}");
    assert_eq!(scene.history().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_it_says_where_it_looked() {
    let scene = Scene::new().await;
    let ran = scene.import(&["--dry-run"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for place in [scene.foreign_config(), scene.foreign_data()] {
        assert!(ran.stderr.contains(&place.display().to_string()), "{ran:?}");
    }
    let elsewhere = scene.home.path().join("elsewhere");
    let elsewhere = elsewhere.to_str().expect("UTF-8");
    let ran = scene.import(&["--dry-run", "--config-dir", elsewhere, "--data-dir", elsewhere]);
    assert!(ran.stderr.contains(elsewhere) && ran.stderr.contains("--data-dir DIR"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_folders_can_be_named() {
    let scene = Scene::new().await;
    leave_something(&scene);
    let elsewhere = scene.home.path().join("elsewhere");
    std::fs::rename(scene.foreign_data(), &elsewhere).expect("a folder of our own");
    let folder = elsewhere.to_str().expect("UTF-8");
    let said = scene.done(&["--dry-run", "--data-dir", folder]);
    assert!(said.contains("Breaking Bad S01E02"), "{said}");
}

//! Help and errors: what is wrong, where, and what to do.

use std::fs;

use insta::assert_snapshot;

use crate::scene::{home, said};

#[test]
fn the_help_of_every_command_teaches() {
    let home = home();
    let commands: &[&[&str]] = &[
        &[],
        &["run"],
        &["status"],
        &["history"],
        &["queue"],
        &["queue", "list"],
        &["queue", "retry"],
        &["queue", "drop"],
        &["match"],
        &["identify"],
        &["login"],
        &["login", "trakt"],
        &["logout"],
        &["logout", "trakt"],
        &["profile"],
        &["doctor"],
        &["config"],
        &["config", "check"],
        &["config", "show"],
        &["config", "path"],
    ];
    let help: Vec<String> =
        commands.iter().map(|command| said(&home, &[command, &["--help"][..]].concat())).collect();
    assert_snapshot!(help.join("\n\n"));
}

#[test]
fn without_a_journal_each_command_says_so() {
    let home = home();
    let commands: &[&[&str]] =
        &[&["status"], &["history"], &["match"], &["queue", "list"], &["queue", "retry"], &["match", "1"]];
    let said: Vec<String> = commands.iter().map(|command| said(&home, command)).collect();
    assert_snapshot!(said.join("\n\n"));
    for command in [&["history"][..], &["match"], &["queue", "list"]] {
        assert_eq!(home.json(command), serde_json::json!([]), "{command:?}");
    }
}

#[test]
fn wrong_arguments_are_answered_with_the_right_ones() {
    let home = home();
    let commands: &[&[&str]] = &[
        &["wacht"],
        &["match", "3", "The Matrix"],
        &["match", "3", "--season", "1"],
        &["match", "3", "603", "--tmdb", "603"],
        &["match", "3", "tv/1396", "--movie"],
        &["match", "3", "--tmdb", "603", "--movie", "--season", "1", "--episode", "2"],
        &["match", "--always"],
        &["queue", "drop"],
        &["--config", "/nowhere/config.toml", "config", "check"],
    ];
    let said: Vec<String> = commands.iter().map(|command| said(&home, command)).collect();
    assert_snapshot!(said.join("\n\n"));
}

#[test]
fn a_wrong_configuration_is_named_with_its_line_by_every_command_that_needs_it() {
    let home = home();
    home.configure("[playback]\ncompleted_percent = 800\n\n[discovr]\nprofil = \"me\"\n");
    assert_snapshot!(said(&home, &["config", "check"]));
    let status = home.run(&["status"]);
    assert!(status.stdout.contains("wrong, and the daemon does not start with them"), "{status:?}");
    assert_eq!(home.run(&["run"]).code, Some(2));
    assert_eq!(home.run(&["identify", "x.mkv"]).code, Some(2));
}

#[test]
fn the_version_names_where_titles_come_from() {
    let home = home();
    let said = home.run(&["--version"]).stdout;
    assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    assert!(said.contains("uses the TMDB API but is not endorsed or certified by TMDB"), "{said}");
    assert_eq!(home.run(&["-V"]).stdout.lines().count(), 1);
}

#[test]
fn the_users_own_rules_are_found_checked_and_shown() {
    let home = home();
    let rules = home.config_dir().join("rules.toml");
    assert_eq!(home.run(&["config", "path", "--rules"]).stdout, format!("{}\n", rules.display()));
    home.configure(&home.settings("https://api.example.org", "rt_secret", Some("me"), ""));
    fs::write(&rules, "[[rules]]\ntitle = \"Harbour Lights\"\ntmdb = 1396\nkind = \"series\"\n")
        .expect("a file of our own");
    assert_snapshot!("its rules are right", said(&home, &["config", "check"]));
    let shown = home.run(&["config", "show"]).stdout;
    assert!(shown.contains("rules.toml\n") && shown.contains("title = \"Harbour Lights\""), "{shown}");
    fs::write(&rules, "[[rules]]\ntitle = \"Harbour Lights\"\ntmdb = 1396\nkind = \"film\"\nseson = 1\n\n[tmdb]\ntoken = \"x\"\n")
        .expect("a file of our own");
    assert_snapshot!("its rules are wrong", said(&home, &["config", "check"]));
}

#[test]
fn the_configuration_is_checked_with_its_tokens() {
    let home = home();
    assert_snapshot!("nothing is set up", said(&home, &["config", "check"]));
    home.configure(&home.settings("https://api.example.org", "rt_secret", Some("me"), ""));
    assert_snapshot!("all is set up", said(&home, &["config", "check"]));
    assert!(!said(&home, &["config", "show"]).contains("rt_secret"));
    fs::remove_file(home.token_file()).expect("a file of our own");
    assert_snapshot!("the token's file is missing", said(&home, &["config", "check"]));
}

#[test]
fn what_a_file_is_taken_for_is_said_with_the_reasons() {
    let home = home();
    assert_snapshot!(said(
        &home,
        &[
            "identify",
            "/videos/Example Show {tmdb-1396}/Season 01/Example Show S01E02.mkv",
            "/videos/The Matrix (1999).mkv",
            "/videos/holiday.mkv",
        ],
    ));
    assert_snapshot!(said(&home, &["identify", "--json", "/videos/The Matrix (1999) {tmdb-603}.mkv"]));
}

//! What is different where somebody sits at a terminal: questions, and lines that fit.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use discovr_scrobbler_support::home::Home;

use crate::scene::*;

/// Runs a command at a terminal of so many columns, types `input`, and gives what is on the screen in the end.
pub(crate) fn at_terminal(home: &Home, columns: u16, arguments: &[&str], input: &str) -> String {
    let mut terminal = terminal(home, columns, arguments);
    let mut keyboard = terminal.stdin.take().expect("a pipe");
    keyboard.write_all(input.as_bytes()).expect("it reads");
    let shown = terminal.wait_with_output().expect("it ends");
    drop(keyboard);
    String::from_utf8_lossy(&shown.stdout).replace('\r', "")
}

fn terminal(home: &Home, columns: u16, arguments: &[&str]) -> Child {
    let inner = home.command(arguments);
    let words: Vec<String> = std::iter::once(inner.get_program())
        .chain(inner.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    let variables = inner.get_envs().filter_map(|(name, value)| Some((name, value?)));
    Command::new("script")
        .env_clear()
        .envs(variables)
        .env("NO_COLOR", "1")
        .env("SHELL", "/bin/sh")
        .current_dir(home.path())
        .args(["--quiet", "--return", "--flush", "--echo", "never", "--command"])
        .arg(format!("stty cols {columns} rows 50; exec {}", words.join(" ")))
        .arg("/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("script is installed")
}

#[tokio::test]
async fn match_asks_what_a_viewing_is() {
    let home = home();
    fill(&home).await;
    let screen = at_terminal(&home, 100, &["match", "3"], "Room\n9\n2\n");
    assert!(screen.contains("1  Room (2015)"), "{screen}");
    assert!(screen.contains("That can be a candidate's number"), "{screen}");
    assert!(screen.contains("has 2 candidates only, so 9 is none of them"), "{screen}");
    assert!(screen.contains("Viewing 3 is The Room (2003): themoviedb.org/movie/17473"), "{screen}");
}

#[tokio::test]
async fn a_skipped_question_changes_nothing() {
    let home = home();
    fill(&home).await;
    let screen = at_terminal(&home, 100, &["match", "3"], "s\n");
    assert!(screen.contains("What is it?") && !screen.contains("Viewing 3 is"), "{screen}");
    assert!(home.run(&["match"]).stdout.contains("Room.mkv"));
}

#[tokio::test]
async fn a_rule_is_shown_and_agreed_to_before_it_is_written() {
    let home = home();
    fill(&home).await;
    let rules = home.config_dir().join("rules.toml");
    let screen = at_terminal(&home, 100, &["match", "3", "2", "--always"], "n\n");
    assert!(screen.contains("[[rules]]") && screen.contains("Nothing was changed."), "{screen}");
    assert!(!rules.exists());
    assert!(home.run(&["match"]).stdout.contains("Room.mkv"));
    let screen = at_terminal(&home, 100, &["match", "3", "2", "--always"], "y\n");
    assert!(screen.contains("Viewing 3 is The Room (2003)"), "{screen}");
    assert!(rules.exists());
    fs::remove_file(&rules).expect("a file of our own");
    let screen = at_terminal(&home, 100, &["match", "3", "movie/264644", "--always", "--yes"], "");
    assert!(screen.contains("themoviedb.org/movie/264644") && rules.exists(), "{screen}");
}

#[tokio::test]
async fn a_rules_file_that_changes_while_the_question_is_asked_is_left_as_it_is() {
    let home = home();
    fill(&home).await;
    let mut terminal = terminal(&home, 100, &["match", "3", "2", "--always"]);
    let mut screen = terminal.stdout.take().expect("a pipe");
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains("[y/N]") {
        let mut byte = [0];
        screen.read_exact(&mut byte).expect("it asks");
        shown.extend(byte);
    }
    let rules = home.config_dir().join("rules.toml");
    let mine = "[[rules]]\ntitle = \"Mine\"\ntmdb = 7\nkind = \"movie\"\n";
    fs::write(&rules, mine).expect("a file of our own");
    let mut keyboard = terminal.stdin.take().expect("a pipe");
    keyboard.write_all(b"y\n").expect("it reads");
    screen.read_to_end(&mut shown).expect("it ends");
    terminal.wait().expect("it ends");
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains("changed in the meantime"), "{shown}");
    assert_eq!(fs::read_to_string(&rules).expect("a file"), mine);
    assert!(home.run(&["match"]).stdout.contains("Room.mkv"));
}

#[tokio::test]
async fn what_is_listed_fits_a_narrow_terminal() {
    let home = home();
    fill(&home).await;
    let file = "/v/Example Show {tmdb-1396}/Example Show S01E02.mkv";
    for columns in [60, 80, 200] {
        for arguments in [&["match"][..], &["identify", file]] {
            let screen = at_terminal(&home, columns, arguments, "");
            let widest = screen.lines().map(|line| line.chars().count()).max().unwrap_or_default();
            let most = usize::from(columns);
            assert!(widest <= most && screen.lines().count() > 4, "{widest} of {columns}:\n{screen}");
        }
    }
}

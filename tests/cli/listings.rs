//! What the listings show of a journal with one viewing of each kind.

use insta::assert_snapshot;

use crate::scene::{fill, fill_with_two_episodes, home, said};

#[tokio::test]
async fn history_shows_what_was_watched_and_what_each_service_knows() {
    let home = home();
    fill(&home).await;
    assert_snapshot!(said(&home, &["history"]));
    assert_snapshot!(said(&home, &["history", "--limit", "1", "--json"]));
}

#[tokio::test]
async fn history_shows_which_of_several_episodes_were_watched() {
    let home = home();
    fill_with_two_episodes(&home).await;
    assert_snapshot!(said(&home, &["history"]));
    let history = home.json(&["history"]);
    assert_eq!(history[1]["parts"][0]["episode"], 2);
    assert_eq!(history[1]["parts"][0]["completed_at"], "2026-03-01T22:24:45Z");
    assert_eq!(history[1]["parts"][1], serde_json::json!({ "episode": 3, "completed_at": null }));
    assert_eq!(history[1]["completed_at"], serde_json::Value::Null);
    let queue = home.json(&["queue", "list"]);
    let told: Vec<_> = queue.as_array().expect("a list").iter().map(|row| &row["content"]).collect();
    let told: Vec<_> = told.iter().map(|content| (&content["what"], &content["episode"])).collect();
    assert_eq!(told, [(&"playback".into(), &3.into()), (&"history".into(), &2.into())]);
}

#[tokio::test]
async fn the_queue_shows_what_waits_and_why() {
    let home = home();
    fill(&home).await;
    assert_snapshot!(said(&home, &["queue", "list"]));
    assert_snapshot!(said(&home, &["queue", "list", "--all"]));
    assert_snapshot!(said(&home, &["queue", "list", "--json"]));
}

#[tokio::test]
async fn a_refused_delivery_can_be_tried_again_or_given_up() {
    let home = home();
    fill(&home).await;
    let queue = home.json(&["queue", "list"]);
    let refused = queue.as_array().expect("a list").iter().find(|row| row["status"] == "refused");
    let refused = refused.expect("the special")["id"].to_string();
    assert_eq!(home.run(&["queue", "retry", &refused]).stdout, "One delivery is due now.\n");
    assert_eq!(home.run(&["queue", "drop", &refused]).code, Some(0));
    for command in ["retry", "drop"] {
        let again = home.run(&["queue", command, &refused]);
        assert_eq!(again.code, Some(1), "{again:?}");
        assert!(again.stderr.contains("nothing with the number"), "{again:?}");
    }
    assert!(home.run(&["queue", "retry"]).stdout.contains("due now"));
}

#[tokio::test]
async fn held_viewings_are_listed_and_given_their_title() {
    let home = home();
    fill(&home).await;
    assert_snapshot!(said(&home, &["match"]));
    assert_snapshot!(said(&home, &["match", "3", "--tmdb", "264644", "--movie"]));
    assert_snapshot!(said(&home, &["match", "3", "--tmdb", "264644", "--movie"]));
    assert_snapshot!(said(&home, &["match", "4", "--tmdb", "1396", "--season", "1", "--episode", "4,5"]));
    let queue = home.json(&["queue", "list"]);
    let of_the_room: Vec<_> = queue
        .as_array()
        .expect("a list")
        .iter()
        .filter(|row| row["content"]["tmdb"] == 264_644)
        .map(|row| (row["content"]["what"].clone(), row["content"]["at"].clone()))
        .collect();
    assert_eq!(of_the_room.len(), 2, "{queue}");
    for (_, at) in of_the_room {
        assert_eq!(at, "2026-03-02T02:45:00Z", "the time at which it was really watched");
    }
}

#[tokio::test]
async fn a_viewing_that_discovr_has_as_something_else_is_put_right_and_that_is_shown() {
    let home = home();
    fill(&home).await;
    assert_snapshot!(said(&home, &["match", "1", "--tmdb", "1396", "--season", "1", "--episode", "4"]));
    assert_snapshot!(said(&home, &["queue", "list"]));
    assert_snapshot!(said(&home, &["history"]));
    assert_snapshot!(said(&home, &["match", "1", "--tmdb", "1396", "--season", "1", "--episode", "2"]));
    assert_snapshot!(said(&home, &["history", "--limit", "5"]));
}

#[tokio::test]
async fn status_without_a_daemon_shows_what_the_journal_knows() {
    let home = home();
    fill(&home).await;
    assert_snapshot!(said(&home, &["status"]));
    assert_snapshot!(said(&home, &["status", "--json"]));
}

#[tokio::test]
async fn nothing_harmful_reaches_the_terminal() {
    let home = home();
    fill(&home).await;
    for arguments in [&["history"][..], &["match"], &["queue", "list", "--all"], &["status"]] {
        let ran = home.run(arguments);
        assert!(!ran.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{ran:?}");
    }
    assert!(home.run(&["match"]).stdout.contains("\\u{1b}]0;owned"));
}

#[tokio::test]
async fn history_finds_words_of_titles_and_file_names() {
    let home = home();
    fill(&home).await;
    let all = home.json(&["history"]);
    let first = &all[0];
    let title = first["name"].as_str().expect("a name");
    let word = title.split(|letter: char| !letter.is_alphanumeric()).next().expect("a word").to_uppercase();
    let found = home.json(&["history", &word]);
    let numbers: Vec<_> = found.as_array().expect("a list").iter().map(|row| &row["number"]).collect();
    assert!(numbers.contains(&&first["number"]), "{word}: {found}");
    assert_eq!(
        home.run(&["history", "nonesuch", &word]).stdout,
        "Nothing that was watched is called that.\n"
    );
    assert_eq!(home.json(&["history", "nonesuch"]), serde_json::json!([]));
}

#[tokio::test]
async fn a_long_queue_is_listed_as_far_as_is_asked() {
    let home = home();
    fill(&home).await;
    let all = home.json(&["queue", "list"]);
    let all = all.as_array().expect("a list");
    assert!(all.len() > 1);
    let text = home.run(&["queue", "list", "--limit", "1"]).stdout;
    let more = format!("\nand {} more: --limit COUNT shows as many\n", all.len() - 1);
    assert!(text.contains(&more), "{text}");
    assert_eq!(home.json(&["queue", "list", "-n", "1"]).as_array(), Some(&all[..1].to_vec()));
    assert!(home.run(&["queue", "list", "--all", "-n", "1"]).stdout.contains("\nand more: --limit"));
    let exactly = home.run(&["queue", "list", "-n", &all.len().to_string()]).stdout;
    assert!(!exactly.contains("more:"), "{exactly}");
}

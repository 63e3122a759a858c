//! Remap rules become rules, and path lists become paths, as far as they can be said; the rest is named.

use std::fs;

use serde_json::json;

use crate::scene::*;

const REMAPS: &str = r#"
[[rules]]
match = { path = '.*/BB/.*' }
type = "episode"
id = { title = "Breaking Bad" }
season = 2

[[rules]]
match = { title = "matrix film" }
type = "movie"
id = { title = "The Matrix" }

[[rules]]
match = { title = "Some Show", season = 2 }
type = "episode"
id = { title = "Breaking Bad" }

[[rules]]
match = { title = "Another" }
type = "episode"
id = { trakt_slug = "breaking-bad" }

[[rules]]
match = { title = "Unknown" }
type = "movie"
id = { title = "Nothing That Anybody Made" }

[[rules]]
match = { path = '(?=x).*' }
type = "movie"
id = { title = "The Matrix" }
"#;

const SETTINGS: &str = r"version: '1.0'
general: {enable_notifs: true}
fileinfo:
  whitelist:
  - /media/My Films/
  - https://films.example/*
  - Videos
  exclude_patterns:
  - '.*sample.*'
  - '.*/(a|b)/.*'
  include_regexes:
    movie: []
    episode:
    - '(?P<title>.+)/(?P<episode>\d+)\.mkv'
players:
  monitored: [mpv, vlc]
";

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_said_is_written_and_the_rest_is_named() {
    let scene = Scene::new().await;
    scene.leave_config("remap_rules.toml", REMAPS);
    scene.leave_config("config.yaml", SETTINGS);
    let mine = "# mine\n[[rules]]\npath = \"~/A/**\"\ntmdb = 1\nkind = \"series\"\n";
    fs::write(scene.home.config_dir().join("rules.toml"), mine).expect("a file of our own");
    let config = scene.config();
    let said = scene.done(&["--yes"]);
    for left in [
        "rule 3: it fits by its season",
        "rule 4: it names Trakt's breaking-bad",
        "https://trakt.tv/shows/breaking-bad",
        "rule 5: \"Nothing That Anybody Made\" was not found for certain",
        "rule 6: it is no regular expression",
        "fileinfo.whitelist 3, \"Videos\": it is no whole path",
        "fileinfo.exclude_patterns 2, \".*/(a|b)/.*\": no glob means the same",
        "fileinfo.include_regexes (1)",
    ] {
        assert!(said.contains(left), "{left} in {said}");
    }
    let rules = scene.rules();
    let rest = rules.strip_prefix(mine).unwrap_or_else(|| panic!("{rules}"));
    assert_eq!(
        rest,
        "\n# Breaking Bad (rule 1 of trakt-scrobbler)\n[[rules]]\nregex = \"^(?:.*/BB/.*)$\"\ntmdb = 1396\n\
         kind = \"series\"\nseason = 2\n\n# The Matrix (1999) (rule 2 of trakt-scrobbler)\n[[rules]]\n\
         title = \"matrix film\"\ntmdb = 603\nkind = \"movie\"\n"
    );
    let videos = format!("\"{}/**\"", scene.home.videos().display());
    assert_eq!(
        scene.config(),
        config.replace(
            &format!("only = [{videos}]\n"),
            &format!(
                "only = [{videos}, \"/media/My Films\", \"{{http,https}}://films.example\"]\nignore = [\"**/*sample*\"]\n"
            )
        )
    );
    // They are in force.
    let known = scene.home.json(&["identify", "/media/My Films/BB/S02E03.mkv"]);
    assert_eq!(
        known[0]["identity"],
        json!({"kind": "episodes", "tmdb": 1396, "season": 2, "episodes": [3]}),
        "{known}"
    );
    assert_eq!(known[0]["left_out"], json!(null));
    let sample = scene.home.json(&["identify", "/media/My Films/a-sample.mkv"]);
    assert!(sample[0]["left_out"].is_string(), "{sample}");
    assert!(!scene.home.state_dir().join("journal.db").exists(), "no viewing, no journal");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_rules_nor_paths_are_written_twice() {
    let scene = Scene::new().await;
    scene.leave_config("remap_rules.toml", REMAPS);
    scene.leave_config("config.yaml", SETTINGS);
    scene.done(&["--yes"]);
    let (rules, config) = (scene.rules(), scene.config());
    let said = scene.done(&["--yes"]);
    assert!(said.contains("Here already: 2 rules, 3 paths."), "{said}");
    assert_eq!((scene.rules(), scene.config()), (rules, config));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_ones_own_stays_the_first() {
    let scene = Scene::new().await;
    scene.leave_config("remap_rules.toml", REMAPS);
    let mine = "[[rules]]\ntitle = \"matrix film\"\ntmdb = 604\nkind = \"movie\"\n\n\
                [[rules]]\nregex = \"^(?:.*/BB/.*)$\"\ntmdb = 1396\nkind = \"series\"\nseason = 1\n";
    fs::write(scene.home.config_dir().join("rules.toml"), mine).expect("a file of our own");
    let said = scene.done(&["--yes"]);
    assert!(said.contains("Here already: 1 rule."), "{said}");
    assert!(said.contains("rule 1: a rule that fits the same is there already"), "{said}");
    assert_eq!(scene.rules(), mine);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_settings_are_read_too_and_a_new_file_is_only_ones_own() {
    use std::os::unix::fs::PermissionsExt;

    let scene = Scene::new().await;
    let config = scene.home.config_dir().join("config.toml");
    fs::remove_file(&config).expect("it is there");
    scene.leave_config("config.toml", "[fileinfo]\nwhitelist = ['/media/a', '/media/b']\n");
    let said = scene.done(&["--yes"]);
    assert!(said.contains("nothing is reported but what lies there"), "{said}");
    assert_eq!(scene.config(), "[paths]\nonly = [\"/media/a\", \"/media/b\"]\n");
    assert_eq!(fs::metadata(config).expect("it is there").permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_environment_says_is_not_written_past() {
    let mut scene = Scene::new().await;
    scene.home = scene.home.with_variable("DISCOVR_SCROBBLER__PATHS__ONLY", "/v");
    scene.leave_config("config.yaml", "fileinfo: {whitelist: [/media/a]}\n");
    let config = scene.config();
    let said = scene.done(&["--yes"]);
    assert!(said.contains("paths.only is set in the environment"), "{said}");
    assert_eq!(scene.config(), config);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_a_rule_would_count_once_more_is_not_taken_over_unless_it_is_known() {
    let scene = Scene::new().await;
    scene.leave_config(
        "remap_rules.toml",
        "[[rules]]\nmatch = { title = \"Breaking Bad\" }\ntype = \"episode\"\nid = { title = \"Breaking Bad\" }\n\
         episode_delta = -3\n",
    );
    // What lies in the backlog was counted by that rule already. The series has no season 30.
    scene.leave_data(
        "watched_backlog.json",
        &json!([episode("Breaking Bad", 1, 4, THEN), episode("Breaking Bad", 30, 4, THEN + 9000.0)]),
    );
    let said = scene.done(&["--yes"]);
    assert!(said.contains("change its number once more"), "{said}");
    let rows = scene.history();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["identification"]["identity"]["episodes"], json!([4]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settings_file_that_is_a_link_is_written_where_it_is() {
    let scene = Scene::new().await;
    scene.leave_config("config.yaml", "fileinfo: {whitelist: [/media/a]}\n");
    let (link, real) = (scene.home.config_dir().join("config.toml"), scene.home.path().join("dotfiles.toml"));
    fs::rename(&link, &real).expect("a file of our own");
    std::os::unix::fs::symlink(&real, &link).expect("a folder of our own");
    let before = scene.config();
    scene.done(&["--yes"]);
    assert!(link.is_symlink(), "the link stays");
    let after = fs::read_to_string(real).expect("it is there");
    assert_eq!(after, before.replace("/**\"]", "/**\", \"/media/a\"]"));
}

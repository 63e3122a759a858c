//! `config.example.toml` is the documentation of the keys.

use discovr_scrobbler::config::{Settings, shown};

use crate::bench::Bench;

const EXAMPLE: &str = include_str!("../../config.example.toml");

#[test]
fn the_example_is_valid_and_equals_the_defaults() {
    let loaded = Bench::new().load(EXAMPLE, &[]).unwrap();
    assert_eq!(loaded.settings, Settings::default());
}

#[test]
fn the_rule_in_the_readme_is_one() {
    let readme = include_str!("../../README.md");
    let from = readme.find("    [[rules]]\n").expect("a rule");
    let rule: String =
        readme[from..].lines().take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
    let loaded = Bench::new().load(&rule, &[]).unwrap();
    assert_eq!(loaded.settings.rules.len(), 1);
}

#[test]
fn the_example_names_every_key_even_the_optional_ones() {
    // With everything set nothing is left out, and a key that the example had not would be missed here.
    let optional: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with("[[") || is_assignment(rest) => rest,
            _ => line,
        })
        // They exclude each other.
        .filter(|line| !line.starts_with("episode_offset"))
        .map(|line| format!("{}\n", line.replace("\"…\"", "\"x\"")))
        .collect();
    let loaded = Bench::new().load(&optional, &[]).unwrap();
    let settings = &loaded.settings;
    assert!(settings.discovr.profile.is_some() && settings.discovr.client_id.is_some());
    assert!(settings.discovr.refresh_token_file.is_some() && settings.tmdb.token_file.is_some());
    assert!(settings.trakt.client_id.is_some() && settings.trakt.client_secret_file.is_some());
    assert!(settings.tmdb.token.is_some() && settings.rules.len() == 1);
    let shown = shown(&loaded);
    assert!(!shown.contains("is not set"), "{shown}");
    let mut section = "";
    for line in shown.lines() {
        if line.starts_with('[') {
            section = line;
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            assert!(is_in_example(section, key), "{section} {key} is not in the example");
        }
    }
    assert!(EXAMPLE.contains("\n#episode_offset = "));
}

#[test]
fn the_list_of_keys_is_that_of_the_types() {
    // serde names the keys of a type when it meets one that it does not know.
    let serde_keys = |section: &str| {
        let error = toml::from_str::<Settings>(&format!("[{section}]\nnonsense = 1")).unwrap_err();
        let (_, names) = error
            .message()
            .split_once("expected one of ")
            .or_else(|| error.message().split_once("expected "))
            .unwrap();
        names
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| *name != "or")
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for section in ["discovr", "trakt", "tmdb", "playback", "players", "paths"] {
        for key in serde_keys(section) {
            let text = Bench::new().refusal(&format!("[{section}]\n{key} = 0.5"), &[]);
            assert!(!text.contains("unknown key"), "{section}.{key}: {text}");
        }
    }
    for key in serde_keys("[rules]") {
        let text = Bench::new().refusal(&format!("[[rules]]\n{key} = 0.5"), &[]);
        assert!(!text.contains("unknown key"), "rules.{key}: {text}");
    }
}

fn is_assignment(line: &str) -> bool {
    line.split_once(" = ")
        .is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

fn is_in_example(section: &str, key: &str) -> bool {
    let heading = |line: &str| line.trim_start_matches('#').starts_with('[');
    EXAMPLE
        .lines()
        .skip_while(|line| line.trim_start_matches('#') != section)
        .skip(1)
        .take_while(|line| !heading(line))
        .any(|line| line.trim_start_matches('#').starts_with(&format!("{key} = ")))
}

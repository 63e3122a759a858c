//! The user's own rules file: read behind the settings, written without harm, watched like them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use discovr_scrobbler::config::{
    ConfigError, ConfigFile, RulePlace, RulesFile, load_file, shown, write_rule,
};
use discovr_scrobbler::identify::{Rule, RuleKind};

use crate::bench::{Bench, environment, snapshot};

const HARBOUR: &str = "[[rules]]\ntitle = \"Harbour Lights\"\ntmdb = 7\nkind = \"series\"\n";
const QUAY: &str = "# The Quay\n[[rules]]\npath = '~/Quay/**'\ntmdb = 8\nkind = \"movie\" # it is\n";
const END: RulePlace = RulePlace { replaces: None, at: usize::MAX };

fn rule(title: &str, tmdb: u64) -> Rule {
    Rule {
        path: None,
        regex: None,
        title: Some(title.into()),
        tmdb,
        kind: RuleKind::Series,
        season: None,
        episode: None,
        episode_offset: None,
    }
}

#[test]
fn its_rules_come_behind_those_of_the_settings() {
    let bench = Bench::new();
    let path = bench.write("rules.toml", QUAY, 0o600);
    let loaded = bench.load(HARBOUR, &[]).unwrap();
    let numbers: Vec<u64> = loaded.settings.rules.iter().map(|rule| rule.tmdb).collect();
    assert_eq!(numbers, [7, 8]);
    assert_eq!(loaded.rules_file, Some(RulesFile { path: path.clone(), count: 1 }));
    let shown = shown(&loaded);
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("no {text} in {shown}"));
    assert!(at("Harbour Lights") < at(&format!("# from {}", path.display())));
    assert!(at(&format!("# from {}", path.display())) < at("~/Quay/**"));
    fs::remove_file(path).unwrap();
    assert_eq!(bench.load(HARBOUR, &[]).unwrap().rules_file, None);
}

#[test]
fn it_counts_without_any_settings_file() {
    let bench = Bench::new();
    bench.write("rules.toml", QUAY, 0o600);
    let file = ConfigFile::optional(&bench.path("config.toml"));
    let loaded = load_file(&file, &environment(&[])).unwrap();
    assert_eq!(loaded.settings.rules.len(), 1);
}

#[test]
fn a_settings_file_of_that_name_is_not_read_twice() {
    let bench = Bench::new();
    let path = bench.write("rules.toml", HARBOUR, 0o600);
    let loaded = load_file(&ConfigFile::named(&path), &environment(&[])).unwrap();
    assert_eq!((loaded.settings.rules.len(), loaded.rules_file), (1, None));
}

#[test]
fn what_is_wrong_in_it_is_named_with_the_line() {
    let bench = Bench::new();
    bench.write(
        "rules.toml",
        "[[rules]]\ntitle = \"A\"\ntmdb = 7\nkind = \"series\"\n\n[[rules]]\ntmdb = 0\nkind = \"movie\"\nseason = 2\n\n[[rules]]\ntitel = \"B\"\ntmdb = \"x\"\nkind = \"movie\"\n\n[discovr]\nprofile = \"hunter2\"\n",
        0o600,
    );
    snapshot("own_rules", &bench.refusal("[tmdb]\nlanguage = 3\n", &[]));
    bench.write("rules.toml", "[[rules]\n", 0o600);
    snapshot("own_rules_no_toml", &bench.refusal("", &[]));
    fs::remove_file(bench.path("rules.toml")).unwrap();
    fs::create_dir(bench.path("rules.toml")).unwrap();
    let error = bench.load("", &[]).unwrap_err();
    assert!(
        matches!(&error, ConfigError::Unreadable { path, .. } if path.ends_with("rules.toml")),
        "{error}"
    );
}

#[test]
fn what_is_written_can_be_read_and_leaves_the_rest_as_it_was() {
    let bench = Bench::new();
    let path = bench.path("deeper/rules.toml");
    write_rule(&path, &rule("A \"quoted\" é", 1), END, "A").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let before = fs::read_to_string(&path).unwrap();
    write_rule(&path, &rule("B", 2), END, "B").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert!(fs::read_to_string(&path).unwrap().starts_with(&before));
    let file = ConfigFile::optional(&path.with_file_name("config.toml"));
    let rules = load_file(&file, &environment(&[])).unwrap().settings.rules;
    assert_eq!(rules, [rule("A \"quoted\" é", 1), rule("B", 2)]);
    let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing lies beside it: {left:?}");
}

#[test]
fn a_link_stays_a_link_and_its_target_is_written() {
    let bench = Bench::new();
    let target = bench.write("dots/rules.toml", QUAY, 0o600);
    fs::create_dir(bench.path("etc")).unwrap();
    let path = bench.path("etc/rules.toml");
    symlink("../dots/rules.toml", &path).unwrap();
    write_rule(&path, &rule("B", 2), END, "B").unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    let text = fs::read_to_string(target).unwrap();
    assert!(text.starts_with(QUAY) && text.contains("title = \"B\""), "{text}");
}

#[test]
fn what_cannot_be_understood_is_not_written_over() {
    let bench = Bench::new();
    for text in ["[[rules]\n", "rules = \"mine\"\n"] {
        let path = bench.write("rules.toml", text, 0o600);
        let error = write_rule(&path, &rule("B", 2), END, "B").unwrap_err();
        assert!(error.to_string().contains("rules.toml"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

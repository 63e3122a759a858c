//! `docs/reliability.md` says what is promised and which tests hold it. It must not outlive them.

use std::fs;
use std::path::{Path, PathBuf};

use discovr_scrobbler_support::reliability::{rendered, tests_named};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_promise_names_tests_and_they_all_exist() {
    let document = document();
    let (_, promises) = document.split_once("## What is promised").expect("it says what is promised");
    let (promises, _) = promises.split_once("\n## ").expect("more follows");
    for promise in promises.split("\n\n").filter(|promise| promise.starts_with("**")) {
        assert!(!tests_named(promise).is_empty(), "no test holds this: {promise}");
    }
    for test in tests_named(&document) {
        let (place, name) = test.rsplit_once("::").expect("a path has parts");
        let mut places = place.split("::").filter(|part| *part != "tests");
        let suite = places.next().expect("it has a first part");
        let folder = [Path::new(ROOT).join("tests").join(suite), Path::new(ROOT).join("src").join(suite)];
        let file = places.next().map_or_else(|| "main.rs".to_owned(), |file| format!("{file}.rs"));
        let sources = folder.iter().filter_map(|folder| fs::read_to_string(folder.join(&file)).ok());
        let found = sources.into_iter().any(|source| source.contains(&format!("fn {name}(")));
        assert!(found, "docs/reliability.md names {test}, which is not in {file} of {suite}");
    }
}

#[test]
fn its_tables_are_as_the_command_writes_them() {
    let document = document();
    assert_eq!(rendered(&document, ""), Ok(document));
}

fn document() -> String {
    let path: PathBuf = Path::new(ROOT).join("docs/reliability.md");
    fs::read_to_string(path).expect("docs/reliability.md")
}

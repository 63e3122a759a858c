//! Good files load; bad ones are refused in words that say where, what and what to do.

use std::fs;
use std::path::{Path, PathBuf};

use discovr_scrobbler::config::{ConfigFile, Environment, Origin, Settings, load_file};

use crate::bench::{Bench, snapshot};

fn samples(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty());
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_good_file_loads() {
    for (name, text) in samples("good") {
        let loaded = Bench::new().load(&text, &[]);
        assert!(loaded.is_ok(), "{name}: {}", loaded.unwrap_err());
    }
}

#[test]
fn every_bad_file_is_refused_with_the_line_and_what_to_do() {
    for (name, text) in samples("bad") {
        let said = Bench::new().refusal(&text, &[]);
        assert!(!said.contains("hunter2"), "a secret is shown for {name}:\n{said}");
        snapshot(&format!("bad/{name}"), &said);
    }
}

#[test]
fn a_usual_file_may_be_missing_and_a_named_one_may_not() {
    let bench = Bench::new();
    let missing = bench.path("nothing/config.toml");
    let loaded = load_file(&ConfigFile::optional(&missing), &Environment::default()).unwrap();
    assert_eq!((loaded.settings, loaded.origin), (Settings::default(), Origin::Defaults));
    let error = load_file(&ConfigFile::named(&missing), &Environment::default()).unwrap_err();
    snapshot("named_file_missing", &bench.said(&error));
}

#[test]
fn what_is_no_readable_text_is_refused_by_name() {
    let bench = Bench::new();
    let path = bench.path("config.toml");
    let refusal = |named: bool| {
        let file = if named { ConfigFile::named(&path) } else { ConfigFile::optional(&path) };
        bench.said(&load_file(&file, &Environment::default()).unwrap_err())
    };
    fs::create_dir(&path).unwrap();
    assert_eq!(refusal(true), refusal(false));
    snapshot("folder", &refusal(true));
    fs::remove_dir(&path).unwrap();
    fs::write(&path, b"[discovr]\nprofile = \"\xff\"\n").unwrap();
    snapshot("not_utf8", &refusal(false));
    fs::write(&path, "#".repeat(1024 * 1024 + 1)).unwrap();
    snapshot("too_large", &refusal(false));
}

#[test]
fn a_byte_order_mark_and_foreign_line_ends_are_fine() {
    let loaded = Bench::new().load("\u{feff}[discovr]\r\nprofile = \"p1\"\r\n", &[]).unwrap();
    assert_eq!(loaded.settings.discovr.profile.as_deref(), Some("p1"));
}

#[test]
fn a_token_of_tmdb_in_a_file_that_others_can_read_is_refused() {
    let bench = Bench::new();
    let path = bench.write("config.toml", "[tmdb]\ntoken = \"hunter2\"\n", 0o644);
    let error = load_file(&ConfigFile::named(&path), &Environment::default()).unwrap_err();
    snapshot("tmdb_token_open_to_others", &bench.said(&error));
    assert!(bench.load("[tmdb]\ntoken = \"hunter2\"\n", &[]).is_ok());
}

mod any_text {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]
        #[test]
        fn is_read_or_refused_and_a_refresh_token_in_it_is_never_repeated(
            before in r#"[a-z_."'=\[\]{}, \n0-9é#]{0,60}"#,
            after in r#"[a-z_."'=\[\]{}, \n0-9é#]{0,60}"#,
        ) {
            let text = format!("{before}\nrefresh_token = \"rt_hunter2\"\n{after}");
            if let Err(error) = Bench::new().load(&text, &[]) {
                prop_assert!(!error.to_string().contains("hunter2"), "{}", error);
            }
        }
    }
}

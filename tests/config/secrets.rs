//! Where tokens are found, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use discovr_scrobbler::config::{
    SecretError, SecretOrigin, SecretPlaces, Settings, refresh_token, tmdb_token, trakt_client_secret,
};
use secrecy::ExposeSecret;

use crate::bench::{Bench, snapshot, write};

fn places(bench: &Bench) -> SecretPlaces {
    SecretPlaces {
        credentials: Some(bench.path("credentials")),
        home: Some(bench.path("home")),
        state: Some(bench.path("state")),
        keyring: None,
    }
}

fn settings(bench: &Bench) -> Settings {
    let text = "[discovr]\nrefresh_token_file = \"~/token\"\n[tmdb]\ntoken_file = \"~/tmdb\"\ntoken = \"from-settings\"\n";
    bench.load(text, &[("DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN", " from-environment ")]).unwrap().settings
}

fn found(
    found: Result<Option<(secrecy::SecretString, SecretOrigin)>, SecretError>,
) -> Option<(String, SecretOrigin)> {
    found.unwrap().map(|(secret, origin)| (secret.expose_secret().to_owned(), origin))
}

/// What is found without a keyring.
fn search(
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<Option<(secrecy::SecretString, SecretOrigin)>, SecretError> {
    runtime().block_on(refresh_token(settings, places))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

#[test]
fn the_strongest_place_wins_and_the_next_follows_when_it_is_gone() {
    let bench = Bench::new();
    let (places, mut settings) = (places(&bench), settings(&bench));
    let credential = bench.write("credentials/discovr-refresh-token", "from-credential\n", 0o644);
    let file = bench.write("home/token", "\n from-file \n", 0o600);
    let state = bench.write("state/refresh-token", "from-state", 0o400);
    let find = |settings: &Settings| found(search(settings, &places));
    assert_eq!(
        find(&settings),
        Some(("from-credential".into(), SecretOrigin::Credential(credential.clone())))
    );
    fs::remove_file(credential).unwrap();
    assert_eq!(find(&settings), Some(("from-file".into(), SecretOrigin::NamedFile(file))));
    settings.discovr.refresh_token_file = None;
    let variable = SecretOrigin::Settings("discovr.refresh_token");
    assert_eq!(find(&settings), Some(("from-environment".into(), variable)));
    settings.discovr.refresh_token = None;
    assert_eq!(find(&settings), Some(("from-state".into(), SecretOrigin::StateFile(state.clone()))));
    fs::remove_file(state).unwrap();
    assert_eq!(find(&settings), None);
}

#[test]
fn the_token_of_tmdb_is_found_likewise() {
    let bench = Bench::new();
    let (places, mut settings) = (places(&bench), settings(&bench));
    let credential = bench.write("credentials/tmdb-token", "from-credential", 0o440);
    bench.write("home/tmdb", "from-file", 0o600);
    bench.write("state/tmdb-token", "from-state", 0o600);
    let find = |settings: &Settings| found(tmdb_token(settings, &places)).map(|(secret, _)| secret);
    assert_eq!(find(&settings).as_deref(), Some("from-credential"));
    fs::remove_file(credential).unwrap();
    assert_eq!(find(&settings).as_deref(), Some("from-file"));
    settings.tmdb.token_file = None;
    assert_eq!(find(&settings).as_deref(), Some("from-settings"));
    settings.tmdb.token = None;
    assert_eq!(find(&settings).as_deref(), Some("from-state"));
}

#[test]
fn the_secret_of_the_application_at_trakt_is_found_likewise() {
    let bench = Bench::new();
    let places = places(&bench);
    let text = "[trakt]\nclient_secret_file = \"~/trakt\"\n";
    let variables = [("DISCOVR_SCROBBLER__TRAKT__CLIENT_SECRET", "from-environment")];
    let mut settings = bench.load(text, &variables).unwrap().settings;
    let credential = bench.write("credentials/trakt-client-secret", "from-credential", 0o440);
    let file = bench.write("home/trakt", "from-file", 0o600);
    bench.write("state/trakt-client-secret", "from-state", 0o600);
    let find = |settings: &Settings| found(trakt_client_secret(settings, &places)).map(|(secret, _)| secret);
    assert_eq!(find(&settings).as_deref(), Some("from-credential"));
    fs::remove_file(credential).unwrap();
    assert_eq!(find(&settings).as_deref(), Some("from-file"));
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = trakt_client_secret(&settings, &places).unwrap_err().to_string();
    assert!(refused.contains("others can open it") && !refused.contains("from-file"), "{refused}");
    settings.trakt.client_secret_file = None;
    assert_eq!(find(&settings).as_deref(), Some("from-environment"));
    settings.trakt.client_secret = None;
    assert_eq!(find(&settings).as_deref(), Some("from-state"));
    fs::remove_file(bench.path("state/trakt-client-secret")).unwrap();
    assert_eq!(find(&settings), None);
}

#[test]
fn what_cannot_be_used_is_refused_by_name_and_never_shown() {
    let bench = Bench::new();
    let (places, settings) = (places(&bench), settings(&bench));
    let path = bench.path("home/token");
    let refusal = || {
        let error = search(&settings, &places).expect_err("this was not refused");
        let said = bench.said(&error);
        assert!(!said.contains("hunter2") && !format!("{error:?}").contains("hunter2"));
        said
    };
    let mut all = vec![refusal()];
    for (text, mode) in [
        ("rt_hunter2", 0o640),
        ("rt_hunter2", 0o602),
        (" \n", 0o600),
        ("rt_hunter2\nrt_hunter2\n", 0o600),
        ("rt_hünter2", 0o600),
        (&"hunter2 ".repeat(3000), 0o600),
    ] {
        write(&path, text, mode);
        all.push(refusal());
    }
    fs::write(&path, b"rt_hunter2\xff").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    all.push(refusal());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    all.push(refusal());
    snapshot("unusable_files", &all.join("\n"));
}

#[test]
fn a_variable_that_is_no_token_is_refused_without_its_value() {
    let bench = Bench::new();
    let variables = [("DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN", "rt_hunter2 rt_hunter2")];
    let settings = bench.load("", &variables).unwrap().settings;
    let error = search(&settings, &places(&bench)).unwrap_err();
    snapshot("unusable_variable", &error.to_string());
}

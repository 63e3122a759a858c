//! The environment over the file over the defaults, and the settings as the other rooms take them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::time::Duration;

use discovr_scrobbler::config::{ConfigFile, Environment, Layer, Origin, Settings, load_file, shown};
use discovr_scrobbler::playback::{Kind, NotAViewing, Progress};
use discovr_scrobbler::player::{Location, Media};

use crate::bench::{Bench, environment, snapshot};

#[test]
fn without_anything_the_defaults_of_both_rooms_agree() {
    let settings = Settings::default().for_playback(None);
    let theirs = discovr_scrobbler::playback::Settings::default();
    assert_eq!(settings.completed, theirs.completed);
    assert_eq!(settings.min_watched, theirs.min_watched);
    assert_eq!(settings.min_duration, theirs.min_duration);
    assert_eq!(settings.debounce, theirs.debounce);
    assert_eq!(settings.progress_interval, theirs.progress_interval);
}

#[test]
fn the_environment_goes_over_the_file_and_the_file_over_the_defaults() {
    let text = "[discovr]\nprofile = \"from-file\"\nclient_id = \"c\"\n[playback]\ncompleted_percent = { movie = 90 }\n[players]\nonly = [\"mpv\"]\n";
    let loaded = Bench::new()
        .load(
            text,
            &[
                ("DISCOVR_SCROBBLER__DISCOVR__PROFILE", "007"),
                ("DISCOVR_SCROBBLER__DISCOVR__ENABLED", "false"),
                ("DISCOVR_SCROBBLER__DISCOVR__CLIENT_ID", ""),
                ("DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN", "rt_hunter2"),
                ("DISCOVR_SCROBBLER__DISCOVR__API_URL", "http://127.0.0.1:1/"),
                ("DISCOVR_SCROBBLER__TRAKT__ENABLED", "true"),
                ("DISCOVR_SCROBBLER__TRAKT__CLIENT_SECRET", "hunter2"),
                ("DISCOVR_SCROBBLER__PLAYBACK__COMPLETED_PERCENT", "70"),
                ("DISCOVR_SCROBBLER__PLAYBACK__MIN_WATCHED_PERCENT", "10"),
                ("DISCOVR_SCROBBLER__PLAYBACK__DEBOUNCE", "0s"),
                ("DISCOVR_SCROBBLER__PLAYERS__ONLY", "vlc, celluloid"),
                ("DISCOVR_SCROBBLER__PLAYERS__IGNORE", ""),
                ("DISCOVR_SCROBBLER_LOG", "debug"),
                ("HOME", "/nowhere"),
            ],
        )
        .unwrap();
    let settings = &loaded.settings;
    assert_eq!(settings.discovr.profile.as_deref(), Some("007"));
    assert!(!settings.discovr.enabled);
    assert_eq!(settings.discovr.client_id.as_deref(), Some("c"));
    assert_eq!(settings.discovr.api_url.as_str(), "http://127.0.0.1:1/");
    assert!(settings.trakt.enabled && settings.trakt.client_secret.is_some());
    assert_eq!(settings.playback.completed_percent.movie.get(), 70);
    assert_eq!(settings.playback.completed_percent.episode.get(), 70);
    assert_eq!(settings.playback.min_watched_percent.get(), 10);
    assert_eq!(settings.playback.debounce, Duration::ZERO);
    assert_eq!(settings.players.only, ["vlc", "celluloid"]);
    assert!(settings.players.ignore.is_empty());
    assert!(matches!(loaded.origin, Origin::File(_)));
    assert_eq!(loaded.layers.get("discovr.profile"), Some(&Layer::Environment));
    assert_eq!(loaded.layers.get("discovr.client_id"), Some(&Layer::File));
    assert_eq!(loaded.layers.get("tmdb.language"), None);
    assert!(!format!("{loaded:?}").contains("hunter2"));
}

#[test]
fn every_key_of_the_file_holds_after_the_layers_are_merged() {
    let text = include_str!("../configs/good/everything.toml");
    let merged = Bench::new().load(text, &[]).unwrap().settings;
    assert_eq!(merged, toml::from_str::<Settings>(text).unwrap());
    assert_eq!(merged.rules.len(), 1);
}

#[test]
fn a_wrong_variable_is_named() {
    snapshot(
        "wrong_variables",
        &Bench::new().refusal(
            "",
            &[
                ("DISCOVR_SCROBBLER__DISCOVR__PROFIL", "x"),
                ("DISCOVR_SCROBBLER__NONSENSE", "x"),
                ("DISCOVR_SCROBBLER__DISCOVR__ENABLED", "perhaps"),
                ("DISCOVR_SCROBBLER__DISCOVR__API_URL", "nowhere"),
                ("DISCOVR_SCROBBLER__PLAYBACK__COMPLETED_PERCENT", "120"),
                ("DISCOVR_SCROBBLER__PLAYBACK__MIN_WATCHED_PERCENT", "a lot"),
                ("DISCOVR_SCROBBLER__PLAYBACK__DEBOUNCE", "1h"),
                ("DISCOVR_SCROBBLER__PATHS__ONLY", "~/Videos/**,[a"),
                ("DISCOVR_SCROBBLER__RULES__PATH", "x"),
            ],
        ),
    );
}

#[test]
fn what_is_wrong_in_the_file_and_in_the_environment_is_said_at_once() {
    snapshot(
        "file_and_environment",
        &Bench::new().refusal("[tmdb]\nlanguage = 3\n", &[("DISCOVR_SCROBBLER__TMDB__LANGUAGE", "x")]),
    );
}

#[test]
fn a_token_in_the_wrong_variable_is_refused_without_it() {
    let bench = Bench::new();
    for name in ["PLAYBACK__DEBOUNCE", "PLAYBACK__COMPLETED_PERCENT", "PLAYERS__MPRIS", "DISCOVR__API_URL"] {
        let name = format!("DISCOVR_SCROBBLER__{name}");
        let secret = "0123456789abcdef".repeat(4);
        for token in ["rt_0123456789", "the token is rt_0123456789", "eyJ0123456789", &secret] {
            let said = bench.refusal("", &[(&name, token)]);
            assert!(said.contains(&name) && !said.contains("0123456789"), "{said}");
        }
    }
}

#[test]
fn a_variable_that_is_not_text_is_refused_without_its_value() {
    let name = OsString::from("DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN");
    let environment = Environment::new([(name, OsString::from_vec(b"hunter2\xff".to_vec()))]);
    let bench = Bench::new();
    let error = load_file(&ConfigFile::optional(&bench.path("none")), &environment).unwrap_err();
    assert_eq!(error.to_string(), "DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN: its value is not UTF-8");
    assert!(!format!("{environment:?}").contains("hunter2"));
}

#[test]
fn what_is_shown_says_where_it_comes_from_and_keeps_secrets() {
    let bench = Bench::new();
    let path = bench.write(
        "config.toml",
        "[tmdb]\ntoken = \"hunter2\"\n[playback]\ncompleted_percent = { episode = 70 }\n[[rules]]\npath = \"~/x/**\"\ntmdb = 1396\nkind = \"series\"\nepisode_offset = -3\n",
        0o600,
    );
    let variables = environment(&[
        ("DISCOVR_SCROBBLER__DISCOVR__PROFILE", "p_1"),
        ("DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN", "rt_hunter2"),
        ("DISCOVR_SCROBBLER__TRAKT__CLIENT_SECRET", "hunter2"),
        ("DISCOVR_SCROBBLER__PLAYERS__IGNORE", "spotify"),
    ]);
    let shown = shown(&load_file(&ConfigFile::named(&path), &variables).unwrap());
    snapshot("shown", &shown.replace(&path.display().to_string(), "…/config.toml"));
    assert!(toml::from_str::<Settings>(&shown).is_ok());
}

#[test]
fn thresholds_may_differ_by_kind_and_what_is_unknown_takes_the_lower() {
    let text = "[playback]\ncompleted_percent = { movie = 90, episode = 75 }\n";
    let completed = Bench::new().load(text, &[]).unwrap().settings.for_playback(None).completed;
    assert_eq!(completed.of(Some(Kind::Movie)), Progress::percent(90.0));
    assert_eq!(completed.of(Some(Kind::Episode)), Progress::percent(75.0));
    assert_eq!(completed.of(None), Progress::percent(75.0));
}

#[test]
fn folders_names_and_addresses_are_matched_as_the_example_says() {
    let text = r#"
        [paths]
        only = ["~/Videos/", "/srv/**/Series", "*.mkv", "https://media.example.org/**"]
        ignore = ["~/Videos/Private", "*-trailer.*"]
    "#;
    let settings = Bench::new().load(text, &[]).unwrap().settings.for_playback(Some(Path::new("/home/[me]")));
    let admits = |location: Location| {
        let media = Media::at(location);
        match settings.admit("mpv", &media, Some(Duration::from_secs(3600))) {
            Ok(_) => true,
            Err(NotAViewing::IgnoredPath) => false,
            Err(other) => panic!("{other}"),
        }
    };
    for (path, admitted) in [
        ("/home/[me]/Videos/a.mp4", true),
        ("/home/[me]/Videos/deep/er/a.mp4", true),
        ("/home/[me]/Video/a.mp4", false),
        ("/home/m/Videos/a.mp4", false),
        ("/srv/a/b/Series/x/a.avi", true),
        ("/anywhere/a.mkv", true),
        ("/home/[me]/Videos/Private/a.mkv", false),
        ("/home/[me]/Videos/a-trailer.mp4", false),
    ] {
        assert_eq!(admits(Location::File(path.into())), admitted, "{path}");
    }
    assert!(admits(Location::Url("https://media.example.org/a/b?c".into())));
    assert!(!admits(Location::Url("https://example.org/a".into())));
}

#[test]
fn browsers_are_not_reported_unless_asked_for() {
    let settings = Settings::default().for_playback(None);
    for browser in ["firefox", "chromium", "brave", "plasma-browser-integration", "spotify", "Vivaldi"] {
        assert!(!settings.filter.admits_player(browser), "{browser}");
    }
    assert!(["mpv", "vlc", "celluloid", "totem"].iter().all(|player| settings.filter.admits_player(player)));
    let all = Bench::new().load("[players]\nignore = []\n", &[]).unwrap().settings;
    assert!(all.for_playback(None).filter.admits_player("firefox"));
}

#[test]
fn watchers_can_be_switched_off_and_get_their_lists() {
    let text = "[players]\nonly = [\"VLC\"]\nmpv_sockets = [\"~/s/*\", \"/run/x\"]\n";
    let settings = Bench::new().load(text, &[]).unwrap().settings;
    assert_eq!(settings.for_mpris().unwrap().only, ["vlc"]);
    assert_eq!(settings.for_mpv(Some(Path::new("/home/me"))).unwrap(), ["/home/me/s/*", "/run/x"]);
    let off = Bench::new().load("[players]\nmpris = false\nmpv = false\n", &[]).unwrap().settings;
    assert!(off.for_mpris().is_none() && off.for_mpv(None).is_none());
}

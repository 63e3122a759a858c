//! `doctor`: everything well, everything ill, and never a secret.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use discovr_scrobbler::journal::Journal;
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, Fault, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::http::{Reply, Server};
use discovr_scrobbler_support::scripted_player::ScriptedPlayer;
use discovr_scrobbler_support::tmdb::{BEARER, Tmdb};
use discovr_scrobbler_support::wait::until;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::scene::*;
use crate::terminal::at_terminal;

/// Tokens that nobody accepts.
const WRONG_REFRESH_TOKEN: &str = "rt_c0ffee5ec2e7d00d";
const WRONG_TMDB_KEY: &str = "fedcba9876543210fedcba9876543210";

/// How `doctor` ended and what it said, without what other tests' players add to it and without what differs from run to
/// run.
fn doctor(home: &Home) -> String {
    let ran = home.run(&["doctor"]);
    no_secret(&ran.stdout);
    no_secret(&ran.stderr);
    let text = ran.stdout.replace(&home.path().display().to_string(), "~");
    let text = text.replace(env!("CARGO_BIN_EXE_discovr-scrobbler"), "THIS");
    let mut shown: Vec<String> = Vec::new();
    let mut foreign = false;
    for line in text.lines() {
        let is_finding = line.starts_with("  ") && !line.trim_start().starts_with('→');
        foreign = is_finding && is_foreign(line) || foreign && line.trim_start().starts_with('→');
        if !foreign {
            shown.push(without_numbers(line));
        }
    }
    // How many there are depends on the other tests' players.
    shown.retain(|line| !line.contains(" to mend") && !line.ends_with(" to note."));
    format!("{}\n{}[{:?}]", shown.join("\n"), ran.stderr, ran.code)
}

/// Whether a finding is about what another test, or the machine's user, has running.
fn is_foreign(finding: &str) -> bool {
    finding.contains("no player is seen")
        || finding.contains("  /")
        || finding.contains("an mpv (process")
        || finding.contains("mpv through its socket")
}

fn without_numbers(line: &str) -> String {
    match line.split_once("(process ") {
        Some((head, tail)) => {
            format!("{head}(process N{}", tail.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => line.to_owned(),
    }
}

fn no_secret(text: &str) {
    for secret in [REFRESH_TOKEN, BEARER, WRONG_REFRESH_TOKEN, WRONG_TMDB_KEY] {
        assert!(!text.contains(secret), "a secret is shown: {text}");
    }
}

/// The verdict of each check in `group`.
fn verdicts(home: &Home, group: &str) -> Vec<(String, String)> {
    let findings = home.json(&["doctor"]);
    no_secret(&findings.to_string());
    let text = |finding: &Value, key: &str| finding[key].as_str().expect("a text").to_owned();
    let findings = findings.as_array().expect("a list").iter().filter(|finding| finding["group"] == group);
    findings.map(|finding| (text(finding, "check"), text(finding, "verdict"))).collect()
}

fn verdict(home: &Home, group: &str, check: &str) -> Option<String> {
    verdicts(home, group).into_iter().find(|(name, _)| name == check).map(|(_, verdict)| verdict)
}

/// A `systemctl` that says what is in `~/systemd-says`, and fails without it.
fn with_systemctl(home: Home, says: Option<&str>) -> Home {
    let folder = home.path().join("bin");
    fs::create_dir_all(&folder).expect("a folder of our own");
    let systemctl = folder.join("systemctl");
    fs::write(
        &systemctl,
        "#!/bin/sh\ncat \"$HOME/systemd-says\" 2>/dev/null && exit 0\n\
         echo 'Failed to connect to bus: No medium found' >&2\nexit 1\n",
    )
    .expect("a file of our own");
    mode(&systemctl, 0o755);
    if let Some(says) = says {
        fs::write(home.path().join("systemd-says"), says).expect("a file of our own");
    }
    let path = format!("{}:/usr/bin:/bin", folder.display());
    home.with_variable("PATH", &path)
}

fn install_unit(home: &Home, program: &str, change: impl Fn(String) -> String) {
    let shipped =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/discovr-scrobbler.service"));
    let unit = shipped.expect("it is part of the source");
    let unit = unit.replace("%h/.cargo/bin/discovr-scrobbler", program);
    let folder = home.path().join("config/systemd/user");
    fs::create_dir_all(&folder).expect("a folder of our own");
    fs::write(folder.join("discovr-scrobbler.service"), change(unit)).expect("a file of our own");
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a file of our own");
}

fn tmdb_settings(home: &Home, url: &str, token: &str) -> String {
    let file = home.config_dir().join("tmdb-token");
    fs::write(&file, token).expect("a file of our own");
    mode(&file, 0o600);
    format!("[tmdb]\napi_url = \"{url}\"\ntoken_file = \"{}\"\n", file.display())
}

/// Only the bus is watched: the machine may be full of other tests' mpvs.
const ONLY_THE_BUS: &str = "[players]\nmpv = false\n";
/// The same, and TMDB is not asked either.
const LITTLE: &str = "[players]\nmpv = false\n\n[tmdb]\napi_url = \"http://127.0.0.1:9\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn when_all_is_well_it_says_so() {
    let (discovr, tmdb, bus) = (Discovr::start().await, Tmdb::start().await, Bus::start());
    let home =
        with_systemctl(home().with_bus(bus.address()), Some("UnitFileState=enabled\nActiveState=active\n"));
    let more = tmdb_settings(&home, &tmdb.url(), BEARER) + ONLY_THE_BUS;
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &more));
    install_unit(&home, env!("CARGO_BIN_EXE_discovr-scrobbler"), |unit| unit);
    let daemon = home.start_daemon();
    let player = ScriptedPlayer::nameless(&bus).await;
    let file = url::Url::from_file_path(home.videos().join("Film (1999).mkv")).expect("a path").to_string();
    player
        .status("Playing")
        .metadata([("xesam:url", file.into()), ("mpris:length", 5_400_000_000_i64.into())]);
    player.run_from(60.0, 1.0);
    player.own("vlc").await;
    until("the player is followed", Duration::from_secs(30), || {
        let status = home.json(&["status"]);
        (!status["daemon"]["watching"].as_array()?.is_empty()).then_some(())
    });
    assert_snapshot!(doctor(&home));
    drop(player);
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_is_ill_each_thing_is_named_with_what_mends_it() {
    let (discovr, tmdb) = (Discovr::start().await, Tmdb::start().await);
    let home = home();
    let no_bus = format!("unix:path={}", home.runtime_dir().join("no-bus").display());
    let home = with_systemctl(home.with_bus(no_bus), Some("UnitFileState=disabled\nActiveState=failed\n"));
    let more = tmdb_settings(&home, &tmdb.url(), WRONG_TMDB_KEY);
    home.configure(&home.settings(&discovr.url(), WRONG_REFRESH_TOKEN, Some("prof_gone"), &more));
    install_unit(&home, "/nowhere/discovr-scrobbler", |unit| unit.replace("NoNewPrivileges=yes", ""));
    Journal::open(&home.state_dir()).expect("a new journal").close().await;
    for aside in ["journal.db.broken-20260101T000000Z", "journal.db.replaced-20260102T000000Z"] {
        fs::write(home.state_dir().join(aside), "").expect("a file of our own");
    }
    fs::write(home.state_dir().join("refresh-token"), WRONG_REFRESH_TOKEN).expect("a file of our own");
    mode(&home.state_dir().join("refresh-token"), 0o644);
    mode(&home.state_dir().join("journal.db"), 0o666);
    mode(&home.state_dir(), 0o755);
    mode(&home.config_dir().join("config.toml"), 0o664);
    drop(UnixListener::bind(home.runtime_dir().join("mpv-socket")).expect("a socket of our own"));
    let mpv_conf = home.path().join("config/mpv/mpv.conf");
    fs::create_dir_all(mpv_conf.parent().expect("a folder")).expect("a folder of our own");
    fs::write(&mpv_conf, "input-ipc-server=~/missing/socket\n").expect("a file of our own");
    assert_snapshot!(doctor(&home));
    let loud =
        home.command(&["doctor"]).env("DISCOVR_SCROBBLER_LOG", "trace").output().expect("it was built");
    no_secret(&String::from_utf8_lossy(&loud.stdout));
    no_secret(&String::from_utf8_lossy(&loud.stderr));
    for columns in [60, 120] {
        let screen = at_terminal(&home, columns, &["doctor"], "");
        for line in screen.lines().map(|line| line.rsplit("\u{1b}[K").next().unwrap_or_default()) {
            assert!(line.chars().count() <= usize::from(columns), "{line}");
        }
        assert!(screen.contains("9 parts looked at"), "{screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_configuration_and_a_damaged_journal_leave_the_other_checks_at_work() {
    let home = with_systemctl(home(), None);
    home.configure("[playback]\ncompleted_percent = 800\n\n[discovr]\nprofil = \"me\"\n");
    install_unit(&home, "/bin/true", |unit| unit);
    Journal::open(&home.state_dir()).expect("a new journal").close().await;
    let journal = home.state_dir().join("journal.db");
    let mut bytes = fs::read(&journal).expect("a file of our own");
    bytes[4096..].fill(0xa5);
    fs::write(&journal, &bytes).expect("a file of our own");
    assert_snapshot!(doctor(&home));
    assert_eq!(fs::read(&journal).expect("a file of our own"), bytes, "it is left as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_holds_the_same_and_the_exit_code_says_whether_something_is_red() {
    let (discovr, bus) = (Discovr::start().await, Bus::start());
    let home = with_systemctl(home().with_bus(bus.address()), None);
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), LITTLE));
    let before = home.json(&["doctor"]);
    let daemon = before.as_array().expect("a list").iter().find(|finding| finding["group"] == "daemon");
    assert_eq!(
        daemon,
        Some(&json!({
            "group": "daemon", "check": "running", "verdict": "bad",
            "finding": "not running: nothing that you watch is noticed",
            "remedy": "start it with `systemctl --user start discovr-scrobbler`, or here with `discovr-scrobbler run`",
        }))
    );
    assert_eq!(home.run(&["doctor"]).code, Some(1));
    for finding in before.as_array().expect("a list") {
        assert_eq!(finding["remedy"].is_null(), finding["verdict"] == "good", "{finding}");
    }
    // Nothing is red any more.
    let tmdb = Tmdb::start().await;
    let more = tmdb_settings(&home, &tmdb.url(), BEARER) + ONLY_THE_BUS;
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), &more));
    let daemon = home.start_daemon();
    let ran = home.run(&["doctor", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stdout.contains('\u{1b}') && ran.stderr.is_empty(), "{ran:?}");
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_trouble_with_the_service_is_told_apart() {
    let mut discovr = Discovr::start().await;
    let home = home();
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, None, LITTLE));
    let said = |home: &Home, check: &str| {
        let findings = home.json(&["doctor"]);
        no_secret(&findings.to_string());
        let findings = findings.as_array().expect("a list").clone();
        let found = findings.iter().find(|found| found["group"] == "discovr" && found["check"] == check);
        found.map(|found| format!("{}: {} → {}", found["verdict"], found["finding"], found["remedy"]))
    };
    let mut all = vec![said(&home, "profile")];
    discovr.fail("GET /profiles", Fault::Status(503), 1);
    all.push(said(&home, "reached"));
    discovr.fail("GET /profiles", Fault::TooMany(None), 1);
    all.push(said(&home, "reached"));
    discovr.fail("GET /profiles", Fault::Redirect, 1);
    all.push(said(&home, "reached"));
    discovr.revoke(true);
    all.push(said(&home, "sign-in"));
    discovr.go_down();
    all.push(said(&home, "reached"));
    let all: Vec<String> = all.into_iter().map(|said| said.unwrap_or_default()).collect();
    assert_snapshot!(all.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_noticed_by_the_services_date() {
    let server = Server::start(|_| {
        Box::pin(async {
            let profiles = json!({"profiles": [{"id": PROFILE, "name": "Kim"}]});
            let headers = vec![("date".to_owned(), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned())];
            Reply::Answer { status: 200, headers, body: profiles.to_string().into_bytes() }
        })
    })
    .await;
    let home = home();
    home.configure(&home.settings(&server.url(), REFRESH_TOKEN, Some(PROFILE), LITTLE));
    assert_eq!(verdict(&home, "discovr", "clock").as_deref(), Some("bad"));
    assert_eq!(verdict(&home, "discovr", "profile").as_deref(), Some("good"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let discovr = Discovr::start().await;
    let home = home();
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, Some(PROFILE), LITTLE));
    mode(&home.token_file(), 0o644);
    assert_eq!(verdict(&home, "discovr", "token").as_deref(), Some("bad"));
    let text = doctor(&home);
    assert!(text.contains("→ chmod 600 ~/config/discovr-scrobbler/token"), "{text}");
    mode(&home.token_file(), 0o600);
    assert_eq!(verdict(&home, "discovr", "token").as_deref(), Some("good"));
    assert_eq!(verdict(&home, "discovr", "sign-in").as_deref(), Some("good"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_that_is_shut_is_one_finding() {
    let home = Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler"));
    let discovr = Discovr::start().await;
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, None, LITTLE));
    Journal::open(&home.state_dir()).expect("a new journal").close().await;
    mode(&home.state_dir(), 0o500);
    let said = doctor(&home);
    mode(&home.state_dir(), 0o700);
    assert!(said.contains("→ chmod u+rwx ~/state/discovr-scrobbler\n"), "{said}");
    assert_eq!(said.matches("~/state").count(), 2, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_another_program_holds_is_told_and_nothing_is_made_up_of_it() {
    let home = Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler"));
    let discovr = Discovr::start().await;
    home.configure(&home.settings(&discovr.url(), REFRESH_TOKEN, None, LITTLE));
    Journal::open(&home.state_dir()).expect("a new journal").close().await;
    let holder = rusqlite::Connection::open(home.state_dir().join("journal.db")).expect("the journal");
    holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").expect("nobody else has it");
    let said = doctor(&home);
    assert!(said.contains("another program holds it"), "{said}");
    assert!(said.contains("Discovr accepts the sign-in"), "{said}");
    assert!(!said.contains("no profile is chosen"), "{said}");
}

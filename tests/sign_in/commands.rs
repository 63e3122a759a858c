//! The commands where there is no terminal, as a script or a test calls them.

use std::fs;
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Fault, OTHER_PROFILE, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::sign_in::{CLIENT_ID, Plan, Verdict, link_of, token};
use jiff::SignedDuration;
use serde_json::json;

use crate::scene::{KIM, Scene, both};

#[tokio::test(flavor = "multi_thread")]
async fn login_keeps_the_token_for_its_owner_alone_and_says_who_is_signed_in() {
    let scene = Scene::new().await;
    let ran = scene.login();
    assert_eq!(scene.kept(), Some(token(1)));
    for part in [
        &link_of("4071"),
        "the code 4071",
        "Signed in to Discovr (sign-in pub_0001) with the profile “Kim”, until 2100-01-01.",
        "The daemon is not running",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is not in {ran:?}");
    }
    assert!(!ran.stdout.contains(['\u{1b}', '\r', '█', '▀']) && !ran.stdout.contains("##"), "{ran:?}");
    assert_eq!(scene.active().as_deref(), Some(PROFILE));
    let names: Vec<_> = fs::read_dir(scene.home.state_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("token"))
        .collect();
    assert_eq!(names, ["refresh-token"]);
    let check = scene.run(&["config", "check"]);
    assert!(check.code == Some(0) && !check.stdout.contains("profile"), "{check:?}");
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_id_is_remembered_also_after_signing_out() {
    let scene = Scene::new().await;
    let ran = scene.run(&["login"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("--client-id"), "{ran:?}");
    scene.login();
    assert_eq!(scene.run(&["logout"]).code, Some(0));
    assert_eq!(scene.run(&["login", "--profile", KIM]).code, Some(0));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_id_that_discovr_does_not_know_is_not_remembered() {
    let scene = Scene::new().await;
    let ran = scene.run(&["login", "--client-id", "wrong"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("UNKNOWN_CLIENT") && ran.stderr.contains("--client-id"), "{ran:?}");
    assert_eq!(scene.run(&["login"]).code, Some(2));
    scene.configure(&format!("client_id = \"{CLIENT_ID}\""));
    assert_eq!(scene.run(&["login", "--profile", KIM]).code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_replaces_the_token_revokes_the_old_one_and_keeps_the_profile() {
    let scene = Scene::new().await;
    scene.login();
    assert_eq!(scene.run(&["profile", "Living room"]).code, Some(0));
    let ran = scene.run(&["login"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("“Living room”"), "{ran:?}");
    assert_eq!(scene.kept(), Some(token(2)));
    assert!(scene.discovr.accepts(&token(2)) && !scene.discovr.accepts(&token(1)));
    assert_eq!(scene.active().as_deref(), Some(OTHER_PROFILE));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_token_that_cannot_be_revoked_does_not_matter() {
    let scene = Scene::new().await;
    scene.login();
    scene.discovr.fail("DELETE /auth/session", Fault::Status(500), 9);
    assert_eq!(scene.run(&["login"]).code, Some(0));
    assert_eq!(scene.kept(), Some(token(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_that_the_settings_name_is_the_one_that_is_written() {
    let scene = Scene::new().await;
    scene.home.write_token(REFRESH_TOKEN);
    scene.configure(&format!("refresh_token_file = \"{}\"", scene.home.token_file().display()));
    scene.login();
    assert_eq!(scene.kept(), None);
    assert_eq!(fs::read_to_string(scene.home.token_file()).unwrap().trim(), token(1));
    assert!(!scene.discovr.accepts(REFRESH_TOKEN), "it was replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_stays_in_force_elsewhere_is_named_and_not_revoked() {
    let scene = Scene::new().await;
    let mut command = scene.home.command(&["login", "--client-id", CLIENT_ID, "--profile", KIM]);
    command.env("DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN", REFRESH_TOKEN);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    scene.heard(&said);
    assert!(said.contains("another token goes over this one"), "{said}");
    assert!(scene.discovr.accepts(REFRESH_TOKEN));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_kept_is_not_asked_for() {
    let scene = Scene::new().await;
    let file = scene.home.path().join("a-file");
    fs::write(&file, "").unwrap();
    scene.configure(&format!("refresh_token_file = \"{}/token\"", file.display()));
    let ran = scene.run(&["login", "--client-id", CLIENT_ID]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("cannot keep the token"), "{ran:?}");
    assert!(scene.discovr.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_profile_is_taken() {
    let scene = Scene::new().await;
    scene.discovr.has_profiles(&[(OTHER_PROFILE, "Living room")]);
    let ran = scene.run(&["login", "--client-id", CLIENT_ID]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(scene.active().as_deref(), Some(OTHER_PROFILE));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_profiles_without_a_terminal_are_listed_and_the_sign_in_stands() {
    for more in [&[][..], &["--profile", "Nobody"]] {
        let scene = Scene::new().await;
        let ran = scene.run(&[&["login", "--client-id", CLIENT_ID], more].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stdout.contains(PROFILE) && ran.stdout.contains("Living room"), "{ran:?}");
        assert!(ran.stderr.contains("you are signed in"), "{ran:?}");
        assert_eq!(scene.kept(), Some(token(1)));
        assert_eq!(scene.active(), None);
        assert_eq!(scene.run(&["profile", KIM]).code, Some(0));
        assert_eq!(scene.active().as_deref(), Some(PROFILE));
        scene.keeps_its_secrets();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_without_a_good_choice_says_that_the_profile_before_stays_active() {
    let scene = Scene::new().await;
    scene.login();
    let stays = "the profile “Kim” stays active";
    let ran = scene.run(&["login", "--profile", "zed"]);
    assert!(ran.code == Some(2) && ran.stderr.contains(stays), "{ran:?}");
    assert!(!ran.stderr.contains("viewings wait"), "{ran:?}");
    let ran = scene.run(&["login", "--no-profile"]);
    assert!(ran.code == Some(0) && ran.stdout.contains(stays), "{ran:?}");
    scene.discovr.fail("GET /profiles", Fault::Status(503), 99);
    let ran = scene.run(&["login"]);
    assert!(ran.code == Some(1) && ran.stderr.contains(stays), "{ran:?}");
    assert_eq!(scene.active().as_deref(), Some(PROFILE));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_cannot_be_meant_is_refused_with_what_to_give_instead() {
    let scene = Scene::new().await;
    scene.discovr.has_profiles(&[(OTHER_PROFILE, ""), (PROFILE, KIM)]);
    scene.login();
    for blank in ["", " "] {
        let ran = scene.run(&["profile", blank]);
        assert!(ran.code == Some(2) && ran.stderr.contains("is empty"), "{ran:?}");
    }
    for unknown in ["9", "zed"] {
        let ran = scene.run(&["profile", unknown]);
        assert!(ran.code == Some(2) && ran.stderr.contains("your profiles: "), "{ran:?}");
        assert!(ran.stderr.contains("“Kim”") && !ran.stderr.contains("the id"), "{ran:?}");
    }
    scene.discovr.has_profiles(&[(OTHER_PROFILE, KIM), (PROFILE, KIM)]);
    let ran = scene.run(&["profile", KIM]);
    assert!(ran.code == Some(2) && ran.stderr.contains("two of your profiles"), "{ran:?}");
    assert!(ran.stderr.contains("give the id") && ran.stdout.contains(OTHER_PROFILE), "{ran:?}");
    assert_eq!(scene.active().as_deref(), Some(PROFILE));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_profiles_is_explained() {
    let scene = Scene::new().await;
    scene.discovr.has_profiles(&[]);
    let ran = scene.run(&["login", "--client-id", CLIENT_ID]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("has no profile yet"), "{ran:?}");
    assert_eq!(scene.kept(), Some(token(1)));
    scene.discovr.has_profiles(&both());
    assert_eq!(scene.run(&["login", "--no-profile"]).code, Some(0));
    assert_eq!(scene.active(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_that_cannot_be_read_leave_the_sign_in_standing() {
    let scene = Scene::new().await;
    scene.discovr.fail("GET /profiles", Fault::Status(503), 99);
    let ran = scene.run(&["login", "--client-id", CLIENT_ID, "--profile", KIM]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("you are signed in, but your profiles could not be read"), "{ran:?}");
    assert_eq!(scene.kept(), Some(token(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_in_the_settings_goes_over_everything() {
    let scene = Scene::new().await;
    scene.configure(&format!("profile = \"{OTHER_PROFILE}\""));
    let ran = scene.run(&["login", "--client-id", CLIENT_ID]);
    assert!(ran.code == Some(0) && ran.stdout.contains("“Living room”"), "{ran:?}");
    for arguments in [&["profile", KIM][..], &["login", "--profile", KIM]] {
        let ran = scene.run(arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains("discovr.profile"), "{ran:?}");
    }
    scene.configure("profile = \"prof_typo\"");
    let ran = scene.run(&["login"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("prof_typo"), "{ran:?}");
    assert!(ran.stdout.contains(PROFILE), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_not_approved_leaves_nothing_behind() {
    let scene = Scene::new().await;
    scene.discovr.plans(&[Plan::new(0, Verdict::Over)]);
    let ran = scene.run(&["login", "--client-id", CLIENT_ID]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("denied, or is not good any more"), "{ran:?}");
    scene.discovr.plans(&[Plan::new(0, Verdict::Pending)]);
    scene.discovr.codes_live(Duration::from_millis(50));
    let ran = scene.run(&["login"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("in time"), "{ran:?}");
    scene.discovr.fail("POST /auth/device-codes", Fault::Status(500), 1);
    assert_eq!(scene.run(&["login"]).code, Some(1));
    assert_eq!(scene.kept(), None);
    assert_eq!(scene.home.json(&["status"])["sign_in"], json!(null));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_on_the_way_is_shown_and_waited_out() {
    let scene = Scene::new().await;
    scene.discovr.fail("POST /auth/device-codes/", Fault::Status(502), 1);
    let ran = scene.login();
    assert!(ran.stdout.contains("still waiting: failed (502)"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_listed_with_the_active_one_marked_and_switched_by_number_too() {
    let scene = Scene::new().await;
    let ran = scene.run(&["profile"]);
    assert!(ran.code == Some(3) && ran.stderr.contains("discovr-scrobbler login"), "{ran:?}");
    scene.login();
    let list = |active: &str| {
        json!([
            {"id": PROFILE, "name": KIM, "active": active == PROFILE},
            {"id": OTHER_PROFILE, "name": "Living room", "active": active == OTHER_PROFILE},
        ])
    };
    assert_eq!(scene.home.json(&["profile"]), list(PROFILE));
    assert_eq!(scene.home.json(&["profile", "2"]), list(OTHER_PROFILE));
    let ran = scene.run(&["profile"]);
    assert!(ran.stdout.lines().any(|line| line.starts_with('*') && line.contains("Living room")), "{ran:?}");
    assert_eq!(scene.run(&["profile", PROFILE]).code, Some(0));
    assert_eq!(scene.active().as_deref(), Some(PROFILE));
    assert_eq!(scene.run(&["profile", "3"]).code, Some(2));
    scene.discovr.has_profiles(&[(OTHER_PROFILE, "Living room")]);
    let ran = scene.run(&["profile"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("None is active"), "{ran:?}");
    scene.discovr.has_profiles(&both());
    scene.discovr.revoke(true);
    fs::write(scene.token_file(), "rt_of_yesterday").unwrap();
    let ran = scene.run(&["profile"]);
    assert!(ran.code == Some(3) && ran.stderr.contains("discovr-scrobbler login"), "{ran:?}");
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_calls_no_sign_in_good_that_discovr_refuses_or_that_is_not_in_use() {
    let scene = Scene::new().await;
    scene.login();
    let good = "the sign-in is good until";
    assert!(scene.run(&["doctor"]).stdout.contains(good));
    let mut command = scene.home.command(&["doctor"]);
    command.env("DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN", REFRESH_TOKEN);
    let said = String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned();
    assert!(said.contains("Discovr accepts the sign-in") && !said.contains(good), "{said}");
    fs::write(scene.token_file(), "rt_of_yesterday").unwrap();
    let ran = scene.run(&["doctor"]);
    assert!(ran.stdout.contains("does not accept the sign-in") && !ran.stdout.contains(good), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_revokes_and_forgets() {
    let scene = Scene::new().await;
    let ran = scene.run(&["logout"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("not signed in"), "{ran:?}");
    scene.login();
    let ran = scene.run(&["logout"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("revoked and forgotten"), "{ran:?}");
    assert!(!scene.discovr.accepts(&token(1)));
    assert_eq!(scene.kept(), None);
    assert_eq!(scene.active(), None);
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_without_a_network_forgets_and_says_what_stays() {
    let mut scene = Scene::new().await;
    scene.login();
    scene.discovr.go_down();
    let ran = scene.run(&["logout"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("could not be told") && ran.stdout.contains("2100-01-01"), "{ran:?}");
    assert_eq!(scene.kept(), None);
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_told() {
    let scene = Scene::new().await;
    scene.discovr.clock_is_ahead(SignedDuration::from_mins(10));
    let ran = scene.login();
    assert!(ran.stdout.contains("behind Discovr's"), "{ran:?}");
    let daemon = scene.home.start_daemon();
    discovr_scrobbler_support::wait::until("the clock in status", crate::scene::LIMIT, || {
        scene.run(&["status"]).stdout.contains("behind Discovr's").then_some(())
    });
    assert_eq!(daemon.stop(), Some(0));
}

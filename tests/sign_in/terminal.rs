//! `login` in a terminal: prompts, the picture, the countdown, and Ctrl-C.

use discovr_scrobbler_support::discovr::{OTHER_PROFILE, PROFILE};
use discovr_scrobbler_support::sign_in::{CLIENT_ID, Plan, Verdict, link_of, token};
use discovr_scrobbler_support::terminal::Terminal;
use serde_json::json;

use crate::scene::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn the_user_is_led_from_the_client_id_to_the_profile() {
    let scene = Scene::new().await;
    let code = Plan { user_code: json!("WDJB-MJHT"), ..Plan::new(1, Verdict::Approved) };
    scene.discovr.plans(&[code]);
    let mut terminal = scene.in_terminal(&["login"]);
    terminal.wait_for("Client id: ");
    terminal.type_in(&format!("{CLIENT_ID}\n"));
    terminal.wait_for(&link_of("WDJB-MJHT"));
    terminal.wait_for("W D J B - M J H T");
    terminal.wait_for("left, waiting for your approval");
    terminal.wait_for("Which one is yours?");
    terminal.type_in("7\n");
    terminal.type_in("2\n");
    let (code, screen) = terminal.end();
    scene.heard(&screen);
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("with the profile “Living room”"), "{screen}");
    // Colours of its own, whatever the terminal's are; nothing that would have to be undone.
    assert!(screen.contains("\u{1b}[38;5;231;48;5;231m▀"), "{screen}");
    assert!(!screen.contains("##") && !screen.contains("\u{1b}[?"), "{screen}");
    assert_eq!(scene.kept(), Some(token(1)));
    assert_eq!(scene.active().as_deref(), Some(OTHER_PROFILE));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_can_be_left_out() {
    let scene = Scene::new().await;
    let terminal = scene.in_terminal(&["login", "--client-id", CLIENT_ID, "--no-qr", "--profile", PROFILE]);
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains(&link_of("4071")) && !screen.contains('▀'), "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_keeps_its_colours_where_colours_are_not_wanted() {
    let scene = Scene::new().await;
    let mut command = scene.home.command(&["login", "--client-id", CLIENT_ID, "--profile", PROFILE]);
    command.env("NO_COLOR", "1");
    let (code, screen) = Terminal::start(&command).end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("\u{1b}[38;5;231;48;5;231m▀"), "{screen}");
    assert!(!screen.contains("\u{1b}[1m"), "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_kept_in_the_end_is_revoked() {
    let scene = Scene::new().await;
    scene.discovr.plans(&[Plan::new(1, Verdict::Approved)]);
    let terminal = scene.in_terminal(&["login", "--client-id", CLIENT_ID, "--profile", PROFILE]);
    terminal.wait_for("left, waiting for your approval");
    // In the way, after it was found out that there is none.
    std::fs::create_dir_all(scene.token_file().join("full")).unwrap();
    let (code, screen) = terminal.end();
    scene.heard(&screen);
    assert_eq!(code, Some(1), "{screen}");
    assert!(screen.contains("cannot keep the token"), "{screen}");
    assert!(!scene.discovr.accepts(&token(1)));
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_while_waiting_leaves_nothing_behind() {
    let scene = Scene::new().await;
    scene.discovr.plans(&[Plan::new(0, Verdict::Pending)]);
    let mut terminal = scene.in_terminal(&["login", "--client-id", CLIENT_ID]);
    terminal.wait_for("left, waiting for your approval");
    terminal.interrupt();
    let (code, screen) = terminal.end();
    scene.heard(&screen);
    assert_eq!(code, Some(1), "{screen}");
    assert!(screen.contains("stopped: nothing has changed"), "{screen}");
    assert!(!screen.contains("\u{1b}[?"), "nothing was hidden: {screen}");
    let left: Vec<_> = std::fs::read_dir(scene.home.state_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("token"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_while_choosing_says_that_the_sign_in_stands() {
    let scene = Scene::new().await;
    let mut terminal = scene.in_terminal(&["login", "--client-id", CLIENT_ID]);
    terminal.wait_for("Which one is yours?");
    terminal.interrupt();
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(1), "{screen}");
    assert!(screen.contains("You are signed in, perhaps without a profile"), "{screen}");
    assert_eq!(scene.kept(), Some(token(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_over_can_be_started_again() {
    let scene = Scene::new().await;
    scene.discovr.plans(&[
        Plan::new(0, Verdict::Over),
        Plan::new(0, Verdict::Over),
        Plan::new(0, Verdict::Approved),
    ]);
    let mut terminal = scene.in_terminal(&["login", "--client-id", CLIENT_ID, "--profile", PROFILE]);
    terminal.wait_for("Start again with a new code?");
    terminal.type_in("n\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(3), "{screen}");
    let mut terminal = scene.in_terminal(&["login", "--profile", PROFILE]);
    terminal.wait_for("Start again with a new code?");
    terminal.type_in("\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(scene.kept(), Some(token(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_can_be_made() {
    let scene = Scene::new().await;
    scene.discovr.has_profiles(&[]);
    let mut terminal = scene.in_terminal(&["login", "--client-id", CLIENT_ID]);
    terminal.wait_for("Make one here?");
    terminal.type_in("y\n");
    terminal.type_in("Me\nnot an address\n");
    terminal.wait_for("Discovr wants both");
    terminal.type_in("Me\nhttps://example.org/me.png\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("with the profile “Me”"), "{screen}");
    assert_eq!(scene.active().as_deref(), Some("prof_new0"));
}

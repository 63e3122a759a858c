//! `login`, `logout` and `config check` with a keyring, and a daemon that they serve.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use discovr_scrobbler::keyring::Keyring;
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, REFRESH_TOKEN};
use discovr_scrobbler_support::home::{Home, Ran};
use discovr_scrobbler_support::keyring::{Keyring as Real, silent};
use discovr_scrobbler_support::sign_in::{CLIENT_ID, Plan, Verdict, token};
use discovr_scrobbler_support::terminal::Terminal;
use discovr_scrobbler_support::wait::until;
use futures_util::StreamExt;
use secrecy::ExposeSecret;

const LIMIT: Duration = Duration::from_secs(60);

struct Scene {
    discovr: Discovr,
    real: Real,
    bus: Bus,
    home: Home,
}

impl Scene {
    async fn new() -> Self {
        let bus = Bus::start();
        let real = Real::start(&bus.address()).await;
        let home = Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler")).with_bus(bus.address());
        let scene = Self { discovr: Discovr::start().await, real, bus, home };
        scene.configure("");
        scene
    }

    fn configure(&self, more: &str) {
        self.home.configure(&format!(
            "[discovr]\napi_url = \"{}\"\n{more}\n[players]\nmpris = false\nmpv = false\n",
            self.discovr.url()
        ));
    }

    /// Runs a command that logs all it has to say. Whatever it says holds no secret.
    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.home.command(arguments);
        let ran: Ran = command.env("DISCOVR_SCROBBLER_LOG", "trace").output().unwrap().into();
        self.hides_its_secrets(&format!("{ran:?}"));
        ran
    }

    fn login(&self, more: &[&str]) -> Ran {
        let mut arguments = vec!["login", "--client-id", CLIENT_ID, "--profile", "Kim"];
        arguments.extend(more);
        self.run(&arguments)
    }

    async fn in_keyring(&self) -> Option<String> {
        let token = Keyring::on(self.bus.address()).token().await.unwrap();
        token.map(|token| token.expose_secret().to_owned())
    }

    fn in_file(&self) -> Option<String> {
        let text = fs::read_to_string(self.home.state_dir().join("refresh-token")).ok()?;
        Some(text.trim().to_owned())
    }

    fn hides_its_secrets(&self, said: &str) {
        for secret in self.discovr.secrets() {
            assert!(!said.contains(&secret), "{secret} is in {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn login_keeps_the_token_in_the_keyring_if_there_is_one() {
    let scene = Scene::new().await;
    let ran = scene.login(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("The token is kept in the desktop's keyring."), "{ran:?}");
    assert_eq!((scene.in_keyring().await, scene.in_file()), (Some(token(1)), None));
    let check = scene.run(&["config", "check"]);
    assert!(check.code == Some(0) && check.stdout.contains("in the desktop's keyring"), "{check:?}");
    let profile = scene.run(&["profile"]);
    assert!(profile.code == Some(0) && profile.stdout.contains("Kim"), "{profile:?}");
    let ran = scene.run(&["logout"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("revoked and forgotten"), "{ran:?}");
    assert_eq!(scene.in_keyring().await, None);
    assert!(!scene.discovr.accepts(&token(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_moves_to_another_place_leaves_no_token_behind() {
    let scene = Scene::new().await;
    assert_eq!(scene.login(&["--store", "file"]).code, Some(0));
    assert_eq!((scene.in_keyring().await, scene.in_file()), (None, Some(token(1))));
    assert_eq!(scene.login(&["--store", "keyring"]).code, Some(0));
    assert_eq!((scene.in_keyring().await, scene.in_file()), (Some(token(2)), None));
    assert_eq!(scene.login(&["--store", "file"]).code, Some(0));
    assert_eq!((scene.in_keyring().await, scene.in_file()), (None, Some(token(3))));
    let accepted = [1, 2, 3].map(|number| scene.discovr.accepts(&token(number)));
    assert_eq!(accepted, [false, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_cannot_be_used_is_said_before_the_user_has_done_anything() {
    let mut scene = Scene::new().await;
    scene.real.lock().await;
    let ran = scene.login(&["--store", "keyring"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("the keyring is locked"), "{ran:?}");
    scene.real.stop();
    let ran = scene.login(&["--store", "keyring"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("there is no keyring"), "{ran:?}");
    scene.configure("refresh_token_file = \"~/token\"");
    let ran = scene.login(&["--store", "keyring"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("refresh_token_file"), "{ran:?}");
    scene.configure("");
    let ran = scene.run(&["--state-dir", "elsewhere", "login", "--store", "keyring"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--state-dir"), "{ran:?}");
    assert!(scene.discovr.calls().is_empty(), "{:?}", scene.discovr.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_usable_keyring_login_takes_a_file() {
    let scene = Scene::new().await;
    scene.real.lock().await;
    let ran = scene.login(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(scene.in_file(), Some(token(1)));
    assert!(ran.stdout.contains("The token is kept in the file "), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_the_desktop_is_asked_to_unlock_the_keyring() {
    let scene = Scene::new().await;
    scene.real.lock().await;
    let command = scene.home.command(&["login", "--client-id", CLIENT_ID, "--profile", "Kim"]);
    let terminal = Terminal::start(&command);
    terminal.wait_for("Your keyring is locked: unlock it in the window that opens now.");
    // Nobody here shows the window, so that it is as good as dismissed.
    terminal.wait_for("The token is kept in the file ");
    scene.hides_its_secrets(&terminal.screen());
    scene.real.unlock().await;
    assert_eq!((scene.in_keyring().await, scene.in_file()), (None, Some(token(1))));
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_with_a_locked_keyring_says_what_is_left() {
    let scene = Scene::new().await;
    assert_eq!(scene.login(&["--store", "keyring"]).code, Some(0));
    scene.real.lock().await;
    let check = scene.run(&["config", "check"]);
    assert!(check.code == Some(3) && check.stdout.contains("the keyring is locked"), "{check:?}");
    let ran = scene.run(&["logout"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("may still hold the token"), "{ran:?}");
    scene.real.unlock().await;
    let ran = scene.run(&["logout"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("revoked"), "{ran:?}");
    assert_eq!(scene.in_keyring().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_takes_the_token_that_login_puts_into_the_keyring_and_says_where_it_is() {
    let scene = Scene::new().await;
    let daemon = scene.home.start_daemon();
    until("the sign-in is missed", LIMIT, || (scene.run(&["status"]).code == Some(3)).then_some(()));
    assert_eq!(scene.login(&["--store", "keyring"]).code, Some(0));
    let status = until("it is signed in", LIMIT, || {
        let status = scene.run(&["status"]);
        (status.code == Some(0) && status.stdout.contains("in the desktop's keyring")).then_some(status)
    });
    assert!(status.stdout.contains("token"), "{status:?}");
    assert_eq!(daemon.stop(), Some(0));
    scene.hides_its_secrets(&scene.home.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_never_answers_holds_nothing_up() {
    let mut scene = Scene::new().await;
    scene.real.stop();
    let _silent = silent(&scene.bus.address()).await;
    let daemon = scene.home.start_daemon();
    let status = until("the user is told", LIMIT, || {
        let status = scene.run(&["status"]);
        (status.code == Some(3)).then_some(status)
    });
    assert!(status.stdout.contains("the keyring does not answer"), "{status:?}");
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_how_the_keyring_is() {
    let scene = Scene::new().await;
    assert_eq!(scene.login(&["--store", "keyring"]).code, Some(0));
    let ran = scene.run(&["doctor"]);
    assert!(ran.stdout.contains("it is unlocked, and holds the sign-in"), "{ran:?}");
    scene.real.lock().await;
    let ran = scene.run(&["doctor"]);
    assert!(ran.stdout.contains("the keyring is locked") && ran.stdout.contains("unlock"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_fails_while_the_code_is_approved_costs_no_token() {
    let mut scene = Scene::new().await;
    scene.discovr.plans(&[Plan::new(1, Verdict::Approved)]);
    let command = scene.home.command(&["login", "--client-id", CLIENT_ID, "--profile", "Kim"]);
    let mut terminal = Terminal::start(&command);
    let polls =
        |discovr: &Discovr| discovr.calls().iter().filter(|call| call.path.ends_with("/poll")).count();
    scene.discovr.wait_for("the first question", LIMIT, |discovr| polls(discovr) == 1).await;
    scene.real.stop();
    let silent = silent(&scene.bus.address()).await;
    let mut asked = zbus::MessageStream::from(&silent);
    let is_call = |message: &zbus::Message| message.message_type() == zbus::message::Type::MethodCall;
    while !is_call(&tokio::time::timeout(LIMIT, asked.next()).await.unwrap().unwrap().unwrap()) {}
    // The token is being kept: nobody can stop that now.
    terminal.interrupt();
    terminal.wait_for("The token is kept in the file ");
    assert_eq!(scene.in_file(), Some(token(1)));
    assert!(scene.discovr.accepts(&token(1)));
    scene.hides_its_secrets(&terminal.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_ends_every_sign_in_that_is_kept() {
    let scene = Scene::new().await;
    assert_eq!(scene.login(&["--store", "keyring"]).code, Some(0));
    let file = scene.home.state_dir().join("refresh-token");
    fs::write(&file, REFRESH_TOKEN).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let ran = scene.run(&["logout"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("revoked and forgotten"), "{ran:?}");
    assert_eq!((scene.in_keyring().await, scene.in_file()), (None, None));
    assert!(!scene.discovr.accepts(&token(1)) && !scene.discovr.accepts(REFRESH_TOKEN));
}

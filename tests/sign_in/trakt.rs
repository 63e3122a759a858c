//! Signing in to Trakt and out again, as a script and in a terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use discovr_scrobbler::keyring::{Keyring, SignInTo};
use discovr_scrobbler::service::trakt::Tokens;
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::home::{Home, Ran};
use discovr_scrobbler_support::keyring::Keyring as Real;
use discovr_scrobbler_support::secrets;
use discovr_scrobbler_support::terminal::Terminal;
use discovr_scrobbler_support::trakt::{CLIENT_ID, CLIENT_SECRET, Fault, Plan, Trakt};
use discovr_scrobbler_support::wait::until;
use secrecy::SecretString;

/// Nothing here says how fast anything is.
const LIMIT: Duration = Duration::from_secs(180);

struct Scene {
    trakt: Trakt,
    home: Home,
}

impl Scene {
    /// Signed out, with the secret of the application in a file.
    async fn new() -> Self {
        Self::at(Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler"))).await
    }

    async fn at(home: Home) -> Self {
        let scene = Self { trakt: Trakt::start().await, home };
        scene.configure("");
        write(&scene.secret_file(), CLIENT_SECRET, 0o600);
        scene
    }

    /// The settings, with `more` in `[trakt]`.
    fn configure(&self, more: &str) {
        let url = self.trakt.url();
        self.home.configure(&format!(
            "[discovr]\nenabled = false\n[players]\nmpris = false\nmpv = false\n\
             [trakt]\nenabled = true\napi_url = \"{url}\"\nauth_url = \"{url}\"\n{more}\n"
        ));
    }

    fn secret_file(&self) -> PathBuf {
        self.home.path().join("application-secret")
    }

    /// Runs a command that logs all it has to say, and shows no secret.
    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.home.command(arguments);
        command.env("DISCOVR_SCROBBLER_LOG", "trace").envs(variables.iter().copied());
        let ran: Ran = command.output().expect("the binary was built").into();
        self.shows_no_secret(&format!("{}\n{}", ran.stdout, ran.stderr));
        ran
    }

    fn login(&self, more: &[&str]) -> Ran {
        let file = self.secret_file();
        let file = file.to_str().expect("a plain name");
        self.run(
            &[&["login", "trakt", "--client-id", CLIENT_ID, "--client-secret-file", file], more].concat(),
        )
    }

    fn signed_in(&self) -> Ran {
        let ran = self.login(&[]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    }

    fn in_terminal(&self, arguments: &[&str]) -> Terminal {
        Terminal::start(&self.home.command(arguments))
    }

    /// What is kept in the state folder under this name, which nobody else may read.
    fn kept(&self, name: &str) -> Option<String> {
        let path = self.home.state_dir().join(name);
        let mode = fs::metadata(&path).ok()?.permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
        Some(fs::read_to_string(path).unwrap().trim().to_owned())
    }

    fn tokens(&self) -> Option<Tokens> {
        Tokens::from_text(&SecretString::from(self.kept("trakt-sign-in")?))
    }

    fn shows_no_secret(&self, said: &str) {
        secrets::none_in("what was said", said);
        for secret in self.trakt.secrets() {
            assert!(!said.contains(&secret), "{secret} is in {said}");
        }
    }

    fn polls(&self) -> usize {
        self.trakt.calls_to("POST /oauth/device/token").len()
    }
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn login_keeps_the_tokens_and_the_secret_for_their_owner_alone() {
    let scene = Scene::new().await;
    let check = scene.run(&["config", "check"]);
    for part in ["the id of your application is not known", "the secret of your application is not known"] {
        assert!(check.code == Some(3) && check.stdout.contains(part), "{part:?} is not in {check:?}");
    }
    let ran = scene.signed_in();
    for part in [
        "Open this address and type in the code A1B2C001:\nhttps://auth.trakt.invalid/activate\n",
        "The code is good for 10 min.",
        "Signed in to Trakt.",
        "The token is kept in the file ",
        "The daemon is not running",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is not in {ran:?}");
    }
    assert!(scene.tokens().is_some());
    assert_eq!(scene.kept("trakt-client-secret").as_deref(), Some(CLIENT_SECRET));
    let check = scene.run(&["config", "check"]);
    assert!(check.code == Some(0) && check.stdout.contains("the sign-in to Trakt is in"), "{check:?}");
    let shown = scene.run(&["config", "show"]);
    assert!(shown.stdout.contains("[trakt]\nenabled = true"), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_asks_nothing_and_ends_the_sign_in_before() {
    let scene = Scene::new().await;
    scene.signed_in();
    let before = scene.kept("trakt-sign-in");
    let ran = scene.run(&["login", "trakt"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_ne!(scene.kept("trakt-sign-in"), before);
    assert_eq!((scene.trakt.sign_ins(), scene.trakt.calls_to("POST /oauth/revoke").len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_over_leaves_nothing_and_says_why() {
    for (status, why) in [
        (404, "Trakt does not know the code"),
        (409, "the code was used already"),
        (410, "the code has expired"),
        (418, "you denied the code"),
        (403, "VIP"),
    ] {
        let scene = Scene::new().await;
        scene.trakt.plans(&[Plan::Answered(status)]);
        let ran = scene.login(&[]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(
            ran.stderr.contains(why) && ran.stderr.contains("`discovr-scrobbler login trakt`"),
            "{ran:?}"
        );
        assert_eq!((scene.kept("trakt-sign-in"), scene.kept("trakt-client-secret")), (None, None));
        assert_eq!(scene.polls(), 1, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_else_is_answered_it_is_asked_on() {
    let scene = Scene::new().await;
    scene.trakt.plans(&[Plan::ApprovedAfter(vec![400, 429, 500, 400])]);
    let ran = scene.signed_in();
    for part in
        ["waiting for your approval", "Trakt wants to be asked less often", "still waiting: answered 500"]
    {
        assert!(ran.stdout.contains(part), "{part:?} is not in {ran:?}");
    }
    assert_eq!(scene.polls(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_trakt_does_not_accept_is_not_remembered_and_what_it_takes_is_said() {
    let scene = Scene::new().await;
    let file = scene.secret_file();
    let arguments =
        ["login", "trakt", "--client-id", "nobody", "--client-secret-file", file.to_str().unwrap()];
    let ran = scene.run(&arguments);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("403") && ran.stderr.contains("VIP membership"), "{ran:?}");
    let ran = scene.run(&["login", "trakt"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--client-id"), "{ran:?}");
    assert!(ran.stderr.contains("https://trakt.tv/oauth/applications"), "{ran:?}");
    // Another application's secret.
    write(&scene.secret_file(), "another", 0o600);
    let ran = scene.login(&[]);
    assert!(ran.code == Some(3) && ran.stderr.contains("do not belong together"), "{ran:?}");
    assert_eq!((scene.kept("trakt-sign-in"), scene.kept("trakt-client-secret")), (None, None));
    let help = scene.run(&["login", "trakt", "--help"]);
    assert!(help.code == Some(0) && help.stdout.contains("active Trakt VIP"), "{help:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_used_is_refused_before_anything_is_asked() {
    let scene = Scene::new().await;
    let id_only = ["login", "trakt", "--client-id", CLIENT_ID];
    let ran = scene.run(&id_only);
    assert!(ran.code == Some(2) && ran.stderr.contains("--client-secret-file FILE"), "{ran:?}");
    fs::set_permissions(scene.secret_file(), fs::Permissions::from_mode(0o644)).unwrap();
    let ran = scene.login(&[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("chmod 600"), "{ran:?}");
    // Whoever takes it for the secret itself.
    let ran = scene.run(&[&id_only[..], &["--client-secret-file", CLIENT_SECRET]].concat());
    assert!(ran.code == Some(2) && ran.stderr.contains("the secret itself is not taken"), "{ran:?}");
    fs::remove_file(scene.secret_file()).unwrap();
    let ran = scene.login(&[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("which --client-secret-file names"), "{ran:?}");
    assert!(scene.trakt.calls().is_empty(), "{:?}", scene.trakt.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_the_settings_or_the_environment_give_is_used_and_not_copied() {
    const VARIABLE: &str = "DISCOVR_SCROBBLER__TRAKT__CLIENT_SECRET";
    let scene = Scene::new().await;
    scene.configure(&format!("client_id = \"{CLIENT_ID}\""));
    let ran = scene.run_with(&["login", "trakt"], &[(VARIABLE, CLIENT_SECRET)]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let file = scene.secret_file();
    let named = format!("client_id = \"{CLIENT_ID}\"\nclient_secret_file = \"{}\"", file.display());
    scene.configure(&named);
    assert_eq!(scene.run(&["login", "trakt"]).code, Some(0));
    // The same secret once more does no harm; another one would have no effect.
    assert_eq!(scene.login(&[]).code, Some(0));
    let another = scene.home.path().join("another");
    write(&another, "another", 0o600);
    let ran = scene.run(&["login", "trakt", "--client-secret-file", another.to_str().unwrap()]);
    assert!(ran.code == Some(2) && ran.stderr.contains("goes over --client-secret-file"), "{ran:?}");
    let ran = scene.run(&["login", "trakt", "--client-id", "another"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("goes over --client-id"), "{ran:?}");
    assert_eq!(scene.kept("trakt-client-secret"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_cannot_be_kept_in_the_end_are_revoked() {
    let scene = Scene::new().await;
    scene.trakt.plans(&[Plan::Approved(3)]);
    let file = scene.secret_file();
    let terminal = scene.in_terminal(&[
        "login",
        "trakt",
        "--client-id",
        CLIENT_ID,
        "--client-secret-file",
        file.to_str().unwrap(),
    ]);
    terminal.wait_for("left, waiting for your approval");
    // In the way, after it was found out that there is none.
    fs::create_dir_all(scene.home.state_dir().join("trakt-sign-in/full")).unwrap();
    let (code, screen) = terminal.end();
    scene.shows_no_secret(&screen);
    assert!(code == Some(1) && screen.contains("cannot keep the token"), "{screen}");
    assert_eq!(scene.trakt.sign_ins(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_terminal_the_user_is_led_from_the_application_to_the_code() {
    let scene = Scene::new().await;
    let mut terminal = scene.in_terminal(&["login", "trakt"]);
    terminal.wait_for("Client id: ");
    terminal.type_in(&format!("{CLIENT_ID}\n"));
    terminal.wait_for("The file with the client secret: ");
    terminal.type_in("~/application-secret\n");
    terminal.wait_for("A 1 B 2 C 0 0 1");
    terminal.wait_for("and type in this code");
    let (code, screen) = terminal.end();
    scene.shows_no_secret(&screen);
    assert!(code == Some(0) && screen.contains("VIP membership") && screen.contains('▀'), "{screen}");
    assert!(scene.tokens().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_while_waiting_leaves_nothing_behind() {
    let scene = Scene::new().await;
    scene.trakt.plans(&[Plan::Answered(400)]);
    let file = scene.secret_file();
    let mut terminal = scene.in_terminal(&[
        "login",
        "trakt",
        "--client-id",
        CLIENT_ID,
        "--client-secret-file",
        file.to_str().unwrap(),
        "--no-qr",
    ]);
    terminal.wait_for("left, waiting for your approval");
    terminal.interrupt();
    let (code, screen) = terminal.end();
    scene.shows_no_secret(&screen);
    assert!(code == Some(1) && screen.contains("stopped: nothing has changed"), "{screen}");
    assert!(!screen.contains('▀'), "{screen}");
    assert_eq!((scene.kept("trakt-sign-in"), scene.kept("trakt-client-secret")), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_revokes_and_forgets_and_knows_the_application_afterwards() {
    let scene = Scene::new().await;
    scene.signed_in();
    let ran = scene.run(&["logout", "trakt"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("revoked and forgotten") && ran.stdout.contains("are kept"), "{ran:?}");
    assert_eq!((scene.trakt.sign_ins(), scene.kept("trakt-sign-in")), (0, None));
    let ran = scene.run(&["logout", "trakt"]);
    assert!(ran.code == Some(0) && ran.stdout == "You were not signed in.\n", "{ran:?}");
    assert_eq!(scene.run(&["login", "trakt"]).code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_forgets_what_trakt_cannot_be_told_of() {
    let mut scene = Scene::new().await;
    for fault in [Fault::Status(503), Fault::Hangup] {
        scene.signed_in();
        scene.trakt.fail("POST /oauth/revoke", fault, 9);
        let ran = scene.run(&["logout", "trakt"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains("Trakt could not be told"), "{ran:?}");
        assert_eq!(scene.kept("trakt-sign-in"), None);
        scene.trakt.forgive();
    }
    scene.signed_in();
    scene.trakt.go_down();
    let ran = scene.run(&["logout", "trakt"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("end it in your settings at Trakt"), "{ran:?}");
    assert_eq!(scene.kept("trakt-sign-in"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_services_are_left_each_by_itself() {
    let scene = Scene::new().await;
    scene.signed_in();
    let token = scene.home.state_dir().join("refresh-token");
    write(&token, "rt_of_discovr", 0o600);
    let ran = scene.run(&["logout"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!token.exists() && scene.tokens().is_some());
    write(&token, "rt_of_discovr", 0o600);
    assert_eq!(scene.run(&["logout", "trakt"]).code, Some(0));
    assert!(token.exists() && scene.tokens().is_none());
    for arguments in [&["login", "nowhere"][..], &["logout", "nowhere"]] {
        assert_eq!(scene.run(arguments).code, Some(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_keyring_the_tokens_are_in_an_entry_of_their_own() {
    let bus = Bus::start();
    let real = Real::start(&bus.address()).await;
    let home = Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler")).with_bus(bus.address());
    let scene = Scene::at(home).await;
    let keyring = Keyring::on(bus.address());
    keyring.keep(&SecretString::from("rt_of_discovr")).await.unwrap();
    let trakts = keyring.with(SignInTo::Trakt);
    let ran = scene.signed_in();
    assert!(ran.stdout.contains("The token is kept in the desktop's keyring."), "{ran:?}");
    assert!(Tokens::from_text(&trakts.token().await.unwrap().unwrap()).is_some());
    assert_eq!(scene.kept("trakt-sign-in"), None);
    // Moved to a file, and back.
    assert_eq!(scene.login(&["--store", "file"]).code, Some(0));
    assert!(trakts.token().await.unwrap().is_none() && scene.tokens().is_some());
    assert_eq!(scene.login(&["--store", "keyring"]).code, Some(0));
    assert_eq!(scene.kept("trakt-sign-in"), None);
    assert_eq!(scene.trakt.sign_ins(), 1);
    real.lock().await;
    let ran = scene.run(&["logout", "trakt"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("may still hold the token"), "{ran:?}");
    real.unlock().await;
    assert_eq!(scene.run(&["logout", "trakt"]).code, Some(0));
    assert!(trakts.token().await.unwrap().is_none());
    assert!(keyring.token().await.unwrap().is_some(), "Discovr's stays");
}

/// The checks of `doctor` about Trakt, but for the clock, with their verdicts.
fn doctor(scene: &Scene) -> Vec<(String, String)> {
    let ran = scene.run(&["doctor", "--json"]);
    let findings: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = findings
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["group"] == "trakt" && finding["check"] != "clock");
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap().to_owned();
    findings.map(|finding| (text(finding, "check"), text(finding, "verdict"))).collect()
}

fn verdicts(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(check, verdict)| ((*check).to_owned(), (*verdict).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_how_the_sign_in_stands_and_renews_nothing() {
    const WELL: [(&str, &str); 4] =
        [("application", "good"), ("token", "good"), ("reached", "good"), ("sign-in", "good")];
    let mut scene = Scene::new().await;
    let missing = [("application", "bad"), ("application", "bad"), ("token", "bad"), ("reached", "good")];
    assert_eq!(doctor(&scene), verdicts(&missing));
    scene.signed_in();
    assert_eq!(doctor(&scene), verdicts(&WELL));
    let ill = [&WELL[..3], &[("sign-in", "bad")]].concat();
    for status in [401, 403, 420, 423, 426] {
        scene.trakt.fail("GET /sync/playback", Fault::Status(status), 1);
        assert_eq!(doctor(&scene), verdicts(&ill), "{status}");
    }
    // One that has ended is the daemon's to renew.
    let kept = scene.kept("trakt-sign-in").unwrap();
    let mut pair: serde_json::Value = serde_json::from_str(&kept).unwrap();
    pair["created_at"] = 1_000_000.into();
    fs::write(scene.home.state_dir().join("trakt-sign-in"), pair.to_string()).unwrap();
    assert_eq!(doctor(&scene), verdicts(&WELL));
    assert!(scene.trakt.calls_to("POST /oauth/token").is_empty());
    scene.trakt.go_down();
    let down = [&WELL[..2], &[("reached", "bad"), ("reached", "bad")]].concat();
    assert_eq!(doctor(&scene), verdicts(&down));
    scene.home.configure("[discovr]\nenabled = false\n[players]\nmpris = false\nmpv = false\n");
    assert_eq!(doctor(&scene), []);
    assert_eq!(scene.run(&["config", "check"]).code, Some(0));
}

/// Whether Trakt has answered a question of the daemon's that takes a good sign-in, after the first `earlier` of them.
fn is_accepted(scene: &Scene, earlier: usize) -> bool {
    scene.trakt.calls_to("GET /sync/playback").iter().skip(earlier).any(|call| call.status == 200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_takes_up_a_sign_in_and_lets_go_of_it_by_itself() {
    let scene = Scene::new().await;
    let daemon = scene.home.start_daemon();
    until("the sign-in is missed", LIMIT, || (scene.run(&["status"]).code == Some(3)).then_some(()));
    let ran = scene.signed_in();
    assert!(ran.stdout.contains("The daemon knows it already"), "{ran:?}");
    scene.trakt.wait_until("the daemon is signed in", LIMIT, || is_accepted(&scene, 0)).await;
    until("all is well", LIMIT, || (scene.run(&["status"]).code == Some(0)).then_some(()));
    let ran = scene.run(&["logout", "trakt"]);
    assert!(ran.stdout.contains("revoked and forgotten"), "{ran:?}");
    until("the daemon has let go of it", LIMIT, || (scene.run(&["status"]).code == Some(3)).then_some(()));
    assert_eq!((scene.trakt.sign_ins(), scene.kept("trakt-sign-in")), (0, None));
    assert_eq!(daemon.stop(), Some(0));
    scene.shows_no_secret(&scene.home.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_between_renewing_and_using_has_the_new_tokens_on_disk() {
    let scene = Scene::new().await;
    scene.signed_in();
    let mut old: serde_json::Value = serde_json::from_str(&scene.kept("trakt-sign-in").unwrap()).unwrap();
    old["created_at"] = 1_000_000.into();
    let old = old.to_string();
    fs::write(scene.home.state_dir().join("trakt-sign-in"), &old).unwrap();
    scene.trakt.fail("GET /sync/playback", Fault::Stall(LIMIT), 1);
    let daemon = scene.home.start_daemon();
    let is_used = || !scene.trakt.calls_to("GET /sync/playback").is_empty();
    scene.trakt.wait_until("the new tokens are used", LIMIT, is_used).await;
    daemon.kill();
    let renewed = scene.kept("trakt-sign-in").unwrap();
    assert_ne!(renewed, old);
    let daemon = scene.home.start_daemon();
    scene.trakt.wait_until("they are good", LIMIT, || is_accepted(&scene, 1)).await;
    assert_eq!(scene.trakt.calls_to("POST /oauth/token").len(), 1);
    assert_eq!(scene.kept("trakt-sign-in"), Some(renewed));
    assert_eq!(daemon.stop(), Some(0));
    scene.shows_no_secret(&scene.home.log());
}

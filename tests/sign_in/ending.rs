//! The end of a sign-in: told in time, and on the desktop once per stage.

use std::collections::HashMap;

use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::wait::until;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use zbus::zvariant::OwnedValue;

use crate::scene::{LIMIT, Scene};

/// What shows notifications on a desktop, and remembers them.
struct Shower(mpsc::UnboundedSender<(String, String)>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Shower {
    #[expect(
        clippy::too_many_arguments,
        clippy::needless_pass_by_value,
        reason = "the specification has so many, and zbus hands them over"
    )]
    fn notify(
        &self,
        app_name: String,
        replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        expires: i32,
    ) -> u32 {
        assert_eq!((app_name.as_str(), replaces, expires), ("discovr-scrobbler", 0, -1));
        assert!(actions.is_empty());
        self.0.send((summary, body)).unwrap();
        1
    }
}

async fn desktop(bus: &Bus) -> (zbus::Connection, mpsc::UnboundedReceiver<(String, String)>) {
    let (shown, notifications) = mpsc::unbounded_channel();
    let connection = zbus::connection::Builder::address(bus.address().as_str())
        .unwrap()
        .name("org.freedesktop.Notifications")
        .unwrap()
        .serve_at("/org/freedesktop/Notifications", Shower(shown))
        .unwrap()
        .build()
        .await
        .unwrap();
    (connection, notifications)
}

async fn next(notifications: &mut mpsc::UnboundedReceiver<(String, String)>) -> (String, String) {
    tokio::time::timeout(LIMIT, notifications.recv())
        .await
        .expect("a notification")
        .expect("the desktop lives")
}

#[expect(clippy::disallowed_methods, reason = "the daemon under test goes by the real time")]
fn in_days(days: i64) -> i64 {
    Timestamp::now().saturating_add(SignedDuration::from_hours(24 * days + 1)).unwrap().as_second()
}

async fn scene(bus: &Bus) -> Scene {
    Scene::at(Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler")).with_bus(bus.address())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_is_told_two_weeks_before_and_at_the_end_and_on_the_desktop_once_each() {
    let bus = Bus::start();
    let (_desktop, mut notifications) = desktop(&bus).await;
    let scene = scene(&bus).await;
    scene.discovr.tokens_end(in_days(40));
    scene.login();
    let daemon = scene.home.start_daemon();
    let status = scene.run(&["status"]);
    assert!(status.stdout.contains("good until"), "{status:?}");
    // Nothing was told of the long one: what comes first is of the short one.
    scene.discovr.tokens_end(in_days(5));
    scene.login();
    let (summary, body) = next(&mut notifications).await;
    assert_eq!(summary, "Your sign-in to Discovr ends soon");
    assert!(body.contains("discovr-scrobbler login"), "{body}");
    let status = scene.run(&["status"]);
    assert!(status.code == Some(0) && status.stdout.contains("ends on"), "{status:?}");
    assert!(status.stdout.contains("in 5 days: `discovr-scrobbler login` renews it"), "{status:?}");
    until("that it was told is kept", LIMIT, || (told(&scene).as_deref() == Some("soon")).then_some(()));
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(scene.home.log().matches("the sign-in to Discovr ends soon").count(), 1);
    // Started again it says so in its log, and not on the desktop: the next there is the end.
    let daemon = scene.home.start_daemon();
    until("the log", LIMIT, || {
        (scene.home.log().matches("the sign-in to Discovr ends soon").count() == 2).then_some(())
    });
    scene.discovr.tokens_end(in_days(-1));
    scene.login();
    let (summary, body) = next(&mut notifications).await;
    assert_eq!(summary, "Your sign-in to Discovr has ended");
    assert!(body.contains("is kept"), "{body}");
    let status = scene.run(&["status"]);
    assert!(status.code == Some(3) && status.stdout.contains("ended on"), "{status:?}");
    scene.discovr.tokens_end(in_days(90));
    scene.login();
    assert!(scene.run(&["status"]).stdout.contains("good until"));
    assert_eq!(daemon.stop(), Some(0));
    assert!(notifications.try_recv().is_err());
    scene.keeps_its_secrets();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_that_shows_nothing_is_no_problem_and_is_told_later() {
    let bus = Bus::start();
    let scene = scene(&bus).await;
    scene.discovr.tokens_end(in_days(5));
    scene.login();
    let daemon = scene.home.start_daemon();
    until("it tried", LIMIT, || scene.home.log().contains("shows no notification").then_some(()));
    assert_eq!(told(&scene), None);
    assert_eq!(daemon.stop(), Some(0));
    let (_desktop, mut notifications) = desktop(&bus).await;
    let daemon = scene.home.start_daemon();
    assert_eq!(next(&mut notifications).await.0, "Your sign-in to Discovr ends soon");
    assert_eq!(daemon.stop(), Some(0));
}

/// What the journal remembers that the user was told.
fn told(scene: &Scene) -> Option<String> {
    let journal = rusqlite::Connection::open(scene.home.state_dir().join("journal.db")).unwrap();
    journal.query_row("SELECT told FROM sign_ins", (), |row| row.get(0)).unwrap()
}

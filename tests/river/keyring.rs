//! A keyring that is locked, or not there yet: nothing is lost, and what waits is sent when it can be.

use discovr_scrobbler::keyring::Keyring;
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use discovr_scrobbler_support::home::Home;
use discovr_scrobbler_support::keyring::Keyring as Real;
use discovr_scrobbler_support::wait::until;
use secrecy::SecretString;

use crate::scene::*;

/// A home on `bus` whose settings name no token.
fn home_on(bus: &Bus, discovr: &Discovr) -> Home {
    let home = home().with_bus(bus.address());
    let settings = home.settings(&discovr.url(), "rt_not_this_one", Some(PROFILE), OFTEN);
    let named = |line: &&str| !line.starts_with("refresh_token_file");
    home.configure(&settings.lines().filter(named).collect::<Vec<_>>().join("\n"));
    home
}

async fn keyring_with_the_token(bus: &Bus) -> Real {
    let real = Real::start(&bus.address()).await;
    let token = SecretString::from(REFRESH_TOKEN);
    Keyring::on(bus.address()).keep(&token).await.expect("it is unlocked");
    real
}

/// Waits until the user is needed, and gives what `status` says.
fn wait_until_needed(home: &Home) -> String {
    until("the user is needed", LIMIT, || {
        let status = home.run(&["status"]);
        (status.code == Some(3)).then_some(status.stdout)
    })
}

/// Watches the episode to its end while nothing can be delivered, and gives the time at which it was completed.
fn watch_the_episode(home: &Home, discovr: &Discovr) -> jiff::Timestamp {
    let file = episode(home);
    let (player, _) = mpv(home, &file, &["--start=60%", "--speed=50"]);
    let completed = until("the completion", LIMIT, || completed_at(home));
    player.quit();
    assert!(discovr.history(PROFILE).is_empty());
    completed
}

fn assert_all_is_well(home: &Home) {
    let status = until("all is well", LIMIT, || {
        let status = home.run(&["status"]);
        (status.code == Some(0)).then_some(status.stdout)
    });
    assert!(status.contains("the desktop's keyring"), "{status}");
}

fn assert_hides_its_secrets(home: &Home) {
    for secret in [REFRESH_TOKEN, "jwt."] {
        assert!(!home.log().contains(secret), "the log holds {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_loses_nothing_is_told_once_and_sends_what_waited_when_it_is_unlocked() {
    let (discovr, bus) = (Discovr::start().await, Bus::start());
    let real = keyring_with_the_token(&bus).await;
    real.lock().await;
    let home = home_on(&bus, &discovr);
    let daemon = home.start_daemon();
    let status = wait_until_needed(&home);
    assert!(status.contains("the keyring is locked: unlock it"), "{status}");
    let completed = watch_the_episode(&home, &discovr);
    assert!(discovr.calls().is_empty(), "{:?}", discovr.calls());
    real.unlock().await;
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    assert_all_is_well(&home);
    // Who holds a session needs no keyring.
    real.lock().await;
    assert_all_is_well(&home);
    assert_eq!(daemon.stop(), Some(0));
    let told = home.log().lines().filter(|line| line.contains(" WARN ") && line.contains("keyring")).count();
    assert_eq!(told, 1, "{}", home.log());
    assert_hides_its_secrets(&home);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_comes_later_sends_what_waited() {
    let (discovr, bus) = (Discovr::start().await, Bus::start());
    let mut real = keyring_with_the_token(&bus).await;
    real.stop();
    let home = home_on(&bus, &discovr);
    let daemon = home.start_daemon();
    wait_until_needed(&home);
    let completed = watch_the_episode(&home, &discovr);
    real.start_again().await;
    assert_is_the_episode(&the_entry(&discovr).await, completed);
    assert_all_is_well(&home);
    assert_eq!(daemon.stop(), Some(0));
    assert_hides_its_secrets(&home);
}

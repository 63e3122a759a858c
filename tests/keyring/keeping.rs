//! Keeping, finding and forgetting.

use std::time::Duration;

use discovr_scrobbler::keyring::{Keyring, KeyringError, SignInTo, watch};
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::keyring::{self, Keyring as Real};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "rt_kept_in_the_keyring";
const LIMIT: Duration = Duration::from_secs(30);

async fn found(keyring: &Keyring) -> Result<Option<String>, KeyringError> {
    Ok(keyring.token().await?.map(|token| token.expose_secret().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_kept_replaced_found_and_forgotten() {
    let bus = Bus::start();
    let real = Real::start(&bus.address()).await;
    let keyring = Keyring::on(bus.address());
    assert_eq!(found(&keyring).await, Ok(None));
    keyring.prepare().await.unwrap();
    keyring.keep(&SecretString::from("rt_old")).await.unwrap();
    keyring.keep(&SecretString::from(TOKEN)).await.unwrap();
    assert_eq!(found(&keyring).await.unwrap().as_deref(), Some(TOKEN));
    assert_eq!(real.entries("application", "discovr-scrobbler").await, 1);
    assert_eq!(keyring.forget().await, Ok(true));
    assert_eq!(keyring.forget().await, Ok(false));
    assert_eq!(found(&keyring).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_gives_and_takes_nothing_and_asks_nobody() {
    let bus = Bus::start();
    let real = Real::start(&bus.address()).await;
    let keyring = Keyring::on(bus.address());
    real.lock().await;
    assert_eq!(found(&keyring).await, Err(KeyringError::Closed(SignInTo::Discovr)));
    assert_eq!(keyring.prepare().await, Err(KeyringError::Closed(SignInTo::Discovr)));
    assert_eq!(keyring.keep(&SecretString::from(TOKEN)).await, Err(KeyringError::Closed(SignInTo::Discovr)));
    real.unlock().await;
    keyring.keep(&SecretString::from(TOKEN)).await.unwrap();
    real.lock().await;
    assert_eq!(found(&keyring).await, Err(KeyringError::Locked));
    assert_eq!(keyring.forget().await, Err(KeyringError::Locked));
    // Nobody here shows the window.
    assert_eq!(keyring.unlock(Duration::from_secs(2)).await, Err(KeyringError::NotUnlocked));
    real.unlock().await;
    assert_eq!(found(&keyring).await.unwrap().as_deref(), Some(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_without_a_keyring_has_none() {
    let bus = Bus::start();
    let keyring = Keyring::on(bus.address());
    assert_eq!(found(&keyring).await, Err(KeyringError::Absent));
    assert_eq!(keyring.prepare().await, Err(KeyringError::Absent));
    let nowhere = Bus::stopped();
    assert_eq!(found(&Keyring::on(nowhere.address())).await, Err(KeyringError::Absent));
    assert_eq!(found(&Keyring::on("nonsense")).await, Err(KeyringError::Absent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_never_answers_is_not_waited_for() {
    let bus = Bus::start();
    let _silent = keyring::silent(&bus.address()).await;
    assert_eq!(found(&Keyring::on(bus.address())).await, Err(KeyringError::Silent));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_may_make_a_difference_is_heard() {
    let bus = Bus::start();
    let (changed, mut words) = mpsc::channel(1);
    let cancel = CancellationToken::new();
    let watching = tokio::spawn(watch(Keyring::on(bus.address()), changed, cancel.clone()));
    let mut heard = async |what: &str| {
        let word = tokio::time::timeout(LIMIT, words.recv()).await;
        assert_eq!(word.unwrap_or_else(|_| panic!("waited in vain: {what}")), Some(()), "{what}");
    };
    heard("it listens").await;
    let mut real = Real::start(&bus.address()).await;
    heard("it has come").await;
    real.lock().await;
    heard("it is locked").await;
    real.unlock().await;
    heard("it is unlocked").await;
    real.stop();
    heard("it is gone").await;
    cancel.cancel();
    watching.await.unwrap();
}

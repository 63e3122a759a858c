//! Which place wins.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use discovr_scrobbler::config::{
    SecretError, SecretOrigin, SecretPlaces, Settings, StoreKind, TokenStore, refresh_token, search_sign_in,
};
use discovr_scrobbler::keyring::{Keyring, KeyringError, SignInTo};
use discovr_scrobbler_support::bus::Bus;
use discovr_scrobbler_support::keyring::{Keyring as Real, silent};
use secrecy::{ExposeSecret, SecretString};

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

async fn found(
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<Option<(String, SecretOrigin)>, SecretError> {
    let found = refresh_token(settings, places).await?;
    Ok(found.map(|(token, origin)| (token.expose_secret().to_owned(), origin)))
}

fn places(folder: &Path, bus: &Bus) -> SecretPlaces {
    SecretPlaces {
        state: Some(folder.join("state")),
        home: Some(folder.into()),
        credentials: None,
        keyring: Some(Keyring::on(bus.address())),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyring_goes_after_what_is_named_and_before_the_state_folder() {
    let (bus, folder) = (Bus::start(), tempfile::tempdir().unwrap());
    let real = Real::start(&bus.address()).await;
    let (mut settings, places) = (Settings::default(), places(folder.path(), &bus));
    let state = folder.path().join("state/refresh-token");
    write(&state, "rt_from_state");
    write(&folder.path().join("named"), "rt_from_file");
    let kept = TokenStore::of(SignInTo::Discovr, StoreKind::Keyring, &settings, &places).unwrap();
    kept.keep(&SecretString::from("rt_from_keyring")).await.unwrap();

    settings.discovr.refresh_token_file = Some("~/named".into());
    let named = ("rt_from_file".into(), SecretOrigin::NamedFile(folder.path().join("named")));
    assert_eq!(found(&settings, &places).await, Ok(Some(named.clone())));
    settings.discovr.refresh_token_file = None;
    let in_keyring = ("rt_from_keyring".into(), SecretOrigin::Keyring);
    assert_eq!(found(&settings, &places).await, Ok(Some(in_keyring)));

    // One that has it and is locked is waited for, and what goes before it does not need it.
    real.lock().await;
    assert_eq!(found(&settings, &places).await, Err(SecretError::Keyring(KeyringError::Locked)));
    settings.discovr.refresh_token_file = Some("~/named".into());
    assert_eq!(found(&settings, &places).await, Ok(Some(named)));
    settings.discovr.refresh_token_file = None;
    real.unlock().await;
    assert!(kept.forget().await.unwrap());
    let in_state = ("rt_from_state".into(), SecretOrigin::StateFile(state));
    assert_eq!(found(&settings, &places).await, Ok(Some(in_state)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_cannot_tell_is_passed_over_if_the_state_folder_has_a_token() {
    let (bus, folder) = (Bus::start(), tempfile::tempdir().unwrap());
    let mut real = Real::start(&bus.address()).await;
    let (settings, places) = (Settings::default(), places(folder.path(), &bus));
    let state = folder.path().join("state/refresh-token");
    let in_state = || Ok(Some(("rt_from_state".into(), SecretOrigin::StateFile(state.clone()))));
    real.lock().await;
    assert_eq!(
        found(&settings, &places).await,
        Err(SecretError::Keyring(KeyringError::Closed(SignInTo::Discovr)))
    );
    write(&state, "rt_from_state");
    assert_eq!(found(&settings, &places).await, in_state());
    real.stop();
    assert_eq!(found(&settings, &places).await, in_state());
    fs::remove_file(&state).unwrap();
    assert_eq!(found(&settings, &places).await, Ok(None));
    let _silent = silent(&bus.address()).await;
    assert_eq!(found(&settings, &places).await, Err(SecretError::Keyring(KeyringError::Silent)));
    write(&state, "rt_from_state");
    assert_eq!(found(&settings, &places).await, in_state());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_is_refused_without_being_shown() {
    let (bus, folder) = (Bus::start(), tempfile::tempdir().unwrap());
    let _real = Real::start(&bus.address()).await;
    let (settings, places) = (Settings::default(), places(folder.path(), &bus));
    Keyring::on(bus.address()).keep(&SecretString::from("hunter2 hunter2")).await.unwrap();
    let error = found(&settings, &places).await.unwrap_err();
    assert_eq!(error, SecretError::Keyring(KeyringError::NotAToken(SignInTo::Discovr)));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_ins_to_two_services_know_nothing_of_each_other() {
    let (bus, folder) = (Bus::start(), tempfile::tempdir().unwrap());
    let real = Real::start(&bus.address()).await;
    let (settings, places) = (Settings::default(), places(folder.path(), &bus));
    let store = |sign_in, kind| TokenStore::of(sign_in, kind, &settings, &places).unwrap();
    let both = [SignInTo::Discovr, SignInTo::Trakt];
    for kind in [StoreKind::File, StoreKind::Keyring] {
        for sign_in in both {
            let token = SecretString::from(format!("{sign_in:?}-{kind:?}"));
            store(sign_in, kind).keep(&token).await.unwrap();
        }
    }
    assert_eq!(real.entries("application", "discovr-scrobbler").await, 2);
    for sign_in in both {
        let found = search_sign_in(sign_in, &settings, &places).await.found.unwrap().unwrap();
        assert_eq!(found.0.expose_secret(), format!("{sign_in:?}-Keyring"));
        let all = TokenStore::all(sign_in, &settings, &places);
        assert_eq!(all, [StoreKind::Keyring, StoreKind::File].map(|kind| store(sign_in, kind)));
    }
    assert!(store(SignInTo::Trakt, StoreKind::Keyring).forget().await.unwrap());
    let (token, origin) = search_sign_in(SignInTo::Trakt, &settings, &places).await.found.unwrap().unwrap();
    assert_eq!(token.expose_secret(), "Trakt-File");
    assert_eq!(origin, SecretOrigin::StateFile(folder.path().join("state/trakt-sign-in")));
    assert!(store(SignInTo::Trakt, StoreKind::File).forget().await.unwrap());
    assert!(search_sign_in(SignInTo::Trakt, &settings, &places).await.found.unwrap().is_none());
    assert!(search_sign_in(SignInTo::Discovr, &settings, &places).await.found.unwrap().is_some());
}

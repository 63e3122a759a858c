//! The refresh token as the daemon's worker needs it, and whether it is another than the worker was given last.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::config::{self, Search, SecretError, SecretPlaces, Settings};
use crate::journal::Journal;
use crate::keyring::{self, KeyringError, SignInTo};
use crate::service::discovr::{DISCOVR, TokenSource};

/// A keyring says several things when it is unlocked: only what is true afterwards counts. It is also how often it may be
/// looked at.
const SETTLE: Duration = Duration::from_millis(500);

const NO_REFRESH_TOKEN: &str =
    "you are not signed in: run `discovr-scrobbler login`, or set discovr.enabled = false";
const NO_KEYRING: &str = "your token was kept, and there is no keyring on this desktop now: when it is there, everything \
                          waiting is sent. If it does not come, run `discovr-scrobbler login`";

/// Looks for the refresh token, each time anew: it is kept nowhere else.
#[derive(Debug)]
pub(crate) struct Tokens {
    settings: watch::Receiver<Arc<Settings>>,
    places: SecretPlaces,
    journal: Journal,
    hasher: RandomState,
    /// Held while a token is looked for, so that what is found is what is remembered.
    last: Mutex<Last>,
    origin: TokenOrigin,
}

/// Where the token was found last, for people; nothing when it was not.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenOrigin(Arc<std::sync::Mutex<Option<String>>>);

impl TokenOrigin {
    pub(crate) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, origin: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = origin;
    }
}

#[derive(Debug, Default)]
struct Last {
    /// Of what was found; the token itself is not kept.
    fingerprint: Option<u64>,
    /// The trouble with the keyring that the user was told of.
    told: Option<KeyringError>,
}

impl Tokens {
    pub(crate) fn new(
        settings: watch::Receiver<Arc<Settings>>,
        places: SecretPlaces,
        journal: Journal,
        origin: TokenOrigin,
    ) -> Arc<Self> {
        Arc::new(Self {
            settings,
            places,
            journal,
            hasher: RandomState::new(),
            last: Mutex::default(),
            origin,
        })
    }

    /// The source for a worker.
    pub(crate) fn source(self: &Arc<Self>) -> TokenSource {
        let tokens = Arc::clone(self);
        TokenSource::new(move || {
            let tokens = Arc::clone(&tokens);
            async move { tokens.token().await }
        })
    }

    /// Sends a word to `changed` when the keyring has a token that the worker was not given, until `cancel`.
    pub(crate) async fn watch_keyring(self: Arc<Self>, changed: mpsc::Sender<()>, cancel: CancellationToken) {
        let Some(keyring) = self.places.keyring.clone() else { return };
        let (words, mut heard) = mpsc::channel(1);
        tokio::spawn(keyring::watch(keyring, words, cancel.clone()));
        let looking = async {
            while heard.recv().await.is_some() {
                tokio::time::sleep(SETTLE).await;
                let _ = heard.try_recv();
                if self.has_another().await && changed.send(()).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = cancel.cancelled() => {}
            () = looking => {}
        }
    }

    async fn token(&self) -> Result<SecretString, String> {
        let mut last = self.last.lock().await;
        let Search { found, keyring_trouble } = self.search().await;
        last.fingerprint = Some(self.fingerprint(&found));
        let origin = found.as_ref().ok().and_then(Option::as_ref).map(|(_, origin)| origin.to_string());
        self.origin.set(origin);
        match found {
            Ok(Some((token, _))) => {
                last.told = None;
                Ok(token)
            }
            Ok(None) if keyring_trouble.is_some() && self.was_signed_in().await => Err(NO_KEYRING.to_owned()),
            Ok(None) => Err(NO_REFRESH_TOKEN.to_owned()),
            Err(SecretError::Keyring(trouble)) => {
                if last.told.as_ref() != Some(&trouble) {
                    warn!("{trouble}");
                    last.told = Some(trouble.clone());
                }
                Err(trouble.to_string())
            }
            Err(other) => Err(other.to_string()),
        }
    }

    /// Whether there is a token that the worker was not given last. One that is gone is left to the worker: the session
    /// that it has from it may be good for hours.
    async fn has_another(&self) -> bool {
        let last = self.last.lock().await;
        let Search { found, .. } = self.search().await;
        let fingerprint = self.fingerprint(&found);
        matches!(found, Ok(Some(_))) && last.fingerprint.is_some_and(|last| last != fingerprint)
    }

    async fn search(&self) -> Search {
        let settings = Arc::clone(&self.settings.borrow());
        config::search_sign_in(SignInTo::Discovr, &settings, &self.places).await
    }

    async fn was_signed_in(&self) -> bool {
        self.journal.sign_in(DISCOVR).await.is_ok_and(|sign_in| sign_in.signed_in_at.is_some())
    }

    fn fingerprint(&self, found: &Result<Option<(SecretString, config::SecretOrigin)>, SecretError>) -> u64 {
        let token = found.as_ref().ok().and_then(Option::as_ref).map(|(token, _)| token.expose_secret());
        self.hasher.hash_one(token)
    }
}

//! What a sign-in gave as the service's worker needs it, and whether it is another than the worker was given last.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::config::{self, Search, SecretError, SecretOrigin, SecretPlaces, Settings};
use crate::journal::Journal;
use crate::keyring::{self, KeyringError, SignInTo};
use crate::service::discovr::{DISCOVR, TokenSource};
use crate::service::trakt::{Renewing, TRAKT};

/// A keyring says several things when it is unlocked: only what is true afterwards counts. It is also how often it may be
/// looked at.
const SETTLE: Duration = Duration::from_millis(500);

/// Looks for the token, each time anew: it is kept nowhere else.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(super) sign_in: SignInTo,
    settings: watch::Receiver<Arc<Settings>>,
    pub(super) places: SecretPlaces,
    pub(super) journal: Journal,
    hasher: RandomState,
    /// Held while a token is looked for, so that what is found is what is remembered.
    pub(super) last: Mutex<Last>,
    /// Of a sign-in that its worker renews.
    pub(super) renewing: Renewing,
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
pub(super) struct Last {
    /// Of what was found; the token itself is not kept.
    pub(super) fingerprint: Option<u64>,
    /// The trouble with the keyring that the user was told of.
    told: Option<KeyringError>,
}

impl Tokens {
    pub(crate) fn of(
        sign_in: SignInTo,
        settings: watch::Receiver<Arc<Settings>>,
        places: SecretPlaces,
        journal: Journal,
        origin: TokenOrigin,
    ) -> Arc<Self> {
        Arc::new(Self {
            sign_in,
            settings,
            places,
            journal,
            hasher: RandomState::new(),
            last: Mutex::default(),
            renewing: Renewing::default(),
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
    pub(crate) async fn watch_keyring(
        self: Arc<Self>,
        changed: mpsc::Sender<SignInTo>,
        cancel: CancellationToken,
    ) {
        let Some(keyring) = self.places.keyring.clone() else { return };
        let (words, mut heard) = mpsc::channel(1);
        tokio::spawn(keyring::watch(keyring, words, cancel.clone()));
        let looking = async {
            while heard.recv().await.is_some() {
                tokio::time::sleep(SETTLE).await;
                let _ = heard.try_recv();
                if self.has_another().await && changed.send(self.sign_in).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = cancel.cancelled() => {}
            () = looking => {}
        }
    }

    pub(super) async fn token(&self) -> Result<SecretString, String> {
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
            Ok(None) if keyring_trouble.is_some() && self.was_signed_in().await => Err(self.no_keyring()),
            Ok(None) => Err(self.no_token()),
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
        let Some(given) = last.fingerprint else { return false };
        let Search { found, .. } = self.search().await;
        matches!(found, Ok(Some(_))) && self.fingerprint(&found) != given
    }

    pub(super) async fn search(&self) -> Search {
        let settings = Arc::clone(&self.settings.borrow());
        config::search_sign_in(self.sign_in, &settings, &self.places).await
    }

    async fn was_signed_in(&self) -> bool {
        let service = match self.sign_in {
            SignInTo::Discovr => DISCOVR,
            SignInTo::Trakt => TRAKT,
        };
        self.journal.sign_in(service).await.is_ok_and(|sign_in| sign_in.signed_in_at.is_some())
    }

    fn fingerprint(&self, found: &Result<Option<(SecretString, SecretOrigin)>, SecretError>) -> u64 {
        self.fingerprint_of(found.as_ref().ok().and_then(Option::as_ref).map(|(token, _)| token))
    }

    pub(super) fn fingerprint_of(&self, token: Option<&SecretString>) -> u64 {
        self.hasher.hash_one(token.map(ExposeSecret::expose_secret))
    }

    fn no_token(&self) -> String {
        match self.sign_in {
            SignInTo::Discovr => "you are not signed in: run `discovr-scrobbler login`, or set discovr.enabled = false",
            SignInTo::Trakt => {
                "you are not signed in to Trakt: run `discovr-scrobbler login trakt`, or set trakt.enabled = false"
            }
        }
        .to_owned()
    }

    fn no_keyring(&self) -> String {
        format!(
            "your token was kept, and there is no keyring on this desktop now: when it is there, everything waiting is \
             sent. If it does not come, run `{}`",
            self.sign_in.login()
        )
    }
}

//! The sign-in to Trakt as the daemon's worker needs it: the pair of tokens is read from where it is kept, and a renewed
//! pair takes its place there, unless the user has signed in or out meanwhile.

use std::sync::Arc;

use secrecy::SecretString;

use super::tokens::Tokens;
use crate::config::{self, SecretError, SecretOrigin, SecretPlaces, Settings, TokenFile, TokenStore};
use crate::journal::Journal;
use crate::keyring::SignInTo;
use crate::service::trakt::{Application, TRAKT, TokenKeeper};

impl Tokens {
    /// The place that a worker for Trakt reads its tokens from, and keeps renewed ones in.
    pub(crate) fn keeper(self: &Arc<Self>) -> TokenKeeper {
        let (reading, preparing, keeping) = (Arc::clone(self), Arc::clone(self), Arc::clone(self));
        TokenKeeper::new(
            move || {
                let tokens = Arc::clone(&reading);
                async move { tokens.token().await }
            },
            move |renewed| {
                let tokens = Arc::clone(&keeping);
                async move { tokens.keep(&renewed).await }
            },
        )
        .prepared_by(move || {
            let tokens = Arc::clone(&preparing);
            async move { tokens.prepare().await }
        })
        .renewed_in(self.renewing.clone())
    }

    /// Whether what is kept is not what the worker was given, or has kept itself: the user has signed in anew, or out.
    pub(crate) async fn has_changed(&self) -> bool {
        let last = self.last.lock().await;
        let Some(given) = last.fingerprint else { return false };
        // What cannot be read just now may well be the same.
        self.search()
            .await
            .found
            .is_ok_and(|found| self.fingerprint_of(found.as_ref().map(|(token, _)| token)) != given)
    }

    /// Finds out whether a renewed pair could be kept, and is still wanted: a renewal voids the old one.
    async fn prepare(&self) -> Result<(), String> {
        let last = self.last.lock().await;
        let store = self.store_of(last.fingerprint).await?;
        store.prepare().await.map_err(|error| error.to_string())
    }

    async fn keep(&self, renewed: &SecretString) -> Result<(), String> {
        let mut last = self.last.lock().await;
        let store = self.store_of(last.fingerprint).await?;
        store.keep(renewed).await.map_err(|error| error.to_string())?;
        last.fingerprint = Some(self.fingerprint_of(Some(renewed)));
        Ok(())
    }

    /// Where the tokens are that were given last, if they are still there.
    async fn store_of(&self, given: Option<u64>) -> Result<TokenStore, String> {
        let found = self.search().await.found.map_err(|error| error.to_string())?;
        if given != Some(self.fingerprint_of(found.as_ref().map(|(token, _)| token))) {
            return Err("you have signed in anew or out meanwhile".to_owned());
        }
        let store = match found.map(|(_, origin)| origin) {
            Some(SecretOrigin::Keyring) => {
                self.places.keyring.as_ref().map(|keyring| TokenStore::Keyring(keyring.with(self.sign_in)))
            }
            Some(SecretOrigin::StateFile(_)) => {
                TokenFile::in_state_folder(self.sign_in, &self.places).map(TokenStore::File)
            }
            // Nothing but this program keeps a pair that changes.
            Some(SecretOrigin::Credential(_) | SecretOrigin::NamedFile(_) | SecretOrigin::Settings(_))
            | None => None,
        };
        store.ok_or_else(|| "there is no place for it".to_owned())
    }
}

/// The user's application at Trakt: the id in the settings, or else the one that `login trakt` remembered, and its secret.
///
/// # Errors
/// What is missing, and what to do.
pub(crate) async fn application(
    settings: &Settings,
    places: &SecretPlaces,
    journal: &Journal,
) -> Result<Application, String> {
    let client_id = match &settings.trakt.client_id {
        Some(id) => Some(id.clone()),
        None => journal.sign_in(TRAKT).await.map_err(|error| error.to_string())?.client_id,
    };
    let secret =
        config::trakt_client_secret(settings, places).map_err(|error: SecretError| error.to_string())?;
    match (client_id, secret) {
        (Some(client_id), Some((client_secret, _))) => Ok(Application { client_id, client_secret }),
        (None, _) => Err(format!(
            "the id of your application at Trakt is not known: run `{}`",
            SignInTo::Trakt.login()
        )),
        (_, None) => Err(format!(
            "the secret of your application at Trakt is not known: run `{}`",
            SignInTo::Trakt.login()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command};
    use std::time::Duration;

    use discovr_scrobbler_support::trakt::{CLIENT_ID, CLIENT_SECRET, Fault, Trakt as StandIn};
    use secrecy::ExposeSecret;
    use tokio::sync::watch;
    use uuid::Uuid;

    use super::*;
    use crate::clock::Clock;
    use crate::daemon::tokens::TokenOrigin;
    use crate::identify::{MovieId, Work};
    use crate::journal::{Account, Content, Delivery, DeliveryId, NewSignIn, Recipient};
    use crate::playback::{Progress, ViewingId};
    use crate::service::trakt::{Tokens as Pair, Trakt};
    use crate::service::{Outcome, Service};

    /// Tells the process that is to be killed where to work, and with whom.
    const FOLDER: &str = "TRAKT_TOKENS_FOLDER";
    const URL: &str = "TRAKT_TOKENS_URL";
    const LIMIT: Duration = Duration::from_secs(180);

    fn file(folder: &Path) -> PathBuf {
        folder.join("trakt-sign-in")
    }

    fn text_in(folder: &Path) -> String {
        fs::read_to_string(file(folder)).unwrap().trim().to_owned()
    }

    fn put(folder: &Path, text: &str) {
        fs::write(file(folder), text).unwrap();
        fs::set_permissions(file(folder), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A pair whose access token ended long ago, and whose refresh token is good.
    fn ended(stand_in: &StandIn) -> String {
        let mut pair: serde_json::Value = serde_json::from_str(&stand_in.signed_in()).unwrap();
        pair["created_at"] = 1_000_000.into();
        pair.to_string()
    }

    fn tokens(folder: &Path) -> (watch::Sender<Arc<Settings>>, Arc<Tokens>) {
        let (sender, settings) = watch::channel(Arc::new(Settings::default()));
        let places = SecretPlaces { state: Some(folder.to_owned()), ..SecretPlaces::default() };
        let journal = Journal::open(folder).unwrap();
        (sender, Tokens::of(SignInTo::Trakt, settings, places, journal, TokenOrigin::default()))
    }

    fn service(url: &str, tokens: &Arc<Tokens>) -> Trakt {
        let application =
            Application { client_id: CLIENT_ID.into(), client_secret: SecretString::from(CLIENT_SECRET) };
        let url = || url.parse().unwrap();
        Trakt::new(url(), url(), application, tokens.keeper(), Clock::system())
    }

    fn delivery() -> Delivery {
        Delivery {
            id: DeliveryId(1),
            viewing: ViewingId(Uuid::from_u64_pair(0, 1)),
            recipient: Recipient { service: TRAKT, account: Account(String::new()), profile: None },
            content: Content::History {
                work: Work::Movie { tmdb: MovieId(603) },
                progress: Progress::percent(80.0),
                at: "2026-03-01T21:14:05.123Z".parse().unwrap(),
            },
            attempts: 0,
            last_attempt_at: None,
            times_not_there: 0,
            live: None,
            absolute: None,
            receipt: None,
            siblings: Vec::new(),
        }
    }

    fn worker(folder: &Path, stand_in: &StandIn) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "daemon::trakt_tokens::tests::a_worker_that_may_be_killed", "--ignored"])
            .env(FOLDER, folder)
            .env(URL, stand_in.url())
            .spawn()
            .unwrap()
    }

    #[tokio::test]
    #[ignore = "it is the process that another test starts"]
    async fn a_worker_that_may_be_killed() {
        let (Some(folder), Ok(url)) = (std::env::var_os(FOLDER), std::env::var(URL)) else { return };
        let (_settings, tokens) = tokens(Path::new(&folder));
        let outcome = service(&url, &tokens).deliver(&delivery()).await;
        assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_kill_between_the_renewal_and_its_first_use_leaves_the_new_pair() {
        let (stand_in, folder) = (StandIn::start().await, tempfile::tempdir().unwrap());
        let old = ended(&stand_in);
        put(folder.path(), &old);
        stand_in.fail("POST /sync/history", Fault::Stall(LIMIT), 1);
        let mut worker_process = worker(folder.path(), &stand_in);
        let is_used = || !stand_in.calls_to("POST /sync/history").is_empty();
        stand_in.wait_until("the new pair is used", LIMIT, is_used).await;
        worker_process.kill().unwrap();
        worker_process.wait().unwrap();
        let kept = text_in(folder.path());
        assert_ne!(kept, old);
        let pair = Pair::from_text(&SecretString::from(kept.clone())).unwrap();
        assert!(pair.ends() > Clock::system().now().wall.as_second(), "it is the new one");
        assert_eq!(fs::metadata(file(folder.path())).unwrap().permissions().mode() & 0o777, 0o600);
        let mut again = worker(folder.path(), &stand_in);
        assert!(again.wait().unwrap().success());
        assert_eq!(text_in(folder.path()), kept);
        assert_eq!(stand_in.calls_to("POST /oauth/token").len(), 1);
        assert_eq!(stand_in.plays().len(), 1);
    }

    #[tokio::test]
    async fn a_renewal_does_not_undo_what_the_user_did_meanwhile() {
        let (stand_in, folder) = (StandIn::start().await, tempfile::tempdir().unwrap());
        put(folder.path(), &stand_in.signed_in());
        let (_settings, tokens) = tokens(folder.path());
        assert!(!tokens.has_changed().await, "nothing was given yet");
        tokens.token().await.unwrap();
        let renewed = SecretString::from(stand_in.signed_in());
        tokens.keep(&renewed).await.unwrap();
        assert_eq!(text_in(folder.path()), renewed.expose_secret());
        assert!(!tokens.has_changed().await, "it was its own doing");
        // Signed in anew.
        let anew = stand_in.signed_in();
        put(folder.path(), &anew);
        assert!(tokens.has_changed().await);
        let late = SecretString::from(stand_in.signed_in());
        assert!(tokens.prepare().await.unwrap_err().contains("signed in anew or out"));
        assert!(tokens.keep(&late).await.is_err());
        assert_eq!(text_in(folder.path()), anew);
        assert_eq!(tokens.token().await.unwrap().expose_secret(), anew);
        assert!(!tokens.has_changed().await);
        // Signed out.
        fs::remove_file(file(folder.path())).unwrap();
        assert!(tokens.has_changed().await);
        assert!(tokens.keep(&late).await.is_err());
        assert!(!file(folder.path()).exists());
    }

    #[tokio::test]
    async fn nothing_is_renewed_that_could_not_be_kept() {
        let (stand_in, folder) = (StandIn::start().await, tempfile::tempdir().unwrap());
        put(folder.path(), &ended(&stand_in));
        let (_settings, tokens) = tokens(folder.path());
        // In the way of the file that would take its place.
        let in_the_way = folder.path().join(".trakt-sign-in.new");
        fs::create_dir_all(in_the_way.join("full")).unwrap();
        let mut service = service(&stand_in.url(), &tokens);
        let outcome = service.deliver(&delivery()).await;
        let Outcome::TryLater { why, .. } = outcome else { panic!("{outcome:?}") };
        assert!(why.contains("could not be kept"), "{why}");
        assert!(stand_in.calls_to("POST /oauth/token").is_empty());
        fs::remove_dir_all(in_the_way).unwrap();
        let outcome = service.deliver(&delivery()).await;
        assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    }

    #[tokio::test]
    async fn the_application_is_told_or_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let (_settings, tokens) = tokens(folder.path());
        let missing = application(&Settings::default(), &tokens.places, &tokens.journal).await;
        assert!(missing.unwrap_err().contains("the id of your application"));
        let journal = tokens.journal.clone();
        journal.remember_client(TRAKT, "remembered".into()).await.unwrap();
        let signed_in_at = Clock::system().now().wall;
        let new = NewSignIn { public_id: None, signed_in_at, expires_at: None };
        journal.keep_sign_in(TRAKT, new).await.unwrap();
        let missing = application(&Settings::default(), &tokens.places, &journal).await;
        assert!(missing.unwrap_err().contains("the secret of your application"));
        TokenFile::for_trakt_client_secret(&tokens.places).unwrap().keep(&SecretString::from("s")).unwrap();
        let known = application(&Settings::default(), &tokens.places, &journal).await.unwrap();
        assert_eq!((known.client_id.as_str(), known.client_secret.expose_secret()), ("remembered", "s"));
        let mut settings = Settings::default();
        settings.trakt.client_id = Some("set".into());
        assert_eq!(application(&settings, &tokens.places, &journal).await.unwrap().client_id, "set");
    }
}

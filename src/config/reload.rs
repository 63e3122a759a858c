//! Changed settings and secrets, as soon as their files change.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::environment::Environment;
use super::error::ConfigError;
use super::file::ConfigFile;
use super::links::Interest;
use super::load::{Loaded, load_file};
use super::secrets::{self, SecretPlaces};
use super::settings::Settings;
use crate::keyring::SignInTo;

/// Editors write, rename and set modes in quick succession: only what is left afterwards counts.
const SETTLE: Duration = Duration::from_millis(200);
/// How often it is waited for a file that never comes to rest.
const MAX_ROUNDS: usize = 10;
/// How often the folders are looked at again while they keep changing under our hands.
const MAX_LOOKS: usize = 5;

/// What is watched.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The file with the settings.
    pub file: ConfigFile,
    /// The layer over it; it does not change while the process lives.
    pub environment: Environment,
    /// Where secrets may be.
    pub places: SecretPlaces,
}

/// Something changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// These settings are right, and differ from the last ones or follow an error.
    Settings(Box<Loaded>),
    /// The settings are wrong now; the last ones stay in force.
    Broken(ConfigError),
    /// A file with a secret of this appeared, changed or vanished.
    Secret(SecretOf),
}

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretOf {
    /// A service that one signs in to.
    SignIn(SignInTo),
    /// The user's application at Trakt.
    TraktApplication,
    /// The database that titles are looked up in.
    Tmdb,
}

impl SecretOf {
    const ALL: [Self; 4] =
        [Self::SignIn(SignInTo::Discovr), Self::SignIn(SignInTo::Trakt), Self::TraktApplication, Self::Tmdb];
}

/// Changes cannot be seen: the settings in force stay as they are.
#[derive(Debug, thiserror::Error)]
#[error("changed settings will only be seen after a restart: {0}")]
pub struct WatchError(#[from] notify::Error);

/// Watches until `cancel`, starting from the settings in force. The channel closes when that happens.
///
/// # Errors
/// When the system allows no more watches at the start.
pub fn watch(
    watched: Watched,
    in_force: Loaded,
    cancel: CancellationToken,
) -> Result<mpsc::Receiver<Change>, WatchError> {
    let (changes, receiver) = mpsc::channel(16);
    let mut reloader = Reloader {
        maybe_changed: Arc::new(Notify::new()),
        hasher: RandomState::new(),
        secrets: [0; 4],
        last: Ok(in_force.settings),
        watcher: None,
        watched,
        changes,
    };
    reloader.arm()?;
    reloader.secrets = reloader.fingerprints();
    tokio::spawn(async move {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = reloader.run() => {}
        }
    });
    Ok(receiver)
}

struct Reloader {
    watched: Watched,
    changes: mpsc::Sender<Change>,
    maybe_changed: Arc<Notify>,
    /// Dropping it ends the watches.
    watcher: Option<RecommendedWatcher>,
    last: Result<Settings, ConfigError>,
    /// Of the secrets of each kind; the secrets themselves are not kept.
    secrets: [u64; 4],
    hasher: RandomState,
}

impl Reloader {
    async fn run(mut self) {
        loop {
            // Also at the start: the file may have changed since the settings in force were loaded.
            if self.look().await.is_err() {
                return;
            }
            self.maybe_changed.notified().await;
            for _ in 0..MAX_ROUNDS {
                if tokio::time::timeout(SETTLE, self.maybe_changed.notified()).await.is_err() {
                    break;
                }
            }
            if let Err(error) = self.arm() {
                tracing::warn!(%error, "the folder of the settings can no longer be watched");
            }
        }
    }

    /// Compares, and tells what is new.
    async fn look(&mut self) -> Result<(), mpsc::error::SendError<Change>> {
        let loaded = load_file(&self.watched.file, &self.watched.environment);
        let now = loaded.as_ref().map(|loaded| loaded.settings.clone()).map_err(Clone::clone);
        if now != self.last {
            let files_moved = self.last.as_ref().ok().map(token_files) != now.as_ref().ok().map(token_files);
            self.last = now;
            let change = loaded.map_or_else(Change::Broken, |loaded| Change::Settings(Box::new(loaded)));
            self.changes.send(change).await?;
            if files_moved && let Err(error) = self.arm() {
                tracing::warn!(%error, "the folder of a token can no longer be watched");
            }
        }
        let now = self.fingerprints();
        let before = std::mem::replace(&mut self.secrets, now);
        for (of, (before, now)) in SecretOf::ALL.into_iter().zip(before.into_iter().zip(now)) {
            if before != now {
                self.changes.send(Change::Secret(of)).await?;
            }
        }
        Ok(())
    }

    /// Watches anew: which folders matter may have changed with the files.
    fn arm(&mut self) -> Result<(), notify::Error> {
        let mut interest = self.interest();
        for _ in 0..MAX_LOOKS {
            self.watcher = Some(self.watcher_of(&interest)?);
            // Something may have changed before the watches were in place.
            let again = self.interest();
            if again == interest {
                break;
            }
            interest = again;
        }
        Ok(())
    }

    fn watcher_of(&self, interest: &Interest) -> Result<RecommendedWatcher, notify::Error> {
        let maybe_changed = Arc::clone(&self.maybe_changed);
        let concerned = interest.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error is a lost event.
            if event.map_or(true, |event| matters(&event, &concerned)) {
                maybe_changed.notify_one();
            }
        })?;
        for folder in interest.folders() {
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {}
                // It went in this instant; the next look finds what is left.
                Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
                // What cannot be read there is said when it is loaded; the other folders are watched all the same.
                Err(notify::Error { kind: notify::ErrorKind::Io(error), .. })
                    if error.kind() == std::io::ErrorKind::PermissionDenied =>
                {
                    tracing::debug!(folder = %folder.display(), "this folder may not be watched");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(watcher)
    }

    fn interest(&self) -> Interest {
        let files = self.secret_files();
        let rules = self.watched.file.rules();
        let settings = [self.watched.file.path(), rules.as_ref().and_then(ConfigFile::path)];
        Interest::of(settings.into_iter().flatten().chain(files.iter().map(PathBuf::as_path)))
    }

    fn secret_files(&self) -> Vec<PathBuf> {
        let places = &self.watched.places;
        let home = places.home.as_deref();
        let named = self.last.as_ref().ok().map(|settings| {
            let files = [
                settings.refresh_token_file(home),
                settings.trakt_client_secret_file(home),
                settings.tmdb_token_file(home),
            ];
            files.into_iter().flatten()
        });
        let kept = places.state.iter().flat_map(|state: &PathBuf| {
            [
                secrets::REFRESH_TOKEN,
                secrets::TRAKT_SIGN_IN,
                secrets::TRAKT_CLIENT_SECRET,
                secrets::TMDB_TOKEN,
            ]
            .map(|name| state.join(name))
        });
        named.into_iter().flatten().chain(kept).collect()
    }

    /// For each kind a number that changes when its secret, or what is wrong with it, does.
    fn fingerprints(&self) -> [u64; 4] {
        use secrecy::ExposeSecret;
        let Ok(settings) = &self.last else { return self.secrets };
        let places = &self.watched.places;
        SecretOf::ALL.map(|of| {
            let found = match of {
                SecretOf::SignIn(to) => secrets::sign_in_in_files(to, settings, places),
                SecretOf::TraktApplication => secrets::trakt_client_secret(settings, places),
                SecretOf::Tmdb => secrets::tmdb_token(settings, places),
            };
            self.hasher.hash_one(match &found {
                Ok(found) => Ok(found.as_ref().map(|(secret, _)| secret.expose_secret())),
                Err(error) => Err(error.to_string()),
            })
        })
    }
}

fn token_files(settings: &Settings) -> [Option<String>; 3] {
    [
        settings.discovr.refresh_token_file.clone(),
        settings.trakt.client_secret_file.clone(),
        settings.tmdb.token_file.clone(),
    ]
}

/// Whether an event may have changed something. Reading is no change, and our own must not wake us.
fn matters(event: &Event, interest: &Interest) -> bool {
    let changes = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    changes && (event.need_rescan() || event.paths.iter().any(|path| interest.concerns(path)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use notify::event::{CreateKind, ModifyKind, RenameMode};

    use super::*;

    #[test]
    fn reading_and_neighbours_are_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().canonicalize().unwrap().join("config.toml");
        let interest = Interest::of([file.as_path()]);
        let matters = |kind, path: &Path| matters(&Event::new(kind).add_path(path.into()), &interest);
        assert!(matters(EventKind::Modify(ModifyKind::Name(RenameMode::To)), &file));
        assert!(matters(EventKind::Access(AccessKind::Close(AccessMode::Write)), &file));
        assert!(!matters(EventKind::Access(AccessKind::Open(AccessMode::Any)), &file));
        assert!(!matters(EventKind::Access(AccessKind::Close(AccessMode::Read)), &file));
        assert!(!matters(EventKind::Create(CreateKind::File), &file.with_file_name("other")));
    }
}

//! Where the tokens come from. They are asked for whenever one is needed, so that a new one is found without a restart.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::secret::Secret;
use super::settings::Settings;
use super::{environment, keys, places};
use crate::keyring::{Keyring, KeyringError, SignInTo};

/// Tokens are short; what is longer is the wrong file.
const MAX_BYTES: u64 = 16 * 1024;

/// The folders that may hold secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretPlaces {
    /// systemd's folder of credentials for this service.
    pub credentials: Option<PathBuf>,
    /// What `~/` stands for.
    pub home: Option<PathBuf>,
    /// The state folder.
    pub state: Option<PathBuf>,
    /// The desktop's keyring.
    pub keyring: Option<Keyring>,
}

impl SecretPlaces {
    /// Those of this process, with the state folder at `state`. The keyring belongs to the usual one: daemons with
    /// different journals must not find each other's token.
    #[must_use]
    pub fn of_process(state: &Path) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let keyring = (places::state_dir().as_deref() == Some(state)).then(Keyring::of_session);
        Self { credentials, home: places::home_dir(), state: Some(state.into()), keyring }
    }
}

/// Where a secret was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretOrigin {
    /// A systemd credential.
    Credential(PathBuf),
    /// A file that the settings name.
    NamedFile(PathBuf),
    /// The settings themselves: the file or the environment.
    Settings(&'static str),
    /// The desktop's keyring.
    Keyring,
    /// A file in the state folder.
    StateFile(PathBuf),
}

impl fmt::Display for SecretOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential(path) => write!(f, "the systemd credential {}", path.display()),
            Self::NamedFile(path) | Self::StateFile(path) => write!(f, "the file {}", path.display()),
            Self::Settings(key) => write!(f, "the setting {key}"),
            Self::Keyring => f.write_str("the desktop's keyring"),
        }
    }
}

/// A secret is there and cannot be used. It is never part of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A file that is named and cannot be read.
    #[error("cannot read {}{}: {why}", path.display(), named_by(key))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What names it.
        key: &'static str,
        /// Why.
        why: String,
    },
    /// Others may read or change it.
    #[error("{} holds a token, and others can open it: run `chmod 600 {}`", path.display(), quoted(path))]
    OpenToOthers {
        /// Which.
        path: PathBuf,
    },
    /// There is nothing in it.
    #[error("{} is empty: put the token in it", path.display())]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// It is longer than any token.
    #[error("{} is larger than 16 KiB: it must hold the token and nothing else", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// It holds something else.
    #[error("{} does not hold a token: it must be one line of text without spaces, and nothing else", path.display())]
    NotAToken {
        /// Which.
        path: PathBuf,
    },
    /// The value in the settings is something else.
    #[error("{name} does not hold a token: it must be one line of text without spaces, and nothing else")]
    SettingIsNotAToken {
        /// The key or the variable.
        name: String,
    },
    /// The keyring has it, or may have it, and does not give it.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// One secret: what to look for and where, without the keyring.
struct FileSearch<'a> {
    credential: Option<&'static str>,
    file_key: &'static str,
    file: Option<PathBuf>,
    value: Option<&'a Secret>,
    value_key: &'static str,
    value_name: String,
    state_file: &'static str,
}

/// What "names" a file that is looked for because it may be there.
pub(crate) const IN_STATE_FOLDER: &str = "the state folder";

fn named_by(key: &str) -> String {
    if key == IN_STATE_FOLDER { String::new() } else { format!(", which {key} names") }
}

/// The file in the state folder that may hold the refresh token.
pub(crate) const REFRESH_TOKEN: &str = "refresh-token";
/// The file in the state folder that may hold the sign-in to Trakt.
pub(crate) const TRAKT_SIGN_IN: &str = "trakt-sign-in";
/// The file in the state folder that may hold TMDB's token.
pub(crate) const TMDB_TOKEN: &str = "tmdb-token";

/// The file in the state folder that may hold the secret of the user's application at Trakt.
pub(crate) const TRAKT_CLIENT_SECRET: &str = "trakt-client-secret";

/// The file in the state folder that may hold what `sign_in` gave.
pub(crate) fn state_file_of(sign_in: SignInTo) -> &'static str {
    match sign_in {
        SignInTo::Discovr => REFRESH_TOKEN,
        SignInTo::Trakt => TRAKT_SIGN_IN,
    }
}

/// What a search for the token of a sign-in came to.
#[derive(Debug)]
pub struct Search {
    /// The token and where it was found.
    pub found: Result<Option<(SecretString, SecretOrigin)>, SecretError>,
    /// Why the keyring did not say whether it has one, if it was asked at all.
    pub keyring_trouble: Option<KeyringError>,
}

/// Discovr's refresh token; see [`search_sign_in`].
///
/// # Errors
/// When the first one found cannot be used.
pub async fn refresh_token(
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    search_sign_in(SignInTo::Discovr, settings, places).await.found
}

/// What `sign_in` gave, first found. Discovr's: the credential `discovr-refresh-token`, `discovr.refresh_token_file`, the
/// environment, the keyring, `refresh-token` in the state folder. Trakt's, which changes with every renewal and so is
/// nobody's but this program's: the keyring, `trakt-sign-in` in the state folder.
///
/// A keyring that has it and is locked is waited for; one that does not say whether it has it is passed over if the state
/// folder has one. Takes up to 5 s where there is a keyring.
pub async fn search_sign_in(sign_in: SignInTo, settings: &Settings, places: &SecretPlaces) -> Search {
    let mut keyring_trouble = None;
    let found = find_sign_in(sign_in, settings, places, &mut keyring_trouble).await;
    Search { found, keyring_trouble }
}

async fn find_sign_in(
    sign_in: SignInTo,
    settings: &Settings,
    places: &SecretPlaces,
    keyring_trouble: &mut Option<KeyringError>,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    let search = FileSearch::of(sign_in, settings, places);
    if let Some(found) = search.given(places)? {
        return Ok(Some(found));
    }
    if let Some(keyring) = &places.keyring {
        match keyring.with(sign_in).token().await {
            Ok(Some(text)) => {
                let secret = token(text.expose_secret()).ok_or(KeyringError::NotAToken(sign_in))?;
                return Ok(Some((secret, SecretOrigin::Keyring)));
            }
            Ok(None) => {}
            Err(error @ (KeyringError::Locked | KeyringError::NotAToken(_))) => {
                *keyring_trouble = Some(error.clone());
                return Err(error.into());
            }
            Err(error) => *keyring_trouble = Some(error),
        }
    }
    if let Some(found) = search.kept(places)? {
        return Ok(Some(found));
    }
    match keyring_trouble {
        None | Some(KeyringError::Absent) => Ok(None),
        Some(error) => Err(error.clone().into()),
    }
}

/// What `sign_in` gave, first found without asking the keyring.
pub(crate) fn sign_in_in_files(
    sign_in: SignInTo,
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    FileSearch::of(sign_in, settings, places).first(places)
}

/// TMDB's token, first found: the credential `tmdb-token`, `tmdb.token_file`, `tmdb.token`, `tmdb-token` in the state folder.
///
/// # Errors
/// When the first one found cannot be used.
pub fn tmdb_token(
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    let search = FileSearch {
        credential: Some("tmdb-token"),
        file_key: "tmdb.token_file",
        file: settings.tmdb_token_file(places.home.as_deref()),
        value: settings.tmdb.token.as_ref(),
        value_key: "tmdb.token",
        value_name: "tmdb.token".into(),
        state_file: TMDB_TOKEN,
    };
    search.first(places)
}

/// The secret of the user's application at Trakt, first found: the credential `trakt-client-secret`,
/// `trakt.client_secret_file`, the environment, `trakt-client-secret` in the state folder.
///
/// # Errors
/// When the first one found cannot be used.
pub fn trakt_client_secret(
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    let variable = keys::find("trakt", "client_secret").map(environment::variable);
    let search = FileSearch {
        credential: Some("trakt-client-secret"),
        file_key: "trakt.client_secret_file",
        file: settings.trakt_client_secret_file(places.home.as_deref()),
        value: settings.trakt.client_secret.as_ref(),
        value_key: "trakt.client_secret",
        value_name: variable.unwrap_or_default(),
        state_file: TRAKT_CLIENT_SECRET,
    };
    search.first(places)
}

impl<'a> FileSearch<'a> {
    fn of(sign_in: SignInTo, settings: &'a Settings, places: &SecretPlaces) -> Self {
        let state_file = state_file_of(sign_in);
        match sign_in {
            SignInTo::Discovr => Self {
                credential: Some("discovr-refresh-token"),
                file_key: "discovr.refresh_token_file",
                file: settings.refresh_token_file(places.home.as_deref()),
                value: settings.discovr.refresh_token.as_ref(),
                value_key: "discovr.refresh_token",
                value_name: keys::find("discovr", "refresh_token")
                    .map(environment::variable)
                    .unwrap_or_default(),
                state_file,
            },
            SignInTo::Trakt => Self {
                credential: None,
                file_key: "",
                file: None,
                value: None,
                value_key: "",
                value_name: String::new(),
                state_file,
            },
        }
    }

    fn first(&self, places: &SecretPlaces) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
        match self.given(places)? {
            Some(found) => Ok(Some(found)),
            None => self.kept(places),
        }
    }

    /// What was given from outside: a credential, a file that the settings name, or the settings.
    fn given(&self, places: &SecretPlaces) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
        if let Some((folder, name)) = places.credentials.as_ref().zip(self.credential) {
            let path = folder.join(name);
            // systemd guards its folder; the mode of the files in it is not ours to judge.
            if let Some(secret) = read(&path, "$CREDENTIALS_DIRECTORY", Missing::IsFine, Others::Ignored)? {
                return Ok(Some((secret, SecretOrigin::Credential(path))));
            }
        }
        if let Some(path) = &self.file
            && let Some(secret) = read(path, self.file_key, Missing::IsWrong, Others::Refused)?
        {
            return Ok(Some((secret, SecretOrigin::NamedFile(path.clone()))));
        }
        if let Some(value) = self.value {
            let secret = token(value.expose())
                .ok_or_else(|| SecretError::SettingIsNotAToken { name: self.value_name.clone() })?;
            return Ok(Some((secret, SecretOrigin::Settings(self.value_key))));
        }
        Ok(None)
    }

    /// What is kept in the state folder.
    fn kept(&self, places: &SecretPlaces) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
        let Some(folder) = &places.state else { return Ok(None) };
        let path = folder.join(self.state_file);
        let secret = read(&path, IN_STATE_FOLDER, Missing::IsFine, Others::Refused)?;
        Ok(secret.map(|secret| (secret, SecretOrigin::StateFile(path))))
    }
}

/// The secret in a file that the user has named with `option`.
///
/// # Errors
/// When it cannot be used.
pub fn secret_in_file(path: &Path, option: &'static str) -> Result<SecretString, SecretError> {
    let secret = read(path, option, Missing::IsWrong, Others::Refused)?;
    secret.ok_or_else(|| SecretError::Empty { path: path.into() })
}

/// The token in a file of our own, if there is one that may be used.
pub(super) fn read_own(path: &Path) -> Option<SecretString> {
    read(path, "the program", Missing::IsFine, Others::Refused).ok().flatten()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsFine,
    IsWrong,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Ignored,
    Refused,
}

fn read(
    path: &Path,
    key: &'static str,
    missing: Missing,
    others: Others,
) -> Result<Option<SecretString>, SecretError> {
    let unreadable = |error: &io::Error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file: make it, readable for you alone".into(),
            io::ErrorKind::PermissionDenied => "permission denied: make it yours".into(),
            _ => error.to_string(),
        };
        SecretError::Unreadable { path: path.into(), key, why }
    };
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound && missing == Missing::IsFine => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(&error)),
    };
    if !meta.is_file() {
        return Err(unreadable(&io::Error::other("it is not a file: name the file that holds the token")));
    }
    if others == Others::Refused && meta.permissions().mode() & 0o077 != 0 {
        return Err(SecretError::OpenToOthers { path: path.into() });
    }
    // As large as it may get: a buffer that grows leaves copies of what it held.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 2));
    let file = fs::File::open(path).map_err(|error| unreadable(&error))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(SecretError::TooLarge { path: path.into() });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| SecretError::NotAToken { path: path.into() })?;
    if text.trim().is_empty() {
        return Err(SecretError::Empty { path: path.into() });
    }
    token(text).map(Some).ok_or_else(|| SecretError::NotAToken { path: path.into() })
}

/// The token in `text`, which may have space around it but none in it: a header must be able to carry it.
fn token(text: &str) -> Option<SecretString> {
    let text = text.trim();
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| SecretString::from(text))
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-~+,:@".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

//! Where the tokens come from. They are asked for whenever one is needed, so that a new one is found without a restart.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::secret::Secret;
use super::settings::Settings;
use super::{environment, keys, places};

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
}

impl SecretPlaces {
    /// Those of this process, with the state folder at `state`.
    #[must_use]
    pub fn of_process(state: &Path) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Self { credentials, home: places::home_dir(), state: Some(state.into()) }
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
    /// A file in the state folder.
    StateFile(PathBuf),
}

impl fmt::Display for SecretOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential(path) => write!(f, "the systemd credential {}", path.display()),
            Self::NamedFile(path) | Self::StateFile(path) => write!(f, "the file {}", path.display()),
            Self::Settings(key) => write!(f, "the setting {key}"),
        }
    }
}

/// A secret is there and cannot be used. It is never part of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A file that is named and cannot be read.
    #[error("cannot read {}, which {key} names: {why}", path.display())]
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
}

/// One secret: what to look for and where.
struct Search<'a> {
    credential: &'static str,
    file_key: &'static str,
    file: Option<PathBuf>,
    value: Option<&'a Secret>,
    value_key: &'static str,
    value_name: String,
    state_file: &'static str,
}

/// The file in the state folder that may hold the refresh token.
pub(crate) const REFRESH_TOKEN: &str = "refresh-token";
/// The file in the state folder that may hold TMDB's token.
pub(crate) const TMDB_TOKEN: &str = "tmdb-token";

/// The refresh token, first found: the credential `discovr-refresh-token`, `discovr.refresh_token_file`, the environment,
/// `refresh-token` in the state folder.
///
/// # Errors
/// When the first one found cannot be used.
pub fn refresh_token(
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    let variable = keys::find("discovr", "refresh_token").map(environment::variable);
    find(
        places,
        &Search {
            credential: "discovr-refresh-token",
            file_key: "discovr.refresh_token_file",
            file: settings.refresh_token_file(places.home.as_deref()),
            value: settings.discovr.refresh_token.as_ref(),
            value_key: "discovr.refresh_token",
            value_name: variable.unwrap_or_default(),
            state_file: REFRESH_TOKEN,
        },
    )
}

/// TMDB's token, first found: the credential `tmdb-token`, `tmdb.token_file`, `tmdb.token`, `tmdb-token` in the state folder.
///
/// # Errors
/// When the first one found cannot be used.
pub fn tmdb_token(
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    find(
        places,
        &Search {
            credential: "tmdb-token",
            file_key: "tmdb.token_file",
            file: settings.tmdb_token_file(places.home.as_deref()),
            value: settings.tmdb.token.as_ref(),
            value_key: "tmdb.token",
            value_name: "tmdb.token".into(),
            state_file: TMDB_TOKEN,
        },
    )
}

fn find(
    places: &SecretPlaces,
    search: &Search<'_>,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    if let Some(folder) = &places.credentials {
        let path = folder.join(search.credential);
        // systemd guards its folder; the mode of the files in it is not ours to judge.
        if let Some(secret) = read(&path, "$CREDENTIALS_DIRECTORY", Missing::IsFine, Others::Ignored)? {
            return Ok(Some((secret, SecretOrigin::Credential(path))));
        }
    }
    if let Some(path) = &search.file
        && let Some(secret) = read(path, search.file_key, Missing::IsWrong, Others::Refused)?
    {
        return Ok(Some((secret, SecretOrigin::NamedFile(path.clone()))));
    }
    if let Some(value) = search.value {
        let secret = token(value.expose())
            .ok_or_else(|| SecretError::SettingIsNotAToken { name: search.value_name.clone() })?;
        return Ok(Some((secret, SecretOrigin::Settings(search.value_key))));
    }
    if let Some(folder) = &places.state {
        let path = folder.join(search.state_file);
        if let Some(secret) = read(&path, "the state folder", Missing::IsFine, Others::Refused)? {
            return Ok(Some((secret, SecretOrigin::StateFile(path))));
        }
    }
    Ok(None)
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

//! The two kinds of key that TMDB gives out.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// What TMDB knows a caller by. Shown nowhere, `Debug` included.
#[derive(Clone)]
pub enum Credential {
    /// An API read access token, sent in the `Authorization` header.
    Bearer(SecretString),
    /// An API key of 32 hexadecimal digits. TMDB takes it only in the query of a request.
    ApiKey(SecretString),
}

/// A text that is no credential of TMDB's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// There is nothing in it.
    #[error(
        "the TMDB token is empty; copy the API read access token from https://www.themoviedb.org/settings/api"
    )]
    Empty,
    /// It has the shape of neither kind.
    #[error(
        "this is neither a TMDB read access token (it begins with eyJ) nor an API key (32 hexadecimal \
         digits); copy one from https://www.themoviedb.org/settings/api"
    )]
    UnknownShape,
}

impl Credential {
    /// Tells by its shape which kind `text` is. Space around it does not matter.
    ///
    /// # Errors
    /// When it has the shape of neither kind.
    pub fn parse(text: &SecretString) -> Result<Self, CredentialError> {
        let text = text.expose_secret().trim();
        if text.is_empty() {
            return Err(CredentialError::Empty);
        }
        let secret = || SecretString::from(text.to_owned());
        let is_token_byte =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'=');
        if text.starts_with("eyJ") && text.bytes().all(is_token_byte) {
            Ok(Self::Bearer(secret()))
        } else if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self::ApiKey(secret()))
        } else {
            Err(CredentialError::UnknownShape)
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::ApiKey(_) => "ApiKey(…)",
        })
    }
}

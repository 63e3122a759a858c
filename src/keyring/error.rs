//! Why the keyring does not give what is asked of it. No secret is ever part of it.

use secret_service::Error;

use super::SignInTo;
use crate::session_bus::CallError;

/// The keyring cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is no session bus, or no Secret Service on it.
    #[error("there is no keyring on this desktop: no Secret Service answers on the session bus")]
    Absent,
    /// It has the token and does not give it.
    #[error("the keyring is locked: unlock it, everything waiting is sent then")]
    Locked,
    /// It is locked and does not say whether it has the token.
    #[error(
        "the keyring is locked, and may hold the token: unlock it, everything waiting is sent then. \
         If it does not hold it, run `{}`",
        .0.login()
    )]
    Closed(SignInTo),
    /// It does not answer in time.
    #[error("the keyring does not answer: restart it, or log in to the desktop again")]
    Silent,
    /// The user did not unlock it.
    #[error("the keyring was not unlocked")]
    NotUnlocked,
    /// It has nothing to keep a secret in.
    #[error("the keyring is empty and has no default collection: make one in its own program first")]
    NoCollection,
    /// It holds something else under the name of the token.
    #[error(
        "the keyring does not hold a token where it should: delete the entry “{}” in its own program, then run `{}`",
        .0.label(),
        .0.login()
    )]
    NotAToken(SignInTo),
    /// Anything else that it says.
    #[error("the keyring does not do it: {0}")]
    Failed(String),
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::Locked => Self::Locked,
            Error::NoResult => Self::NoCollection,
            Error::Prompt | Error::PromptDisconnected => Self::NotUnlocked,
            Error::Unavailable => Self::Absent,
            Error::Zbus(error) => error.into(),
            Error::ZbusFdo(zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_)) => {
                Self::Absent
            }
            Error::ZbusFdo(zbus::fdo::Error::ZBus(error)) => error.into(),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<zbus::Error> for KeyringError {
    fn from(error: zbus::Error) -> Self {
        match &error {
            zbus::Error::MethodError(name, ..) => match name.as_str() {
                "org.freedesktop.DBus.Error.ServiceUnknown" | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
                    Self::Absent
                }
                "org.freedesktop.Secret.Error.IsLocked" => Self::Locked,
                "org.freedesktop.DBus.Error.NoReply" | "org.freedesktop.DBus.Error.TimedOut" => Self::Silent,
                // What it is about stays out: programs put all sorts of things there.
                name => Self::Failed(name.to_owned()),
            },
            zbus::Error::FDO(inner) => match inner.as_ref() {
                zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_) => Self::Absent,
                other => Self::Failed(other.to_string()),
            },
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<CallError> for KeyringError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::TimedOut => Self::Silent,
            // Who has no bus has no keyring.
            CallError::Bus(_) => Self::Absent,
        }
    }
}

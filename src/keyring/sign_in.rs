//! Which sign-in a secret belongs to.

/// The services that one signs in to, as far as the places of their secrets are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignInTo {
    /// Discovr: its refresh token is kept.
    Discovr,
    /// Trakt: its pair of tokens is kept.
    Trakt,
}

impl SignInTo {
    /// The service's name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Discovr => "Discovr",
            Self::Trakt => "Trakt",
        }
    }

    /// What to type to sign in.
    #[must_use]
    pub fn login(self) -> &'static str {
        match self {
            Self::Discovr => "discovr-scrobbler login",
            Self::Trakt => "discovr-scrobbler login trakt",
        }
    }

    /// What to type to sign out.
    #[must_use]
    pub fn logout(self) -> &'static str {
        match self {
            Self::Discovr => "discovr-scrobbler logout",
            Self::Trakt => "discovr-scrobbler logout trakt",
        }
    }

    /// The name of the keyring's entry, for people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Discovr => "discovr-scrobbler: sign-in to Discovr",
            Self::Trakt => "discovr-scrobbler: sign-in to Trakt",
        }
    }

    /// By these the entry is found.
    pub(super) fn attributes(self) -> [(&'static str, &'static str); 3] {
        let (service, kind) = match self {
            Self::Discovr => ("discovr", "refresh-token"),
            Self::Trakt => ("trakt", "tokens"),
        };
        [("application", "discovr-scrobbler"), ("service", service), ("kind", kind)]
    }
}

//! Signing in with a code that the user approves elsewhere, as far as it is the same for every service.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// How long a code is good for when the service does not say.
pub(super) const USUAL_LIFE: Duration = Duration::from_secs(600);
/// No code is good for longer, whatever the service says.
pub(super) const LONGEST_LIFE: Duration = Duration::from_secs(3600);
/// How often the service is asked when it does not say.
pub(super) const USUAL_PAUSE: Duration = Duration::from_secs(5);

/// A code that the user is to approve.
pub struct DeviceCode {
    /// Names the sign-in to the service; whoever has it gets the token.
    pub(super) device_code: SecretString,
    /// What the user compares or types: digits, or letters and digits. Foreign text.
    pub user_code: String,
    /// Where the user approves it, if that is known.
    pub link: Option<Url>,
    /// How long it is good for: at most an hour.
    pub life: Duration,
    /// How long to wait between two questions.
    pub interval: Duration,
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode").field("life", &self.life).finish_non_exhaustive()
    }
}

/// What came of asking for a code.
#[derive(Debug)]
pub enum Requested {
    /// Here it is.
    Code(DeviceCode),
    /// The service does not want this client id.
    Refused {
        /// In the service's words.
        why: String,
    },
    /// No code now; later perhaps.
    Later {
        /// Why not.
        why: String,
    },
}

/// What came of asking whether a code was approved, which gives a `G` when it was.
#[derive(Debug)]
pub enum Polled<G> {
    /// Not yet.
    Pending,
    /// It was. The service may say so only once.
    Approved(G),
    /// It never will be.
    Over {
        /// Why, for people.
        why: &'static str,
    },
    /// The service wants to be asked less often: not before this time from now, if it says so.
    Slower(Option<Duration>),
    /// There was no clear answer, which says nothing of the code.
    Unclear {
        /// What there was instead.
        why: String,
    },
}

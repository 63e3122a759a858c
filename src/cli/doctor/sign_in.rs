//! What is the same in looking at the sign-in to any service: where its token is, what the keyring says, what the journal
//! remembers, and the clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::runtime::Handle;

use super::finding::{Finding, Group, PATIENCE, quoted};
use crate::cli::context::Context;
use crate::cli::text::roughly;
use crate::config::{self, IN_STATE_FOLDER, Loaded, Search, SecretError, SecretOrigin};
use crate::journal::{JournalError, ServiceName, SignIn};
use crate::keyring::{KeyringError, SignInTo};

const UNLOCK: &str = "unlock the keyring, in its own program or by logging in to the desktop";
/// For how long a keyring may say nothing.
const KEYRING_PATIENCE: Duration = Duration::from_secs(5);
/// From which difference on a clock is worth a word, and from which on sign-ins fail by it, in seconds.
const SKEW_TO_TELL: u64 = 60;
const SKEW_TOO_LARGE: u64 = 600;

/// A token that was looked for.
pub(super) type Found = Result<Option<(SecretString, SecretOrigin)>, SecretError>;

/// Looks for the token. Nothing when that took too long.
pub(super) async fn search(
    sign_in: SignInTo,
    context: &Arc<Context>,
    loaded: &Arc<Loaded>,
) -> Option<Search> {
    let (context, loaded, runtime) = (Arc::clone(context), Arc::clone(loaded), Handle::current());
    // A file may be slow, and the keyring is asked over the bus.
    let search = tokio::task::spawn_blocking(move || {
        runtime.block_on(config::search_sign_in(sign_in, &loaded.settings, &context.secret_places()))
    });
    tokio::time::timeout(PATIENCE + KEYRING_PATIENCE, search).await.ok()?.ok()
}

/// What the journal knows of a sign-in.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    pub(super) sign_in: SignIn,
    pub(super) last_success_at: Option<Timestamp>,
}

/// Nothing when the journal cannot be read in time. It is asked off this thread: while another program holds it, it keeps
/// whoever asks waiting, and every other check with them.
pub(super) async fn remembered(service: ServiceName, context: Arc<Context>) -> Option<Remembered> {
    let runtime = Handle::current();
    let looking = tokio::task::spawn_blocking(move || {
        let journal = match context.open_journal() {
            Ok(journal) => journal,
            Err(JournalError::Missing { .. }) => return Some(Remembered::default()),
            Err(_) => return None,
        };
        runtime.block_on(async {
            let sign_in = journal.sign_in(service).await.ok()?;
            let last_success_at = journal.service_state(service).await.ok()?.last_success_at;
            Some(Remembered { sign_in, last_success_at })
        })
    });
    tokio::time::timeout(PATIENCE, looking).await.ok()?.ok()?
}

/// Whether the desktop's keyring holds the token, and is open. Nothing is said where none is used.
pub(super) fn judge_keyring(group: Group, token: &Found, trouble: Option<&KeyringError>) -> Option<Finding> {
    match (token, trouble) {
        (Ok(Some((_, SecretOrigin::Keyring))), _) => {
            Some(group.good("keyring", "it is unlocked, and holds the sign-in"))
        }
        // Without one a file is as good as it gets, and what is in the way of the token is said of the token.
        (_, None | Some(KeyringError::Absent)) | (Err(_), _) => None,
        (Ok(_), Some(KeyringError::Closed(_))) => {
            Some(group.note("keyring", "it is locked, and not needed: another place has the token", UNLOCK))
        }
        (Ok(_), Some(trouble)) => Some(group.note("keyring", trouble.to_string(), to_file(group))),
    }
}

/// Whether a token cannot be read that would be in the state folder.
pub(super) fn is_of_state_folder(token: &Found) -> bool {
    matches!(token, Err(SecretError::Unreadable { key: IN_STATE_FOLDER, .. }))
}

/// A token that is there and is not used.
pub(super) fn refused(group: Group, error: &SecretError) -> Finding {
    let (finding, remedy) = match error {
        SecretError::OpenToOthers { path } => (
            format!("{} holds a token, and others can open it: it is not used", path.display()),
            format!("chmod 600 {}", quoted(path)),
        ),
        // Nothing names it: it is where it belongs.
        SecretError::Unreadable { path, key: IN_STATE_FOLDER, why } => {
            (format!("{} cannot be read: {why}", path.display()), format!("chmod 600 {}", quoted(path)))
        }
        SecretError::Unreadable { path, key, why } => (
            format!("{}, which {key} names, cannot be read: {why}", path.display()),
            format!("put the token there, or change {key}"),
        ),
        SecretError::Empty { path } => {
            (format!("{} is empty", path.display()), "put the token in it".to_owned())
        }
        SecretError::TooLarge { path } | SecretError::NotAToken { path } => (
            format!("{} does not hold a token", path.display()),
            "it must be one line of text without spaces, and nothing else".to_owned(),
        ),
        SecretError::SettingIsNotAToken { name } => (
            format!("{name} does not hold a token"),
            "it must be one line of text without spaces, and nothing else".to_owned(),
        ),
        SecretError::Keyring(trouble) => {
            let remedy = match trouble {
                KeyringError::Locked | KeyringError::Closed(_) => UNLOCK.to_owned(),
                KeyringError::NotAToken(sign_in) => sign_in.login().to_owned(),
                KeyringError::Absent
                | KeyringError::Silent
                | KeyringError::NotUnlocked
                | KeyringError::NoCollection
                | KeyringError::Failed(_) => to_file(group),
            };
            (trouble.to_string(), remedy)
        }
    };
    group.bad("token", finding, remedy)
}

/// How this machine's clock stands to that of the service with this `name`.
pub(super) fn judge_clock(group: Group, name: &str, theirs: Timestamp, ours: Timestamp) -> Finding {
    let ahead = theirs.as_second().saturating_sub(ours.as_second());
    let off = ahead.unsigned_abs();
    if off <= SKEW_TO_TELL {
        return group.good("clock", format!("this machine's clock agrees with {name}'s"));
    }
    let way = if ahead > 0 { "behind" } else { "ahead of" };
    let finding = format!("this machine's clock is {} {way} {name}'s", roughly(Duration::from_secs(off)));
    let remedy = "sudo timedatectl set-ntp true";
    if off <= SKEW_TOO_LARGE {
        group.note("clock", finding, remedy)
    } else {
        group.bad("clock", format!("{finding}: the times of your viewings are wrong"), remedy)
    }
}

fn to_file(group: Group) -> String {
    let sign_in = if group == Group::Trakt { SignInTo::Trakt } else { SignInTo::Discovr };
    format!("{} --store file", sign_in.login())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;

    #[test]
    fn a_clock_that_is_off_is_told_with_the_way_and_how_far() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let judged = |ahead: i64| {
            let theirs = Timestamp::from_second(1_700_000_000 + ahead).unwrap();
            judge_clock(Group::Discovr, "Discovr", theirs, now)
        };
        for (ahead, verdict, says) in [
            (0, Verdict::Good, "agrees"),
            (-60, Verdict::Good, "agrees"),
            (61, Verdict::Note, "61 s behind"),
            (-600, Verdict::Note, "10 min ahead of"),
            (601, Verdict::Bad, "10 min behind"),
            (-7200, Verdict::Bad, "2 h ahead of"),
        ] {
            let found = judged(ahead);
            assert_eq!(found.verdict, verdict, "{ahead}: {found:?}");
            assert!(found.finding.contains(says), "{ahead}: {found:?}");
        }
    }

    #[test]
    fn a_refused_token_comes_with_the_command_that_mends_it() {
        let open = SecretError::OpenToOthers { path: "/my state/refresh-token".into() };
        let remedy = |group, error| refused(group, error).remedy;
        assert_eq!(remedy(Group::Discovr, &open).as_deref(), Some("chmod 600 '/my state/refresh-token'"));
        let silent = SecretError::Keyring(KeyringError::Silent);
        for (group, command) in [
            (Group::Discovr, "discovr-scrobbler login --store file"),
            (Group::Trakt, "discovr-scrobbler login trakt --store file"),
        ] {
            assert_eq!(remedy(group, &silent).as_deref(), Some(command));
        }
    }
}

//! Whether others of this machine can read or change what is only for this user.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::finding::{Finding, Group, quoted};
use crate::cli::context::Context;
use crate::config::Loaded;

const GROUP: Group = Group::Files;
const STATE_FOLDER: &str = "state folder";
/// The secrets that may be in it.
const IN_STATE_FOLDER: [&str; 4] = ["refresh-token", "trakt-sign-in", "trakt-client-secret", "tmdb-token"];

/// What is kept somewhere, and whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    what: &'static str,
    path: PathBuf,
    guard: Guard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// Nobody else may read it, and it is not used if they can.
    Secret,
    /// Nobody else should read it.
    Private,
    /// The same of a folder.
    PrivateFolder,
    /// Nobody else may change it.
    Own,
}

/// Who owns something, and its mode.
#[derive(Debug, Clone, Copy)]
struct Seen {
    owner: u32,
    mode: u32,
}

/// What was found, and whether the state folder is shut to its own user: nothing in it is then worth a word.
pub(super) async fn look(context: Arc<Context>, loaded: Option<Arc<Loaded>>) -> (bool, Vec<Finding>) {
    let (sender, mut is_shut) = tokio::sync::oneshot::channel();
    let findings = GROUP
        .off_thread("permissions", move || {
            let mut kept = kept(&context, loaded.as_deref());
            let own = rustix::process::geteuid().as_raw();
            let mut findings = Vec::new();
            let mut well = Vec::new();
            let shut = judge_folder(&context.state_dir, seen(&context.state_dir), own);
            if sender.send(shut.is_some()).is_err() {
                tracing::debug!("the disk answered too late");
            }
            if let Some(finding) = shut {
                kept.retain(|kept| !kept.path.starts_with(&context.state_dir));
                findings.push(finding);
            }
            for kept in kept {
                match seen(&kept.path) {
                    Ok(seen) => match judge(&kept, seen, own) {
                        Some(finding) => findings.push(finding),
                        None => well.push(kept.what),
                    },
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => {
                        let finding = format!("{} cannot be looked at: {error}", kept.path.display());
                        findings.push(GROUP.bad(kept.what, finding, "make the folders above it yours"));
                    }
                }
            }
            well.dedup();
            if !well.is_empty() {
                findings.push(GROUP.good("closed", format!("for you alone: {}", well.join(", "))));
            }
            findings
        })
        .await;
    (is_shut.try_recv().unwrap_or(false), findings)
}

/// Whether the state folder is shut to its own user.
fn judge_folder(folder: &Path, found: io::Result<Seen>, own: u32) -> Option<Finding> {
    let shown = folder.display();
    match found {
        Ok(Seen { owner, mode }) if owner == own && mode & 0o700 != 0o700 => {
            let lacks = if mode & 0o100 == 0 {
                "entered: neither the journal nor a token in it can be used"
            } else if mode & 0o200 == 0 {
                "written: nothing can be kept in it"
            } else {
                "read: journals that were set aside are not seen"
            };
            let finding = format!("{shown} cannot be {lacks}");
            Some(GROUP.bad(STATE_FOLDER, finding, format!("chmod u+rwx {}", quoted(folder))))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let finding = format!("{shown} cannot be looked at: {error}");
            Some(GROUP.bad(STATE_FOLDER, finding, "make the folders above it yours: chmod u+rwx on each"))
        }
        _ => None,
    }
}

fn kept(context: &Context, loaded: Option<&Loaded>) -> Vec<Kept> {
    let state = &context.state_dir;
    let mut all = Vec::new();
    let mut add = |what, path: PathBuf, guard| all.push(Kept { what, path, guard });
    if let Some(path) = context.config_file() {
        add("configuration", path.to_owned(), Guard::Own);
    }
    if let Some(path) = context.rules_file() {
        add("rules", path, Guard::Own);
    }
    add(STATE_FOLDER, state.clone(), Guard::PrivateFolder);
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        add("journal", state.join(name), Guard::Private);
    }
    let home = crate::config::home_dir();
    let named = loaded.map(|loaded| {
        let settings = &loaded.settings;
        [
            settings.refresh_token_file(home.as_deref()),
            settings.trakt_client_secret_file(home.as_deref()),
            settings.tmdb_token_file(home.as_deref()),
        ]
    });
    let named = named.into_iter().flatten().flatten();
    for path in named.chain(IN_STATE_FOLDER.map(|name| state.join(name))) {
        add("tokens", path, Guard::Secret);
    }
    let socket = context.socket();
    if let Some(folder) = socket.parent().filter(|folder| folder != state) {
        add("runtime folder", folder.to_owned(), Guard::PrivateFolder);
    }
    add("socket", socket, Guard::Private);
    all
}

fn seen(path: &Path) -> io::Result<Seen> {
    fs::metadata(path).map(|found| Seen { owner: found.uid(), mode: found.mode() & 0o777 })
}

fn judge(kept: &Kept, seen: Seen, own: u32) -> Option<Finding> {
    let Kept { what, path, guard } = kept;
    let shown = path.display();
    if seen.owner != own {
        let remedy = format!("sudo chown \"$USER\" {}", quoted(path));
        return Some(GROUP.bad(what, format!("{shown} belongs to another user"), remedy));
    }
    let (mode, remedy) = match guard {
        Guard::Secret | Guard::Private => (seen.mode & 0o077, "600"),
        Guard::PrivateFolder => (seen.mode & 0o077, "700"),
        Guard::Own => (seen.mode & 0o022, "go-w"),
    };
    let remedy = format!("chmod {remedy} {}", quoted(path));
    match (guard, mode) {
        (_, 0) => None,
        (Guard::Secret, _) => {
            Some(GROUP.bad(what, format!("others can open {shown}, which holds a token"), remedy))
        }
        (_, mode) if mode & 0o022 != 0 => Some(GROUP.bad(what, format!("others can change {shown}"), remedy)),
        _ => Some(GROUP.note(what, format!("others can look into {shown}"), remedy)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;

    #[test]
    fn a_state_folder_that_its_user_cannot_use_is_told() {
        let judged = |mode, owner| judge_folder(Path::new("/a"), Ok(Seen { owner, mode }), 7);
        for (mode, says) in [(0o000, "entered"), (0o600, "entered"), (0o500, "written"), (0o300, "read")] {
            let found = judged(mode, 7).unwrap();
            assert!(found.finding.contains(says), "{found:?}");
            assert_eq!(found.remedy.as_deref(), Some("chmod u+rwx /a"));
        }
        assert_eq!((judged(0o700, 7), judged(0o000, 8)), (None, None));
        let error = |kind: io::ErrorKind| judge_folder(Path::new("/a"), Err(kind.into()), 7);
        assert!(error(io::ErrorKind::PermissionDenied).is_some() && error(io::ErrorKind::NotFound).is_none());
    }

    #[test]
    fn each_kind_of_file_is_judged_by_whom_it_is_for() {
        for (guard, mode, expected) in [
            (Guard::Secret, 0o600, None),
            (Guard::Secret, 0o640, Some((Verdict::Bad, "chmod 600 /a"))),
            (Guard::Private, 0o600, None),
            (Guard::Private, 0o644, Some((Verdict::Note, "chmod 600 /a"))),
            (Guard::Private, 0o666, Some((Verdict::Bad, "chmod 600 /a"))),
            (Guard::PrivateFolder, 0o700, None),
            (Guard::PrivateFolder, 0o755, Some((Verdict::Note, "chmod 700 /a"))),
            (Guard::PrivateFolder, 0o777, Some((Verdict::Bad, "chmod 700 /a"))),
            (Guard::Own, 0o644, None),
            (Guard::Own, 0o664, Some((Verdict::Bad, "chmod go-w /a"))),
        ] {
            let kept = Kept { what: "x", path: "/a".into(), guard };
            let found = judge(&kept, Seen { owner: 7, mode }, 7);
            let found = found.as_ref().map(|finding| (finding.verdict, finding.remedy.as_deref().unwrap()));
            assert_eq!(found, expected, "{guard:?} {mode:o}");
            let others = judge(&kept, Seen { owner: 8, mode }, 7).unwrap();
            assert_eq!(others.verdict, Verdict::Bad);
        }
    }
}

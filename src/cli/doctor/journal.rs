//! Whether the journal is there, sound and can grow.

use std::path::{Path, PathBuf};

use super::finding::{Finding, Group, quoted};
use crate::cli::context::why_set_aside;
use crate::journal::{Journal, JournalError};

const GROUP: Group = Group::Journal;
const RESTART: &str = "systemctl --user restart discovr-scrobbler";
/// Below so many bytes free there may soon be no room, and below so many there is none to rely on.
const LITTLE_ROOM: u64 = 200 * 1024 * 1024;
const NO_ROOM: u64 = 10 * 1024 * 1024;

/// Of a journal in a folder that `is_shut` to its user there is nothing to say but that.
pub(super) async fn look(state_dir: PathBuf, set_aside: Vec<PathBuf>, is_shut: bool) -> Vec<Finding> {
    let (journal, folder) = (state_dir.clone(), state_dir);
    let (mut findings, room) = tokio::join!(
        GROUP.off_thread("sound", move || {
            if is_shut { Vec::new() } else { vec![judge(&Journal::examine(&journal), &journal)] }
        }),
        GROUP.off_thread("space", move || judge_room(&folder, room(&folder))),
    );
    findings.extend(set_aside.iter().filter_map(|path| {
        let finding = format!("{} and is kept as {}", why_set_aside(path)?, path.display());
        Some(GROUP.note("set aside", finding, format!("rm {}*, if nothing in it is missed", quoted(path))))
    }));
    findings.extend(room);
    findings
}

fn judge(examined: &Result<(), JournalError>, state_dir: &Path) -> Finding {
    let error = match examined {
        Ok(()) => {
            let path = state_dir.join("journal.db");
            return GROUP.good("sound", format!("{} is sound and writable", path.display()));
        }
        Err(error) => error,
    };
    match error {
        JournalError::Missing { path } => GROUP.note(
            "sound",
            format!("there is no journal yet at {}", path.display()),
            "the daemon makes it: systemctl --user start discovr-scrobbler",
        ),
        JournalError::Older { path, found, known } => GROUP.note(
            "sound",
            format!("{} is of an earlier release (layout {found}, not {known})", path.display()),
            format!("the daemon brings it up to date: {RESTART}"),
        ),
        JournalError::Broken { path, found } => GROUP.bad(
            "sound",
            format!("{} is damaged: {found}", path.display()),
            format!(
                "the daemon sets it aside whole and begins a new one with what can be saved of it: {RESTART}"
            ),
        ),
        JournalError::ReadOnly { path } => GROUP.bad(
            "sound",
            format!("{} cannot be written", path.display()),
            format!("chmod u+rw {}", quoted(path)),
        ),
        JournalError::Newer { path, found, known } => GROUP.bad(
            "sound",
            format!("{} is of a newer release (layout {found}, this knows {known})", path.display()),
            "install that release again, or name another folder with --state-dir DIR",
        ),
        JournalError::Foreign { path } => GROUP.bad(
            "sound",
            format!("{} is a database of another program", path.display()),
            "move it away, or name another folder with --state-dir DIR",
        ),
        // Their words end with what to do.
        other => match other.to_string().rsplit_once(": ") {
            Some((finding, remedy)) => GROUP.bad("sound", finding, remedy),
            None => GROUP.bad("sound", other.to_string(), RESTART),
        },
    }
}

/// What is left for this user on the disk of a folder, or of the nearest one above that exists.
#[derive(Debug, Clone, Copy)]
struct Room {
    bytes: u64,
    read_only: bool,
}

fn room(folder: &Path) -> Option<Room> {
    let nearest = folder.ancestors().find(|folder| folder.is_dir())?;
    let found = rustix::fs::statvfs(nearest).ok()?;
    Some(Room {
        bytes: found.f_bavail.saturating_mul(found.f_frsize),
        read_only: found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY),
    })
}

fn judge_room(folder: &Path, room: Option<Room>) -> Vec<Finding> {
    let shown = folder.display();
    let Some(Room { bytes, read_only }) = room else { return vec![GROUP.failed("space")] };
    let mib = bytes / (1024 * 1024);
    let free_some = format!("free some space: df -h {}", quoted(folder));
    vec![if read_only {
        let remedy = "make it writable, or name another folder with --state-dir DIR";
        GROUP.bad("space", format!("the disk of {shown} is read-only"), remedy)
    } else if bytes < NO_ROOM {
        GROUP.bad("space", format!("the disk of {shown} is full ({mib} MiB left)"), free_some)
    } else if bytes < LITTLE_ROOM {
        GROUP.note("space", format!("the disk of {shown} is nearly full ({mib} MiB left)"), free_some)
    } else {
        GROUP.good("space", "there is enough space for it")
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;

    #[test]
    fn space_is_judged_by_what_is_left() {
        let verdict = |mib: u64, read_only| {
            let room = Room { bytes: mib * 1024 * 1024, read_only };
            judge_room(Path::new("/s"), Some(room))[0].verdict
        };
        assert_eq!(verdict(9, false), Verdict::Bad);
        assert_eq!(verdict(10, false), Verdict::Note);
        assert_eq!(verdict(199, false), Verdict::Note);
        assert_eq!(verdict(200, false), Verdict::Good);
        assert_eq!(verdict(5000, true), Verdict::Bad);
    }

    #[test]
    fn every_trouble_with_the_journal_comes_with_what_to_do() {
        let path = PathBuf::from("/s/journal.db");
        let io = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        for (error, verdict) in [
            (JournalError::Missing { path: path.clone() }, Verdict::Note),
            (JournalError::Older { path: path.clone(), found: 1, known: 2 }, Verdict::Note),
            (JournalError::Newer { path: path.clone(), found: 3, known: 2 }, Verdict::Bad),
            (JournalError::Broken { path: path.clone(), found: "a page".into() }, Verdict::Bad),
            (JournalError::ReadOnly { path: path.clone() }, Verdict::Bad),
            (JournalError::Foreign { path: path.clone() }, Verdict::Bad),
            (JournalError::File { path, source: io() }, Verdict::Bad),
            (JournalError::Closed, Verdict::Bad),
        ] {
            let found = judge(&Err(error), Path::new("/s"));
            assert_eq!(found.verdict, verdict, "{found:?}");
            assert!(found.remedy.is_some_and(|remedy| !remedy.is_empty()), "{}", found.finding);
        }
    }
}

//! Whether the systemd unit is installed, starts this program, is in force, and shuts the daemon in as shipped.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::finding::{Finding, Group, PATIENCE};
use super::unit_file::{SHIPPED, UnitFile};
use crate::config;

const GROUP: Group = Group::Unit;
const NAME: &str = "discovr-scrobbler.service";
/// In the source, which the user has.
const INSTALL: &str = "packaging/install-user-unit";
/// No unit is larger, in bytes.
const MAX_FILE: u64 = 256 * 1024;

/// `daemon_runs`: in whichever way it was started.
pub(super) async fn look(daemon_runs: bool) -> Vec<Finding> {
    let folders = folders(|name| std::env::var_os(name).map(PathBuf::from), config::home_dir().as_deref());
    let (mut findings, told) =
        tokio::join!(GROUP.off_thread("installed", move || judge_files(&find(&folders))), ask_systemd());
    // Of a unit that is not there systemd has nothing more to say.
    if findings.iter().any(|finding| finding.check == "program") {
        findings.push(judge_systemd(&told, daemon_runs));
    }
    findings
}

/// Where systemd looks for a user's units, the strongest first.
fn folders(variable: impl Fn(&str) -> Option<PathBuf>, home: Option<&Path>) -> Vec<PathBuf> {
    let below_home = |path: &str| home.map(|home| home.join(path));
    let settings = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or(below_home(".config"));
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute()).or(below_home(".local/share"));
    let runtime = variable("XDG_RUNTIME_DIR");
    let own = [settings, runtime, data].into_iter().flatten().map(|folder| folder.join("systemd/user"));
    let system = ["/etc", "/run", "/usr/local/lib", "/usr/local/share", "/usr/lib", "/lib", "/usr/share"];
    own.chain(system.map(|folder| Path::new(folder).join("systemd/user"))).collect()
}

/// An installed unit.
#[derive(Debug)]
struct Installed {
    path: PathBuf,
    /// Its text and those of its drop-ins; `None` when it was switched off by a link to nothing.
    texts: Option<Vec<String>>,
}

fn find(folders: &[PathBuf]) -> Option<Installed> {
    let path =
        folders.iter().map(|folder| folder.join(NAME)).find(|path| fs::symlink_metadata(path).is_ok())?;
    let Some(text) = read(&path).filter(|text| !text.trim().is_empty()) else {
        return Some(Installed { path, texts: None });
    };
    let mut drop_ins: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder.join(format!("{NAME}.d"))).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.extension() == Some(OsStr::new("conf")))
        .take(64)
        .collect();
    drop_ins.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    let texts = std::iter::once(text).chain(drop_ins.iter().filter_map(|path| read(path))).collect();
    Some(Installed { path, texts: Some(texts) })
}

fn read(path: &Path) -> Option<String> {
    fs::metadata(path).ok().filter(|found| found.is_file() && found.len() <= MAX_FILE)?;
    fs::read_to_string(path).ok()
}

fn judge_files(installed: &Option<Installed>) -> Vec<Finding> {
    let Some(Installed { path, texts }) = installed else {
        let finding = "not installed: the daemon does not start by itself";
        let remedy = format!("{INSTALL} && systemctl --user enable --now discovr-scrobbler");
        return vec![GROUP.note("installed", finding, remedy)];
    };
    let shown = path.display();
    let Some(texts) = texts else {
        let finding = format!("{shown} is empty or masked: systemd does not start the daemon");
        return vec![GROUP.note("installed", finding, "systemctl --user unmask discovr-scrobbler")];
    };
    let unit = UnitFile::read(texts.iter().map(String::as_str));
    let program = unit.program(config::home_dir().as_deref());
    let own = std::env::current_exe().and_then(fs::canonicalize).ok();
    let lacks = unit.lacks(&UnitFile::read([SHIPPED]));
    vec![
        GROUP.good("installed", format!("installed as {shown}")),
        judge_program(program.as_deref(), own.as_deref()),
        judge_sandbox(&lacks),
    ]
}

fn judge_program(program: Option<&Path>, own: Option<&Path>) -> Finding {
    let Some(program) = program else {
        return GROUP.bad("program", "it does not say by its whole path what to start", INSTALL);
    };
    let shown = program.display();
    let is_there =
        fs::metadata(program).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    if !is_there {
        return GROUP.bad(
            "program",
            format!("it starts {shown}, which is not there or is no program"),
            INSTALL,
        );
    }
    match own {
        Some(own) if fs::canonicalize(program).is_ok_and(|program| program == own) => {
            GROUP.good("program", "it starts this program")
        }
        Some(own) => GROUP.note(
            "program",
            format!("it starts {shown}, and this is {}", own.display()),
            format!("{INSTALL} {}", super::finding::quoted(own)),
        ),
        None => GROUP.good("program", format!("it starts {shown}")),
    }
}

fn judge_sandbox(lacks: &[String]) -> Finding {
    if lacks.is_empty() {
        return GROUP.good("sandbox", "its sandbox is as shipped");
    }
    let finding = format!("its sandbox is weaker than the shipped one, without {}", lacks.join(", "));
    GROUP.note("sandbox", finding, format!("{INSTALL}; look at your drop-ins: systemctl --user cat {NAME}"))
}

/// What systemd says of the unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    enabled: String,
    active: String,
    needs_reload: bool,
}

/// Asks the user's systemd.
///
/// # Errors
/// In its own words, why it does not say.
async fn ask_systemd() -> Result<Told, String> {
    let asking = Command::new("systemctl")
        .args(["--user", "--no-pager", "show", NAME, "--property=UnitFileState,ActiveState,NeedDaemonReload"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(PATIENCE, asking).await {
        Err(_) => Err("it does not answer".to_owned()),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            Err("there is no systemd".to_owned())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(output)) if output.status.success() => Ok(told(&String::from_utf8_lossy(&output.stdout))),
        Ok(Ok(output)) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(said.lines().next().unwrap_or("it says nothing").chars().take(200).collect())
        }
    }
}

fn told(text: &str) -> Told {
    let value = |key: &str| {
        let found = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_default().to_owned()
    };
    Told {
        enabled: value("UnitFileState"),
        active: value("ActiveState"),
        needs_reload: value("NeedDaemonReload") == "yes",
    }
}

fn judge_systemd(told: &Result<Told, String>, daemon_runs: bool) -> Finding {
    const CHECK: &str = "in force";
    let told = match told {
        Ok(told) => told,
        Err(why) => {
            let finding = format!("the user's systemd cannot be asked: {why}");
            return GROUP.note(
                CHECK,
                finding,
                "in a desktop session: systemctl --user status discovr-scrobbler",
            );
        }
    };
    if told.needs_reload {
        let finding = "systemd does not know yet what the unit says now";
        let remedy = "systemctl --user daemon-reload && systemctl --user restart discovr-scrobbler";
        return GROUP.note(CHECK, finding, remedy);
    }
    let enabled = matches!(told.enabled.as_str(), "enabled" | "enabled-runtime" | "static" | "linked");
    match (told.active.as_str(), enabled) {
        ("active" | "reloading", true) => GROUP.good(CHECK, "enabled and active"),
        ("active" | "reloading", false) => {
            let finding = "active, but not enabled: it does not start at the next login";
            GROUP.note(CHECK, finding, "systemctl --user enable discovr-scrobbler")
        }
        ("failed" | "activating" | "auto-restart", _) => GROUP.bad(
            CHECK,
            format!("it does not start ({})", told.active),
            "its log says why: journalctl --user -u discovr-scrobbler -e",
        ),
        (_, _) if daemon_runs => GROUP.note(
            CHECK,
            "the daemon was started in another way, not by this unit",
            "end it, then: systemctl --user enable --now discovr-scrobbler",
        ),
        (_, _) => GROUP.bad(
            CHECK,
            if enabled { "enabled, but not active" } else { "neither enabled nor active" },
            "systemctl --user enable --now discovr-scrobbler",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;

    #[test]
    fn what_systemd_says_is_judged() {
        for (text, daemon_runs, verdict, says) in [
            (
                "UnitFileState=enabled\nActiveState=active\nNeedDaemonReload=no\n",
                true,
                Verdict::Good,
                "enabled and active",
            ),
            ("UnitFileState=disabled\nActiveState=active\n", true, Verdict::Note, "next login"),
            ("UnitFileState=enabled\nActiveState=failed\n", false, Verdict::Bad, "does not start"),
            ("UnitFileState=enabled\nActiveState=inactive\n", true, Verdict::Note, "another way"),
            ("UnitFileState=enabled\nActiveState=inactive\n", false, Verdict::Bad, "enabled, but not active"),
            (
                "UnitFileState=disabled\nActiveState=inactive\n",
                false,
                Verdict::Bad,
                "neither enabled nor active",
            ),
            ("ActiveState=active\nNeedDaemonReload=yes\n", true, Verdict::Note, "does not know yet"),
            ("", false, Verdict::Bad, "neither enabled nor active"),
        ] {
            let found = judge_systemd(&Ok(told(text)), daemon_runs);
            assert_eq!(found.verdict, verdict, "{text}: {found:?}");
            assert!(found.finding.contains(says), "{text}: {found:?}");
        }
        let nobody = judge_systemd(&Err("Failed to connect to bus".into()), false);
        assert_eq!(nobody.verdict, Verdict::Note);
    }

    #[test]
    fn the_users_folder_goes_before_the_systems_and_drop_ins_count() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(|_| None, Some(home.path()));
        assert!(folders.contains(&PathBuf::from("/etc/systemd/user")));
        let own = home.path().join(".config/systemd/user");
        assert_eq!(folders[0], own);
        let mine = &folders[..1];
        assert!(find(mine).is_none());
        fs::create_dir_all(own.join(format!("{NAME}.d"))).unwrap();
        fs::write(own.join(NAME), "[Service]\nExecStart=/a\n").unwrap();
        fs::write(own.join(format!("{NAME}.d/b.conf")), "[Service]\nExecStart=\nExecStart=/b\n").unwrap();
        fs::write(own.join(format!("{NAME}.d/notes.txt")), "[Service]\nExecStart=/c\n").unwrap();
        assert_eq!(find(mine).unwrap().texts.unwrap().len(), 2);
        fs::remove_file(own.join(NAME)).unwrap();
        std::os::unix::fs::symlink("/dev/null", own.join(NAME)).unwrap();
        assert!(find(mine).unwrap().texts.is_none());
    }
}

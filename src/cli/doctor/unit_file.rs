//! What a unit file says: which program it starts, and what of the shipped sandbox it lacks. Pure.

use std::path::{Path, PathBuf};

/// The unit as it is shipped.
pub(super) const SHIPPED: &str = include_str!("../../../systemd/discovr-scrobbler.service");

/// What does not shut the service in, though it stands beside what does.
const NO_SANDBOX: [&str; 9] = [
    "Type",
    "NotifyAccess",
    "ExecStart",
    "Restart",
    "RestartSec",
    "RestartPreventExitStatus",
    "WatchdogSec",
    "TimeoutStopSec",
    "LoadCredential",
];
/// Those whose values add up; of the others the last one counts.
const LISTS: [&str; 2] = ["SystemCallFilter", "RestrictAddressFamilies"];

/// The `[Service]` part of a unit: what each key is set to, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnitFile {
    settings: Vec<(String, String)>,
}

impl UnitFile {
    /// Reads the texts of a unit and its drop-ins, in their order.
    pub(super) fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut settings: Vec<(String, String)> = Vec::new();
        for text in texts {
            let mut section = "";
            // A line that ends with a backslash goes on.
            for line in text.replace("\\\n", " ").lines().map(str::trim) {
                if line.starts_with(['#', ';']) {
                    continue;
                }
                if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                    section = if name == "Service" { "Service" } else { "" };
                } else if let Some((key, value)) = line.split_once('=').filter(|_| section == "Service") {
                    let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
                    if value.is_empty() || !LISTS.contains(&key.as_str()) {
                        settings.retain(|(known, _)| *known != key);
                    }
                    if !value.is_empty() {
                        settings.push((key, value));
                    }
                }
            }
        }
        Self { settings }
    }

    /// The program that is started; `None` when there is none, or it is not named by its whole path.
    pub(super) fn program(&self, home: Option<&Path>) -> Option<PathBuf> {
        let (_, command) = self.settings.iter().find(|(key, _)| key == "ExecStart")?;
        let command = command.trim_start_matches(['@', '-', ':', '+', '!']);
        let word = match command.strip_prefix('"') {
            Some(rest) => unquoted(rest),
            None => command.split_whitespace().next()?.to_owned(),
        };
        let word = match (word.strip_prefix("%h/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(word.replace("%%", "%")),
        };
        word.is_absolute().then_some(word)
    }

    /// What the shipped unit shuts the service in with and this one does not.
    pub(super) fn lacks(&self, shipped: &Self) -> Vec<String> {
        let sandbox = shipped.settings.iter().filter(|(key, _)| !NO_SANDBOX.contains(&key.as_str()));
        sandbox
            .filter(|setting| !self.settings.contains(setting))
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }
}

/// The word that begins after a quotation mark.
fn unquoted(rest: &str) -> String {
    let mut word = String::new();
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => word.extend(characters.next()),
            other => word.push(other),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(text: &str) -> Option<PathBuf> {
        UnitFile::read([text]).program(Some(Path::new("/home/me")))
    }

    #[test]
    fn the_program_is_found_however_it_is_written() {
        for (line, expected) in [
            ("ExecStart=/usr/bin/discovr-scrobbler run", Some("/usr/bin/discovr-scrobbler")),
            ("ExecStart=%h/.cargo/bin/discovr-scrobbler run", Some("/home/me/.cargo/bin/discovr-scrobbler")),
            (r#"ExecStart="/my \"100 %%\"/d" run"#, Some(r#"/my "100 %"/d"#)),
            ("ExecStart=-/a/b \\\n  run", Some("/a/b")),
            ("ExecStart=/old\nExecStart=\nExecStart=/new run", Some("/new")),
            ("ExecStart=discovr-scrobbler run", None),
            ("#ExecStart=/a", None),
        ] {
            assert_eq!(program(&format!("[Service]\n{line}\n")), expected.map(PathBuf::from), "{line}");
        }
        assert_eq!(program("[Unit]\nExecStart=/a\n"), None);
    }

    #[test]
    fn the_shipped_unit_lacks_nothing_and_an_emptied_one_all_of_it() {
        let shipped = UnitFile::read([SHIPPED]);
        assert_eq!(shipped.lacks(&shipped), Vec::<String>::new());
        let bare = UnitFile::read(["[Service]\nExecStart=/a run\n"]).lacks(&shipped);
        assert!(bare.contains(&"NoNewPrivileges=yes".to_owned()), "{bare:?}");
        assert!(bare.contains(&"SystemCallFilter=~@privileged @resources".to_owned()), "{bare:?}");
        assert!(!bare.iter().any(|line| NO_SANDBOX.iter().any(|key| line.starts_with(&format!("{key}=")))));
    }

    #[test]
    fn a_drop_in_that_opens_the_sandbox_is_seen_and_one_that_narrows_it_is_not() {
        let shipped = UnitFile::read([SHIPPED]);
        let opened = UnitFile::read([SHIPPED, "[Service]\nMemoryDenyWriteExecute=no\nSystemCallFilter=\n"]);
        assert_eq!(
            opened.lacks(&shipped),
            [
                "SystemCallFilter=@system-service",
                "SystemCallFilter=~@privileged @resources",
                "MemoryDenyWriteExecute=yes"
            ]
        );
        let narrowed =
            UnitFile::read([SHIPPED, "[Service]\nSystemCallFilter=~ptrace\nProtectHostname=yes\n"]);
        assert_eq!(narrowed.lacks(&shipped), Vec::<String>::new());
    }
}

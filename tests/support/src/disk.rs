//! A small disk of its own for the state folder, which can be filled and freed while the program runs on it.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::home::Home;

/// A mount namespace with a tmpfs in it. The program sees it, and nothing else does.
#[derive(Debug)]
pub struct SmallDisk {
    /// A shell that keeps the namespace, and does in it what it is told.
    keeper: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    _scripts: TempDir,
}

impl SmallDisk {
    /// A disk of so many KiB in place of the home's `state` folder, and the home with `binary` working on it.
    ///
    /// # Panics
    /// When this machine lets nobody make a namespace of his own.
    #[must_use]
    pub fn of_home(binary: &str, kib: u32) -> (Self, Home) {
        let scripts = tempfile::tempdir().expect("a temporary folder");
        let script = scripts.path().join("on-its-disk");
        let home = Home::new(&script);
        let folder = home.path().join("state");
        fs::create_dir_all(&folder).expect("a folder of our own");
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare, of util-linux, is installed");
        let orders = keeper.stdin.take().expect("a pipe");
        let answers = BufReader::new(keeper.stdout.take().expect("a pipe"));
        let mut disk = Self { keeper, orders, answers, folder, _scripts: scripts };
        let mount = format!("mount -t tmpfs -o size={kib}k,mode=700 none {}", disk.folder.display());
        assert!(
            disk.order(&mount),
            "this user cannot make a mount namespace: allow it with `sysctl kernel.unprivileged_userns_clone=1` and \
             `sysctl kernel.apparmor_restrict_unprivileged_userns=0`, or run this as root"
        );
        let text = format!(
            "#!/bin/sh\nexec nsenter --target {} --user --mount --preserve-credentials -- '{binary}' \"$@\"\n",
            disk.keeper.id()
        );
        fs::write(&script, text).expect("a file of our own");
        fs::set_permissions(&script, Permissions::from_mode(0o700)).expect("a file of our own");
        (disk, home)
    }

    /// Has a shell in the namespace do something; `true` when it could.
    pub fn order(&mut self, command: &str) -> bool {
        let sent = writeln!(self.orders, "{{ {command} ; }} >&2 </dev/null; echo $?");
        let mut answer = String::new();
        sent.and_then(|()| self.answers.read_line(&mut answer)).is_ok() && answer.trim() == "0"
    }

    /// The folder on the disk as this process can reach it, for looking at and damaging what is there.
    #[must_use]
    pub fn reached(&self) -> PathBuf {
        let inside = self.folder.strip_prefix("/").unwrap_or(&self.folder);
        Path::new("/proc").join(self.keeper.id().to_string()).join("root").join(inside)
    }

    /// Takes all the space there is left.
    ///
    /// # Panics
    /// When there is some left.
    pub fn fill(&mut self) {
        let ballast = self.folder.join("ballast");
        let ballast = ballast.display();
        // It ends in an error, which is the point. The last page too.
        self.order(&format!("dd if=/dev/zero of={ballast} bs=64k status=none; dd if=/dev/zero of={ballast}.2 bs=512 status=none"));
        assert!(!self.order(&format!("echo full > {ballast}.3 && [ -s {ballast}.3 ]")), "the disk is full");
    }

    /// Gives it back.
    pub fn free(&mut self) {
        assert!(self.order(&format!("rm -f {0} {0}.2 {0}.3", self.folder.join("ballast").display())));
    }

    /// How many bytes the files whose names begin like this take, by their lengths.
    #[must_use]
    pub fn length_of(&self, name: &str) -> u64 {
        fs::metadata(self.reached().join("discovr-scrobbler").join(name)).map_or(0, |found| found.len())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

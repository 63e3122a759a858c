//! Real players without a screen, each a process of the test's own that ends with its handle.

use std::fs::{self, Permissions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::bus::Bus;

/// Where Debian puts mpv's MPRIS plug-in.
pub const MPV_MPRIS: &str = "/usr/lib/mpv-mpris/mpris.so";

/// A running player. Killed when it is dropped.
#[derive(Debug)]
pub struct RealPlayer {
    process: Child,
    home: TempDir,
}

impl RealPlayer {
    /// mpv with its MPRIS plug-in on `bus`, playing `files` with `arguments`.
    ///
    /// # Panics
    /// If mpv or its plug-in is missing.
    #[must_use]
    pub fn mpv_mpris(bus: &Bus, files: &[&Path], arguments: &[&str]) -> Self {
        assert!(Path::new(MPV_MPRIS).exists(), "mpv-mpris is installed: see tests/run");
        let script = format!("--script={MPV_MPRIS}");
        let mut all = vec![script.as_str()];
        all.extend(arguments);
        Self::mpv(&bus.address(), files, &all)
    }

    /// The same, with `ipc` as its one socket: it listens on none, and nobody else can reach it.
    ///
    /// # Panics
    /// As [`RealPlayer::mpv_mpris`].
    #[must_use]
    pub fn mpv_mpris_on(ipc: UnixStream, bus: &Bus, file: &Path, arguments: &[&str]) -> Self {
        let home = home();
        let mut mpv = Command::new("mpv");
        mpv.args(["--no-config", "--vo=null", "--ao=null", "--no-terminal", "--input-ipc-client=fd://0"])
            .arg(format!("--script={MPV_MPRIS}"))
            .args(arguments)
            .arg("--")
            .arg(file);
        Self::spawn_with(mpv, home, &bus.address(), OwnedFd::from(ipc).into())
    }

    /// mpv with `arguments` and without a bus that it could find.
    ///
    /// # Panics
    /// If mpv is missing.
    #[must_use]
    pub fn bare_mpv(files: &[&Path], arguments: &[&str]) -> Self {
        Self::mpv("unix:path=/nonexistent/bus", files, arguments)
    }

    fn mpv(bus: &str, files: &[&Path], arguments: &[&str]) -> Self {
        let home = home();
        let mut mpv = Command::new("mpv");
        mpv.args(["--no-config", "--vo=null", "--ao=null", "--no-terminal"])
            .args(arguments)
            .arg("--")
            .args(files);
        Self::spawn(mpv, home, bus)
    }

    /// VLC on `bus`, playing `files` one after the other with `arguments`. As root it runs as `nobody`, because it
    /// refuses root: the files must be readable for everybody then.
    ///
    /// # Panics
    /// If VLC is missing.
    #[must_use]
    pub fn vlc(bus: &Bus, files: &[&Path], arguments: &[&str]) -> Self {
        let home = home();
        let is_root = fs::metadata(home.path()).expect("the folder was just made").uid() == 0;
        let mut vlc = if is_root {
            fs::set_permissions(home.path(), Permissions::from_mode(0o777)).expect("a folder of our own");
            let mut as_nobody = Command::new("setpriv");
            as_nobody.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "vlc"]);
            as_nobody
        } else {
            Command::new("vlc")
        };
        vlc.args(["-I", "dummy", "--vout", "vdummy", "--aout", "adummy", "--no-video-title-show"])
            .args(["--no-media-library", "--no-metadata-network-access"])
            .args(arguments)
            .arg("--")
            .args(files);
        Self::spawn(vlc, home, &bus.address())
    }

    fn spawn(command: Command, home: TempDir, bus: &str) -> Self {
        Self::spawn_with(command, home, bus, Stdio::null())
    }

    fn spawn_with(mut command: Command, home: TempDir, bus: &str, input: Stdio) -> Self {
        let process = command
            .env("DBUS_SESSION_BUS_ADDRESS", bus)
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env("XDG_CACHE_HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the player is installed: see tests/run");
        Self { process, home }
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The folder that it takes for its home, for sockets and the like.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Asks it to end, as closing its window does (`SIGTERM`), and waits until it has.
    pub fn quit(mut self) {
        let _ = Command::new("kill").arg("-TERM").arg(self.pid().to_string()).status();
        for _ in 0..18_000 {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the player does not quit");
    }

    /// Kills it, as a crash does.
    pub fn kill(mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for RealPlayer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn home() -> TempDir {
    tempfile::Builder::new().prefix("player.").tempdir().expect("a temporary folder")
}

//! A session bus of the test's own, which can stop and come back at the same address.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// For how long the bus may take to listen.
const PATIENCE: u32 = 3000;

/// A running, or stopped, `dbus-daemon` in a temporary folder. Ends when it is dropped.
///
/// Its limits are those that the bus of a desktop has, which are next to none.
///
/// Any user of the machine may connect: when the tests run as root, VLC must run as somebody else.
#[derive(Debug)]
pub struct Bus {
    folder: TempDir,
    socket: PathBuf,
    daemon: Option<Child>,
}

impl Bus {
    /// Starts one.
    #[must_use]
    pub fn start() -> Self {
        let mut bus = Self::stopped();
        bus.start_again();
        bus
    }

    /// Only the address of one: nothing listens, and even the folder of the socket is missing.
    #[must_use]
    pub fn stopped() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("bus.")
            .permissions(Permissions::from_mode(0o755))
            .tempdir()
            .expect("a temporary folder");
        fs::create_dir(folder.path().join("services")).expect("a folder for services");
        let socket = folder.path().join("run/bus");
        Self { folder, socket, daemon: None }
    }

    /// Starts it after [`Bus::stop`], at the same address.
    pub fn start_again(&mut self) {
        assert!(self.daemon.is_none(), "the bus runs already");
        fs::create_dir_all(self.socket.parent().expect("a folder")).expect("a folder for the socket");
        let config = self.folder.path().join("bus.conf");
        fs::write(&config, self.config()).expect("a writable folder");
        let daemon = Command::new("dbus-daemon")
            .arg("--nofork")
            .arg("--nopidfile")
            .arg("--config-file")
            .arg(&config)
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        self.daemon = Some(daemon);
        for _ in 0..PATIENCE {
            if UnixStream::connect(&self.socket).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("dbus-daemon does not listen");
    }

    /// Kills it. Its socket's file stays behind, as after a crash.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }

    /// The address, for `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:path={}", self.socket.display())
    }

    /// The socket of the bus.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Makes `name` activatable: who calls it, or asks for its properties, creates the file that is given back.
    /// Takes effect when the bus is started (again).
    #[must_use]
    pub fn activatable(&self, name: &str) -> PathBuf {
        let trace = self.folder.path().join(format!("{name}.activated"));
        let service = format!("[D-BUS Service]\nName={name}\nExec=/usr/bin/env touch {}\n", trace.display());
        let file = self.folder.path().join("services").join(format!("{name}.service"));
        fs::write(file, service).expect("a writable folder");
        trace
    }

    fn config(&self) -> String {
        format!(
            r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{}</servicedir>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_message_size">1000000000</limit>
  <limit name="max_completed_connections">100000</limit>
  <limit name="max_incomplete_connections">10000</limit>
  <limit name="max_connections_per_user">100000</limit>
  <limit name="max_names_per_connection">50000</limit>
  <limit name="max_match_rules_per_connection">50000</limit>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"#,
            self.address(),
            self.folder.path().join("services").display()
        )
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.stop();
    }
}

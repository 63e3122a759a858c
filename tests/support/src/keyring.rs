//! A real keyring on a private bus: GNOME Keyring, unlocked and locked as a desktop would do it. And one that says nothing.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, proxy};

use crate::wait::until;

const LIMIT: Duration = Duration::from_secs(30);
const NAME: &str = "org.freedesktop.secrets";
/// What opens the keyring of these tests.
const PASSWORD: &str = "keyring-password";
/// The collection that the keyring makes when it is first unlocked.
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

#[proxy(
    interface = "org.freedesktop.Secret.Service",
    default_service = "org.freedesktop.secrets",
    default_path = "/org/freedesktop/secrets",
    gen_blocking = false
)]
trait Service {
    fn open_session(&self, algorithm: &str, input: Value<'_>) -> zbus::Result<(OwnedValue, OwnedObjectPath)>;
    fn lock(&self, objects: &[ObjectPath<'_>]) -> zbus::Result<(Vec<OwnedObjectPath>, OwnedObjectPath)>;
    fn search_items(
        &self,
        attributes: HashMap<&str, &str>,
    ) -> zbus::Result<(Vec<OwnedObjectPath>, Vec<OwnedObjectPath>)>;
}

#[proxy(
    interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface",
    default_service = "org.freedesktop.secrets",
    default_path = "/org/freedesktop/secrets",
    gen_blocking = false
)]
trait Internal {
    fn unlock_with_master_password(
        &self,
        collection: &ObjectPath<'_>,
        master: (&ObjectPath<'_>, &[u8], &[u8], &str),
    ) -> zbus::Result<()>;
}

/// A running keyring. Ends when it is dropped, and its files go.
#[derive(Debug)]
pub struct Keyring {
    address: String,
    folder: TempDir,
    process: Option<Child>,
}

impl Keyring {
    /// Starts one on the bus at `address`, unlocked.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(address: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("keyring.").tempdir().expect("a temporary folder");
        let mut keyring = Self { address: address.to_owned(), folder, process: None };
        keyring.start_again().await;
        keyring
    }

    /// Starts it after [`Keyring::stop`], with all that it held, unlocked.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_again(&mut self) {
        let mut process = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .env_clear()
            .env("HOME", self.folder.path())
            .env("XDG_DATA_HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring is installed");
        let mut password = process.stdin.take().expect("it was asked for");
        password.write_all(PASSWORD.as_bytes()).expect("it reads the password");
        drop(password);
        self.process = Some(process);
        let bus = self.bus().await;
        for _ in 0..1500 {
            let found = self.is_locked_on(&bus).await;
            if found == Some(false) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the keyring does not come up");
    }

    /// Ends it.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            until("the keyring is gone", LIMIT, || process.try_wait().ok().flatten());
        }
    }

    /// Locks it, as a desktop does.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn lock(&self) {
        let bus = self.bus().await;
        let service = ServiceProxy::new(&bus).await.expect("a proxy");
        service.lock(&[collection()]).await.expect("it can be locked");
        assert_eq!(self.is_locked_on(&bus).await, Some(true));
    }

    /// Unlocks it, as its window does with the password that the user types.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn unlock(&self) {
        let bus = self.bus().await;
        let service = ServiceProxy::new(&bus).await.expect("a proxy");
        let (_, session) = service.open_session("plain", Value::from("")).await.expect("a session");
        let internal = InternalProxy::new(&bus).await.expect("a proxy");
        let master = (&*session, &[][..], PASSWORD.as_bytes(), "text/plain");
        internal.unlock_with_master_password(&collection(), master).await.expect("it can be unlocked");
        assert_eq!(self.is_locked_on(&bus).await, Some(false));
    }

    /// How many entries with this attribute it has, locked or not.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn entries(&self, attribute: &str, value: &str) -> usize {
        let bus = self.bus().await;
        let service = ServiceProxy::new(&bus).await.expect("a proxy");
        let (unlocked, locked) =
            service.search_items(HashMap::from([(attribute, value)])).await.expect("it can be searched");
        unlocked.len() + locked.len()
    }

    async fn bus(&self) -> Connection {
        connection(&self.address).await
    }

    async fn is_locked_on(&self, bus: &Connection) -> Option<bool> {
        let answer = bus
            .call_method(
                Some(NAME),
                COLLECTION,
                Some("org.freedesktop.DBus.Properties"),
                "Get",
                &("org.freedesktop.Secret.Collection", "Locked"),
            )
            .await;
        let value: OwnedValue = answer.ok()?.body().deserialize().ok()?;
        bool::try_from(value).ok()
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Takes the keyring's name on the bus at `address` and never answers, until it is dropped.
///
/// # Panics
/// When there is no bus.
pub async fn silent(address: &str) -> Connection {
    let bus = connection(address).await;
    bus.request_name(NAME).await.expect("the name is free");
    bus
}

async fn connection(address: &str) -> Connection {
    let builder = zbus::connection::Builder::address(address).expect("an address");
    builder.build().await.expect("a connection to the bus")
}

fn collection() -> ObjectPath<'static> {
    ObjectPath::from_static_str_unchecked(COLLECTION)
}

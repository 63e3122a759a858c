//! A home without an account, a stand-in, and everything that the commands said.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use discovr_scrobbler_support::discovr::{Discovr, OTHER_PROFILE, PROFILE};
use discovr_scrobbler_support::home::{Home, Ran};
use discovr_scrobbler_support::secrets;
use discovr_scrobbler_support::sign_in::CLIENT_ID;
use discovr_scrobbler_support::terminal::Terminal;

/// Nothing here says how fast anything is.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// The name of [`PROFILE`].
pub(crate) const KIM: &str = "Kim";

pub(crate) struct Scene {
    pub(crate) discovr: Discovr,
    pub(crate) home: Home,
    said: Mutex<String>,
}

impl Scene {
    /// Signed out, with an account of two profiles. The commands log all they have to say.
    pub(crate) async fn new() -> Self {
        Self::at(Home::new(env!("CARGO_BIN_EXE_discovr-scrobbler"))).await
    }

    pub(crate) async fn at(home: Home) -> Self {
        let scene = Self { discovr: Discovr::start().await, home, said: Mutex::default() };
        scene.configure("");
        scene
    }

    /// The settings, with `more` in `[discovr]`. No player is watched: the machine may be full of them.
    pub(crate) fn configure(&self, more: &str) {
        self.home.configure(&format!(
            "[discovr]\napi_url = \"{}\"\n{more}\n[players]\nmpris = false\nmpv = false\n",
            self.discovr.url()
        ));
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.home.command(arguments);
        let ran: Ran =
            command.env("DISCOVR_SCROBBLER_LOG", "trace").output().expect("the binary was built").into();
        self.heard(&format!("{}{}", ran.stdout, ran.stderr));
        secrets::none_in("what a command said", &ran.stderr);
        ran
    }

    /// Runs `login` to a good end as the profile [`PROFILE`].
    pub(crate) fn login(&self) -> Ran {
        let ran = self.run(&["login", "--client-id", CLIENT_ID, "--profile", KIM]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    }

    pub(crate) fn in_terminal(&self, arguments: &[&str]) -> Terminal {
        Terminal::start(&self.home.command(arguments))
    }

    /// Keeps what was said, to look for secrets in it.
    pub(crate) fn heard(&self, said: &str) {
        self.said.lock().unwrap().push_str(said);
    }

    pub(crate) fn token_file(&self) -> PathBuf {
        self.home.state_dir().join("refresh-token")
    }

    /// The token that is kept, which nobody else may read.
    pub(crate) fn kept(&self) -> Option<String> {
        let mode = fs::metadata(self.token_file()).ok()?.permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        Some(fs::read_to_string(self.token_file()).unwrap().trim().to_owned())
    }

    pub(crate) fn active(&self) -> Option<String> {
        Some(self.home.json(&["status"])["sign_in"]["profile"].as_str()?.to_owned())
    }

    /// Looks for every secret in all that was said, in the daemons' log, and in every file but the token's own. The end of
    /// every test here.
    pub(crate) fn keeps_its_secrets(&self) {
        let secrets = self.discovr.secrets();
        assert!(!secrets.is_empty());
        let mut places = vec![("what was said".to_owned(), self.said.lock().unwrap().clone())];
        read_all(self.home.path(), &self.token_file(), &mut places);
        assert!(places.len() > 2, "there are settings and a journal at least");
        for secret in secrets {
            for (place, text) in &places {
                assert!(!text.contains(&secret), "{secret} is in {place}:\n{text}");
            }
        }
    }
}

fn read_all(folder: &Path, except: &Path, places: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, except, places);
        } else if path.is_file() && path != except {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned();
            places.push((path.display().to_string(), text));
        }
    }
}

pub(crate) fn both() -> [(&'static str, &'static str); 2] {
    [(OTHER_PROFILE, "Living room"), (PROFILE, KIM)]
}

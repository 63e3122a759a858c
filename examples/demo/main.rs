//! Plays a 45-minute episode in fast motion through the whole service and shows what happens: each event, each call,
//! an outage, the completion, and the one history entry. It needs no account and no network, and keeps nothing.

mod film;
mod screen;
mod story;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use discovr_scrobbler::config::{self, ConfigFile, Environment, SecretPlaces, Watched};
use discovr_scrobbler::daemon::{self, Setup};
use discovr_scrobbler::player::mpv::Places;
use discovr_scrobbler_support::discovr::{Discovr, PROFILE, REFRESH_TOKEN};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use screen::Screen;

#[tokio::main]
async fn main() -> ExitCode {
    let screen = Screen::start();
    match demo(&screen).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            screen.say("demo", &format!("the demo could not go on: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether the history is as it should be in the end.
async fn demo(screen: &Screen) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::Builder::new().prefix("discovr-scrobbler-demo.").tempdir()?;
    let discovr = Discovr::start().await;
    let setup = setup(folder.path(), &discovr.url())?;
    let (stop, stopped) = oneshot::channel::<()>();
    // The story is told by a thread of its own: it waits for real players, and must not hold up the service.
    let (videos, teller, handle) = (folder.path().join("videos"), screen.clone(), Handle::current());
    let story = std::thread::spawn(move || {
        let told = story::tell(&teller, discovr, &videos, &handle);
        drop(stop);
        told
    });
    daemon::run_until(setup, async {
        // An error is the end of the story as well.
        let _ = stopped.await;
    })
    .await?;
    let told = story.join().map_err(|_| "the player went away")?;
    let history = told.map_err(|error| error as Box<dyn Error>)?;
    Ok(screen.verdict(&history))
}

/// A service with a state, settings and a sign-in of its own, which sees only the demo's player.
fn setup(folder: &Path, discovr: &str) -> Result<Setup, Box<dyn Error>> {
    let (state_dir, file) = (folder.join("state"), folder.join("config.toml"));
    fs::create_dir_all(folder.join("videos"))?;
    fs::write(
        &file,
        format!(
            "[discovr]\napi_url = \"{discovr}\"\nprofile = \"{PROFILE}\"\n\
             [playback]\nprogress_interval = \"10s\"\n\
             [players]\nmpris = false\nmpv_sockets = [\"{}/videos/*.sock\"]\n",
            folder.display()
        ),
    )?;
    let token = ("DISCOVR_SCROBBLER__DISCOVR__REFRESH_TOKEN".into(), REFRESH_TOKEN.into());
    let watched = Watched {
        file: ConfigFile::named(&file),
        environment: Environment::new([token]),
        places: SecretPlaces { credentials: None, home: None, state: Some(state_dir.clone()), keyring: None },
    };
    let loaded = config::load_file(&watched.file, &watched.environment)?;
    let socket = folder.join("control.sock");
    Ok(Setup { loaded, watched, state_dir, socket, mpv_places: Places::default() })
}

//! The film and its player: a real mpv where there is one, otherwise one that only speaks as mpv does.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use discovr_scrobbler_support::mpv::Remote;
use discovr_scrobbler_support::players::RealPlayer;
use discovr_scrobbler_support::scripted_mpv::ScriptedMpv;
use serde_json::json;
use tokio::runtime::Handle;

const FOLDER: &str = "Example Show {tmdb-1396}";
const NAME: &str = "Example Show S01E02.mkv";
const SECONDS: f64 = 2700.0;
const SPEED: f64 = 100.0;

/// A film that plays.
pub(crate) struct Film {
    player: Player,
}

enum Player {
    Real { process: Mutex<Option<RealPlayer>>, remote: Remote },
    Scripted { mpv: Arc<ScriptedMpv>, handle: Handle },
}

impl Film {
    /// Makes the film and plays it.
    pub(crate) fn play(videos: &Path, handle: &Handle) -> io::Result<Self> {
        let folder = videos.join(FOLDER);
        std::fs::create_dir_all(&folder)?;
        let (file, socket) = (folder.join(NAME), videos.join("mpv.sock"));
        let player = if has_mpv() {
            make(&file)?;
            let (socket_option, speed) =
                (format!("--input-ipc-server={}", socket.display()), format!("--speed={SPEED}"));
            let process = RealPlayer::bare_mpv(&[&file], &[&socket_option, &speed]);
            Player::Real { process: Mutex::new(Some(process)), remote: Remote::new(&socket) }
        } else {
            Player::Scripted { mpv: scripted(&file, &socket, handle), handle: handle.clone() }
        };
        Ok(Self { player })
    }

    pub(crate) fn name(&self) -> &str {
        NAME
    }

    pub(crate) fn player(&self) -> &str {
        match &self.player {
            Player::Real { .. } => "a real mpv",
            Player::Scripted { .. } => "a scripted player (there is no mpv here)",
        }
    }

    /// In percent.
    pub(crate) fn progress(&self) -> f64 {
        let seconds = match &self.player {
            Player::Real { remote, .. } => remote.position(),
            Player::Scripted { mpv, .. } => mpv.position(),
        };
        seconds / SECONDS * 100.0
    }

    pub(crate) fn pause(&self, pause: bool) {
        match &self.player {
            Player::Real { remote, .. } => {
                remote.command(&json!(["set_property", "pause", pause]));
            }
            Player::Scripted { mpv, handle } => handle.block_on(mpv.pause(pause)),
        }
    }

    pub(crate) fn quit(&self) {
        match &self.player {
            Player::Real { process, .. } => {
                let process = process.lock().ok().and_then(|mut process| process.take());
                if let Some(process) = process {
                    process.quit();
                }
            }
            Player::Scripted { mpv, handle } => handle.block_on(mpv.quit()),
        }
    }
}

/// Whether there is one. It is not asked: mpv makes a folder in the user's home at every start.
fn has_mpv() -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("mpv").is_file()))
}

/// A film of grey, uncompressed: any mpv plays it, and nothing is needed to make it.
fn make(file: &PathBuf) -> io::Result<()> {
    const FRAMES_A_SECOND: u32 = 5;
    let mut film = BufWriter::new(File::create(file)?);
    writeln!(film, "YUV4MPEG2 W16 H16 F{FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg")?;
    let frame = [b"FRAME\n".as_slice(), &[0x30; 256], &[0x80; 128]].concat();
    for _ in 0..2700 * FRAMES_A_SECOND {
        film.write_all(&frame)?;
    }
    film.flush()
}

fn scripted(file: &Path, socket: &Path, handle: &Handle) -> Arc<ScriptedMpv> {
    let _inside = handle.enter();
    Arc::new(ScriptedMpv::play(socket, file, SECONDS, SPEED))
}

//! A player that speaks as mpv does on its socket and plays nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A running one.
#[derive(Debug)]
pub struct ScriptedMpv {
    film: Arc<Mutex<Film>>,
    said: broadcast::Sender<String>,
    socket: PathBuf,
    listening: JoinHandle<()>,
}

#[derive(Debug)]
struct Film {
    path: String,
    duration: f64,
    speed: f64,
    paused: bool,
    /// Where it was, and when.
    anchor: (f64, Instant),
}

impl ScriptedMpv {
    /// Plays `file`, which need not exist, of `duration` seconds from its beginning, and listens on `socket`. Must be
    /// called inside a runtime.
    ///
    /// # Panics
    /// When it cannot listen there.
    #[must_use]
    pub fn play(socket: &Path, file: &Path, duration: f64, speed: f64) -> Self {
        let listener = UnixListener::bind(socket).expect("a free path");
        let film = Arc::new(Mutex::new(Film {
            path: file.to_string_lossy().into_owned(),
            duration,
            speed,
            paused: false,
            anchor: (0.0, Instant::now()),
        }));
        let (said, _) = broadcast::channel(64);
        let listening = tokio::spawn(listen(listener, Arc::clone(&film), said.clone()));
        Self { film, said, socket: socket.to_path_buf(), listening }
    }

    /// In seconds.
    ///
    /// # Panics
    /// Never: nobody panics while holding the film.
    #[must_use]
    pub fn position(&self) -> f64 {
        self.film.lock().expect("nobody panics").position()
    }

    /// Pauses, or goes on.
    ///
    /// # Panics
    /// Never: nobody panics while holding the film.
    pub async fn pause(&self, pause: bool) {
        {
            let mut film = self.film.lock().expect("nobody panics");
            film.anchor = (film.position(), Instant::now());
            film.paused = pause;
        }
        for name in ["pause", "core-idle"] {
            self.say(json!({"event": "property-change", "name": name, "data": pause})).await;
        }
    }

    /// Ends as mpv does: without a word but this.
    pub async fn quit(&self) {
        self.say(json!({"event": "end-file", "reason": "quit"})).await;
        self.listening.abort();
        // Dropping the last sender would end the conversations; the socket stays behind as mpv's does.
        self.say(Value::Null).await;
    }

    async fn say(&self, message: Value) {
        // Without a client nobody hears it.
        let _ = self.said.send(message.to_string());
        tokio::task::yield_now().await;
    }
}

impl Drop for ScriptedMpv {
    fn drop(&mut self) {
        self.listening.abort();
        let _ = std::fs::remove_file(&self.socket);
    }
}

impl Film {
    fn position(&self) -> f64 {
        let (from, since) = self.anchor;
        let moved = if self.paused { 0.0 } else { since.elapsed().as_secs_f64() * self.speed };
        (from + moved).min(self.duration)
    }

    /// What mpv shows when the file names no title: the last part, even of an address with its query.
    fn title(&self) -> String {
        let name = match self.path.contains("://") {
            true => percent_encoding::percent_decode_str(&self.path).decode_utf8_lossy(),
            false => self.path.as_str().into(),
        };
        name.rsplit('/').next().unwrap_or_default().to_owned()
    }

    fn property(&self, name: &str) -> Option<Value> {
        Some(match name {
            "path" => json!(self.path),
            "media-title" => json!(self.title()),
            "duration" => json!(self.duration),
            "time-pos" => json!(self.position()),
            "speed" => json!(self.speed),
            "pause" | "core-idle" => json!(self.paused),
            "seekable" => json!(true),
            "eof-reached" | "paused-for-cache" => json!(false),
            "track-list" => json!([{"type": "video"}]),
            "pid" => json!(std::process::id()),
            _ => return None,
        })
    }
}

async fn listen(listener: UnixListener, film: Arc<Mutex<Film>>, said: broadcast::Sender<String>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&film), said.subscribe()));
    }
}

async fn converse(stream: UnixStream, film: Arc<Mutex<Film>>, mut said: broadcast::Receiver<String>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    loop {
        let line = tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) => answer(&film, &line),
                _ => return,
            },
            word = said.recv() => match word {
                // The last word: it quits.
                Ok(word) if word == "null" => return,
                Ok(word) => format!("{word}\n"),
                Err(_) => return,
            },
        };
        if writer.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// What mpv says to one line.
fn answer(film: &Mutex<Film>, line: &str) -> String {
    let question: Value = serde_json::from_str(line).unwrap_or_default();
    let film = film.lock().expect("nobody panics");
    let mut answer = json!({"request_id": question["request_id"], "error": "success"});
    let mut more = String::new();
    let command = &question["command"];
    let value = |name: &Value| film.property(name.as_str().unwrap_or_default());
    match command[0].as_str() {
        Some("get_property") => match value(&command[1]) {
            Some(value) => answer["data"] = value,
            None => answer["error"] = json!("property unavailable"),
        },
        Some("observe_property") => {
            let mut change = json!({"event": "property-change", "id": command[1], "name": command[2]});
            if let Some(value) = value(&command[2]) {
                change["data"] = value;
            }
            more = format!("{change}\n");
        }
        _ => answer["error"] = json!("invalid parameter"),
    }
    format!("{answer}\n{more}")
}

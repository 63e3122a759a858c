//! A scripted mpv: it answers from a table of properties and says what the test tells it to.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixListener;
use tokio::net::unix::OwnedWriteHalf;
use tokio::task::JoinHandle;

use crate::desk::LIMIT;

pub(crate) struct Fake {
    listener: UnixListener,
    properties: Arc<Mutex<HashMap<String, Value>>>,
}

/// A client of a [`Fake`].
pub(crate) struct Client {
    writer: Arc<tokio::sync::Mutex<OwnedWriteHalf>>,
    answering: JoinHandle<()>,
    pub(crate) questions: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Listens at `socket`, with nothing loaded.
    pub(crate) fn at(socket: &Path) -> Self {
        let listener = UnixListener::bind(socket).expect("a free path");
        Self { listener, properties: Arc::default() }
    }

    /// Sets a property; what was not set has no value.
    pub(crate) fn set(&self, name: &str, value: Value) {
        self.properties.lock().expect("no panic").insert(name.to_owned(), value);
    }

    /// Has a film of an hour loaded.
    pub(crate) fn load(&self, path: &str) {
        self.set("path", json!(path));
        self.set("duration", json!(3600.0));
        self.set("time-pos", json!(10.0));
        self.set("speed", json!(1.0));
        self.set("pause", json!(false));
        self.set("track-list", json!([{"type": "video"}]));
    }

    /// Waits for a client and answers it from then on.
    pub(crate) async fn client(&self) -> Client {
        self.accept(true).await
    }

    /// Waits for a client and never answers it.
    pub(crate) async fn silent_client(&self) -> Client {
        self.accept(false).await
    }

    async fn accept(&self, answers: bool) -> Client {
        let accepted = tokio::time::timeout(LIMIT, self.listener.accept()).await;
        let (stream, _) = accepted.expect("the watcher connects").expect("a client");
        let (reader, writer) = stream.into_split();
        let writer = Arc::new(tokio::sync::Mutex::new(writer));
        let questions = Arc::<Mutex<Vec<String>>>::default();
        let answering = tokio::spawn({
            let (writer, questions) = (Arc::clone(&writer), Arc::clone(&questions));
            let properties = Arc::clone(&self.properties);
            async move {
                let mut lines = BufReader::new(reader).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    questions.lock().expect("no panic").push(line.clone());
                    let line: Value = serde_json::from_str(&line).expect("the watcher speaks JSON");
                    let command = line["command"].as_array().expect("a command");
                    assert!(
                        ["get_property", "observe_property"].contains(&command[0].as_str().expect("a name")),
                        "the watcher only reads"
                    );
                    if !answers {
                        continue;
                    }
                    let mut answer = json!({"request_id": line["request_id"], "error": "success"});
                    if command[0] == "get_property" {
                        let name = command[1].as_str().expect("a name");
                        match properties.lock().expect("no panic").get(name) {
                            Some(value) => answer["data"] = value.clone(),
                            None => answer["error"] = json!("property unavailable"),
                        }
                    }
                    let _ = writer.lock().await.write_all(format!("{answer}\n").as_bytes()).await;
                }
            }
        });
        Client { writer, answering, questions }
    }
}

impl Client {
    /// Says these very bytes.
    pub(crate) async fn say(&self, bytes: &[u8]) {
        let mut writer = self.writer.lock().await;
        let said = tokio::time::timeout(LIMIT, writer.write_all(bytes)).await;
        said.expect("the watcher reads").expect("the watcher listens");
    }

    /// Says that something happened.
    pub(crate) async fn event(&self, name: &str) {
        self.say(format!("{}\n", json!({ "event": name })).as_bytes()).await;
    }

    /// Ends the connection.
    pub(crate) async fn hang_up(self) {
        self.answering.abort();
        let _ = self.answering.await;
    }
}

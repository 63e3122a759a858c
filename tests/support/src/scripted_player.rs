//! An MPRIS player that does as it is told, in every wrong way that real ones were seen to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use zbus::message::Type;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, Message, MessageStream};

use crate::bus::Bus;

const PATH: &str = "/org/mpris/MediaPlayer2";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// The bus name of a player with this ending.
#[must_use]
pub fn full_name(name: &str) -> String {
    format!("org.mpris.MediaPlayer2.{name}")
}

/// A player on a bus, with a connection of its own. It starts as `Stopped`, with `Position` 0 and empty `Metadata`,
/// and says nothing by itself: what it is told with `set` and the like is only there for those who ask, until it is
/// told to [`emit`](Self::emit) it.
#[derive(Debug)]
pub struct ScriptedPlayer {
    connection: Connection,
    state: Arc<Mutex<State>>,
    questions: Arc<AtomicUsize>,
    frozen: watch::Sender<bool>,
    answering: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    properties: HashMap<String, OwnedValue>,
    /// Where `Position` was and how fast it moves since; `None` when the property is set by hand or missing.
    running: Option<Running>,
}

#[derive(Debug, Clone, Copy)]
struct Running {
    since: Instant,
    from: Duration,
    rate: f64,
}

impl Running {
    fn micros(self) -> i64 {
        let moved = self.since.elapsed().mul_f64(self.rate);
        i64::try_from((self.from + moved).as_micros()).expect("a position in this century")
    }
}

impl ScriptedPlayer {
    /// A player that owns `org.mpris.MediaPlayer2.<name>` on `bus`.
    pub async fn appear(bus: &Bus, name: &str) -> Self {
        let player = Self::nameless(bus).await;
        player.own(name).await;
        player
    }

    /// A player that answers but has no name yet, so that it can be prepared before it is seen.
    pub async fn nameless(bus: &Bus) -> Self {
        let connection = zbus::connection::Builder::address(bus.address().as_str())
            .expect("an address")
            .build()
            .await
            .expect("a connection to the bus");
        let empty: HashMap<String, Value<'_>> = HashMap::new();
        let properties = HashMap::from([
            ("PlaybackStatus".to_owned(), owned("Stopped")),
            ("Metadata".to_owned(), owned(empty)),
        ]);
        let running = Some(Running { since: Instant::now(), from: Duration::ZERO, rate: 0.0 });
        let state = Arc::new(Mutex::new(State { properties, running }));
        let questions = Arc::new(AtomicUsize::new(0));
        let (frozen, thawed) = watch::channel(false);
        let messages = MessageStream::from(&connection);
        let answering = tokio::spawn(answer(
            connection.clone(),
            messages,
            Arc::clone(&state),
            Arc::clone(&questions),
            thawed,
        ));
        Self { connection, state, questions, frozen, answering }
    }

    /// Owns `org.mpris.MediaPlayer2.<name>` too.
    pub async fn own(&self, name: &str) {
        self.connection.request_name(full_name(name)).await.expect("a free name");
    }

    /// Gives a name back and stays connected.
    pub async fn disown(&self, name: &str) {
        self.connection.release_name(full_name(name)).await.expect("an answer of the bus");
    }

    /// Sets a property to a value of any type.
    pub fn set(&self, property: &str, value: impl Into<Value<'static>>) -> &Self {
        let mut state = self.lock();
        if property == "Position" {
            state.running = None;
        }
        state.properties.insert(property.to_owned(), owned(value));
        drop(state);
        self
    }

    /// Forgets a property: it is missing from now on.
    pub fn remove(&self, property: &str) -> &Self {
        let mut state = self.lock();
        if property == "Position" {
            state.running = None;
        }
        state.properties.remove(property);
        drop(state);
        self
    }

    /// Sets `PlaybackStatus`.
    pub fn status(&self, word: &str) -> &Self {
        self.set("PlaybackStatus", word.to_owned())
    }

    /// Sets `Metadata`.
    pub fn metadata<const N: usize>(&self, entries: [(&str, Value<'static>); N]) -> &Self {
        let entries: HashMap<String, Value<'static>> =
            entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        self.set("Metadata", entries)
    }

    /// `Position` is `seconds` now and stands still.
    pub fn stand_at(&self, seconds: f64) -> &Self {
        self.run_from(seconds, 0.0)
    }

    /// `Position` is `seconds` now and moves by `rate` seconds a second. The property `Rate` is not touched.
    pub fn run_from(&self, seconds: f64, rate: f64) -> &Self {
        let from = Duration::try_from_secs_f64(seconds).expect("a position");
        self.lock().running = Some(Running { since: Instant::now(), from, rate });
        self
    }

    /// `Position` goes on from where it is at another `rate`.
    pub fn go_on_at(&self, rate: f64) -> &Self {
        let mut state = self.lock();
        if let Some(running) = &mut state.running {
            let from = Duration::from_micros(running.micros().unsigned_abs());
            *running = Running { since: Instant::now(), from, rate };
        }
        drop(state);
        self
    }

    /// Where it is, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let micros = self.lock().running.map_or(0, Running::micros);
        Duration::from_micros(micros.unsigned_abs()).as_secs_f64()
    }

    /// Signals that these properties changed, with their values; those that are missing are left out.
    pub async fn emit<const N: usize>(&self, properties: [&str; N]) {
        let changed: HashMap<String, OwnedValue> = {
            let state = self.lock();
            properties.iter().filter_map(|name| Some(((*name).to_owned(), state.get(name)?))).collect()
        };
        self.changed(changed, &[]).await;
    }

    /// Signals that these properties changed, without their values.
    pub async fn invalidate<const N: usize>(&self, properties: [&str; N]) {
        self.changed(HashMap::new(), &properties).await;
    }

    /// Signals a seek.
    pub async fn seeked(&self, seconds: f64) {
        let to = i64::try_from(Duration::try_from_secs_f64(seconds).expect("a position").as_micros());
        let to = to.expect("a position in this century");
        let none: Option<&str> = None;
        self.connection.emit_signal(none, PATH, PLAYER, "Seeked", &to).await.expect("a bus");
    }

    /// Answers nothing from now on.
    pub fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    /// Answers again, also what it was asked while it was frozen.
    pub fn thaw(&self) {
        self.frozen.send_replace(false);
    }

    /// How often it was called.
    #[must_use]
    pub fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }

    /// Closes its connection, as a crash does, without a word.
    pub async fn vanish(self) {
        self.answering.abort();
        self.connection.clone().close().await.expect("a connection that can be closed");
    }

    async fn changed(&self, changed: HashMap<String, OwnedValue>, invalidated: &[&str]) {
        let none: Option<&str> = None;
        let body = (PLAYER, changed, invalidated);
        self.connection.emit_signal(none, PATH, PROPERTIES, "PropertiesChanged", &body).await.expect("a bus");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked with the lock")
    }
}

impl Drop for ScriptedPlayer {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

impl State {
    fn get(&self, property: &str) -> Option<OwnedValue> {
        match self.running {
            Some(running) if property == "Position" => Some(owned(running.micros())),
            _ => self.properties.get(property).cloned(),
        }
    }

    fn all(&self) -> HashMap<String, OwnedValue> {
        let mut all = self.properties.clone();
        if let Some(position) = self.get("Position") {
            all.insert("Position".to_owned(), position);
        }
        all
    }
}

async fn answer(
    connection: Connection,
    mut messages: MessageStream,
    state: Arc<Mutex<State>>,
    questions: Arc<AtomicUsize>,
    mut frozen: watch::Receiver<bool>,
) {
    let mut held = Vec::new();
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(Ok(message)) = message else { return };
                if message.message_type() == Type::MethodCall {
                    questions.fetch_add(1, Ordering::SeqCst);
                    held.push(message);
                }
            }
            changed = frozen.changed() => if changed.is_err() {
                return;
            },
        }
        if !*frozen.borrow_and_update() {
            for message in held.drain(..) {
                // Who asked may be gone already.
                let _ = reply(&connection, &message, &state).await;
            }
        }
    }
}

async fn reply(connection: &Connection, message: &Message, state: &Mutex<State>) -> zbus::Result<()> {
    let header = message.header();
    let member = header.member().map(|member| member.as_str()).unwrap_or_default();
    match (header.interface().map(|interface| interface.as_str()), member) {
        (Some(PROPERTIES), "GetAll") => {
            let all = state.lock().expect("nobody panicked with the lock").all();
            connection.reply(&header, &all).await
        }
        (Some(PROPERTIES), "Get") => {
            let (_, property): (String, String) = message.body().deserialize()?;
            let value = state.lock().expect("nobody panicked with the lock").get(&property);
            match value {
                Some(value) => connection.reply(&header, &value).await,
                None => {
                    let error = "org.freedesktop.DBus.Error.InvalidArgs";
                    connection.reply_error(&header, error, &"no such property").await
                }
            }
        }
        _ => {
            let error = "org.freedesktop.DBus.Error.UnknownMethod";
            connection.reply_error(&header, error, &"a scripted player only answers questions").await
        }
    }
}

fn owned(value: impl Into<Value<'static>>) -> OwnedValue {
    OwnedValue::try_from(value.into()).expect("a value without file descriptors")
}

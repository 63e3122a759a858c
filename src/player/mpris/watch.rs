//! Who is on the bus: players appear, change owners and vanish, and so does the bus itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::task::JoinSet;
use tracing::{debug, info};
use zbus::message::Type;
use zbus::names::OwnedUniqueName;
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::bounded::Bounded;
use super::bus::{self, CallError};
use super::follow::follow;
use super::heard::{self, Mouth};
use super::quirks::{self, PREFIX};
use crate::player::{Interface, Source, WatcherContext, process};

/// Between the end of one bus and the search for the next. Doubled for each that did not last, up to [`LONG_REST`]:
/// a bus that throws everybody out must not be pestered.
const REST: Duration = Duration::from_secs(1);
/// The longest rest, and how long a bus must have lasted to be a good one.
const LONG_REST: Duration = Duration::from_secs(30);

/// The signals that are listened to, and the interface of those that say what changed.
const NAMES: &str = "NameOwnerChanged";
const CHANGES: &str = "PropertiesChanged";
const SEEKS: &str = "Seeked";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Signals that are longer are not read, in bytes.
const LONG: usize = 64 * 1024;

/// What the watcher is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MprisSettings {
    /// The address of the bus; `None` takes the session's.
    pub address: Option<String>,
    /// Only these players, by their short names; empty means all.
    pub only: Vec<String>,
    /// Never these: they are not even called.
    pub ignore: Vec<String>,
}

impl MprisSettings {
    fn admits(&self, player: &str) -> bool {
        let listed = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(player));
        !quirks::is_proxy(player) && (self.only.is_empty() || listed(&self.only)) && !listed(&self.ignore)
    }
}

/// Watches the session bus until the context's `cancel`. Without a bus it says so once and waits for one.
pub async fn watch(settings: MprisSettings, context: WatcherContext) {
    let watching = async {
        let Some(address) = settings.address.clone().or_else(bus::session_address) else {
            info!("no session bus is named in the environment: only mpv's sockets are watched");
            return std::future::pending().await;
        };
        // Each change is said once.
        let mut said = false;
        let mut rest = REST;
        loop {
            let socket = bus::SocketWatch::start(&address);
            match bus::connect(&address).await {
                Ok(connection) => {
                    drop(socket);
                    let since = context.clock.now().moment;
                    info!("watching the players on the session bus");
                    if let Err(error) = watch_bus(&connection, &settings, &context).await {
                        debug!(%error, "the session bus failed");
                    }
                    info!("the session bus is gone: waiting for it; mpv's sockets are still watched");
                    said = true;
                    tokio::time::sleep(rest).await;
                    let lasted = context.clock.now().moment.since(since) >= LONG_REST;
                    rest = if lasted { REST } else { (rest * 2).min(LONG_REST) };
                }
                Err(error) => {
                    debug!(%error, "no session bus");
                    if !std::mem::replace(&mut said, true) {
                        info!("no session bus: waiting for it; mpv's sockets are still watched");
                    }
                    socket.changed(&error).await;
                }
            }
        }
    };
    tokio::select! {
        () = context.cancel.cancelled() => {}
        () = watching => {}
    }
}

/// Watches one bus until it ends.
///
/// Whatever comes is taken at once, and nothing is waited for in between: zbus reads no further while something waits to be
/// taken, so that an answer could be stuck behind a flood of signals.
async fn watch_bus(
    connection: &Connection,
    settings: &MprisSettings,
    context: &WatcherContext,
) -> Result<(), CallError> {
    let mut messages = MessageStream::from(connection);
    let mut players = Players {
        connection,
        settings,
        context,
        by_owner: HashMap::new(),
        changed_meanwhile: Some(HashSet::new()),
        tasks: JoinSet::new(),
    };
    let first_look = async {
        // First listen, then look: nobody can slip through in between.
        for rule in rules()? {
            bus::listen(connection, &rule).await?;
        }
        bus::players(connection).await
    };
    tokio::pin!(first_look);
    let end = loop {
        tokio::select! {
            message = messages.next() => match message {
                None => break Ok(()),
                Some(Ok(message)) => players.heard(&message),
                Some(Err(error)) => break Err(error.into()),
            },
            found = &mut first_look, if players.changed_meanwhile.is_some() => match found {
                Ok(found) => players.found(found),
                Err(error) => break Err(error),
            },
            Some(_) = players.tasks.join_next() => {}
        }
    };
    players.all_gone().await;
    end
}

/// What is listened to.
fn rules() -> zbus::Result<[MatchRule<'static>; 3]> {
    let rule = |interface, member| {
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(interface)?.member(member)?;
        Ok::<_, zbus::Error>(rule)
    };
    let names = rule(bus::DRIVER, NAMES)?.sender(bus::DRIVER)?.arg0ns(PREFIX.trim_end_matches('.'))?.build();
    let changes = rule(PROPERTIES, CHANGES)?.path(bus::PATH)?.build();
    let seeks = rule(bus::PLAYER, SEEKS)?.path(bus::PATH)?.build();
    Ok([names, changes, seeks])
}

struct Players<'a> {
    connection: &'a Connection,
    settings: &'a MprisSettings,
    context: &'a WatcherContext,
    /// One per connection: VLC may own two names on two connections.
    by_owner: HashMap<OwnedUniqueName, Known>,
    /// The names that changed their owners since the first look was begun; `None` when it is over.
    changed_meanwhile: Option<HashSet<String>>,
    tasks: JoinSet<()>,
}

/// A player that is followed.
struct Known {
    /// The names that its connection owns.
    names: HashSet<String>,
    mouth: Mouth,
}

impl Players<'_> {
    /// What the bus says. Anybody may send us anything: who sends it is the bus's word.
    fn heard(&mut self, message: &Message) {
        if message.message_type() != Type::Signal {
            return;
        }
        let header = message.header();
        let of = |interface: &str| header.interface().is_some_and(|its| its.as_str() == interface);
        let Some(member) = header.member() else { return };
        match member.as_str() {
            NAMES
                if of(bus::DRIVER)
                    && header.sender().is_some_and(|sender| sender.as_str() == bus::DRIVER) =>
            {
                self.name_changed(message);
            }
            CHANGES if of(PROPERTIES) => self.changed(message),
            SEEKS if of(bus::PLAYER) => self.sought(message),
            _ => {}
        }
    }

    /// The players that the first look found.
    fn found(&mut self, found: Vec<(String, OwnedUniqueName)>) {
        // What changed meanwhile was told in signals, which may be newer.
        let changed = self.changed_meanwhile.take().unwrap_or_default();
        for (name, owner) in found.into_iter().filter(|(name, _)| !changed.contains(name)) {
            self.appeared(&name, owner);
        }
    }

    fn appeared(&mut self, name: &str, owner: OwnedUniqueName) {
        let Some(player) = quirks::short_name(name) else { return };
        if !self.settings.admits(&player) {
            return;
        }
        if let Some(known) = self.by_owner.get_mut(&owner) {
            known.names.insert(name.to_owned());
            return;
        }
        let (mouth, ear) = heard::pair();
        self.by_owner.insert(owner.clone(), Known { names: HashSet::from([name.to_owned()]), mouth });
        let (connection, context) = (self.connection.clone(), self.context.clone());
        self.tasks.spawn(async move {
            let pid = bus::pid(&connection, &owner).await;
            if !ear.is_there() {
                return;
            }
            let source = Arc::new(Source {
                id: context.sources.next(),
                interface: Interface::Mpris,
                player,
                pid,
                parent: pid.and_then(process::parent_of),
            });
            debug!(player = %source.player, pid, "a player appeared on the bus");
            // mpv with its plug-in has perhaps a socket too.
            context.look_again.notify_one();
            follow(connection, owner, source, ear, context).await;
        });
    }

    fn name_changed(&mut self, message: &Message) {
        let body = message.body();
        let Ok((name, old, new)) = body.deserialize::<(String, String, String)>() else { return };
        if !name.starts_with(PREFIX) {
            return;
        }
        if let Some(changed) = &mut self.changed_meanwhile {
            changed.insert(name.clone());
        }
        if let Ok(old) = OwnedUniqueName::try_from(old.as_str())
            && let Some(known) = self.by_owner.get_mut(&old)
            && known.names.remove(&name)
            && known.names.is_empty()
        {
            // Its task ends when it hears nothing more, and says that it is gone.
            self.by_owner.remove(&old);
        }
        if let Ok(new) = OwnedUniqueName::try_from(new.as_str()) {
            self.appeared(&name, new);
        }
    }

    fn changed(&self, message: &Message) {
        let Some(known) = self.sender_of(message) else { return };
        let body = message.body();
        if bus::is_cut(message) || body.len() > LONG {
            // One that is far too long comes without its body. The player is asked instead, which it is only so often.
            return known.mouth.sought();
        }
        if let Ok((interface, Bounded(changed), invalidated)) =
            body.deserialize::<(String, Bounded, Vec<String>)>()
            && interface == bus::PLAYER
        {
            known.mouth.changed(&changed, &invalidated);
        }
    }

    fn sought(&self, message: &Message) {
        if let Some(known) = self.sender_of(message) {
            known.mouth.sought();
        }
    }

    fn sender_of(&self, message: &Message) -> Option<&Known> {
        let header = message.header();
        self.by_owner.get(&OwnedUniqueName::from(header.sender()?.clone()))
    }

    async fn all_gone(&mut self) {
        self.by_owner.clear();
        while self.tasks.join_next().await.is_some() {}
    }
}

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

use super::bus::{self, CallError};
use super::follow::follow;
use super::heard::{self, Mouth};
use super::quirks::{self, PREFIX};
use super::reading::Properties;
use crate::player::{Interface, Source, WatcherContext, process};

/// Between the end of one bus and the search for the next. Doubled for each that did not last, up to [`LONG_REST`]:
/// a bus that throws everybody out must not be pestered.
const REST: Duration = Duration::from_secs(1);
/// The longest rest, and how long a bus must have lasted to be a good one.
const LONG_REST: Duration = Duration::from_secs(30);

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
async fn watch_bus(
    connection: &Connection,
    settings: &MprisSettings,
    context: &WatcherContext,
) -> Result<(), CallError> {
    // First listen, then look: nobody can slip through in between.
    let rule = |interface, member| {
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(interface)?.member(member)?;
        Ok::<_, zbus::Error>(rule)
    };
    let names = rule("org.freedesktop.DBus", "NameOwnerChanged")?
        .sender("org.freedesktop.DBus")?
        .arg0ns(PREFIX.trim_end_matches('.'))?
        .build();
    let changes = rule("org.freedesktop.DBus.Properties", "PropertiesChanged")?.path(bus::PATH)?.build();
    let seeks = rule(bus::PLAYER, "Seeked")?.path(bus::PATH)?.build();
    let mut names = MessageStream::for_match_rule(names, connection, Some(256)).await?;
    let mut changes = MessageStream::for_match_rule(changes, connection, Some(256)).await?;
    let mut seeks = MessageStream::for_match_rule(seeks, connection, Some(64)).await?;

    let mut players =
        Players { connection, settings, context, by_owner: HashMap::new(), tasks: JoinSet::new() };
    let end = async {
        for name in bus::player_names(connection).await? {
            if let Ok(owner) = bus::owner(connection, &name).await {
                players.appeared(&name, owner).await;
            }
        }
        loop {
            tokio::select! {
                message = names.next() => match message {
                    None => return Ok(()),
                    Some(message) => players.name_changed(&message?).await,
                },
                message = changes.next() => match message {
                    None => return Ok(()),
                    Some(message) => players.changed(&message?),
                },
                message = seeks.next() => match message {
                    None => return Ok(()),
                    Some(message) => players.sought(&message?),
                },
            }
        }
    };
    let end = end.await;
    players.all_gone().await;
    end
}

struct Players<'a> {
    connection: &'a Connection,
    settings: &'a MprisSettings,
    context: &'a WatcherContext,
    /// One per connection: VLC may own two names on two connections.
    by_owner: HashMap<OwnedUniqueName, Known>,
    tasks: JoinSet<()>,
}

/// A player that is followed.
struct Known {
    /// The names that its connection owns.
    names: HashSet<String>,
    mouth: Mouth,
}

impl Players<'_> {
    async fn appeared(&mut self, name: &str, owner: OwnedUniqueName) {
        let Some(player) = quirks::short_name(name) else { return };
        if !self.settings.admits(&player) {
            return;
        }
        if let Some(known) = self.by_owner.get_mut(&owner) {
            known.names.insert(name.to_owned());
            return;
        }
        let pid = bus::pid(self.connection, &owner).await;
        let source = Arc::new(Source {
            id: self.context.sources.next(),
            interface: Interface::Mpris,
            player,
            pid,
            parent: pid.and_then(process::parent_of),
        });
        debug!(player = %source.player, pid, "a player appeared on the bus");
        let (mouth, ear) = heard::pair();
        self.by_owner.insert(owner.clone(), Known { names: HashSet::from([name.to_owned()]), mouth });
        self.tasks.spawn(follow(self.connection.clone(), owner, source, ear, self.context.clone()));
        // mpv with its plug-in has perhaps a socket too.
        self.context.look_again.notify_one();
    }

    async fn name_changed(&mut self, message: &Message) {
        while self.tasks.try_join_next().is_some() {}
        let body = message.body();
        let Ok((name, old, new)) = body.deserialize::<(String, String, String)>() else { return };
        if !name.starts_with(PREFIX) {
            return;
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
            self.appeared(&name, new).await;
        }
    }

    fn changed(&self, message: &Message) {
        let Some(known) = self.sender_of(message) else { return };
        let body = message.body();
        if let Ok((interface, changed, invalidated)) = body.deserialize::<(String, Properties, Vec<String>)>()
            && interface == bus::PLAYER
        {
            known.mouth.changed(changed, &invalidated);
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

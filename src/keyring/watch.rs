//! Reasons to look for the token again: the keyring was unlocked, filled, or has come.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::debug;
use zbus::message::Type;
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::Keyring;
use crate::session_bus::{self, SocketWatch};

const NAME: &str = "org.freedesktop.secrets";
const OBJECTS: &str = "/org/freedesktop/secrets";
/// Between the end of one bus and the search for the next.
const REST: Duration = Duration::from_secs(5);
/// What may make a difference: prompts and the comings and goings of sessions do not.
const MEMBERS: [&str; 7] = [
    "PropertiesChanged",
    "CollectionCreated",
    "CollectionChanged",
    "CollectionDeleted",
    "ItemCreated",
    "ItemChanged",
    "ItemDeleted",
];

/// Sends a word to `changed` as soon as it listens, and whenever something may be different, until `cancel`. A word that
/// waits is enough. Without a bus it waits for one.
pub async fn watch(keyring: Keyring, changed: mpsc::Sender<()>, cancel: CancellationToken) {
    let watching = async {
        let Some(address) = keyring.address() else { return };
        loop {
            let socket = SocketWatch::start(&address);
            match session_bus::connect(&address).await {
                Ok(bus) => {
                    drop(socket);
                    let ended = listen(&bus, &changed).await;
                    debug!(?ended, "the session bus is gone, and the keyring with it");
                    tokio::time::sleep(REST).await;
                }
                Err(error) => {
                    debug!(%error, "no session bus: no keyring");
                    socket.changed(&error).await;
                }
            }
        }
    };
    tokio::select! {
        () = cancel.cancelled() => {}
        () = changed.closed() => {}
        () = watching => {}
    }
}

async fn listen(bus: &Connection, changed: &mpsc::Sender<()>) -> Result<(), zbus::Error> {
    let signals = MatchRule::builder().msg_type(Type::Signal).path_namespace(OBJECTS)?.build();
    let owners = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .add_arg(NAME)?
        .build();
    let mut signals = MessageStream::for_match_rule(signals, bus, Some(64)).await?;
    let mut owners = MessageStream::for_match_rule(owners, bus, Some(16)).await?;
    let _ = changed.try_send(());
    loop {
        let matters = tokio::select! {
            message = signals.next() => match message {
                None => return Ok(()),
                Some(message) => may_matter(&message?),
            },
            message = owners.next() => match message {
                None => return Ok(()),
                Some(message) => message.is_ok(),
            },
        };
        if matters {
            let _ = changed.try_send(());
        }
    }
}

fn may_matter(signal: &Message) -> bool {
    signal.header().member().is_some_and(|member| MEMBERS.contains(&member.as_str()))
}

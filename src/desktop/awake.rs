//! Reasons to try at once what waits: the machine has woken, or the network is back. Both are signals on the system bus;
//! without one, what waits is tried when its time has come.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::debug;
use zbus::message::Type;
use zbus::{Connection, MatchRule, Message, MessageStream};

/// How long the bus may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// From this state on NetworkManager has a connection to more than the machine itself (`NM_STATE_CONNECTED_SITE`).
const CONNECTED: u32 = 60;

/// Sends a word to `again` whenever there is a reason to try at once, until `cancel`.
pub async fn watch(again: mpsc::Sender<()>, cancel: CancellationToken) {
    let watching = async {
        match tokio::time::timeout(PATIENCE, Connection::system()).await {
            Ok(Ok(bus)) => {
                if let Err(error) = listen(&bus, &again).await {
                    debug!(%error, "the system bus is not listened to");
                }
            }
            Ok(Err(error)) => debug!(%error, "no system bus: nobody tells when the network is back"),
            Err(_) => debug!("the system bus does not answer"),
        }
    };
    tokio::select! {
        () = cancel.cancelled() => {}
        () = watching => {}
    }
}

async fn listen(bus: &Connection, again: &mpsc::Sender<()>) -> Result<(), zbus::Error> {
    let mut sleeps =
        signals(bus, "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep").await?;
    let mut states =
        signals(bus, "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager", "StateChanged")
            .await?;
    loop {
        let is_reason = tokio::select! {
            message = sleeps.next() => match message {
                None => return Ok(()),
                Some(message) => has_woken(&message?),
            },
            message = states.next() => match message {
                None => return Ok(()),
                Some(message) => is_connected(&message?),
            },
        };
        if is_reason {
            // A word that waits already is enough.
            let _ = again.try_send(());
        }
    }
}

async fn signals(
    bus: &Connection,
    path: &'static str,
    interface: &'static str,
    member: &'static str,
) -> Result<MessageStream, zbus::Error> {
    let rule =
        MatchRule::builder().msg_type(Type::Signal).path(path)?.interface(interface)?.member(member)?.build();
    MessageStream::for_match_rule(rule, bus, Some(16)).await
}

/// `true` is said before the machine sleeps, `false` after.
fn has_woken(message: &Message) -> bool {
    message.body().deserialize::<bool>().is_ok_and(|sleeps| !sleeps)
}

fn is_connected(message: &Message) -> bool {
    message.body().deserialize::<u32>().is_ok_and(|state| state >= CONNECTED)
}

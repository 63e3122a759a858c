//! The calls to players on the bus, each with a time-out.

use futures_util::{StreamExt, stream};
use tracing::debug;
use zbus::names::OwnedUniqueName;
use zbus::{Connection, MatchRule, Message};

use super::bounded::Bounded;
use super::quirks::PREFIX;
use super::reading::Properties;
use crate::session_bus::in_time;
pub(crate) use crate::session_bus::{CallError, SocketWatch, connect, session_address};

/// Where MPRIS players have their object.
pub(crate) const PATH: &str = "/org/mpris/MediaPlayer2";
/// The interface that is read.
pub(crate) const PLAYER: &str = "org.mpris.MediaPlayer2.Player";

/// The bus itself.
pub(crate) const DRIVER: &str = "org.freedesktop.DBus";
const DRIVER_PATH: &str = "/org/freedesktop/DBus";

/// How many answers of the bus are waited for at once.
const AT_ONCE: usize = 16;

/// Asks the bus for the signals that fit `rule`.
pub(crate) async fn listen(bus: &Connection, rule: &MatchRule<'_>) -> Result<(), CallError> {
    let rule = rule.to_string();
    in_time(bus.call_method(Some(DRIVER), DRIVER_PATH, Some(DRIVER), "AddMatch", &rule)).await?;
    Ok(())
}

/// All properties of a player, to be read with [`read`]. The destination is a unique name, which never starts a program.
pub(crate) async fn all_properties(bus: &Connection, name: &OwnedUniqueName) -> Result<Message, CallError> {
    let call = bus.call_method(
        Some(name.as_str()),
        PATH,
        Some("org.freedesktop.DBus.Properties"),
        "GetAll",
        &PLAYER,
    );
    in_time(call).await
}

/// Reads an answer. One that is full of small values takes its time.
pub(crate) fn read(answer: &Message) -> Result<Properties, CallError> {
    let Bounded(properties) = answer.body().deserialize()?;
    Ok(properties)
}

/// Whether an answer was so long that only its head was let through.
pub(crate) fn is_cut(answer: &Message) -> bool {
    answer.body().is_empty()
}

/// The names of players on the bus now.
pub(crate) async fn player_names(bus: &Connection) -> Result<Vec<String>, CallError> {
    let answer = in_time(bus.call_method(Some(DRIVER), DRIVER_PATH, Some(DRIVER), "ListNames", &())).await?;
    let names: Vec<String> = answer.body().deserialize()?;
    Ok(names.into_iter().filter(|name| name.starts_with(PREFIX)).collect())
}

/// The names of players on the bus now, and who owns them.
pub(crate) async fn players(bus: &Connection) -> Result<Vec<(String, OwnedUniqueName)>, CallError> {
    let owners = player_names(bus).await?.into_iter().map(|name| async {
        // Who has none any more is gone.
        let owner = owner(bus, &name).await.ok()?;
        Some((name, owner))
    });
    Ok(stream::iter(owners).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await)
}

/// Who owns a name.
async fn owner(bus: &Connection, name: &str) -> Result<OwnedUniqueName, CallError> {
    let answer =
        in_time(bus.call_method(Some(DRIVER), DRIVER_PATH, Some(DRIVER), "GetNameOwner", &name)).await?;
    Ok(answer.body().deserialize()?)
}

/// The process behind a connection; `None` when the bus does not say.
pub(crate) async fn pid(bus: &Connection, name: &OwnedUniqueName) -> Option<u32> {
    let name = name.as_str();
    let call = bus.call_method(Some(DRIVER), DRIVER_PATH, Some(DRIVER), "GetConnectionUnixProcessID", &name);
    let pid = in_time(call).await.and_then(|answer| Ok(answer.body().deserialize()?));
    pid.inspect_err(|error| debug!(%error, "the bus does not say which process a player is")).ok()
}

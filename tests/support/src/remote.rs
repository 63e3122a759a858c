//! The buttons of a player on the bus.

use std::time::Duration;

use zbus::Connection;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::OwnedValue;

use crate::bus::Bus;
use crate::scripted_player::full_name;

const PATH: &str = "/org/mpris/MediaPlayer2";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";

/// A remote control for one player.
#[derive(Debug)]
pub struct Remote {
    connection: Connection,
    name: String,
}

impl Remote {
    /// For `org.mpris.MediaPlayer2.<name>` on `bus`.
    pub async fn of(bus: &Bus, name: &str) -> Self {
        let connection = zbus::connection::Builder::address(bus.address().as_str())
            .expect("an address")
            .build()
            .await
            .expect("a connection to the bus");
        Self { connection, name: full_name(name) }
    }

    /// Pauses.
    pub async fn pause(&self) {
        self.press("Pause").await;
    }

    /// Goes on.
    pub async fn play(&self) {
        self.press("Play").await;
    }

    /// Goes to the next of the list.
    pub async fn next(&self) {
        self.press("Next").await;
    }

    /// Stops.
    pub async fn stop(&self) {
        self.press("Stop").await;
    }

    /// Seeks forward by `seconds`.
    pub async fn seek_by(&self, seconds: i64) {
        let name = Some(self.name.as_str());
        let call =
            self.connection.call_method(name, PATH, Some(PLAYER), "Seek", &(seconds * 1_000_000)).await;
        call.expect("a player that answers");
    }

    /// Where it is.
    pub async fn position(&self) -> Duration {
        let call = self.connection.call_method(
            Some(self.name.as_str()),
            PATH,
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &(PLAYER, "Position"),
        );
        let answer = call.await.expect("a player that answers");
        let value: OwnedValue = answer.body().deserialize().expect("a value");
        let micros = i64::try_from(value).expect("a number");
        Duration::from_micros(micros.unsigned_abs())
    }

    /// The owners of all names of players that begin like this one's.
    pub async fn owners(&self) -> Vec<OwnedUniqueName> {
        let driver = Some("org.freedesktop.DBus");
        let path = "/org/freedesktop/DBus";
        let answer =
            self.connection.call_method(driver, path, driver, "ListNames", &()).await.expect("a bus");
        let names: Vec<String> = answer.body().deserialize().expect("names");
        let mut owners = Vec::new();
        for name in names.iter().filter(|name| name.starts_with(&self.name)) {
            let answer = self.connection.call_method(driver, path, driver, "GetNameOwner", name).await;
            owners.extend(answer.ok().and_then(|answer| answer.body().deserialize().ok()));
        }
        owners
    }

    async fn press(&self, button: &str) {
        self.connection
            .call_method(Some(self.name.as_str()), PATH, Some(PLAYER), button, &())
            .await
            .expect("a player that answers");
    }
}

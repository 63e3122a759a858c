//! What the daemon would see, seen without one.

use std::time::Duration;

use tokio::sync::mpsc;
use uuid::Uuid;

use super::status::live_status;
use super::watchers::{Wanted, Watchers};
use crate::clock::Clock;
use crate::config::{SecretPlaces, Settings};
use crate::control::LivePlayer;
use crate::playback::{Input, Tracker, ViewingId};
use crate::player::mpv::{MpvSettings, Places};

/// Watches for `time` and gives the players that were seen at its end, and why each is not followed, if it is not.
/// Nothing is kept or told to anyone.
pub(crate) async fn look_around(
    settings: &Settings,
    places: &SecretPlaces,
    mpv_places: Places,
    time: Duration,
) -> Vec<LivePlayer> {
    let (clock, home) = (Clock::system(), places.home.as_deref());
    let mut tracker = Tracker::new(settings.for_playback(home), || ViewingId(Uuid::now_v7()));
    let (sender, mut reports) = mpsc::channel(256);
    let wanted = Wanted {
        mpv: settings.for_mpv(home).map(|sockets| MpvSettings { sockets, places: mpv_places }),
        mpris: settings.for_mpris(),
    };
    let mut watchers = Watchers::start(clock.clone(), sender, wanted);
    let watching = async {
        while let Some(report) = reports.recv().await {
            // Whatever follows from it is nothing to those who only look.
            drop(tracker.handle(Input::Report(report), clock.now()));
        }
    };
    // The time being up is how it ends.
    let _ = tokio::time::timeout(time, watching).await;
    watchers.stop().await;
    live_status(&tracker, clock.now(), Vec::new(), None).players
}

//! What the daemon says of itself to `status`.

use crate::clock::Now;
use crate::control::{LiveDeadline, LivePlayer, LiveService, LiveStatus, LiveViewing};
use crate::playback::{NotFollowed, Tracker};
use crate::service::discovr::DISCOVR;

/// What `tracker` knows at `now`, how the services are reached, and what is wrong with the journal.
pub(crate) fn live_status(
    tracker: &Tracker,
    now: Now,
    services: Vec<LiveService>,
    journal_trouble: Option<String>,
) -> LiveStatus {
    let players = tracker
        .players()
        .into_iter()
        .map(|player| LivePlayer {
            player: player.player,
            interface: player.interface.to_string(),
            pid: player.pid,
            state: player.state.to_string(),
            not_followed: player.not_followed.map(|reason| match reason {
                NotFollowed::NotAViewing(reason) => reason.to_string(),
                NotFollowed::Twin => "seen better through its other interface".to_owned(),
                NotFollowed::Stopped => "stopped".to_owned(),
            }),
        })
        .collect();
    let watching = tracker
        .sittings(now)
        .into_iter()
        .filter_map(|sitting| {
            let viewing = sitting.viewing?;
            Some(LiveViewing {
                viewing: sitting.announced.then(|| viewing.id.to_string()),
                title: None,
                player: sitting.player,
                playing: sitting.playing,
                position: viewing.position.offset().as_secs_f64(),
                duration: viewing.duration.as_secs_f64(),
                progress: viewing.progress().get(),
                watched: viewing.coverage().get(),
                parts: viewing.parts.instants().iter().map(Option::is_some).collect(),
                next: sitting.next.map(|next| LiveDeadline {
                    reason: next.reason,
                    seconds: next.at.since(now.moment).as_secs_f64(),
                }),
            })
        })
        .collect();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let of_discovr = services.iter().find(|service| service.service == DISCOVR.0);
    LiveStatus {
        pid: std::process::id(),
        version,
        players,
        watching,
        clock_ahead: of_discovr.and_then(|service| service.clock_ahead),
        token_in: of_discovr.and_then(|service| service.token_in.clone()),
        services,
        journal_trouble,
    }
}

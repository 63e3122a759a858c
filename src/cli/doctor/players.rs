//! Which players are seen, why each is followed or not, and what keeps an mpv from being seen.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::finding::{Finding, Group, PATIENCE, quoted};
use crate::cli::context::Context;
use crate::config::Loaded;
use crate::control::{LivePlayer, LiveStatus};
use crate::daemon;
use crate::playback::NotAViewing;
use crate::player::mpris::{BusTrouble, session_bus};
use crate::player::mpv::{self, MpvSettings, Places, SocketTrouble, Survey, TroubledSocket};

const GROUP: Group = Group::Players;
/// How long it is looked around where no daemon does.
const LOOK: Duration = Duration::from_secs(2);
const MPV_CONF: &str =
    "add this line to ~/.config/mpv/mpv.conf and start mpv again: input-ipc-server=/tmp/mpv-socket";

pub(super) async fn look(
    context: Arc<Context>,
    loaded: Arc<Loaded>,
    live: Option<LiveStatus>,
) -> Vec<Finding> {
    let places = context.secret_places();
    let settings = &loaded.settings;
    let seen = async {
        match live {
            Some(live) => live.players,
            None => daemon::look_around(settings, &places, Places::from_environment(), LOOK).await,
        }
    };
    let survey = async {
        let sockets = settings.for_mpv(places.home.as_deref())?;
        let survey = mpv::survey(MpvSettings { sockets, places: Places::from_environment() });
        Some(tokio::time::timeout(PATIENCE, survey).await)
    };
    let (mut findings, seen, survey) = tokio::join!(bus(settings.players.mpris), seen, survey);
    findings.extend(judge_players(&seen));
    match survey {
        Some(Ok(survey)) => findings.extend(judge_survey(&survey, &seen)),
        Some(Err(_)) => findings.push(GROUP.failed("mpv sockets")),
        None => {}
    }
    findings
}

/// What can be said while it is not known what the user wants to be seen.
pub(super) async fn look_without_settings(live: Option<LiveStatus>) -> Vec<Finding> {
    let mut findings = bus(true).await;
    findings.extend(live.iter().flat_map(|live| judge_players(&live.players)));
    findings
}

async fn bus(wanted: bool) -> Vec<Finding> {
    if !wanted {
        let finding = "players.mpris is false: only mpv's sockets are watched";
        return vec![GROUP.note("session bus", finding, "set players.mpris = true to see other players")];
    }
    GROUP.in_time("session bus", async { vec![judge_bus(&session_bus().await)] }).await
}

fn judge_bus(bus: &Result<usize, BusTrouble>) -> Finding {
    match bus {
        Ok(_) => GROUP.good("session bus", "the session bus answers"),
        Err(BusTrouble::NotNamed) => GROUP.note(
            "session bus",
            "the environment names no session bus: only mpv's sockets are watched",
            "run this in your desktop session; it sets DBUS_SESSION_BUS_ADDRESS",
        ),
        Err(BusTrouble::Unreachable { address, why }) => GROUP.bad(
            "session bus",
            format!("the session bus, {address}, cannot be used: {why}"),
            "log in to your desktop again, or correct DBUS_SESSION_BUS_ADDRESS",
        ),
    }
}

fn judge_players(players: &[LivePlayer]) -> Vec<Finding> {
    if players.is_empty() {
        let finding = "no player is seen now; play something and ask again to see whether it is followed";
        return vec![GROUP.good("seen", finding)];
    }
    players.iter().map(judge_player).collect()
}

fn judge_player(player: &LivePlayer) -> Finding {
    let through = match player.interface.as_str() {
        "mpv_ipc" => "its socket",
        _ => "the session bus",
    };
    let what = format!("{} through {through}: {}", player.player, player.state);
    let Some(reason) = &player.not_followed else {
        return GROUP.good("seen", format!("{what}, followed"));
    };
    let finding = if *reason == player.state {
        format!("{what}, not followed")
    } else {
        format!("{what}, not followed: {reason}")
    };
    let is = |expected: NotAViewing| *reason == expected.to_string();
    if is(NotAViewing::IgnoredPlayer) {
        GROUP.note("seen", finding, "change players.only or players.ignore if it should be")
    } else if is(NotAViewing::IgnoredPath) {
        GROUP.note("seen", finding, "change paths.only or paths.ignore if it should be")
    } else if is(NotAViewing::TooShort) {
        GROUP.note("seen", finding, "lower playback.min_duration if it should be")
    } else if is(NotAViewing::NoDuration) {
        GROUP.note("seen", finding, "play on: it is followed as soon as the player says it")
    } else {
        GROUP.good("seen", finding)
    }
}

fn judge_survey(survey: &Survey, seen: &[LivePlayer]) -> Vec<Finding> {
    let pids: HashSet<u32> = seen.iter().filter_map(|player| player.pid).collect();
    let unseen = survey.without_socket.iter().filter(|pid| !pids.contains(pid)).map(|pid| {
        let finding =
            format!("an mpv (process {pid}) has neither a socket nor the MPRIS plug-in: it is not seen");
        GROUP.bad("mpv without socket", finding, MPV_CONF)
    });
    survey.troubled.iter().map(judge_socket).chain(unseen).collect()
}

fn judge_socket(socket: &TroubledSocket) -> Finding {
    const CHECK: &str = "mpv sockets";
    let (path, shown) = (quoted(&socket.path), socket.path.display().to_string().replace('\0', "@"));
    match socket.trouble {
        SocketTrouble::NobodyListens => GROUP.note(
            CHECK,
            format!("{shown}: nobody listens there; an mpv that is gone left it over"),
            format!("rm {path}"),
        ),
        SocketTrouble::DoesNotAnswer => GROUP.bad(
            CHECK,
            format!("{shown}: whoever listens there does not answer"),
            "quit that mpv and start it again",
        ),
        SocketTrouble::NotPermitted => GROUP.bad(
            CHECK,
            format!("{shown}: permission denied"),
            format!("sudo chown \"$USER\" {path}; or start that mpv as yourself"),
        ),
        SocketTrouble::AnotherUsers => GROUP.note(
            CHECK,
            format!("{shown}: the mpv there is another user's, and is not listened to"),
            "start that mpv as yourself if you watch with it",
        ),
        SocketTrouble::NoFolder => {
            let folder = socket.path.parent().map(quoted).unwrap_or_default();
            GROUP.bad(
                CHECK,
                format!("{shown}: mpv.conf names it, but there is no such folder, so mpv makes no socket"),
                format!("mkdir -p {folder}"),
            )
        }
        SocketTrouble::TooLong => GROUP.bad(
            CHECK,
            format!("{shown}: mpv.conf names it, but the path is too long, so mpv makes no socket"),
            "name a shorter one in mpv.conf: input-ipc-server=/tmp/mpv-socket",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;

    fn player(state: &str, not_followed: Option<&str>) -> LivePlayer {
        LivePlayer {
            player: "mpv".into(),
            interface: "mpris".into(),
            pid: Some(7),
            state: state.into(),
            not_followed: not_followed.map(str::to_owned),
        }
    }

    #[test]
    fn a_player_is_ill_only_if_it_should_be_followed_and_is_not() {
        let ignored = NotAViewing::IgnoredPlayer.to_string();
        let audio = NotAViewing::Audio.to_string();
        for (state, reason, verdict, says) in [
            ("playing", None, Verdict::Good, "mpv through the session bus: playing, followed"),
            ("stopped", Some("stopped"), Verdict::Good, "mpv through the session bus: stopped, not followed"),
            ("playing", Some(ignored.as_str()), Verdict::Note, "leaves this player out"),
            ("playing", Some(audio.as_str()), Verdict::Good, "not followed: it is audio"),
        ] {
            let found = judge_player(&player(state, reason));
            assert_eq!(found.verdict, verdict, "{found:?}");
            assert!(found.finding.ends_with(says), "{found:?}");
        }
    }

    #[test]
    fn an_mpv_that_is_seen_in_another_way_needs_no_socket() {
        let survey = Survey { troubled: Vec::new(), without_socket: vec![7, 8] };
        let found = judge_survey(&survey, &[player("playing", None)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].finding.contains("process 8") && found[0].verdict == Verdict::Bad);
    }

    #[test]
    fn every_trouble_with_a_socket_comes_with_what_to_do() {
        for trouble in [
            SocketTrouble::AnotherUsers,
            SocketTrouble::NotPermitted,
            SocketTrouble::NobodyListens,
            SocketTrouble::DoesNotAnswer,
            SocketTrouble::NoFolder,
            SocketTrouble::TooLong,
        ] {
            let found = judge_socket(&TroubledSocket { path: "/tmp/mpv".into(), trouble });
            assert!(found.finding.starts_with("/tmp/mpv: ") && found.remedy.is_some(), "{found:?}");
        }
    }
}

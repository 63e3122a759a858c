//! What holds for every history. Whatever can happen to the state machine is an [`Op`]; a new way for something to
//! happen joins it here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use discovr_scrobbler::playback::{CompletedPart, Event, EventKind, Input, ViewingId};
use discovr_scrobbler::player::{Interface, PlayState, Position};
use proptest::prelude::*;

use crate::desk::{Desk, minutes, seconds};

const SHOW: &str = "/videos/Example.Show.S01E02.mkv";
const OTHER: &str = "/videos/Example.Show.S01E03.mkv";

#[derive(Debug, Clone, Copy)]
enum Op {
    Play { other: bool, percent: u8 },
    Pause,
    Resume,
    Seek(u8),
    Rate(u8),
    Wait(u16),
    Blink(u8),
    Stop,
    KillPlayer,
    RestartDaemon,
    Sleep,
    Parts(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (any::<bool>(), 0..=100u8).prop_map(|(other, percent)| Op::Play { other, percent }),
        1 => Just(Op::Pause),
        2 => Just(Op::Resume),
        3 => (0..=100u8).prop_map(Op::Seek),
        1 => (1..=100u8).prop_map(Op::Rate),
        6 => (1..1500u16).prop_map(Op::Wait),
        2 => (1..250u8).prop_map(Op::Blink),
        1 => Just(Op::Stop),
        1 => Just(Op::KillPlayer),
        1 => Just(Op::RestartDaemon),
        1 => Just(Op::Sleep),
        1 => (1..=4u8).prop_map(Op::Parts),
    ]
}

fn share(percent: u8) -> Duration {
    minutes(45) * u32::from(percent) / 100
}

fn perform(desk: &mut Desk, op: Op) {
    match op {
        Op::Play { other, percent } => desk.play(if other { OTHER } else { SHOW }, share(percent)),
        Op::Pause if desk.player.media.is_some() => desk.pause(),
        Op::Resume if desk.player.media.is_some() => desk.resume(),
        Op::Seek(percent) if desk.player.media.is_some() => desk.seek(share(percent)),
        Op::Pause | Op::Resume | Op::Seek(_) => {}
        Op::Rate(rate) => {
            desk.player.rate = f64::from(rate);
            desk.speak();
        }
        Op::Wait(time) => desk.wait(seconds(u64::from(time))),
        Op::Blink(time) => desk.wait(Duration::from_millis(u64::from(time) * 10)),
        Op::Stop => desk.stop(),
        Op::KillPlayer => desk.kill_player(),
        Op::RestartDaemon => desk.restart_daemon(),
        Op::Sleep => desk.sleep(minutes(300)),
        Op::Parts(count) => desk.learn_parts(count),
    }
}

fn verify(desk: &Desk) {
    let mut completed: BTreeMap<ViewingId, Vec<CompletedPart>> = BTreeMap::new();
    let mut covered: BTreeMap<ViewingId, Duration> = BTreeMap::new();
    for event in &desk.events {
        let viewing = &event.viewing;
        let total = viewing.ranges.total();
        covered.insert(viewing.id, total);
        assert!(total <= viewing.duration + Duration::from_millis(1), "covers more than there is");
        assert!(viewing.position.offset() <= viewing.duration, "a position beyond the end");
        let parts = viewing.parts.completed();
        let before = completed.insert(viewing.id, parts.to_vec()).unwrap_or_default();
        assert!(parts.starts_with(&before), "a completed part was forgotten or changed");
        if event.kind == EventKind::Completed {
            assert!(parts.len() > before.len(), "completed what was completed already");
        }
        for part in &parts[before.len()..] {
            is_watched(event, part);
        }
        let distinct: BTreeSet<_> = parts.iter().map(|part| (part.index, part.of)).collect();
        assert_eq!(distinct.len(), parts.len(), "a part was completed twice");
    }
    let covered: Duration = covered.values().sum();
    assert!(
        covered <= desk.played + Duration::from_millis(5),
        "covered {covered:?} although only {:?} was played",
        desk.played
    );
}

/// Whether `part`, which `event` tells of first, has really been watched by then.
fn is_watched(event: &Event, part: &CompletedPart) {
    let viewing = &event.viewing;
    let end_of = |parts: u8| viewing.duration * u32::from(parts) / u32::from(part.of.get());
    let (from, to) = (end_of(part.index), end_of(part.index + 1));
    let within = viewing.ranges.within(Position::new(from), Position::new(to));
    let moment = Duration::from_millis(1);
    assert!(within.total() + moment >= (to - from).mul_f64(0.05), "completed without being watched");
    let furthest = within.iter().map(|(_, end)| end).max().unwrap_or_default().max(viewing.position);
    let threshold = from + (to - from).mul_f64(0.8);
    assert!(furthest.offset() + moment >= threshold, "completed before the threshold");
    assert!(part.at >= viewing.started_at && part.at <= event.at.wall, "completed at another time");
}

/// `PROPTEST_CASES` may ask for more.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(1000), failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_completion_per_part_and_never_more_covered_than_played(ops in prop::collection::vec(op(), 1..60)) {
        let mut desk = Desk::new();
        for op in ops {
            perform(&mut desk, op);
            verify(&desk);
        }
        desk.wait(seconds(5));
        verify(&desk);
    }

    #[test]
    fn seeking_alone_never_completes(targets in prop::collection::vec((0..=100u8, 0..40u16), 1..40)) {
        let mut desk = Desk::new();
        desk.play(SHOW, Duration::ZERO);
        for (percent, pause) in targets {
            desk.seek(share(percent.min(99)));
            desk.wait(Duration::from_millis(u64::from(pause)));
        }
        desk.pause();
        desk.wait(minutes(5));
        // At most 40 times 40 ms have been played, of 135 s that it takes.
        prop_assert_eq!(desk.count(EventKind::Completed), 0);
    }

    #[test]
    fn twins_in_any_interleaving_give_the_events_of_one(
        ops in prop::collection::vec(op(), 1..40),
        delay in 0..120u64,
        first in any::<bool>(),
        hidden in any::<bool>(),
    ) {
        // A restart loses what the late twin was about to say; it has its own property.
        let ops = ops.into_iter().filter(|op| !matches!(op, Op::RestartDaemon));
        // The last word of a late twin may move a threshold by as much as it is late: none is met that closely.
        let ops: Vec<_> = ops
            .map(|op| match op {
                Op::Blink(time) if delay > 0 => Op::Wait(u16::from(time) + 3),
                // How late it is counts for more in fast motion.
                Op::Rate(rate) if delay > 0 => Op::Rate(rate % 3 + 1),
                other => other,
            })
            .collect();
        let alone = events_seen_through(&ops, &[(Interface::MpvIpc, 0)], false);
        let ipc = (Interface::MpvIpc, 0);
        let twin = (Interface::Mpris, delay);
        let both = events_seen_through(&ops, &if first { [twin, ipc] } else { [ipc, twin] }, hidden && delay == 0);
        prop_assert_eq!(alone, both);
    }

    #[test]
    fn pausing_suspending_and_restarting_change_nothing(
        cuts in prop::collection::vec((1..2000u64, 0..5u8), 0..12),
        parts in 1..=4u8,
    ) {
        let mut desk = Desk::new();
        desk.learn_parts(parts);
        desk.play(SHOW, Duration::ZERO);
        for (watched, what) in cuts {
            if desk.player.media.is_none() {
                break;
            }
            desk.wait(seconds(watched));
            if desk.player.media.is_none() {
                break;
            }
            let position = desk.player.position;
            match what {
                0 => {
                    desk.pause();
                    desk.wait(minutes(90));
                    desk.resume();
                }
                1 => desk.sleep(minutes(90)),
                2 => desk.restart_daemon(),
                3 => {
                    desk.kill_player();
                    desk.wait(minutes(90));
                    desk.play(SHOW, position);
                }
                _ => {
                    desk.stop();
                    desk.restart_daemon();
                    desk.wait(minutes(90));
                    desk.play(SHOW, position);
                }
            }
        }
        desk.wait(minutes(50));
        verify(&desk);
        prop_assert_eq!(desk.count(EventKind::Completed), usize::from(parts));
        let first = desk.events[0].viewing.id;
        prop_assert!(desk.events.iter().all(|event| event.viewing.id == first));
    }

    #[test]
    fn a_restart_neither_forgets_nor_makes_a_completion(
        steps in prop::collection::vec(step(), 1..25),
        parts in 1..=3u8,
    ) {
        let (without, with) =
            (completions(&steps, parts, None), completions(&steps, parts, Some(Restart::Orderly)));
        // What is begun again is only kept once it has been watched for as long as a viewing takes.
        prop_assert_eq!(without.first(), with.first());
        prop_assert!(with.iter().sum::<usize>() <= without.iter().sum());
    }

    #[test]
    fn a_crash_never_makes_a_completion(steps in prop::collection::vec(step(), 1..25), parts in 1..=3u8) {
        let count = |restart| completions(&steps, parts, restart).into_iter().sum::<usize>();
        prop_assert!(count(Some(Restart::Killed)) <= count(None));
    }
}

/// What a viewer does, and for how long nothing else happens then: longer than what is to be settled.
#[derive(Debug, Clone, Copy)]
enum Step {
    Seek(u8),
    Pause,
    Play,
    Stop,
}

/// How the daemon ends in the middle of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Restart {
    Orderly,
    Killed,
}

fn step() -> impl Strategy<Value = (Step, u16, bool)> {
    let step = prop_oneof![
        // After a restart the very end would come before the announcement.
        4 => (0..=99u8).prop_map(Step::Seek),
        1 => Just(Step::Pause),
        3 => Just(Step::Play),
        1 => Just(Step::Stop),
    ];
    let time = prop_oneof![10..200u16, 10..1500u16];
    (step, time, any::<bool>())
}

/// How often each viewing was completed, in the order in which they began.
fn completions(steps: &[(Step, u16, bool)], parts: u8, restart: Option<Restart>) -> Vec<usize> {
    let mut desk = Desk::new();
    desk.learn_parts(parts);
    desk.play(SHOW, Duration::ZERO);
    desk.wait(seconds(10));
    for (&(step, time, cut), nth) in steps.iter().zip(1..) {
        let loaded = desk.player.media.is_some();
        match step {
            Step::Seek(percent) if loaded => {
                // What is merely open, paused, is no sitting after a restart: wherever it is sought to.
                desk.player.state = PlayState::Playing;
                // To the very instant that was told last would look like a frozen player until its next word, and what is
                // played till then is not credited: with a restart, which is such a word, more is.
                desk.seek(share(percent) + Duration::from_millis(nth));
            }
            Step::Pause if loaded => desk.pause(),
            Step::Play if loaded => desk.resume(),
            Step::Play => {
                let left = desk.player.position;
                desk.play(SHOW, if left < desk.player.duration { left } else { Duration::ZERO });
            }
            Step::Stop => desk.stop(),
            Step::Seek(_) | Step::Pause => {}
        }
        let half = seconds(u64::from(time) / 2);
        desk.wait(half);
        // Who is so near to the end is not announced again before it.
        let settles = desk.player.duration - desk.player.position > seconds(3);
        if let Some(restart) = restart.filter(|_| cut && settles) {
            if restart == Restart::Orderly {
                desk.give(Input::Shutdown);
            }
            desk.restart_daemon();
        }
        desk.wait(half);
    }
    desk.wait(seconds(5));
    verify(&desk);
    let mut viewings: Vec<(ViewingId, usize)> = Vec::new();
    for event in &desk.events {
        let completed = usize::from(event.kind == EventKind::Completed);
        match viewings.iter_mut().find(|(id, _)| *id == event.viewing.id) {
            Some((_, count)) => *count += completed,
            None => viewings.push((event.viewing.id, completed)),
        }
    }
    viewings.into_iter().map(|(_, count)| count).collect()
}

/// The events, as what and to which viewing in order of appearance, and at which percent.
fn events_seen_through(
    ops: &[Op],
    interfaces: &[(Interface, u64)],
    hidden: bool,
) -> Vec<(EventKind, usize, u64)> {
    let mut desk = Desk::new();
    let mut names: Vec<ViewingId> = Vec::new();
    let mut pid = 100;
    for &op in ops {
        if desk.player.sources.is_empty() {
            pid += 1;
            for (index, &(interface, delay)) in interfaces.iter().enumerate() {
                desk.connect(interface, (!hidden || interface == Interface::MpvIpc).then_some(pid));
                desk.delays[index] = Duration::from_millis(delay);
            }
        }
        perform(&mut desk, op);
        // Nobody does two things within the time that a twin may be late.
        desk.wait(Duration::from_millis(600));
    }
    desk.wait(seconds(5));
    desk.events
        .iter()
        .map(|event| {
            let id = event.viewing.id;
            let name = names.iter().position(|&name| name == id).unwrap_or_else(|| {
                names.push(id);
                names.len() - 1
            });
            (event.kind, name, event.viewing.position.offset().as_secs() / 60)
        })
        .collect()
}

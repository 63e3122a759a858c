//! The daemon is killed at every step of its work, hundreds of times, while real players play and both services fail. In
//! the end both histories are what was watched.
//!
//! A kill takes the program and leaves the machine: what it had handed to the system is kept. A power cut takes that
//! too; against it the journal's durable commits are there, see `docs/reliability.md`.
//!
//! `DISCOVR_SCROBBLER_KILLS` says how many kills there are to be, and `DISCOVR_SCROBBLER_KILL_SEED` from which seed
//! everything that is left to chance is drawn.

mod draw;
mod eye;
mod killing;
mod lane;
mod plan;
mod player;
mod tally;
mod truth;

use std::io::Write;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use discovr_scrobbler_support::discovr::Discovr;
use discovr_scrobbler_support::report::held;
use discovr_scrobbler_support::trakt::Trakt;

use self::draw::Draw;
use self::lane::Lane;
use self::tally::Tally;
use crate::scene::now;

/// In a run that is not told otherwise.
const KILLS: usize = 500;
/// How many daemons there are at once, each with a home, a player and services of its own.
const LANES: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_at_every_step_loses_nothing_and_tells_nothing_twice() {
    let kills =
        number("DISCOVR_SCROBBLER_KILLS").map_or(KILLS, |kills| usize::try_from(kills).expect("a number"));
    let seed = number("DISCOVR_SCROBBLER_KILL_SEED").unwrap_or_else(fresh_seed);
    say(&format!("{kills} kills, drawn from the seed {seed}"));
    let failed = Arc::new(AtomicBool::new(false));
    let mut draw = Draw::new(seed);
    let mut lanes = Vec::new();
    for number in 0..LANES {
        let services = (Discovr::start().await, Trakt::start().await);
        let mut lane = Lane::new(number, services, Draw::new(draw.next()), Arc::clone(&failed));
        let quota = (kills + number) / LANES;
        lanes.push(thread::spawn(move || lane.run(quota)));
    }
    let mut tally = Tally::default();
    let mut panic = None;
    for lane in lanes {
        match tokio::task::spawn_blocking(|| lane.join()).await.expect("joining is all it does") {
            Ok(of_lane) => tally += &of_lane,
            Err(of_lane) => {
                failed.store(true, Ordering::Relaxed);
                panic = panic.or(Some(of_lane));
            }
        }
    }
    let again = format!(
        "DISCOVR_SCROBBLER_KILLS={kills} DISCOVR_SCROBBLER_KILL_SEED={seed} tests/run --test faults kills"
    );
    say(&format!("{tally:?} from the seed {seed}. The same again: {again}"));
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
    assert!(tally.total() >= kills, "{tally:?}");
    for (step, count) in tally.steps() {
        assert!(count > 0, "no kill {step}: {tally:?}");
    }
    let mut figures = tally.figures();
    figures.push(("seed", seed.into()));
    held("kill -9", "the daemon is killed at every step and started again", &figures);
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} must be a number, and is {value:?}")))
}

/// Every run finds its own faults. Short enough to be typed.
fn fresh_seed() -> u64 {
    Draw::new(now().as_nanosecond().unsigned_abs() as u64).within(0..=999_999)
}

/// Not by the macro: a run that succeeds says it too.
fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "kills: {what}");
}
